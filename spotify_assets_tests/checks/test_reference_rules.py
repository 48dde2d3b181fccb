"""The rules that hold a week's tables against each other, and the shape of the credits."""

from __future__ import annotations

import pytest

from spotify_assets_tests.chart_frames import album, artist, credit, song
from spotify_assets_tests.check_examples import (
    Example,
    every_example,
    judged,
    of_table,
    require_example,
)
from spotify_assets_tests.stored_samples import stored

SONGS = [
    song(0, 1, "A", album_id="first"),
    song(0, 2, "B", album_id="second"),
    song(0, 3, "C"),
    song(0, 1, "A", chart="global", album_id="first"),
]
CREDITS = [
    *credit(0, "id-A", ["Ada", "Bo"]),
    *credit(0, "id-B", ["Bo"]),
    *credit(0, "id-C", ["Cy"]),
]
ARTISTS = [artist(0, name) for name in ("Ada", "Bo", "Cy")]
GOOD = stored(0, SONGS, song_artists=CREDITS, artists=ARTISTS)

EXAMPLES = {
    **of_table(
        "albums.references_resolve",
        GOOD,
        stored(0, SONGS, albums=[album(0, "first"), album(0, "third")]),
        "1 id of songs not in albums: second",
        "1 id of albums not in songs: third",
        expected="every album_id in both",
        actual="2 in one only",
        rows=(
            {"table": "songs", "album_id": "second", "not in": "albums"},
            {"table": "albums", "album_id": "third", "not in": "songs"},
        ),
    ),
    **of_table(
        "artists.references_resolve",
        GOOD,
        stored(0, SONGS, song_artists=CREDITS, artists=[*ARTISTS[1:], artist(0, "Di")]),
        "1 id of song_artists not in artists: ada",
        "1 id of artists not in song_artists: di",
        expected="every artist_id in both",
        actual="2 in one only",
        rows=(
            {"table": "song_artists", "artist_id": "ada", "not in": "artists"},
            {"table": "artists", "artist_id": "di", "not in": "song_artists"},
        ),
    ),
    **of_table(
        "song_artists.references_resolve",
        GOOD,
        stored(0, SONGS, song_artists=[*CREDITS[2:], *credit(0, "id-gone", ["Bo"])]),
        "1 id of songs not in song_artists: id-A",
        "1 id of song_artists not in songs: id-gone",
        expected="every song_id in both",
        actual="2 in one only",
        rows=(
            {"table": "songs", "song_id": "id-A", "not in": "song_artists"},
            {"table": "song_artists", "song_id": "id-gone", "not in": "songs"},
        ),
    ),
    **of_table(
        "song_artists.positions_from_one",
        GOOD,
        stored(0, SONGS, song_artists=[*CREDITS[1:3], CREDITS[3] | {"artist_position": 3}]),
        "credits of id-A, id-C aren't numbered from 1 without holes",
        expected="credits numbered from 1",
        actual="2 songs otherwise",
        rows=(
            {"song_id": "id-A", "artist_position_min": 2, "count_all": 1},
            {"song_id": "id-C", "artist_position_max": 3, "count_all": 1},
        ),
    ),
    **of_table(
        "song_artists.schema",
        GOOD,
        stored(0, SONGS, song_artists=[CREDITS[0] | {"artist_name": None}]),
        "column artist_name is null in 1 rows",
        expected="week date32[day], song_id string, artist_position int32, artist_id string, "
        "artist_name string",
        actual="as expected",
    ),
    **of_table(
        "song_artists.unique_key",
        GOOD,
        stored(0, SONGS, song_artists=[*CREDITS, CREDITS[0]]),
        "week 2025-11-07, song_id id-A, artist_position 1: 2 rows",
        expected="5 keys in 5 rows",
        actual="4 keys in 5 rows",
        rows=({"song_id": "id-A", "artist_position": 1, "count_all": 2},),
    ),
}
RULES = [title for title in EXAMPLES if "references" in title or "positions" in title]


@every_example(EXAMPLES)
def test_each_rule_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


@pytest.mark.parametrize("title", RULES)
@pytest.mark.parametrize("songs", [[], [song(0, 1, "A")], [song(0, 1, None, artist_names=None)]])
def test_the_smallest_tables_pass(title: str, songs: list[dict[str, object]]) -> None:
    assert judged(title, stored(0, songs)).passed


def test_a_song_without_an_album_or_named_artists_refers_to_nothing() -> None:
    songs = [song(0, 1, "A", album_id=None, artist_names=None)]
    week = stored(0, songs)
    assert week.tables["albums"].num_rows == week.tables["song_artists"].num_rows == 0
    assert [title for title in RULES if not judged(title, week).passed] == []


def test_of_many_references_that_dangle_the_first_are_named() -> None:
    songs = [song(0, rank, f"S{rank:02}", album_id=f"album {rank:02}") for rank in range(1, 31)]
    verdict = judged("albums.references_resolve", stored(0, songs, albums=[]))
    assert verdict.findings == (
        "30 ids of songs not in albums: album 01, album 02, album 03, album 04, album 05 and 25 more",
    )
    assert len(verdict.rows) == 5


@pytest.mark.parametrize(
    "positions", [[2, 3], [1, 3], [0, 1], [1, 2, 4], [-1, 1]], ids=lambda places: str(places)
)
def test_credits_numbered_otherwise_are_found(positions: list[int]) -> None:
    credits_of = [credit(0, "id-A", ["Ada"])[0] | {"artist_position": n} for n in positions]
    week = stored(0, [song(0, 1, "A")], song_artists=credits_of)
    assert not judged("song_artists.positions_from_one", week).passed


@pytest.mark.parametrize("names", [None, "", " \t"], ids=repr)
def test_a_song_that_names_no_artist_needs_no_credits(names: str | None) -> None:
    nameless = song(0, 1, "A") | {"artist_names": names}
    week = stored(0, [nameless], song_artists=[])
    assert judged("song_artists.references_resolve", week).passed


def test_a_missing_table_is_named_by_every_rule_that_needs_it() -> None:
    for gone in ("songs", "albums", "artists", "song_artists"):
        tables = {name: rows for name, rows in GOOD.tables.items() if name != gone}
        week = type(GOOD)(GOOD.week, tables)
        said = [judged(title, week).findings for title in RULES]
        needing = [findings for findings in said if findings]
        assert needing
        says = f"not asked: {gone} can't be read, as {gone}.schema says"
        assert all(findings == (says,) for findings in needing)
