"""How an update ended, and what is said about it: on one screen, and all of it in a log.

What an update does is decided in `update`.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from spotify_assets.charts import by_sentence
from spotify_assets.checks.declared import NO_REJECTED_FILES
from spotify_assets.cli import FAILED, FILES_REJECTED
from spotify_assets.cli.hints import say
from spotify_assets.cli.runs import RunOutcome
from spotify_assets.layout import INBOX, REJECTED
from spotify_assets.raw.missing import why_missing
from spotify_assets.reports.checks_text import CheckResults, results_of
from spotify_assets.settings import Settings, dagster_home
from spotify_assets.storage import Storage
from spotify_assets.weeks import describe_weeks
from spotify_assets.words import counted, plain

SCREEN = 25  # rows that a command may fill, its progress included
ROWS_OF_ONE = 2  # of a sentence on a terminal; the log has the rest of it
LOG = "last_update.log"
"""The file in Dagster's folder that has every sentence about the last update."""
PARTICULARS = re.compile(r"'[^']*'|\d+")  # in which reasons of one kind differ


@dataclass
class UpdateOutcome:
    """What an update did: files taken in, files rejected or not read with the reason by path, and runs.

    `held_back` says by check which charts are held back, `notes` what else is worth knowing, each in a
    sentence. `refused_week` is the latest one if this app may read none of its charts.
    `only_published` is true if no week was stale, only the catalog or the reports.
    """

    taken_in: int = 0
    rejected: dict[str, str] = field(default_factory=dict)
    not_read: dict[str, str] = field(default_factory=dict)
    runs: list[RunOutcome] = field(default_factory=list)
    held_back: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refused_week: date | None = None
    only_published: bool = False

    @property
    def checks(self) -> CheckResults:
        """What the checks found, over all weeks of all runs."""
        found = [one for run in self.runs for one in run.found if one.week]
        # What a run finds about the whole base holds until the next one looks.
        of_base = {
            (one.table, one.check): one for run in self.runs for one in run.found if not one.week
        }
        return results_of([*found, *of_base.values()])

    @property
    def exit_code(self) -> int:
        """See `spotify_assets.cli`."""
        is_lost = any(not run.success and run.last != self.refused_week for run in self.runs)
        if is_lost or self.held_back or self.checks.count("ERROR"):
            return FAILED
        return FILES_REJECTED if self.rejected or self.not_read else 0


def report(
    settings: Settings,
    storage: Storage,
    outcome: UpdateOutcome,
    only: Collection[date] | None = None,
    *,
    verbose: bool = False,
    then: str = "",
) -> None:
    """Say what was done, what needs attention, and what to do: `then` last, if nothing failed.

    It fits on a screen, and names the log, which has the rest; with `verbose`, all is printed.
    """
    made, to_do = _made(settings, outcome, only), _to_do(settings, outcome)
    is_made = any(run.success and not run.made_nothing for run in outcome.runs)
    if then and is_made and outcome.exit_code != FAILED:
        to_do.append(then)
    everything = [one for _, of in _attention(storage, outcome, every=True) for one in of]
    log = dagster_home(settings) / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("\n".join([made, *everything, *to_do, ""]), "utf-8", "replace")
    shown = everything
    if not verbose:
        is_terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if is_terminal else sys.maxsize
        in_full = f"In full: {log}"
        progress = len(outcome.runs)  # a line for each
        rows = SCREEN - progress - _rows((made, *to_do, in_full), width)
        shown = on_one_screen(_attention(storage, outcome), rows, width)
        to_do += [in_full] if shown != everything else []
    say(made)
    for sentence in shown:
        say(sentence, err=True)
    for line in to_do:
        say(line)


def on_one_screen(kinds: Iterable[tuple[str, Sequence[str]]], rows: int, width: int) -> list[str]:
    """Return what fits into so many rows: of each kind the first few sentences, and how many more.

    Where not all fit, long ones are cut.
    """
    there = {name: kind for name, kind in kinds if kind}
    lines = [one for kind in there.values() for one in kind]
    for most in range(max(rows, 0), -1, -1):
        if _rows(lines, width) <= rows:
            break
        lines = []
        for name, kind in there.items():
            lines += [plain(one, ROWS_OF_ONE * width) for one in kind[:most]]
            if (more := len(kind) - most) > 0:
                lines.append(f"… and {more}{' more' if most else ''} {name}.")
    return lines


