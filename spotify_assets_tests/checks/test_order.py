"""Whatever the order in which weeks are made, singly or together, killed or not: the end is the same.

The model is a fresh base into which the same archive is put, and which is made once, in order. What
of a single week is stored and what is held back is in `test_making`.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from spotify_assets.checks.every import verify
from spotify_assets.layout import ARCHIVE, RawName
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import read_week, stored_weeks
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.checks.small_charts import (
    archive,
    base_of,
    chart_csv,
    contents,
    damage,
    friday,
    good_file,
    names,
    playlist,
    raw_name,
    update,
)

FILES = (("norway", "playlist"), ("global", "chart_csv"), ("global", "playlist"))
NORWAY_CSV = ("norway", "chart_csv")  # dropped by mistake only: it is another chart's
GOOD, BAD, CUT, ALTERED = "good", "bad", "cut off", "a byte altered"


class Killed(Exception):
    """The process has ended."""


class Dying(FolderStorage):
    """A folder to which so much can be written, or deleted from it, until the process is killed."""

    def __init__(self, root: Path, left: int) -> None:
        super().__init__(root)
        self.left = left

    def _live(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def write(self, key: str, content: bytes) -> None:
        self._live()
        super().write(key, content)

    def delete(self, key: str) -> None:
        self._live()
        super().delete(key)


class Charts(RuleBasedStateMachine):
    """Two charts over some years: files come, are replaced, and weeks are made in any order."""

    weeks = 40
    number = st.integers(0, weeks - 1)

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.storage = FolderStorage(Path(self.folder.name, "base"))
        self.versions: dict[RawName, list[str]] = {}  # oldest first; the last is the archive's

    def drop(self, name: RawName, content: bytes, quality: str) -> None:
        if self.storage.exists(name.archive_key):
            if self.storage.read(name.archive_key) == content:
                return
            if self.versions[name][-1] == ALTERED:  # its version is kept as it was found
                self.versions[name][-1] = GOOD
        archive(self.storage, name, content)
        self.versions.setdefault(name, []).append(quality)

    @initialize(seed=st.integers(0, 9), made=st.booleans())
    def begin(self, seed: int, made: bool) -> None:
        dice = random.Random(seed)
        for number in range(self.weeks):
            if dice.random() > 0.1:  # else the week is missing altogether
                for (chart, kind), share in zip(FILES, (0.9, 0.9, 0.2), strict=True):
                    if dice.random() < share:
                        self.drop_good(number, (chart, kind), 0)
        if made:
            self.make(stale_weeks(self.storage))

    def make(self, weeks: list[date], writing: FolderStorage | None = None) -> None:
        update(self.storage, weeks, writing)

    @rule(number=number, file=st.sampled_from(FILES), version=st.integers(0, 3))
    def drop_good(self, number: int, file: Any, version: int) -> None:
        name = raw_name(file[0], number, file[1])
        self.drop(name, good_file(name, version), GOOD)

    @rule(number=number, version=st.integers(0, 3))
    def drop_file_with_rising_streams(self, number: int, version: int) -> None:
        content = chart_csv(names("global", number, version), rising=True)
        self.drop(raw_name("global", number, "chart_csv"), content, BAD)

    @rule(number=number, off=st.sampled_from([-2, -1, 1, 2]))
    def drop_playlist_of_another_week(self, number: int, off: int) -> None:
        content = playlist("norway", friday(number + off), names("norway", number + off))
        self.drop(raw_name("norway", number, "playlist"), content, BAD)

    @rule(number=number)
    def drop_another_charts_file(self, number: int) -> None:
        content = chart_csv(names("global", number))
        self.drop(raw_name("norway", number, "chart_csv"), content, BAD)

    @rule(number=number, file=st.sampled_from(FILES), cut=st.booleans())
    def damage(self, number: int, file: Any, cut: bool) -> None:
        name = raw_name(file[0], number, file[1])
        if name in self.versions:
            damage(self.storage, name, cut=cut)
            before = self.versions[name][-1]
            if before in (GOOD, ALTERED):
                self.versions[name][-1] = CUT if cut else ALTERED

    @rule(seed=st.integers(0, 99), most=st.integers(1, 9))
    def update(self, seed: int, most: int) -> None:
        """In random order, in ranges of so many weeks at most."""
        dice = random.Random(seed)
        stale = stale_weeks(self.storage)
        while stale:
            first = dice.randrange(len(stale))
            self.make(stale[first : first + dice.randint(1, most)])
            stale = stale_weeks(self.storage)

    @rule()
    def update_all_at_once(self) -> None:
        self.make(stale_weeks(self.storage))

    @rule(writes=st.integers(0, 120))
    def update_and_be_killed(self, writes: int) -> None:
        try:
            self.make(stale_weeks(self.storage), Dying(self.storage.root, writes))
        except Killed:
            pass

    @rule(number=number, count=st.integers(1, 12))
    def backfill(self, number: int, count: int) -> None:
        self.make(weeks_between(friday(number), friday(number + count - 1)))

    def teardown(self) -> None:
        self.make(stale_weeks(self.storage))
        assert stale_weeks(self.storage) == []
        model = FolderStorage(Path(self.folder.name, "model"))
        if (self.storage.root / ARCHIVE).exists():
            shutil.copytree(self.storage.root / "raw", model.root / "raw")
        update(model, stale_weeks(model))
        mine, models = contents(self.storage), contents(model)
        assert sorted(mine) == sorted(models)
        assert [key for key in mine if mine[key] != models[key]] == []
        assert verify(base_of(self.storage)) == []
        self.require_charts()
        self.folder.cleanup()

    def require_charts(self) -> None:
        """Every chart is stored that any good file has been received of, and no other."""
        expected: set[tuple[date, str]] = set()
        unclear: set[tuple[date, str]] = set()
        for name, versions in self.versions.items():
            chart = (name.week, name.chart)
            if (name.chart, name.kind) == NORWAY_CSV:
                unclear |= {chart, (name.week, "global")}
            elif GOOD in versions:
                expected.add(chart)
        stored = {
            (week, chart)
            for week in stored_weeks(self.storage).get("songs", ())
            for chart in read_week(self.storage, "songs", week).column("chart").to_pylist()
        }
        assert stored - unclear == expected - unclear


class YearsOfCharts(Charts):
    """The same over three years."""

    weeks = 156
    number = st.integers(0, weeks - 1)


def run(machine: type[Charts], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_weeks_made_in_any_order_and_killed_end_as_if_made_once_in_order() -> None:
    run(Charts, 6, 10)


@pytest.mark.slow
def test_three_years_made_in_any_order_and_killed_end_as_if_made_once_in_order() -> None:
    run(YearsOfCharts, 40, 30)
