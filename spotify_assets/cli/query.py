"""`spotify-assets query`: SQL in, a table, CSV or JSON out."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click
import duckdb

from spotify_assets.catalogs.duckdb_catalog import open_catalog, shows_another_place
from spotify_assets.cli import FAILED
from spotify_assets.errors import QueryError, UserError
from spotify_assets.layout import PUBLISHED
from spotify_assets.settings import Settings, load_settings, require_possible
from spotify_assets.storage import open_storage

ROWS_ON_A_TERMINAL = 200
ONLY_READ = (
    "is refused: queries only read. What is made of the raw files is up to `spotify-assets update`; "
    "--csv and --json give an answer to keep."
)
READING = ("SELECT", "EXPLAIN", "SET", "PRAGMA", "MULTI")  # MULTI is what PIVOT is taken apart to


def query(sql: str, output: str | None) -> int:
    """Run the command; gives its exit code."""
    try:
        names, rows = answer(load_settings(), sql)
    except (duckdb.Error, QueryError) as error:
        click.echo("\n".join(_complaint(str(error))), err=True)
        return FAILED
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_csv_cell(value) for value in row] for row in rows)
    elif output == "json":
        items = [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in rows]
        click.echo(json.dumps(items, ensure_ascii=False, indent=1))
    elif not rows:
        click.echo("No rows.", err=True)
    elif sys.stdout.isatty():
        _print_for_people(names, rows)
    else:
        _print_aligned(names, rows)
    return 0


def answer(settings: Settings, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and rows that the catalog of the settings answers.

    Raises:
        QueryError: the statement can't be answered; by DuckDB, also its own errors.
        UserError: the catalog can't be asked.
    """
    if settings.catalog == "glue":
        from spotify_assets.catalogs.athena import ask, reads_only
        from spotify_assets.catalogs.aws import aws_catalog

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


def _complaint(message: str) -> list[str]:
    """The lines to show of an error; where it names a table's file, those that do, and the remedy.

    Of a CSV file, DuckDB goes on for pages with advice on the settings of its reader.
    """
    if PUBLISHED not in message:
        return [message]
    first, *more = message.splitlines()
    file = [] if PUBLISHED in first else [next(line.strip() for line in more if PUBLISHED in line)]
    return [first, *file, "What is wrong with it, and how to mend it: spotify-assets doctor"]


def _refuse_another_place(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    if shows_another_place(connection, open_storage(settings.base)):
        raise UserError(
            f"The catalog {settings.database} shows tables of another place: {settings.base} was "
            "moved or copied here. Publish it anew: spotify-assets update"
        )


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
    result = connection.execute(sql)
    return [column[0] for column in result.description or ()], result.fetchall()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return json.dumps(_plain(value), ensure_ascii=False)
    return value


def _plain(value: Any) -> Any:
    """What JSON can hold of a value; a number that is none is null, as JSON knows no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, date | datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def _print_for_people(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, numeric in zip(names, _numeric(rows), strict=True):
        table.add_column(Text(name), justify="right" if numeric else "left")
    for row in rows[:ROWS_ON_A_TERMINAL]:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console().print(table)
    if len(rows) > ROWS_ON_A_TERMINAL:
        click.echo(
            f"{ROWS_ON_A_TERMINAL} of {len(rows)} rows; --csv or --json print them all.", err=True
        )


def _print_aligned(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Without a terminal nothing is wrapped or cut: a line is a row."""
    from rich.cells import cell_len

    lines = [list(names), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    columns = list(zip(widths, _numeric(rows), strict=True))
    for line in lines:
        cells = []
        for text, (width, numeric) in zip(line, columns, strict=True):
            padding = " " * (width - cell_len(text))
            cells.append(padding + text if numeric else text + padding)
        click.echo("  ".join(cells).rstrip())


def _numeric(rows: Sequence[tuple[Any, ...]]) -> list[bool]:
    shown = list(zip(*rows[:50], strict=True))
    return [any(isinstance(value, int | float | Decimal) for value in column) for column in shown]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    if isinstance(value, float):
        large = math.isfinite(value) and abs(value) >= 1000
        return f"{value:.1f}" if large else f"{value:.4g}"
    # A title can hold what a terminal would obey.
    return "".join(c if c.isprintable() else " " for c in str(value))
