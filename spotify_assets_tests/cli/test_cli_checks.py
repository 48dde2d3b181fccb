"""`spotify-assets checks`: every check in short, what fails and since when, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from spotify_assets.checks.every_check import EVERY_CHECK, OF_THE_WHOLE
from spotify_assets.layout import CHECKS_DATA, CHECKS_PAGE, REJECTED, table_key
from spotify_assets.publishing.ledger import LEDGER
from spotify_assets.reports.check_report.report import as_json
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import digests
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.made_weeks import LAST, Made, make_weeks
from spotify_assets_tests.raw_samples import UNUSUAL

# The command goes by the machine's clock, so the latest week may be old by then.
PATIENT = {"SPOTIFY_ASSETS_CHECK_LATEST_WEEK_DAYS": "100000"}


@pytest.fixture
def made(base: Path) -> Made:
    return make_weeks(base, 4)


@pytest.fixture
def damaged(made: Made) -> Iterator[Made]:
    (made.base / table_key("albums", made.weeks[1], "parquet")).write_bytes(b"damaged")
    return made


def test_where_every_check_holds_it_says_so_and_ends_with_0(made: Made) -> None:
    ended = cli(made.base, "checks", **PATIENT)
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert [line.split()[:2] for line in lines[: len(EVERY_CHECK)]] == [
        ["ok", check.title] for check in EVERY_CHECK
    ]
    assert lines[-1] == f"4 weeks, {made.weeks[0]} to {LAST}: every check holds."
    assert ended.stderr == ""


def test_an_error_is_said_with_its_week_and_ends_with_1(damaged: Made) -> None:
    ended = cli(damaged.base, "checks", **PATIENT)
    assert ended.exit_code == 1
    week = damaged.weeks[1]
    assert f"ERROR albums.schema                            1 of 4 weeks: {week}\n" in ended.stdout
    assert f"\n  {week}, first seen now\n        expected  a table that can be checked\n" in (
        ended.stdout
    )
    assert "- the stored file can't be read" in ended.stdout
    assert "ok    songs.schema                             4 weeks\n" in ended.stdout


def test_warnings_alone_end_with_0(made: Made) -> None:
    made.storage.write(f"{REJECTED}x.csv", b"?")
    ended = cli(made.base, "checks", **PATIENT)
    assert ended.exit_code == 0
    assert "WARN  raw_playlist.no_rejected_files\n" in ended.stdout
    assert ended.stdout.endswith("0 errors, 1 warning.\n")


def test_since_is_what_the_last_report_knows(damaged: Made) -> None:
    report = damaged.report(now=NOW - timedelta(days=40))
    damaged.storage.write(CHECKS_DATA, as_json(report))
    ended = cli(damaged.base, "checks", **PATIENT)
    assert f"{damaged.weeks[1]}, since 2026-10-11\n" in ended.stdout
    assert "first seen now" not in ended.stdout


def test_it_asks_afresh_and_not_the_last_report(made: Made) -> None:
    made.storage.write(CHECKS_DATA, as_json(made.report()))
    path = made.base / table_key("albums", made.weeks[1], "parquet")
    path.write_bytes(b"damaged")
    assert cli(made.base, "checks", **PATIENT).exit_code == 1


def test_it_writes_nothing(damaged: Made) -> None:
    before = digests(damaged.storage, "")
    assert cli(damaged.base, "checks", **PATIENT).exit_code == 1
    assert digests(damaged.storage, "") == before
    assert not (damaged.base / ".dagster").exists()


def test_a_week_has_every_check_with_what_was_expected_and_what_is_there(made: Made) -> None:
    ended = cli(made.base, "checks", "--week", str(made.weeks[2]))
    assert ended.exit_code == 0
    for check in EVERY_CHECK:
        assert (f"ok    {check.title}\n" in ended.stdout) == (check not in OF_THE_WHOLE)
    count = len(EVERY_CHECK) - len(OF_THE_WHOLE)
    assert ended.stdout.count("        expected  ") == ended.stdout.count("        actual    ")
    assert ended.stdout.count("        expected  ") == count
    assert ended.stdout.endswith(f"Week {made.weeks[2]}: every check holds.\n")


def test_only_a_week_that_fails_ends_with_1(damaged: Made) -> None:
    bad, good = damaged.weeks[1], damaged.weeks[3]
    failed = cli(damaged.base, "checks", "--week", str(bad))
    assert failed.exit_code == 1
    assert "ERROR albums.schema\n" in failed.stdout
    assert cli(damaged.base, "checks", "--week", str(good)).exit_code == 0


def test_json_is_what_the_report_keeps(damaged: Made) -> None:
    ended = cli(damaged.base, "checks", "--json", **PATIENT)
    assert ended.exit_code == 1
    said = json.loads(ended.stdout)
    assert {(one["check"], one["week"]) for one in said["failing"]} == {
        (one.check, str(one.week)) for one in damaged.report().failing
    }


def test_json_of_a_week_has_all_of_its_checks(damaged: Made) -> None:
    week = damaged.weeks[1]
    ended = cli(damaged.base, "checks", "--week", str(week), "--json")
    assert ended.exit_code == 1
    said = json.loads(ended.stdout)
    assert said["week"] == str(week)
    by_check = {one["check"]: one for one in said["checks"]}
    assert set(by_check) == {check.title for check in EVERY_CHECK if check not in OF_THE_WHOLE}
    bad, good = by_check["albums.schema"], by_check["songs.not_empty"]
    assert (bad["severity"], bad["passed"], good["passed"]) == ("ERROR", False, True)
    assert bad["findings"]
    assert bad["since"]
    assert good["expected"]
    assert good["since"] is None


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ("2026-11-12", "is a Thursday; a chart week is named by its Friday"),
        ("tomorrow", "'tomorrow' is not a date like 2026-11-13"),
        ("2019-11-01", "nothing is stored of that week"),
    ],
)
def test_a_week_that_cannot_be_asked_is_said_and_ends_with_2(
    made: Made, week: str, says: str
) -> None:
    ended = cli(made.base, "checks", "--week", week)
    assert ended.exit_code == 2
    assert says in ended.stderr
    assert ended.stdout == ""


def test_settings_that_are_wrong_end_with_2(base: Path) -> None:
    ended = cli(base, "checks", SPOTIFY_ASSETS_CHECK_GENRE_COVERAGE="much")
    assert ended.exit_code == 2
    assert "SPOTIFY_ASSETS_CHECK_GENRE_COVERAGE holds 'much'" in ended.stderr


def test_checks_that_could_not_be_asked_do_not_pass_for_holding(made: Made) -> None:
    made.storage.delete(LEDGER)
    ended = cli(made.base, "checks", **PATIENT)
    assert "Some checks of catalog could not be asked" in ended.stdout


def test_an_empty_base_has_nothing_to_fail(base: Path) -> None:
    ended = cli(base, "checks", **PATIENT)
    assert ended.exit_code == 0
    assert "-     songs.schema\n" in ended.stdout
    assert ended.stdout.endswith("No week is stored: there is nothing to check.\n")
    assert list(base.iterdir()) == []


def test_the_page_is_named_where_there_is_one(made: Made, storage: FolderStorage) -> None:
    storage.write(CHECKS_PAGE, b"<title>Checks</title>")
    ended = cli(made.base, "checks", **PATIENT)
    assert ended.stdout.endswith(f"As a page, as of the last run: {made.base / CHECKS_PAGE}\n")


def test_foreign_texts_do_not_reach_the_terminal_as_commands(made: Made) -> None:
    made.storage.write(f"{REJECTED}{UNUSUAL[2]}.csv", b"?")
    ended = cli(made.base, "checks", **PATIENT)
    assert "[31mred" in ended.stdout
    assert "\u001b" not in ended.stdout


def test_it_begins_without_loading_dagster() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, spotify_assets.cli.checks, spotify_assets.catalog.duckdb_contents\n"
            "print('dagster' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "False\n"


def test_many_weeks_that_fail_are_counted_and_the_latest_named(made: Made) -> None:
    for week in made.weeks:
        (made.base / table_key("artists", week, "parquet")).write_bytes(b"damaged")
    ended = cli(made.base, "checks", **PATIENT)
    first: date = made.weeks[0]
    assert f"4 of 4 weeks: {LAST}, {made.weeks[2]}, {made.weeks[1]}, …\n" in ended.stdout
    assert f"  {first}, first seen now" in ended.stdout
