"""The weekly tables in storage: a week's rows as the bytes of one Parquet file, and back.

The path carries the week, so the file doesn't. The same rows give the same bytes. Which key holds what
is in `layout`; which rows may be stored is decided in `checks`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotify_assets.layout import TABLE_FILES, table_key, week_of_table_key
from spotify_assets.storage import Storage
from spotify_assets.tables import schemas
from spotify_assets.tables.schemas import WEEK, Table

PARQUET: dict[str, Any] = {
    "compression": "zstd",
    # With zstd, dictionaries of so few rows make no file smaller, and writing a third slower.
    "use_dictionary": False,
    "store_schema": False,
    "row_group_size": 4096,  # sorted by chart: with many charts a reader of one skips most groups
}


def encode(rows: pa.Table, table: Table | None) -> bytes:
    """Return the Parquet file that holds one week's rows, with or without their `week` column.

    `table` is the declaration, None for a table that isn't declared here.

    Raises:
        ValueError: the rows don't fit the declared columns; names the table and why.
    """
    if table is None:
        content = rows.drop_columns([WEEK.name]) if WEEK.name in rows.column_names else rows
        options = PARQUET
    else:
        try:
            content = rows.select(table.file_schema.names).cast(table.file_schema)
        except (KeyError, ValueError, pa.ArrowException) as error:
            raise ValueError(f"these rows don't fit the table {table.name!r}: {error}") from error
        # Statistics of the column alone that rows are sorted by: no other lets a reader skip
        # anything, and they were a tenth of a small file.
        options = {**PARQUET, "write_statistics": [table.key[1]]}
    buffer = io.BytesIO()
    pq.write_table(content, buffer, **options)
    return buffer.getvalue()


def decode(content: bytes, week: date, columns: Iterable[str] | None = None) -> pa.Table:
    """Return the rows of a week's file with their `week` column, all columns or those of these."""
    wanted = None if columns is None else [name for name in columns if name != WEEK.name]
    # For small files `pq.read_table` takes twice as long, with threads that have nothing to do.
    rows = pq.ParquetFile(io.BytesIO(content)).read(columns=wanted, use_threads=False)
    weeks = pa.repeat(pa.scalar(week, pa.date32()), rows.num_rows)
    return rows.add_column(0, pa.field(WEEK.name, weeks.type, WEEK.nullable), weeks)


def write_week(storage: Storage, name: str, week: date, rows: pa.Table) -> None:
    """Put a week's file of a table, in the place of any that is there.

    Raises:
        ValueError: as `encode`; nothing is written then.
    """
    storage.write(table_key(name, week), encode(rows, schemas.TABLES.get(name)))


def read_week(storage: Storage, name: str, week: date) -> pa.Table:
    """Return a week's rows of a table as stored.

    Raises:
        FileNotFoundError: the week isn't stored; names the file and the remedy.
    """
    key = table_key(name, week)
    try:
        return decode(storage.read(key), week)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{storage.location(key)} doesn't exist: materialize {name} for {week} first. A week "
            "that failed its checks is not stored; `spotify-assets checks` says why."
        ) from None


def stored_weeks(storage: Storage) -> dict[str, list[date]]:
    """Return the weeks stored of each table that has any, declared or not, from one listing."""
    found: dict[str, list[date]] = {}
    for file in storage.files(TABLE_FILES):
        week, name = week_of_table_key(file.key), file.key.removeprefix(TABLE_FILES).split("/")[0]
        if week is not None and file.key == table_key(name, week):
            found.setdefault(name, []).append(week)
    return {name: sorted(weeks) for name, weeks in found.items()}


def weeks_of(rows: pa.Table) -> set[date]:
    """Return the weeks that have a row."""
    return set(pc.unique(rows.column(WEEK.name)).to_pylist())


def split_by_week(rows: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    """Return each week of the rows with its rows in their order, as slices where they are together."""
    weeks = rows.column(WEEK.name).to_numpy()
    starts = [0, *(np.flatnonzero(weeks[1:] != weeks[:-1]) + 1).tolist()] if len(weeks) else []
    found = [rows.slice(start, end - start) for start, end in pairwise([*starts, len(weeks)])]
    if len(found) > len(weeks_of(rows)):  # a week's rows are not together
        yield from split_by_week(rows.take(pc.sort_indices(rows.column(WEEK.name))))
        return
    for of_week in found:
        yield of_week.column(WEEK.name)[0].as_py(), of_week
