"""Bases with whole weeks of the demo's charts in them, made without Dagster: archive and tables.

For tests of what looks at stored weeks. Real runs are in `dagster_runs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotify_assets.demo import sample_files
from spotify_assets.layout import table_key
from spotify_assets.raw.recognise import recognise
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import CHART_TABLES
from spotify_assets.tables.store import weeks_of
from spotify_assets_tests.dashboards import FIRST_WEEK, SHIPPED
from spotify_assets_tests.fixed_clock import NOW

LAST = date(2026, 11, 13)  # the latest closed week, by the clock of all tests


@dataclass(frozen=True)
class Made:
    """A base with weeks in it."""

    base: Path
    weeks: Sequence[date]

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(self.base)

    def rewrite(self, table: str, week: date, rows: pa.Table) -> None:
        """Put other rows into a table's week."""
        path = self.base / table_key(table, week)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.select([name for name in rows.column_names if name != "week"]), path)

    def rows(self, table: str, week: date) -> pa.Table:
        return pq.read_table(self.base / table_key(table, week), partitioning=None)


def make_weeks(base: Path, count: int) -> Made:
    """The demo's charts of so many weeks, up to the latest."""
    storage, raw = FolderStorage(base), []
    for sample in sample_files(LAST, count):
        for name in recognise(sample.name, sample.content, SHIPPED, FIRST_WEEK, NOW):
            storage.write(name.archive_key, sample.content)
            raw.append((name, sample.content))
    derived = derive_tables(sorted(raw), SHIPPED)
    weeks = sorted(weeks_of(derived.tables["songs"]))
    made = Made(base, weeks)
    for name in CHART_TABLES:
        rows = derived.tables[name]
        for week in weeks:
            made.rewrite(name, week, rows.filter(pc.equal(rows.column("week"), week)))
    return made
