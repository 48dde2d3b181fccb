"""Every check by its examples, and what the rules make of edge cases.

Examples are in `examples`; checks of whole bases are tested in `test_every`, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from spotify_assets.checks.declared import CHECKS, EVERY_CHECK, WEEKLY_CHECKS, read_rule
from spotify_assets.checks.every import latest_present
from spotify_assets.checks.judge import Around, Frames, judge
from spotify_assets.checks.verdicts import Check, as_rows
from spotify_assets.settings import DEFAULT_THRESHOLDS
from spotify_assets.tables.schemas import CHART_TABLES, Table
from spotify_assets.words import listed
from spotify_assets_tests.chart_frames import Row, album, artist, credit, friday, song
from spotify_assets_tests.checks.examples import (
    CREDITED,
    EXAMPLES,
    LATEST,
    NORWAY,
    RELATED,
    with_changes,
)
from spotify_assets_tests.stored_samples import (
    again,
    csv_chart,
    given,
    past,
    playlist_chart,
    raw_file,
    table_of,
)

OF_THE_CATALOG = {
    "catalog.shows_the_week",
    "catalog.columns_as_declared",
}  # see test_catalog_checks
TITLES = [check.title for check in CHECKS]
HISTORY = [
    "songs.row_count",
    "songs.overlap_with_week_before",
    "songs.not_a_copy",
    "songs.previous_rank_agreement",
    "songs.streams_as_usual",
]
ROW_COUNT, OVERLAP, COPY, AGREEMENT, STREAMS = (f"{title} norway" for title in HISTORY)
HEADER = "-- asserts: It holds.\n-- severity: WARN\n-- why: Because.\n"

every_title = pytest.mark.parametrize("title", TITLES)


# Every check: examples, headers, settings.


def test_every_check_has_its_examples_and_no_example_is_of_another() -> None:
    assert sorted(EXAMPLES) == sorted({check.title for check in EVERY_CHECK} - OF_THE_CATALOG)


@pytest.mark.parametrize("title", EXAMPLES)
def test_each_check_passes_and_fails_as_its_examples_say(title: str) -> None:
    example = EXAMPLES[title]
    assert example.passes.found(title) == []
    assert example.found
    assert example.fails.found(title) == list(example.found)


@pytest.mark.parametrize("check", EVERY_CHECK, ids=lambda check: check.title)
def test_every_check_explains_itself_and_declares_the_settings_that_it_uses(check: Check) -> None:
    assert check.asserts.endswith(".")
    assert check.why.endswith(".")
    assert check.description == f"{check.asserts} {check.severity}: {check.why}"
    assert set(check.settings) <= DEFAULT_THRESHOLDS.keys()
    if check in CHECKS:
        assert set(re.findall(r"\$(\w+)", check.sql)) == set(check.settings)


def test_a_week_has_at_most_24_checks_and_none_of_the_same_name() -> None:
    assert len(WEEKLY_CHECKS) <= 24
    assert len({check.title for check in EVERY_CHECK}) == len(EVERY_CHECK)


@pytest.mark.parametrize(
    "header",
    [
        *(re.sub(f"-- {key}: .*\n", "", HEADER) for key in ("asserts", "severity", "why")),
        HEADER.replace("WARN", "INFO"),
        HEADER.replace("Because.", " "),
        "",
    ],
)
def test_a_rule_whose_header_lacks_something_is_refused_with_its_file(header: str) -> None:
    with pytest.raises(
        ValueError, match=r"rules/songs/new\.sql: its header needs asserts, severity"
    ):
        read_rule("songs", "new", f"{header}SELECT 1")


def test_a_rule_is_its_header_and_its_statement() -> None:
    text = f"{HEADER}-- settings: check_a check_b\n-- A remark.\nSELECT $check_a + $check_b;\n"
    check = read_rule("songs", "new", text)
    assert (check.title, check.severity, check.asserts) == ("songs.new", "WARN", "It holds.")
    assert check.settings == ("check_a", "check_b")
    assert check.sql == "-- A remark.\nSELECT $check_a + $check_b"


# What holds for every rule.


@pytest.mark.parametrize(
    "songs",
    [
        [],
        [song(0, 1, None)],
        [song(0, 1, None, artist_names=None, album_id=None)],
        [song(0, 1, "A"), song(0, 1, "A", chart="global")],
        [*NORWAY, *[r | {"streams": r["streams"] * 2} for r in csv_chart(0, 3, chart="global")]],
        list(reversed(NORWAY)),
    ],
    ids=[
        "no row",
        "a row of nulls",
        "no artist",
        "two charts of one row",
        "two charts",
        "any order",
    ],
)
def test_small_weeks_pass_every_rule(songs: list[Row]) -> None:
    assert given(0, songs).failing(*TITLES) == []


@pytest.mark.parametrize("songs", [[], [song(3, 1, "A")], [song(3, 1, None)]])
@pytest.mark.parametrize("was", [[], [song(2, 1, "A")], [song(2, 5, None, streams=3)]])
def test_small_weeks_beside_small_weeks_pass_every_rule(songs: list[Row], was: list[Row]) -> None:
    assert given(3, songs, stored=was).failing(*TITLES) == []


def test_several_weeks_are_judged_at_once_and_each_has_its_own_verdicts() -> None:
    weeks = [csv_chart(0), csv_chart(1, 150), csv_chart(2)]
    rows = [row for songs in weeks for row in songs]
    frames = Frames([friday(n) for n in range(3)], {"songs": [table_of("songs", s) for s in weeks]})
    checks = [check for check in CHECKS if check.title == "songs.row_count"]
    found = judge(frames, Around(songs=table_of("songs", rows)), DEFAULT_THRESHOLDS, checks)
    assert [(v.week, v.chart, v.passed) for v in found] == [
        (friday(0), None, True),
        (friday(1), "norway", False),
        (friday(2), None, True),
    ]


def test_of_many_findings_the_first_are_written_out_and_the_rest_counted() -> None:
    rows = [*csv_chart(0), *[row | {"rank": row["rank"] + 200} for row in csv_chart(0)]]
    (verdict,) = given(0, rows).judge("songs.song_once_per_chart")
    assert (len(verdict.findings), len(verdict.examples)) == (200, 5)
    said = listed(verdict.findings)
    assert said.startswith(
        "the song id-Song 1 is there 2 times, at ranks 1 to 201; the song id-Song 2 "
    )
    assert said.endswith("; and 195 more")
    assert as_rows([verdict]).column("findings").to_pylist() == [200]


# as_declared: shapes, nulls, keys, values.


def integer_column(table: Table) -> str:
    """Return a whole number of the table; of artists one that may be null."""
    return next(c.name for c in table.columns if c.dtype == pa.int32())


def without_a_column(rows: pa.Table, table: Table) -> pa.Table:
    return rows.drop_columns(integer_column(table))


def of_another_type(rows: pa.Table, table: Table) -> pa.Table:
    place = rows.column_names.index(name := integer_column(table))
    return rows.set_column(place, name, rows.column(name).cast(pa.string()))


def with_an_unknown_column(rows: pa.Table, _: Table) -> pa.Table:
    return rows.append_column("mood", pa.nulls(rows.num_rows, pa.string()))


def with_a_column_twice(rows: pa.Table, table: Table) -> pa.Table:
    return rows.append_column(name := integer_column(table), rows.column(name))


SHAPES: dict[Callable[[pa.Table, Table], pa.Table], str] = {
    without_a_column: "column {integer} is missing",
    of_another_type: "column {integer} is string, not int32",
    with_an_unknown_column: "column mood is not declared",
    with_a_column_twice: "column {integer} is there twice",
}


@pytest.mark.parametrize(("table", "how"), [*zip(CHART_TABLES.values(), SHAPES, strict=True)])
def test_every_table_of_another_shape_is_found_and_the_other_rules_still_run(
    table: Table, how: Callable[[pa.Table, Table], pa.Table]
) -> None:
    rows = RELATED.tables[table.name]
    bad = replace(RELATED, tables={**RELATED.tables, table.name: how(rows, table)})
    verdicts = bad.judge(*TITLES)
    found = {v.check.title: v.findings for v in verdicts if not v.passed and not v.chart}
    says = SHAPES[how].format(integer=integer_column(table))
    assert says in found[f"{table.name}.as_declared"]
    assert {verdict.check.title for verdict in verdicts} == set(TITLES)


@pytest.mark.parametrize(
    "change",
    [
        {"rank": -1},
        {"duration_ms": -200_000},
        {"reported_previous_rank": -1},
        {"reported_weeks_on_chart": 0},
    ],
    ids=str,
)
def test_every_value_that_cannot_be_is_found_and_shown(change: Row) -> None:
    (name,) = change
    example = {"chart": "norway", "song_id": "id-Song 2"}
    found = [("norway", (f"{name} is not allowed in 1 row",), (example,))]
    assert with_changes((2, change)).found("songs.as_declared") == found


@pytest.mark.parametrize(
    "change", [{"duration_ms": 1}, {"popularity": 0}, {"popularity": 100}, {"streams": 0}], ids=str
)
def test_what_can_just_be_passes(change: Row) -> None:
    assert with_changes((5, change)).found("songs.as_declared") == []


def test_a_week_that_does_not_begin_on_a_friday_is_found() -> None:
    saturday = friday(0) + timedelta(days=1)
    rows = [row | {"week": saturday} for row in NORWAY]
    found = judge(
        Frames([saturday], {"songs": [table_of("songs", rows)]}), Around(), DEFAULT_THRESHOLDS
    )
    said = [said for v in found if v.check.title == "songs.as_declared" for said in v.findings]
    assert "week is not allowed in 5 rows" in said


@pytest.mark.parametrize(
    ("released", "precision", "passes"),
    [
        (date(1984, 1, 1), "year", True),
        (date(1984, 5, 1), "month", True),
        (date(1984, 5, 2), "day", True),
        (date(1, 1, 1), "day", True),
        (date(9999, 12, 31), "day", True),
        (None, None, True),
        (date(1984, 2, 1), "year", False),
        (date(1984, 5, 2), "month", False),
        (date(1984, 5, 1), "decade", False),
        (date(1984, 5, 1), None, False),
        (None, "day", False),
    ],
)
def test_release_dates_are_as_precise_as_they_say(
    released: date | None, precision: str | None, *, passes: bool
) -> None:
    row = album(0, "first") | {"release_date": released, "release_date_precision": precision}
    assert (given(0, CREDITED, albums=[row]).found("albums.as_declared") == []) == passes


def test_a_table_that_could_not_be_read_is_a_finding_of_its_week() -> None:
    frames = Frames([friday(0)], {}, problems={(friday(0), "albums"): ["the disk is on fire"]})
    found = {
        v.check.title: v.findings for v in judge(frames, Around(), DEFAULT_THRESHOLDS) if v.findings
    }
    assert found == {"albums.as_declared": ("the disk is on fire",)}


# Songs of one week.


def test_lengths_are_judged_by_the_settings() -> None:
    week = with_changes((1, {"duration_ms": 50_000}), (2, {"duration_ms": 400_000}))
    assert week.found("songs.values_plausible") == []
    strict = {"check_shortest_song_seconds": 60.0, "check_longest_song_minutes": 6.5}
    ((_, findings, _),) = week.found("songs.values_plausible", **strict)
    assert findings == (
        "a length above 6.5 min in 1 row",
        "a length below 60 s in 1 row",
    )


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Se\ufffdorita",
            "SeÃ±orita",
            "Se?orita",
            "PÃ¥ tur",
            "Rock &amp; Rull",
            "Don&#39;t",
            "Sm\\u00f8r",
        ),
        *(
            "#NAME?",
            "#NAVN?",
            "#REF!",
            "#¡REF!",
            "#VALUE!",
            "#VERDI!",
            "#N/A",
            "#NV",
            "#DIV/0!",
            "#NUM!",
        ),
    ],
)
@pytest.mark.parametrize("column", ["song_name", "artist_names", "label"])
def test_every_kind_of_spoilt_name_is_found(name: str, column: str) -> None:
    ((_, findings, _),) = with_changes((4, {column: name})).found("songs.names_intact")
    assert findings[0].startswith(f'1 row with spoilt names: rank 4 "{name}". Download the file')


@pytest.mark.parametrize("name", ["Who? Me", "#1 Fan!", "#REF! (Live)", "R&B; Ya", "What?Now"])
def test_a_name_that_is_only_odd_is_none(name: str) -> None:
    assert with_changes((4, {"song_name": name})).found("songs.names_intact") == []


def test_of_many_spoilt_names_five_are_shown() -> None:
    changes = [(rank, {"song_name": "#N/A", "label": "#N/A"}) for rank in range(2, 8)]
    songs = [song(0, rank, f"Song {rank}") | change for rank, change in changes]
    ((_, findings, _),) = given(0, songs).found("songs.names_intact")
    assert findings[0].startswith('6 rows with spoilt names: rank 2 "#N/A", rank 3 "#N/A"')
    assert 'rank 6 "#N/A", …. Download' in findings[0]


def test_a_row_without_streams_does_not_separate_those_around_it() -> None:
    week = with_changes((2, {"streams": None}), (3, {"streams": 999_500}))
    ((_, findings, _),) = week.found("songs.streams_fall_with_rank")
    assert findings == ("rank 3 has 999,500 streams, more than rank 1 with 999,000",)


def test_findings_are_in_the_order_of_their_numbers() -> None:
    rising = [song(0, rank, f"S{rank}", streams=100 * rank) for rank in (1, 2, 10)]
    ((_, findings, _),) = given(0, rising).found("songs.streams_fall_with_rank")
    assert [finding.split(" has ")[0] for finding in findings] == ["rank 2", "rank 10"]


def test_a_last_rank_of_two_billion_is_counted_and_not_listed() -> None:
    ((_, findings, _),) = with_changes((5, {"rank": 2**31 - 1})).found("songs.ranks_without_holes")
    assert findings == ("there is no rank 5, 6, 7, 8, 9 and 2147483637 more",)


@pytest.mark.parametrize(
    ("stored", "charts"),
    [
        ([], ["global", "norway"]),
        (past(2), ["global"]),
        (past(2, chart="global"), ["norway"]),
        ([*past(2), *past(2, chart="global")], ["global", "norway"]),
    ],
    ids=["nothing before", "as norway was", "as global was", "both were the same before"],
)
def test_of_two_charts_that_are_the_same_the_one_less_like_its_own_past_is_found(
    stored: list[Row], charts: list[str]
) -> None:
    week = given(3, [*csv_chart(3), *csv_chart(3, 50, chart="global")], stored=stored)
    assert [chart for chart, _, _ in week.found("songs.charts_differ")] == charts


@pytest.mark.parametrize(("rows", "found"), [(19, 0), (20, 2)])
def test_charts_of_fewer_than_20_rows_may_be_the_same(rows: int, found: int) -> None:
    week = given(0, [*csv_chart(0, rows), *csv_chart(0, rows, chart="global")])
    assert len(week.found("songs.charts_differ")) == found


# Songs compared with the weeks around them.


def compared(week: int, songs: list[Row], *stored: list[Row], **settings: float) -> list[str]:
    """Return which rules that compare fail, beside these other weeks."""
    rows = [row for of_week in stored for row in of_week]
    return given(week, songs, stored=rows).failing(*HISTORY, **settings)


BOTH = [*csv_chart(2), *csv_chart(2, chart="global")]
COPIED, LISTED = again(3, csv_chart(2)), again(3, playlist_chart(2))
COMPARED: dict[str, tuple[list[Row], list[Row], list[str]]] = {
    "the first week": (csv_chart(0), [], []),
    "a chart that appears": ([*csv_chart(3), *again(3, csv_chart(30, chart="a"))], past(2), []),
    "a chart missed for a week": (csv_chart(3), [*past(1), *csv_chart(2, chart="global")], []),
    "all new after a gap of weeks": (csv_chart(30), past(2), []),
    "a copy after a gap of weeks": (again(30, csv_chart(2)), past(2), [OVERLAP, COPY]),
    "a copy of eight weeks before": (again(10, csv_chart(2)), past(9), [COPY, AGREEMENT]),
    "a copy of nine weeks before": (again(10, csv_chart(1)), past(9), [AGREEMENT]),
    "a playlist after a file": (playlist_chart(3), past(2), []),
    "a file after a playlist": (csv_chart(3), playlist_chart(2), []),
    "a playlist after another": (playlist_chart(3), playlist_chart(2), []),
    "a file's copy as a playlist": (LISTED, csv_chart(2), [OVERLAP, COPY]),
    "a playlist's copy as a file": (COPIED, playlist_chart(2), [OVERLAP, COPY, AGREEMENT]),
    "a copy that lacks rows": (
        [*COPIED[1:50], *COPIED[51:]],
        past(2),
        [OVERLAP, COPY, AGREEMENT],
    ),
    "a copy with another id": (
        [COPIED[0] | {"song_id": "other"}, *COPIED[1:]],
        past(2),
        [OVERLAP, COPY, AGREEMENT],
    ),
    "the same ranks with other streams": (
        [row | {"streams": row["streams"] + 1} for row in COPIED],
        past(2),
        [OVERLAP, AGREEMENT],
    ),
    "two ranks swapped in a file": (
        [COPIED[0] | {"rank": 2}, COPIED[1] | {"rank": 1}, *COPIED[2:]],
        past(2),
        [OVERLAP, AGREEMENT],
    ),
    "two ranks swapped in a playlist": (
        [LISTED[0] | {"rank": 2}, LISTED[1] | {"rank": 1}, *LISTED[2:]],
        playlist_chart(2),
        [OVERLAP, COPY],
    ),
    "two new songs in the playlist of a file": (
        [
            *LISTED[:9],
            *[row | {"song_id": "x", "song_key": "x"} for row in LISTED[9:11]],
            *LISTED[11:],
        ],
        past(2),
        [OVERLAP, COPY],
    ),
    "a quarter of a playlist new": (
        [*LISTED[:37], *playlist_chart(3)[37:]],
        playlist_chart(2),
        [],
    ),
    "the copy among many charts": (
        [*csv_chart(3), *again(3, csv_chart(2, chart="global"))],
        BOTH,
        [one.replace("norway", "global") for one in (OVERLAP, COPY, AGREEMENT)],
    ),
    "a copy of 20 rows": (COPIED[:20], csv_chart(2, 20), [OVERLAP, COPY]),
    "a copy of 19 rows": (COPIED[:19], csv_chart(2, 19), []),
    "singles that moved to albums": (
        [row | {"song_id": f"{row['song_id']}-album"} for row in csv_chart(3)],
        past(2),
        [],
    ),
    "reported ranks within a playlist's depth": (
        [row | {"reported_previous_rank": 7} for row in csv_chart(3)],
        playlist_chart(2),
        [AGREEMENT],
    ),
    "ranks of rows that Spotify reports nothing of": (
        [r | {"reported_weeks_on_chart": None, "reported_previous_rank": 7} for r in csv_chart(3)],
        past(2),
        [],
    ),
    "a fifth fewer rows": (csv_chart(3, 160), past(2), []),
    "fewer rows than that": (csv_chart(3, 159), past(2), [ROW_COUNT]),
    "many more rows": (csv_chart(3), past(2, rows=166), [ROW_COUNT]),
    "fewer rows than 182 days before": (csv_chart(27, 100), csv_chart(1), [ROW_COUNT]),
    "fewer rows than 189 days before": (csv_chart(28, 100), csv_chart(1), []),
}


@pytest.mark.parametrize(("songs", "stored", "failing"), COMPARED.values(), ids=COMPARED)
def test_what_is_found_beside_other_weeks(
    songs: list[Row], stored: list[Row], failing: list[str]
) -> None:
    week = (songs[0]["week"] - friday(0)) // timedelta(weeks=1)
    assert sorted(compared(week, songs, stored)) == sorted(failing)


def test_more_rows_than_usual_are_not_said_to_be_cut_off() -> None:
    week = given(3, csv_chart(3), stored=past(2, rows=50))
    ((_, findings, _),) = week.found("songs.row_count")
    assert findings == ("200 rows, and 50 in the weeks before",)


def test_the_usual_size_is_the_median_of_eight_weeks() -> None:
    sizes = [50, 200, 200, 200, 200, 200, 190, 210, 20, 20, 20]
    weeks = [csv_chart(20 - back, size) for back, size in enumerate(sizes, 1)]
    assert ROW_COUNT not in compared(20, csv_chart(20), *weeks)
    assert ROW_COUNT in compared(20, csv_chart(20, 100), *weeks)


@pytest.mark.parametrize(
    ("title", "setting"),
    [
        ("songs.row_count", {"check_row_count_change": 0.5}),
        ("songs.overlap_with_week_before", {"check_songs_kept_least": 0.0}),
        ("songs.previous_rank_agreement", {"check_previous_rank_agreement": 0.05}),
        ("songs.streams_as_usual", {"check_streams_change": 4.0}),
        ("artists.genre_coverage", {"check_genre_coverage": 0.3}),
        ("raw_playlist.latest_week_present", {"check_latest_week_days": 3.6}),
    ],
)
def test_the_thresholds_are_settings(title: str, setting: dict[str, float]) -> None:
    assert EXAMPLES[title].fails.found(title)
    assert EXAMPLES[title].fails.found(title, **setting) == []


def test_how_many_may_keep_their_rank_is_a_setting() -> None:
    copy, was = again(3, csv_chart(2)), csv_chart(2)
    assert OVERLAP in compared(3, copy, was)
    assert OVERLAP not in compared(3, copy, was, check_ranks_unchanged_most=1.0)


@pytest.mark.parametrize(
    ("judged", "stored_before", "is_found"),
    [
        (3, [], True),
        (2, [], False),
        (3, [2], True),
        (3, [3], False),
        (2, [3], True),
        (2, [2], False),
        (3, [2, 3], True),
        (2, [2, 3], False),
    ],
)
def test_of_two_weeks_with_the_same_chart_the_one_stored_first_stays_else_the_earlier(
    judged: int, stored_before: list[int], *, is_found: bool
) -> None:
    chart = csv_chart(2)
    week = given(
        judged,
        again(judged, chart),
        stored=again(5 - judged, chart),
        stored_before=[row for number in stored_before for row in again(number, chart)],
    )
    assert (week.found("songs.not_a_copy") != []) == is_found


@pytest.mark.parametrize("stored_before", [2, 3])
@pytest.mark.parametrize("swapped", [False, True])
def test_of_a_chart_file_and_a_later_playlist_the_playlist_is_the_copy(
    stored_before: int, *, swapped: bool
) -> None:
    late = again(3, playlist_chart(2))
    if swapped:
        late[0] |= {"song_id": "x", "song_key": "x"}
    weeks = {2: csv_chart(2), 3: late}
    found = {
        number: given(
            number, rows, stored=weeks[5 - number], stored_before=weeks[stored_before]
        ).failing("songs.not_a_copy")
        for number, rows in weeks.items()
    }
    assert found == {2: [], 3: ["songs.not_a_copy norway"]}


# Albums, artists and credits.


def test_of_many_references_that_dangle_one_is_named() -> None:
    songs = [song(0, rank, f"S{rank:02}", album_id=f"album {rank:02}") for rank in range(1, 31)]
    found = [
        (None, ("albums that songs name are missing: album 01 and 29 more",), ({"id": "album 01"},))
    ]
    assert given(0, songs, albums=[]).found("songs.references_resolve") == found


@pytest.mark.parametrize("names", [None, "", " \t"], ids=repr)
def test_a_song_that_names_no_artist_needs_no_credits(names: str | None) -> None:
    nameless = [song(0, 1, "A") | {"artist_names": names}]
    assert given(0, nameless, song_artists=[], artists=[]).failing(*TITLES) == []


@pytest.mark.parametrize("places", [[2, 3], [1, 3], [0, 1], [1, 2, 4], [-1, 1]], ids=str)
def test_credits_numbered_otherwise_are_found(places: list[int]) -> None:
    credits_of = [credit(0, "id-A", ["Ada"])[0] | {"artist_position": place} for place in places]
    week = given(0, [song(0, 1, "A")], song_artists=credits_of)
    assert week.failing("song_artists.positions_from_one") == [
        "song_artists.positions_from_one norway"
    ]


@pytest.mark.parametrize(
    ("before", "now", "passes"),
    [
        ([["pop"], ["pop"]], [["pop"], None], True),
        ([["pop"], ["pop"]], [["pop"], [], None], False),
        ([["pop"], ["pop"]], [["pop"], [""], [None]], False),
        ([["pop"], None, None], [None, None], False),
        ([["pop"], None, None], [["pop"], None, None, None, None], True),  # more than half as many
        ([["pop"], *[None] * 10], [None, None], True),  # nor were they known before
        ([], [None], True),
        ([["pop"]], [], True),
    ],
    ids=str,
)
def test_genres_are_missed_where_they_were_known(
    before: list[list[str] | None], now: list[list[str] | None], *, passes: bool
) -> None:
    artists = [
        [artist(w, f"A{n}", g) for n, g in enumerate(of)] for w, of in ((0, before), (1, now))
    ]
    week = given(
        1, again(1, CREDITED), stored=NORWAY, artists=artists[1], artists_stored=artists[0]
    )
    assert (week.found("artists.genre_coverage") == []) == passes


# Raw files.


def test_a_playlist_that_does_not_say_when_or_how_much_passes() -> None:
    silent = raw_file(3, "norway", refreshed_at=None, stated_total=None, snapshot_id=None)
    before = {"week": friday(2), "chart": "norway", "snapshot_id": None}
    week = given(3, raw_files=[silent], snapshots=[before])
    assert week.failing(*TITLES) == []


def pages(*rows: int, refreshed: tuple[int, ...] = (4, 4, 4)) -> list[Row]:
    """Return the raw files of a playlist of 150 rows that was saved page by page."""
    return [
        raw_file(3, "norway", rows=count, stated_total=150)
        | {"refreshed_at": datetime.combine(friday(week), datetime.min.time())}
        | ({"file": f"week=2025-11-28/norway.playlist.offset-{100 * n}.json"} if n else {})
        for n, (count, week) in enumerate(zip(rows, refreshed, strict=False))
    ]


@pytest.mark.parametrize(
    ("raw_files", "rows"),
    [
        (pages(100, 50), None),
        (pages(100, 51), None),
        (pages(100), 100),
        (pages(100, 50, refreshed=(4, 3)), 100),  # an older capture left its page behind
        ([*pages(100), raw_file(3, "norway", "chart_csv")], None),
        ([*pages(100), raw_file(3, "global", "chart_csv")], 100),
    ],
    ids=[
        "both pages",
        "more than stated",
        "one page",
        "a page of before",
        "a file",
        "another's file",
    ],
)
def test_pages_count_together_and_a_chart_file_completes_them(
    raw_files: list[Row], rows: int | None
) -> None:
    found = given(3, raw_files=raw_files).found("raw_playlist.charts_complete")
    said = [finding for _, findings, _ in found for finding in findings]
    assert [finding.split(":")[0] for finding in said] == (
        [f"{rows} of 150 rows are there"] if rows else []
    )


@pytest.mark.parametrize("kind", ["playlist", "chart_csv"])
def test_a_song_twice_in_a_playlist_is_named_unless_a_chart_file_decides(kind: str) -> None:
    raw_files = [raw_file(3, "norway", again=[7, 9]), raw_file(3, "norway", kind)]
    found = given(3, raw_files=raw_files[: 1 if kind == "playlist" else 2]).found(
        "raw_playlist.charts_complete"
    )
    said = [finding for _, findings, _ in found for finding in findings]
    assert said == (
        [
            f"rank {rank} repeats a song that has a better rank, and stays empty: the chart's CSV file "
            "says which song belongs there"
            for rank in (7, 9)
        ]
        if kind == "playlist"
        else []
    )


@pytest.mark.parametrize(
    ("refreshed_at", "passes"),
    [
        (datetime(2025, 12, 4, 20, 59, 59), False),  # noqa: DTZ001 - tables have UTC without a zone
        (datetime(2025, 12, 4, 21), True),  # noqa: DTZ001
        (datetime(2025, 12, 11, 23, 59, 59), True),  # noqa: DTZ001
        (datetime(2025, 12, 12), False),  # noqa: DTZ001
    ],
)
def test_a_refresh_counts_from_three_hours_before_the_weeks_close_to_the_next(
    refreshed_at: datetime, *, passes: bool
) -> None:
    week = given(3, raw_files=[raw_file(3, "norway", refreshed_at=refreshed_at)])
    assert (week.found("raw_playlist.refreshed_this_week") == []) == passes


@pytest.mark.parametrize(("back", "passes"), [(1, False), (2, True)])
def test_only_the_week_befores_snapshot_is_the_same_chart_again(back: int, *, passes: bool) -> None:
    before = {"week": friday(3 - back), "chart": "norway", "snapshot_id": "snapshot 3"}
    week = given(3, raw_files=[raw_file(3, "norway")], snapshots=[before])
    assert (week.found("raw_playlist.refreshed_this_week") == []) == passes


def test_a_file_that_cannot_be_read_is_not_missing_too() -> None:
    damaged = raw_file(3, "norway", "chart_csv", problem="It is empty.", rows=0)
    received = [{"week": friday(3), "chart": "norway", "file": damaged["file"], "sha256": "0" * 64}]
    week = given(3, raw_files=[damaged], received=received, stored=past(2))
    assert week.failing(*TITLES) == ["raw_playlist.archive_intact norway"]
    ((_, findings, _),) = week.found("raw_playlist.archive_intact")
    assert findings == (f"{damaged['file']} can't be read: It is empty.",)


@pytest.mark.parametrize(
    ("week", "stored", "missed"),
    [
        (3, past(2, chart="global"), ["global"]),
        (9, past(2, chart="global"), ["global"]),  # the collected week before
        (3, [*past(1, chart="global"), song(2, 1, "A")], []),
        (3, past(5, chart="global")[800:], []),  # it began later
    ],
    ids=["the week before", "weeks before", "two collected weeks before", "after it"],
)
def test_a_chart_is_missed_where_it_breaks_off(
    week: int, stored: list[Row], missed: list[str]
) -> None:
    raw_files = [raw_file(week, "norway")]
    found = given(week, [song(week, 1, "A")], raw_files=raw_files, stored=stored)
    assert [c for c, _, _ in found.found("raw_playlist.expected_charts_present")] == missed


@pytest.mark.parametrize(("problem", "found"), [(None, ["songs.row_count global"]), ("torn", [])])
def test_a_chart_of_whose_file_no_row_came_is_found(problem: str | None, found: list[str]) -> None:
    raw_files = [raw_file(3, "norway"), raw_file(3, "global", problem=problem)]
    assert given(3, csv_chart(3), raw_files=raw_files).failing("songs.row_count") == found


@pytest.mark.parametrize(
    ("weeks_ago", "days", "passes"),
    [
        (None, 2.9, True),
        (None, 3.1, False),
        (0, 6.5, True),
        (1, 3, True),
        (1, 3.1, False),
        (2, 1, False),
    ],
)
def test_the_latest_week_has_some_days_of_grace(
    weeks_ago: int | None, days: float, *, passes: bool
) -> None:
    stored = None if weeks_ago is None else LATEST - timedelta(weeks=weeks_ago)
    now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(days=days)
    assert (latest_present(stored, LATEST, now, 3) == ()) == passes
