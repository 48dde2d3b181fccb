"""`spotify-assets update`: what it takes in, what it makes again, what it says and leaves alone."""

from __future__ import annotations

import errno
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.checks.declared import BASE_CHECKS, CHECKS, WEEKLY_CHECKS
from spotify_assets.checks.verdicts import Verdict, as_rows
from spotify_assets.cli.environment import instance_in, only_command
from spotify_assets.cli.runs import RunOutcome
from spotify_assets.cli.summary import LOG, UpdateOutcome
from spotify_assets.cli.update import held_back_sentences
from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import (
    ARCHIVE,
    DASHBOARD,
    INBOX,
    REJECTED,
    RawName,
    held_back_key,
    table_key,
)
from spotify_assets.reports.checks_text import Result
from spotify_assets.settings import PREFIX, Settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import CHECK_RESULTS, TABLES
from spotify_assets.tables.store import write_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import clean_environment, cli, run
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, evaluations

LOADED_BY_AN_UPDATE = (
    "import sys\n"
    "from spotify_assets.cli import main\n"
    "try: main(['update'])\n"
    "except SystemExit as ended: assert not ended.code\n"
    "print(sorted({'dagster', 'boto3', 'pandas'} & set(sys.modules)))\n"
)


def test_update_takes_in_the_inbox_and_then_has_nothing_to_do(
    storage: FolderStorage, base: Path, tmp_path: Path
) -> None:
    for week in (WEEKS[0], WEEKS[1], WEEKS[4]):
        drop_csv(storage, week)
    ended = cli(base, "update")
    assert ended.exit_code == 0
    assert "Took in 3 files; made 3 weeks in 1 run; " in ended.stdout
    assert " checks: 3 warnings.\n" in ended.stdout
    assert 'query "SELECT chart' in ended.stdout
    assert "Warning: raw_playlist.latest_week_present: " in ended.stderr
    weeks = "2024-03-01, 2024-03-08 and 2024-03-29"
    shown = [line for line in ended.stderr.splitlines() if line.startswith(weeks)]
    assert shown == [f"{weeks} …"]
    made = {str(WEEKS[n]) for n in (0, 1, 4)}
    with instance_in(base / ".dagster") as instance:
        (one,) = instance.get_runs()
        for asset in ("raw_playlist", "details", *TABLES, "catalog"):
            assert instance.get_materialized_partitions(dg.AssetKey(asset)) == made
        checked = Counter(found.partition for found in evaluations(instance, one.run_id))
    assert checked == {**dict.fromkeys(made, len(WEEKLY_CHECKS)), None: len(BASE_CHECKS)}
    loading = [sys.executable, "-c", LOADED_BY_AN_UPDATE]
    again = run(loading, tmp_path, clean_environment(base))
    nothing = f"Nothing to do: no file below {base}/{INBOX}, and no week is stale.\n"
    assert (again.stdout, again.stderr) == (f"{nothing}[]\n", "")


