"""How Spotify is asked: how often, at which address, and what of its answers is shown to people."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from threading import Barrier, Thread

import pytest

from spotify_assets.settings import load_settings
from spotify_assets.spotify.access import SpotifyAccess
from spotify_assets.spotify.account import API_URL
from spotify_assets.spotify.errors import SpotifyError
from spotify_assets.spotify.session import TimeLimits
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import FOREVER, Act, answer, at, endless, error, text
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
    serving,
)
from spotify_assets_tests.fixed_clock import fixed_clock

NORWAY = raw_samples.NORWAY_PLAYLIST
PAIR = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with serving(FakeSpotify()) as server:
        server.add_chart(NORWAY, [f"Fjord {number}" for number in range(120)], "")
        yield server


def access_to(
    spotify: FakeSpotify,
    sleep: Callable[[float], None] = lambda _: None,
    limits: TimeLimits | None = None,
    **environment: str,
) -> SpotifyAccess:
    account = load_settings(spotify.environment | environment).spotify
    return SpotifyAccess(account, fixed_clock, sleep, limits)


def ask(access: SpotifyAccess) -> object:
    """The name of the chart's playlist."""
    return access.connect().ask(lambda s: s.playlist(NORWAY), "norway").document["name"]


def refused(access: SpotifyAccess) -> str:
    """What is said of a chart that can't be had."""
    with pytest.raises(SpotifyError) as caught:
        ask(access)
    return str(caught.value)


@pytest.mark.parametrize(
    "act",
    [
        error(400),
        error(403),
        error(404),
        error(429, "", "QUOTA_EXCEEDED", Retry_After="1"),
        text("Active premium subscription required for the owner of the app.", 403),
    ],
    ids=["400", "403", "404", "quota", "premium"],
)
def test_what_no_wait_changes_is_asked_for_once(spotify: FakeSpotify, act: Act) -> None:
    slept: list[float] = []
    spotify.faults.append(at(NORWAY, act, times=FOREVER))
    refused(access_to(spotify, slept.append))
    assert (len(spotify.paths("playlists")), slept) == (1, [])


@pytest.mark.parametrize("status", [408, 429, 500])
def test_what_may_pass_is_asked_for_four_times(spotify: FakeSpotify, status: int) -> None:
    slept: list[float] = []
    spotify.faults.append(at(NORWAY, error(status), times=FOREVER))
    refused(access_to(spotify, slept.append))
    assert (len(spotify.paths("playlists")), len(slept)) == (4, 3)


def test_behind_a_proxy_the_next_page_is_asked_of_the_proxy_too(spotify: FakeSpotify) -> None:
    link = f"{API_URL}playlists/{NORWAY}/tracks?offset=100&limit=100"
    page = access_to(spotify).connect().next_page(link, "norway").document
    assert (page["offset"], len(page["items"])) == (100, 20)


def test_an_answer_without_end_is_given_up_for_its_size(spotify: FakeSpotify) -> None:
    spotify.faults.append(at(NORWAY, endless, times=FOREVER))
    patient = TimeLimits(whole=20)
    said = refused(access_to(spotify, limits=patient, SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT="0"))
    assert "more than 32 MB" in said


def test_what_spotify_says_is_shown_short_and_without_control_characters(
    spotify: FakeSpotify,
) -> None:
    spotify.faults.append(at(NORWAY, error(418, "\x1b[31mred\r\n" + "x" * 5000), times=FOREVER))
    said = refused(access_to(spotify))
    assert "418 ([31mred xxx" in said
    assert said.isprintable()
    assert len(said) < 400


def test_a_wait_until_a_moment_that_has_passed_is_none(spotify: FakeSpotify) -> None:
    past = "Fri, 20 Nov 2026 11:00:00 GMT"
    spotify.faults.append(at(NORWAY, error(503, Retry_After=past), times=FOREVER))
    assert "asks to wait 0 s, until 2026-11-20 12:00 UTC" in refused(access_to(spotify))


@pytest.mark.parametrize("secret", [CLIENT_SECRET, REFRESH_TOKEN, PAIR, "made-up-token-1"])
def test_a_secret_that_an_answer_echoes_is_not_shown(spotify: FakeSpotify, secret: str) -> None:
    spotify.faults.append(at(NORWAY, error(400, f"bad {secret}!"), times=FOREVER))
    said = refused(access_to(spotify, SPOTIFY_ASSETS_REFRESH_TOKEN=REFRESH_TOKEN))
    assert "400 (bad ***!)" in said


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (error(429, Retry_After="86400"), "too many requests"),
        (error(503), "out of order"),
    ],
    ids=["429", "503"],
)
def test_credentials_are_not_blamed_where_no_token_is_given_for_another_reason(
    spotify: FakeSpotify, act: Act, said: str
) -> None:
    spotify.faults.append(at("/api/token", act, times=FOREVER))
    reason = refused(access_to(spotify))
    assert said in reason
    assert "Compare" not in reason


def test_with_a_refresh_token_it_is_named_among_the_credentials(spotify: FakeSpotify) -> None:
    spotify.faults.append(at("/api/token", answer({"error": "invalid_client"}, 400), times=FOREVER))
    named = "SPOTIPY_CLIENT_SECRET and SPOTIFY_ASSETS_REFRESH_TOKEN with the app"
    assert named in refused(access_to(spotify, SPOTIFY_ASSETS_REFRESH_TOKEN=REFRESH_TOKEN))
    assert named not in refused(access_to(spotify))


def test_threads_that_begin_together_share_one_token(spotify: FakeSpotify) -> None:
    client = access_to(spotify).connect()
    together = Barrier(8)

    def run() -> None:
        together.wait()
        client.check_credentials()

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spotify.tokens_given == 1


def test_one_asset_goes_on_with_the_token_of_the_one_before(spotify: FakeSpotify) -> None:
    access = access_to(spotify)
    assert [ask(access), ask(access)] == ["Made up", "Made up"]
    assert spotify.tokens_given == 1
