"""Two years in one run, as `spotify-assets demo` makes them, alike in a folder and on S3.

Shorter ranges, and how Dagster's own commands make them, are in `test_ranges`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.cli.update import PUBLISHING
from spotify_assets.defs.run_tags import RANGE_END, RANGE_START
from spotify_assets.demo.marker import demo_range
from spotify_assets.layout import ARCHIVE, INBOX, TABLES, table_key
from spotify_assets.settings import PREFIX
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.commands import Ended, run_command
from spotify_assets_tests.dagster_runs import (
    ALL_CHECKS,
    CHART_TABLES,
    WEEKLY_ASSETS,
    WEEKLY_CHECKS,
    digests,
    evaluations,
    failures,
    instance_in,
    materializations,
)
from spotify_assets_tests.dagster_servers import our_warnings
from spotify_assets_tests.places import Place, in_a_folder, on_s3

pytestmark = pytest.mark.begins_first


@dataclass(frozen=True)
class TwoYears:
    """A place where `spotify-assets demo` has been, and the Dagster instance of its run."""

    place: Place
    home: Path
    command: Ended
    instance: dg.DagsterInstance

    @property
    def weeks(self) -> list[date]:
        """The weeks that it made up."""
        weeks = demo_range(self.place.storage)
        assert weeks is not None
        return weeks_between(*weeks)


@pytest.fixture(scope="module")
def in_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoYears]:
    folder = tmp_path_factory.mktemp("two years")
    with demo_at(in_a_folder(folder / "base"), folder / "home") as two_years:
        yield two_years


@pytest.fixture(scope="module", params=["folder", "s3"])
def made(
    request: pytest.FixtureRequest, in_folder: TwoYears, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoYears]:
    if request.param == "folder":
        yield in_folder
        return
    folder = tmp_path_factory.mktemp("two years on s3")
    endpoint = request.getfixturevalue("s3_endpoint")
    with on_s3(endpoint, folder) as place, demo_at(place, folder / "home") as two_years:
        yield two_years


@contextmanager
def demo_at(place: Place, home: Path) -> Iterator[TwoYears]:
    ended = run_demo(place, home)
    with instance_in(home) as instance:
        yield TwoYears(place, home, ended, instance)


def run_demo(place: Place, home: Path) -> Ended:
    settings = {**place.environment}
    return run_command("demo", base=settings.pop(f"{PREFIX}BASE"), home=home, **settings)


def test_the_demo_says_what_it_made_and_how_the_checks_went(made: TwoYears) -> None:
    ended = made.command
    assert ended.returncode == 0, ended.stderr
    assert "Took in 312 files; made 104 weeks in 1 run; " in ended.stdout
    assert f"all {ALL_CHECKS} checks passed on 104 weeks." in ended.stdout
    assert "songs         10,400 rows in 104 weeks" in ended.stdout
    assert ended.stdout.count("SELECT") == 1
    assert "75 %" in ended.stderr


def test_without_a_terminal_every_line_is_plain(made: TwoYears) -> None:
    said = made.command.stdout + made.command.stderr
    assert "\u001b" not in said
    assert "\r" not in said
    assert our_warnings(said) == []


def test_a_second_demo_changes_nothing(in_folder: TwoYears) -> None:
    def state() -> dict[str, tuple[int, int]]:
        both = (in_folder.home, in_folder.place.settings.folder)
        files = [path for folder in both for path in folder.rglob("*") if path.is_file()]
        return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in files}

    before = state()
    again = run_demo(in_folder.place, in_folder.home)
    assert again.returncode == 0, again.stderr
    assert "nothing has changed" in again.stdout
    assert state() == before


def test_two_years_are_one_run(made: TwoYears) -> None:
    (run,) = made.instance.get_runs()
    assert run.status == dg.DagsterRunStatus.SUCCESS
    assert len(made.weeks) == 104
    assert run.tags[RANGE_START] == made.weeks[0].isoformat()
    assert run.tags[RANGE_END] == made.weeks[-1].isoformat()


def test_each_of_the_two_years_weeks_is_materialized_with_its_own_row_count(made: TwoYears) -> None:
    weeks = [week.isoformat() for week in made.weeks]
    for asset in WEEKLY_ASSETS:
        assert sorted(map(str, materializations(made.instance, asset))) == weeks
    (page,) = materializations(made.instance, "dashboard").values()
    assert page.metadata["weeks"].value == len(weeks)
    counts = {
        asset: [
            made_of_week.metadata["dagster/partition_row_count"].value
            for made_of_week in materializations(made.instance, asset).values()
        ]
        for asset in ("songs", "artists")
    }
    assert set(counts["songs"]) == {100}
    assert len(set(counts["artists"])) > 10


def test_each_of_the_two_years_weeks_has_every_check(made: TwoYears) -> None:
    (run,) = made.instance.get_runs()
    found = evaluations(made.instance, run.run_id)
    assert all(evaluation.passed for evaluation in found)
    by_week = Counter(evaluation.partition for evaluation in found)
    each = dict.fromkeys(map(str, made.weeks), len(WEEKLY_CHECKS))
    assert by_week == each | {None: ALL_CHECKS}


def test_two_years_are_a_file_per_week_and_table_and_the_inbox_is_empty(made: TwoYears) -> None:
    files = [file.key for file in made.place.storage.files(TABLES)]
    assert files == [
        f"{TABLES}{table}/week={week}/{table}.parquet"
        for table in sorted(CHART_TABLES)
        for week in made.weeks
    ]
    assert not list(made.place.storage.files(INBOX))


def test_the_catalog_answers_of_all_two_years(made: TwoYears) -> None:
    assert made.place.published() == made.weeks
    counted = "SELECT count(*) AS n, count(DISTINCT week) AS weeks FROM songs"
    assert made.place.rows(counted) == [(10_400, 104)]


def test_two_years_made_again_are_the_same_bytes(made: TwoYears, tmp_path: Path) -> None:
    storage = made.place.storage
    before = digests(storage, TABLES)
    for name in ("songs", "artists"):
        storage.delete(table_key(name, made.weeks[50], "parquet"))
    with instance_in(tmp_path / "another home") as instance:
        remade = ["songs", "artists", *PUBLISHING]
        assert failures(made.place.run(instance, made.weeks, remade)) == {}
        assert len(materializations(instance, "artists")) == 104
    assert digests(storage, TABLES) == before


def test_two_years_are_the_same_bytes_wherever_they_lie(
    made: TwoYears, in_folder: TwoYears
) -> None:
    for prefix, least in ((ARCHIVE, 208), (TABLES, 416)):
        files = digests(made.place.storage, prefix)
        assert len(files) >= least
        assert files == digests(in_folder.place.storage, prefix)
