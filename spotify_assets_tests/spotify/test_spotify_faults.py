"""One chart of two is met by a fault: the other is had whole, and the one either whole or not at all."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import format_datetime

import pytest

from spotify_assets.raw.playlist import read_playlists
from spotify_assets.settings import Settings, load_settings
from spotify_assets.spotify.access import SpotifyAccess
from spotify_assets.spotify.session import TimeLimits
from spotify_assets.spotify.snapshots import LiveCharts, fetch_charts
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import (
    FOREVER,
    answer,
    at,
    changed,
    cut_short,
    drips_body,
    drips_headers,
    endless,
    error,
    expired,
    reset,
    reset_within,
    silent,
    text,
    with_rows,
)
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
    Fault,
    serving,
)
from spotify_assets_tests.fixed_clock import NOW, fixed_clock

WEEK = date(2026, 11, 13)
NORWAY = f"/v1/playlists/{raw_samples.NORWAY_PLAYLIST}"
SECOND_PAGE = f"{NORWAY}/tracks?"
AFTER_PAGES = f"{NORWAY}?fields=snapshot_id"
TOKEN = "/api/token"
FIRST = [f"Fjord {number}" for number in range(120)]
OTHER = [f"Ferry {number}" for number in range(50)]
QUICK = TimeLimits(connect=2, silence=0.3, whole=0.6)
LONGEST_WAIT = 60.0
SECRETS = (CLIENT_SECRET, REFRESH_TOKEN, "made-up-token", "bWFkZS11cC1jbGllbnQ6")
LATER_BY = format_datetime(NOW + timedelta(seconds=30), usegmt=True)
A_PAGE = "<html><body>Please log in</body></html>"
REFRESHED = raw_samples.added_at(WEEK)

PASSING: dict[str, Fault] = {
    "429, 0 s": at(NORWAY, error(429, Retry_After="0")),
    "429, 5 s": at(NORWAY, error(429, Retry_After="5")),
    "429, 60 s": at(NORWAY, error(429, Retry_After="60")),
    "429 without a wait": at(NORWAY, error(429)),
    "429 until a date": at(NORWAY, error(429, Retry_After=LATER_BY)),
    "429 with an unreadable wait": at(NORWAY, error(429, Retry_After="soon")),
    "429 with a negative wait": at(NORWAY, error(429, Retry_After="-1")),
    "429 on the second page": at(SECOND_PAGE, error(429, Retry_After="5")),
    "408": at(NORWAY, error(408)),
    "500": at(NORWAY, error(500)),
    "500 three times": at(NORWAY, error(500), times=3),
    "502": at(NORWAY, text(A_PAGE, 502, Content_Type="text/html")),
    "503": at(NORWAY, error(503)),
    "503, 5 s": at(NORWAY, error(503, Retry_After="5")),
    "504 on the second page": at(SECOND_PAGE, error(504)),
    "reset before the answer": at(NORWAY, reset),
    "reset within the body": at(NORWAY, reset_within),
    "reset within the second page": at(SECOND_PAGE, reset_within),
    "closed within the body": at(NORWAY, cut_short),
    "silence": at(NORWAY, silent),
    "a dripping body": at(NORWAY, drips_body),
    "dripping headers": at(NORWAY, drips_headers),
    "an endless body": at(NORWAY, endless),
    "a web page": at(NORWAY, text(A_PAGE, Content_Type="text/html")),
    "half a JSON document": at(NORWAY, text('{"id": "37i9')),
    "nothing": at(NORWAY, text("")),
    "204": at(NORWAY, text("", 204)),
    "null": at(NORWAY, answer(None)),
    "a JSON list": at(NORWAY, answer([])),
    "not UTF-8": at(NORWAY, text(b'{"id": "\xff\xfe"}')),
    "gzip that is none": at(NORWAY, text("plain", Content_Encoding="gzip")),
    "token expired": at(NORWAY, expired),
    "token expired between pages": at(SECOND_PAGE, expired),
    "page after page 500": at(NORWAY, error(500), times=2, skip=1),
    "total changes between pages": at(SECOND_PAGE, with_rows(total=119)),
    "a page comes again": at(SECOND_PAGE, with_rows(offset=0)),
    "refreshed between pages": at(AFTER_PAGES, changed(lambda d: d | {"snapshot_id": "new"})),
    "no token, 500": at(TOKEN, error(500)),
    "no token, 429": at(TOKEN, error(429, Retry_After="5")),
    "no token, a web page": at(TOKEN, text(A_PAGE)),
    "no token, reset": at(TOKEN, reset),
    "no token in the answer": at(TOKEN, answer({"token_type": "Bearer", "expires_in": 3600})),
    "a token of null": at(TOKEN, answer({"access_token": None, "expires_in": 3600})),
    "a token for some time": at(TOKEN, answer({"access_token": "x", "expires_in": "soon"})),
    "a token in a list": at(TOKEN, answer(["x"])),
}


def for_ever(act: object, part: str = NORWAY) -> Fault:
    return at(part, act, times=FOREVER)  # type: ignore[arg-type]


STAYING: dict[str, tuple[Fault, str]] = {
    "429, 86,400 s": (
        for_ever(error(429, Retry_After="86400")),
        r"wait 24 hours, until 2026-11-21",
    ),
    "429, one day, once": (
        at(NORWAY, error(429, Retry_After="86400")),
        r"a run waits 60 s at most",
    ),
    "429, 61 s": (at(NORWAY, error(429, Retry_After="61")), r"61 s.*LONGEST_WAIT"),
    "429, 10^30 s": (at(NORWAY, error(429, Retry_After="1" + "0" * 30)), r"too many requests"),
    "429 again and again": (for_ever(error(429, Retry_After="5")), r"too many requests"),
    "429 on the second page": (for_ever(error(429), SECOND_PAGE), r"too many requests"),
    "429 quota": (for_ever(error(429, "", "QUOTA_EXCEEDED")), r"used up its quota"),
    "403 quota": (for_ever(error(403, "Quota exceeded")), r"used up its quota"),
    "500": (for_ever(error(500)), r"answered 500 .*out of order"),
    "502": (for_ever(text(A_PAGE, 502)), r"502 \(a web page\)"),
    "503": (for_ever(error(503)), r"answered 503"),
    "503, 86,400 s": (for_ever(error(503, Retry_After="86400")), r"asks to wait 24 hours"),
    "reset": (for_ever(reset), r"didn't answer .*failed or broke"),
    "reset within the body": (for_ever(reset_within), r"didn't answer .*failed or broke"),
    "silence": (for_ever(silent), r"nothing came for 0.3 s|wasn't there within"),
    "a dripping body": (for_ever(drips_body), r"wasn't there within 0.6 s"),
    "dripping headers": (for_ever(drips_headers), r"wasn't there within 0.6 s"),
    "an endless body": (for_ever(endless), r"more than 32 MB|wasn't there within"),
    "a web page": (for_ever(text(A_PAGE)), r"can't be used"),
    "error is a string": (for_ever(answer({"error": "bad"}, 400)), r"answered 400 \(bad\)"),
    "error is a list": (for_ever(answer({"error": [1]}, 400)), r"answered 400"),
    "error is no JSON": (for_ever(text("oh no", 418)), r"answered 418 \(oh no\)"),
    "error is null": (for_ever(answer(None, 404)), r"November 2024"),
    "404": (for_ever(error(404)), r"November 2024 .*charts.spotify.com"),
    "404 on the second page": (for_ever(error(404), SECOND_PAGE), r"November 2024"),
    "403": (for_ever(error(403, "Forbidden")), r"February 2026 .*charts.spotify.com"),
    "403 on the second page": (for_ever(error(403), SECOND_PAGE), r"February 2026"),
    "403 premium": (
        for_ever(text("Active premium subscription required for the owner of the app.", 403)),
        r"owner has Spotify Premium",
    ),
    "401 again and again": (for_ever(error(401)), r"token that it gave just before"),
    "410": (for_ever(error(410)), r"answered 410"),
    "a redirect to another host": (
        for_ever(text("", 302, Location="http://elsewhere.example/v1/x")),
        r"points elsewhere \(302, to elsewhere.example\)",
    ),
    "a redirect within the host": (for_ever(text("", 307, Location="/v1/x")), r"points elsewhere"),
    "a redirect to nowhere": (for_ever(text("", 301, Location="http://[")), r"points elsewhere"),
    "next page at another host": (
        at(NORWAY, with_rows(next="http://elsewhere.example/v1/x"), times=FOREVER),
        r"isn't at Spotify's API but at elsewhere.example",
    ),
    "next page is a number": (for_ever(with_rows(next=7)), r"no host"),
    "next page without rows": (for_ever(with_rows(items=[]), SECOND_PAGE), r"lead nowhere"),
    "next page leads to itself": (
        for_ever(changed(lambda page: page | {"offset": 0}), SECOND_PAGE),
        r"don't follow each other",
    ),
    "total changes": (for_ever(with_rows(total=119), SECOND_PAGE), r"states 119 and 120"),
    "total too high": (for_ever(with_rows(total=121)), r"states 121 rows .* 120 were had"),
    "total too low": (for_ever(with_rows(total=7)), r"states 7 rows"),
    "no total": (for_ever(with_rows(total=None)), r"states None"),
    "refreshed between pages again and again": (
        for_ever(changed(lambda d: d | {"snapshot_id": "new"}), AFTER_PAGES),
        r"refreshed norway .* while its pages were had",
    ),
    "rows cut from a page": (
        for_ever(changed(lambda page: page | {"items": page["items"][:-1]}), SECOND_PAGE),
        r"states 120 rows .* 119 were had",
    ),
    "an empty playlist": (
        for_ever(with_rows(items=[], total=0, next=None)),
        r"0 different songs in . rows",
    ),
    "only null rows": (
        for_ever(with_rows(items=[None, {"track": None}], total=2, next=None)),
        r"0 different songs in . rows",
    ),
    "only episodes": (
        for_ever(with_rows(items=[{"track": {"type": "episode", "id": "e"}}], total=1, next=None)),
        r"0 different songs in . rows",
    ),
    "no rows at all": (
        for_ever(changed(lambda d: {k: v for k, v in d.items() if k != "tracks"})),
        r"without its songs",
    ),
    "another playlist": (
        for_ever(changed(lambda d: d | {"id": "Other"})),
        r"sent something else",
    ),
    "a playlist without id": (
        for_ever(changed(lambda d: d | {"id": None})),
        r"sent something else",
    ),
    "songs of the wrong type": (
        for_ever(with_rows(items=[{"track": [1]}])),
        r"can't be read|states",
    ),
    "brackets without end": (for_ever(text("[" * 100_000)), r"can't be used|wasn't foreseen"),
    "last week's chart": (
        for_ever(with_rows(items=raw_samples.rows(WEEK - timedelta(weeks=1)), total=3, next=None)),
        r"hasn't refreshed norway for the week 2026-11-13 yet",
    ),
    "next week's chart": (
        for_ever(with_rows(items=raw_samples.rows(WEEK + timedelta(weeks=1)), total=3, next=None)),
        r"shows the week 2026-11-20 by now",
    ),
}


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with serving(FakeSpotify()) as server:
        server.add_chart(raw_samples.NORWAY_PLAYLIST, FIRST, REFRESHED)
        server.add_chart(raw_samples.GLOBAL_PLAYLIST, OTHER, REFRESHED)
        yield server


class Fetching:
    """Fetches both charts from a server, and looks at what must hold whatever goes wrong."""

    def __init__(self, spotify: FakeSpotify, storage: FolderStorage, **environment: str) -> None:
        self.slept: list[float] = []
        self.settings: Settings = load_settings(spotify.environment | environment)
        access = SpotifyAccess(self.settings.spotify, fixed_clock, self.slept.append, QUICK)
        charts = self.settings.charts
        self.live: LiveCharts = fetch_charts(access.connect(), storage, charts.charts, charts, WEEK)
        self.reasons = " ".join(self.live.not_had.values())
        assert all(0 <= wait <= LONGEST_WAIT for wait in self.slept)
        assert sum(self.slept) <= 10 * LONGEST_WAIT
        assert len(spotify.asked) <= 20
        assert not any(secret in self.reasons for secret in SECRETS)

    def songs(self, chart: str) -> list[str] | None:
        for snapshot in self.live.fetched:
            if snapshot.name.chart == chart:
                pages = read_playlists(snapshot.content)
                return [str(track.name) for page in pages for _, _, track in page.ranked()]
        return None


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_no_chart(
    name: str, spotify: FakeSpotify, storage: FolderStorage
) -> None:
    spotify.faults.append(PASSING[name])
    fetching = Fetching(spotify, storage)
    assert fetching.live.not_had == {}
    assert fetching.songs("norway") == FIRST
    assert fetching.songs("global") == OTHER


@pytest.mark.parametrize("name", STAYING)
def test_a_fault_that_stays_costs_its_own_chart_and_is_explained(
    name: str, spotify: FakeSpotify, storage: FolderStorage, caplog: pytest.LogCaptureFixture
) -> None:
    fault, sentence = STAYING[name]
    spotify.faults.append(fault)
    with caplog.at_level(logging.DEBUG):
        fetching = Fetching(spotify, storage)
    assert fetching.songs("norway") is None
    assert fetching.songs("global") == OTHER
    assert re.search(sentence, fetching.live.not_had["norway"])
    assert not any(secret in caplog.text for secret in SECRETS)


def test_there_are_at_least_sixty_faults() -> None:
    assert len(PASSING) + len(STAYING) >= 60
