"""`spotify-assets export`: a table, a view or an answer as a file of the format that its suffix names.

What is asked for is first a typed table of a DuckDB file beside the file to come. Each format is a
copy of it, put in place when it is complete. How the table is filled is in the package `catalog`.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import click
import duckdb
import pyarrow as pa

from spotify_assets.catalog import Catalog, open_catalog
from spotify_assets.catalog.duckdb import READ_SINCE
from spotify_assets.catalog.views import VIEWS
from spotify_assets.cli import FAILED, hints
from spotify_assets.cli.environment import base_of
from spotify_assets.cli.query import statement
from spotify_assets.errors import QueryError, UserError
from spotify_assets.settings import Settings, load_settings
from spotify_assets.tables.schemas import EVERY_TABLE
from spotify_assets.words import counted, listed

FORMATS = (".xlsx", ".csv", ".parquet", ".json", ".duckdb")
COLUMNS = {table.name: table.schema.names for table in EVERY_TABLE.values()} | {
    view.name: list(view.columns) for view in VIEWS
}
ANSWER = "answer"  # what the table is called that has the answer to a query
# What tells the rows of every table and view apart; a new column of this kind belongs here.
SORTED_BY = (
    *("week", "chart", "other_chart", "rank", "leader_rank", "year", "kind", "place"),
    *("table_name", "check_name", "song", "song_id", "song_key", "album_id", "artist_position"),
    *("artist_id", "genre_order", "genre", "label_family", "country", "id"),
)
MOST_ROWS = 1_048_575  # below the header
MOST_LETTERS = 32_767  # in a cell
MOST_DIGITS = 15  # in a number
FIRST_MONTH = (1900, 3)  # Excel has no earlier dates, but a 29 February 1900
WIDEST, ROWS_AT_A_TIME = 60, 10_000
IN_EXCEL = ("BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR")
NUMBERS = r"U?(TINY|SMALL|BIG|HUGE)INT|UINTEGER|DECIMAL.*"
NESTED = r".*\]|(STRUCT|MAP|UNION).*"
FORMULA = r"^[=+\-@\t\r]"


def export(
    what: str | None,
    output: Path,
    *,
    charts: Sequence[str],
    first: date | None,
    last: date | None,
    bom: bool,
    force: bool,
) -> int:
    """Run the command and return its exit code."""
    settings = load_settings()
    target = _target(output, settings, force=force)
    conditions = _conditions(settings, charts, first, last)
    suffix = target.suffix.lower()
    name = _name_of(what, suffix, conditions)
    catalog = open_catalog(settings, base_of(settings))
    is_whole = suffix == ".duckdb" and name != ANSWER
    try:
        with _aside(output, target) as aside, _progress() as say:
            stored, made = aside / "stored.duckdb", aside / f"made{suffix}"
            with duckdb.connect() as connection:
                to = str(stored).replace("'", "''")
                connection.execute(f"ATTACH '{to}' (STORAGE_VERSION '{READ_SINCE}')")
            if name == ANSWER:
                say("Asking")
                catalog.save(statement(what or ""), stored, ANSWER)
            names = [name] if not is_whole else list(COLUMNS if conditions else EVERY_TABLE)
            for number, of in enumerate(names if name != ANSWER else (), start=1):
                say(f"Asking for {of}, {number} of {len(names)}")
                _save(catalog, settings, stored, of, conditions)
            with duckdb.connect(str(stored)) as connection:
                # Views count all weeks, so those of only some are the tables that were asked for.
                for view in VIEWS if is_whole and not conditions else ():
                    connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")
                (count,) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0]  # noqa: S608
                if not count:
                    raise QueryError(_no_rows(catalog, name, conditions))
                say(f"Writing {counted(count, 'row')}")
                if suffix == ".xlsx":
                    _write_xlsx(connection, name, count, made, say)
                elif suffix != ".duckdb":
                    _copy(connection, name, made, bom=bom)
                formulas = _formulas(connection, name) if suffix == ".csv" and bom else 0
            os.replace(stored if suffix == ".duckdb" else made, target)  # noqa: PTH105 - as in catalog
    except QueryError as error:
        hints.say(str(error), err=True)
        return FAILED
    if formulas:
        click.echo(
            f"Note: in {counted(formulas, 'row')}, a text begins with =, +, - or @, which Excel takes "
            "for a formula if it opens the file by a double click. It is written as it is: import the "
            "file with Data > From Text/CSV, or export .xlsx, where texts are texts.",
            err=True,
        )
    others = ", and all other tables and views," if is_whole else ""
    click.echo(f"Exported {counted(count, 'row')} of {name}{others} to {output}")
    return 0


def _target(output: Path, settings: Settings, *, force: bool) -> Path:
    """Return where the file is to be, through links; a UserError if it can't or may not be there."""
    if output.suffix.lower() not in FORMATS:
        raise UserError(
            f"-o {output}: the suffix says the format, and has to be one of {', '.join(FORMATS)}."
        )
    target = output.resolve()
    if not target.parent.is_dir():
        raise UserError(f"-o {output}: there is no folder {target.parent}. Make it first.")
    if target.is_dir():
        raise UserError(f"-o {output} is a folder: name a file in it.")
    if target == settings.database.resolve():
        raise UserError(f"-o {output} is the catalog itself: name another file.")
    if target.exists() and not force:
        raise UserError(
            f"-o {output} exists already: name another file, or replace it with --force."
        )
    return target


