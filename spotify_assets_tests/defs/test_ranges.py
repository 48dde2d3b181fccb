"""Ranges of weeks in one run: the same bytes as week by week, and by Dagster's own command line.

Two years at once are in `test_backfill`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import dagster as dg

from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX, TABLES
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import ONE_WEEK, weeks_between
from spotify_assets_tests.commands import run_command
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    WEEKLY_ASSETS,
    digests,
    evaluations,
    failures,
    instance_in,
    materializations,
)
from spotify_assets_tests.dagster_servers import our_warnings
from spotify_assets_tests.places import Place

LAST = date(2024, 6, 28)
TWELVE = weeks_between(LAST - 11 * ONE_WEEK, LAST)


def drop_twelve_weeks(storage: Storage) -> None:
    for sample in sample_files(LAST, len(TWELVE)):
        storage.write(INBOX + sample.name, sample.content)


def test_a_range_gives_the_same_bytes_as_its_weeks_one_by_one(place: Place, tmp_path: Path) -> None:
    drop_twelve_weeks(place.storage)
    with instance_in(tmp_path / "home") as instance:
        assert failures(place.run(instance, TWELVE)) == {}
        at_once = digests(place.storage, TABLES)
        for week in (TWELVE[7], TWELVE[3]):
            for key in [key for key in at_once if f"week={week}" in key]:
                place.storage.delete(key)
            assert failures(place.run(instance, [week])) == {}
    assert digests(place.storage, TABLES) == at_once
    assert len(at_once) == len(TWELVE) * len(CHART_TABLES)


def test_a_range_from_dagsters_command_line_is_one_run(
    storage: FolderStorage, base: Path, tmp_path: Path
) -> None:
    drop_twelve_weeks(storage)
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
        by_week = Counter(e.partition for e in evaluations(instance, run.run_id))
        assert set(by_week) == {*map(str, TWELVE), None}
    assert not list(storage.files(INBOX))
