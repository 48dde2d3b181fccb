"""What is held back: which weeks, and which charts of them, as check_results says."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date

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
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: set[tuple[date, str]] = set()
    for week in weeks:
        try:
            content = io.BytesIO(storage.read(table_key("check_results", week)))
            rows = pq.read_table(content).to_pylist()
        except (OSError, pa.ArrowException):  # not judged yet, or its file is damaged
            continue
        for row in rows:
            is_incomplete = or_incomplete and row["check_name"] == "charts_complete"
            if not row["passed"] and (is_incomplete or row["severity"] == "ERROR"):
                found |= {(week, c.slug) for c in charts.charts if row["chart"] in (c.slug, None)}
    return found
