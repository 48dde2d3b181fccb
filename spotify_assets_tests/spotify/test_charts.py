"""Live charts: fetched whole and of the right week or not at all, whatever one chart's answers are."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from spotify_assets.charts import Chart
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.playlist import Playlist, read_playlists
from spotify_assets.settings import load_settings
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.spotify.charts import (
    ALIKE,
    Earlier,
    LiveCharts,
    NotRefreshed,
    fetch_charts,
    likeness,
    require_week,
)
from spotify_assets.storage import FolderStorage
from spotify_assets.web import TimeLimits
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import (
    FOREVER,
    Act,
    answer,
    at,
    changed,
    cut_short,
    drips_body,
    error,
    expired,
    reset,
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
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

WEEK = date(2026, 11, 13)
LAST_WEEK, REFRESHED, NEXT_WEEK = (
    raw_samples.added_at(WEEK + ONE_WEEK * number) for number in (-1, 0, 1)
)
UNKNOWN = "1970-01-01T00:00:00Z"
PLAYLISTS = {"norway": raw_samples.NORWAY_PLAYLIST, "global": raw_samples.GLOBAL_PLAYLIST}
NORWAY = f"/v1/playlists/{PLAYLISTS['norway']}"
SECOND_PAGE = f"{NORWAY}/tracks?"
AFTER_PAGES = f"{NORWAY}?fields=snapshot_id"
TOKEN = "/api/token"
CHART = Chart("norway", "Norway", "no")
FIRST = [f"Fjord {number}" for number in range(120)]
OTHER = [f"Ferry {number}" for number in range(50)]
QUICK = TimeLimits(connect=2, silence=0.3, whole=0.6)
LONGEST_WAIT = 60.0
SECRETS = (CLIENT_SECRET, REFRESH_TOKEN, "made-up-token", "bWFkZS11cC1jbGllbnQ6")
LATER_BY = format_datetime(NOW + timedelta(seconds=30), usegmt=True)
A_PAGE = "<html><body>Please log in</body></html>"

OTHERS_PAGE = "https://api.spotify.com/v1/playlists/Other/tracks?offset=100"
NEW_SNAPSHOT = changed(lambda document: document | {"snapshot_id": "new"})
A_ROW = raw_samples.rows(WEEK)[0]


def only_rows(rows: list[Any]) -> Act:
    return with_rows(items=rows, total=len(rows), next=None)


PASSING: dict[str, Fault] = {
    "429, 5 s": at(NORWAY, error(429, Retry_After="5")),
    "429 without a wait": at(NORWAY, error(429)),
    "429 until a date": at(NORWAY, error(429, Retry_After=LATER_BY)),
    "429 with an unreadable wait": at(NORWAY, error(429, Retry_After="soon")),
    "429 on the second page": at(SECOND_PAGE, error(429, Retry_After="5")),
    "408": at(NORWAY, error(408)),
    "500 three times": at(NORWAY, error(500), times=3),
    "502": at(NORWAY, text(A_PAGE, 502, Content_Type="text/html")),
    "reset before the answer": at(NORWAY, reset),
    "closed within the body": at(NORWAY, cut_short),
    "silence": at(NORWAY, silent),
    "a dripping body": at(NORWAY, drips_body),
    "a web page": at(NORWAY, text(A_PAGE, Content_Type="text/html")),
    "half a JSON document": at(NORWAY, text('{"id": "37i9')),
    "a JSON list": at(NORWAY, answer([])),
    "not UTF-8": at(NORWAY, text(b'{"id": "\xff\xfe"}')),
    "gzip that is none": at(NORWAY, text("plain", Content_Encoding="gzip")),
    "token expired": at(NORWAY, expired),
    "token expired between pages": at(SECOND_PAGE, expired),
    "total changes between pages": at(SECOND_PAGE, with_rows(total=119)),
    "a page comes again": at(SECOND_PAGE, with_rows(offset=0)),
    "refreshed between pages": at(AFTER_PAGES, NEW_SNAPSHOT),
    "no token, 500": at(TOKEN, error(500)),
    "no token, a web page": at(TOKEN, text(A_PAGE)),
    "no token in the answer": at(TOKEN, answer({"token_type": "Bearer", "expires_in": 3600})),
    "a token for some time": at(TOKEN, answer({"access_token": "x", "expires_in": "soon"})),
}


STAYING: dict[str, tuple[Act, str] | tuple[Act, str, str]] = {
    "502": (text(A_PAGE, 502), r"502 \(a web page\).*out of order"),
    "reset": (reset, r"didn't answer .*failed or broke"),
    "silence": (silent, r"nothing came for 0.3 s|wasn't complete within"),
    "a web page": (text(A_PAGE), r"can't be used"),
    "error is a string": (answer({"error": "bad"}, 400), r"answered 400 \(bad\)"),
    "error is a list": (answer({"error": [1]}, 400), r"answered 400"),
    "error is no JSON": (text("oh no", 418), r"answered 418 \(oh no\)"),
    "error is null": (answer(None, 404), r"November 2024"),
    "404 on the second page": (error(404), r"November 2024 .*charts.spotify.com", SECOND_PAGE),
    "403": (error(403, "Forbidden"), r"February 2026 .*charts.spotify.com"),
    "401 again and again": (error(401), r"answered 401 .*developer dashboard"),
    "410": (error(410), r"answered 410"),
    "a redirect": (
        text("", 302, Location="http://a.example/x"),
        r"a redirect \(302, to http://a.example/x\)",
    ),
    "next page at another host": (with_rows(next="http://a.example/x"), r"API but at http://a.ex"),
    "next page is a number": (with_rows(next=7), r"API but at 7"),
    "next page of another playlist": (with_rows(href=OTHERS_PAGE), r"don't follow", SECOND_PAGE),
    "next page without rows": (with_rows(items=[]), r"but sent 100", SECOND_PAGE),
    "a page again": (changed(lambda d: d | {"offset": 0}), r"don't follow each other", SECOND_PAGE),
    "total changes": (with_rows(total=119), r"states 119 and 120", SECOND_PAGE),
    "total too high": (with_rows(total=121), r"states 121 rows .* but sent 120"),
    "no total": (with_rows(total=None), r"states None"),
    "refreshed between pages": (
        NEW_SNAPSHOT,
        r"refreshed the playlist while its pages",
        AFTER_PAGES,
    ),
    "an empty playlist": (only_rows([]), r"0 different songs in . rows"),
    "one song, 49 null rows": (only_rows([A_ROW] + [None] * 49), r"1 different songs in 50 rows"),
    "no rows at all": (changed(lambda d: d | {"tracks": None}), r"without its songs"),
    "another playlist": (changed(lambda d: d | {"id": "Other"}), r"sent something else"),
    "songs of the wrong type": (with_rows(items=[{"track": [1]}]), r"can't be read|states"),
    "an answer with the token": (
        changed(lambda d: d | {"note": "Bearer made-up-token-1"}),
        r"repeats this app's credentials",
    ),
    "brackets without end": (text("[" * 100_000), r"can't be used|unexpected error"),
}


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with serving(FakeSpotify()) as server:
        server.add_chart(PLAYLISTS["norway"], FIRST, REFRESHED)
        server.add_chart(PLAYLISTS["global"], OTHER, REFRESHED)
        yield server


def fetch(
    spotify: FakeSpotify,
    storage: FolderStorage,
    *,
    slept: list[float] | None = None,
    now: datetime = NOW,
    **environment: str,
) -> LiveCharts:
    settings = load_settings(spotify.environment | environment)
    sleep = [].append if slept is None else slept.append  # type: ignore[var-annotated]
    client = SpotifyAccess(settings.spotify, lambda: now, sleep, QUICK).client
    return fetch_charts(client, storage, settings.charts.expected(()), settings.charts, WEEK)


def songs(live: LiveCharts, chart: str) -> list[str] | None:
    for snapshot in live.fetched:
        if snapshot.name.chart == chart:
            pages = read_playlists(snapshot.content)
            return [str(track.name) for page in pages for _, _, track in page.ranked()]
    return None


@pytest.mark.parametrize("name", [*PASSING, *STAYING])
def test_a_fault_costs_no_chart_if_it_passes_and_else_its_own_which_is_explained(
    name: str, spotify: FakeSpotify, storage: FolderStorage, caplog: pytest.LogCaptureFixture
) -> None:
    slept: list[float] = []
    act, sentence, *part = STAYING.get(name) or (None, "")
    spotify.faults.append(at(*part or [NORWAY], act, times=FOREVER) if act else PASSING[name])
    with caplog.at_level(logging.DEBUG):
        live = fetch(spotify, storage, slept=slept)
    assert songs(live, "global") == OTHER
    if not sentence:
        assert live.reasons == {}
        assert songs(live, "norway") == FIRST
    else:
        assert songs(live, "norway") is None
        assert re.search(sentence, live.reasons["norway"])
    assert all(0 <= wait <= LONGEST_WAIT for wait in slept)
    assert sum(slept) <= 10 * LONGEST_WAIT
    assert len(spotify.asked) <= 20
    shown = caplog.text + " ".join(live.reasons.values())
    assert not any(secret in shown for secret in SECRETS)


# Which week a chart shows


def archive(storage: FolderStorage, week: date, names: list[str], **more: Any) -> None:
    """Norway's chart as archived for an earlier week."""
    document = raw_samples.playlist(raw_samples.rows(week, names), **more)
    storage.write(f"raw/processed/week={week}/norway.playlist.json", raw_samples.as_json(document))


