"""`spotify-assets update`: take in the inbox, rebuild what is behind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import click

from spotify_assets.catalogs import published_weeks
from spotify_assets.catalogs.duckdb_catalog import complete_weeks
from spotify_assets.cli import FAILED, FILES_REJECTED
from spotify_assets.cli.abandoned_runs import end_abandoned_runs
from spotify_assets.cli.environment import base_of, shared_instance, this_command
from spotify_assets.cli.progress import progress_of
from spotify_assets.due import nothing_to_do, weeks_to_enrich
from spotify_assets.errors import UserError
from spotify_assets.layout import ARCHIVE, INBOX, REJECTED, raw_name_of
from spotify_assets.runs import RunOutcome, run_weeks, weeks_behind
from spotify_assets.schemas import TABLES
from spotify_assets.settings import PREFIX, Settings, load_settings, require_possible
from spotify_assets.sources.demo_marker import holds_demo
from spotify_assets.sources.inbox import (
    InboxRules,
    Recognised,
    reject,
    retry_rejected_files,
    scan_inbox,
)
from spotify_assets.sources.missing import why_missing
from spotify_assets.sources.spotify.access import SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.table_files import damaged_files
from spotify_assets.weeks import (
    latest_closed_week,
    parse_week,
    runs_of_weeks,
    system_clock,
    weeks_between,
)

EVENTS_PER_WEEK = 7 + 9  # a materialization of each asset, an evaluation of each check


@dataclass
class UpdateOutcome:
    """What an update did: files taken in and rejected, and how each run ended.

    `only_published` is true where no week was made: there was no need to, the catalog was stale.
    `abandoned` counts the runs of killed commands that were ended first. `damaged` are the keys of
    table files that were found so and whose weeks were due for that, `lost` those of weeks that no
    raw files are kept of.
    """

    taken_in: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)
    runs: list[RunOutcome] = field(default_factory=list)
    only_published: bool = False
    abandoned: int = 0
    damaged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """See `spotify_assets.cli`."""
        if any(not run.success or run.failed_checks for run in self.runs):
            return FAILED
        return FILES_REJECTED if self.rejected else 0


def update(weeks: str | None, *, retry_rejected: bool) -> int:
    """Run the command; gives its exit code."""
    settings = load_settings()
    storage = base_of(settings)
    only = parse_weeks(weeks, settings) if weeks is not None else None
    if holds_demo(storage):
        click.echo(
            f"Note: {settings.base} holds the demo's made-up charts. For real ones set "
            "SPOTIFY_ASSETS_BASE to another folder.",
            err=True,
        )
    if retry_rejected:
        click.echo(
            f"Put {_count(retry_rejected_files(storage), 'rejected file')} back into the inbox."
        )
    outcome = update_base(settings, storage, only)
    report(settings, outcome, only)
    if outcome.runs and outcome.exit_code != FAILED:
        click.echo(f"Next: {query_hint()}")
    return outcome.exit_code


def update_base(
    settings: Settings, storage: Storage, only: Collection[date] | None = None
) -> UpdateOutcome:
    """Take in the inbox and rebuild what is behind: one run for each range of weeks without gaps."""
    require_possible(settings)
    latest = latest_closed_week(system_clock())
    if settings.first_week > latest:  # or every file in the inbox would be rejected
        raise UserError(
            f"{PREFIX}FIRST_WEEK holds '{settings.first_week}', which isn't over: there is nothing "
            f"to collect yet. Set it to {latest} or earlier."
        )
    outcome = UpdateOutcome(abandoned=end_abandoned_runs(settings))
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    due: set[date] = set()
    for file in scan_inbox(storage, rules, only):
        if isinstance(file, Recognised):
            outcome.taken_in += 1
            due |= {name.week for name in file.names}
        else:
            outcome.rejected.append((reject(storage, file), file.reason))
    published = published_weeks(settings, storage)
    archived = {name.week for file in storage.files(ARCHIVE) if (name := raw_name_of(file.key))}
    if only is None:
        due |= weeks_behind(storage, TABLES, settings.table_format, published)
        due |= _weeks_to_ask_for(settings, storage, rules, latest)
        for key, week in damaged_files(storage, settings.table_format).items():
            (outcome.damaged if week in archived | due else outcome.lost).append(key)
            due |= {week} & archived
    else:
        due = (due | archived) & set(only)
    if due:
        outcome.runs = _run_all(settings, due)
    elif only is None:
        stored = complete_weeks(storage, settings.table_format)
        if stored != published:  # table files came or went that no raw files are kept for
            outcome.only_published = True
            outcome.runs = _run_all(settings, {max([*stored, *published])}, assets=["catalog"])
    return outcome


def _weeks_to_ask_for(
    settings: Settings, storage: Storage, rules: InboxRules, latest: date
) -> set[date]:
    """The weeks that Spotify has something for: missing charts of the latest, details of any."""
    spotify = SpotifyAccess(settings.spotify, rules.clock)
    weeks = set(weeks_to_enrich(storage, spotify))
    if not nothing_to_do(storage, rules, spotify, latest, settings.table_format):
        weeks.add(latest)
    return weeks


def _run_all(settings: Settings, due: set[date], assets: Sequence[str] = ()) -> list[RunOutcome]:
    from spotify_assets.definitions import WEEKLY_JOB, build_definitions

    job = build_definitions(settings).resolve_job_def(WEEKLY_JOB)
    runs = []
    with shared_instance(settings) as instance:
        for first, last in runs_of_weeks(due):
            weeks = (last - first).days // 7 + 1
            what = f"Week {first}" if weeks == 1 else f"{weeks} weeks, {first} to {last}"
            with progress_of(what, weeks * EVENTS_PER_WEEK) as progress:
                runs.append(run_weeks(job, instance, first, last, progress, assets))
    return runs


def report(
    settings: Settings, outcome: UpdateOutcome, only: Collection[date] | None = None
) -> None:
    """Say what was done and what failed."""
    if outcome.abandoned:
        runs = _count(outcome.abandoned, "run")
        click.echo(f"Told Dagster that {runs} of a command which was killed won't go on.", err=True)
    for keys, then in (
        (outcome.damaged, "its week is made again from the raw files"),
        (outcome.lost, "no raw files are kept of it, so put back a copy of yours"),
    ):
        for key in keys:
            click.echo(f"Damaged {key}: {then}.", err=True)
    for key, reason in outcome.rejected:
        click.echo(f"Rejected {key.removeprefix(REJECTED)}: {reason}", err=True)
    for run in outcome.runs:
        if run.made_nothing:
            for reason in why_missing(base_of(settings), run.last).values():
                click.echo(f"Not yet: {reason}", err=True)
        for failure in run.failures:
            click.echo(f"Failed {run.weeks}: {failure}", err=True)
        for name, what in run.failed_checks.items():
            click.echo(f"Check failed {run.weeks}: {name}: {what}", err=True)
        for name, what in run.warnings.items():
            click.echo(f"Warning {run.weeks}: {name}: {what}", err=True)
    if outcome.only_published and outcome.exit_code != FAILED:
        click.echo("No week was behind, only the catalog: published it anew.")
    elif outcome.runs:
        made = [run for run in outcome.runs if run.success and not run.made_nothing]
        weeks = sum((run.last - run.first).days // 7 + 1 for run in made)
        done = f"made {_count(weeks, 'week')} in {_count(len(outcome.runs), 'run')}"
        rejected = f", rejected {len(outcome.rejected)}" if outcome.rejected else ""
        click.echo(
            f"Took in {_count(outcome.taken_in, 'file')}{rejected}; {done}; {_checks(outcome.runs)}."
        )
    elif only:
        click.echo(
            "Nothing to do: there are no raw files of these weeks, neither in the archive nor below "
            f"{settings.base}/{INBOX}"
        )
    else:
        readable = "readable " if outcome.rejected else ""
        click.echo(
            f"Nothing to do: no {readable}file below {settings.base}/{INBOX}, and no week is behind."
        )
    if outcome.rejected:
        click.echo(
            f"The reasons are beside the files in {settings.base}/{REJECTED}. Once mended: "
            "spotify-assets update --retry-rejected"
        )


def _checks(runs: Sequence[RunOutcome]) -> str:
    """How the checks went, over all weeks of all runs."""
    names = {name for run in runs for name in run.checks}
    failed = {name for run in runs for name in run.failed_checks}
    weeks = {week for run in runs for week in run.checked_weeks}
    failed_weeks = {week for run in runs for week in run.failed_weeks}
    if not names:
        return "no check ran"
    warned = {name for run in runs for name in run.warnings}
    if not failed and warned:
        passed = f"{len(names - warned)} of {len(names)} checks passed"
        return f"{passed} on {_count(len(weeks), 'week')}, {len(warned)} warned"
    if not failed:
        return f"all {len(names)} checks passed on {_count(len(weeks), 'week')}"
    return (
        f"{len(failed)} of {len(names)} checks failed, on {len(failed_weeks)} of "
        f"{_count(len(weeks), 'week')}"
    )


def parse_weeks(text: str, settings: Settings) -> list[date]:
    """The weeks that `A..B`, or a single week, names.

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
            f"--weeks {text}: weeks are collected from {settings.first_week} "
            f"(SPOTIFY_ASSETS_FIRST_WEEK) to {latest}, the latest that is over"
        )
    return weeks_between(first, last)


def query_hint() -> str:
    """A first query to try."""
    columns = "chart, rank, move, song_name, artist_names"
    sql = f"SELECT {columns} FROM latest_chart WHERE rank <= 10 ORDER BY chart, rank"  # noqa: S608
    return f'{this_command()} query "{sql}"'


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
