"""The rules about what albums and artists say of themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from spotify_assets.checks.verdicts import StoredWeek
from spotify_assets.tables.schemas import TABLES, type_name
from spotify_assets_tests.chart_frames import album, artist, song
from spotify_assets_tests.check_examples import (
    Example,
    every_example,
    judged,
    of_table,
    require_example,
)
from spotify_assets_tests.stored_samples import stored

SONGS = [song(0, 1, "A", album_id="a"), song(0, 2, "B", album_id="b")]
FRIDAY, THURSDAY = date(2025, 11, 7), date(2025, 11, 13)


def albums(*rows: dict[str, Any]) -> StoredWeek:
    return stored(0, SONGS, albums=rows)


def artists(*genres: list[Any] | None, **values: Any) -> StoredWeek:
    """A week whose artists have these genres, None for not told."""
    rows = [artist(0, f"Artist {n}", names) | values for n, names in enumerate(genres)]
    return stored(0, SONGS, artists=rows)


def names_of(table: str) -> str:
    return ", ".join(f"{column.name} {type_name(column.dtype)}" for column in TABLES[table].columns)


EXAMPLES = {
    **of_table(
        "albums.release_precision",
        albums(
            album(0, "a", date(1984, 1, 1), "year"),
            album(0, "b", date(1984, 5, 1), "month"),
            album(0, "c", FRIDAY),
            album(0, "d"),
        ),
        albums(
            album(0, "a", date(1984, 2, 1), "year"),
            album(0, "b", date(1984, 5, 2), "month"),
            album(0, "c", FRIDAY, "decade"),
            album(0, "d", FRIDAY) | {"release_date_precision": None},
        ),
        "release_date without its precision, or the reverse in 1 row",
        "precision other than year, month, day in 1 row",
        "precision year, but not January 1 in 1 row",
        "precision month, but not its first day in 1 row",
        expected="dates as precise as they say",
        actual="release_date without its precision, or the reverse in 1 row; precision other than "
        "year, month, day in 1 row; precision year, but not January 1 in 1 row; precision month, but "
        "not its first day in 1 row",
        rows=(
            {"album_id": "d", "release_date_precision": None},
            {"album_id": "c", "release_date_precision": "decade"},
            {"album_id": "a", "release_date": date(1984, 2, 1)},
            {"album_id": "b", "release_date": date(1984, 5, 2)},
        ),
    ),
    **of_table(
        "albums.release_dates",
        albums(album(0, "a", THURSDAY), album(0, "b")),
        albums(album(0, "a", date(2025, 11, 14)), album(0, "b", FRIDAY)),
        "1 album is dated after the week's end",
        expected="release dates up to 2025-11-13",
        actual="the newest is of 2025-11-14",
        rows=({"album_id": "a", "name": "A", "release_date": date(2025, 11, 14)},),
    ),
    **of_table(
        "albums.schema",
        albums(album(0, "a")),
        albums(album(0, "a") | {"album_id": None}),
        "column album_id is null in 1 rows",
        expected=names_of("albums"),
        actual="as expected",
    ),
    **of_table(
        "albums.unique_key",
        albums(album(0, "a"), album(0, "b")),
        albums(album(0, "a"), album(0, "a")),
        "week 2025-11-07, album_id a: 2 rows",
        expected="2 keys in 2 rows",
        actual="1 keys in 2 rows",
        rows=({"album_id": "a", "count_all": 2},),
    ),
    **of_table(
        "artists.values_possible",
        artists(["pop"], popularity=100, followers=0),
        artists(["pop"], popularity=-1, followers=-5),
        "popularity outside 0 to 100 in 1 row",
        "followers below 0 in 1 row",
        expected="values that can be",
        actual="popularity outside 0 to 100 in 1 row; followers below 0 in 1 row",
        rows=(
            {"artist_id": "artist 0", "popularity": -1},
            {"artist_id": "artist 0", "followers": -5},
        ),
    ),
    **of_table(
        "artists.genre_coverage",
        artists(["pop"], ["rock", "folk"], [], None),
        artists(["pop"], [], None),
        "1 of 3 artists have a genre, fewer than 50%",
        expected="50% or more of the artists",
        actual="1 of 3",
        rows=({"name": "Artist 1", "genres": []}, {"name": "Artist 2", "genres": None}),
    ),
    **of_table(
        "artists.schema",
        artists(["pop"]),
        artists(["pop"], name=None),
        "column name is null in 1 rows",
        expected=names_of("artists"),
        actual="as expected",
    ),
    **of_table(
        "artists.unique_key",
        artists(["pop"], ["pop"]),
        artists(["pop"], ["pop"], artist_id="one"),
        "week 2025-11-07, artist_id one: 2 rows",
        expected="2 keys in 2 rows",
        actual="1 keys in 2 rows",
        rows=({"artist_id": "one", "count_all": 2},),
    ),
}
RULES = ("release_precision", "release_dates", "values_possible", "genre_coverage")


@every_example(EXAMPLES)
def test_each_rule_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


@pytest.mark.parametrize("songs", [[], SONGS[:1]], ids=["no row", "one row"])
def test_the_smallest_tables_pass(songs: list[dict[str, Any]]) -> None:
    week = stored(0, songs, artists=[artist(0, "Someone", ["pop"])] if songs else [])
    for title in EXAMPLES:
        assert judged(title, week).findings == ()


def test_nulls_in_every_column_that_may_be_null_are_no_finding_but_the_missing_genres() -> None:
    bare = {"name": None, "album_type": None, "artist_names": None}
    week = stored(0, SONGS, albums=[album(0, "a") | bare], artists=[artist(0, "A")])
    assert [title for title in EXAMPLES if not judged(title, week).passed] == [
        "artists.genre_coverage"
    ]


def test_artists_of_whom_nobody_was_told_a_genre_say_why_and_what_to_do() -> None:
    (finding,) = judged("artists.genre_coverage", artists(None, None)).findings
    assert finding == (
        "0 of 2 artists have a genre, fewer than 50%; none were given: without credentials nobody is "
        "asked, and Spotify doesn't tell every app. If you can do without, set "
        "SPOTIFY_ASSETS_CHECK_GENRE_COVERAGE=0"
    )


@pytest.mark.parametrize(
    ("genres", "setting", "passes"),
    [
        ([None, None], "0", True),
        ([["pop"], None], "0.5", True),
        ([["pop"], None], "0.51", False),
        ([["pop"], ["rock"]], "1", True),
        ([], "1", True),
    ],
)
def test_how_many_need_a_genre_is_a_setting(genres: list[Any], setting: str, passes: bool) -> None:
    verdict = judged("artists.genre_coverage", artists(*genres), genre_coverage=setting)
    assert verdict.passed == passes


def test_a_list_of_empty_genres_is_none() -> None:
    verdict = judged("artists.genre_coverage", artists([""], [None], []))
    assert verdict.actual == "0 of 3"


def test_several_albums_of_the_future_are_counted() -> None:
    later = [album(0, name, date(2026, 1, 1)) for name in "abcdefg"]
    verdict = judged("albums.release_dates", albums(*later))
    assert verdict.findings == ("7 albums are dated after the week's end",)
    assert len(verdict.rows) == 5


@pytest.mark.parametrize("released", [date(1, 1, 1), date(1899, 12, 31), date(9999, 12, 31)])
def test_any_date_can_be_judged(released: date) -> None:
    week = albums(album(0, "a", released))
    assert judged("albums.release_precision", week).passed
    assert judged("albums.release_dates", week).passed == (released <= THURSDAY)
