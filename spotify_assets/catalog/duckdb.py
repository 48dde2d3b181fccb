"""The catalog on one machine: a DuckDB file of views over the stored table files.

It is written aside and put in place at once: readers that have the old file open are not disturbed,
and, except on Windows, never block a new one. Which weeks a table shows is what its view names.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.catalog import interface
from spotify_assets.catalog.interface import Answer, Catalog, types_of
from spotify_assets.catalog.views import VIEWS
from spotify_assets.errors import QueryError, UserError
from spotify_assets.layout import IDENTITIES, TABLE_FILES, table_key
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import SONG_IDENTITIES, TABLES, WEEK, Table
from spotify_assets.tables.store import decode, stored_weeks
from spotify_assets.weeks import describe_weeks

SQL_TYPES = {
    "string": "VARCHAR",
    "date32[day]": "DATE",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    "timestamp[ms]": "TIMESTAMP",
    "list<item: string>": "VARCHAR[]",
}
READING = ("SELECT", "EXPLAIN", "SET", "PRAGMA", "MULTI")  # PIVOT is parsed as MULTI
CONFINED = re.compile(r"disabled (by|through) configuration|configuration has been locked")
READ_SINCE = "v1.0.0"  # of DuckDB can files be read: other programs bring older ones than ours
TABLE_FILE = re.compile(
    rf"""([A-Z]:)?/[^'"\n]*{TABLE_FILES}[^'"\n]*?(?:/week=(?P<week>[\d-]+)/[^'"\n]*)?\.parquet"""
)


@dataclass(frozen=True)
class DuckDBCatalog(Catalog):
    """See `Catalog`; the views in a file, over the tables of a folder."""

    storage: Storage
    database: Path

    @property
    def location(self) -> str:
        return str(self.database)

    def publish(self, stored: Mapping[str, Collection[date]]) -> dict[str, Any]:
        before = self.weeks()
        self.database.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.database.parent, prefix=".publishing-") as aside:
            # Of the same name, because DuckDB calls a database by its file and views may say so.
            fresh = Path(aside) / self.database.name
            readable: dict[str, Any] = {"storage_compatibility_version": READ_SINCE}
            with (
                _said_in_words(self.storage),
                duckdb.connect(str(fresh), config=readable) as connection,
            ):
                create_views(connection, self.storage, stored)
            try:
                os.replace(fresh, self.database)  # noqa: PTH105 - atomic on every system
            except PermissionError as error:
                raise UserError(
                    f"{self.database} can't be replaced ({error.strerror}). On Windows that is so while "
                    "another program has it open: close it there, and run `spotify-assets update` again."
                ) from None
        changes: dict[str, Any] = {}
        for what, old, new in (("weeks added", before, stored), ("weeks removed", stored, before)):
            for name in TABLES:
                if weeks := {*new.get(name, ())} - {*old.get(name, ())}:
                    changes.setdefault(what, {})[name] = describe_weeks(weeks)
        return changes

    def weeks(self) -> dict[str, set[date]]:
        """See `Catalog`. There are none in a file that can't be read, or over another folder."""
        try:
            with self._open() as connection:
                return _weeks_named(connection, self.storage)
        except (UserError, duckdb.Error):
            return {}

    def differing_columns(self) -> list[str]:
        listed = "SELECT table_name, column_name, data_type FROM information_schema.columns"
        found: dict[str, dict[str, str]] = {}
        for name, column, sql_type in self.query(listed).rows:
            found.setdefault(name, {})[column] = sql_type
        return interface.differences(found, SQL_TYPES)

    def query(self, sql: str) -> Answer:
        with _said_in_words(self.storage):
            _require_reading(sql)
        with self._open_here() as connection, _said_in_words(self.storage):
            self._confine(connection)
            result = connection.execute(sql)
            return Answer([column[0] for column in result.description or ()], result.fetchall())

    def save(self, sql: str, database: Path, table: str) -> None:
        with _said_in_words(self.storage):
            _require_reading(sql)
        with self._open_here() as connection, _said_in_words(self.storage):
            connection.execute(f"ATTACH {_quoted(str(database))} AS saved_answers (READ_WRITE)")
            self._confine(connection)
            names = connection.sql(sql).columns
            interface.require_distinct([name.lower() for name in names], "a table")
            connection.execute(f"CREATE TABLE saved_answers.{table} AS {sql}")
            connection.execute("DETACH saved_answers")

    @contextmanager
    def _open_here(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the catalog; after its folder was moved or copied, over the tables that came along."""
        with self._open() as connection:
            named = _weeks_named(connection)
            if not any(named.values()) or any(_weeks_named(connection, self.storage).values()):
                yield connection
                return
        with duckdb.connect() as connection:
            with _said_in_words(self.storage):
                create_views(connection, self.storage, named)
            yield connection

    def _open(self) -> duckdb.DuckDBPyConnection:
        if not self.database.exists():
            raise UserError(
                f"There is no catalog at {self.database} yet: drop chart files into the inbox and run "
                "`spotify-assets update`, or `spotify-assets demo` for made-up ones."
            )
        connection = duckdb.connect()  # of its own: what confines it stays out of other connections
        try:
            name = '"' + self.database.stem.replace('"', '""') + '"'  # as if it had been opened
            connection.execute(f"ATTACH {_quoted(str(self.database))} AS {name} (READ_ONLY)")
            connection.execute(f"USE {name}")
            connection.execute(f"SET temp_directory = {_quoted(f'{self.database}.tmp')}")
            return connection
        except duckdb.Error as error:
            connection.close()
            raise UserError(
                f"The catalog {self.database} can't be opened: {error}\nIt has no rows of its own: "
                "`spotify-assets update` makes it again."
            ) from None

    def _confine(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection read table files, write to what is attached, and nothing else for good."""
        folder = _quoted(self.storage.location(TABLE_FILES))
        connection.execute(f"SET allowed_directories = [{folder}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")


def create_views(
    connection: duckdb.DuckDBPyConnection, storage: Storage, stored: Mapping[str, Collection[date]]
) -> None:
    """Create a view for each table over its weeks' files, and every analytics view over these."""
    for table in TABLES.values():
        weeks = sorted(stored.get(table.name, ()))
        files = [storage.location(table_key(table.name, week)) for week in weeks]
        connection.execute(f"CREATE VIEW {table.name} AS {_select(table, files)}")
    files = [storage.location(IDENTITIES)] if storage.exists(IDENTITIES) else []
    connection.execute(f"CREATE VIEW song_identities AS {_select(SONG_IDENTITIES, files)}")
    for view in VIEWS:
        connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")


def _weeks_named(
    connection: duckdb.DuckDBPyConnection, storage: Storage | None = None
) -> dict[str, set[date]]:
    """Return the weeks whose files the tables' views name; with a storage, only files in it count."""
    views = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal"
    texts = dict(connection.execute(views).fetchall())
    folder = re.escape(_quoted(storage.location(TABLE_FILES)).rstrip("/'")) if storage else ""
    named = {}
    for name in TABLES:
        file = rf"{folder}/{name}/week=(\d{{4}}-\d\d-\d\d)/{name}\.parquet'"
        named[name] = {date.fromisoformat(week) for week in re.findall(file, texts.get(name, ""))}
    return named


def _require_reading(sql: str) -> None:
    statements = duckdb.extract_statements(sql)
    words = [statement.type.name for statement in statements]
    interface.require_reading(words, READING)
    for statement, word in zip(statements, words, strict=True):
        if word == "EXPLAIN":  # with ANALYZE it does what it explains
            _require_reading(interface.without_explain(statement.query))
    if words.count("SELECT") > 1:
        raise QueryError(
            "These are several queries, and only one can be answered: run them singly."
        )


@contextmanager
def _said_in_words(storage: Storage) -> Iterator[None]:
    """Raise what DuckDB raises within as a QueryError; where a table's file is the cause, name it."""
    try:
        yield
    except duckdb.Error as error:
        said, is_vague = str(error), type(error) in (duckdb.Error, duckdb.InvalidInputException)
        if CONFINED.search(said):
            raise QueryError(
                f"{said.splitlines()[0]}\nQueries read the tables and views of this base, but no other "
                "files, and change no options. To join files of yours: spotify-assets export -o "
                "FILE.duckdb, which you can open with DuckDB itself."
            ) from None
        # Of a damaged file, DuckDB often says no more than "TProtocolException: Invalid data".
        file = TABLE_FILE.search(said) or (is_vague and TABLE_FILE.search(_damaged_file(storage)))
        if file:
            remedy = (
                f"--weeks {file['week']}"
                if file["week"]
                else "makes it again once you have deleted it"
            )
            said = (
                f"{said.splitlines()[0]}\nThe table file {file[0]} is missing or damaged, so no query "
                "that needs it can be answered. If a run is making its week now, try again when that "
                f"has ended; else: spotify-assets update {remedy}"
            )
        raise QueryError(said) from None


def _damaged_file(storage: Storage) -> str:
    """Return the place of the first table file that can't be read, or nothing where all can be."""
    storage = storage.now
    stored = stored_weeks(storage)
    weekly = [(week, table_key(name, week)) for name in TABLES for week in stored.get(name, ())]
    for week, key in (*weekly, (date.min, IDENTITIES)):
        try:
            decode(storage.read(key), week).validate(full=True)
        except (OSError, ValueError, pa.ArrowException):
            return storage.location(key)
    return ""


def _select(table: Table, files: Collection[str]) -> str:
    types = types_of(table, SQL_TYPES)
    if not files:
        nothing = ", ".join(f"CAST(NULL AS {types[name]}) AS {name}" for name in types)
        return f"SELECT {nothing} WHERE false"
    columns = ", ".join(f"CAST({name} AS {types[name]}) AS {name}" for name in types)
    options = "union_by_name = true"
    if WEEK.name in types:
        options += ", hive_partitioning = true, hive_types = {'week': DATE}"
    paths = ", ".join(map(_quoted, files))
    return f"SELECT {columns} FROM read_parquet([{paths}], {options})"  # noqa: S608


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
