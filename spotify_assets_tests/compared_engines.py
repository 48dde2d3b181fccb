"""What Trino and DuckDB make of the same stored tables: every row of every table and view."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.catalog.duckdb import create_views
from spotify_assets.catalog.views import VIEWS
from spotify_assets.layout import TABLE_FILES
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.schemas import EVERY_TABLE, TABLES
from spotify_assets.tables.store import split_by_week, stored_weeks, write_week
from spotify_assets_tests.chart_frames import Rows
from spotify_assets_tests.fakes.athena_engine import trino as trino_type
from spotify_assets_tests.places import Place
from spotify_assets_tests.trino_server import Trino

Row = tuple[Any, ...]
APART = ("chart", "song_id", "song_key", "album_id", "artist_id")


def all_of(many: Iterable[Rows]) -> Rows:
    """Return all of these as one base, in which no chart, song, album or artist is another's."""
    rows: Rows = {name: [] for name in TABLES}
    for number, one in enumerate(many):
        for name, listed in one.items():
            for row in listed:
                apart = {c: f"{number}-{row[c]}" for c in APART if row.get(c) is not None}
                rows[name].append(row | apart)
    return rows


def stored(base: FolderStorage, rows: Rows) -> None:
    """Store these rows as weeks of their tables."""
    for name, table in TABLES.items():
        if listed := sorted(rows[name], key=lambda row: row["week"]):
            complete = [dict.fromkeys(table.schema.names) | row for row in listed]
            for week, of_week in split_by_week(pa.Table.from_pylist(complete, schema=table.schema)):
                write_week(base, name, week, of_week)


def put(base: FolderStorage, place: Place) -> None:
    """Copy the table files of a base to another place, with which songs are one."""
    store_identities(base)
    for file in base.files(TABLE_FILES):
        place.storage.write(file.key, base.read(file.key))


def stages(trino: Trino, database: str, sql: str) -> int:
    """Return how many stages a statement's plan has."""
    ((plan,),) = trino.run(f"EXPLAIN (TYPE DISTRIBUTED) {sql}", database).rows
    return len(re.findall(r"^Fragment \d+ \[", plan, re.MULTILINE))


@contextmanager
def duckdb_over(base: FolderStorage) -> Iterator[Any]:
    """The tables and views of a base, in DuckDB."""
    with duckdb.connect() as connection:
        create_views(connection, base, stored_weeks(base))
        yield connection


def differences(trino: Trino, database: str, connection: Any) -> Iterator[str]:
    """Yield a sentence for each table and view that Trino reads otherwise than DuckDB does."""
    # By name: of a table, Trino has the partition key last.
    named = {name: ", ".join(table.schema.names) for name, table in EVERY_TABLE.items()}
    for name, columns in (named | {view.name: "*" for view in VIEWS}).items():
        yield from difference(trino, database, connection, f"SELECT {columns} FROM {name}")


def difference(
    trino: Trino, database: str, connection: Any, sql: str, *, is_ordered: bool = False
) -> Iterator[str]:
    """Yield a sentence if Trino's columns, their types, its rows or, if it counts, order differ."""
    there, here = trino.run(sql, database), connection.sql(sql)
    columns = [(name, re.sub(r"^varchar\(\d+\)", "varchar", of)) for name, of in there.columns]
    wanted = [(n, trino_type(str(of))) for n, of in zip(here.columns, here.types, strict=True)]
    if columns != wanted:
        yield f"{sql}: Trino's columns are {sorted({*columns} ^ {*wanted})}"
    read = [tuple(row) for row in there.rows]
    rows = [tuple(map(_as_json, row)) for row in here.fetchall()]
    if not is_ordered:
        read, rows = sorted(read, key=_order), sorted(rows, key=_order)
    unequal = [pair for pair in zip(read, rows, strict=False) if not _same(*pair)]
    if len(read) != len(rows) or unequal:
        yield f"{sql}: {len(read)} rows, not {len(rows)}; {len(unequal)} differ: {unequal[:1]}"


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    return value.isoformat() if isinstance(value, date) else value


def _order(row: Row) -> Any:
    exact = [(type(v).__name__, str(v)) for v in row if not isinstance(v, float)]
    return exact, [v for v in row if isinstance(v, float)]


def _same(a: Row, b: Row) -> bool:
    """Return whether rows are equal; sums of floats come out as they are added up."""
    return len(a) == len(b) and all(
        math.isclose(x, y, rel_tol=1e-9)
        if isinstance(x, float) and isinstance(y, float)
        else type(x) is type(y) and x == y
        for x, y in zip(a, b, strict=True)
    )
