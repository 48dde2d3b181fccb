"""`spotify-assets update`: what it takes in, what it makes again, what it says and leaves alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spotify_assets.cli.environment import shared_instance
from spotify_assets.cli.report import UpdateOutcome, report
from spotify_assets.cli.runs import RunOutcome
from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import (
    ARCHIVE,
    CHECKS_PAGE,
    DASHBOARD,
    INBOX,
    REJECTED,
    RawName,
    table_key,
)
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import ALL_CHECKS, WEEKS, drop_csv

PASSED = f"{ALL_CHECKS - 3} of {ALL_CHECKS}"  # genres, a chart and the latest week are missing


def test_update_takes_in_the_inbox_and_then_has_nothing_to_do(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    drop_csv(storage, WEEKS[1])
    drop_csv(storage, WEEKS[4])
    ended = cli(base, "update")
    assert ended.exit_code == 0
    assert (
        f"Took in 3 files; made 3 weeks in 2 runs; {PASSED} checks passed on 3 weeks, 3 warned."
        in (ended.stdout)
    )
    assert ' query "SELECT chart' in ended.stdout
    assert "2 weeks, 2024-03-01 to 2024-03-08" in ended.stderr
    assert "Week 2024-03-29" in ended.stderr
    again = cli(base, "update")
    assert again.exit_code == 0
    assert again.output == (
        f"Nothing to do: no file below {base}/{INBOX}, and no week is behind.\n"
    )


def test_a_file_that_takes_the_place_of_another_is_told(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    assert "took the place" not in cli(base, "update").stderr
    older = storage.read(RawName(WEEKS[0], "norway", "chart_csv").archive_key)
    drop_csv(storage, WEEKS[0], names=["Only One"])
    ended = cli(base, "update")
    (kept,) = [file.key for file in storage.files(ARCHIVE) if "/superseded/" in file.key]
    says = "Note: newer files took the place of 1 file in the archive; the older ones are kept: "
    assert f"{says}{kept}." in ended.stderr
    assert storage.read(kept) == older
    assert "took the place" not in cli(base, "update").stderr


def test_weeks_whose_raw_files_are_damaged_keep_no_other_from_being_made(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:5]:
        drop_csv(storage, week)
    assert cli(base, "update").exit_code == 0
    keys = [RawName(week, "norway", "chart_csv").archive_key for week in WEEKS[:5]]
    good = storage.read(keys[3])
    storage.write(keys[1], b"rank,uri\nnonsense")
    storage.write(keys[3], b"")
    for week in WEEKS[:5]:
        storage.delete(table_key("songs", week, "parquet"))
    ended = cli(base, "update")
    assert ended.exit_code == 1
    assert f"Failed {WEEKS[0]} to {WEEKS[4]}: raw_playlist: {keys[1]}: " in ended.stderr
    assert f"(So are others: {keys[3].removeprefix(ARCHIVE)}.)" in ended.stderr
    assert "made 3 weeks in 4 runs" in ended.stdout
    stored = [w for w in WEEKS[:5] if storage.exists(table_key("songs", w, "parquet"))]
    assert stored == [WEEKS[0], WEEKS[2], WEEKS[4]]
    storage.write(keys[3], good)
    ended = cli(base, "update")
    assert (ended.exit_code, "made 1 week in 2 runs" in ended.stdout) == (1, True)
    drop_csv(storage, WEEKS[1])
    ended = cli(base, "update")
    assert (ended.exit_code, "made 1 week in 1 run" in ended.stdout) == (0, True)


def test_files_in_hidden_folders_are_left_alone_and_that_is_said(
    storage: FolderStorage, base: Path
) -> None:
    name = raw_samples.csv_name(WEEKS[0])
    storage.write(f"{INBOX}.versions/{name}", raw_samples.chart_csv())
    storage.write(f"{INBOX}.DS_Store", b"?")
    ended = cli(base, "update")
    assert ended.exit_code == 0
    assert (
        "Note: files left alone in folders whose name begins with a dot: 1, the first: "
        f".versions/{name}. To have them taken in, drop them outside" in ended.stderr
    )
    assert storage.exists(f"{INBOX}.versions/{name}")
    (base / INBOX / ".versions").rename(base / INBOX / "versions")
    assert "Took in 1 file;" in cli(base, "update").stdout


def test_update_on_an_empty_base_has_nothing_to_do(base: Path) -> None:
    assert cli(base, "update").exit_code == 0
    assert "Nothing to do: no file below" in cli(base / "not there yet", "update").output


def test_rejected_files_are_said_to_be_so_and_can_be_tried_again(
    storage: FolderStorage, base: Path
) -> None:
    name = raw_samples.csv_name(WEEKS[0], "se")
    storage.write(INBOX + name, raw_samples.chart_csv())
    ended = cli(base, "update")
    assert ended.exit_code == 3
    assert f"Rejected {name}: No chart has the country 'se'" in ended.stderr
    assert "Nothing to do: no readable file below" in ended.stdout
    assert "The reasons are beside the files in" in ended.stdout
    assert "update --retry-rejected" in ended.stdout
    drop_csv(storage, WEEKS[0])
    again = cli(base, "update", "--retry-rejected")
    assert again.exit_code == 3
    assert "Put 1 rejected file back into the inbox." in again.stdout
    assert "Took in 1 file, rejected 1; made 1 week in 1 run;" in again.stdout
    charts = base / "charts.toml"
    charts.write_text('[[charts]]\nslug = "sweden"\ncountry = "se"\n')
    mended = cli(base, "update", "--retry-rejected", SPOTIFY_ASSETS_CHARTS_FILE=str(charts))
    assert mended.exit_code == 0
    assert list(storage.files(REJECTED)) == []
    assert storage.exists(RawName(WEEKS[0], "sweden", "chart_csv").archive_key)


def test_update_with_weeks_rebuilds_these_and_takes_in_no_others(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:3]:
        drop_csv(storage, week)
    one = cli(base, "update", "--weeks", "2024-03-08")
    assert one.exit_code == 0
    assert "Took in 1 file; made 1 week in 1 run" in one.stdout
    assert len(list(storage.files(INBOX))) == 2
    for text in ("2024-03-01..2024-03-15", "2024-03-01...2024-03-15"):  # Dagster has three dots
        several = cli(base, "update", "--weeks", text)
        assert several.exit_code == 0
        assert (
            f"made 3 weeks in 1 run; {PASSED} checks passed on 3 weeks, 3 warned" in several.stdout
        )
    nothing = cli(base, "update", "--weeks", "2024-04-05..2024-04-12")
    assert nothing.exit_code == 0
    assert "there are no raw files of these weeks" in nothing.stdout


@pytest.mark.parametrize(
    ("weeks", "says"),
    [
        ("march", "'march' is not a date like 2026-11-13"),
        ("", "'' is not a date"),
        ("2024-03-01..", "'' is not a date"),
        ("2024-03-02", "a Saturday; a chart week is named by its Friday: 2024-03-01 or 2024-03-08"),
        ("2024-03-08..2024-03-01", "ends before it begins"),
        ("2016-12-16", "weeks are collected from 2016-12-23 (SPOTIFY_ASSETS_FIRST_WEEK)"),
        ("2024-03-01..2099-12-25", "the latest that is over"),
    ],
)
def test_weeks_that_cannot_be_meant_are_refused(base: Path, weeks: str, says: str) -> None:
    ended = cli(base, "update", "--weeks", weeks)
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"--weeks {weeks}: ")
    assert says in ended.stderr
    assert ended.stdout == ""


def test_weeks_that_are_behind_are_made_again_whatever_the_reason(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0

    def made(**settings: str) -> str:
        ended = cli(base, "update", **settings)
        assert ended.exit_code == 0
        assert cli(base, "update", **settings).stdout.startswith("Nothing to do")
        return ended.stdout

    raw = base / RawName(WEEKS[0], "norway", "chart_csv").archive_key
    table = base / table_key("artists", WEEKS[0], "parquet")
    earlier = raw.stat().st_mtime - 60
    os.utime(table, (earlier, earlier))
    assert "made 1 week" in made(), "a raw file is newer than one of the tables"
    table.unlink()
    assert "made 1 week" in made(), "a table is missing"
    (base / "spotify_charts.duckdb").unlink()
    assert "published it anew" in made(), "it isn't published"
    assert "made 1 week" in made(SPOTIFY_ASSETS_TABLE_FORMAT="csv"), "the format is another"
    assert not list(base.rglob("*.parquet"))


def test_reports_that_a_killed_run_did_not_come_to_are_found_and_made(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    for key in (DASHBOARD, CHECKS_PAGE):
        storage.delete(key)
        doctor = cli(base, "doctor")
        assert doctor.exit_code == 1
        assert f"reports      missing, or older than the catalog: {key}" in doctor.output
        assert "published it anew" in cli(base, "update").stdout
        assert storage.exists(key)
    assert cli(base, "update").stdout.startswith("Nothing to do")
    assert cli(base, "doctor").exit_code == 0


def test_a_run_that_fails_is_told_with_its_reason(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    key = RawName(WEEKS[0], "norway", "chart_csv").archive_key
    storage.write(key, b"<html>")
    ended = cli(base, "update")
    assert ended.exit_code == 1
    assert f"Failed 2024-03-01: raw_playlist: {key}: " in ended.stderr
    assert "made 0 weeks in 1 run; no check ran." in ended.stdout
    assert "Next:" not in ended.stdout


def test_checks_that_fail_are_counted_over_weeks(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {f"{table}: {name}" for table in TABLES for name in ("schema", "unique_key")}
    run = RunOutcome(
        "a run",
        WEEKS[0],
        WEEKS[2],
        success=True,
        checks=names,
        failed_checks={"songs: unique_key": "1 of 3 weeks fail: 2024-03-08; the first: rank 1"},
        checked_weeks={str(week) for week in WEEKS[:3]},
        failed_weeks={"2024-03-08"},
    )
    outcome = UpdateOutcome(taken_in=3, runs=[run])
    report(settings, outcome)
    said = capsys.readouterr()
    assert outcome.exit_code == 1
    assert "1 of 8 checks failed, on 1 of 3 weeks." in said.out
    assert "Check failed 2024-03-01 to 2024-03-15: songs: unique_key: 1 of 3 weeks fail" in said.err


def test_a_second_update_waits_for_the_end_of_the_first(
    storage: FolderStorage, base: Path, settings: Settings
) -> None:
    dropped = INBOX + raw_samples.csv_name()
    storage.write(dropped, raw_samples.chart_csv())
    with shared_instance(settings):
        refused = cli(base, "update")
    assert refused.exit_code == 2
    assert "Another spotify-assets command is at work" in refused.output
    assert storage.exists(dropped)
    assert cli(base, "update").exit_code == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SPOTIFY_ASSETS_CATALOG", "glue"), ("SPOTIFY_ASSETS_FIRST_WEEK", "2099-01-02")],
)
def test_a_setting_that_cannot_be_met_stops_update_before_it_touches_the_inbox(
    storage: FolderStorage, base: Path, variable: str, value: str
) -> None:
    dropped = [INBOX + raw_samples.csv_name(), f"{INBOX}unreadable.csv"]
    for key, content in zip(dropped, (raw_samples.chart_csv(), b"no chart"), strict=True):
        storage.write(key, content)
    refused = cli(base, "update", **{variable: value})
    assert refused.exit_code == 2
    assert f"{variable} holds '{value}'" in refused.output
    assert all(storage.exists(key) for key in dropped)


def test_update_notes_that_a_base_holds_the_demo(storage: FolderStorage, base: Path) -> None:
    mark_demo(storage, WEEKS[0], WEEKS[1])
    assert "holds the demo's made-up charts" in cli(base, "update").stderr
