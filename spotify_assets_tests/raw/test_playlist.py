"""Playlists in every shape in which Spotify's Web API sends them, or has sent them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.raw.playlist import Playlist, by_rank, read_playlists, refreshed_weeks
from spotify_assets.raw.web_api import aware_moment, moment, release_day
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    NORWAY_PLAYLIST,
    SONGS,
    WEEK,
    as_json,
    page,
    playlist,
    row,
    rows,
    track,
)


def read(document: Any) -> list[Playlist]:
    return read_playlists(as_json(document))


def names(found: Playlist) -> list[tuple[int, str | None]]:
    return [(rank, song.name) for rank, _, song in found.ranked()]


@pytest.mark.parametrize("key_of_page", ["tracks", "items"])
@pytest.mark.parametrize("key_of_song", ["track", "item"])
def test_a_playlist_of_either_generation_is_read(key_of_page: str, key_of_song: str) -> None:
    document = playlist(rows(key=key_of_song), key=key_of_page, snapshot_id="c25hcHNob3Q=")
    (found,) = read(document)
    assert names(found) == [(1, SONGS[0]), (2, SONGS[1]), (3, SONGS[2])]
    assert found.playlist_id == NORWAY_PLAYLIST
    assert found.name == "Top Songs - Made Up"
    assert found.snapshot_id == "c25hcHNob3Q="
    assert (found.offset, found.total) == (0, 3)
    assert refreshed_weeks([found]) == [WEEK]


def test_a_response_with_rows_below_both_keys_counts_once() -> None:
    (found,) = read(playlist(rows()) | {"items": page(rows(key="item"))})
    assert len(names(found)) == 3
    (found,) = read(playlist([], tracks={"href": "", "total": 3}) | {"items": page(rows())})
    assert len(names(found)) == 3


def test_a_page_of_rows_states_its_playlist_and_which_rows_it_has() -> None:
    link = "https://api.spotify.com/v1/playlists/x/tracks?offset=103"
    (found,) = read(page(rows(), GLOBAL_PLAYLIST, offset=100, next=link, total=200))
    assert names(found)[0] == (101, SONGS[0])
    assert found.playlist_id == GLOBAL_PLAYLIST
    assert (found.offset, found.total) == (100, 200)


def test_a_list_may_contain_several_playlists_and_pages_that_do_not_name_theirs() -> None:
    later = page(rows(), offset=3) | {"href": None}
    found = read(
        [playlist(rows()), None, page(rows(), GLOBAL_PLAYLIST), later, page(rows(), offset=3)]
    )
    ids = [NORWAY_PLAYLIST, GLOBAL_PLAYLIST, GLOBAL_PLAYLIST, NORWAY_PLAYLIST]
    assert [p.playlist_id for p in found] == ids
    assert [p.offset for p in found] == [0, 0, 3, 3]
    assert read([page(rows()), later | {"offset": 0}])[1].playlist_id == ""


def test_a_plain_list_of_rows_does_not_say_which_playlist_it_is() -> None:
    document = [*rows(), None, row(None)]
    (found,) = read_playlists("\ufeff".encode() + as_json(document))  # with a byte-order mark
    assert len(names(found)) == 3
    assert (found.playlist_id, found.dropped) == ("", 2)


def test_of_a_song_that_is_there_twice_the_better_rank_counts_and_no_gap_is_closed() -> None:
    first, second, third = SONGS
    twice = read(
        [page(rows(names=[first, second, first])), page(rows(names=[second, third]), offset=3)]
    )
    ranked, again = by_rank(twice)
    assert [(rank, song.name) for rank, _, song in ranked] == [(1, first), (2, second), (5, third)]
    assert again == [3, 4]
    assert by_rank([*read(page(rows())), *read(page(rows()))])[1] == []  # two captures


def test_rows_without_a_song_keep_their_rank_and_are_counted() -> None:
    episode = track("Talk of the week", type="episode")
    blank = track("Removed", id=None, uri=None)
    found = read(page([None, *rows(), row(None), row(episode), row(blank), row(track("Last"))]))[0]
    assert names(found) == [(2, SONGS[0]), (3, SONGS[1]), (4, SONGS[2]), (8, "Last")]
    assert found.dropped == 4


@pytest.mark.parametrize(
    ("others", "is_known"),
    [
        ([], True),
        (["2026-01-01", "2026-11-20"], True),
        (["2026-01-01"] * 3, False),
        (["1970-01-01"] * 20, True),
        (["1970-01-01"] * 21, False),
    ],
)
def test_nearly_all_rows_tell_when_the_playlist_was_refreshed(
    others: list[str], is_known: bool
) -> None:
    more = [row(track("Other"), added_at=f"{day}T00:00:00Z") for day in others]
    (found,) = read(page([*rows(WEEK, ["Song"] * 20), *more]))
    refreshed = datetime(2026, 11, 13, 9, 41, 2, tzinfo=UTC)
    assert (found.refreshed_at == refreshed) == is_known


def test_a_later_page_is_of_the_week_of_the_page_before_it() -> None:
    first, next_week = date(2026, 11, 6), date(2026, 11, 13)
    undated = [row(track("Later"))]
    found = read(
        [
            page(rows(first)),
            page(undated, offset=3),
            page(rows(first), GLOBAL_PLAYLIST),
            page(rows(next_week)),
            page(undated, offset=3),
            page(undated),
        ]
    )
    assert refreshed_weeks(found) == [first, first, first, next_week, next_week, None]


def test_fields_may_be_absent_null_or_unknown_and_numbers_floats() -> None:
    bare = {"id": "x", "duration_ms": 204053.0, "popularity": 85.0, "is_local": None, "new": [{}]}
    ((_, _, song),) = read(page([row(bare)]))[0].ranked()
    assert (song.duration_ms, song.popularity) == (204053, 85)
    assert song.name is song.album is song.artists is None


@pytest.mark.parametrize(
    ("content", "says"),
    {
        b'{"tracks": {"items": [': "cut off: the file ends too early",
        b"[1, 2, 3]": "not a playlist of Spotify's: Expected `object | null`, got `int`",
        b'{"error": {"status": 401, "message": "The access token expired"}}': (
            "It is Spotify's refusal (The access token expired), not a playlist"
        ),
        b"{}": "has neither `tracks` nor `items`",
        b"[null]": "not of playlists or of a playlist's rows",
        b'[{"id": "x", "name": "a song"}]': "not of playlists or of a playlist's rows",
        b'{"items": [{"added_at": "\\ud800"}]}': "It is not valid JSON",
        b'{"items": [{"added_at": "\xe6"}]}': "It is not UTF-8 text",
        b'{"items": [], "offset": 1000000000}': "Expected `int` <= 100000",
        b'{"items": [{"track": {"id": "x", "duration_ms": 99999999999}}]}': "Expected `int` <=",
        b'{"x": ' * 100_000: "It is not valid JSON",
    }.items(),
)
def test_what_is_no_playlist_is_refused_with_a_reason_and_a_remedy(
    content: bytes, says: str
) -> None:
    with pytest.raises(UnreadableRawFile) as error:
        read_playlists(content)
    assert says in str(error.value)
    assert "again" in str(error.value) or "Drop" in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "2026-11-13T09:41:02Z": datetime(2026, 11, 13, 9, 41, 2, tzinfo=UTC),
        "2026-11-13T09:41:02": datetime(2026, 11, 13, 9, 41, 2, tzinfo=UTC),
        "2026-11-13T00:30:00+01:00": datetime(2026, 11, 12, 23, 30, tzinfo=UTC),
        "1970-01-01T00:00:00Z": None,
        "0001-01-01T00:00:00+14:00": None,
        "9999-12-31T23:59:59-14:00": None,
        None: None,
    }.items(),
)
def test_a_moment_is_in_utc_and_1970_means_unknown(
    text: str | None, found: datetime | None
) -> None:
    assert aware_moment(text) == found
    assert moment(text and f"{text[:19]}.123999{text[19:]}") == (
        found and found.replace(tzinfo=None, microsecond=123_000)
    )


@pytest.mark.parametrize(
    ("text", "precision", "found"),
    [
        ("2026-10-30", "day", (date(2026, 10, 30), "day")),
        ("1984", "day", (date(1984, 1, 1), "year")),
        ("1984-01-01", "year", (date(1984, 1, 1), "year")),
        ("1984", None, (date(1984, 1, 1), "year")),
        ("1984-05-06", "century", (date(1984, 5, 6), "day")),
        ("0000", "year", (None, None)),
        ("2026-02-30", "day", (None, None)),
        (None, None, (None, None)),
    ],
)
def test_a_release_date_is_a_day_and_how_much_of_it_is_known(
    text: str | None, precision: str | None, found: tuple[date | None, str | None]
) -> None:
    assert release_day(text, precision) == found
