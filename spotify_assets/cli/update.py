"""`spotify-assets update`: take in the inbox, make what is stale, and say what was done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import click

from spotify_assets.catalog import Catalog, open_catalog
from spotify_assets.cli import FAILED, FILES_REJECTED
from spotify_assets.cli.abandoned_runs import end_abandoned_runs
from spotify_assets.cli.environment import base_of, query_hint, this_command
from spotify_assets.cli.first_edition import take_over
from spotify_assets.cli.runs import RunOutcome, run_all
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
from spotify_assets.settings import PREFIX, Settings, load_settings, require_possible
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.stale import are_reports_stale, stale_weeks
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import (
    describe_weeks,
    latest_closed_week,
    parse_week,
    system_clock,
    weeks_between,
)

PUBLISHING = ("catalog", "dashboard", "check_report")
SHOWN = 5
HELD_BACK = """
SELECT chart, week, finding FROM check_results
WHERE severity = 'ERROR' AND NOT passed ORDER BY week, chart, finding
"""


@dataclass
class UpdateOutcome:
    """What an update did.

    `rejected` has each file's key and the reason; `superseded` the keys of archived files that newer
    ones have replaced; `hidden` the files left alone in hidden folders; `closed` the folders whose files
    can't be taken away, and why. `only_published` is true where no week was stale, only the catalog or
    the reports; `refused_week` is the latest one where Spotify returns none of its charts to this app.
    """

    taken_in: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)
    runs: list[RunOutcome] = field(default_factory=list)
    only_published: bool = False
    abandoned: int = 0
    refused_week: date | None = None
    hidden: list[str] = field(default_factory=list)
    closed: Mapping[str, str] = field(default_factory=dict)
    superseded: list[str] = field(default_factory=list)
    held_back: list[tuple[str | None, date, str]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """See `spotify_assets.cli`."""
        is_lost = any(not run.success and run.last != self.refused_week for run in self.runs)
        if is_lost or self.held_back or any(run.failed for run in self.runs):
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
        count = count_of(retry_rejected_files(storage), "rejected file")
        click.echo(f"Put {count} back into the inbox.")
    outcome = update_base(settings, storage, only)
    report(settings, storage, outcome, only)
    if outcome.runs and outcome.exit_code != FAILED:
        click.echo(f"Next: {this_command()} open, or {query_hint()}")
    return outcome.exit_code


def update_base(
    settings: Settings, storage: Storage, only: Collection[date] | None = None
) -> UpdateOutcome:
    """Take in the inbox and make what is stale: one run for each range of weeks without gaps."""
    require_possible(settings)
    latest = latest_closed_week(system_clock())
    if settings.first_week > latest:  # or every file in the inbox would be rejected
        raise UserError(
            f"{PREFIX}FIRST_WEEK is {settings.first_week}, which isn't over: there is nothing to "
            f"collect yet. Set it to {latest} or earlier."
        )
    outcome = UpdateOutcome(
        abandoned=end_abandoned_runs(settings),
        hidden=hidden_files(storage),
        closed=storage.closed_folders(INBOX),
    )
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    due: set[date] = set()
    for file in scan_inbox(storage, rules, only):
        if isinstance(file, Recognised):
            outcome.taken_in += 1
            due |= {name.week for name in file.names}
        else:
            outcome.rejected.append((reject(storage, file), file.reason))
    archived = {file.key for file in storage.files(ARCHIVE)}
    archived_weeks = {name.week for key in archived if (name := raw_name_of(key))}
    catalog = open_catalog(settings, storage)
    asked_only: date | None = None
    if only is None:
        due |= set(stale_weeks(storage))
        fetched = _weeks_to_fetch(settings, storage, rules, catalog)
        asked_only = latest if latest in fetched - due - archived_weeks else None
        due |= fetched
    else:
        due = (due | archived_weeks) & set(only)
    if due:
        outcome.runs = run_all(settings, due)
        added = [file.key for file in storage.files(ARCHIVE) if file.key not in archived]
        outcome.superseded = [key for key in added if is_superseded(key)]
        if asked_only and only_refused(storage, asked_only):
            outcome.refused_week = asked_only
    elif only is None and (latest_stored := _unpublished(storage, catalog)):
        outcome.only_published = True
        outcome.runs = run_all(settings, [latest_stored], PUBLISHING)
    if all(run.success for run in outcome.runs):
        take_over(storage)
    outcome.held_back = _held_back(catalog)
    return outcome


def _weeks_to_fetch(
    settings: Settings, storage: Storage, rules: InboxRules, catalog: Catalog
) -> set[date]:
    """Return the weeks that Spotify has something for: missing charts of the latest, details of any."""
    spotify = SpotifyAccess(settings.spotify, rules.clock)
    if not spotify.account.is_configured:
        return set()
    from spotify_assets.defs.schedule import weeks_to_fetch

    weeks, _ = weeks_to_fetch(storage, rules, spotify, catalog)
    return weeks


def _unpublished(storage: Storage, catalog: Catalog) -> date | None:
    """Return the latest stored week where the catalog or a report is behind; None where they aren't."""
    stored = {name: set(weeks) for name, weeks in stored_weeks(storage).items()}
    shown = catalog.weeks()
    known = set().union(*stored.values(), *shown.values())
    is_behind = are_reports_stale(storage) or any(
        shown.get(name, set()) != stored.get(name, set())
        for name in shown.keys() | stored.keys()
        if name in shown
    )
    return max(known) if known and is_behind else None


