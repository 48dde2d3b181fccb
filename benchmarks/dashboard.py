"""The dashboard of two charts over 104 weeks: `python -m benchmarks.dashboard [--rounds N]`.

How long it takes to build from the catalog's views, how large it is, and how soon Chromium shows it.
Once for charts of 50 with all details, as playlists have them, and once for chart files of 200. What
the figures mean is in the README beside this.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from benchmarks import rounds_of
from benchmarks.checks import HEADER, demo_files
from benchmarks.ours import make_tables
from spotify_assets.catalog.duckdb import DuckDBCatalog
from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.layout import DASHBOARD, RawName
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import query_views
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock, weeks_between

WEEKS = 104
SONGS = 200
NEW_EACH_WEEK = 20
CHARTS = read_charts(shipped_charts_file())
FIRST = latest_closed_week(system_clock()) - ONE_WEEK * (WEEKS - 1)
WANTED = {"readable": 1.0, "complete": 3.0}


def main() -> None:
    """Measure and report."""
    rounds = rounds_of("dashboard", 5)
    for name, files in (
        ("playlists of 50", demo_files(CHARTS)),
        ("chart files of 200", dict(chart_files())),
    ):
        with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
            storage = FolderStorage(Path(folder))
            for raw_name, content in files.items():
                storage.write(raw_name.archive_key, content)
            measure(name, storage, rounds)


def chart_files() -> Iterator[tuple[RawName, bytes]]:
    """Yield chart files of 200 songs, some of them new each week, in an order that changes."""
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
            content = "\n".join([HEADER, *lines, ""]).encode()
            yield RawName(FIRST + ONE_WEEK * week, chart, "chart_csv"), content


def measure(name: str, storage: FolderStorage, rounds: int) -> None:
    """Build the page and load it, several times."""
    make_tables(storage.root, CHARTS, weeks_between(FIRST, FIRST + ONE_WEEK * (WEEKS - 1)))
    catalog = DuckDBCatalog(storage, storage.root / "spotify_charts.duckdb")
    store_identities(storage)
    catalog.publish(stored_weeks(storage))
    asked, built, busy, page = [], [], [], b""
    for _ in range(rounds):
        start, start_busy = perf_counter(), process_time()
        answers = query_views(catalog.query, CHARTS, catalog.weeks())
        asked.append(perf_counter() - start)
        page = dashboard_page(answers, CHARTS, system_clock())
        storage.write(DASHBOARD, page)
        built.append(perf_counter() - start)
        busy.append(process_time() - start_busy)
    sys.stdout.write(
        f"2 charts x {WEEKS} weeks, {name}, {rounds} rounds:\n"
        f"  built in {median(built):.2f} s (wanted: under 3), of which the views "
        f"took {median(asked):.2f} s; {median(busy):.2f} s of a processor\n"
        f"  {len(page) / 1e6:.2f} MB (wanted: under 6)\n"
    )
    moments = load(storage.root / DASHBOARD, rounds)
    for point, seconds in moments.items():
        sys.stdout.write(
            f"  {point} after {median(seconds):.2f} s (wanted: under {WANTED[point]:.0f})\n"
        )


def load(path: Path, rounds: int) -> dict[str, list[float]]:
    """Return the seconds until Chromium shows the page readable, and complete, in new windows."""
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
