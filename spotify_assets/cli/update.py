"""`spotify-assets update`: take in the inbox, make what is stale, and say what was done.

Here is decided what a command runs, and how that is summed up; running it is in `runs`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import click

from spotify_assets.catalog import Catalog, open_catalog
from spotify_assets.cli import FAILED, FILES_REJECTED
from spotify_assets.cli.environment import base_of, only_command, query_hint, this_command, week_of
from spotify_assets.cli.first_edition import take_over
from spotify_assets.cli.runs import RunOutcome, end_abandoned_runs, run_all
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UserError
from spotify_assets.layout import ARCHIVE, INBOX, REJECTED, raw_name_of
from spotify_assets.raw.file_names import is_superseded
from spotify_assets.raw.inbox import (
    InboxRules,
    Recognised,
    about_closed,
    about_hidden,
    hidden_files,
    reject,
    retry_rejected_files,
    scan_inbox,
)
from spotify_assets.raw.missing import only_refused, why_missing
from spotify_assets.reports.checks_text import CheckResults, counted, results_of
from spotify_assets.settings import PREFIX, Settings, load_settings, require_possible
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.stale import stale_weeks, week_to_publish
from spotify_assets.weeks import describe_weeks, latest_closed_week, system_clock, weeks_between

MOST_LINES = 5  # of one kind, so that all that was done fits on a screen
HELD_BACK = """
SELECT chart, table_name || '.' || check_name AS check_title, week, finding FROM check_results
WHERE severity = 'ERROR' AND NOT passed ORDER BY chart, check_title, week
"""


@dataclass
class UpdateOutcome:
    """What an update did: files taken in, files rejected with the reason by path, and runs.

    `held_back` says by check which charts are held back, `notes` what else is worth knowing, each in a
    sentence. `refused_week` is the latest one if this app may read none of its charts.
    `only_published` is true if no week was stale, only the catalog or the reports.
    """

    taken_in: int = 0
    rejected: dict[str, str] = field(default_factory=dict)
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
        found.extend(of_base.values())
        found.sort(key=lambda one: (one.table, one.check, one.week or date.min))
        return results_of(found)

    @property
    def exit_code(self) -> int:
        """See `spotify_assets.cli`."""
        is_lost = any(not run.success and run.last != self.refused_week for run in self.runs)
        if is_lost or self.held_back or self.checks.count("ERROR"):
            return FAILED
        return FILES_REJECTED if self.rejected else 0


def update(weeks: str | None, *, retry_rejected: bool) -> int:
    """Run the command and return its exit code."""
    settings = load_settings()
    storage = base_of(settings)
    only = parse_weeks(weeks, settings) if weeks is not None else None
    if holds_demo(storage):
        click.echo(
            f"Note: {settings.base} holds the demo's made-up charts. For real ones set "
            f"{PREFIX}BASE to another folder.",
            err=True,
        )
    if retry_rejected:
        count = counted(retry_rejected_files(storage), "rejected file")
        click.echo(f"Put {count} back into the inbox.")
    outcome = update_base(settings, storage, only)
    report(settings, storage, outcome, only)
    if outcome.runs and outcome.exit_code != FAILED:
        click.echo(f"Next: {this_command()} open, or {query_hint()}")
    return outcome.exit_code


def update_base(
    settings: Settings, storage: Storage, only: Collection[date] | None = None
) -> UpdateOutcome:
    """Take in the inbox and make what is stale: one run for each range of weeks without gaps.

    Raises:
        UserError: another command is at work, or the settings leave nothing to collect.
    """
    require_possible(settings)
    latest = latest_closed_week(system_clock())
    if settings.first_week > latest:  # or every file in the inbox would be rejected
        raise UserError(
            f"{PREFIX}FIRST_WEEK is {settings.first_week}, which isn't over: there is nothing to "
            f"collect yet. Set it to {latest} or earlier."
        )
    with only_command(settings) as home:
        return _update(settings, storage, home, only)


def _update(
    settings: Settings, storage: Storage, home: Path, only: Collection[date] | None
) -> UpdateOutcome:
    outcome = UpdateOutcome()
    if abandoned := end_abandoned_runs(home):
        runs = counted(abandoned, "run")
        outcome.notes.append(f"Marked {runs} of a command that was killed as canceled in Dagster.")
    if hidden := hidden_files(storage):
        outcome.notes.append(f"Note: files {about_hidden(hidden)}.")
    if closed := storage.closed_folders(INBOX):
        outcome.notes.append(f"Note: folders {about_closed(closed)}.")
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    due: set[date] = set()
    for file in scan_inbox(storage, rules, only):
        if isinstance(file, Recognised):
            outcome.taken_in += 1
            due |= {name.week for name in file.names}
        else:
            outcome.rejected[reject(storage, file).removeprefix(REJECTED)] = file.reason
    archived = {file.key for file in storage.files(ARCHIVE)}
    archived_weeks = {name.week for key in archived if (name := raw_name_of(key))}
    catalog = open_catalog(settings, storage)
    only_fetched: set[date] = set()  # weeks that depend on Spotify alone
    if only is not None:
        due = (due | archived_weeks) & set(only)
    else:
        due |= set(stale_weeks(storage, settings.first_week))
        spotify = SpotifyAccess(settings.spotify, rules.clock)
        if spotify.account.is_configured:
            from spotify_assets.to_fetch import weeks_to_fetch

            fetched, _ = weeks_to_fetch(storage, rules, spotify, catalog)
            only_fetched = fetched - due - archived_weeks
            due |= fetched
    if due:
        outcome.runs = run_all(settings, home, due)
        added = (file.key for file in storage.files(ARCHIVE) if file.key not in archived)
        if replaced := [key for key in added if is_superseded(key)]:
            outcome.notes.append(
                f"Note: newer files replaced {counted(len(replaced), 'file')} in the archive; kept "
                f"are {', '.join(replaced[:MOST_LINES])}{_more(replaced)}."
            )
        latest = latest_closed_week(system_clock())
        if latest in only_fetched and only_refused(storage, latest):
            outcome.refused_week = latest
    elif only is None and (week := week_to_publish(storage, catalog.weeks(), settings.first_week)):
        from spotify_assets.defs.publishing import PUBLISHING

        outcome.only_published = True
        outcome.runs = run_all(settings, home, [week], PUBLISHING)
    if only is None and all(run.success for run in outcome.runs):
        take_over(storage)
    outcome.held_back = held_back_charts(catalog)
    return outcome


def held_back_charts(catalog: Catalog) -> dict[str, list[str]]:
    """Return which charts are held back, in a sentence for each chart, by the check that failed."""
    if not any(catalog.weeks().values()):
        return {}
    said: dict[str, list[str]] = {}
    for (chart, check), rows in groupby(catalog.query(HELD_BACK).rows, key=itemgetter(0, 1)):
        weeks, findings = zip(*(row[2:] for row in rows), strict=True)
        which = f"in {weeks[0]}, " if len(set(findings)) > 1 else ""  # it may name another week
        sentence = (
            f"{chart or 'every chart'}, {describe_weeks(weeks)}, by {check}: {which}{findings[0]}"
        )
        said.setdefault(check, []).append(sentence)
    return said


def report(
    settings: Settings,
    storage: Storage,
    outcome: UpdateOutcome,
    only: Collection[date] | None = None,
) -> None:
    """Say what was done, what failed, and what to do about it."""
    _warn(outcome.notes)
    _warn([f"Rejected {path}: {reason}" for path, reason in outcome.rejected.items()])
    for run in outcome.runs:
        if run.made_nothing:
            _warn([f"Not yet: {why}" for why in why_missing(storage, run.last).values()])
        said = "Not available" if run.last == outcome.refused_week else "Failed"
        _warn([f"{said} for {describe_weeks(run.weeks)}: {why}" for why in run.failures])
    warnings: dict[str, list[str]] = {"ERROR": [], "WARN": []}
    for title, check in outcome.checks.failing.items():
        where = f" in {describe_weeks(check.failed_weeks)}" if check.failed_weeks else ""
        if title not in outcome.held_back:
            said = "Check failed" if check.severity == "ERROR" else "Warning"
            sentence = f"{said}: {title}{where}: {check.failures[-1].finding}"
            warnings[check.severity].append(sentence)
    for of_severity in warnings.values():
        _warn(of_severity)
    if sentences := [f"Held back: {one}" for said in outcome.held_back.values() for one in said]:
        _warn(sentences)
        _warn(["Drop a correct file of such a chart into the inbox, and update again."])
    click.echo(_summary(settings, outcome, only))
    if outcome.rejected:
        click.echo(
            f"The reasons are beside the files in {settings.base}/{REJECTED}. Once they are fixed: "
            f"{this_command()} update --retry-rejected"
        )


def _summary(settings: Settings, outcome: UpdateOutcome, only: Collection[date] | None) -> str:
    if outcome.only_published and outcome.runs[0].success:
        return "No week was stale, only the catalog or the reports: published them again."
    if outcome.runs:
        made = [
            w for run in outcome.runs if run.success and not run.made_nothing for w in run.weeks
        ]
        found = outcome.checks
        checks = f"{counted(len(found.checks), 'check')}: {found.in_words}"
        rejected = f", rejected {len(outcome.rejected)}" if outcome.rejected else ""
        return (
            f"Took in {counted(outcome.taken_in, 'file')}{rejected}; made "
            f"{counted(len(made), 'week')} in {counted(len(outcome.runs), 'run')}; "
            f"{checks if found.checks else 'no check ran'}."
        )
    inbox = f"{settings.base}/{INBOX}"
    if only:
        return (
            f"Nothing to do: no raw files of these weeks, neither in the archive nor below {inbox}."
        )
    readable = "readable " if outcome.rejected else ""
    return f"Nothing to do: no {readable}file below {inbox}, and no week is stale."


def _warn(sentences: Sequence[str]) -> None:
    """Print sentences of one kind, as many as leave room for the others."""
    for sentence in sentences[:MOST_LINES]:
        click.echo(sentence, err=True)
    if more := _more(sentences):
        click.echo(f"…{more} like these.", err=True)


def _more(items: Sequence[str]) -> str:
    return f" and {len(items) - MOST_LINES} more" if len(items) > MOST_LINES else ""


def parse_weeks(text: str, settings: Settings) -> list[date]:
    """Return the weeks that `A..B`, or a single week, names.

    Raises:
        UserError: it names none; says how to write it.
    """
    first_text, dots, last_text = text.replace("...", "..").partition("..")  # Dagster has three
    first = week_of(first_text, f"--weeks {text}")
    last = week_of(last_text, f"--weeks {text}") if dots else first
    latest = latest_closed_week(system_clock())
    if last < first:
        raise UserError(f"--weeks {text}: ends before it begins")
    if first < settings.first_week or last > latest:
        raise UserError(
            f"--weeks {text}: weeks are collected from {settings.first_week} ({PREFIX}FIRST_WEEK) to "
            f"{latest}, the latest that is over"
        )
    return weeks_between(first, last)
