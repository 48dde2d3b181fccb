"""What stored or derived tables leave open that Spotify could fill: one SQL statement per kind.

The statements run on DuckDB and Trino alike. Requesting the ids is done in `spotify.details`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from spotify_assets.charts import Charts
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import read_raw, slices
from spotify_assets.raw.details import DETAIL_KINDS, DetailKind, Details, Wanted
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import derive_tables

Query = Callable[[str], Iterable[Sequence[Any]]]
"""Returns the rows that answer a statement."""

SPOTIFY_ID = re.compile(r"[A-Za-z0-9]{22}")
OPEN: Mapping[DetailKind, str] = {
    # Only songs without a playlist's track are filled from details, and those have no album either.
    "tracks": "SELECT DISTINCT week, song_id FROM songs "
    "WHERE duration_ms IS NULL AND album_id IS NULL AND source <> 'playlist'",
    "artists": "SELECT DISTINCT week, artist_id FROM artists WHERE genres IS NULL",
    "albums": "SELECT DISTINCT week, album_id FROM albums WHERE label IS NULL",
}
FILLED: Mapping[DetailKind, str] = {
    # the field of a detail that fills what is open
    "tracks": "duration_ms",
    "artists": "genres",
    "albums": "label",
}


def open_ids(query: Query, kind: DetailKind) -> dict[str, list[date]]:
    """Return the Spotify ids that leave something open, each with the weeks that do."""
    found: dict[str, list[date]] = {}
    for week, one in query(OPEN[kind]):
        if SPOTIFY_ID.fullmatch(one):
            found.setdefault(one, []).append(week)
    return found


def details_wanted(query: Query, known: Details) -> list[date]:
    """Return the weeks whose tables want details, in order.

    These have an open id that was never looked up, or one that is known by now: then the week has to
    be made again. Ids that Spotify doesn't know, or knows as little of, want nothing. Where Spotify
    tells this app no genres of any artist, which means development mode, only songs count.
    """
    kinds = DETAIL_KINDS if known.tells_genres else DETAIL_KINDS[:1]
    weeks: set[date] = set()
    for kind in kinds:
        of_kind = known.of(kind)
        for one, of_id in open_ids(query, kind).items():
            if one not in of_kind or getattr(of_kind[one], FILLED[kind], None) is not None:
                weeks.update(of_id)
    return sorted(weeks)


def lacking_details(
    storage: Storage, files: Iterable[tuple[RawName, str]], charts: Charts, known: Details
) -> Wanted:
    """Return the ids to look up for the weeks of raw files; those that can't be read are skipped.

    The tables are derived for it: the weeks may not have been stored yet.
    """
    wanted: Wanted = {kind: {} for kind in DETAIL_KINDS}
    for some in slices(files):
        derived = derive_tables(read_raw(storage, some), charts, known)
        with duckdb.connect() as connection:
            for name, table in derived.tables.items():
                connection.register(name, table)
            for kind, of_kind in wanted.items():
                found = open_ids(lambda sql: connection.execute(sql).fetchall(), kind)
                for one in found.keys() - known.of(kind).keys():
                    of_kind[one] = of_kind.get(one, []) + found[one]
    return wanted
