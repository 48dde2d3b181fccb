"""Raw files of a week turned into rows, and which of their fields each column comes from."""

from __future__ import annotations

import copy
import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import msgspec
import pyarrow as pa

from spotify_assets.charts import Charts
from spotify_assets.layout import Kind, RawName
from spotify_assets.open_data.facts import ArtistFacts, OpenFacts, SongFacts
from spotify_assets.raw.details import DETAIL_KINDS, Details, encode_details
from spotify_assets.raw.web_api import Album
from spotify_assets.tables.derive import derive_tables, describe_raw_files
from spotify_assets.tables.schemas import CHART_TABLES
from spotify_assets.tables.store import encode
from spotify_assets_tests.fixed_clock import NOW
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

Rows = dict[str, list[dict[str, Any]]]
NEXT_WEEK = date(2026, 11, 13)
REFRESHED = datetime.fromisoformat("2026-11-13T09:41:02")  # without a zone, as the tables have it


def raw(content: Any, chart: str = "norway", kind: Kind = "playlist", **name: Any) -> Any:
    """A raw file of the week: bytes as they are, a document as JSON."""
    content = content if isinstance(content, bytes) else as_json(content)
    return RawName(name.pop("week", WEEK), chart, kind, **name), content


def derive(charts: Charts, *raw_files: Any) -> Rows:
    tables = derive_tables(raw_files, charts).tables
    for name, table in CHART_TABLES.items():
        assert tables[name].schema.equals(table.schema)
    return {name: tables[name].to_pylist() for name in CHART_TABLES}


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
            "duration_source": "spotify",
            "explicit": False,
            "popularity": 70,
            "isrc": "NOXXX2600001",
            "isrc_source": "spotify",
            "recording_mbid": None,
            "match": None,
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
            "album_source": "spotify",
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
    assert derived.raw_files["dropped"].to_pylist() == [3]


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
    assert unknown == {c.name for c in CHART_TABLES["songs"].columns if c.nullable} - {"song_url"}
    assert song["song_key"] == "id:x"
    assert tables == {"albums": [], "artists": [], "song_artists": []}


def test_an_album_may_not_say_when_it_was_released(charts: Charts) -> None:
    (album,) = one_song(charts, track("Song", album={"id": "a"}))["albums"]
    said = {name for name, value in album.items() if value}
    assert said == {"week", "album_id", "album_url", "album_source"}


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


def test_a_song_that_is_in_a_playlist_twice_has_its_better_rank_only(charts: Charts) -> None:
    pages = (
        raw(page(rows(names=["Same", "Other", "Same"]), total=5)),
        raw(page(rows(names=["Other", "Last"]), offset=3), offset=3),
    )
    tables = derive(charts, *pages)
    assert [(song["rank"], song["song_name"]) for song in tables["songs"]] == [
        (1, "Same"),
        (2, "Other"),
        (5, "Last"),
    ]
    assert len(tables["song_artists"]) == 3
    noted = derive_tables(pages, charts).raw_files.to_pylist()
    assert [file["again"] for file in noted] == [[3], []]  # each file knows of itself alone


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
    for name, table in CHART_TABLES.items():
        assert whole[name].equals(pa.concat_tables([part[name] for part in slices]))
        order = [(r["week"], *(r[c] for c in table.order)) for r in whole[name].to_pylist()]
        assert order == sorted(order)
        again = derive_tables(files[:3], charts).tables[name]
        assert encode(again, table) == encode(slices[0][name], table)


def test_what_raw_files_say_about_themselves_is_noted(charts: Charts) -> None:
    document = playlist(rows(), snapshot_id="one") | {"tracks": page(rows(), total=50)}
    files = [
        raw(chart_csv(["A", "B"]), "global", "chart_csv"),
        raw(document),
        raw(b"{", week=NEXT_WEEK),
        raw(b"rank\n", "global", "chart_csv", week=NEXT_WEEK),
    ]
    derived = derive_tables(sorted(files), charts)
    noted = derived.raw_files.to_pylist()
    shown = ("week", "chart", "kind", "rows", "stated_total", "refreshed_at", "snapshot_id")
    assert [tuple(file[name] for name in shown) for file in noted] == [
        (WEEK, "global", "chart_csv", 2, None, None, None),
        (WEEK, "norway", "playlist", 3, 50, REFRESHED, "one"),
        (NEXT_WEEK, "global", "chart_csv", 0, None, None, None),
        (NEXT_WEEK, "norway", "playlist", 0, None, None, None),
    ]
    assert [file["sha256"] for file in noted] == [
        sha256(content).hexdigest() for _, content in sorted(files)
    ]
    assert [file["problem"] is None for file in noted] == [True, True, False, False]
    assert describe_raw_files(sorted(files), charts).equals(derived.raw_files)