def show(spotify: FakeSpotify, names: list[str], *dates: str, snapshot_id: str = "new") -> None:
    """Make Spotify show these songs as Norway's chart, the first ones with these dates."""
    spotify.add_chart(PLAYLISTS["norway"], names, dates[0], snapshot_id=snapshot_id)
    for row, added_at in zip(spotify.playlists[PLAYLISTS["norway"]].rows, dates, strict=False):
        row["added_at"] = added_at


def swapped(names: list[str], *, place: int = 7) -> list[str]:
    """The chart with one song replaced."""
    return [*names[:place], "Swapped in", *names[place + 1 :]]


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ([REFRESHED] * 50, None),
        ([LAST_WEEK] * 2 + [REFRESHED] * 48, None),
        ([UNKNOWN] * 20 + [REFRESHED] * 30, None),
        ([LAST_WEEK] * 50, "it did so last on 2026-11-13 09:41 UTC"),
        ([REFRESHED] + [LAST_WEEK] * 49, "it did so last on 2026-11-13 09:41 UTC"),
        ([REFRESHED] * 40 + [LAST_WEEK] * 10, "it did so last on 2026-11-13 09:41 UTC"),
        ([REFRESHED] + [UNKNOWN] * 49, "may be that one"),
        ([NEXT_WEEK] * 50, "already shows the week 2026-11-20"),
    ],
)
def test_a_chart_is_this_weeks_if_nearly_all_of_its_dates_say_so(
    spotify: FakeSpotify, storage: FolderStorage, dates: list[str], reason: str | None
) -> None:
    show(spotify, OTHER, *dates)
    live = fetch(spotify, storage)
    assert songs(live, "norway") == (None if reason else OTHER)
    assert not reason or reason in live.reasons["norway"]
    assert live.early == ({"norway"} if reason and "already" not in reason else set())


