"""All checks of one week, without Dagster: `python -m benchmarks.checks`.

For 2 charts and for 73, each a playlist of 50 rows as large as the Web API's and a chart file of 200,
with eight weeks before. What the figures mean is in the README beside this.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

from spotify_assets.catalog.duckdb_catalog import publish
from spotify_assets.catalog.duckdb_contents import DuckDBContents
from spotify_assets.checks.raw_weeks import judge_all_raw, judge_raw_weeks
from spotify_assets.checks.stored_weeks import judge, read_weeks
from spotify_assets.publishing.ledger import published
from spotify_assets.publishing.publish import publish_weeks
from spotify_assets.setting_thresholds import Thresholds

from benchmarks.ours import make_tables
from benchmarks.payloads import FIRST_WEEK, charts_of, write_raw_files
from spotify_assets.charts import Charts
from spotify_assets.checks import catalog_rules
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import archived_files, note_sums
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import ONE_WEEK

WEEKS = 9
WEEK = FIRST_WEEK + ONE_WEEK * (WEEKS - 1)
TOP = 200
NEW_A_WEEK = 20
MOST_SECONDS = 0.5
SLOWEST = 6

Seconds = dict[str, float]
Result = TypeVar("Result")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks")
    parser.add_argument("--rounds", type=int, default=7, help="how often it is measured")
    rounds = parser.parse_args().rounds
    for charts in (2, 73):
        with tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder:
            storage, declared = make_base(Path(folder), charts)
            start = process_time()
            taken = [check_once(storage, declared) for _ in range(rounds)]
            report(charts, taken, (process_time() - start) / rounds)


def report(charts: int, taken: list[Seconds], processor: float) -> None:
    """Print the medians, of everything and by part."""
    total = median(sum(seconds.values()) for seconds in taken)
    sys.stdout.write(
        f"{charts} charts, {len(taken)} rounds: all checks of a week in {total:.3f} s (wanted: under "
        f"{MOST_SECONDS}), at first {sum(taken[0].values()):.3f} s; {processor:.3f} s of the processor\n"
    )
    parts = {name: median(seconds[name] for seconds in taken) for name in taken[0]}
    for name, seconds in sorted(parts.items(), key=lambda part: -part[1])[:SLOWEST]:
        sys.stdout.write(f"  {seconds:.3f} s  {name}\n")


def make_base(base: Path, number: int) -> tuple[FolderStorage, Charts]:
    """A base with some weeks of as many charts, published."""
    storage, charts = FolderStorage(base), charts_of(number)
    write_raw_files(base, number, WEEKS)
    for name, file in archived_files(storage, None):
        chart_file = replace(name, kind="chart_csv")
        storage.write(chart_file.archive_key, chart_csv(name, storage.read(file.key)))
    digests = {
        name: sha256(storage.read(file.key)).hexdigest()
        for name, file in archived_files(storage, None)
    }
    note_sums(storage, digests, digests)
    make_tables(base, charts, [FIRST_WEEK + ONE_WEEK * index for index in range(WEEKS)])
    held_back = publish_weeks(storage, "parquet", lambda _: None)
    if held_back.held_back:
        sys.exit(f"The data is bad, so its time means nothing: {held_back}")
    publish(storage, "parquet", held_back.weeks, base / "charts.duckdb")
    return storage, charts


def chart_csv(name: RawName, playlist: bytes) -> bytes:
    """A chart file of the playlist's songs and, below them, others of which some are new each week."""
    tracks = [row["track"] for row in json.loads(playlist)["tracks"]["items"]]
    songs = [(t["id"], t["name"], ", ".join(a["name"] for a in t["artists"])) for t in tracks]
    index = (name.week - FIRST_WEEK) // ONE_WEEK
    for number in range(index * NEW_A_WEEK, index * NEW_A_WEEK + TOP - len(songs)):
        song_id = sha256(f"{name.chart} {number}".encode()).hexdigest()[:22]
        songs.append((song_id, f"Song {number}", f"Artist {number % 90}"))
    lines = [
        "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
    ]
    for rank, (song_id, title, artists) in enumerate(songs, start=1):
        before = rank + NEW_A_WEEK if 50 < rank <= TOP - NEW_A_WEEK else -1
        streams = 9_000_000 - 1000 * rank
        lines.append(
            f'{rank},spotify:track:{song_id},"{artists}","{title}",Label,1,{before},2,{streams}'
        )
    return "\n".join(lines).encode()


def check_once(storage: FolderStorage, charts: Charts) -> Seconds:
    """Ask every check about the last week; gives the seconds of each part."""
    seconds: Seconds = {}

    def timed(part: str, do: Callable[[], Result]) -> Result:
        start = perf_counter()
        result = do()
        seconds[part] = perf_counter() - start
        return result

    rules = InboxRules(charts, FIRST_WEEK, lambda: datetime.combine(_day_after(), time(), UTC))
    thresholds = Thresholds()
    timed("raw_playlist: four of a week", lambda: judge_raw_weeks(storage, rules, [WEEK]))
    timed("raw_playlist: two of all", lambda: judge_all_raw(storage, rules, thresholds))
    (week,) = timed(
        "reading the tables", lambda: list(read_weeks(storage, "parquet", [WEEK], list(TABLES)))
    )
    for check in TABLE_CHECKS:
        timed(check.title, lambda check=check: judge(check, week, thresholds))  # type: ignore[misc]
    decided, contents = published(storage), DuckDBContents(storage.root / "charts.duckdb")
    of_week = [WEEK]
    timed("catalog.same_weeks", lambda: catalog_rules.week_verdicts(contents, decided, of_week))
    timed(
        "catalog.row_counts",
        lambda: catalog_rules.count_verdicts(contents, storage, "parquet", decided, of_week),
    )
    timed("catalog.column_types", lambda: catalog_rules.column_verdict(contents))
    return seconds


def _day_after() -> date:
    return WEEK + ONE_WEEK


if __name__ == "__main__":
    main()