def _conditions(
    settings: Settings, charts: Sequence[str], first: date | None, last: date | None
) -> dict[str, tuple[str, str]]:
    """Return a column and a condition on it, in SQL, for each of the options that are given."""
    conditions = {}
    if charts:
        found = [settings.charts.by_slug(c) or settings.charts.by_country(c) for c in charts]
        slugs = [chart.slug if chart else c for chart, c in zip(found, charts, strict=True)]
        texts = ", ".join("'" + slug.replace("'", "''") + "'" for slug in slugs)
        conditions["--chart"] = ("chart", f"chart IN ({texts})")
    if first:
        conditions["--from"] = ("week", f"week >= DATE '{first}'")
    if last:
        conditions["--to"] = ("week", f"week <= DATE '{last}'")
    return conditions


def _name_of(what: str | None, suffix: str, conditions: Mapping[str, tuple[str, str]]) -> str:
    """Return the table or view that is asked for, or `answer` for a query.

    Raises:
        UserError: there is none of this name, or it has no column that an option is about.
    """
    if what is None:
        if suffix != ".duckdb":
            raise UserError("Say what to export: a table, a view or SQL, before -o.")
        return next(iter(EVERY_TABLE))
    if what != "-" and re.fullmatch(r"[\w-]+", what):
        if what not in COLUMNS:
            raise UserError(f"There is no table or view {what}. There are {', '.join(COLUMNS)}.")
        for option, (column, _) in conditions.items():
            if column not in COLUMNS[what]:
                raise UserError(
                    f"{option} needs a column {column}, and {what} has none: leave it out."
                )
        return what
    if conditions:
        raise UserError(
            f"{next(iter(conditions))} is for tables and views: write the condition into the query."
        )
    return ANSWER


