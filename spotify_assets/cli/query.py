"""`spotify-assets query`: SQL in, a table, CSV or JSON out.

How a value is printed belongs here; what may be queried, and who answers, in the package `catalog`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.catalog.interface import require_distinct
from spotify_assets.catalog.views import over_range
from spotify_assets.cli import FAILED
from spotify_assets.cli.hints import print_exactly, say
from spotify_assets.errors import QueryError
from spotify_assets.settings import load_settings
from spotify_assets.storage import open_storage
from spotify_assets.words import plain

ROWS_ON_A_TERMINAL = 200

ARRAYS_BY_ATHENA = (
    "Note: Athena writes arrays without quotes, so an item with a comma and a blank in it comes as two. "
    "CAST(column AS JSON) gives them exactly."
)


def query(sql: str, output: str | None, first: date | None, last: date | None) -> int:
    """Run the command and return its exit code."""
    settings = load_settings()
    try:
        catalog = open_catalog(settings, open_storage(settings.base))
        sql = statement(sql)
        if first or last:
            sql = over_range(sql, first or date.min, last or date.max)
        answer = catalog.query(sql)
        names, rows = answer.names, answer.rows
        if output == "json":
            require_distinct(names, "JSON")
    except QueryError as error:
        say(str(error), err=True)
        return FAILED
    has_arrays = any(isinstance(value, list) for row in rows for value in row)
    if has_arrays and settings.catalog == "glue":
        click.echo(ARRAYS_BY_ATHENA, err=True)
    if output == "csv":
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            cells = (_as_json(v) if isinstance(v, list | tuple | dict) else v for v in row)
            writer.writerow(cells)
        print_exactly(lines.getvalue())
    elif output == "json":
        items = [dict(zip(names, row, strict=True)) for row in rows]
        print_exactly(_as_json(items, indent=1) + "\n")
    elif not rows:
        click.echo("No rows.", err=True)
    elif sys.stdout.isatty():
        _print_for_people(names, rows)
    else:
        _print_aligned(names, rows)
    return 0


def statement(given: str) -> str:
    """Return the SQL of an argument, or of standard input where the argument is a lone "-"."""
    sql = sys.stdin.buffer.read().decode("utf-8-sig", "replace") if given == "-" else given
    # Where the locale isn't UTF-8, Python keeps bytes of the command line as they are.
    return sql.encode(errors="surrogateescape").decode(errors="replace")


def _as_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, indent=indent)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; NaN and infinity, which JSON doesn't know, are null."""
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
        table.add_column(Text(_cell(name)), justify="right" if numeric else "left")
    for row in rows[:ROWS_ON_A_TERMINAL]:
        table.add_row(*(Text(_cell(value)) for value in row))
    Console().print(table)
    if len(rows) > ROWS_ON_A_TERMINAL:
        click.echo(
            f"{ROWS_ON_A_TERMINAL} of {len(rows)} rows; --csv or --json print them all.", err=True
        )


def _print_aligned(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Print a line per row, of which nothing is wrapped or cut: there is no terminal."""
    from rich.cells import cell_len

    lines = [[_cell(value) for value in row] for row in (names, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    numeric = _numeric(rows)
    for line in lines:
        padded = [(text, " " * (w - cell_len(text))) for text, w in zip(line, widths, strict=True)]
        cells = [f"{b}{t}" if n else f"{t}{b}" for (t, b), n in zip(padded, numeric, strict=True)]
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
    return plain(value, sys.maxsize)  # a title may contain what a terminal would obey
