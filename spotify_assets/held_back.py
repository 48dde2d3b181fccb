"""What is held back: which weeks, and which charts of them, as check_results says."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from spotify_assets.charts import Charts
from spotify_assets.layout import HELD_BACK, table_key, week_of_table_key
from spotify_assets.storage import Storage


def held_back_weeks(storage: Storage) -> set[date]:
    """Return the weeks of which something is held back, from one listing."""
    keys = (file.key for file in storage.files(HELD_BACK))
    return {week for week in map(week_of_table_key, keys) if week}


def charts_held_back(
    storage: Storage, weeks: Iterable[date], charts: Charts, *, or_incomplete: bool = False
) -> set[tuple[date, str]]:
    """Return which declared charts are held back in which of the weeks.

    An ERROR that is about no single chart holds back all of them. With `or_incomplete`, those count that
    are stored though a song repeats or a page is missing.
    """
    found: set[tuple[date, str]] = set()
    for week, row in failures(storage, weeks):
        is_incomplete = or_incomplete and row["check_name"] == "charts_complete"
        if is_incomplete or row["severity"] == "ERROR":
            found |= {(week, c.slug) for c in charts.charts if row["chart"] in (c.slug, None)}
    return found


def failures(storage: Storage, weeks: Iterable[date]) -> Iterator[tuple[date, dict[str, Any]]]:
    """Yield what failed in the weeks, as rows of check_results; nothing of a week without verdicts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(week: date) -> list[dict[str, Any]]:
        try:
            content = io.BytesIO(storage.read(table_key("check_results", week)))
            return list(pq.read_table(content).to_pylist())
        except (OSError, pa.ArrowException):  # not judged yet, or its file is damaged
            return []

    for week, rows in storage.together(read, weeks):
        yield from ((week, row) for row in rows if not row["passed"])
