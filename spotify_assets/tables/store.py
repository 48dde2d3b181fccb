"""Table files: a week's rows as the bytes of one Parquet or CSV file, and back.

The path carries the week, so the file doesn't. The same rows give the same bytes. Where files lie
is in `layout`; what Dagster hands over and gets back is in `io_managers`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.layout import table_key, week_of_table_key
from spotify_assets.settings import TableFormat
from spotify_assets.storage import FolderStorage, Storage, StoredFile
from spotify_assets.tables.origins import note_origin
from spotify_assets.tables.schemas import TABLES, WEEK, Table

PARQUET: dict[str, Any] = {
    "compression": "zstd",
    # Beside zstd, dictionaries of so few rows make no file smaller, and writing a third slower.
    "use_dictionary": False,
    "store_schema": False,
    "row_group_size": 4096,  # sorted by chart: with many charts a reader of one skips most groups
}


def encode(rows: pa.Table, table: Table, table_format: TableFormat) -> bytes:
    """The file that holds one week's rows, with or without their `week` column.

    Raises:
        ValueError: the rows don't fit the table's declared columns; names the table and why.
    """
    return _encoded(_as_declared(rows, table), table, table_format)


def _as_declared(rows: pa.Table, table: Table) -> pa.Table:
    try:
        return rows.select(table.file_schema.names).cast(table.file_schema)
    except (KeyError, ValueError, pa.ArrowException) as error:
        raise ValueError(f"these rows don't fit the table {table.name!r}: {error}") from error


def _encoded(content: pa.Table, table: Table, table_format: TableFormat) -> bytes:
    buffer = io.BytesIO()
    if table_format == "parquet":
        pq.write_table(content, buffer, **parquet_options(table))
    else:
        pa_csv.write_csv(_lists_as_json(content), buffer)
    return buffer.getvalue()


def parquet_options(table: Table) -> dict[str, Any]:
    """How a table's Parquet files are written.

    Smallest and largest values are kept of the column alone that rows are sorted by after the week:
    no other lets a reader skip anything, and they were a tenth of a small file.
    """
    return {**PARQUET, "write_statistics": [table.key[1]]}


def write_week(
    storage: Storage,
    table: Table,
    table_format: TableFormat,
    week: date,
    rows: pa.Table,
    altered: Iterable[str] = (),
) -> None:
    """Put a week's file, in the place of any that is there, and note what it holds.

    `altered` are raw files that the rows come from and that were no longer as received.

    Raises:
        ValueError: as `encode`; nothing is written then.
    """
    content = _as_declared(rows, table)
    file = _encoded(content, table, table_format)
    # First: where it ends between the two, the table isn't what was noted, and that is seen.
    note_origin(storage, table.name, week, content, altered)
    storage.write(table_key(table.name, week, table_format), file)


def drop_other_format(
    storage: Storage, table: Table, table_format: TableFormat, weeks: Collection[date]
) -> None:
    """Delete what lies of these weeks in the other format: who reads a whole folder would count twice.

    It is looked for by one listing, since a run on AWS may not delete here, nor ask for every file.
    """
    other: TableFormat = "csv" if table_format == "parquet" else "parquet"
    keys = {table_key(table.name, week, other) for week in weeks}
    folder = f"{TABLE_FILES}{table.name}/"
    if len(keys) == 1:
        folder = next(iter(keys)).rpartition("/")[0]
    for file in list(storage.files(folder)):
        if file.key in keys:
            storage.delete(file.key)


def decode(
    content: bytes,
    table: Table,
    table_format: TableFormat,
    week: date,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The rows of a week's file, with their `week` column, as declared.

    With `columns`, others needn't be read; those of them that the file lacks are left out.
    """
    if table_format == "parquet":
        rows = pq.read_table(io.BytesIO(content), columns=columns and list(columns))
    else:
        rows = _read_csv(content, table)
    weeks = pa.repeat(pa.scalar(week, pa.date32()), rows.num_rows)
    return rows.add_column(0, pa.field(WEEK.name, weeks.type, WEEK.nullable), weeks)


def damaged_files(storage: Storage, table_format: TableFormat) -> dict[str, date]:
    """The keys of the table files that are plainly not whole, each with its week, in order of keys.

    A look at sizes and at the files' ends, which takes a fraction of a millisecond each: it finds
    what was cut off or never written, not a wrong byte in the middle.
    """
    damaged = {}
    for file in storage.files(TABLE_FILES):
        week, name = week_of_table_key(file.key), file.key.rsplit("/", 1)[-1].split(".")[0]
        is_ours = week is not None and file.key == table_key(name, week, table_format)
        if week is not None and is_ours and not _is_whole(storage, file, table_format):
            damaged[file.key] = week
    return damaged


def _is_whole(storage: Storage, file: StoredFile, table_format: TableFormat) -> bool:
    if not file.size or not isinstance(storage, FolderStorage):  # S3 keeps no half objects
        return file.size > 0
    path = storage.location(file.key)
    try:
        if table_format == "parquet":
            pq.read_metadata(path)
            return True
        with Path(path).open("rb") as content:
            content.seek(-1, io.SEEK_END)
            return content.read() == b"\n"
    except FileNotFoundError:  # made anew, or gone, since the listing: then it is behind
        return True
    except (OSError, pa.ArrowException):
        return False


def stored_weeks(storage: Storage) -> dict[str, list[date]]:
    """Return the weeks that are stored of each declared table, in order, by one listing."""
    weeks: dict[str, list[date]] = {name: [] for name in TABLES}
    for file in storage.files(TABLE_FILES):
        name, week = file.key.removeprefix(TABLE_FILES).split("/")[0], week_of_table_key(file.key)
        if week is not None and name in weeks and file.key == table_key(name, week):
            weeks[name].append(week)
    return weeks


def split_by_week(rows: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    """Each week of the rows, in order, with its rows in their order."""
    weeks = rows.column(WEEK.name)
    for week in sorted(pc.unique(weeks).to_pylist()):
        yield week, rows.filter(pc.equal(weeks, pa.scalar(week, weeks.type)))


def concatenate(parts: Iterable[pa.Table], table: Table) -> pa.Table:
    """All parts as one frame; an empty frame of the declared columns where there is none."""
    return pa.concat_tables([table.schema.empty_table(), *parts], promote_options="permissive")


def _lists_as_json(rows: pa.Table) -> pa.Table:
    for number, field in enumerate(rows.schema):
        if pa.types.is_list(field.type):
            texts = [
                None if value is None else json.dumps(value, ensure_ascii=False)
                for value in rows.column(number).to_pylist()
            ]
            rows = rows.set_column(number, field.name, pa.array(texts, pa.string()))
    return rows


def _read_csv(content: bytes, table: Table) -> pa.Table:
    lists = [field.name for field in table.file_schema if pa.types.is_list(field.type)]
    types = {f.name: pa.string() if f.name in lists else f.type for f in table.file_schema}
    rows = pa_csv.read_csv(
        io.BytesIO(content),
        read_options=pa_csv.ReadOptions(block_size=len(content) + 1),  # a row may be of any length
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    for name in lists:
        texts = rows.column(name).to_pylist()
        values = [None if text is None else json.loads(text) for text in texts]
        column = pa.array(values, table.file_schema.field(name).type)
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    return rows