def test_a_damaged_file_contributes_no_rows_and_the_rest_go_on(charts: Charts) -> None:
    derived = derive_tables([raw(chart_csv(), "global", "chart_csv"), raw(b"{")], charts)
    assert set(derived.tables["songs"]["chart"].to_pylist()) == {"global"}
    (damaged,) = [file for file in derived.raw_files.to_pylist() if file["problem"]]
    assert (damaged["file"], damaged["rows"]) == ("week=2026-11-06/norway.playlist.json", 0)
    assert "cut off" in damaged["problem"]


def test_of_two_kinds_of_chart_files_the_newer_format_rules(charts: Charts) -> None:
    songs = derive(
        charts,
        raw(chart_csv(["New"]), kind="chart_csv"),
        raw(legacy_csv(["Old"]), kind="legacy_csv"),
    )["songs"]
    assert [(song["song_name"], song["source"]) for song in songs] == [("New", "chart_csv")]


def credited(
    charts: Charts, *raw_files: Any, details: Details | None = None
) -> dict[str, list[str]]:
    """The artists of each song."""
    found: dict[str, list[str]] = {}
    for credit in derive_tables(raw_files, charts, details).tables["song_artists"].to_pylist():
        found.setdefault(credit["song_id"], []).append(credit["artist_name"])
    return found


def test_a_legacy_file_names_one_artist_whatever_commas_the_name_has(charts: Charts) -> None:
    content = legacy_csv(["A"]).replace(b"Ida Nord", b"Sun, Moon, Stars")
    assert credited(charts, raw(content, kind="legacy_csv")) == {
        spotify_id("A"): ["Sun, Moon, Stars"]
    }


def test_what_a_playlist_or_details_of_the_week_have_as_one_artist_is_not_split(
    charts: Charts,
) -> None:
    chart = raw(chart_csv(["A"], artists="Kalle, Sun, Moon"), kind="chart_csv")
    as_one, split = ["Kalle", "Sun, Moon"], ["Kalle", "Sun", "Moon"]
    other_song = track("B", artists=["Sun, Moon"])
    known = Details()
    known.add("tracks", encode_details([(spotify_id("B"), other_song)], NOW))
    legacy = legacy_csv(["B"]).replace(b'"Ida Nord"', b'"Sun, Moon"')
    of_playlist = raw(page([row(other_song)]), "sweden")
    of_legacy = raw(legacy, "sweden", "legacy_csv")
    with_details = raw(chart_csv(["B"]), "sweden", "chart_csv")
    for others, details, expected in (
        ([], None, split),
        ([of_playlist], None, as_one),
        ([of_legacy], None, split),
        ([with_details], None, split),
        ([with_details], known, as_one),
        ([], known, split),  # of a song that isn't in the week: it wouldn't be made again for it
    ):
        assert credited(charts, chart, *others, details=details)[spotify_id("A")] == expected


def test_an_artist_has_the_id_that_details_of_another_song_of_the_week_give(charts: Charts) -> None:
    known = Details()
    known.add("tracks", encode_details([(spotify_id("B"), track("B", artists=["Kalle"]))], NOW))
    chart = raw(chart_csv(["A", "B"], artists="Kalle"), kind="chart_csv")
    rows = derive_tables([chart], charts, known).tables["song_artists"].to_pylist()
    assert {row["artist_id"] for row in rows} == {spotify_id("Kalle")}


MBID, OTHER_MBID = "a" * 36, "d" * 36
ALBUM = Album("mbid:e", "Hav", "album", "2024-03")
FJORDLYS = SongFacts(
    match="names",
    recording=MBID,
    length_ms=183_000,
    isrc="NOXXX2600009",
    album=ALBUM,
    artists=((MBID, "Ida Nord"),),
)
NORD = ArtistFacts(MBID, "Ida Nord", "Nord, Ida", "NO", "Person", ("pop",), "wikidata")
OPEN_FACTS = OpenFacts({"Fjordlys | Ida Nord": FJORDLYS}, {MBID: NORD})


