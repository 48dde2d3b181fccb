"""The catalog on one machine: a DuckDB file of views over the published table files.

It holds no rows, so it can be made again from them at any time. It is written beside and
put in place at once: readers that have the old one open are not disturbed, and never block it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from spotify_assets.errors import QueryError, SettingsError, UserError
from spotify_assets.layout import PUBLISHED, published_key
from spotify_assets.settings import TableFormat
from spotify_assets.sql import VIEWS, view_sql
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES, Table

SQL_TYPES = {
    "string": "VARCHAR",
    "date32[day]": "DATE",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    "timestamp[ms]": "TIMESTAMP",
    "list<item: string>": "VARCHAR[]",
    "list<element: string>": "VARCHAR[]",
}
PUBLISHED_WEEKS = "published_weeks"


def require_folder(storage: Storage) -> None:
    """Stop where the tables lie on S3, which this catalog can't read.

    Raises:
        SettingsError: they do.
    """
    base = storage.location("").rstrip("/")
    if base.startswith("s3://"):
        raise SettingsError(
            f"SPOTIFY_ASSETS_BASE holds {base!r}; this version reads tables for the DuckDB catalog "
            "from folders only"
        )


def publish(
    storage: Storage, table_format: TableFormat, weeks: Sequence[date], database: Path
) -> None:
    """Make the catalog anew, over these weeks: a view for each table, then the analytics views.

    Raises:
        SettingsError: the tables lie on S3.
    """
    require_folder(storage)
    database.parent.mkdir(parents=True, exist_ok=True)
    from dagster_duckdb import (
        DuckDBResource,  # takes a second to load, and who asks doesn't need it
    )

    with tempfile.TemporaryDirectory(dir=database.parent, prefix=".publishing-") as folder:
        # Of the same name, for DuckDB calls a database by its file and views may say so.
        fresh = Path(folder) / database.name
        with DuckDBResource(database=str(fresh)).get_connection() as connection:
            create_views(connection, storage, table_format, weeks)
        os.replace(fresh, database)  # noqa: PTH105 - atomic on every system


def create_views(
    connection: duckdb.DuckDBPyConnection,
    storage: Storage,
    table_format: TableFormat,
    weeks: Sequence[date],
) -> None:
    """Define every table over its weeks' files, and every analytics view over the tables."""
    connection.execute(f"CREATE OR REPLACE TABLE {PUBLISHED_WEEKS} (week DATE, location VARCHAR)")
    if weeks:
        connection.executemany(
            f"INSERT INTO {PUBLISHED_WEEKS} VALUES (?, ?)",  # noqa: S608 - a constant
            [[week, storage.location(PUBLISHED)] for week in weeks],
        )
    for table in TABLES.values():
        files = [storage.location(published_key(table.name, week, table_format)) for week in weeks]
        select = _select(table, table_format, files)
        connection.execute(f"CREATE OR REPLACE VIEW {table.name} AS {select}")
    for view in VIEWS:
        connection.execute(f"CREATE OR REPLACE VIEW {view.name} AS {view_sql(view.name)}")


def published_weeks(database: Path, storage: Storage) -> list[date]:
    """The weeks that the catalog shows of this storage, in order.

    None where there is no catalog yet, where it can't be read, or where it shows another place, as
    it does once the base has been moved.
    """
    if not database.exists():
        return []
    try:
        with open_catalog(database) as connection:
            rows = connection.execute(
                f"SELECT week FROM {PUBLISHED_WEEKS} WHERE location = ? ORDER BY week",  # noqa: S608
                [storage.location(PUBLISHED)],
            ).fetchall()
    except (duckdb.Error, UserError):
        return []
    return [row[0] for row in rows]


def open_catalog(database: Path) -> duckdb.DuckDBPyConnection:
    """The catalog, to be read.

    Raises:
        UserError: there is none yet, or it can't be opened.
    """
    if not database.exists():
        raise UserError(
            f"There is no catalog at {database} yet: drop chart files into the inbox and run "
            "`spotify-assets update`, or `spotify-assets demo` for made-up ones."
        )
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise UserError(
            f"The catalog {database} can't be opened: {error}\nIt holds no rows of its own: "
            "`spotify-assets update` makes it anew."
        ) from None


@contextmanager
def published_files_named() -> Iterator[None]:
    """Say it in words where DuckDB fails as a published file is gone or damaged.

    Of a CSV file, DuckDB goes on for pages with advice on the settings of its reader.

    Raises:
        QueryError: that is so; names the file and the remedy.
    """
    try:
        yield
    except duckdb.Error as error:
        named = re.search(rf"""/[^'"\n]*{PUBLISHED}[^'"\n]*\.(parquet|csv)""", str(error))
        if named is None:
            raise
        raise QueryError(
            f"{str(error).splitlines()[0]}\nThe published file {named[0]} is gone or can't be read, so "
            "nothing that needs it can be answered: `spotify-assets update` makes it again."
        ) from None


def shows_another_place(connection: duckdb.DuckDBPyConnection, storage: Storage) -> bool:
    """Whether an open catalog is over the files of another storage, as once the base was copied."""
    asked = f"SELECT count(*) FROM {PUBLISHED_WEEKS} WHERE location <> ?"  # noqa: S608 - a constant
    return connection.execute(asked, [storage.location(PUBLISHED)]).fetchone() != (0,)


def _select(table: Table, table_format: TableFormat, files: Sequence[str]) -> str:
    columns = ", ".join(
        f"CAST({_source(column.name, table, table_format)} AS {SQL_TYPES[str(column.dtype)]}) "
        f"AS {column.name}"
        for column in table.columns
    )
    if not files:
        nothing = ", ".join(
            f"CAST(NULL AS {SQL_TYPES[str(column.dtype)]}) AS {column.name}"
            for column in table.columns
        )
        return f"SELECT {nothing} WHERE false"
    paths = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
    hive = "hive_partitioning = true, hive_types = {'week': DATE}"
    if table_format == "parquet":
        reader = f"read_parquet([{paths}], union_by_name = true, {hive})"
    else:
        types = ", ".join(
            f"'{c.name}': '{_csv_type(c.dtype)}'" for c in table.columns if c.name != "week"
        )
        reader = (
            f"read_csv([{paths}], header = true, columns = {{{types}}}, delim = ',', quote = '\"', "
            f"escape = '\"', nullstr = '', allow_quoted_nulls = false, {hive})"
        )
    return f"SELECT {columns} FROM {reader}"  # noqa: S608 - declared names and our own paths


def _source(column: str, table: Table, table_format: TableFormat) -> str:
    dtype = str(table.schema.field(column).type)
    return (
        f"CAST({column} AS JSON)" if table_format == "csv" and dtype.startswith("list") else column
    )


def _csv_type(dtype: object) -> str:
    sql_type = SQL_TYPES[str(dtype)]
    return "VARCHAR" if sql_type.endswith("[]") else sql_type
