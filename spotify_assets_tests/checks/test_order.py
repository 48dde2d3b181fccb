"""Whatever the order in which weeks are made, singly or together, killed or not: the end is the same.

The model is a fresh base into which the same archive is put, and which is made once, in order. What
of a single week is stored and what is held back is in `test_making`.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from spotify_assets.checks.every import verify
from spotify_assets.layout import RawName
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import read_week, stored_weeks
from spotify_assets.weeks import weeks_between
from spotify_assets_tests import raw_samples
from spotify_assets_tests.checks.small_charts import (
    archive,
    base_of,
    chart_csv,
    contents,
    damage,
    friday,
    good_file,
    made_once,
    names,
    playlist,
    raw_name,
    update,
    update_all,
)

FILES = (("norway", "playlist"), ("global", "chart_csv"), ("global", "playlist"))
NORWAY_CSV = ("norway", "chart_csv")  # dropped by mistake only: it is another chart's
GOOD, BAD, CUT, ALTERED = "good", "bad", "cut off", "a byte altered"


class KilledError(Exception):
    """The process has ended."""


class Dying(FolderStorage):
    """A folder to which so much can be written, or deleted from it, until the process is killed."""

    def __init__(self, root: Path, left: int) -> None:
        super().__init__(root)
        self.left = left

    def _live(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KilledError

    def write(self, key: str, content: bytes) -> str:
        self._live()
        return super().write(key, content)

    def delete(self, key: str) -> None:
        self._live()
        super().delete(key)


class Charts(RuleBasedStateMachine):
    """Two charts over some years: files come, are replaced, and weeks are made in any order."""

    weeks = 20
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
            update_all(self.storage)

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
            update(self.storage, stale[first : first + dice.randint(1, most)])
            stale = stale_weeks(self.storage)

    @rule()
    def update_all_at_once(self) -> None:
        update_all(self.storage)

    @rule(writes=st.integers(0, 120))
    def update_and_be_killed(self, writes: int) -> None:
        with suppress(KilledError):
            update(self.storage, stale_weeks(self.storage), Dying(self.storage.root, writes))

    @rule(number=number, count=st.integers(1, 12))
    def backfill(self, number: int, count: int) -> None:
        update(self.storage, weeks_between(friday(number), friday(number + count - 1)))

    def teardown(self) -> None:
        update_all(self.storage)
        mine = contents(self.storage)
        models = made_once(self.storage, Path(self.folder.name, "model"))
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


def run(machine: type[Charts], examples: int, steps: int, phases: Sequence[Phase]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            phases=phases,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_weeks_made_in_any_order_and_killed_end_as_if_made_once_in_order() -> None:
    run(Charts, 5, 8, [Phase.generate])  # shrinking takes minutes: the slow test does it


@pytest.mark.slow
def test_three_years_made_in_any_order_and_killed_end_as_if_made_once_in_order() -> None:
    run(YearsOfCharts, 8, 30, list(Phase))


COPIED, COPY, NEXT = 0, 4, 8  # weeks of which two, or three, have the same chart


def copy_to(storage: FolderStorage, number: int) -> None:
    name = raw_name("norway", number, "chart_csv")
    archive(storage, name, good_file(raw_name("norway", COPIED, "chart_csv")))


def norway_in(storage: FolderStorage) -> list[int]:
    """The weeks that norway is stored in, of those that have the same chart."""
    return [
        number
        for number in (COPIED, COPY, NEXT)
        if friday(number) in stored_weeks(storage)["songs"]
        and "norway" in read_week(storage, "songs", friday(number)).column("chart").to_pylist()
    ]


def copy_findings(storage: FolderStorage, number: int) -> list[str]:
    rows = read_week(storage, "check_results", friday(number)).to_pylist()
    return [row["finding"] for row in rows if row["check_name"] == "not_a_copy" and row["finding"]]


@pytest.fixture(scope="module")
def ten_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    storage = FolderStorage(tmp_path_factory.mktemp("ten weeks"))
    for number in range(10):
        name = raw_name("global", number, "chart_csv")
        archive(storage, name, good_file(name))
    update_all(storage)
    return storage.root


@pytest.fixture
def storage(ten_weeks: Path, tmp_path: Path) -> FolderStorage:
    """A base with ten weeks of another chart."""
    return FolderStorage(Path(shutil.copytree(ten_weeks, tmp_path / "base")))


@pytest.mark.parametrize("arrivals", [(4, 0, 8), (8, 4, 0)], ids=str)
def test_of_weeks_with_the_same_chart_the_first_stored_stays(
    storage: FolderStorage, arrivals: Sequence[int]
) -> None:
    for number in arrivals:
        copy_to(storage, number)
        update_all(storage)
    # The last of the three is 8 weeks from the first, and compared with the one between them.
    assert norway_in(storage) == [arrivals[0]]
    for number in arrivals[1:]:
        (finding,) = copy_findings(storage, number)
        assert f"it is the same as in {friday(arrivals[0])}, rank for rank" in finding
    before = contents(storage)
    update(storage, [friday(number) for number in range(10)])  # made again, the first still is
    assert contents(storage) == before


def test_of_weeks_with_the_same_chart_that_come_together_the_earliest_stays(
    storage: FolderStorage,
) -> None:
    for number in (COPY, COPIED, NEXT):
        copy_to(storage, number)
    update_all(storage)
    assert norway_in(storage) == [COPIED]
    assert verify(base_of(storage)) == []


@pytest.mark.parametrize("first", [COPIED, COPY])
def test_a_copy_is_stored_once_the_first_week_has_its_own_chart(
    storage: FolderStorage, first: int, tmp_path: Path
) -> None:
    for number in (first, COPIED + COPY - first):
        copy_to(storage, number)
        update_all(storage)
    assert norway_in(storage) == [first]
    name = raw_name("norway", first, "chart_csv")
    archive(storage, name, good_file(name, version=1))
    update_all(storage)
    assert norway_in(storage) == [COPIED, COPY]
    # In order, the earlier of two copies would stay, and have been replaced: the same end.
    assert contents(storage) == made_once(storage, tmp_path / "fresh")


def test_a_fallback_that_was_stored_first_stays_before_its_copy(storage: FolderStorage) -> None:
    copy_to(storage, COPY)
    update_all(storage)
    bad = chart_csv(names("norway", COPY), rising=True)
    archive(storage, raw_name("norway", COPY, "chart_csv"), bad)
    update_all(storage)
    assert norway_in(storage) == [COPY]
    copy_to(storage, COPIED)
    update_all(storage)
    assert norway_in(storage) == [COPY]
    assert verify(base_of(storage)) == []


@pytest.mark.parametrize("before", [True, False])
def test_a_name_that_any_week_has_as_one_artist_is_split_in_none(
    before: bool, tmp_path: Path
) -> None:
    storage = FolderStorage(tmp_path / "base")
    songs, name = names("global", 0), "Sun, Moon"
    content = raw_samples.chart_csv(songs, artists=f"Kalle, {name}")
    if before:
        archive(storage, raw_name("global", 0, "chart_csv"), content)
        update_all(storage)
        assert artists_in(storage) == ["Kalle", "Sun", "Moon"]
    tracks = [raw_samples.track(song, artists=[name]) for song in names("norway", 9)]
    rows = [raw_samples.row(track, added_at=raw_samples.added_at(friday(9))) for track in tracks]
    archive(
        storage, raw_name("norway", 9, "playlist"), raw_samples.as_json(raw_samples.playlist(rows))
    )
    update(storage, [friday(9)])
    assert stale_weeks(storage) == ([friday(0)] if before else [])
    archive(storage, raw_name("global", 0, "chart_csv"), content)
    update_all(storage)
    assert artists_in(storage)[:2] == ["Kalle", name]
    assert contents(storage) == made_once(storage, tmp_path / "fresh")
    assert verify(base_of(storage)) == []


def artists_in(storage: FolderStorage) -> list[str]:
    """The artists of one of the songs of the first week."""
    return read_week(storage, "song_artists", friday(0)).column("artist_name").to_pylist()[:3]