def filled(charts: Charts, facts: OpenFacts, *raw_files: Any, **known: Any) -> Rows:
    """The rows with what open data says."""
    tables = derive_tables(raw_files, charts, open_facts=facts, **known).tables
    return {name: tables[name].to_pylist() for name in CHART_TABLES}


def test_open_data_fills_what_a_chart_file_leaves_null_and_says_so(charts: Charts) -> None:
    tables = filled(charts, OPEN_FACTS, raw(chart_csv(["Fjordlys", "Ferry"]), kind="chart_csv"))
    columns = ("album_id", "duration_ms", "duration_source", "isrc", "isrc_source", "match")
    assert [[song[name] for name in columns] for song in tables["songs"]] == [
        ["mbid:e", 183_000, "musicbrainz", "NOXXX2600009", "musicbrainz", "names"],
        [None] * 6,
    ]
    [album] = tables["albums"]
    assert {name: value for name, value in album.items() if value is not None} == {
        "week": WEEK,
        "album_id": "mbid:e",
        "album_source": "musicbrainz",
        "name": "Hav",
        "album_type": "album",
        "release_date": date(2024, 3, 1),
        "release_date_precision": "month",
    }
    [artist] = tables["artists"]
    columns = (
        "artist_id",
        "mbid",
        "sort_name",
        "country",
        "artist_type",
        "genres",
        "genres_source",
    )
    assert [artist[name] for name in columns] == [
        "name:ida nord", MBID, "Nord, Ida", "NO", "Person", ["pop"], "wikidata",
    ]  # fmt: skip


def test_what_spotify_says_stays_and_only_the_rest_is_filled(charts: Charts) -> None:
    song = track("Fjordlys") | {"external_ids": {}}
    song["artists"][0]["genres"] = ["norwegian pop"]
    tables = filled(charts, OPEN_FACTS, raw(page([row(song)])))
    columns = ("album_id", "duration_ms", "duration_source", "isrc", "isrc_source", "match")
    assert [[found[name] for name in columns] for found in tables["songs"]] == [
        [spotify_id("Fjordlys album"), 200_000, "spotify", "NOXXX2600009", "musicbrainz", "names"]
    ]
    assert [album["album_source"] for album in tables["albums"]] == ["spotify"]
    assert [(a["genres"], a["genres_source"], a["country"]) for a in tables["artists"]] == [
        (["norwegian pop"], "spotify", "NO")
    ]


def test_a_matched_credit_settles_where_a_name_ends(charts: Charts) -> None:
    for written, credit, expected in (
        ("Rex, The Baker", ["Rex, The Baker"], ["Rex, The Baker"]),
        ("Tyler, The Creator", ["Tyler", "The Creator"], ["Tyler", "The Creator"]),
        ("Lia, Rex, The Baker", ["Rex, the Baker", "Lia"], ["Lia", "Rex, The Baker"]),
        ("Lia, Rex, The Baker", ["Lia"], ["Lia", "Rex", "The Baker"]),  # of whom it says nothing
    ):
        artists = tuple((f"{number}" * 36, name) for number, name in enumerate(credit))
        facts = OpenFacts({f"A | {written}": replace(FJORDLYS, artists=artists)})
        rows = filled(charts, facts, raw(chart_csv(["A"], artists=written), kind="chart_csv"))
        assert [credited["artist_name"] for credited in rows["song_artists"]] == expected
        mbids = {row["name"]: row["mbid"] for row in rows["artists"] if row["mbid"]}
        assert len(mbids) == len(credit)


def test_a_legacy_file_gets_the_features_that_a_credit_names(charts: Charts) -> None:
    facts = OpenFacts(
        {"A | Ida Nord": replace(FJORDLYS, artists=((MBID, "Ida Nord"), (OTHER_MBID, "Kalle")))}
    )
    tables = filled(charts, facts, raw(legacy_csv(["A"]), kind="legacy_csv"))
    assert [credit["artist_id"] for credit in tables["song_artists"]] == [
        "name:ida nord",
        "name:kalle",
    ]
    assert {row["name"]: row["mbid"] for row in tables["artists"]} == {
        "Ida Nord": MBID,
        "Kalle": OTHER_MBID,
    }