@contextmanager
def _aside(output: Path, target: Path) -> Iterator[Path]:
    """Yield a folder beside the file to come; what keeps a file from being written is a UserError."""
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".exporting-") as aside:
            yield Path(aside)
    except (OSError, duckdb.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UserError(f"{output} can't be written ({why}): name another file with -o.") from None


@contextmanager
def _progress() -> Iterator[Any]:
    """Yield what shows a sentence, and how long it has been at work, where there is a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_interactive
    ) as bar:
        task = bar.add_task("")
        yield lambda sentence: bar.update(task, description=sentence)


def _save(
    catalog: Catalog,
    settings: Settings,
    stored: Path,
    name: str,
    conditions: Mapping[str, tuple[str, str]],
) -> None:
    """Write a table or view, as far as the conditions go, into a table of a DuckDB file."""
    columns = COLUMNS[name]
    declared = EVERY_TABLE[name].columns if name in EVERY_TABLE else ()
    # Athena writes arrays without quotes, so that an item with a comma would come as two.
    on_athena = settings.catalog == "glue"
    lists = [c.name for c in declared if on_athena and pa.types.is_list(c.dtype)]
    selected = ", ".join(f"CAST({c} AS json) AS {c}" if c in lists else c for c in columns)
    met = [condition for column, condition in conditions.values() if column in columns]
    where = f" WHERE {' AND '.join(met)}" if met else ""
    order = ", ".join(column for column in SORTED_BY if column in columns)
    catalog.save(f"SELECT {selected} FROM {name}{where} ORDER BY {order}", stored, name)  # noqa: S608
    if lists:
        with duckdb.connect(str(stored)) as connection:
            for column in lists:
                to = f"VARCHAR[] USING CAST(CAST({column} AS JSON) AS VARCHAR[])"
                connection.execute(f"ALTER TABLE {name} ALTER {column} TYPE {to}")


def _no_rows(catalog: Catalog, name: str, conditions: Mapping[str, tuple[str, str]]) -> str:
    if not conditions:
        return f"There are no rows of {name}, so nothing was written."
    collected = "SELECT chart, min(week), max(week) FROM songs GROUP BY chart ORDER BY chart"
    charts = [
        f"{chart} ({first} to {last})" for chart, first, last in catalog.query(collected).rows
    ]
    return (
        f"{name} has no rows for {', '.join(conditions)}, so nothing was written. "
        f"Collected are {listed(charts, ', ') or 'no charts'}."
    )


def _types(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {name}").fetchall()}


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _copy(connection: duckdb.DuckDBPyConnection, name: str, made: Path, *, bom: bool) -> None:
    """Write a table as CSV, JSON or Parquet."""
    suffix = made.suffix
    columns = ", ".join(
        f"{_as_text(_quoted(column), of, suffix)} AS {_quoted(column)}"
        for column, of in _types(connection, name).items()
    )
    how = {
        ".csv": "FORMAT csv, HEADER",
        ".json": "FORMAT json, ARRAY",
        ".parquet": "FORMAT parquet",
    }
    copied = made.with_stem("copied")
    to = str(copied).replace("'", "''")
    connection.execute(f"COPY (SELECT {columns} FROM {name}) TO '{to}' ({how[suffix]})")  # noqa: S608
    if suffix != ".csv" or not bom:
        copied.rename(made)
        return
    with copied.open("rb") as without, made.open("wb") as file:
        file.write("\ufeff".encode())
        shutil.copyfileobj(without, file)


def _as_text(column: str, of: str, suffix: str) -> str:
    """Return the SQL of a column for a format that lacks its type: lists in CSV, NaN in JSON, ..."""
    if suffix in (".csv", ".xlsx") and re.fullmatch(NESTED, of):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if suffix == ".json" and of in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite({column}) THEN {column} END"
    if suffix == ".json" and of.startswith("TIMESTAMP"):
        return f"replace(CAST({column} AS VARCHAR), ' ', 'T')"
    if suffix == ".xlsx" and of == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {column})"
    if suffix == ".xlsx" and of not in IN_EXCEL and not re.fullmatch(NUMBERS, of):
        return f"CAST({column} AS VARCHAR)"
    return column


def _formulas(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Return how many rows have a text that a program for sheets may take for a formula."""
    texts = [_quoted(column) for column, of in _types(connection, name).items() if of == "VARCHAR"]
    found = " OR ".join(f"regexp_matches({column}, '{FORMULA}')" for column in texts) or "false"
    counted_rows = f"SELECT count(*) FROM {name} WHERE {found}"  # noqa: S608
    return int(connection.execute(counted_rows).fetchall()[0][0])


def _write_xlsx(
    connection: duckdb.DuckDBPyConnection, name: str, count: int, made: Path, say: Any
) -> None:
    """Write a table as a sheet: typed cells, a header that stays in sight, a filter on each column.

    Raises:
        UserError: the sheet would have more rows, or a cell more letters, than Excel has room for.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    if count > MOST_ROWS:
        raise UserError(
            f"{name} has {count:,} rows, and a sheet of Excel has room for {MOST_ROWS:,}: choose fewer "
            "with --chart, --from and --to, or WHERE in SQL, or export .csv or .parquet."
        )
    types = _types(connection, name)
    cells = {column: _as_text(_quoted(column), of, ".xlsx") for column, of in types.items()}
    longest = ", ".join(f"max(length(CAST({cell} AS VARCHAR)))" for cell in cells.values())
    widths = connection.execute(f"SELECT {longest} FROM {name}").fetchall()[0]  # noqa: S608
    rows = connection.execute(f"SELECT {', '.join(cells.values())} FROM {name}")  # noqa: S608
    options = {"constant_memory": True, "tmpdir": str(made.parent)}
    try:
        with xlsxwriter.Workbook(str(made), options) as book:
            sheet = book.add_worksheet(name)
            days = book.add_format({"num_format": "yyyy-mm-dd"})
            moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, count, len(cells) - 1)
            for place, (column, width) in enumerate(zip(cells, widths, strict=True)):
                sheet.set_column(place, place, min(max(len(column) + 3, (width or 0) + 1), WIDEST))
                sheet.write_string(0, place, column, book.add_format({"bold": True}))
            fetched = chain.from_iterable(iter(lambda: rows.fetchmany(ROWS_AT_A_TIME), []))
            for number, row in enumerate(fetched, start=1):
                if number % ROWS_AT_A_TIME == 0:
                    say(f"Writing row {number:,} of {count:,}")
                for place, value in enumerate(row):
                    if not _write_cell(sheet, number, place, value, days, moments):
                        raise UserError(
                            f"Row {number:,} has {len(value):,} letters in {list(cells)[place]}, and a "
                            f"cell of Excel has room for {MOST_LETTERS:,}: export .csv or .parquet."
                        )
    except FileCreateError as error:  # which is no OSError, and has one
        raise OSError(str(error)) from None


def _write_cell(sheet: Any, row: int, place: int, value: Any, days: Any, moments: Any) -> bool:
    """Write a value as what it is; return whether it has room. What Excel would alter is a text."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    if isinstance(value, bool):
        done = sheet.write_boolean(row, place, value)
    elif isinstance(value, float | int | Decimal) and _is_exact(value):
        done = sheet.write_number(row, place, value)
    elif isinstance(value, date) and (value.year, value.month) >= FIRST_MONTH:
        shown = moments if isinstance(value, datetime) else days
        done = sheet.write_datetime(row, place, value, shown)
    else:
        done = sheet.write_string(row, place, str(value))
    return bool(done == 0)


def _is_exact(number: float | Decimal) -> bool:
    """Return whether Excel, which keeps 15 digits, has room for all of this number's, if it has any."""
    if isinstance(number, Decimal):
        return len(number.as_tuple().digits) <= MOST_DIGITS
    return isinstance(number, float) or abs(number) < 10**MOST_DIGITS