def _held_back(catalog: Catalog) -> list[tuple[str | None, date, str]]:
    if not any(catalog.weeks().values()):
        return []
    return [(chart, week, finding) for chart, week, finding in catalog.query(HELD_BACK).rows]


def report(
    settings: Settings,
    storage: Storage,
    outcome: UpdateOutcome,
    only: Collection[date] | None = None,
) -> None:
    """Say what was done, what failed, and what to do about it."""
    if outcome.abandoned:
        runs = count_of(outcome.abandoned, "run")
        _warn(f"Marked {runs} of a command that was killed as canceled in Dagster.")
    for key, reason in outcome.rejected[: 2 * SHOWN]:
        _warn(f"Rejected {key.removeprefix(REJECTED)}: {reason}")
    if len(outcome.rejected) > 2 * SHOWN:
        _warn(f"Rejected {count_of(len(outcome.rejected) - 2 * SHOWN, 'more file')}.")
    for run in outcome.runs:
        weeks = describe_weeks(run.weeks)
        if run.made_nothing:
            for reason in why_missing(storage, run.last).values():
                _warn(f"Not yet: {reason}")
        said = "Not available" if run.last == outcome.refused_week else "Failed"
        for failure in run.failures:
            _warn(f"{said} for {weeks}: {failure}")
    _warn_of_checks("Check failed", (run.failed for run in outcome.runs))
    _warn_of_checks("Warning", (run.warned for run in outcome.runs))
    if outcome.superseded:
        files = count_of(len(outcome.superseded), "file")
        shown = ", ".join(outcome.superseded[:SHOWN])
        more = f" and {len(outcome.superseded) - SHOWN} more" if outcome.superseded[SHOWN:] else ""
        _warn(f"Note: newer files replaced {files} in the archive; kept are {shown}{more}.")
    if outcome.hidden:
        _warn(f"Note: files {about_hidden(outcome.hidden)}.")
    if outcome.closed:
        _warn(f"Note: folders {about_closed(outcome.closed)}.")
    _warn_of_held_back(outcome.held_back)
    click.echo(_summary(settings, outcome, only))
    if outcome.rejected:
        click.echo(
            f"The reasons are beside the files in {settings.base}/{REJECTED}. Once they are fixed: "
            f"{this_command()} update --retry-rejected"
        )


