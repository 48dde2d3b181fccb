"""The rules that hold a week against those before: gaps, other sources, charts that come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.verdicts import EarlierWeek, Verdict
from spotify_assets_tests.chart_frames import Row, friday, song
from spotify_assets_tests.check_examples import (
    Example,
    every_example,
    judged,
    of_table,
    require_example,
)
from spotify_assets_tests.stored_samples import before, csv_chart, playlist_chart, stored

HISTORY = ("row_count", "overlap_with_week_before", "not_a_copy", "previous_rank_agreement")


def earlier(last: int, *, rows: int = 200) -> list[EarlierWeek]:
    """The weeks up to this one, from 0, the latest first."""
    return [before(number, csv_chart(number, rows)) for number in range(last, -1, -1)]


def again(week: int, songs: Sequence[Row]) -> list[Row]:
    """The same songs under another week."""
    dates = {"week": friday(week), "week_end": song(week, 1, "A")["week_end"]}
    return [row | dates for row in songs]


def all_of(week: int, songs: Sequence[Row], *past: EarlierWeek) -> dict[str, Verdict]:
    """What each rule has to say of the week."""
    one = stored(week, songs, earlier=past)
    return {name: judged(f"songs.{name}", one) for name in HISTORY}


def failing(week: int, songs: Sequence[Row], *past: EarlierWeek) -> list[str]:
    return [name for name, verdict in all_of(week, songs, *past).items() if not verdict.passed]


GOOD = stored(3, csv_chart(3), earlier=earlier(2))
COPY = stored(3, again(3, csv_chart(2)), earlier=earlier(2))

EXAMPLES = {
    **of_table(
        "songs.row_count",
        GOOD,
        stored(3, csv_chart(3, 150), earlier=earlier(2)),
        "norway has 150 rows, and had 200 in the weeks before: its file may be cut, so drop it again",
        expected="within 20% of norway 200",
        actual="norway 150",
    ),
    **of_table(
        "songs.overlap_with_week_before",
        GOOD,
        stored(3, csv_chart(30), earlier=earlier(2)),
        "norway has 0.0% of its songs from 2025-11-21, less than 25.0%: is it of another chart or "
        "week?",
        expected="25.0% or more of the songs kept, 75.0% or fewer at their rank",
        actual="norway 0.0% kept, 0.0% at their rank",
    ),
    **of_table(
        "songs.not_a_copy",
        GOOD,
        COPY,
        "norway is the same as in 2025-11-21, rank for rank, so one of the two is under a wrong date: "
        "drop the good file of that one",
        expected="no chart as in 2025-11-07, 2025-11-14, 2025-11-21",
        actual="norway as in 2025-11-21",
        rows=({"chart": "norway", "rank": 1, "song_id": "id-Song 21"},),
    ),
    **of_table(
        "songs.streams_as_usual",
        GOOD,
        stored(3, [r | {"streams": r["streams"] // 4} for r in csv_chart(3)], earlier=earlier(2)),
        "the first 20 ranks of norway have 4,947,500 streams, and had 19,790,000 in the weeks before: "
        "is it another chart's file?",
        expected="within 3 times of norway 19,790,000",
        actual="norway 4,947,500",
    ),
    **of_table(
        "songs.previous_rank_agreement",
        GOOD,
        stored(3, [r | {"reported_previous_rank": None} for r in csv_chart(3)], earlier=earlier(2)),
        "in norway 5.0% of the ranks in 2025-11-21 are as Spotify reports them, fewer than 95.0%: one "
        "of the two weeks may be under a wrong date",
        expected="95.0% or more as Spotify reports",
        actual="norway 5.0%",
        rows=tuple(
            {"chart": "norway", "rank": r, "reported_previous_rank": None, "rank_before": r + 10}
            for r in range(1, 6)
        ),
    ),
}


@every_example(EXAMPLES)
def test_each_rule_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


def test_the_first_week_has_nothing_to_be_compared_with() -> None:
    for verdict in all_of(0, csv_chart(0)).values():
        assert verdict.passed
        assert verdict.actual in ("nothing to compare with", "200 rows")


def test_a_chart_that_appears_has_nothing_to_be_compared_with() -> None:
    songs = [*csv_chart(3), *csv_chart(30, chart="global")]
    assert failing(3, songs, *earlier(2)) == []


def test_a_chart_that_vanishes_is_named_in_the_first_week_without_it() -> None:
    both = [*csv_chart(2), *csv_chart(2, chart="global")]
    (finding,) = all_of(3, csv_chart(3), before(2, both))["row_count"].findings
    assert finding == "global has no rows, and had some in 2025-11-21: drop its file"
    assert failing(4, csv_chart(4), before(3, csv_chart(3)), before(2, both)) == []


def test_a_chart_missed_for_a_week_is_held_against_the_week_before_that() -> None:
    both = [*csv_chart(1), *csv_chart(1, chart="global")]
    past = [before(2, csv_chart(2, chart="global")), before(1, both)]
    found = all_of(3, [*csv_chart(3), *csv_chart(3, chart="global")], *past)
    assert [name for name, verdict in found.items() if not verdict.passed] == []
    assert "norway 90.0% kept" in found["overlap_with_week_before"].actual
    assert found["previous_rank_agreement"].actual == "global 100.0%"


def test_a_copy_of_any_of_eight_weeks_is_found_and_of_one_before_them_not() -> None:
    past = earlier(9)
    assert "not_a_copy" in failing(10, again(10, csv_chart(2)), *past)
    assert "not_a_copy" not in failing(10, again(10, csv_chart(1)), *past)


def test_a_copy_of_the_week_after_it_names_both() -> None:
    copy = replace(stored(3, again(3, csv_chart(4))), following=before(4, csv_chart(4)))
    (finding,) = judged("songs.not_a_copy", copy).findings
    assert finding.startswith("norway is the same as in 2025-12-05, rank for rank")
    assert judged("songs.not_a_copy", replace(GOOD, following=before(4, csv_chart(4)))).passed


def test_charts_without_streams_have_no_usual_streams() -> None:
    assert judged("songs.streams_as_usual", stored(3, playlist_chart(3), earlier=earlier(2))).passed


def test_a_chart_all_new_after_a_gap_of_weeks_is_no_alarm() -> None:
    assert failing(30, csv_chart(30), *earlier(2)) == []


def test_a_copy_is_found_over_a_gap_of_weeks() -> None:
    found = failing(30, again(30, csv_chart(2)), *earlier(2))
    assert found == ["overlap_with_week_before", "not_a_copy"]


@pytest.mark.parametrize("now", [csv_chart(3), playlist_chart(3)], ids=["CSV", "playlist"])
@pytest.mark.parametrize("was", [csv_chart(2), playlist_chart(2)], ids=["CSV", "playlist"])
def test_a_chart_file_and_a_playlist_are_compared_as_deep_as_both_go(
    now: list[Row], was: list[Row]
) -> None:
    assert failing(3, now, before(2, was), *earlier(1)) == []


def test_reported_ranks_below_the_playlist_before_are_left_out() -> None:
    found = all_of(3, csv_chart(3), before(2, playlist_chart(2)))["previous_rank_agreement"]
    assert found.actual == "norway 100.0%"
    wrong = [row | {"reported_previous_rank": 7} for row in csv_chart(3)]
    assert "previous_rank_agreement" in failing(3, wrong, before(2, playlist_chart(2)))


@pytest.mark.parametrize("was", [csv_chart(2), playlist_chart(2)], ids=["CSV", "playlist"])
def test_a_copy_is_found_whatever_the_source_before(was: list[Row]) -> None:
    assert "not_a_copy" in failing(3, again(3, playlist_chart(2)), before(2, was))
    assert "not_a_copy" in failing(3, again(3, csv_chart(2)), before(2, was))


def test_a_copy_that_lacks_a_row_or_has_other_ids_is_still_one() -> None:
    songs = again(3, csv_chart(2))
    assert "not_a_copy" in failing(3, songs[1:], *earlier(2))
    assert "not_a_copy" in failing(3, [*songs[:50], *songs[51:]], *earlier(2))
    renamed = [songs[0] | {"song_id": "id-of-the-album"}, *songs[1:]]
    assert "not_a_copy" in failing(3, renamed, *earlier(2))


def test_the_same_ranks_with_other_streams_are_no_copy_but_odd() -> None:
    songs = [row | {"streams": row["streams"] + 1} for row in again(3, csv_chart(2))]
    found = failing(3, songs, *earlier(2))
    assert "not_a_copy" not in found
    assert "overlap_with_week_before" in found


def test_one_swap_makes_a_new_week_of_a_playlist() -> None:
    songs = again(3, playlist_chart(2))
    songs[0], songs[1] = songs[0] | {"rank": 2}, songs[1] | {"rank": 1}
    assert failing(3, songs, before(2, playlist_chart(2))) == ["overlap_with_week_before"]


@pytest.mark.parametrize(("rows", "found"), [(19, []), (20, ["not_a_copy"])])
def test_charts_of_fewer_than_20_rows_are_not_held_to_shares(rows: int, found: list[str]) -> None:
    songs, was = again(3, csv_chart(2, rows)), before(2, csv_chart(2, rows))
    assert [name for name in failing(3, songs, was) if name == "not_a_copy"] == found
    assert bool(failing(3, songs, was)) == bool(found)


def test_the_copy_among_many_charts_is_the_one_that_is_named() -> None:
    was = [*csv_chart(2), *csv_chart(2, chart="global")]
    songs = [*csv_chart(3), *again(3, csv_chart(2, chart="global"))]
    verdict = all_of(3, songs, before(2, was))["not_a_copy"]
    assert verdict.actual == "global as in 2025-11-21"
    assert [row["chart"] for row in verdict.rows] == ["global"]


def test_a_single_that_moved_to_an_album_is_the_same_song() -> None:
    songs = [row | {"song_id": f"{row['song_id']}-album"} for row in csv_chart(3)]
    assert failing(3, songs, *earlier(2)) == []


def test_the_usual_size_is_the_median_of_eight_weeks() -> None:
    sizes = [50, 200, 200, 200, 200, 200, 190, 210, 20, 20, 20]
    past = [before(20 - back, csv_chart(20 - back, size)) for back, size in enumerate(sizes, 1)]
    one = stored(20, csv_chart(20), earlier=past)
    verdict = judged("songs.row_count", one)
    assert (verdict.passed, verdict.expected) == (True, "within 20% of norway 200")


@pytest.mark.parametrize(("rows", "passes"), [(159, False), (160, True), (240, True), (241, False)])
def test_a_fifth_more_or_less_is_within_the_band(rows: int, passes: bool) -> None:
    verdict = judged("songs.row_count", stored(3, csv_chart(3, rows), earlier=earlier(2)))
    assert verdict.passed == passes


def test_more_rows_than_usual_are_not_said_to_be_cut() -> None:
    verdict = judged("songs.row_count", stored(3, csv_chart(3), earlier=earlier(2, rows=50)))
    assert verdict.findings == ("norway has 200 rows, and had 50 in the weeks before",)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("row_count", {"row_count_change": "0.5"}),
        ("overlap_with_week_before", {"songs_kept_least": "0"}),
        ("previous_rank_agreement", {"previous_rank_agreement": "0.05"}),
    ],
)
def test_the_thresholds_are_settings(name: str, setting: dict[str, str]) -> None:
    bad = {
        "row_count": stored(3, csv_chart(3, 150), earlier=earlier(2)),
        "overlap_with_week_before": stored(3, csv_chart(30), earlier=earlier(2)),
        "previous_rank_agreement": stored(
            3, [r | {"reported_previous_rank": None} for r in csv_chart(3)], earlier=earlier(2)
        ),
    }[name]
    assert not judged(f"songs.{name}", bad).passed
    assert judged(f"songs.{name}", bad, **setting).passed


def test_how_many_may_keep_their_rank_is_a_setting() -> None:
    assert not judged("songs.overlap_with_week_before", COPY).passed
    assert judged("songs.overlap_with_week_before", COPY, ranks_unchanged_most="1").passed


def test_nulls_where_spotify_reports_nothing_are_not_compared() -> None:
    songs = [row | {"reported_weeks_on_chart": None} for row in csv_chart(3)]
    verdict = all_of(3, songs, *earlier(2))["previous_rank_agreement"]
    assert (verdict.passed, verdict.actual) == (True, "nothing to compare with")


def test_the_rules_take_empty_weeks_and_single_rows_on_either_side() -> None:
    for songs in ([], [song(3, 1, "A")], [song(3, 1, None)]):
        for was in ([], [song(2, 1, "A")], [song(2, 5, None, streams=3)]):
            found = failing(3, songs, before(2, was))
            assert found == (["row_count"] if was and not songs else [])


def test_every_rule_that_compares_is_declared() -> None:
    assert {f"songs.{name}" for name in HISTORY} <= {check.title for check in TABLE_CHECKS}