def _rows(lines: Iterable[str], width: int) -> int:
    return sum(-(-len(line) // width) for line in lines)


def _attention(
    storage: Storage, outcome: UpdateOutcome, *, every: bool = False
) -> list[tuple[str, list[str]]]:
    """Return what needs attention, by kind; with `every`, a sentence for each file and week."""
    kinds = _sentences(storage, outcome, every=every)
    return [(name, [plain(one, sys.maxsize) for one in kind]) for name, kind in kinds]


def _sentences(
    storage: Storage, outcome: UpdateOutcome, *, every: bool
) -> Iterator[tuple[str, list[str]]]:
    failures = []
    for run in outcome.runs:
        if run.made_nothing:
            missing = why_missing(storage, run.last)
            failures += [f"Not yet: {why}" for why in by_sentence(missing.items())]
        said = "Not available" if run.last == outcome.refused_week else "Failed"
        failures += [f"{said} for {describe_weeks(run.weeks)}: {why}" for why in run.failures]
    yield "failures", failures
    yield "reasons for rejecting files", _of_files("Rejected", outcome.rejected, every=every)
    yield "reasons for leaving files", _of_files("Not taken in", outcome.not_read, every=every)
    yield "held back", [f"Held back: {one}" for of in outcome.held_back.values() for one in of]
    failing = {
        title: check
        for title, check in outcome.checks.failing.items()
        if title not in outcome.held_back
        and not (title == NO_REJECTED_FILES.title and outcome.rejected)
    }
    for severity, name, said in (
        ("ERROR", "errors", "Check failed"),
        ("WARN", "warnings", "Warning"),
    ):
        of_severity = [(t, check) for t, check in failing.items() if check.severity == severity]
        sentences = []
        for title, check in sorted(of_severity, key=lambda one: bool(one[1].failed_weeks)):
            found = check.failures[::-1] if every else check.failures[-1:]
            for one in found:
                weeks = [one.week] if one.week and every else check.failed_weeks
                where = f" in {describe_weeks(weeks)}" if weeks else ""
                sentences.append(f"{said}: {title}{where}: {one.finding}")
        yield name, sentences
    told = " ".join(check.failures[-1].finding or "" for check in failing.values())
    interrupted = dict.fromkeys(
        run.interrupted for run in outcome.runs if run.interrupted not in told
    )
    stopped = [f"Note: stopped looking up songs, artists and albums: {why}" for why in interrupted]
    not_sent = [f"Note: the digest: {run.not_sent}" for run in outcome.runs if run.not_sent]
    yield "notes", [*outcome.notes, *stopped, *not_sent]


def _of_files(what: str, reasons: Mapping[str, str], *, every: bool) -> list[str]:
    """Return a sentence for each file, or for each kind of reason, the most frequent first."""
    if every:
        return [f"{what} {path}: {reason}" for path, reason in reasons.items()]
    by_reason: dict[str, list[str]] = {}
    for path, reason in reasons.items():
        by_reason.setdefault(PARTICULARS.sub("", reason), []).append(path)
    return [
        f"{what} {f'{len(paths)} files, such as ' if len(paths) > 1 else ''}{paths[0]}: "
        f"{reasons[paths[0]]}"
        for paths in sorted(by_reason.values(), key=len, reverse=True)
    ]


def _made(settings: Settings, outcome: UpdateOutcome, only: Collection[date] | None) -> str:
    if outcome.only_published and outcome.runs[0].success:
        return "No week was stale, only the catalog or the reports: published them again."
    not_taken = f", rejected {len(outcome.rejected)}" if outcome.rejected else ""
    not_taken += f", left {len(outcome.not_read)}" if outcome.not_read else ""
    if outcome.runs:
        done = [run for run in outcome.runs if run.success and not run.made_nothing]
        weeks, found = [week for run in done for week in run.weeks], outcome.checks
        charts = sum(run.fetched for run in outcome.runs)
        fetched = f" and {counted(charts, 'chart')} from Spotify" if charts else ""
        checks = f"{counted(len(found.checks), 'check')}: {found.in_words}"
        held_back = counted(sum(map(len, outcome.held_back.values())), "chart")
        return (
            f"Took in {counted(outcome.taken_in, 'file')}{fetched}{not_taken}; made "
            f"{counted(len(weeks), 'week')} in {counted(len(outcome.runs), 'run')}; "
            f"{checks if found.checks else 'no check ran'}"
            f"{f'; held back: {held_back}' if outcome.held_back else ''}."
        )
    inbox = f"{settings.base}/{INBOX}"
    if only:
        return (
            f"Nothing to do: no raw files of these weeks, neither in the archive nor below {inbox}."
        )
    if not_taken:
        return f"Took in no file{not_taken}; no week is stale."
    return f"Nothing to do: no file below {inbox}, and no week is stale."


def _to_do(settings: Settings, outcome: UpdateOutcome) -> list[str]:
    """Return what to do next, in lines that may be longer than a row: they have commands."""
    to_do = []
    if outcome.held_back:
        to_do.append(
            "Drop a correct file of each chart that is held back into the inbox, and update again."
        )
    if outcome.rejected:
        to_do.append(
            f"The reasons are beside the files in {settings.base}/{REJECTED}; delete the files that you "
            f"don't need. Once the others are fixed: spotify-assets update --retry-rejected"
        )
    return to_do
