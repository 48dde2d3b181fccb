"""Dashboards for tests: pages over tables held in memory, and Chromium to open them in.

What a page should show belongs in the tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from spotify_assets.catalog.views import VIEWS
from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.demo import sample_files
from spotify_assets.layout import RawName
from spotify_assets.raw.recognise import recognise
from spotify_assets.reports.dashboard.queries import NOTHING, ask_views
from spotify_assets.reports.dashboard.records import HeldBack, records_of
from spotify_assets.reports.dashboard.size import fitting_document
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.fixed_clock import NOW

FIRST_WEEK = date(2016, 12, 23)
SHIPPED = read_charts(shipped_charts_file())
Tables = Mapping[str, pa.Table]


@dataclass
class Drawn:
    """A page in a file, and the engine with the views that it was drawn from."""

    path: Path
    views: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
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


def tables_from(rows: Mapping[str, Iterable[dict[str, Any]]]) -> Tables:
    """Tables of rows that are given by hand."""
    return {
        name: pa.Table.from_pylist(
            [dict.fromkeys(table.schema.names) | row for row in rows.get(name, ())],
            schema=table.schema,
        )
        for name, table in TABLES.items()
    }


def records(
    tables: Tables | None, charts: Charts = SHIPPED, held_back: Sequence[HeldBack] = ()
) -> tuple[dict[str, Any], duckdb.DuckDBPyConnection]:
    """The page's data over these tables, and the engine with the views."""
    views = duckdb.connect()
    views.execute("SET integer_division = true")
    for name, table in (tables or {}).items():
        views.register(name, table)
    for view in VIEWS if tables else ():
        views.execute(f"CREATE VIEW {view.name} AS\n{view.sql}")
    answers = NOTHING
    if tables:
        answers = ask_views(lambda sql: views.execute(sql).fetchall(), charts)
    return records_of(answers, charts, NOW, held_back), views


def draw(folder: Path, tables: Tables | None, **more: Any) -> Drawn:
    """The page over these tables; over none at all, that of a new base."""
    found, views = records(tables, **more)
    path = folder / "dashboard.html"
    path.write_bytes(fitting_document(found))
    return Drawn(path, views)


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
def opened(browser: Browser, drawn: Drawn, state: str = "", **context: Any) -> Iterator[Page]:
    """The page once all is drawn; in the end it must have asked for nothing and said nothing."""
    viewport = {"width": 1366, "height": 900}
    with browser.new_context(**{"viewport": viewport, **context}) as fresh:
        page = fresh.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        address = drawn.path.as_uri()
        page.goto(f"{address}#{state}")
        settled(page)
        yield page
        settled(page)
        assert [url for url in asked if not url.startswith(address)] == []
        assert said == []


def settled(page: Page) -> None:
    """Wait until all is drawn."""
    page.locator("html[data-drawn=complete]").wait_for(state="attached")


def table_rows(page: Page) -> list[dict[str, str]]:
    """This week's chart as it is read on the page, by column."""
    names = ("rank", "move", "song", "last", "peak", "weeks", "streams")
    script = """(rows, names) => rows.map((row) => Object.fromEntries(names.map((name) => [name,
      name === "song"
      ? row.querySelector(".title").textContent + " | " + row.querySelector(".by").textContent
      : row.querySelector("td." + name) ? row.querySelector("td." + name).textContent : ""])))"""
    found: list[dict[str, str]] = page.locator("#table tbody tr").evaluate_all(script, list(names))
    return found
