"""Which details tables want: of which ids, and by which weeks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import duckdb
import pytest

from spotify_assets.charts import Charts
from spotify_assets.layout import RawName, held_back_key
from spotify_assets.open_data.facts import ArtistFacts, OpenFacts, SongFacts
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.details import DetailKind, Details, encode_details
from spotify_assets.raw.web_api import Album
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.lacking import (
    Query,
    derived_now,
    details_wanted,
    lacking_details,
    songs_to_match,
)
from spotify_assets.tables.store import encode, write_week
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.raw_samples import WEEK, spotify_id

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SONG = spotify_id("Fjordlys")
BAND = spotify_id("Ida Nord")
ALBUM = spotify_id("Fjordlys album")
ARTIST = {"id": BAND, "name": "Ida Nord"}
Known = Mapping[DetailKind, Mapping[str, object]]


def details(known: Known) -> Details:
    found = Details()
    for kind, objects in known.items():
        found.add(kind, encode_details(objects.items(), NOW))  # type: ignore[arg-type]
    return found


def query_of(
    raw: Mapping[RawName, bytes],
    charts: Charts,
    known: Details | None = None,
    facts: OpenFacts | None = None,
) -> Query:
    connection = duckdb.connect()
    for name, table in derive_tables(sorted(raw.items()), charts, known, facts).tables.items():
        connection.register(name, table)
    return lambda sql: connection.execute(sql).fetchall()


def csv(weeks_back: int = 0, *songs: str) -> dict[RawName, bytes]:
    name = RawName(WEEK - ONE_WEEK * weeks_back, "norway", "chart_csv")
    return {name: raw_samples.chart_csv(songs or ["Fjordlys"])}


TRACK = raw_samples.track("Fjordlys")
NOTHING_KNOWN: Known = {}
TRACK_KNOWN: Known = {"tracks": {SONG: TRACK}}
NO_GENRES: Known = {"tracks": {SONG: TRACK}, "artists": {BAND: ARTIST}}
GENRES: Known = {"tracks": {SONG: TRACK}, "artists": {BAND: ARTIST | {"genres": ["pop"]}}}
ALL: Known = {**GENRES, "albums": {ALBUM: {"id": ALBUM, "label": "Nord"}}}


@pytest.mark.parametrize(
    ("made_with", "known", "is_wanted"),
    [
        (NOTHING_KNOWN, NOTHING_KNOWN, True),
        (NOTHING_KNOWN, {"tracks": {SONG: None}}, False),
        (NOTHING_KNOWN, {"tracks": {SONG: {"id": SONG}}}, False),
        (NOTHING_KNOWN, TRACK_KNOWN, True),
        (TRACK_KNOWN, TRACK_KNOWN, True),
        (NO_GENRES, NO_GENRES, False),
        (TRACK_KNOWN, GENRES, True),
        (GENRES, GENRES, True),
        (GENRES, {**GENRES, "albums": {ALBUM: None}}, False),
        (GENRES, {**GENRES, "albums": {ALBUM: {"id": ALBUM}}}, False),
        (GENRES, ALL, True),
        (ALL, ALL, False),
    ],
    ids=[
        "nothing was looked up",
        "Spotify doesn't know the song",
        "Spotify knows no more of the song",
        "the song is known by now",
        "artist and album were not looked up",
        "development mode: no genres, so no labels either",
        "genres are known by now",
        "the album was not looked up",
        "Spotify doesn't know the album",
        "the album has no label",
        "the label is known by now",
        "everything is known",
    ],
)
def test_a_week_wants_details_that_were_not_looked_up_or_are_known_by_now(
    charts: Charts, made_with: Known, known: Known, is_wanted: bool
) -> None:
    query = query_of(csv(), charts, details(made_with))
    assert details_wanted(query, details(known)) == ([WEEK] if is_wanted else [])


def test_only_the_weeks_with_open_ids_want_details(charts: Charts) -> None:
    raw = {**csv(2), **csv(1, "Ferry"), **csv(0, "Ferry", "Fjordlys")}
    query = query_of(raw, charts)
    known = details({"tracks": {spotify_id("Ferry"): None}})
    assert details_wanted(query, known) == [WEEK - ONE_WEEK * 2, WEEK]


def test_what_is_no_id_of_spotifys_or_is_said_by_a_playlist_is_not_wanted(charts: Charts) -> None:
    local = {"id": None, "uri": "spotify:local:Ida::Demo:180", "name": "Demo", "type": "track"}
    songs = [
        local | {"artists": [{"id": None, "name": "Ida"}], "is_local": True},
        raw_samples.track("No length", duration_ms=None),  # details don't fill a playlist's rows
    ]
    rows = [raw_samples.row(song, added_at=raw_samples.added_at(WEEK)) for song in songs]
    query = query_of(
        {RawName(WEEK, "norway", "playlist"): raw_samples.as_json(raw_samples.page(rows))}, charts
    )
    assert details_wanted(query, details(NO_GENRES)) == []


def test_spotify_is_asked_for_what_open_data_filled(charts: Charts) -> None:
    facts = OpenFacts(
        {
            "Fjordlys | Ida Nord": SongFacts(
                match="names",
                length_ms=1,
                album=Album("mbid:a", "Hav", "album", "2024"),
                artists=(("b", "Ida Nord"),),
            )
        },
        {"b": ArtistFacts("b", "Ida Nord", genres=("pop",), genres_source="wikidata")},
    )
    query = query_of(csv(), charts, facts=facts)
    assert details_wanted(query, Details()) == [WEEK]
    assert details_wanted(query, details(TRACK_KNOWN)) == [WEEK]


def test_songs_to_match_are_those_of_all_weeks_however_they_are_stored(
    storage: FolderStorage, charts: Charts
) -> None:
    stored = derive_tables(sorted(csv(1, "Ferry", "Fjordlys").items()), charts).tables["songs"]
    write_week(storage, "songs", WEEK - ONE_WEEK, stored)
    old = stored.drop_columns(["isrc_source", "duration_source", "match", "recording_mbid"])
    storage.write(held_back_key("songs", WEEK - ONE_WEEK * 2), encode(old, None))
    for name, content in csv(0, "Fjordlys").items():
        storage.write(name.archive_key, content)
    write_week(storage, "songs", WEEK, stored)  # its raw files are newer
    files = [(name, file.key) for name, file in archived_files(storage, [WEEK])]
    found = songs_to_match(storage, derived_now(storage, files, charts, details(TRACK_KNOWN)))
    assert {song.title: [(WEEK - week).days // 7 for week in song.weeks] for song in found} == {
        "Ferry": [2, 1],
        "Fjordlys": [2, 1, 0],
    }
    song = found[1]
    assert (song.key, song.ids, song.isrcs) == ("Fjordlys | Ida Nord", (SONG,), ("NOXXX2600001",))


def test_what_raw_files_lack_is_found_before_their_weeks_are_stored(
    storage: FolderStorage, charts: Charts
) -> None:
    for name, content in {**csv(1), **csv(0, "Ferry", "Fjordlys")}.items():
        storage.write(name.archive_key, content)
    damaged = RawName(WEEK, "global", "chart_csv")
    storage.write(damaged.archive_key, b"<html>")
    files = [(name, file.key) for name, file in archived_files(storage, None)]
    wanted = lacking_details(storage, files, charts, Details())
    assert {one: sorted(weeks) for one, weeks in wanted["tracks"].items()} == {
        SONG: [WEEK - ONE_WEEK, WEEK],
        spotify_id("Ferry"): [WEEK],
    }
    known = details({"tracks": {SONG: TRACK, spotify_id("Ferry"): None}})
    wanted = lacking_details(storage, files, charts, known)
    assert {kind: set(ids) for kind, ids in wanted.items()} == {
        "tracks": set(),
        "artists": {BAND},
        "albums": {ALBUM},
    }
