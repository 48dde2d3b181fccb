"""Which ids and keys are one song: the table `song_identities`, over all stored weeks.

Ids change between single and album, and names get edited. Rows of one id are one song, and so are rows
of one key, however long the chain of both is. So are those whose keys differ in spelling alone, as
`titles.identity` folds them, unless some of these were beside each other in a chart: what Spotify counts
singly are different recordings. The table is a single file, made whenever the catalog is published. The
same weeks make the same bytes, in whatever order they were stored.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.layout import IDENTITIES, TABLE_FILES, table_key, week_of_table_key
from spotify_assets.open_data.matching import RULES_VERSION
from spotify_assets.storage import Storage, StoredFile
from spotify_assets.tables.schemas import SONG_IDENTITIES, SONGS
from spotify_assets.tables.store import PARQUET, decode
from spotify_assets.titles import identity

COLUMNS = ("week", "chart", "song_id", "song_key")
WEEKS = f"weeks, by rules {RULES_VERSION}".encode()  # that the file is made of, in its metadata


@dataclass
class Facts:
    """What weeks say of songs, which more weeks only add to.

    These are the pairs of id and key, and of keys that are spellings of each other, but were in the same
    chart and week.
    """

    pairs: set[tuple[str, str]] = field(default_factory=set)
    apart: set[tuple[str, str]] = field(default_factory=set)

    def add(self, songs: pa.Table) -> None:
        """Add what these rows of songs say."""
        beside: dict[Any, set[str]] = defaultdict(set)
        for week, chart, song_id, key in zip(*(songs[c].to_pylist() for c in COLUMNS), strict=True):
            self.pairs.add((song_id, key))
            beside[week, chart, spelling(key)].add(key)
        for keys in beside.values():
            self.apart.update(combinations(sorted(keys), 2))


@lru_cache(maxsize=1_000_000)
def spelling(song_key: str) -> Hashable:
    """Return what is the same of keys that differ in spelling alone."""
    name, _, artists = song_key.rpartition(" | ")
    return (identity(name, artists) if name else None) or song_key


def identities(facts: Facts) -> pa.Table:
    """Return the table: every pair of id and key with its song, which is the first of its keys."""
    parent: dict[str, str] = {}

    def first(key: str) -> str:
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    def join(one: str, other: str) -> None:
        one, other = sorted((first(one), first(other)))
        parent[other] = one

    of_id: dict[str, str] = {}
    for song_id, key in facts.pairs:
        parent.setdefault(key, key)
        join(of_id.setdefault(song_id, key), key)
    apart_from: dict[str, set[str]] = defaultdict(set)
    for one, other in facts.apart:
        apart_from[one].add(other)
        apart_from[other].add(one)
    apart_from_song: dict[str, set[str]] = defaultdict(set)
    for key, others in apart_from.items():
        apart_from_song[first(key)] |= others
    spellings: dict[Hashable, list[str]] = {}
    for key in sorted(parent):
        spellings.setdefault(spelling(key), []).append(key)
    for keys in spellings.values():
        songs = {*map(first, keys)}
        if len(songs) > 1 and not any(
            first(other) in songs - {song} for song in songs for other in apart_from_song[song]
        ):
            for song in songs:
                join(min(songs), song)
            apart_from_song[min(songs)].update(*(apart_from_song[song] for song in songs))
    rows = [
        {
            "song_id": song_id,
            "song_key": key,
            "song": first(key),
            "apart_from": sorted(apart_from[key]) if key in apart_from else None,
        }
        for song_id, key in sorted(facts.pairs)
    ]
    return pa.Table.from_pylist(rows, SONG_IDENTITIES.schema)


def store_identities(storage: Storage) -> pa.Table:
    """Make the table of all stored weeks, write its file, and return it.

    Weeks that are as they were when the stored table was made aren't read: it says what they do.
    """
    songs = _stored_songs(storage)
    known = _stored_facts(storage, songs)
    while True:
        rows, content = _made(storage, songs, *known)
        storage.write(IDENTITIES, content)
        before, songs = songs, _stored_songs(storage)
        if songs == before:
            return rows
        # What another run stored meanwhile is older than the file, so nothing would show it later.
        known = Facts(), set()


def identities_differ(storage: Storage) -> bool:
    """Return whether the stored table, if there is one, isn't what all stored weeks make."""
    with suppress(FileNotFoundError):
        content = storage.read(IDENTITIES)
        return content != _made(storage, _stored_songs(storage), Facts(), set())[1]
    return False


def _made(
    storage: Storage, songs: dict[date, StoredFile], facts: Facts, weeks: set[date]
) -> tuple[pa.Table, bytes]:
    """Return the table and its file, where these facts are of those weeks."""

    def read(week: date) -> pa.Table | None:
        with suppress(FileNotFoundError):
            content = storage.read(songs[week].key)
            with suppress(OSError, ValueError, pa.ArrowException):  # damaged, which `doctor` says
                return decode(content, week, COLUMNS)
        return None

    for week, of_week in storage.together(read, sorted(songs.keys() - weeks)):
        if of_week is not None:
            facts.add(of_week)
            weeks.add(week)
    rows, buffer = identities(facts), io.BytesIO()
    noted = rows.replace_schema_metadata({WEEKS: " ".join(map(str, sorted(weeks)))})
    pq.write_table(noted, buffer, **{**PARQUET, "store_schema": True})
    return rows, buffer.getvalue()


def _stored_songs(storage: Storage) -> dict[date, StoredFile]:
    files = ((week_of_table_key(f.key), f) for f in storage.files(f"{TABLE_FILES}{SONGS.name}/"))
    return {week: f for week, f in files if week and f.key == table_key(SONGS.name, week)}


def _stored_facts(storage: Storage, songs: dict[date, StoredFile]) -> tuple[Facts, set[date]]:
    """Return what the stored table says, and of which weeks; nothing where one of them has changed."""
    facts, weeks = Facts(), set[date]()
    for made in storage.files(IDENTITIES):
        content = storage.read(made.key)
        with suppress(OSError, ValueError, pa.ArrowException):  # damaged
            rows = pq.read_table(io.BytesIO(content))
            noted = (rows.schema.metadata or {}).get(WEEKS, b"").decode().split()
            weeks = {*map(date.fromisoformat, noted)}
            if not all(week in songs and songs[week].modified < made.modified for week in weeks):
                return Facts(), set()
            for row in rows.to_pylist() if weeks else ():
                key = row["song_key"]
                facts.pairs.add((row["song_id"], key))
                facts.apart.update((key, o) for o in row["apart_from"] or () if key < o)
    return facts, weeks
