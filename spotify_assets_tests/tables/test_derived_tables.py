"""Raw files of a week turned into the rows of the four tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import Kind, RawName
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import concatenate, encode
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    SONGS,
    WEEK,
    added_at,
    as_json,
    chart_csv,
    legacy_csv,
    page,
    playlist,
    row,
    rows,
    spotify_id,
    track,
)
from spotify_assets_tests.shapes import shape_findings

Rows = dict[str, list[dict[str, Any]]]
NEXT_WEEK = date(2026, 11, 13)
REFRESHED = datetime.fromisoformat("2026-11-13T09:41:02")  # without a zone, as the tables have it


def raw(content: Any, chart: str = "norway", kind: Kind = "playlist", **name: Any) -> Any:
    """A raw file of the week: bytes as they are, a document as JSON."""
    content = content if isinstance(content, bytes) else as_json(content)
    return RawName(name.pop("week", WEEK), chart, kind, **name), content


def derive(charts: Charts, *raw_files: Any) -> Rows:
    tables = derive_tables(raw_files, charts).tables
    for name, table in TABLES.items():
        assert tables[name].schema.equals(table.schema)
        assert not shape_findings(tables[name], table)
    return {name: tables[name].to_pylist() for name in TABLES}


def one_song(charts: Charts, song: Any, **more: Any) -> Rows:
    return derive(charts, raw(page([row(song, **more)])))


def test_a_playlist_gives_a_song_with_all_that_it_tells(charts: Charts) -> None:
    song = track("Fjordlys", artists=["Ida Nord", "Kalle"])
    song["album"]["label"] = "Nord Records"
    tables = one_song(charts, song, added_at=added_at(WEEK))
    song_id, album_id = spotify_id("Fjordlys"), spotify_id("Fjordlys album")
    assert tables["songs"] == [
        {
            "week": WEEK,
            "week_end": date(2026, 11, 12),
            "chart": "norway",
            "rank": 1,
            "song_id": song_id,
            "song_key": "Fjordlys | Ida Nord, Kalle",
            "song_name": "Fjordlys",
            "artist_names": "Ida Nord, Kalle",
            "album_id": album_id,
            "duration_ms": 200_000,
            "explicit": False,
            "popularity": 70,
            "isrc": "NOXXX2600001",
            "label": "Nord Records",
            "streams": None,
            "reported_peak_rank": None,
            "reported_previous_rank": None,
            "reported_weeks_on_chart": None,
            "added_at": REFRESHED,
            "song_url": f"https://open.spotify.com/track/{song_id}",
            "source": "playlist",
        }
    ]
    assert tables["albums"] == [
        {
            "week": WEEK,
            "album_id": album_id,
            "name": "Fjordlys",
            "album_type": "single",
            "release_date": date(2026, 10, 30),
            "release_date_precision": "day",
            "total_tracks": 1,
            "artist_names": "Ida Nord",
            "label": "Nord Records",
            "album_url": f"https://open.spotify.com/album/{album_id}",
            "image_url": "https://i.scdn.co/image/made-up",
        }
    ]
    assert [(r["artist_position"], r["artist_name"]) for r in tables["song_artists"]] == [
        (1, "Ida Nord"),
        (2, "Kalle"),
    ]
    assert [(r["artist_id"], r["name"]) for r in tables["artists"]] == [
        (spotify_id("Ida Nord"), "Ida Nord"),
        (spotify_id("Kalle"), "Kalle"),
    ]


def test_the_place_in_the_playlist_is_the_rank_and_what_is_no_song_is_counted(
    charts: Charts,
) -> None:
    episode = track("Talk", type="episode")
    content = [None, row(track("Second")), row(episode), row(None), row(track("Fifth"))]
    derived = derive_tables([raw(page(content))], charts)
    songs = derived.tables["songs"].to_pylist()
    assert [(song["rank"], song["song_name"]) for song in songs] == [(2, "Second"), (5, "Fifth")]
    assert derived.dropped == {WEEK: 3}


def test_a_relinked_song_keeps_the_id_that_the_playlist_names(charts: Charts) -> None:
    (song,) = one_song(charts, track("Song", linked_from={"id": "original"}))["songs"]
    assert song["song_id"] == "original"
    assert song["song_url"] == "https://open.spotify.com/track/original"


def test_a_local_file_is_keyed_by_its_uri(charts: Charts) -> None:
    uri = "spotify:local:Ida+Nord:Album:Song:200"
    tables = one_song(charts, track("Song", id=None, uri=uri, album={"id": None, "name": "A"}))
    (song,) = tables["songs"]
    assert (song["song_id"], song["song_url"], song["album_id"]) == (uri, None, None)
    assert tables["albums"] == []


def test_a_refresh_in_1970_is_unknown(charts: Charts) -> None:
    (song,) = one_song(charts, track("Song"), added_at="1970-01-01T00:00:00Z")["songs"]
    assert song["added_at"] is None


def test_album_artists_and_names_may_be_missing(charts: Charts) -> None:
    tables = one_song(charts, {"id": "x"})
    (song,) = tables.pop("songs")
    unknown = {name for name, value in song.items() if value is None}
    assert unknown == {c.name for c in TABLES["songs"].columns if c.nullable} - {"song_url"}
    assert song["song_key"] == "id:x"
    assert tables == {"albums": [], "artists": [], "song_artists": []}


def test_an_album_may_not_say_when_it_was_released(charts: Charts) -> None:
    (album,) = one_song(charts, track("Song", album={"id": "a"}))["albums"]
    assert {name for name, value in album.items() if value} == {"week", "album_id", "album_url"}


def test_a_release_year_is_its_first_day(charts: Charts) -> None:
    album = {"id": "a", "release_date": "1984", "release_date_precision": "year"}
    (found,) = one_song(charts, track("Song", album=album))["albums"]
    assert found["release_date"] == date(1984, 1, 1)
    assert found["release_date_precision"] == "year"


def test_an_artist_without_an_id_is_keyed_by_the_name_and_one_without_both_left_out(
    charts: Charts,
) -> None:
    artists = [{"id": None, "name": "Ida NORD"}, {"id": None, "name": ""}, {"name": "Kalle"}]
    tables = one_song(charts, track("Song") | {"artists": artists})
    assert [r["artist_id"] for r in tables["song_artists"]] == ["name:ida nord", "name:kalle"]
    assert [r["artist_position"] for r in tables["song_artists"]] == [1, 2]
    assert {artist["artist_url"] for artist in tables["artists"]} == {None}


def test_the_fullest_of_an_artists_objects_counts(charts: Charts) -> None:
    full = {
        "id": "ida",
        "name": "Ida Nord",
        "genres": ["nordic pop"],
        "popularity": 50,
        "followers": {"total": 3_000_000_000 // 2},
        "images": [{"url": "large"}, {"url": "small"}],
    }
    objects = ({"id": "ida"}, full, {"id": "ida", "name": "I. N."})
    songs = [track(f"Song {n}") | {"artists": [artist]} for n, artist in enumerate(objects)]
    (artist,) = derive(charts, raw(page([row(song) for song in songs])))["artists"]
    assert artist["name"] == "Ida Nord"
    assert (artist["genres"], artist["image_url"]) == (["nordic pop"], "large")
    assert artist["followers"] == 1_500_000_000


def test_an_artist_named_in_one_place_only_is_named(charts: Charts) -> None:
    objects = ({"id": "ida"}, {"id": "ida", "name": "Ida Nord"})
    songs = [track(f"Song {n}") | {"artists": [artist]} for n, artist in enumerate(objects)]
    (artist,) = derive(charts, raw(page([row(song) for song in songs])))["artists"]
    assert artist["name"] == "Ida Nord"


def test_pages_saved_one_by_one_make_one_chart(charts: Charts) -> None:
    later = raw(page(rows(names=["Four"]), offset=3), offset=3)
    songs = derive(charts, raw(page(rows(), total=4)), later)["songs"]
    assert [(s["rank"], s["song_name"]) for s in songs] == list(enumerate([*SONGS, "Four"], 1))


def test_a_later_page_left_from_an_older_capture_does_not_lengthen_the_newer_one(
    charts: Charts,
) -> None:
    left_over = raw(page(rows(names=["Old"]), offset=3), offset=3)
    shorter = derive(charts, raw(playlist(rows())), left_over)["songs"]
    assert [song["song_name"] for song in shorter] == list(SONGS)
    moved_on = page([row(track("New"), added_at="2026-11-14T09:00:00Z")], total=4)
    refreshed_later = derive(charts, raw(moved_on), left_over)["songs"]
    assert [song["song_name"] for song in refreshed_later] == ["New"]


def test_a_song_that_is_in_a_playlist_twice_is_two_entries(charts: Charts) -> None:
    tables = derive(charts, raw(page(rows(names=["Same", "Same"]))))
    assert [song["rank"] for song in tables["songs"]] == [1, 2]
    assert len(tables["song_artists"]) == 1


def test_of_a_file_with_several_charts_and_weeks_each_gets_its_own(charts: Charts) -> None:
    content = [
        playlist(rows(WEEK, ["Norway one"])),
        playlist(rows(WEEK, ["Global one"]), GLOBAL_PLAYLIST),
        playlist(rows(NEXT_WEEK, ["Norway two"])),
        page([row(track("Norway two, page two"))], offset=1),
    ]
    derived = derive(
        charts,
        raw(content, "global"),
        raw(content, "norway"),
        raw(content, "norway", week=NEXT_WEEK),
    )
    assert [(s["week"], s["chart"], s["rank"], s["song_name"]) for s in derived["songs"]] == [
        (WEEK, "global", 1, "Global one"),
        (WEEK, "norway", 1, "Norway one"),
        (NEXT_WEEK, "norway", 1, "Norway two"),
        (NEXT_WEEK, "norway", 2, "Norway two, page two"),
    ]


def test_rows_are_in_the_order_of_their_tables_whatever_the_slicing(charts: Charts) -> None:
    files = [
        raw(content, chart, kind, week=week)
        for week in (WEEK, NEXT_WEEK)
        for chart, kind, content in (
            ("global", "playlist", page(rows(week, ["B", "A", "C"]), GLOBAL_PLAYLIST)),
            ("norway", "chart_csv", chart_csv(["C", "D"], start=7)),
            ("norway", "playlist", page(rows(week, ["D", "E"]))),
        )
    ]
    whole = derive_tables(files, charts).tables
    slices = [derive_tables(part, charts).tables for part in (files[:3], files[3:])]
    for name, table in TABLES.items():
        assert whole[name].equals(concatenate([part[name] for part in slices], table))
        order = [(r["week"], *(r[c] for c in table.order)) for r in whole[name].to_pylist()]
        assert order == sorted(order)
        again = derive_tables(files[:3], charts).tables[name]
        assert encode(again, table, "parquet") == encode(slices[0][name], table, "parquet")


def test_a_week_may_have_no_song_at_all(charts: Charts) -> None:
    derived = derive_tables([raw(page([row(None)]))], charts)
    assert derived.weeks == [WEEK]
    assert {table.num_rows for table in derived.tables.values()} == {0}


def test_an_archived_file_that_was_damaged_is_named(charts: Charts) -> None:
    with pytest.raises(UnreadableRawFile, match=r"raw/processed/week=2026-11-06/norway\.playlist"):
        derive_tables([raw(b"{")], charts)


def test_of_two_kinds_of_chart_files_the_newer_format_rules(charts: Charts) -> None:
    songs = derive(
        charts,
        raw(chart_csv(["New"]), kind="chart_csv"),
        raw(legacy_csv(["Old"]), kind="legacy_csv"),
    )["songs"]
    assert [(song["song_name"], song["source"]) for song in songs] == [("New", "chart_csv")]