def test_artists_whom_a_legacy_file_joins_are_told_apart_by_a_credit(charts: Charts) -> None:
    facts = {"A | Sun, Moon": replace(FJORDLYS, artists=((MBID, "Sun"), (OTHER_MBID, "Moon")))}
    content = legacy_csv(["A"]).replace(b"Ida Nord", b"Sun, Moon")
    tables = filled(charts, OpenFacts(facts), raw(content, kind="legacy_csv"))
    assert [row["artist_name"] for row in tables["song_artists"]] == ["Sun", "Moon"]
    facts = {"A | Sun, Moon": replace(FJORDLYS, artists=((MBID, "Sun"),))}  # not of the other
    tables = filled(charts, OpenFacts(facts), raw(content, kind="legacy_csv"))
    assert [(row["name"], row["mbid"]) for row in tables["artists"]] == [("Sun, Moon", None)]


def test_of_artists_of_one_name_none_is_told(charts: Charts) -> None:
    other = replace(FJORDLYS, artists=((OTHER_MBID, "Ida Nord"),))
    facts = replace(OPEN_FACTS, songs={**OPEN_FACTS.songs, "Ferry | Ida Nord": other})
    [artist] = filled(charts, facts, raw(chart_csv(["Fjordlys", "Ferry"]), kind="chart_csv"))[
        "artists"
    ]
    assert (artist["mbid"], artist["genres"], artist["country"]) == (None, None, None)


Column = tuple[str, str]
ORIGINS = {
    (table.name, column.name): column.origin.split()
    for table in CHART_TABLES.values()
    for column in table.columns
}
BY_NAME_OR_ORDER = {
    *("file.week", "file.chart", "file.kind", "playlist.position"),
    *("playlist.track.artists", "details.tracks.artists"),
    *("open.songs.artists", "open.songs.match"),
}


def rich_track(name: str) -> dict[str, Any]:
    """A track that tells everything, its artists and album in full."""
    found = track(name, artists=["Ida Nord"]) | {"linked_from": {"id": None}}
    found["artists"][0] |= {
        "genres": ["norwegian pop"],
        "popularity": 50,
        "followers": {"total": 1000},
        "images": [{"url": "https://i.scdn.co/image/ida"}],
    }
    found["album"]["label"] = "Nord Records"
    return found


def changed(value: Any, path: str) -> Any:
    """Another value of the same kind."""
    if path.endswith("release_date_precision"):
        return "year"
    if path.endswith("release_date"):
        return "2025-01"
    if path.endswith("added_at"):
        return added_at(WEEK).replace("09:", "10:")
    if path.endswith("linked_from.id"):
        return "9" * 22
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value[:-1]}Z"


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every field below a JSON object: its path, and where its value is to be put."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        name = path if isinstance(key, int) else f"{path}.{key}".strip(".")
        if isinstance(below, dict | list):
            yield from fields(below, name)
        else:
            yield name, value, key


def columns_of(
    charts: Charts, files: list[Any], details: Details | None = None, facts: OpenFacts | None = None
) -> dict[Column, set[str]]:
    """The different values of each column."""
    tables = derive_tables(sorted(files, key=lambda one: one[0]), charts, details, facts).tables
    return {
        (name, column): {
            repr(value) for value in table.column(column).to_pylist() if value is not None
        }
        for name, table in tables.items()
        for column in table.column_names
    }


def compared(before: dict[Column, Any], after: dict[Column, Any]) -> set[Column]:
    return {column for column in before if before[column] != after[column]}


