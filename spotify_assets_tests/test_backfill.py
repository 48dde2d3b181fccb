from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.layout import INBOX
from spotify_assets.runs import RANGE_END, RANGE_START
from spotify_assets.settings import Settings
from spotify_assets.sources.demo_marker import demo_range
from spotify_assets.sources.sample import sample_files
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK, weeks_between
from spotify_assets_tests.commands import Demo, run_command
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    CHECKS_OF,
    WEEKLY_ASSETS,
    evaluations,
    instance_in,
    materializations,
    materialize,
    table_files,
)
from spotify_assets_tests.dagster_servers import our_warnings

LAST = date(2024, 6, 28)
TWELVE = weeks_between(LAST - 11 * ONE_WEEK, LAST)


@pytest.fixture
def dropped(storage: FolderStorage) -> FolderStorage:
    """A base in whose inbox twelve weeks of the sample charts lie."""
    for sample in sample_files(LAST, len(TWELVE)):
        storage.write(INBOX + sample.name, sample.content)
    return storage


@pytest.fixture(scope="module")
def demo_instance(two_years: Demo) -> Iterator[dg.DagsterInstance]:
    with instance_in(two_years.base / ".dagster") as instance:
        yield instance


def demo_weeks(two_years: Demo) -> list[date]:
    weeks = demo_range(FolderStorage(two_years.base))
    assert weeks is not None
    return weeks_between(*weeks)


def test_two_years_are_one_run(two_years: Demo, demo_instance: dg.DagsterInstance) -> None:
    weeks = demo_weeks(two_years)
    (run,) = demo_instance.get_runs()
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert run.tags[RANGE_START] == weeks[0].isoformat()
    assert run.tags[RANGE_END] == weeks[-1].isoformat()


def test_each_of_the_two_years_weeks_is_materialized_with_its_own_row_count(
    two_years: Demo, demo_instance: dg.DagsterInstance
) -> None:
    weeks = [week.isoformat() for week in demo_weeks(two_years)]
    for asset in WEEKLY_ASSETS:
        assert sorted(map(str, materializations(demo_instance, asset))) == weeks
    (page,) = materializations(demo_instance, "dashboard").values()
    assert page.metadata["weeks"].value == len(weeks)
    counts = {
        asset: [
            made.metadata["dagster/partition_row_count"].value
            for made in materializations(demo_instance, asset).values()
        ]
        for asset in ("songs", "artists")
    }
    assert set(counts["songs"]) == {100}
    assert len(set(counts["artists"])) > 10


def test_each_of_the_two_years_weeks_has_every_check(
    demo_instance: dg.DagsterInstance, two_years: Demo
) -> None:
    (run,) = demo_instance.get_runs()
    found = evaluations(demo_instance, run.run_id)
    assert all(evaluation.passed for evaluation in found)
    by_week = Counter(evaluation.partition for evaluation in found)
    checks = sum(map(len, CHECKS_OF.values()))
    assert by_week == dict.fromkeys((*map(str, demo_weeks(two_years)), None), checks)


def test_two_years_are_a_file_per_week_and_table(two_years: Demo) -> None:
    files = table_files(two_years.base)
    assert len(files) == 104 * len(CHART_TABLES)
    assert not list(FolderStorage(two_years.base).files(INBOX))


def test_a_range_gives_the_same_bytes_as_its_weeks_one_by_one(
    settings: Settings, dropped: FolderStorage, base: Path, tmp_path: Path
) -> None:
    with instance_in(tmp_path / "home") as instance:
        assert materialize(settings, instance, TWELVE).success
        at_once = table_files(base)
        for week in (TWELVE[7], TWELVE[3]):
            for key in [key for key in at_once if f"week={week}" in key]:
                dropped.delete(key)
            assert materialize(settings, instance, [week]).success
    assert table_files(base) == at_once
    assert len(at_once) == len(TWELVE) * len(CHART_TABLES)


def test_a_range_from_dagsters_command_line_is_one_run(
    dropped: FolderStorage, base: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    ended = run_command(
        *("asset", "materialize", "--select", "*", "-m", "spotify_assets.definitions"),
        *("--partition-range", f"{TWELVE[0]}...{TWELVE[-1]}"),
        command="dagster",
        base=base,
        home=home,
    )
    assert ended.returncode == 0, ended.stderr
    assert our_warnings(ended.stdout + ended.stderr) == []
    with instance_in(home) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        for asset in WEEKLY_ASSETS:
            assert sorted(map(str, materializations(instance, asset))) == list(map(str, TWELVE))
        assert list(materializations(instance, "dashboard")) == [None]
        by_week = Counter(e.partition for e in evaluations(instance, run.run_id))
        assert set(by_week) == {*map(str, TWELVE), None}
    assert not list(dropped.files(INBOX))
