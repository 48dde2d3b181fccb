"""Which charts are held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa

from spotify_assets.charts import Charts
from spotify_assets.held_back import charts_held_back
from spotify_assets.layout import table_key
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import CHECK_RESULTS
from spotify_assets.tables.store import write_week

WEEK = date(2026, 11, 6)
NEXT_WEEK = date(2026, 11, 13)


def test_the_charts_that_are_held_back_are_those_that_failed_with_an_error(
    storage: FolderStorage, charts: Charts
) -> None:
    def judge(week: date, *verdicts: tuple[str | None, str, bool]) -> None:
        rows = [
            {"chart": chart, "severity": severity, "passed": passed}
            for chart, severity, passed in verdicts
        ]
        others = {"week": week, "table_name": "songs", "check_name": "made_up", "findings": 0}
        found = [others | row for row in rows]
        table = pa.Table.from_pylist(found, schema=CHECK_RESULTS.schema)
        write_week(storage, CHECK_RESULTS.name, week, table)

    charts = replace(charts, charts=charts.charts[:2])
    others = ("global", "WARN", False), (None, "ERROR", True)
    judge(WEEK, ("norway", "ERROR", False), ("strange", "ERROR", False), *others)
    assert charts_held_back(storage, [WEEK, NEXT_WEEK], charts) == {(WEEK, "norway")}
    judge(NEXT_WEEK, (None, "ERROR", False))
    both = {(NEXT_WEEK, "norway"), (NEXT_WEEK, "global")}
    assert charts_held_back(storage, [NEXT_WEEK], charts) == both
    storage.write(table_key(CHECK_RESULTS.name, NEXT_WEEK), b"damaged")
    assert charts_held_back(storage, [NEXT_WEEK], charts) == set()
