"""Bases with whole weeks in them, made without Dagster: archive, checksums, tables, copies, catalog.

For tests of what looks at stored weeks. Real runs are in `dagster_runs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spotify_assets.catalog import contents_of
from spotify_assets.catalog.duckdb_catalog import publish
from spotify_assets.demo import sample_files
from spotify_assets.layout import table_key
from spotify_assets.publishing.publish import publish_weeks, withdraw
from spotify_assets.raw.archive import note_sums
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.recognise import recognise
from spotify_assets.reports.check_report.evaluation import Evaluation, evaluate
from spotify_assets.reports.check_report.report import Report, remembered, report_of
from spotify_assets.reports.check_report.stamps import Judged
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import write_week
from spotify_assets_tests.fixed_clock import NOW, fixed_clock

LAST = date(2026, 11, 13)  # the latest closed week, by the clock of all tests
LATER = NOW + timedelta(days=3)
TWELVE_WEEKS = 12


def failing(report: Report) -> set[tuple[str, date | None]]:
    """What fails in a report: each check and its week."""
    return {(one.check, one.week) for one in report.failing}


@dataclass
class ReadsCounted(FolderStorage):
    """A folder that remembers which files were read."""

    root: Path
    keys: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes:
        self.keys.append(key)
        return super().read(key)


@dataclass(frozen=True)
class Made:
    """A base with weeks in it."""

    base: Path
    weeks: Sequence[date]

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(self.base)

    def settings(self, **more: str) -> Settings:
        return load_settings(
            {f"{PREFIX}BASE": str(self.base)} | {f"{PREFIX}{n}": v for n, v in more.items()}
        )

    def judged(self, storage: FolderStorage | None = None, **more: str) -> Judged:
        settings = self.settings(**more)
        return Judged(
            storage or self.storage,
            InboxRules(settings.charts, settings.first_week, fixed_clock),
            contents_of(settings),
            settings.table_format,
            settings,
        )

    def evaluation(self, before: Report | str = "", **more: str) -> Evaluation:
        return evaluate(self.judged(**more), remembered(before))

    def report(self, before: Report | str = "it is the first", now: datetime = NOW) -> Report:
        return report_of(self.evaluation(before), before, now)

    def publish(self) -> None:
        """Audit the weeks and have the catalog show what passes, as the asset does."""
        settings = self.settings()
        decided = publish_weeks(self.storage, settings.table_format, lambda _: None)
        publish(self.storage, settings.table_format, decided.weeks, settings.database)
        withdraw(self.storage, decided)

    def rewrite(self, table: str, week: date, rows: pa.Table) -> None:
        """Put other rows into a table's week."""
        pq.write_table(rows, self.base / table_key(table, week, "parquet"))

    def rows(self, table: str, week: date) -> pa.Table:
        return pq.read_table(self.base / table_key(table, week, "parquet"), partitioning=None)


def make_weeks(base: Path, count: int) -> Made:
    """The demo's charts of so many weeks, up to the latest."""
    made = Made(base, [])
    settings = made.settings()
    raw = []
    for sample in sample_files(LAST, count):
        for name in recognise(
            sample.name, sample.content, settings.charts, settings.first_week, NOW
        ):
            made.storage.write(name.archive_key, sample.content)
            raw.append((name, sample.content))
    digests = {name: sha256(content).hexdigest() for name, content in raw}
    note_sums(made.storage, digests, list(digests))
    derived = derive_tables(sorted(raw), settings.charts)
    for name, table in TABLES.items():
        rows = derived.tables[name]
        for week in derived.weeks:
            of_week = rows.filter(pc.equal(rows.column("week"), week))
            write_week(made.storage, table, "parquet", week, of_week)
    made.publish()
    return Made(base, derived.weeks)


def halve(made: Made, week: date) -> None:
    """Take half of the songs away: rows that albums and credits name are gone."""
    rows = made.rows("songs", week)
    made.rewrite("songs", week, rows.slice(0, rows.num_rows // 2))