def by_playlist(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each field of a playlist's rows."""
    nameless, local = {"name": None}, {"id": None}
    unknown = {"artists": [{"id": None, "name": "Ida Nord"}]}
    found: dict[str, set[Column]] = defaultdict(set)
    for without in ({}, nameless, local, nameless | local, unknown):
        document = row(rich_track("Fjordlys") | without, added_at=added_at(WEEK))
        name = RawName(WEEK, "norway", "playlist")
        before = columns_of(charts, [(name, as_json(page([document])))])
        for number, (path, _, _) in enumerate(fields(document)):
            other = copy.deepcopy(document)
            _, holder, key = list(fields(other))[number]
            holder[key] = changed(holder[key] if holder[key] is not None else "none?", path)
            after = columns_of(charts, [(name, as_json(page([other])))])
            found[f"playlist.{path}"] |= compared(before, after)
    return found


def by_chart_file(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each column of a chart file."""
    lines = list(csv.reader(io.StringIO(chart_csv(["Fjordlys"]).decode("utf-8-sig"))))
    name = RawName(WEEK, "norway", "chart_csv")
    found: dict[str, set[Column]] = defaultdict(set)
    for values in (lines[1], [("" if place == 3 else v) for place, v in enumerate(lines[1])]):
        before = columns_of(charts, [(name, written([lines[0], values]))])
        for place, column in enumerate(lines[0]):
            others = {"rank": "2", "previous_rank": "7", "peak_rank": "3", "weeks_on_chart": "4"}
            others |= {"uri": f"spotify:track:{'9' * 22}", "streams": "5", "artist_names": "A, B"}
            line = [*values[:place], others.get(column, "Other"), *values[place + 1 :]]
            after = columns_of(charts, [(name, written([lines[0], line]))])
            found[f"csv.{column}"] |= compared(before, after)
    return found


def written(lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def by_details(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each field of what was looked up for a line of a chart file."""
    song = rich_track("Fjordlys")
    uri, album = spotify_id("Fjordlys"), spotify_id("Fjordlys album")
    header = chart_csv(["Fjordlys"]).decode("utf-8-sig").splitlines()[0]
    # Blank where details may fill in.
    content = f'{header}\n1,"spotify:track:{uri}","","","",1,-1,1,5\n'.encode()
    files = [(RawName(WEEK, "norway", "chart_csv"), content)]
    found: dict[str, set[Column]] = defaultdict(set)
    artist = song["artists"][0]
    named = {"id": artist["id"], "name": artist["name"]}  # as tracks have them
    for more in (
        {"artists": [named]},
        {"artists": [named | {"id": None}]},
        {"artists": [named], "album": {**song["album"], "label": None}},
    ):
        objects = {
            "tracks": (uri, song | more),
            "artists": (artist["id"], artist),
            "albums": (album, {"id": album, "label": "Other Records"}),
        }
        before = columns_of(charts, files, known(objects))
        for kind in DETAIL_KINDS:
            for number, (path, _, _) in enumerate(fields(objects[kind][1])):
                others = copy.deepcopy(objects)
                _, holder, key = list(fields(others[kind][1]))[number]
                holder[key] = changed(holder[key] if holder[key] is not None else "none?", path)
                after = columns_of(charts, files, known(others))
                found[f"details.{kind}.{path}"] |= compared(before, after)
    return found


def by_open_data(charts: Charts) -> dict[str, set[Column]]:
    """Which columns change with each thing that open data says of a song in a chart file."""
    files = [raw(chart_csv(["Fjordlys"]), kind="chart_csv")]
    before = columns_of(charts, files, facts=OPEN_FACTS)
    [key], [mbid] = OPEN_FACTS.songs, OPEN_FACTS.artists
    song, artist = OPEN_FACTS.songs[key], OPEN_FACTS.artists[mbid]
    found: dict[str, set[Column]] = {}

    def look(name: str, **other: Any) -> None:
        facts = replace(OPEN_FACTS, **other)
        found[f"open.{name}"] = compared(before, columns_of(charts, files, facts=facts))

    for name, value in {"recording": "b" * 36, "length_ms": 1, "isrc": "NOXXX2600002"}.items():
        look(f"songs.{name}", songs={key: replace(song, **{name: value})})
    for name, value in (
        *(("id", "mbid:c"), ("name", "Sea"), ("album_type", "ep"), ("release_date", "2023")),
    ):
        album = msgspec.structs.replace(song.album, **{name: value})  # type: ignore[type-var]
        look(f"songs.album.{name}", songs={key: replace(song, album=album)})
    for name in ("sort_name", "country", "type"):
        look(f"artists.{name}", artists={mbid: replace(artist, **{name: "Other"})})
    look("artists.genres", artists={mbid: replace(artist, genres=("folk",))})
    return found


def known(objects: dict[Any, tuple[str, Any]]) -> Details:
    details = Details()
    for kind, asked in objects.items():
        details.add(kind, encode_details([json.loads(json.dumps(asked))], NOW))
    return details


def test_a_column_changes_with_the_fields_that_it_is_said_to_come_from(charts: Charts) -> None:
    seen: dict[Column, set[str]] = defaultdict(set)
    for changes in (
        by_playlist(charts),
        by_chart_file(charts),
        by_details(charts),
        by_open_data(charts),
    ):
        for field, columns in changes.items():
            for column in columns:
                # An id by which something is found is not what it is made of.
                if not field.endswith(".id") or field in ORIGINS[column]:
                    seen[column].add(field)
    declared = {column: set(fields) - BY_NAME_OR_ORDER for column, fields in ORIGINS.items()}
    assert {column: seen[column] for column in declared} == declared
