"""The dashboard of two charts over 104 weeks: `python -m benchmarks.dashboard [--rounds N]`.

How long it takes to build from the catalog's views, how large it is, and how soon Chromium shows it.
Once for charts of 50 with all details, as playlists have them, and once for chart files of 200. What
the figures mean is in the README beside this.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from dagster_duckdb import DuckDBResource

from benchmarks.ours import make_tables
from spotify_assets.catalog.answers import answering
from spotify_assets.catalog.duckdb_catalog import publish
from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.demo import sample_files
from spotify_assets.layout import DASHBOARD, RawName, published_key, table_key
from spotify_assets.raw.recognise import recognise
from spotify_assets.reports.dashboard.queries import ask_views
from spotify_assets.reports.dashboard.records import records_of
from spotify_assets.reports.dashboard.size import fitting_document
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import write_week
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock

WEEKS = 104
SONGS = 200
NEW_EACH_WEEK = 20
CHARTS = read_charts(shipped_charts_file())
LAST = latest_closed_week(system_clock())
FIRST = LAST - ONE_WEEK * (WEEKS - 1)
WANTED = {"build": 3.0, "readable": 1.0, "complete": 3.0, "bytes": 6_000_000}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard")
    parser.add_argument("--rounds", type=int, default=5, help="how often it is measured")
    rounds = parser.parse_args().rounds
    for name, files in (("playlists of 50", playlists()), ("chart files of 200", chart_files())):
        with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
            storage = FolderStorage(Path(folder))
            for key, content in files:
                storage.write(key, content)
            measure(name, storage, rounds)


def playlists() -> Iterator[tuple[str, bytes]]:
    """The demo's raw files: of Global a chart file as well."""
    for sample in sample_files(LAST, WEEKS):
        (name,) = recognise(sample.name, sample.content, CHARTS, FIRST, system_clock())
        yield name.archive_key, sample.content


def chart_files() -> Iterator[tuple[str, bytes]]:
    """Chart files of 200 songs, some of them new each week, in an order that changes."""
    header = (
        "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
    )
    for place, chart in enumerate(("norway", "global")):
        dice = random.Random(place)
        for week in range(WEEKS):
            songs = [week * NEW_EACH_WEEK + number for number in range(SONGS)]
            dice.shuffle(songs)
            lines = [
                f'{rank},spotify:track:{place}{song:021},"Artist {song % 400}, Artist {song % 7}",'
                f"A title of usual length {song},A Label,1,{rank},{1 + song % 90},{9_000_000 // rank}"
                for rank, song in enumerate(songs, 1)
            ]
            content = "\n".join([header, *lines, ""]).encode()
            yield RawName(FIRST + ONE_WEEK * week, chart, "chart_csv").archive_key, content


def measure(name: str, storage: FolderStorage, rounds: int) -> None:
    """Build the page and load it, several times."""
    weeks = [FIRST + ONE_WEEK * number for number in range(WEEKS)]
    make_tables(storage.root, CHARTS, weeks)
    for table in TABLES.values():  # of chart files alone there are no albums
        for week in weeks:
            if not storage.exists(table_key(table.name, week, "parquet")):
                write_week(storage, table, "parquet", week, table.schema.empty_table())
            copied = storage.read(table_key(table.name, week, "parquet"))
            storage.write(published_key(table.name, week, "parquet"), copied)
    database = storage.root / "spotify_charts.duckdb"
    publish(storage, "parquet", weeks, database)
    asked, built, busy, page = [], [], [], b""
    for _ in range(rounds):
        start, start_busy = perf_counter(), process_time()
        with answering(DuckDBResource(database=str(database)), storage) as ask:
            assert ask is not None
            answers = ask_views(ask, CHARTS)
        asked.append(perf_counter() - start)
        page = fitting_document(records_of(answers, CHARTS, system_clock()))
        storage.write(DASHBOARD, page)
        built.append(perf_counter() - start)
        busy.append(process_time() - start_busy)
    sys.stdout.write(
        f"2 charts x {WEEKS} weeks, {name}, {rounds} rounds:\n"
        f"  built in {median(built):.2f} s (wanted: under {WANTED['build']:.0f}), of which the views "
        f"took {median(asked):.2f} s; {median(busy):.2f} s of a processor\n"
        f"  {len(page) / 1e6:.2f} MB (wanted: under {WANTED['bytes'] / 1e6:.0f})\n"
    )
    moments = load(storage.root / DASHBOARD, rounds)
    for point, seconds in moments.items():
        sys.stdout.write(
            f"  {point} after {median(seconds):.2f} s (wanted: under {WANTED[point]:.0f})\n"
        )


def load(path: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds until the page can be read, and until all of it is drawn, in new windows of Chromium."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {"readable": [], "complete": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for _ in range(rounds):
            with browser.new_context(viewport={"width": 1366, "height": 900}) as context:
                page = context.new_page()
                page.goto(path.as_uri())
                page.locator("html[data-drawn=complete]").wait_for(state="attached")
                page.wait_for_function("performance.getEntriesByType('paint').length > 0")
                for point, seconds in found.items():
                    seconds.append(page.evaluate(MOMENT, point) / 1000)
        browser.close()
    return found


# The later of what the page says and of the first paint, both since the navigation began.
MOMENT = """(point) => Math.max(performance.getEntriesByName(point)[0].startTime,
  ...performance.getEntriesByName("first-contentful-paint").map((each) => each.startTime))"""


if __name__ == "__main__":
    main()
