"""Mutations that look as true as any: files that somebody changed by hand. All are in `mutations`."""

from __future__ import annotations

import json
from datetime import date

from spotify_assets.layout import PUBLISHED
from spotify_assets_tests.damages import (
    Change,
    Mutation,
    all_changed,
    changed,
    derive_again,
    rows_of,
    swapped,
    table,
)
from spotify_assets_tests.good_data import LATEST, Base

PLAYLIST = f"raw/processed/week={LATEST}/norway.playlist.json"
CHARTS_SWAPPED = {"norway": "global", "global": "norway"}


def _archive_altered_and_derived() -> Change:
    def damage(base: Base) -> None:
        document = json.loads(base.storage.read(PLAYLIST))
        document["tracks"]["items"][0]["track"]["popularity"] += 1
        base.storage.write(PLAYLIST, json.dumps(document, ensure_ascii=False).encode())
        derive_again(base)

    return damage


def _archive_file_gone_and_derived() -> Change:
    def damage(base: Base) -> None:
        base.storage.delete(PLAYLIST)
        derive_again(base)

    return damage


BY_HAND = (
    Mutation(
        "two ranks swapped by hand, in a chart without streams",
        "songs.as_derived",
        swapped("songs", "rank", 60, 65),
    ),
    Mutation(
        "two titles swapped by hand", "songs.as_derived", swapped("songs", "song_name", 60, 65)
    ),
    Mutation(
        "a title nulled by hand",
        "songs.as_derived",
        changed("songs", 60, by_hand=True, song_name=None),
    ),
    Mutation(
        "a popularity changed by hand",
        "songs.as_derived",
        changed("songs", 60, by_hand=True, popularity=1),
    ),
    Mutation(
        "all streams nulled by hand",
        "songs.as_derived",
        all_changed("songs", by_hand=True, streams=None),
    ),
    Mutation(
        "two charts' names swapped by hand",
        "songs.as_derived",
        rows_of(
            "songs",
            lambda rows: [row | {"chart": CHARTS_SWAPPED[row["chart"]]} for row in rows],
            by_hand=True,
        ),
    ),
    Mutation(
        "rows put in another order by hand",
        "songs.as_derived",
        table("songs", lambda rows: rows.take(list(range(rows.num_rows))[::-1])),
    ),
    Mutation(
        "a release date changed by hand",
        "albums.as_derived",
        changed("albums", 0, by_hand=True, release_date=date(2020, 3, 5)),
    ),
    Mutation(
        "two artists' genres swapped by hand",
        "artists.as_derived",
        swapped("artists", "genres", 0, 1),
    ),
    Mutation(
        "a credit's name changed by hand",
        "song_artists.as_derived",
        changed("song_artists", 0, by_hand=True, artist_name="Nobody"),
    ),
    Mutation(
        "the archive changed by hand, and tables made of it",
        "songs.as_derived",
        _archive_altered_and_derived(),
    ),
    Mutation(
        "a file gone from the archive, and tables made without it",
        "songs.as_derived",
        _archive_file_gone_and_derived(),
    ),
    Mutation(
        "titles of a published file put in another order by hand",
        "catalog.row_counts",
        table("songs", lambda rows: rows.take(list(range(rows.num_rows))[::-1]), place=PUBLISHED),
        True,
    ),
)
