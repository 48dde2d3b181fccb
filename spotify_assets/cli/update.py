"""`spotify-assets update`: take in the inbox, rebuild what is behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from datetime import date

import click

from spotify_assets.catalog import published_weeks
from spotify_assets.catalog.asking import answer
from spotify_assets.cli import FAILED
from spotify_assets.cli.abandoned_runs import end_abandoned_runs
from spotify_assets.cli.environment import base_of, shared_instance, this_command
from spotify_assets.cli.progress import progress_of
from spotify_assets.cli.report import UpdateOutcome, count_of, query_hint, report
from spotify_assets.cli.runs import RunOutcome, run_weeks
from spotify_assets.defs.behind import PUBLISHING, weeks_behind, weeks_to_publish
from spotify_assets.defs.due import weeks_wanting_details, why_not_fetch
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UserError
from spotify_assets.layout import ARCHIVE, INBOX, raw_name_of
from spotify_assets.publishing.ledger import published as held_back
from spotify_assets.publishing.stored import look_at
from spotify_assets.raw.file_names import is_superseded
from spotify_assets.raw.inbox import (
    InboxRules,
    Recognised,
    reject,
    retry_rejected_files,
    scan_inbox,
)
from spotify_assets.raw.missing import only_refused
from spotify_assets.raw.pending import hidden_files
from spotify_assets.settings import PREFIX, Settings, load_settings, require_possible
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.store import damaged_files
from spotify_assets.weeks import (
    latest_closed_week,
    parse_week,
    runs_of_weeks,
    system_clock,
    weeks_between,
)


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
            f"Put {count_of(retry_rejected_files(storage), 'rejected file')} back into the inbox."
        )
    outcome = update_base(settings, storage, only)
    report(settings, outcome, only)
    if outcome.runs and outcome.exit_code != FAILED:
        click.echo(f"Next: {this_command()} open, or {query_hint()}")
    return outcome.exit_code or (FAILED if held_back(storage).held_back else 0)


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
    outcome = UpdateOutcome(
        abandoned=end_abandoned_runs(settings),
        hidden=hidden_files(storage),
        closed=storage.closed_folders(INBOX),
    )
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    due: set[date] = set()
    asked_only = None
    for file in scan_inbox(storage, rules, only):
        if isinstance(file, Recognised):
            outcome.taken_in += 1
            due |= {name.week for name in file.names}
        else:
            outcome.rejected.append((reject(storage, file), file.reason))
    published = published_weeks(settings, storage)
    stored = look_at(storage, settings.table_format)
    keys = {file.key for file in storage.files(ARCHIVE)}
    archived = {name.week for key in keys if (name := raw_name_of(key))}
    if only is None:
        due |= weeks_behind(storage, stored, {*published, *stored.decisions})
        to_ask_for = _weeks_to_ask_for(settings, storage, rules, latest)
        asked_only = latest if latest in to_ask_for - due - archived else None
        due |= to_ask_for
        for key, week in damaged_files(storage, settings.table_format).items():
            (outcome.damaged if week in archived | due else outcome.lost).append(key)
            due |= {week} & archived
    else:
        due = (due | archived) & set(only)
    if due:
        outcome.runs = _run_all(settings, due)
        outcome.waiting = _waiting(settings, storage)
        added = (file.key for file in storage.files(ARCHIVE) if file.key not in keys)
        outcome.superseded = [key for key in added if is_superseded(key)]
        if asked_only and only_refused(storage, asked_only):
            outcome.refused_week = asked_only
    elif only is None:
        known = weeks_to_publish(storage, stored, published)
        if known:
            outcome.only_published = True
            outcome.runs = _run_all(settings, {max(known)}, assets=PUBLISHING)
    return outcome


def _weeks_to_ask_for(
    settings: Settings, storage: Storage, rules: InboxRules, latest: date
) -> set[date]:
    """The weeks that Spotify has something for: missing charts of the latest, details of any."""
    spotify = SpotifyAccess(settings.spotify, rules.clock)
    weeks = set(_wanting_details(settings, storage))
    if not why_not_fetch(storage, rules, spotify, latest):
        weeks.add(latest)
    return weeks


def _waiting(settings: Settings, storage: Storage) -> str:
    weeks = _wanting_details(settings, storage)
    if not weeks:
        return ""
    return f"of {count_of(len(weeks), 'week')} up to {weeks[-1]} are left for the next update"


def _wanting_details(settings: Settings, storage: Storage) -> list[date]:
    spotify = SpotifyAccess(settings.spotify, system_clock)
    try:
        return weeks_wanting_details(storage, spotify, lambda sql: answer(settings, sql)[1])
    except UserError:  # nothing is published yet
        return []


def _run_all(settings: Settings, due: set[date], assets: Sequence[str] = ()) -> list[RunOutcome]:
    from spotify_assets.definitions import WEEKLY_JOB, build_definitions, events_per_week

    definitions = build_definitions(settings)
    job = definitions.resolve_job_def(WEEKLY_JOB)
    events = events_per_week(definitions)
    runs: list[RunOutcome] = []
    left = deque(runs_of_weeks(due))
    with shared_instance(settings) as instance:
        while left:
            first, last = left.popleft()
            weeks = (last - first).days // 7 + 1
            what = f"Week {first}" if weeks == 1 else f"{weeks} weeks, {first} to {last}"
            with progress_of(what, weeks * events) as progress:
                runs.append(run_weeks(job, instance, first, last, progress, assets))
            if damaged := runs[-1].damaged_weeks:  # for their sake the others weren't made
                left.extendleft(reversed(runs_of_weeks({*weeks_between(first, last)} - damaged)))
    return runs


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
