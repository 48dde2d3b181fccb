"""Whatever goes wrong: no run fails, nothing is asked twice, the pace is kept, no match is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from spotify_assets.open_data.facts import OpenFacts
from spotify_assets.open_data.gate import OVER
from spotify_assets_tests.fakes.open_data_server import GLOBAL_503, OWN_503, Handler
from spotify_assets_tests.fakes.spotify_faults import (
    FOREVER,
    Act,
    answer,
    at,
    changed,
    cut_short,
    floods,
    reset,
    silent,
    text,
)
from spotify_assets_tests.open_data.world import World, small_world

PLACES = {
    "links": "/ws/2/url",
    "names": "/ws/2/recording?query=recording",
    "facts": "/ws/2/recording?query=rid",
    "artists": "/ws/2/artist",
    "genres": "/sparql",
}


def refusal(status: int, message: str = "Made up", **headers: str) -> Act:
    return answer({"error": message}, status, **headers)


def slow(handler: Handler) -> bool:
    """The answer takes 13 s."""
    handler.spotify.clock.sleep(13)
    return False


def others(document: Any) -> Any:
    """The true answer, but about other things than were asked."""
    for one in [*document.get("recordings", ()), *document.get("artists", ())]:
        one["id"] = "00000000" + one["id"][8:]
    for one in document.get("urls", ()):
        one["resource"] += "x"
    return document


BUSY = refusal(503, "The MusicBrainz web server is currently busy.", **GLOBAL_503)
TOO_FAST = refusal(503, "Your requests are exceeding the allowable rate limit.", **OWN_503)
PASSING: dict[str, tuple[Act, int]] = {
    "busy once": (BUSY, 1),
    "busy four times": (BUSY, 4),
    "too fast": (TOO_FAST, 2),
    "429 without a wait": (refusal(429), 2),
    "429 with a wait": (refusal(429, Retry_After="30"), 1),
    "502 with a page": (text("<html>Bad gateway</html>", 502), 3),
    "504": (refusal(504), 1),
    "a page with 200": (text("<html>Log in to this network</html>"), 2),
    "an empty body": (text(""), 2),
    "half an answer": (text('{"urls": [{"resource": "htt'), 1),
    "another document": (answer({"error": "none of this"}), 1),
    "no UTF-8": (text(b'{"urls": ["\xff"]}'), 1),
    "XML": (text('<?xml version="1.0"?><metadata/>'), 1),
    "cut short": (cut_short, 1),
    "dropped once": (reset, 1),
    "silent": (silent, 1),
    "13 s": (slow, 3),
}  # fmt: skip
LASTING: dict[str, tuple[Act, int]] = {
    "busy for ever": (BUSY, FOREVER),
    "429 with an hour's wait": (refusal(429, Retry_After="3600"), FOREVER),
    "500 for ever": (refusal(500), FOREVER),
    "a page for ever": (text("<html>Log in</html>"), FOREVER),
    "floods": (floods, FOREVER),
    "blocked": (refusal(403, "Your application has not identified itself."), FOREVER),
    "asks who": (refusal(401), FOREVER),
    "dropped for ever": (reset, FOREVER),
    "moved": (text("", 302, Location="https://elsewhere.museum/"), FOREVER),
    "not found": (refusal(404, "Not Found"), FOREVER),
    "not understood": (refusal(400), FOREVER),
    "too long": (refusal(414), FOREVER),
    "about others": (changed(others), FOREVER),
}
CASES = [
    (fault, place) for fault in PASSING for place in ("links", "genres")
] + [
    (fault, place)
    for fault in LASTING
    for place in PLACES
    if (fault, place) not in {("floods", "names"), ("floods", "artists"), ("about others", "names")}
]  # fmt: skip


@pytest.fixture(scope="module")
def truth() -> OpenFacts:
    """What is known without any fault."""
    with small_world() as world:
        world.run()
        return world.facts()


@pytest.fixture
def world() -> Iterator[World]:
    with small_world() as world:
        yield world


@pytest.mark.parametrize(("fault", "place"), CASES)
def test_a_fault_costs_nothing_but_time(
    world: World, truth: OpenFacts, fault: str, place: str
) -> None:
    act, times = (PASSING | LASTING)[fault]
    world.fake.faults.append(at(PLACES[place], act, times=times))
    first = world.run()
    for key, song in world.facts().songs.items():
        assert song.recording in (None, truth.songs[key].recording)
    if fault in PASSING:
        assert world.facts() == truth
        assert not first.stopped
    asked = len(world.fake.asked)
    assert asked < 60
    world.fake.faults.clear()
    world.wait(weeks=5)  # what looked like a miss is asked again
    second = world.run()
    assert without_ways(world.facts()) == without_ways(truth)
    assert not second.stopped
    assert not second.failed
    assert not world.fake.asked_twice()
    assert world.fake.shortest_gap() > 1.0999
    assert not world.fake.too_fast


def without_ways(facts: OpenFacts) -> OpenFacts:
    """What is known but for how: a name finds what a link might have."""
    songs = {key: replace(song, match=None) for key, song in facts.songs.items()}
    return replace(facts, songs=songs)


def test_more_than_forty_faults_are_played() -> None:
    assert len(CASES) > 40


STOPS: dict[str, tuple[Act, str]] = {
    "403": (refusal(403), "SPOTIFY_ASSETS_CONTACT"),
    "dropped": (reset, "dropped 3 connections in a row"),
    "an hour": (refusal(429, Retry_After="3600"), "asks to wait 3600 s"),
}


@pytest.mark.parametrize("case", STOPS)
def test_what_no_try_can_change_stops_at_once(world: World, case: str) -> None:
    act, says = STOPS[case]
    world.fake.faults.append(at("/ws/2/", act, times=FOREVER))
    [stopped] = world.run().stopped
    assert says in stopped
    assert len(world.fake.asked) == (3 if case == "dropped" else 1)


def test_a_server_that_wants_a_long_break_is_asked_by_nobody_until_it_is_over(
    world: World, truth: OpenFacts
) -> None:
    world.fake.faults.append(at("/sparql", refusal(429, Retry_After="3600")))

    def is_due() -> bool:
        return OVER in world.run(seconds=0).stopped

    world.run()
    asked = len(world.fake.asked)
    assert not is_due()
    assert "asks to wait 3600 s" in world.run().stopped[0]
    assert len(world.fake.asked) == asked
    world.wait(hours=1)
    assert is_due()
    world.run()
    assert world.facts() == truth


def test_after_five_failures_in_a_row_the_source_is_left_alone(world: World) -> None:
    world.fake.faults.append(at("/ws/2/recording?query=recording", BUSY, times=FOREVER))
    outcome = world.run()
    assert len(world.fake.requests("query=recording")) == 5 * 5
    assert "failed 5 times in a row" in outcome.stopped[0]
    assert not world.fake.requests("/ws/2/artist")  # of the same source
    assert outcome.waiting == 6


def test_one_id_that_the_server_cannot_take_costs_only_its_own_answer(world: World) -> None:
    world.fake.faults.append(at("track%2FHavblikk", refusal(400), times=FOREVER))
    world.run()
    ways = {
        "Fjordlys | Ida Nord": "link",
        "Nattog | Ida Nord": "link",
        "Havblikk | Ola Sund": "names",
    }
    assert world.matches() | ways == world.matches()


def test_once_too_fast_a_run_goes_slower_and_waits_five_seconds_first(world: World) -> None:
    world.fake.faults.append(at("/ws/2/url", TOO_FAST))
    world.run()
    times = [asked.at for asked in world.fake.requests()]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert gaps[0] >= 5
    assert min(gaps) >= 2


def test_a_busy_server_that_says_retry_at_once_is_left_in_peace_for_two_seconds(
    world: World,
) -> None:
    world.fake.faults.append(at("/ws/2/url", BUSY))
    world.run()
    first, second = world.fake.asked[:2]
    assert (second.at - first.at).total_seconds() >= 2


def test_a_quarter_of_requests_shed_loses_nothing(world: World, truth: OpenFacts) -> None:
    world.fake.shed = 0.25
    world.run()
    assert world.facts() == truth


@pytest.mark.parametrize("seconds", [10, 12, 14])
def test_a_run_ends_in_time_and_the_next_goes_on(
    world: World, truth: OpenFacts, seconds: float
) -> None:
    world.fake.faults.append(at("/ws/2/", slow, times=FOREVER))
    began = world.fake.clock()
    outcome = world.run(seconds=seconds)
    assert outcome.stopped == [OVER]
    assert (world.fake.clock() - began).total_seconds() < seconds + 15
    for _ in range(20):
        world.run(seconds=seconds)
    assert world.facts() == truth
    assert not world.fake.asked_twice()


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize("after", range(1, 8))
def test_a_run_killed_after_any_request_goes_on_where_it_was(
    world: World, truth: OpenFacts, after: int
) -> None:
    sleep: Callable[[float], None] = world.fake.clock.sleep

    def mortal(seconds: float) -> None:
        if len(world.fake.asked) == after:
            raise Killed
        sleep(seconds)

    world.fake.clock.sleep = mortal  # type: ignore[method-assign]
    with pytest.raises(Killed):
        world.run()
    world.fake.clock.sleep = sleep  # type: ignore[method-assign]
    world.run()
    assert world.facts() == truth
    assert not world.fake.asked_twice()
