"""The dashboard's data and document: what they are made from, what is in them, how large they get."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest

from spotify_assets.reports import week_label
from spotify_assets.reports.dashboard.document import dashboard_page, document, inline_json
from spotify_assets.reports.dashboard.queries import Answers, query_views
from spotify_assets.reports.dashboard.records import records_of
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.chart_frames import album, artist, chart, credit, friday, reported, song
from spotify_assets_tests.dashboards import (
    SHIPPED,
    answers,
    engine_with,
    query_of,
    records,
    result,
    sample_tables,
    tables_from,
)
from spotify_assets_tests.fixed_clock import NOW

LAST = date(2026, 11, 13)


def data_in(page: bytes) -> Any:
    """What the page contains, as its script reads it."""
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', page.decode())
    assert found is not None
    return json.loads(found[1])


def test_the_same_input_gives_the_same_bytes() -> None:
    made = [document(records(sample_tables(LAST, 2))) for _ in range(2)]
    assert made[0] == made[1]


def test_titles_cannot_end_the_block_that_they_are_in() -> None:
    foreign = {"a": "</script><!--", "b": "\u2028&>", "c": "\ud800"}
    text = inline_json(foreign)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == foreign | {"c": "?"}


@pytest.mark.parametrize(
    ("released", "precision", "week", "move"),
    [
        (friday(9) - timedelta(days=91), "day", 9, "f"),
        (friday(9) - timedelta(days=90), "day", 9, "n"),
        (friday(9) - timedelta(days=91), "month", 9, "n"),
        (date(2024, 1, 1), "year", 9, "f"),
        (date(1984, 1, 1), "day", 52, "n"),
    ],
)
def test_a_song_that_was_out_for_long_is_not_new_in_the_first_year(
    released: date, precision: str, week: int, move: str
) -> None:
    songs = [song(number, 1, "A") for number in (0, week - 1, week)]
    songs.append(song(week, 2, "B", album_id="b"))
    tables = tables_from(songs=songs, albums=[album(week, "b", released, precision)])
    assert records(tables)["charts"][0]["rows"][-1]["m"][1] == move


def test_weeks_are_named_by_their_days() -> None:
    assert week_label(date(2026, 11, 6)) == "6–12 Nov 2026"
    assert week_label(date(2026, 11, 27)) == "27 Nov – 3 Dec 2026"
    assert week_label(date(2026, 12, 31)) == "31 Dec 2026 – 6 Jan 2027"


def test_after_a_long_gap_only_what_spotify_reports_is_taken() -> None:
    file = [
        song(50, rank, f"S{rank}", **reported(rank, said, 2)) for rank, said in ((1, 1), (2, None))
    ]
    for songs, new, turnover in (
        (chart(0, "A") + chart(4, "B"), [None, 1], [None, 1]),
        (chart(0, "A") + chart(5, "B"), [None, None], [None, None]),
        (chart(0, "A") + file, [None, 0], [None, 0.5]),
    ):
        found = records(tables_from(songs=songs))["charts"][0]["trends"]
        assert (found["new"], found["turnover"]) == (new, turnover)


# --- Where recordings are from ------------------------------------------------------------------


def test_the_chart_compared_with_is_counted_for_each_country() -> None:
    codes = ("NOABC2600001", "nodef2600002", "USABC2600003", None)
    songs = [
        song(week, rank, f"S{rank}", chart=slug, isrc=code)
        for week, slug in ((0, "norway"), (0, "global"), (1, "norway"))
        for rank, code in enumerate(codes, 1)
    ]
    of = {one["slug"]: one for one in records(tables_from(songs=songs))["charts"]}
    assert of["norway"]["abroad"] == {"week": [0], "share": [0.6667]}
    assert of["global"]["abroad"] is None
    assert of["norway"]["trends"]["home"] == [0.6667, 0.6667]
    assert of["norway"]["trends"]["home_known"] == [3, 3]
    assert "home" not in of["global"]["trends"]


def test_the_share_of_artists_from_there_is_of_those_whose_country_is_known() -> None:
    songs = chart(0, "A B C") + chart(0, "A", chart="global")
    lines = [one for name in "ABC" for one in credit(0, f"id-{name}", [name])]
    artists = [artist(0, "A") | {"country": "NO", "mbid": "m"}, artist(0, "B") | {"country": "SE"}]
    made = records(tables_from(songs=songs, song_artists=lines, artists=artists))
    of = {one["slug"]: one["trends"] for one in made["charts"]}
    assert (of["norway"]["local"], of["norway"]["local_known"]) == ([0.5], [2])
    assert "local" not in of["global"]
    assert made["sources"] == ["musicbrainz"]


# --- What is held back --------------------------------------------------------------------------


def test_a_chart_is_held_back_alone_and_a_finding_without_one_holds_back_the_week() -> None:
    songs = chart(0, "A") + chart(3, "A")
    songs += [row for week in range(4) for row in chart(week, "A", chart="global")]
    held = [
        result(friday(1), "songs.key", "bad", chart="norway"),
        result(friday(2), "songs.schema", "bad"),
        result(friday(3), "songs.key", "bad", chart="norway"),
        result(friday(0), "songs.key", "odd", chart="norway", severity="WARN"),
    ]
    found = records(tables_from(songs=songs, check_results=held))
    assert [(name, *of) for _, name, _, *of in found["held"]] == [
        ("Norway", False, "norway", 1),
        (None, True, None, 2),
        ("Norway", True, "norway", 3),
    ]


def test_many_reasons_are_cut_and_counted() -> None:
    held = [result(friday(1), f"songs.check_{n}", f"reason {n}", chart="norway") for n in range(5)]
    ((_, _, reasons, *_),) = records(tables_from(check_results=held))["held"]
    assert reasons == [
        *([f"Reason {n}.", f"songs.check_{n}"] for n in range(3)),
        ["2 more findings.", None],
    ]


def test_of_a_catalog_with_held_back_weeks_alone_only_those_are_queried() -> None:
    found, _ = answers(tables_from(check_results=[result(LAST, "songs.key", "bad")]))
    assert found == Answers(held_back=[(LAST, None, "songs", "key", "bad")])


# --- How large it gets --------------------------------------------------------------------------


def large(charts: int, weeks: int, rows: int) -> Answers:
    """Answers of that size: every week a quarter of the songs are others."""
    history, chart_weeks = [], []
    for number in range(charts):
        slug = f"chart-{number:03}"
        for week in range(weeks):
            day = date(2017, 1, 6) + ONE_WEEK * week
            chart_weeks.append((slug, day, rows, *[None] * 13))
            for rank in range(1, rows + 1):
                n = (number * weeks + week) * rows // 4 + rank
                title = f"A title of the usual length (feat. somebody) {n}"
                link = f"https://open.spotify.com/track/{n:022}"
                names = (f"song-{n}", title, "Somebody, Another", link, False)
                ids = (f'["artist-{n % 500}"]', f"album-{n % 700}")
                figures = (None, 1, 10, False, 10_000_000, "counted", "n")
                history.append((slug, day, rank, *names, *ids, *figures))
    return Answers(history=history, chart_weeks=chart_weeks)


def test_of_a_page_that_gets_too_large_the_latest_weeks_stay() -> None:
    page = dashboard_page(large(2, 130, 20), SHIPPED, NOW, most_bytes=300_000)
    assert 250_000 < len(page) <= 300_000
    found = data_in(page)
    assert len(found["weeks"]) == 130
    rows = found["charts"][-1]["rows"]
    assert rows[-1]["w"] == 129
    assert rows[0]["w"] == found["from"] > 0


def test_what_is_left_out_is_kept_in_the_totals() -> None:
    whole, short = (records_of(large(1, 8, 20), SHIPPED, NOW, kept) for kept in (8, 3))
    assert whole["charts"][0]["earlier"] is None
    assert (len(short["charts"][0]["rows"]), short["from"]) == (3, 5)
    earlier = short["charts"][0]["earlier"]
    assert earlier["places"] == 100
    assert sum(count for _, count in earlier["albums"]) == 100
    assert len(short["tracks"]) <= len(whole["tracks"])

    def named(found: dict[str, Any], place: int) -> list[list[Any]]:
        tracks = [found["tracks"][n] for n in found["charts"][0]["rows"][place]["t"]]
        artists, albums = found["artists"], found["albums"]
        return [[t[1], t[2], t[3], [artists[a] for a in t[5]], albums[t[6]]] for t in tracks]

    assert [named(short, place) for place in range(3)] == [named(whole, 5 + n) for n in range(3)]


def test_of_very_many_rows_only_the_latest_are_asked_for_and_the_totals_are_the_same() -> None:
    tables = sample_tables(LAST, 12)
    engine = engine_with(tables)
    weeks = {"songs": set(tables["songs"].column("week").to_pylist())}
    asked = query_views(query_of(engine), SHIPPED, weeks, most_rows=400)
    whole = query_views(query_of(engine), SHIPPED, weeks)
    assert (len(whole.history), len(asked.history)) == (1200, 400)
    found, wanted = records_of(asked, SHIPPED, NOW), records_of(whole, SHIPPED, NOW, kept=4)
    assert (
        data_in(dashboard_page(asked, SHIPPED, NOW))["from"] == found["from"] == wanted["from"] == 8
    )

    def told(page: dict[str, Any], chart: dict[str, Any]) -> dict[str, Any]:
        """What is told of the weeks that are left out, by names."""
        earlier, tracks = chart["earlier"], page["tracks"]
        shown = {tracks[n][0] for week in chart["rows"] for n in week["t"]}
        longest = {
            tracks[n][1]: since for n, *since in earlier["songs"] if tracks[n][0] not in shown
        }
        return {
            "places": earlier["places"],
            "artists": sorted((count, *page["artists"][n]) for n, count in earlier["artists"]),
            "albums": sorted((count, page["albums"][n][0]) for n, count in earlier["albums"]),
            "longest": longest,
        }

    for one, other in zip(found["charts"], wanted["charts"], strict=True):
        assert told(found, one) == told(wanted, other)
        assert told(found, one)["longest"]
        assert [week["w"] for week in one["rows"]] == [8, 9, 10, 11]
        assert [week["p"] for week in one["rows"]] == [week["p"] for week in other["rows"]]