@pytest.mark.parametrize("as_csv", [False, True])
@pytest.mark.parametrize(
    ("before", "weeks_back", "is_stored"),
    [
        (OTHER[::-1], 1, True),
        (OTHER, 1, False),
        (swapped(OTHER), 1, False),
        (["Swapped in", *OTHER[:-1]], 1, False),
        ([*OTHER, "The 51st", "The 52nd"], 1, False),
        (OTHER[::-1], 2, False),
        (None, 0, False),
    ],
    ids=["shuffled", "same", "one swapped", "one came in on top", "longer", "older", "none"],
)
def test_an_undated_chart_is_this_weeks_if_its_ranks_changed_since_the_week_before(
    spotify: FakeSpotify,
    storage: FolderStorage,
    before: list[str] | None,
    weeks_back: int,
    is_stored: bool,
    as_csv: bool,
) -> None:
    if before:
        week = WEEK - ONE_WEEK * weeks_back
        if as_csv:
            key = f"raw/processed/week={week}/norway.chart.csv"
            storage.write(key, raw_samples.chart_csv(before))
        else:
            archive(storage, week, before, snapshot_id="old")
    show(spotify, OTHER, *[UNKNOWN] * 50)
    live = fetch(spotify, storage)
    assert songs(live, "norway") == (OTHER if is_stored else None)
    assert live.early == (set() if is_stored else {"norway"})


