"""What is said about an update: all that matters on one screen, and the rest in a log."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from spotify_assets.cli.runs import RunOutcome
from spotify_assets.cli.summary import LOG, SCREEN, UpdateOutcome, on_one_screen, report
from spotify_assets.layout import INBOX
from spotify_assets.reports.checks_text import Result
from spotify_assets.settings import Settings, dagster_home
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.commands import cli
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

WEEKS = weeks_between(date(2024, 3, 1), date(2025, 2, 21))


def failed(check: str, severity: str, week: date | None) -> Result:
    """Return a result of a check that fails."""
    return Result(week, "songs", check, None, severity, False, 1, f"{check} is odd", ())


def much_went_wrong() -> UpdateOutcome:
    """Return an update in which much failed and was rejected."""
    found = [failed(f"check_{n}", "WARN", week) for n in range(20) for week in WEEKS]
    found += [failed("no_base", "ERROR", None), failed("held", "ERROR", WEEKS[0])]
    ended = RunOutcome(WEEKS, success=False, failures=["songs: the disk is full"], found=found)
    outcome = UpdateOutcome(taken_in=52, runs=[ended], notes=["Note: a note."])
    outcome.rejected = {f"{n}.csv": f"Line {n} of '{n}.csv' is no chart." for n in range(50)}
    outcome.rejected["x.csv"] = "It is empty."
    outcome.held_back = {"songs.held": ["norway, 2024-03-01, by songs.held: held is odd"]}
    return outcome


def test_everything_that_happened_fits_on_a_screen_and_the_log_has_the_rest(
    settings: Settings, storage: FolderStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = much_went_wrong()
    report(settings, storage, outcome, then="Next: nothing.")
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert lines[:6] == [
        "Failed for 52 weeks, 2024-03-01 to 2025-02-21: songs: the disk is full",
        "Rejected 50 files, such as 0.csv: Line 0 of '0.csv' is no chart.",
        "Rejected x.csv: It is empty.",
        "Held back: norway, 2024-03-01, by songs.held: held is odd",
        "Check failed: songs.no_base: no_base is odd",
        "Warning: songs.check_0 in 52 weeks, 2024-03-01 to 2025-02-21: check_0 is odd",
    ]
    assert lines[-2:] == ["… and 7 more warnings.", "Note: a note."]
    assert len(lines) + len(said.out.splitlines()) + 1 == SCREEN
    first, *_, last = said.out.splitlines()
    assert first == (
        "Took in 52 files, rejected 51; made 0 weeks in 1 run; 22 checks: 2 errors, 1,040 warnings; "
        "held back: 1 chart."
    )
    assert last == f"In full: {dagster_home(settings) / LOG}"
    assert "Next:" not in said.out  # something failed
    log = (dagster_home(settings) / LOG).read_text()
    assert f"\nWarning: songs.check_19 in {WEEKS[-1]}: check_19 is odd\n" in log
    outcome.notes = ["Note: \x1b[31ma\nnote."]
    report(settings, storage, outcome, verbose=True)
    verbose = capsys.readouterr()
    *same, note = verbose.err.splitlines()
    assert set(same) < set(log.splitlines())
    assert note == "Note: [31ma note."  # no command to the terminal
    assert len(verbose.err.splitlines()) == 1 + 51 + 1 + 1 + 1040 + 1
    assert "In full" not in verbose.out


@pytest.mark.parametrize(("rows", "width"), [(16, 80), (9, 80), (20, 40), (16, 10_000)])
def test_of_each_kind_something_is_shown_before_more_of_another(rows: int, width: int) -> None:
    kinds = {"errors": ["e" * 300] * 9, "warnings": ["w" * 20] * 9, "none": [], "notes": ["n" * 99]}
    lines = on_one_screen(kinds.items(), rows, width)
    assert {line[0] for line in lines} == {"e", "w", "n", "…"}
    assert sum(-(-len(line) // width) for line in lines) <= rows
    counts = {kind: sum(line[0] == kind for line in lines) for kind in "ew"}
    assert f"… and {9 - counts['e']} more errors." in lines


def test_where_everything_fits_nothing_is_cut() -> None:
    kinds = [("errors", ["e" * 700]), ("warnings", ["w" * 20])]
    assert on_one_screen(kinds, 12, 80) == [kinds[0][1][0], kinds[1][1][0]]
    assert on_one_screen(kinds, 9, 80)[0] == "e" * 159 + "…"


@pytest.mark.slow
@needs_real_data
def test_146_real_files_dropped_at_once_leave_a_screen(base: Path) -> None:
    inbox = base / INBOX
    shutil.copytree(REAL_DATA / "charts_weekly" / "global", inbox / "global")
    shutil.copytree(REAL_DATA / "charts_weekly_legacy", inbox / "legacy")
    ended = cli(base, "update")
    lines = ended.output.splitlines()
    assert len(lines) <= SCREEN
    assert "Took in 146 files, rejected 2; made 104 weeks in 1 run; " in ended.stdout
    weekly = [line for line in lines if line.startswith("Warning: ") and " weeks, " in line]
    assert weekly == []  # no check warns week by week
