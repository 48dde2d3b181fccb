"""The analytics views, read from `spotify_assets/sql/*.sql`: meaning, columns, statement, order.

A file is one SELECT that Trino and DuckDB read alike, below a comment: what a row is, then
after `-- Columns:` a line per column, `--   name: meaning`, or `--   songs.week` or `--   songs.*` for
what means the same as in a table or view that this one selects from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from importlib import resources

from spotify_assets.errors import QueryError
from spotify_assets.tables.schemas import EVERY_TABLE

HEADER = re.compile(r"(?P<words>(?:--.*\n)+?)-- Columns:\n(?P<columns>(?:--.*\n)+)")
COLUMN = re.compile(r"--   (?:(?P<name>\w+): (?P<meaning>\S.*)|(?P<of>\w+)\.(?P<same>\w+|\*))")
SELECTS_FROM = re.compile(r"\b(?:FROM|JOIN) (\w+)")


@dataclass(frozen=True)
class View:
    """A view, and its columns with their meanings."""

    name: str
    meaning: str
    columns: dict[str, str]
    sql: str


def read_views(files: Mapping[str, str]) -> tuple[View, ...]:
    """Return the views of these files, a statement by each name, in an order to create them in.

    Raises:
        ValueError: a comment doesn't document its view as it should; names the file and the line.
    """
    sources = {
        name: sorted({*SELECTS_FROM.findall(re.sub("--.*", "", sql))} & files.keys())
        for name, sql in sorted(files.items())
    }
    known = {
        table.name: {c.name: c.meaning for c in table.columns} for table in EVERY_TABLE.values()
    }
    views = []
    for name in TopologicalSorter(sources).static_order():
        view = _read_view(name, files[name], known)
        known[name] = view.columns
        views.append(view)
    return tuple(views)


def _read_view(name: str, sql: str, known: Mapping[str, Mapping[str, str]]) -> View:
    header = HEADER.match(sql)
    if header is None:
        raise ValueError(f"sql/{name}.sql: begin with a comment that has a line `-- Columns:`")
    columns: dict[str, str] = {}
    for line in header["columns"].splitlines():
        found = COLUMN.fullmatch(line)
        if found is None:
            raise ValueError(
                f"sql/{name}.sql: {line!r} is neither `--   name: meaning` nor `--   table.name`"
            )
        others = known.get(found["of"], {})
        if found["name"]:
            columns[found["name"]] = found["meaning"]
        elif found["same"] == "*":
            columns |= others
        elif found["same"] in others:
            columns[found["same"]] = others[found["same"]]
        else:
            raise ValueError(f"sql/{name}.sql: {line!r} names no column of a table or view")
    paragraph = header["words"].split("\n--\n")[0]
    return View(name, paragraph.replace("\n--", "").strip("-. \n"), columns, sql)


VIEWS = read_views(
    {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in resources.files("spotify_assets").joinpath("sql").iterdir()
        if file.name.endswith(".sql")
    }
)


YEAR_OF_A_RANGE = """chart_years AS (
    SELECT
        chart,
        CAST(year(max(max(week_end)) OVER ()) AS integer) AS year,
        min(week) AS first_week,
        max(week) AS last_week,
        count(DISTINCT week) AS weeks,
        CASE WHEN count(*) = count(streams) THEN 'streams' ELSE 'points' END AS measure
    FROM songs
    WHERE week BETWEEN DATE '{first}' AND DATE '{last}'
    GROUP BY chart
),

year_charts AS ({year_charts})"""  # the first as in `chart_years.sql`, but of these weeks
CTES = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*WITH\b(\s+RECURSIVE\b)?", re.IGNORECASE | re.DOTALL
)
OF_YEARS = re.compile(r"\b(chart_years|year_charts)\b", re.IGNORECASE)


def over_range(sql: str, first: date, last: date) -> str:
    """Return a query in which `chart_years` and `year_charts` are those of the weeks from first to last.

    A name in WITH goes before a view's. Weeks are told by their Fridays, and the `year` of all is that
    of the last week's Thursday.

    Raises:
        QueryError: the query names neither view, or the range ends before it begins.
    """
    if first > last:
        raise QueryError(f"--from {first} is after --to {last}.")
    if not OF_YEARS.search(sql):
        raise QueryError(
            "--from and --to are for chart_years and year_charts, and the query names neither. Write "
            "the weeks into it, as in WHERE week BETWEEN DATE '2026-01-02' AND DATE '2026-03-27'."
        )
    body = next(view.sql for view in VIEWS if view.name == "year_charts")
    named = YEAR_OF_A_RANGE.format(first=first, last=last, year_charts=f"\n{body}\n")
    ctes = CTES.match(sql)
    return f"WITH{ctes[1] or ''} {named}, {sql[ctes.end() :]}" if ctes else f"WITH {named}\n{sql}"
