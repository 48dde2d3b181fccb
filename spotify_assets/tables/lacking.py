"""What stored or derived tables leave open that Spotify or open data could fill.

The statements about Spotify's details run on DuckDB and Trino alike. Requesting is done in
`spotify.details` and `open_data.look_up`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.charts import Charts
from spotify_assets.held_back import held_back_weeks
from spotify_assets.layout import RawName, held_back_key, table_key
from spotify_assets.open_data.matching import Song
from spotify_assets.open_data.store import SPOTIFY_ID
from spotify_assets.raw.archive import read_raw, slices
from spotify_assets.raw.details import DETAIL_KINDS, DetailKind, Details, Wanted
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import Derived, derive_tables
from spotify_assets.tables.schemas import SONGS as SONGS_TABLE
from spotify_assets.tables.store import decode, stored_weeks, weeks_of

Query = Callable[[str], Iterable[Sequence[Any]]]
"""Returns the rows that answer a statement."""

OPEN: Mapping[DetailKind, str] = {
    # Only songs without a playlist's track are filled from details, and those have no album either.
    "tracks": "SELECT DISTINCT week, song_id FROM songs "
    "WHERE coalesce(duration_source, '') <> 'spotify' AND coalesce(album_id, 'mbid:') LIKE 'mbid:%' "
    "AND source <> 'playlist'",
    "artists": "SELECT DISTINCT week, artist_id FROM artists "
    "WHERE coalesce(genres_source, '') <> 'spotify'",
    "albums": "SELECT DISTINCT week, album_id FROM albums WHERE label IS NULL",
}
FILLED: Mapping[DetailKind, str] = {
    # the field of a detail that fills what is open
    "tracks": "duration_ms",
    "artists": "genres",
    "albums": "label",
}
SONG_COLUMNS = (
    *("week", "song_id", "song_key", "song_name", "artist_names"),
    *("isrc", "isrc_source", "source"),
)
SONGS = """
SELECT
    song_key, min(song_name), min(artist_names), list_sort(list(DISTINCT week)),
    list_sort(list(DISTINCT song_id)),
    list_sort(coalesce(list(DISTINCT upper(isrc)) FILTER (WHERE isrc_source = 'spotify'), [])),
    bool_and(source = 'legacy_csv')
FROM entries
WHERE song_name IS NOT NULL AND artist_names IS NOT NULL
GROUP BY song_key ORDER BY song_key
"""


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
            if one not in of_kind or getattr(of_kind[one], FILLED[kind], None):
                weeks.update(of_id)
    return sorted(weeks)


def lacking_details(
    storage: Storage, files: Iterable[tuple[RawName, str]], charts: Charts, known: Details
) -> Wanted:
    """Return the ids to look up for the weeks of raw files; those that can't be read are skipped.

    The tables are derived for it: the weeks may not have been stored yet.
    """
    wanted: Wanted = {kind: {} for kind in DETAIL_KINDS}
    for derived in derived_now(storage, files, charts, known):
        with duckdb.connect() as connection:
            for name, table in derived.tables.items():
                connection.register(name, table)
            for kind, of_kind in wanted.items():
                found = open_ids(lambda sql: connection.execute(sql).fetchall(), kind)
                for one in found.keys() - known.of(kind).keys():
                    of_kind[one] = of_kind.get(one, []) + found[one]
    return wanted


def derived_now(
    storage: Storage, files: Iterable[tuple[RawName, str]], charts: Charts, known: Details
) -> Iterator[Derived]:
    """Yield what the weeks of raw files are without being stored, a slice at a time."""
    for some in slices(files):
        yield derive_tables(read_raw(storage, some), charts, known)


def songs_to_match(storage: Storage, derived: Iterable[Derived] = ()) -> list[Song]:
    """Return the songs of all stored weeks; of the weeks that are derived, as they are there.

    Weeks that are held back count: their tables are made from open data as well.
    """
    parts, new = [SONGS_TABLE.schema.empty_table().select(SONG_COLUMNS)], set[date]()
    for some in derived:
        parts.append(some.tables["songs"].select(SONG_COLUMNS))
        new |= weeks_of(some.raw_files)
    stored = {table_key("songs", week): week for week in stored_weeks(storage).get("songs", ())}
    stored |= {held_back_key("songs", week): week for week in held_back_weeks(storage)}

    def read(key: str) -> pa.Table | None:
        with suppress(OSError, ValueError, pa.ArrowException):  # damaged, which `doctor` says
            rows = decode(storage.read(key), stored[key], SONG_COLUMNS)
            return rows.select([name for name in SONG_COLUMNS if name in rows.column_names])
        return None

    keys = [key for key, week in stored.items() if week not in new]
    parts += [rows for _, rows in storage.together(read, keys) if rows is not None]
    with duckdb.connect() as connection:
        connection.register("entries", pa.concat_tables(parts, promote_options="permissive"))
        rows = connection.execute(SONGS).fetchall()
    return [
        Song(key, title, artists, tuple(weeks), tuple(ids), tuple(isrcs), lead_only)
        for key, title, artists, weeks, ids, isrcs, lead_only in rows
    ]
