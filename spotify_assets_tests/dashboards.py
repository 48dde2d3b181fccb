"""Pages for tests, drawn from tables in memory, and Chromium to open them in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from spotify_assets.catalog.interface import Answer
from spotify_assets.catalog.views import VIEWS
from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.demo import sample_files
from spotify_assets.layout import RawName
from spotify_assets.raw.recognise import recognise
from spotify_assets.reports import Query, Row
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import Answers, query_views
from spotify_assets.reports.dashboard.records import records_of
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.chart_frames import identities_of
from spotify_assets_tests.fixed_clock import NOW

FIRST_WEEK = date(2016, 12, 23)
SHIPPED = read_charts(shipped_charts_file())
HOSTILE = (
    "</script><script>document.title = 'taken'</script>",
    "<img src=https://example.org/x onerror=\"document.title='taken'\">",
    "\u202eevil & \"quoted\" 'name' \\u003c {{x}} ${x}",
    "<!--<script>",
)
WINDOW: ViewportSize = {"width": 1366, "height": 900}
Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Drawn:
    """A page in a file, and the engine with the views that it was drawn from."""

    path: Path
    views: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[Row]:
        """What the views answer."""
        return self.views.execute(sql).fetchall()


def tables_of(files: Iterable[tuple[str, bytes]], charts: Charts = SHIPPED) -> Tables:
    """The tables of raw files, each given by a name and its content."""
    raw: list[tuple[RawName, bytes]] = []
    for name, content in files:
        found = recognise(name, content, charts, FIRST_WEEK, NOW)
        raw += [(each, content) for each in found]
    return derive_tables(sorted(raw), charts).tables


def sample_tables(last_week: date, weeks: int) -> Tables:
    """The demo's tables of some weeks."""
    return tables_of((sample.name, sample.content) for sample in sample_files(last_week, weeks))


def tables_from(**rows: Iterable[Mapping[str, Any]]) -> Tables:
    """Tables of rows that are given by hand; what they leave out is null."""
    return {
        name: pa.Table.from_pylist(
            [dict.fromkeys(table.schema.names) | dict(row) for row in rows.get(name, ())],
            schema=table.schema,
        )
        for name, table in TABLES.items()
    }


def result(
    week: date,
    check: str = "songs.row_count",
    finding: str | None = None,
    *examples: Mapping[str, Any],
    chart: str | None = None,
    severity: str = "ERROR",
) -> dict[str, Any]:
    """A row of check_results, which failed if there is a finding."""
    table, _, name = check.partition(".")
    return {
        "week": week,
        "table_name": table,
        "check_name": name,
        "chart": chart,
        "severity": severity,
        "passed": finding is None,
        "findings": int(finding is not None),
        "finding": finding,
        "examples": [json.dumps(row) for row in examples],
    }


def engine_with(tables: Tables) -> duckdb.DuckDBPyConnection:
    """DuckDB with these tables and our views over them."""
    views = duckdb.connect()
    views.execute("SET integer_division = true")
    for name, table in {**tables_from(), **tables}.items():
        views.register(name, table)
        if name == "songs":
            views.register("song_identities", identities_of(table))
    for view in VIEWS:
        views.execute(f"CREATE VIEW {view.name} AS\n{view.sql}")
    return views


def query_of(engine: duckdb.DuckDBPyConnection) -> Query:
    """What a catalog's `query` is, over this engine."""
    return lambda sql: Answer([], engine.execute(sql).fetchall())


def answers(tables: Tables, charts: Charts = SHIPPED) -> tuple[Answers, duckdb.DuckDBPyConnection]:
    """The answers of the page's queries over these tables, and the engine with the views."""
    engine = engine_with(tables)
    weeks = {
        name: set(table.column("week").to_pylist()) for name, table in tables.items() if len(table)
    }
    return query_views(query_of(engine), charts, weeks), engine


def records(tables: Tables, charts: Charts = SHIPPED, kept: int | None = None) -> dict[str, Any]:
    """The page's data over these tables."""
    return records_of(answers(tables, charts)[0], charts, NOW, kept)


def draw(folder: Path, tables: Tables, charts: Charts = SHIPPED) -> Drawn:
    """The page over these tables; over none at all, that of a new base."""
    found, engine = answers(tables, charts)
    path = folder / "dashboard.html"
    path.write_bytes(dashboard_page(found, charts, NOW))
    return Drawn(path, engine)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, page_file: Path, state: str = "", **context: Any) -> Iterator[Page]:
    """The page once all is drawn; in the end it must have requested and logged nothing.

    It is in a context of its own if that has settings, and else in one tab, loaded again.
    """
    address = page_file.as_uri()
    requested: list[str] = []
    logged: list[str] = []
    noted = {
        "request": lambda request: requested.append(request.url),
        "console": lambda message: logged.append(message.text),
        "pageerror": lambda error: logged.append(str(error)),
    }
    with ExitStack() as stack:
        if context:
            own = browser.new_context(**{"viewport": WINDOW, **context})
            page = stack.enter_context(own).new_page()
        else:
            page = _one_tab(browser)
            page.goto("about:blank")
        for event, note in noted.items():
            page.on(event, note)  # type: ignore[call-overload]
            stack.callback(page.remove_listener, event, note)
        page.goto(f"{address}#{state}")
        settled(page)
        yield page
        settled(page)
    assert [url for url in requested if not url.startswith(address)] == []
    assert logged == []


@cache
def _one_tab(browser: Browser) -> Page:
    return browser.new_context(viewport=WINDOW).new_page()  # which takes longer than to draw on it


def settled(page: Page) -> None:
    """Wait until all is drawn; a page without scripts is from the start."""
    drawn = page.locator("html[data-drawn=complete], html:not(:has(script))")
    drawn.wait_for(state="attached")


def everybody_can_read(page: Page) -> None:
    """What is on the page is accessible, and nothing is wider than the window."""
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def runs_a_foreign_script(page: Page) -> bool:
    """Whether a script that gets into the page runs."""
    ran: bool = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); return window.ran === 1; }"
    )
    return ran


def table_rows(page: Page) -> list[dict[str, str]]:
    """This week's chart as it is read on the page, by column."""
    names = ("rank", "move", "song", "last", "peak", "weeks", "streams")
    script = """(rows, names) => rows.map((row) => Object.fromEntries(names.map((name) => [name,
      name === "song"
      ? row.querySelector(".title").textContent + " | " + row.querySelector(".song .by").textContent
      : row.querySelector("td." + name) ? row.querySelector("td." + name).textContent : ""])))"""
    found: list[dict[str, str]] = page.locator("#table tbody tr").evaluate_all(script, list(names))
    return found