SIZES = (20, 50, 98, 200)
BIG = [f"Song {number}" for number in range(200)]
NEXT = [*BIG[1::2], *[f"New {number}" for number in range(100)]]  # as a week's chart changes


def shows(names: list[str], *dates: str, snapshot_id: str = "") -> Playlist:
    """A playlist, its first rows with these dates and the others with the last of them."""
    dated = [*dates, *[dates[-1]] * (len(names) - len(dates))] if dates else [UNKNOWN] * len(names)
    rows = [
        raw_samples.row(raw_samples.track(n), added_at=at)
        for n, at in zip(names, dated, strict=True)
    ]
    (found,) = read_playlists(
        raw_samples.as_json(raw_samples.playlist(rows, snapshot_id=snapshot_id))
    )
    return found


def before(names: list[str], weeks_back: int = 1, **more: Any) -> Earlier:
    songs = {rank: (f"file {name}", name.casefold()) for rank, name in enumerate(names, 1)}
    return Earlier(WEEK - ONE_WEEK * weeks_back, songs, **more)


def is_of_the_week(found: Playlist, *earlier: Earlier, now: datetime = NOW) -> bool:
    try:
        require_week(CHART, found, WEEK, earlier, now)
    except NotRefreshed:
        return False
    return True


@pytest.mark.parametrize("size", SIZES)
def test_an_undated_chart_with_one_row_swapped_in_or_out_is_the_week_befores(size: int) -> None:
    was = before(BIG[:size])
    assert not is_of_the_week(shows(BIG[:size]), was)
    for place in range(0, size, 7):
        assert not is_of_the_week(shows(swapped(BIG[:size], place=place)), was)
    for place in (0, size // 2):
        out = [*BIG[:place], *BIG[place + 1 : size], "Came in last"]
        came_in = [*BIG[:place], "Came in", *BIG[place : size - 1]]
        assert not is_of_the_week(shows(out), was)
        assert not is_of_the_week(shows(came_in), was)
    assert is_of_the_week(shows(NEXT[:size]), was)


@pytest.mark.parametrize(("depth", "size"), [(200, 50), (50, 200), (200, 98), (10, 50)])
def test_charts_of_two_depths_are_compared_as_far_as_both_go(depth: int, size: int) -> None:
    was = before(BIG[:depth])
    assert not is_of_the_week(shows(swapped(BIG[:size])), was)
    assert is_of_the_week(shows(NEXT[:size]), was)
    assert not is_of_the_week(shows(NEXT[:size]), before([]))


@pytest.mark.parametrize(
    ("earlier", "is_stored"),
    [
        ([before(NEXT[:50])], True),
        ([before(BIG[:50], 2)], False),
        ([before(NEXT[:50], 2)], False),  # it may be the chart between these two
        ([before(NEXT[:50]), before(BIG[:50], 2)], False),  # stuck for two weeks
        ([before(NEXT[:50]), before(BIG[:50])], False),  # a playlist and a chart file
        ([before(NEXT[:50], is_held_back=True)], False),  # which may be an older week's
        ([before(BIG[:50], is_held_back=True)], False),
        ([], False),
    ],
)
def test_an_undated_chart_is_proven_by_a_good_chart_of_the_week_before_that_differs(
    earlier: list[Earlier], is_stored: bool
) -> None:
    assert is_of_the_week(shows(BIG[:50]), *earlier) == is_stored


def test_a_chart_that_nothing_proves_counts_some_days_after_the_weeks_end() -> None:
    close = datetime(2026, 11, 20, tzinfo=UTC)
    stored = [is_of_the_week(shows(BIG[:50]), now=close + timedelta(days=n)) for n in range(7)]
    assert stored == [False] * 5 + [True] * 2
    late = close + timedelta(days=6)
    assert not is_of_the_week(shows(BIG[:50]), before(BIG[:50], 2), now=late)
    with pytest.raises(
        NotRefreshed, match=r"no good chart of 2026-11-06 .* until 2026-11-25 .*weekly CSV"
    ):
        require_week(CHART, shows(BIG[:50]), WEEK, [], NOW)


@pytest.mark.parametrize(
    ("dates", "is_stored"),
    [
        (["2026-11-20T00:10:00Z", *[LAST_WEEK] * 50], False),
        ([LAST_WEEK, *["2026-11-20T00:10:00Z"] * 50], True),
        ([*[LAST_WEEK] * 5, *[REFRESHED] * 46], True),
        ([*[LAST_WEEK] * 6, *[REFRESHED] * 45], False),
        (["2026-11-20T00:10:00Z", *[UNKNOWN] * 50], False),
        (["2026-11-20T00:00:00Z"] * 51, True),
        (["2026-11-19T23:50:00Z"] * 51, False),
        (["2026-11-19T20:59:59Z"] * 51, False),
    ],
)
def test_nearly_all_dates_must_be_of_the_refresh(dates: list[str], is_stored: bool) -> None:
    assert is_of_the_week(shows(BIG[:51], *dates)) == is_stored


@pytest.mark.parametrize(
    ("dates", "shown"),
    [
        ([LAST_WEEK], WEEK - ONE_WEEK),
        (["2026-11-20T00:10:00Z", LAST_WEEK], WEEK - ONE_WEEK),
        ([*["2026-11-20T00:10:00Z"] * 6, LAST_WEEK], None),
        ([*[UNKNOWN] * 25, LAST_WEEK], WEEK - ONE_WEEK),
        ([*[UNKNOWN] * 26, LAST_WEEK], None),
        (["2026-11-06T09:00:00Z"], WEEK - 2 * ONE_WEEK),
        (["2026-11-12T23:50:00Z"], None),  # for the week before that, or as it ended
        (["2026-11-19T23:50:00Z"], None),
        ([UNKNOWN], None),
    ],
)
def test_a_chart_proves_to_be_an_older_weeks_by_nearly_all_of_its_dates(
    dates: list[str], shown: date | None
) -> None:
    with pytest.raises(NotRefreshed) as error:
        require_week(CHART, shows(BIG[:51], *dates), WEEK, [], NOW)
    assert error.value.shown == shown


def test_a_refresh_just_before_the_weeks_end_is_told_by_the_ranks() -> None:
    early = shows(NEXT[:50], "2026-11-19T23:50:00Z")
    assert is_of_the_week(early, before(BIG[:50]))
    assert not is_of_the_week(early, before(NEXT[:50]))
    with pytest.raises(
        NotRefreshed, match=r"at 2026-11-19 23:50 UTC, as the week 2026-11-13 ended"
    ):
        require_week(CHART, early, WEEK, [], NOW)


def test_a_refusal_says_until_when_spotify_is_asked_again() -> None:
    for found in (shows(BIG[:50], LAST_WEEK), shows(BIG[:50])):
        with pytest.raises(NotRefreshed, match="until 2026-11-26, the last day") as error:
            require_week(CHART, found, WEEK, [before(BIG[:50])], NOW)
        assert "Nothing is lost" not in str(error.value)


@needs_real_data
@pytest.mark.parametrize("folder", ["charts_weekly_legacy/no", "charts_weekly/global"])
def test_real_weeks_are_further_apart_than_a_chart_with_a_swapped_row(folder: str) -> None:
    charts = [
        {r.rank: (r.song_id, "") for r in read_chart_csv(file.read_bytes()).rows if r.rank <= 50}
        for file in sorted((REAL_DATA / folder).glob("*.csv"))
    ]
    assert len(charts) > 20
    assert max(likeness(before, after) for before, after in pairwise(charts)) < ALIKE - 0.1
    assert all(likeness(chart, chart | {7: ("swapped in", "")}) > ALIKE for chart in charts)


@pytest.mark.parametrize(("weeks_back", "is_stored"), [(1, False), (4, False), (5, True)])
def test_the_snapshot_of_an_earlier_week_is_never_this_weeks_whatever_its_dates(
    spotify: FakeSpotify, storage: FolderStorage, weeks_back: int, is_stored: bool
) -> None:
    archive(storage, WEEK - ONE_WEEK * weeks_back, ["Another"], snapshot_id="same")
    show(spotify, OTHER, *[REFRESHED] * 50, snapshot_id="same")
    assert (songs(fetch(spotify, storage), "norway") == OTHER) == is_stored


@pytest.mark.parametrize(("before", "now"), [("old", "new"), ("", ""), ("damaged", "")])
def test_a_chart_that_was_refreshed_without_any_change_is_stored(
    spotify: FakeSpotify, storage: FolderStorage, before: str, now: str
) -> None:
    archive(storage, WEEK - ONE_WEEK, FIRST, snapshot_id=before)
    if before == "damaged":
        storage.write(f"raw/processed/week={WEEK - ONE_WEEK}/norway.playlist.json", b"{")
    show(spotify, FIRST, *[REFRESHED] * 120, snapshot_id=now)
    assert songs(fetch(spotify, storage), "norway") == FIRST


# Which charts are requested, and how


def test_a_chart_without_playlist_id_says_so_and_affects_no_other(
    spotify: FakeSpotify, storage: FolderStorage, tmp_path: Path
) -> None:
    charts = tmp_path / "charts.toml"
    charts.write_text(
        '[[charts]]\nslug = "norway"\ncountry = "no"\n\n'
        f'[[charts]]\nslug = "global"\nplaylist_id = "{PLAYLISTS["global"]}"\n'
    )
    live = fetch(spotify, storage, SPOTIFY_ASSETS_CHARTS="", SPOTIFY_ASSETS_CHARTS_FILE=str(charts))
    assert songs(live, "global") == OTHER
    assert live.reasons["norway"].startswith(f"It has no playlist_id in {charts}")
    assert "charts.spotify.com" in live.reasons["norway"]


@pytest.mark.parametrize("token", ["", REFRESH_TOKEN])
def test_what_this_app_may_not_read_is_one_outcome_with_the_remedy_for_that_chart(
    spotify: FakeSpotify, storage: FolderStorage, tmp_path: Path, token: str
) -> None:
    charts = tmp_path / "charts.toml"
    declared = {
        "hidden": (PLAYLISTS["norway"], "no"),
        "mine": ("MadeUp1", ""),
        "both": ("MadeUp2", "se"),
    }
    charts.write_text(
        "".join(
            f'[[charts]]\nslug = "{slug}"\nplaylist_id = "{playlist_id}"\ncountry = "{country}"\n'
            for slug, (playlist_id, country) in declared.items()
        )
    )
    spotify.extended = False
    for playlist_id in ("MadeUp1", "MadeUp2"):
        spotify.add_chart(playlist_id, OTHER, REFRESHED)
    spotify.faults.append(at("MadeUp2", error(403, "Forbidden"), times=FOREVER))
    more = {"SPOTIFY_ASSETS_CHARTS_FILE": str(charts), "SPOTIFY_ASSETS_REFRESH_TOKEN": token}
    more["SPOTIFY_ASSETS_CHARTS"] = ""
    live = fetch(spotify, storage, **more)
    assert live.refused == set(live.reasons) == set(declared)
    hidden, mine, both = (live.reasons[slug] for slug in declared)
    assert hidden.startswith(
        "Spotify answered 404 (Resource not found) to the request for the playlist"
    )
    assert mine.startswith("Spotify sent the playlist without its songs")
    assert both.startswith("Spotify answered 403 (Forbidden) to the request for the playlist")
    assert mine.partition(": ")[2] in both
    assert ["charts.spotify.com" in said for said in (hidden, mine, both)] == [True, False, True]
    of_a_user = (
        "user who issued SPOTIFY_ASSETS_REFRESH_TOKEN" if token else "run spotify-assets login"
    )
    assert [of_a_user in said for said in (hidden, mine, both)] == [False, True, True]


def test_a_chart_that_this_app_has_lost_is_not_one_that_it_never_had(
    spotify: FakeSpotify, storage: FolderStorage
) -> None:
    archive(storage, WEEK - ONE_WEEK, FIRST)
    spotify.playlists.clear()
    live = fetch(spotify, storage)
    assert live.refused == {"global"}
    assert f"The archive has its playlist of {WEEK - ONE_WEEK}" in live.reasons["norway"]


def twelve_charts(folder: Path) -> dict[str, str]:
    """Return the settings that declare as many charts."""
    blocks = [f'[[charts]]\nslug = "c{n}"\nplaylist_id = "Playlist{n}"\n' for n in range(12)]
    (folder / "charts.toml").write_text("".join(blocks))
    named = {"SPOTIFY_ASSETS_CHARTS_FILE": str(folder / "charts.toml")}
    return named | {"SPOTIFY_ASSETS_CHARTS": ""}


@pytest.mark.parametrize(
    ("part", "act", "requests", "said"),
    [
        ("/v1/", error(429, Retry_After="3600"), 1, "wait 60 minutes, until 2026-11-20 13:00 UTC"),
        (
            "/v1/",
            error(429, Retry_After="61"),
            1,
            r"61 s.*a request waits 60 s at most .*LONGEST_WAIT",
        ),
        ("/v1/", error(429, Retry_After="1" + "0" * 30), 1, "too many requests"),
        ("/v1/", error(429, Retry_After="30"), 2, "asks to wait 30 s"),
        ("/v1/", error(429), 4, "too many requests of this app"),
        ("/v1/", error(429, "", "QUOTA_EXCEEDED"), 1, "used up its quota"),
        ("/v1/", text("Premium required for the owner", 403), 1, "owner has Spotify Premium"),
        (TOKEN, answer({"error": "invalid_client"}, 400), 1, "this app's credentials"),
        (TOKEN, error(500), 4, "the request for a token, repeatedly: it is out of order"),
        (TOKEN, text(A_PAGE), 4, "answer for a token can't be used: an answer without a token"),
    ],
)
def test_what_concerns_the_app_stops_all_requests_and_is_said_of_every_chart(
    spotify: FakeSpotify,
    storage: FolderStorage,
    tmp_path: Path,
    part: str,
    act: Act,
    requests: int,
    said: str,
) -> None:
    slept: list[float] = []
    spotify.faults.append(at(part, act, times=FOREVER))
    live = fetch(spotify, storage, slept=slept, **twelve_charts(tmp_path))
    assert len([asked for asked in spotify.asked if part in asked.path]) == requests
    assert sum(slept) <= LONGEST_WAIT
    (reason,) = set(live.reasons.values())
    assert re.search(said, reason)
    assert (len(live.reasons), live.refused) == (12, set())


def test_after_five_unanswered_charts_in_a_row_the_others_are_not_requested(
    spotify: FakeSpotify, storage: FolderStorage, tmp_path: Path
) -> None:
    spotify.faults.append(at("/v1/", error(503), times=FOREVER))
    live = fetch(spotify, storage, **twelve_charts(tmp_path))
    assert len(set(spotify.paths("playlists/"))) == 5
    assert "It wasn't requested: Spotify was out of order for 5 charts" in live.reasons["c8"]


@pytest.mark.parametrize(("extended", "requests"), [(True, 4), (False, 6)])
def test_a_long_playlist_is_fetched_with_all_its_pages_of_either_generation(
    spotify: FakeSpotify, storage: FolderStorage, extended: bool, requests: int
) -> None:
    names = [f"Song {number}" for number in range(230)]
    spotify.extended = extended
    spotify.add_chart(PLAYLISTS["norway"], names, REFRESHED, is_own=True)
    assert songs(fetch(spotify, storage), "norway") == names
    # Its pages, and at the end whether it was refreshed between them.
    asked = [one for one in spotify.asked if PLAYLISTS["norway"] in one.path]
    assert len(asked) == requests
    # Without a market, which would replace ids; with episodes, which count as rows.
    assert asked[0].query == {"additional_types": "track,episode"}
