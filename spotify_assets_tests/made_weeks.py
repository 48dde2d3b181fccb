"""Bases with whole weeks of the demo's charts in them, made without Dagster: archive and tables.

For tests of what looks at stored weeks. Real runs are in `dagster_runs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from spotify_assets.checks import making
from spotify_assets.checks.storing import store
from spotify_assets.demo import sample_files
from spotify_assets.raw.archive import note_sums
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import load_settings
from spotify_assets.storage import FolderStorage
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


def make_weeks(base: Path, count: int) -> Made:
    """The demo's charts of so many weeks, up to the latest: archived, derived, checked and stored."""
    storage, digests = FolderStorage(base), {}
    for sample in sample_files(LAST, count):
        for name in recognise(sample.name, sample.content, SHIPPED, FIRST_WEEK, NOW):
            storage.write(name.archive_key, sample.content)
            digests[name] = hashlib.sha256(sample.content).hexdigest()
    note_sums(storage, digests)
    weeks = sorted({name.week for name in digests})
    settings = load_settings({})
    store(storage, making.make_weeks(making.Base(storage, SHIPPED, settings.thresholds), weeks))
    return Made(base, weeks)
