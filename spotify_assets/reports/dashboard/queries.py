"""The dashboard's queries: the SQL views for figures, the tables for names and for what is held back.

The statements are in `sql/`, all of them in the subset of SQL that DuckDB and Athena share. What is made
of their answers is in `records` and `series`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from spotify_assets.charts import Charts
from spotify_assets.reports import Query, Row, source

# Rows of charts; if fewer are too many for the page, it leaves out the leaders of earlier years as well.
MOSTLY_FIT = 60_000
MOST_ROWS = 200_000  # of charts; a page can't have more, however short their names are
LATEST = (
    "SELECT * FROM ({history}) AS history WHERE week >= DATE '{since}' ORDER BY chart, week, rank"
)
COUNTRY = re.compile(r"[a-z]{2}")  # not `global`


@dataclass(frozen=True)
class Answers:
    """The answers to the statements of these names. `anchor` is the chart compared with.

    `history` has the rows of the weeks from `since` on, and `earlier` and `earlier_songs` what the page
    needs of those before; without `since` it has all.
    """

    history: Sequence[Row] = ()
    since: date | None = None
    earlier: Sequence[Row] = ()
    earlier_songs: Sequence[Row] = ()
    chart_weeks: Sequence[Row] = ()
    genres: Sequence[Row] = ()
    artists: Sequence[Row] = ()
    albums: Sequence[Row] = ()
    overlap: Sequence[Row] = ()
    recordings: Sequence[Row] = ()
    countries: Sequence[Row] = ()
    sources: Sequence[Row] = ()
    labels: Sequence[Row] = ()
    years: Sequence[Row] = ()
    held_back: Sequence[Row] = ()
    anchor: str = ""


def query_views(
    query: Query,
    charts: Charts,
    weeks: Mapping[str, Collection[date]],
    most_rows: int = MOST_ROWS,
) -> Answers:
    """Return everything that the page needs; `weeks` are those that the catalog shows, by table.

    Of more than `most_rows` rows of charts, those of the latest weeks are returned, and totals of the
    others.

    Charts are compared with `global`, or with the first where that isn't collected: all with all would
    be as many figures as charts squared.

    Raises:
        UserError: the catalog can't be queried.
    """

    def answer(name: str, **values: str) -> Sequence[Row]:
        return query(source(f"dashboard/sql/{name}.sql").format(**values)).rows

    held_back = answer("held_back") if weeks.get("check_results") else ()
    if not weeks.get("songs"):
        return Answers(held_back=held_back)
    names = ("chart_weeks", "genres", "artists", "albums", "sources", "labels")
    found = {name: answer(name) for name in names}
    since = _since(found["chart_weeks"], most_rows)
    if since is None:
        found["history"] = answer("history")
    else:
        history = source("dashboard/sql/history.sql")
        found["history"] = query(LATEST.format(history=history, since=since)).rows
        found |= {name: answer(name, since=f"{since}") for name in ("earlier", "earlier_songs")}
    slugs = sorted({row[0] for row in found["chart_weeks"]})
    anchor = "global" if "global" in slugs else slugs[0] if slugs else ""
    homes = ", ".join(
        f"({_quoted(chart.slug)}, {_quoted(chart.country.upper())})"
        for chart in charts.charts
        if chart.slug in slugs and COUNTRY.fullmatch(chart.country)
    )
    return Answers(
        **found,
        since=since,
        overlap=answer("overlap", anchor=_quoted(anchor)),
        recordings=answer("recordings", homes=homes, anchor=_quoted(anchor)) if homes else (),
        countries=answer("countries", homes=homes) if homes else (),
        years=answer("years") if sum(row[2] for row in found["chart_weeks"]) > MOSTLY_FIT else (),
        held_back=held_back,
        anchor=anchor,
    )


def _since(chart_weeks: Sequence[Row], most_rows: int) -> date | None:
    """Return the first of the latest weeks that have no more rows than that; None if all have not."""
    entries: Counter[date] = Counter()
    for _, week, rows, *_ in chart_weeks:
        entries[week] += rows
    latest = sorted(entries, reverse=True)
    fitting = sum(total <= most_rows for total in accumulate(entries[week] for week in latest))
    return None if fitting == len(latest) else latest[max(fitting, 1) - 1]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
