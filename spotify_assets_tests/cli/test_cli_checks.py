"""`spotify-assets checks` and `verify`: what they print of a base, and how they end.

The lines themselves are tested in `reports/test_checks_text`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from spotify_assets.checks.declared import EVERY_CHECK, WEEKLY_CHECKS
from spotify_assets.layout import CHECKS_PAGE, REJECTED, table_key
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import WEEKS, digests
from spotify_assets_tests.raw_samples import UNUSUAL

OLD, NEW = WEEKS[:2]  # of the base `collected`
PATIENT = {"SPOTIFY_ASSETS_CHECK_LATEST_WEEK_DAYS": "100000"}  # its weeks are long over


@pytest.fixture
def damaged(collected: Path, tmp_path: Path) -> FolderStorage:
    base = shutil.copytree(collected, tmp_path / "damaged")
    (base / table_key("albums", NEW)).write_bytes(b"damaged")
    (base / REJECTED).mkdir(parents=True)
    (base / REJECTED / f"{UNUSUAL[2]}.csv").write_bytes(b"?")
    return FolderStorage(base)


def test_where_no_check_fails_with_an_error_checks_end_with_0(collected: Path) -> None:
    ended = cli(collected, "checks", **PATIENT)
    assert (ended.exit_code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    shown = {line.split()[1] for line in lines[: len(EVERY_CHECK)]}
    assert shown == {check.title for check in EVERY_CHECK}
    assert f"{OLD} and {NEW}: 2 warnings.\n" in ended.stdout
    assert lines[-1] == f"As a page, as of the last run: {collected / CHECKS_PAGE}"


def test_an_error_is_printed_with_its_week_and_ends_with_1(damaged: FolderStorage) -> None:
    before = digests(damaged, "")
    ended = cli(damaged.root, "checks", **PATIENT)
    assert ended.exit_code == 1
    assert f"ERROR albums.as_declared                       1 of 2 weeks: {NEW}\n" in ended.stdout
    assert f"update --weeks {NEW} makes it again" in ended.stdout
    assert "WARN  raw_playlist.no_rejected_files\n" in ended.stdout
    assert "[31mred" in ended.stdout
    assert "\u001b" not in ended.stdout  # a terminal would obey it
    assert digests(damaged, "") == before  # it only reads


def test_a_week_is_checked_alone(collected: Path, damaged: FolderStorage) -> None:
    bad = cli(damaged.root, "checks", "--week", str(NEW))
    assert bad.exit_code == 1
    for check in WEEKLY_CHECKS:
        assert f" {check.title}\n" in bad.stdout
    assert f"\nWeek {NEW}: " in bad.stdout
    assert cli(collected, "checks", "--week", str(OLD)).exit_code == 0


def test_json_has_every_check_with_its_failures(damaged: FolderStorage) -> None:
    ended = cli(damaged.root, "checks", "--week", str(NEW), "--json")
    assert ended.exit_code == 1
    found = {one["check"]: one for one in json.loads(ended.stdout)["checks"]}
    assert set(found) == {check.title for check in WEEKLY_CHECKS}
    assert found["albums.as_declared"]["failures"][0]["week"] == str(NEW)
    assert found["songs.as_declared"]["failures"] == []


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ("2026-11-12", "is a Thursday; a chart week is named by its Friday"),
        ("2019-11-01", "nothing is stored of that week"),
    ],
)
def test_a_week_that_cannot_be_checked_is_refused(collected: Path, week: str, says: str) -> None:
    ended = cli(collected, "checks", "--week", week)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"--week {week}: ")
    assert says in ended.stderr


def test_an_empty_base_has_nothing_that_could_fail(base: Path) -> None:
    ended = cli(base, "checks", **PATIENT)
    assert ended.exit_code == 0
    assert "No week is stored: there is nothing to check." in ended.stdout
    assert list(base.iterdir()) == []


def test_verify_compares_every_stored_file_with_its_raw_files(
    collected: Path, damaged: FolderStorage
) -> None:
    ended = cli(collected, "verify")
    says = "Every stored file is, byte for byte, what follows from the raw files.\n"
    assert (ended.exit_code, ended.stdout) == (0, says)
    damaged.delete(table_key("artists", OLD))
    ended = cli(damaged.root, "verify")
    assert ended.exit_code == 1
    assert f"{table_key('artists', OLD)} is missing: spotify-assets update --weeks" in ended.stdout
    assert f"{table_key('albums', NEW)} is not what follows from the raw files" in ended.stdout
    last = ended.stdout.splitlines()[-1]
    assert last == f"Not what follows from the raw files: 2 files in {OLD} and {NEW}."
