"""Mutations of albums, artists and credits. All are in `mutations`."""

from __future__ import annotations

from datetime import date

from spotify_assets.layout import table_key
from spotify_assets_tests.damages import Mutation, all_changed, changed, deleted, rows_of
from spotify_assets_tests.good_data import LATEST

ALBUMS = table_key("albums", LATEST, "parquet")

OF_OTHER_TABLES = (
    Mutation(
        "an album dropped", "albums.references_resolve", rows_of("albums", lambda rows: rows[1:])
    ),
    Mutation(
        "an album of no song",
        "albums.references_resolve",
        rows_of("albums", lambda rows: [*rows, rows[0] | {"album_id": "zzz"}]),
    ),
    Mutation(
        "an album doubled", "albums.unique_key", rows_of("albums", lambda rows: [*rows, rows[0]])
    ),
    Mutation("an album's id nulled", "albums.schema", changed("albums", 0, album_id=None)),
    Mutation("a table's file gone: albums", "albums.schema", deleted(ALBUMS)),
    Mutation(
        "an album of next year",
        "albums.release_dates",
        changed("albums", 0, release_date=date(2027, 3, 5), release_date_precision="day"),
    ),
    Mutation(
        "a year's release in March",
        "albums.release_precision",
        changed("albums", 0, release_date=date(2020, 3, 1), release_date_precision="year"),
    ),
    Mutation(
        "an artist dropped", "artists.references_resolve", rows_of("artists", lambda rows: rows[1:])
    ),
    Mutation(
        "an artist doubled", "artists.unique_key", rows_of("artists", lambda rows: [*rows, rows[0]])
    ),
    Mutation("an artist's name nulled", "artists.schema", changed("artists", 0, name=None)),
    Mutation(
        "an artist's popularity below 0",
        "artists.values_possible",
        changed("artists", 0, popularity=-1),
    ),
    Mutation("followers below 0", "artists.values_possible", changed("artists", 0, followers=-1)),
    Mutation(
        "no artist's genres given", "artists.genre_coverage", all_changed("artists", genres=None)
    ),
    Mutation(
        "a song's credits dropped",
        "song_artists.references_resolve",
        rows_of(
            "song_artists", lambda rows: [r for r in rows if r["song_id"] != rows[0]["song_id"]]
        ),
    ),
    Mutation(
        "a credit doubled",
        "song_artists.unique_key",
        rows_of("song_artists", lambda rows: [*rows, rows[0]]),
    ),
    Mutation(
        "a credit's place shifted",
        "song_artists.positions_from_one",
        changed("song_artists", 0, artist_position=7),
    ),
    Mutation(
        "a credit's name nulled",
        "song_artists.schema",
        changed("song_artists", 0, artist_name=None),
    ),
)
