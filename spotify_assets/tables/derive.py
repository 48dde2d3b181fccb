"""Raw files of some weeks, turned into the rows of the four tables.

A pure function: the same raw files and details give the same rows in the same order. Each week is
derived from its own files alone, so any slice of weeks gives what all of them at once would.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa

from spotify_assets.charts import Charts
from spotify_assets.layout import RawName
from spotify_assets.raw.details import Details
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.week_rows import WeekRows


@dataclass
class DerivedTables:
    """The tables of some weeks, each sorted by week and its own order, by name.

    `dropped` counts, by week, the playlist rows that held no song; `made_from` has the SHA-256 of each
    raw file.
    """

    tables: dict[str, pa.Table]
    weeks: list[date]
    dropped: dict[date, int]
    made_from: dict[RawName, str]


def derive_tables(
    raw_files: Iterable[tuple[RawName, bytes]], charts: Charts, details: Details | None = None
) -> DerivedTables:
    """The four tables of the weeks that the raw files belong to, which come in order of names.

    `details` fill in what the raw files of a week leave open.

    Raises:
        UnreadableRawFile: a raw file that was taken in can no longer be read; the message names it.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    weeks, dropped = [], {}
    made_from: dict[RawName, str] = {}
    with _garbage_collection_held():
        noted = _noted(raw_files, made_from)
        for week, files in groupby(noted, key=lambda raw: raw[0].week):
            weeks.append(week)
            dropped[week] = _derive_week(week, files, charts, details or Details(), rows)
        tables = {name: _table(name, rows.pop(name)) for name in list(rows)}
    return DerivedTables(tables, weeks, dropped, made_from)


def _noted(
    raw_files: Iterable[tuple[RawName, bytes]], made_from: dict[RawName, str]
) -> Iterator[tuple[RawName, bytes]]:
    """The same files, their SHA-256 noted as they go by."""
    for name, content in raw_files:
        made_from[name] = hashlib.sha256(content).hexdigest()
        yield name, content


def _derive_week(
    week: date,
    files: Iterable[tuple[RawName, bytes]],
    charts: Charts,
    details: Details,
    rows: dict[str, list[tuple[Any, ...]]],
) -> int:
    """Append the week's rows; gives how many playlist rows held no song."""
    derivation = WeekRows(week, charts, details)
    derivation.read(files)
    derivation.derive()
    for name, more in derivation.sorted_rows().items():
        rows[name].extend(more)
    return derivation.dropped


def _table(name: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    schema = TABLES[name].schema
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


@contextmanager
def _garbage_collection_held() -> Iterator[None]:
    """Nothing here makes cycles, and looking for them among the rows costs a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
