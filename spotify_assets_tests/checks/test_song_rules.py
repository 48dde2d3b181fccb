"""The rules about one week's songs, each with a week in which it passes and one in which it fails."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.verdicts import StoredWeek
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.chart_frames import Row, friday, song
from spotify_assets_tests.check_examples import (
    Example,
    every_example,
    judged,
    of_table,
    require_example,
)
from spotify_assets_tests.stored_samples import csv_chart, playlist_chart, stored, table_of

GOOD = csv_chart(0, 5)
GOOD_WEEK = stored(0, GOOD)


def with_changes(*changes: tuple[int, Row]) -> StoredWeek:
    """The good week with other values in some of its rows, by rank."""
    rows = [dict(row) for row in GOOD]
    for rank, change in changes:
        rows[rank - 1] |= change
    return stored(0, rows)


def without(name: str) -> StoredWeek:
    """The good week whose songs lack a column."""
    songs = table_of("songs", GOOD).drop_columns(name)
    return StoredWeek(GOOD_WEEK.week, {**GOOD_WEEK.tables, "songs": songs})


EXAMPLES = {
    **of_table(
        "songs.schema",
        GOOD_WEEK,
        without("label"),
        "column label is missing",
        expected=", ".join(f"{c.name} {c.dtype}" for c in TABLES["songs"].columns),
        actual=", ".join(
            f"{c.name} {c.dtype}" for c in TABLES["songs"].columns if c.name != "label"
        ),
    ),
    **of_table(
        "songs.unique_key",
        GOOD_WEEK,
        stored(0, [*GOOD, song(0, 2, "Other")]),
        "week 2025-11-07, chart norway, rank 2: 2 rows",
        expected="6 keys in 6 rows",
        actual="5 keys in 6 rows",
        rows=({"chart": "norway", "rank": 2},),
    ),
    **of_table(
        "songs.not_empty",
        GOOD_WEEK,
        stored(0, []),
        "the week is stored without a single song",
        expected="1 row or more",
        actual="0 rows",
    ),
    **of_table(
        "songs.song_once_per_chart",
        stored(0, [*GOOD, *csv_chart(0, 5, chart="global")]),
        with_changes((4, {"song_id": "id-Song 2"})),
        "norway has the song id-Song 2 2 times, at ranks 2 to 4",
        expected="each song once in a chart",
        actual="1 more than once",
        rows=({"chart": "norway", "song_id": "id-Song 2", "rank_count": 2},),
    ),
    **of_table(
        "songs.charts_differ",
        stored(0, [*csv_chart(0), *csv_chart(1, chart="global")]),
        stored(0, [*csv_chart(0, 30), *csv_chart(0, chart="global")]),
        "global and norway are the same in their first 20 ranks: one of the files is another chart's, "
        "so drop the good one",
        expected="charts that differ",
        actual="global as norway",
    ),
    **of_table(
        "songs.ranks_without_holes",
        GOOD_WEEK,
        stored(0, [*GOOD[1:2], *GOOD[4:]]),
        "norway lacks rank 1, 3, 4, of 5",
        expected="ranks from 1 without holes",
        actual="3 ranks missing",
    ),
    **of_table(
        "songs.values_possible",
        GOOD_WEEK,
        with_changes((1, {"rank": 0}), (2, {"popularity": 101}), (3, {"popularity": -1})),
        "rank below 1 in 1 row",
        "popularity outside 0 to 100 in 2 rows",
        expected="values that can be",
        actual="rank below 1 in 1 row; popularity outside 0 to 100 in 2 rows",
        rows=(
            {"chart": "norway", "rank": 0, "song_name": "Song 1"},
            {"rank": 2, "popularity": 101},
            {"rank": 3, "popularity": -1},
        ),
    ),
    **of_table(
        "songs.values_plausible",
        with_changes((1, {"duration_ms": 30_000}), (2, {"duration_ms": 1_200_000})),
        with_changes(
            (1, {"duration_ms": 29_999}), (2, {"duration_ms": 1_200_001}), (5, {"streams": 0})
        ),
        "length below 30 s in 1 row",
        "length above 20 min in 1 row",
        "streams of 0 in 1 row",
        expected="lengths from 30 s to 20 min, and streams",
        actual="length below 30 s in 1 row; length above 20 min in 1 row; streams of 0 in 1 row",
        rows=(
            {"rank": 1, "duration_ms": 29_999},
            {"rank": 2, "duration_ms": 1_200_001},
            {"rank": 5, "streams": 0},
        ),
    ),
    **of_table(
        "songs.streams_fall_with_rank",
        with_changes((3, {"streams": 998_000})),  # as many as the one before
        with_changes((3, {"streams": 998_001})),
        "norway rank 3 has 998,001 streams, more than rank 2 with 998,000",
        expected="streams that fall with rank",
        actual="1 of 5 rows have more than the one before",
        rows=({"rank": 3, "song_name": "Song 3", "streams": 998_001},),
    ),
    **of_table(
        "songs.refreshed_for_week",
        stored(0, playlist_chart(0)),
        stored(0, [row | {"added_at": datetime(2025, 11, 7, 9)} for row in playlist_chart(0)]),  # noqa: DTZ001
        "norway was refreshed for the week 2025-10-31",
        expected="playlists of the week 2025-11-07",
        actual="1 of 1 playlists of another week",
    ),
}


@every_example(EXAMPLES)
def test_each_rule_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


SONG_CHECKS = [check.title for check in TABLE_CHECKS if check.asset == "songs"]


@pytest.mark.parametrize("title", [t for t in SONG_CHECKS if t != "songs.not_empty"])
@pytest.mark.parametrize(
    "songs",
    [[], [song(0, 1, None)], [song(0, 1, "A"), song(0, 1, "A", chart="global")]],
    ids=["no row", "one row", "two charts of one row"],
)
def test_the_smallest_tables_pass_with_nulls_wherever_they_may_be(
    title: str, songs: list[Row]
) -> None:
    assert judged(title, stored(0, songs)).findings == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rank": -1}, "rank below 1"),
        ({"duration_ms": 0}, "duration_ms not above 0"),
        ({"duration_ms": -200_000}, "duration_ms not above 0"),
        ({"streams": -1}, "streams below 0"),
        ({"reported_peak_rank": 0}, "reported_peak_rank below 1"),
        ({"reported_previous_rank": -1}, "reported_previous_rank below 1"),
        ({"reported_weeks_on_chart": 0}, "reported_weeks_on_chart below 1"),
        ({"source": "guess"}, "source other than chart_csv, legacy_csv, playlist"),
        ({"week_end": date(2025, 11, 20)}, "week_end that isn't 2025-11-13, the week's Thursday"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_value_that_cannot_be_is_found_and_shown(change: Row, says: str) -> None:
    verdict = judged("songs.values_possible", with_changes((2, change)))
    assert verdict.findings == (f"{says} in 1 row",)
    assert [row.items() >= change.items() for row in verdict.rows] == [True]


def test_a_week_that_begins_on_no_friday_is_found() -> None:
    saturday = GOOD_WEEK.week + timedelta(days=1)
    verdict = judged("songs.values_possible", StoredWeek(saturday, GOOD_WEEK.tables))
    assert "a week that begins on no Friday in 5 rows" in verdict.findings


@pytest.mark.parametrize(
    "change", [{"duration_ms": 1}, {"popularity": 0}, {"popularity": 100}, {"streams": 0}]
)
def test_what_can_just_be_passes(change: Row) -> None:
    assert judged("songs.values_possible", with_changes((5, change))).passed


def test_lengths_are_judged_by_the_settings() -> None:
    week = with_changes((1, {"duration_ms": 50_000}), (2, {"duration_ms": 400_000}))
    assert judged("songs.values_plausible", week).passed
    strict = {"shortest_song_seconds": "60", "longest_song_minutes": "6"}
    assert judged("songs.values_plausible", week, **strict).findings == (
        "length below 60 s in 1 row",
        "length above 6 min in 1 row",
    )


def test_each_charts_streams_and_ranks_are_its_own() -> None:
    other = [row | {"streams": row["streams"] * 2} for row in csv_chart(0, 3, chart="a")]
    nothing = [row | {"streams": None} for row in csv_chart(0, 3, chart="b")]
    week = stored(0, [*GOOD, *other, *nothing])
    for title in SONG_CHECKS:
        assert judged(title, week).passed


def test_a_row_without_streams_does_not_part_those_around_it() -> None:
    week = with_changes((2, {"streams": None}), (3, {"streams": 999_500}))
    (finding,) = judged("songs.streams_fall_with_rank", week).findings
    assert finding == "norway rank 3 has 999,500 streams, more than rank 1 with 999,000"


def test_rows_in_any_order_are_judged_alike() -> None:
    rows = list(reversed(GOOD))
    assert judged("songs.streams_fall_with_rank", stored(0, rows)).passed
    assert judged("songs.ranks_without_holes", stored(0, rows)).passed


def test_a_last_rank_of_two_billion_is_counted_and_not_listed() -> None:
    verdict = judged("songs.ranks_without_holes", with_changes((5, {"rank": 2**31 - 1})))
    (finding,) = verdict.findings
    says = "norway lacks rank 5, 6, 7, 8, 9 and 2147483637 more, of 2147483647"
    assert finding == says


def test_of_many_findings_the_first_are_told_and_the_rest_counted() -> None:
    rows = [*csv_chart(0), *[row | {"rank": row["rank"] + 200} for row in csv_chart(0)]]
    verdict = judged("songs.song_once_per_chart", stored(0, rows))
    assert len(verdict.findings) == 21
    assert verdict.findings[0] == "norway has the song id-Song 1 2 times, at ranks 1 to 201"
    assert verdict.findings[-1] == "and 180 more like these"
    assert verdict.actual == "200 more than once"
    assert len(verdict.rows) == 5


@pytest.mark.parametrize(
    ("added_at", "passes"),
    [
        ("2025-11-13T23:59:59", False),
        ("2025-11-14T00:00:00", True),
        ("2025-11-20T23:59:59", True),
        ("2025-11-21T00:00:00", False),
        (None, True),
    ],
)
def test_a_refresh_counts_from_the_weeks_close_to_the_next(
    added_at: str | None, passes: bool
) -> None:
    moment = datetime.fromisoformat(added_at) if added_at else None
    rows = [row | {"added_at": moment} for row in playlist_chart(0, 3)]
    assert judged("songs.refreshed_for_week", stored(0, rows)).passed == passes


def test_a_song_added_before_the_others_is_not_the_charts_refresh() -> None:
    rows = playlist_chart(0, 3)
    rows[1]["added_at"] = datetime(2024, 1, 5)  # noqa: DTZ001
    rows[2]["added_at"] = None
    assert judged("songs.refreshed_for_week", stored(0, rows)).passed


def test_a_chart_file_is_not_held_to_the_playlist_that_adds_details() -> None:
    rows = [row | {"added_at": datetime(2024, 1, 5)} for row in GOOD]  # noqa: DTZ001
    assert judged("songs.refreshed_for_week", stored(0, rows)).passed


@pytest.mark.parametrize("title", [t for t in SONG_CHECKS if t != "songs.schema"])
def test_a_rule_that_cannot_be_asked_says_what_it_lacks(title: str) -> None:
    (check,) = (check for check in TABLE_CHECKS if check.title == title)
    for column in check.needs.get("songs", ()):
        verdict = judged(title, without(column))
        assert verdict.findings == (f"not asked: songs has no column {column}",)
        assert not verdict.was_asked
        assert (verdict.expected, verdict.actual) == ("a table that can be checked", "not one")


def test_a_week_without_the_table_fails_and_says_so() -> None:
    assert judged("songs.schema", StoredWeek(friday(0), {})).findings == ("songs isn't stored",)
    week = StoredWeek(friday(0), {}, {"songs": "the disk is on fire"})
    assert judged("songs.schema", week).findings == ("the disk is on fire",)
    verdict = judged("songs.not_empty", week)
    assert verdict.findings == ("not asked: songs can't be read, as songs.schema says",)
    assert not verdict.was_asked
