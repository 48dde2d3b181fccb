"""What people ask, in SQL: `query` gives a frame to notebooks and scripts, `answer` rows.

Both ask the catalog that is set, DuckDB or Athena, and refuse all that doesn't only read. Printing
is in `cli.query`; what our own code asks goes through `catalogs.answers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from spotify_assets.catalog.duckdb_catalog import (
    open_catalog,
    published_files_named,
    shows_another_place,
)
from spotify_assets.catalog.statements import without_explain
from spotify_assets.errors import QueryError, UserError
from spotify_assets.settings import Settings, load_settings, require_possible
from spotify_assets.storage import open_storage

if TYPE_CHECKING:
    import pandas as pd

ONLY_READ = (
    "is refused: queries only read. What is made of the raw files is up to `spotify-assets update`; "
    "--csv and --json give an answer to keep."
)
READING = ("SELECT", "EXPLAIN", "SET", "PRAGMA", "MULTI")  # MULTI is what PIVOT is taken apart to


def query(sql: str, settings: Settings | None = None) -> pd.DataFrame:
    """The answer to a statement as a frame, by default from the catalog that the environment names.

    Columns have pandas' nullable types, so whole numbers stay whole beside nulls; dates are Python's.

    Raises:
        QueryError: the statement can't be answered; by DuckDB, also its own errors.
        UserError: the catalog can't be asked, or a setting is wrong.
    """
    import pandas as pd  # takes half a second to load, which the command line needs not wait for

    names, rows = answer(settings or load_settings(), sql)
    return pd.DataFrame(rows, columns=pd.Index(names)).convert_dtypes()


def answer(settings: Settings, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and rows that the catalog of the settings answers.

    Raises:
        QueryError: the statement can't be answered; by DuckDB, also its own errors.
        UserError: the catalog can't be asked.
    """
    if settings.catalog == "glue":
        from spotify_assets.catalog.athena import ask, reads_only
        from spotify_assets.catalog.aws import aws_catalog

        require_possible(settings)
        if not sql.strip():
            raise QueryError("The query is empty.")
        if not reads_only(sql):
            raise QueryError(f"{sql.split()[0].upper()} {ONLY_READ}")
        found = ask(aws_catalog(settings), sql)
        return found.names, found.rows
    with open_catalog(settings.database) as connection:
        _refuse_another_place(settings, connection)
        return _ask(connection, sql)


def _refuse_another_place(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    if shows_another_place(connection, open_storage(settings.base)):
        raise UserError(
            f"The catalog {settings.database} shows tables of another place: {settings.base} was "
            "moved or copied here. Publish it anew: spotify-assets update"
        )


def _refuse_what_writes(explained: str) -> None:
    told = without_explain(explained)
    for statement in duckdb.extract_statements(told) if told else ():
        if statement.type.name not in READING:
            raise QueryError(f"EXPLAIN of {statement.type.name} {ONLY_READ}")


def _ask(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and rows of a statement; QueryError where it isn't one that reads."""
    statements = duckdb.extract_statements(sql)
    if not statements:
        raise QueryError("The query is empty.")
    for statement in statements:
        if statement.type.name not in READING:
            raise QueryError(f"{statement.type.name} {ONLY_READ}")
        if statement.type.name == "EXPLAIN":  # with ANALYZE it does what it explains
            _refuse_what_writes(statement.query)
    if sum(statement.type.name == "SELECT" for statement in statements) > 1:
        raise QueryError("These are several queries, and one answer can be shown: ask them singly.")
    with published_files_named():
        result = connection.execute(sql)
        return [column[0] for column in result.description or ()], result.fetchall()