def test_a_file_that_replaces_another_is_noted_once(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    assert "replaced" not in cli(base, "update").stderr
    older = storage.read(RawName(WEEKS[0], "norway", "chart_csv").archive_key)
    drop_csv(storage, WEEKS[0], names=["Midnight Ferry", "Fjordlys"])
    ended = cli(base, "update")
    (kept,) = [file.key for file in storage.files(ARCHIVE) if "/superseded/" in file.key]
    assert f"Note: newer files replaced 1 file in the archive; kept are {kept}." in ended.stderr
    assert storage.read(kept) == older


def test_a_chart_whose_raw_file_is_damaged_is_held_back_and_no_other(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:3]:
        drop_csv(storage, week)
    assert cli(base, "update").exit_code == 0
    key = RawName(WEEKS[1], "norway", "chart_csv").archive_key
    good = storage.read(key)
    storage.write(key, b"rank,uri\nnonsense")
    ended = cli(base, "update")
    assert ended.exit_code == 1
    assert f"Held back: norway, {WEEKS[1]}, by raw_playlist.archive_intact: " in ended.stderr
    assert (
        "; held back: 1 chart.\nDrop a correct file of each chart that is held back" in ended.stdout
    )
    assert "Check failed: raw_playlist.archive_intact" not in ended.stderr  # said once
    assert "Next:" not in ended.stdout
    stored = [week for week in WEEKS[:3] if storage.exists(table_key("songs", week))]
    assert stored == [WEEKS[0], WEEKS[2]]
    again = cli(base, "update")
    assert (again.exit_code, again.stdout.startswith("Nothing to do")) == (1, True)
    assert "Held back: norway" in again.stderr
    storage.write(INBOX + raw_samples.csv_name(WEEKS[1]), good)
    assert cli(base, "update").exit_code == 0


def test_rejected_files_are_named_with_the_reason_and_can_be_tried_again(
    storage: FolderStorage, base: Path
) -> None:
    name = raw_samples.csv_name(WEEKS[0], "xx")
    for number in range(6):
        storage.write(f"{INBOX}{number}-{name}", raw_samples.chart_csv())
    ended = cli(base, "update")
    assert ended.exit_code == 3
    assert f"Rejected 6 files, such as 0-{name}: " in ended.stderr
    log = base / ".dagster" / LOG
    assert f"In full: {log}\n" in ended.stdout
    assert f"Rejected 5-{name}: " in log.read_text()
    assert "Took in no file, rejected 6; no week is stale." in ended.stdout
    assert f"The reasons are beside the files in {base}/{REJECTED}; delete" in ended.stdout
    drop_csv(storage, WEEKS[0])
    again = cli(base, "update", "--retry-rejected")
    assert again.exit_code == 3
    assert "Put 6 rejected files back into the inbox." in again.stdout
    assert "Took in 1 file, rejected 6; made 1 week in 1 run;" in again.stdout
    charts = base / "charts.toml"
    charts.write_text('[[charts]]\nslug = "nowhere"\ncountry = "xx"\n')
    fixed = cli(base, "update", "--retry-rejected", SPOTIFY_ASSETS_CHARTS_FILE=str(charts))
    assert list(storage.files(REJECTED)) == []
    assert "Took in 6 files; made 1 week" in fixed.stdout


def test_a_file_that_cannot_be_read_stays_in_the_inbox_and_is_named(
    storage: FolderStorage, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read by update, and by the run if update couldn't."""
    name, reads, read = raw_samples.csv_name(WEEKS[0]), list[str](), FolderStorage.read

    def refuse_one(self: FolderStorage, key: str) -> bytes:
        if key == INBOX + name:
            reads.append(key)
            if len(reads) in (1, 2):
                raise OSError(errno.EIO, "Input/output error")
        return read(self, key)

    monkeypatch.setattr(FolderStorage, "read", refuse_one)
    for country in ("no", "global"):
        drop_csv(storage, WEEKS[0], country=country)
    ended = cli(base, "update")
    assert ended.exit_code == 3
    assert "Took in 1 file, left 1; made 1 week in 1 run" in ended.stdout
    assert f"Not taken in {name}: It " in ended.stderr
    assert "run spotify-assets update again" in ended.stderr
    assert [file.key for file in storage.files(INBOX)] == [INBOX + name]
    assert list(storage.files(REJECTED)) == []
    assert "Took in 1 file; made 1 week" in cli(base, "update").stdout


def test_update_with_weeks_makes_these_again_and_takes_in_no_others(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:3]:
        drop_csv(storage, week)
    one = cli(base, "update", "--weeks", "2024-03-08")
    assert "Took in 1 file; made 1 week in 1 run" in one.stdout
    assert len(list(storage.files(INBOX))) == 2
    several = cli(base, "update", "--weeks", "2024-03-01...2024-03-15")  # Dagster has three dots
    assert "Took in 2 files; made 3 weeks in 1 run;" in several.stdout
    nothing = cli(base, "update", "--weeks", "2024-04-05..2024-04-12")
    assert nothing.exit_code == 0
    assert "no raw files of these weeks" in nothing.stdout


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
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"--weeks {weeks}: ")
    assert says in ended.stderr


def test_what_a_killed_run_left_undone_is_made_again(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    storage.delete(table_key(CHECK_RESULTS.name, WEEKS[0]))
    assert "made 1 week in 1 run" in cli(base, "update").stdout
    for file in (DASHBOARD, "spotify_charts.duckdb"):
        storage.delete(file)
        assert "published them again" in cli(base, "update").stdout
        assert storage.exists(file)


def test_weeks_before_the_first_that_is_collected_are_left_as_they_are(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    later = {f"{PREFIX}FIRST_WEEK": str(WEEKS[1])}
    storage.delete(table_key(CHECK_RESULTS.name, WEEKS[0]))
    published = cli(base, "update", **later)  # the catalog showed its verdicts
    assert "published them again" in published.stdout
    assert not storage.exists(table_key(CHECK_RESULTS.name, WEEKS[0]))
    ended = cli(base, "update", **later)
    assert (ended.exit_code, ended.stdout[:13]) == (0, "Nothing to do")


def test_of_weeks_held_back_for_different_reasons_the_first_is_named_with_its_own(
    storage: FolderStorage,
) -> None:
    weeks, check = list(WEEKS[:2]), "songs.not_a_copy"
    (copy,) = [one for one in CHECKS if one.title == check]

    def said(*findings: str) -> dict[str, list[str]]:
        for week, finding in zip(weeks, findings, strict=True):
            rows = as_rows([Verdict(copy, week, "norway", (finding,))])
            write_week(storage, CHECK_RESULTS.name, week, rows)
            storage.write(held_back_key("songs", week), b"")
        return held_back_sentences(storage)

    both = f"norway, {weeks[0]} and {weeks[1]}, by {check}: "
    assert said("a mistake", "a mistake") == {check: [f"{both}a mistake"]}
    assert said("as in June", "as in July") == {check: [f"{both}in {weeks[0]}, as in June"]}


def test_what_is_found_about_the_whole_base_is_what_the_last_run_found() -> None:
    def found(week: date | None, *, passed: bool, said: str) -> RunOutcome:
        about = week or WEEKS[0]
        finding = Result(week, "songs", "odd", None, "WARN", passed, int(not passed), said, ())
        return RunOutcome([about], found=[finding])

    runs = [found(week, passed=False, said="first") for week in (None, *WEEKS[:2])]
    outcome = UpdateOutcome(runs=[*runs, found(None, passed=False, said="last")])
    (check,) = outcome.checks.checks.values()
    found_of = {one.week: one.finding for one in check.failures}
    assert found_of == {None: "last", WEEKS[0]: "first", WEEKS[1]: "first"}
    assert len(check.failures) == len(found_of)
    outcome.runs.append(found(None, passed=True, said=""))
    assert outcome.checks.failing["songs.odd"].failed_weeks == list(WEEKS[:2])


def test_a_second_update_is_refused_while_the_first_is_at_work(
    storage: FolderStorage, base: Path, settings: Settings
) -> None:
    drop_csv(storage, WEEKS[0])
    with only_command(settings):
        refused = cli(base, "update")
    assert refused.exit_code == 2
    assert "Another spotify-assets command is working on" in refused.output
    assert len(list(storage.files(INBOX))) == 1


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [("CATALOG", "glue", "set SPOTIFY_ASSETS_BASE=s3"), ("FIRST_WEEK", "2099-01-02", "isn't over")],
)
def test_settings_that_leave_nothing_to_do_stop_update_before_it_touches_the_inbox(
    storage: FolderStorage, base: Path, variable: str, value: str, says: str
) -> None:
    storage.write(f"{INBOX}unreadable.csv", b"no chart")
    refused = cli(base, "update", **{f"{PREFIX}{variable}": value})
    assert refused.exit_code == 2
    assert f"{PREFIX}{variable}" in refused.output
    assert says in refused.output
    assert storage.exists(f"{INBOX}unreadable.csv")


def test_update_notes_that_a_base_holds_the_demo(storage: FolderStorage, base: Path) -> None:
    mark_demo(storage, WEEKS[0], WEEKS[1])
    assert "holds the demo's made-up charts" in cli(base, "update").stderr