def _summary(settings: Settings, outcome: UpdateOutcome, only: Collection[date] | None) -> str:
    if outcome.only_published and any(run.success for run in outcome.runs):
        return "No week was stale, only the catalog or the reports: published them again."
    if outcome.runs:
        made = [
            w for run in outcome.runs if run.success and not run.made_nothing for w in run.weeks
        ]
        rejected = f", rejected {len(outcome.rejected)}" if outcome.rejected else ""
        return (
            f"Took in {count_of(outcome.taken_in, 'file')}{rejected}; made "
            f"{count_of(len(made), 'week')} in {count_of(len(outcome.runs), 'run')}; "
            f"{_checks(outcome.runs, len(made))}."
        )
    inbox = f"{settings.base}/{INBOX}"
    if only:
        return (
            "Nothing to do: there are no raw files of these weeks, neither in the archive nor below "
            f"{inbox}"
        )
    readable = "readable " if outcome.rejected else ""
    return f"Nothing to do: no {readable}file below {inbox}, and no week is stale."


def _checks(runs: Iterable[RunOutcome], weeks: int) -> str:
    """Return how the checks went, over all weeks of all runs."""
    checked = {title for run in runs for title in run.checked}
    failed = {title for run in runs for title in run.failed}
    warned = {title for run in runs for title in run.warned} - failed
    if not checked:
        return "no check ran"
    if not failed | warned:
        return f"all {len(checked)} checks passed on {count_of(weeks, 'week')}"
    parts = [f"{len(checked - failed - warned)} of {len(checked)} checks passed"]
    parts += [f"{len(failed)} failed"] if failed else []
    parts += [f"{len(warned)} warned"] if warned else []
    return ", ".join(parts)


def _warn_of_checks(what: str, found: Iterable[Mapping[str, Mapping[date | None, str]]]) -> None:
    by_title: dict[str, dict[date | None, str]] = {}
    for of_run in found:
        for title, of_weeks in of_run.items():
            by_title.setdefault(title, {}).update(of_weeks)
    for title, of_weeks in by_title.items():
        weeks = sorted(week for week in of_weeks if week)
        first = of_weeks[weeks[0]] if weeks else next(iter(of_weeks.values()))
        place = f" in {describe_weeks(weeks)}" if weeks else ""
        _warn(f"{what}: {title}{place}: {first}")


def _warn_of_held_back(held_back: Iterable[tuple[str | None, date, str]]) -> None:
    by_chart: dict[str | None, dict[date, str]] = {}
    for chart, week, finding in held_back:
        by_chart.setdefault(chart, {}).setdefault(week, finding)
    for chart, findings in by_chart.items():
        weeks = sorted(findings)
        what = f"{chart or 'every chart'} of {describe_weeks(weeks)}: {findings[weeks[0]]}"
        _warn(f"Held back: {what}. Drop a good file of it into the inbox and update again")


def _warn(text: str) -> None:
    click.echo(text, err=True)


def parse_weeks(text: str, settings: Settings) -> list[date]:
    """Return the weeks that `A..B`, or a single week, names.

    Raises:
        UserError: it names none; says how to write it.
    """
    first_text, dots, last_text = text.replace("...", "..").partition("..")  # Dagster has three
    try:
        first = parse_week(first_text.strip())
        last = parse_week(last_text.strip()) if dots else first
    except ValueError as error:
        raise UserError(f"--weeks {text}: {error}") from None
    latest = latest_closed_week(system_clock())
    if last < first:
        raise UserError(f"--weeks {text}: ends before it begins")
    if first < settings.first_week or last > latest:
        raise UserError(
            f"--weeks {text}: weeks are collected from {settings.first_week} ({PREFIX}FIRST_WEEK) to "
            f"{latest}, the latest that is over"
        )
    return weeks_between(first, last)


def count_of(number: int, what: str) -> str:
    """Return a number and what it counts: `1 file`, `2 files`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
