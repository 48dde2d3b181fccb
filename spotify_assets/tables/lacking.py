"""What the tables of some weeks leave open that Spotify could be asked for.

A pure function of the tables and of what is known already; asking is done in `sources.spotify`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from spotify_assets.raw.details_format import DETAIL_KINDS, DetailKind, Details
from spotify_assets.tables.derive import DerivedTables

SPOTIFY_ID = re.compile(r"[A-Za-z0-9]{22}")
OPEN_WHERE: Mapping[DetailKind, tuple[str, str, str]] = {
    # table, its id, and the column that is null where nobody has said it yet
    "tracks": ("songs", "song_id", "duration_ms"),
    "artists": ("artists", "artist_id", "genres"),
    "albums": ("albums", "album_id", "label"),
}

Lacking = dict[DetailKind, set[str]]
"""The ids that a week lacks details of, by kind."""


def lacking_details(derived: DerivedTables, details: Details) -> dict[date, Lacking]:
    """What each week leaves open and isn't known to be unknown to Spotify either."""
    lacking: dict[date, Lacking] = {
        week: {kind: set() for kind in DETAIL_KINDS} for week in derived.weeks
    }
    for kind, (table, key, column) in OPEN_WHERE.items():
        known = details.of(kind)
        for week, one in _open_ids(derived.tables[table], key, column):
            if one not in known and SPOTIFY_ID.fullmatch(one):
                lacking[week][kind].add(one)
    return lacking


def newest_first(lacking: Mapping[date, Lacking], kind: DetailKind) -> list[str]:
    """Every id of the kind once: those of the latest week first, in order within a week."""
    ids: dict[str, None] = {}
    for week in sorted(lacking, reverse=True):
        ids |= dict.fromkeys(sorted(lacking[week][kind]))
    return list(ids)


def weeks_without(
    lacking: Mapping[date, Lacking], details: Details, kinds: Collection[DetailKind]
) -> list[date]:
    """The weeks that still lack any detail of these kinds."""
    return sorted(
        week
        for week, of_week in lacking.items()
        if any(not of_week[kind] <= details.of(kind).keys() for kind in kinds)
    )


def _open_ids(table: pa.Table, key: str, column: str) -> Iterable[tuple[date, str]]:
    is_open: Any = table.column(column).is_null()
    rows = table.select(["week", key]).filter(is_open)
    return zip(rows.column("week").to_pylist(), rows.column(key).to_pylist(), strict=True)
