"""One measurement in a process of its own: `python -m benchmarks.one_way WAY BASE CHARTS WEEKS`.

It writes one line of JSON: the seconds that the work took without imports, and the most memory that
the process had, in megabytes. Only the way that is asked for is imported.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from spotify_assets.layout import ARCHIVE, TABLE_FILES


def main(way: str, base: Path, charts: int, weeks: int) -> None:
    """Do it and say how long it took."""
    work = WAYS[way](base, charts, weeks)
    start = perf_counter()
    work()
    seconds = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": peak}) + "\n")


def _payloads(base: Path, charts: int, weeks: int) -> Callable[[], object]:
    from benchmarks.payloads import write_raw_files

    return lambda: write_raw_files(base, charts, weeks)


def _ours(base: Path, charts: int, weeks: int) -> Callable[[], object]:
    import pandas as pd  # noqa: F401 - pyarrow imports it at its first array, Dagster's side before

    from benchmarks.ours import make_tables
    from benchmarks.payloads import FIRST_WEEK, charts_of
    from spotify_assets.weeks import ONE_WEEK, weeks_between

    shutil.rmtree(base / TABLE_FILES, ignore_errors=True)
    run_weeks = weeks_between(FIRST_WEEK, FIRST_WEEK + ONE_WEEK * (weeks - 1))
    return lambda: make_tables(base, charts_of(charts), run_weeks)


def _tutorial(base: Path, charts: int, weeks: int) -> Callable[[], object]:  # noqa: ARG001
    from benchmarks.tutorial import transform_all

    shutil.rmtree(base / "tutorial", ignore_errors=True)
    return lambda: transform_all(base / ARCHIVE, base / "tutorial")


def _put_aside(base: Path, charts: int, weeks: int) -> Callable[[], object]:  # noqa: ARG001
    from benchmarks.limit import keep_finished_tables

    return lambda: keep_finished_tables(base)


def _limit(base: Path, charts: int, weeks: int) -> Callable[[], object]:  # noqa: ARG001
    from benchmarks.limit import load_finished_tables, parse_and_write

    shutil.rmtree(base / "limit", ignore_errors=True)
    tables = load_finished_tables(base)
    return lambda: parse_and_write(base / ARCHIVE, tables, base / "limit")


WAYS = {
    "payloads": _payloads,
    "ours": _ours,
    "tutorial": _tutorial,
    "put aside": _put_aside,
    "limit": _limit,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
