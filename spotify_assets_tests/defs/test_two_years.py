"""Two years in one run, as `spotify-assets demo` makes them, alike in a folder and on S3."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.demo.marker import demo_range
from spotify_assets.layout import ARCHIVE, INBOX, TABLE_FILES
from spotify_assets.settings import PREFIX
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.commands import run_command
from spotify_assets_tests.dagster_runs import (
    ALL_CHECKS,
    WEEKLY_ASSETS,
    WEEKLY_CHECKS,
    digests,
    evaluations,
    instance_in,
    materializations,
    tags_of,
)
from spotify_assets_tests.dagster_servers import our_warnings
from spotify_assets_tests.places import Place, in_a_folder, on_s3

pytestmark = pytest.mark.slow


def make_two_years(place: Place, home: Path) -> None:
    """Run the demo, and look at its run, its week's results and its files."""
    others = {name: value for name, value in place.environment.items() if name != f"{PREFIX}BASE"}
    base = place.environment[f"{PREFIX}BASE"]
    ended = run_command("demo", base=base, home=home, **others)
    assert ended.returncode == 0, ended.stderr
    assert "made 104 weeks in 1 run; " in ended.stdout
    assert our_warnings(ended.stdout + ended.stderr) == []
    found = demo_range(place.storage)
    assert found is not None
    weeks = weeks_between(*found)
    assert len(weeks) == 104
    with instance_in(home) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert {name: run.tags[name] for name in tags_of(weeks)} == tags_of(weeks)
        for asset in WEEKLY_ASSETS:
            assert sorted(map(str, materializations(instance, asset))) == list(map(str, weeks))
        found = evaluations(instance, run.run_id)
        each = dict.fromkeys(map(str, weeks), len(WEEKLY_CHECKS))
        assert Counter(e.partition for e in found) == each | {None: ALL_CHECKS}
        assert all(e.passed or e.severity == dg.AssetCheckSeverity.WARN for e in found)
    assert not list(place.storage.files(INBOX))
    assert place.published() == weeks
    counted = "SELECT count(*) AS n, count(DISTINCT week) AS weeks FROM songs"
    assert place.rows(counted) == [(10_400, 104)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two years in a folder."""
    folder = tmp_path_factory.mktemp("two years")
    place = in_a_folder(folder / "base")
    make_two_years(place, folder / "home")
    return place


@pytest.mark.parametrize("second", ["", "versitygw"])
def test_two_years_are_one_run_and_the_same_bytes_in_a_folder_and_on_s3(
    here: Place, tmp_path: Path, s3_endpoint: str, request: pytest.FixtureRequest, second: str
) -> None:
    with on_s3(s3_endpoint, tmp_path, second and request.getfixturevalue(second)) as there:
        make_two_years(there, tmp_path / "home")
        for prefix, least in ((ARCHIVE, 312), (TABLE_FILES, 520)):
            files = digests(there.storage, prefix)
            assert len(files) >= least
            assert files == digests(here.storage, prefix)
