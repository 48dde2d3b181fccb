"""`spotify-assets update`: take in the inbox, and make what is stale.

Here is decided what a command runs; running it is in `runs`, what is said about it in `summary`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.cli.environment import base_of, only_command, query_hint, week_of
from spotify_assets.cli.first_edition import take_over
from spotify_assets.cli.runs import end_abandoned_runs, run_all
from spotify_assets.cli.summary import UpdateOutcome, report
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UserError
from spotify_assets.held_back import failures, held_back_weeks
from spotify_assets.layout import ARCHIVE, INBOX, MUSICBRAINZ_GENRES, raw_name_of
from spotify_assets.open_data.store import read_corrections
from spotify_assets.raw.file_names import is_superseded
from spotify_assets.raw.inbox import (
    NOT_TAKEN,
    InboxRules,
    NotRead,
    Recognised,
    about_closed,
    scan_inbox,
)
from spotify_assets.raw.missing import only_refused
from spotify_assets.raw.rejected import reject, rejected_files, retry_rejected_files, why_rejected
from spotify_assets.settings import PREFIX, Settings, load_settings, require_possible
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.stale import stale_weeks, week_to_publish
from spotify_assets.weeks import describe_weeks, latest_closed_week, system_clock, weeks_between
from spotify_assets.words import counted, listed


def update(weeks: str | None, *, retry_rejected: bool, verbose: bool) -> int:
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
    then = f"Next: spotify-assets open, or {query_hint()}"
    report(settings, storage, outcome, only, verbose=verbose, then=then)
    return outcome.exit_code


def update_base(
    settings: Settings, storage: Storage, only: Collection[date] | None = None
) -> UpdateOutcome:
    """Take in the inbox and make what is stale, all weeks in one run.

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
        outcome.notes.append(
            f"Note: marked {runs} of a command that was killed as canceled in Dagster."
        )
    if closed := storage.closed_folders(INBOX):
        outcome.notes.append(f"Note: folders {about_closed(closed)}.")
    least = settings.shared_songs_least
    rules = InboxRules(settings.charts, settings.first_week, system_clock, least)
    rejected_before = set(rejected_files(storage))
    waiting: dict[str, set[date]] = {}  # by path, with the weeks that a file is of
    not_read: dict[str, str] = {}
    for file in scan_inbox(storage, rules, only):
        path = file.file.key.removeprefix(INBOX)
        if isinstance(file, Recognised):
            waiting[path] = {name.week for name in file.names}
        elif isinstance(file, NotRead):
            not_read[path] = file.reason
        else:
            reject(storage, file)
    due = set().union(*waiting.values())
    archived = {file.key for file in storage.files(ARCHIVE)}
    archived_weeks = {name.week for key in archived if (name := raw_name_of(key))}
    catalog = open_catalog(settings, storage)
    only_fetched: set[date] = set()  # weeks that depend on Spotify alone
    if only is not None:
        due = (due | archived_weeks) & set(only)
    else:
        fetched: set[date] = set()
        if settings.spotify.is_configured or settings.contact:
            from spotify_assets.to_fetch import weeks_to_fetch

            spotify = SpotifyAccess(settings.spotify, rules.clock)
            fetched, _ = weeks_to_fetch(storage, rules, spotify, settings.open_data, catalog)
        due |= set(stale_weeks(storage, settings.first_week))
        only_fetched = fetched - due - archived_weeks
        due |= fetched
        if settings.contact and not due:  # else a check says so
            try:
                read_corrections(storage)
            except UserError as error:
                outcome.notes.append(f"Note: open data isn't asked: {error}")
    asks_genres = settings.contact and settings.open_data_genres == "musicbrainz"
    if asks_genres and not any(storage.files(MUSICBRAINZ_GENRES)):
        outcome.notes.append(
            "Note: MusicBrainz' genres are for non-commercial use only (CC BY-NC-SA 3.0). They are kept "
            f"in {MUSICBRAINZ_GENRES}: to do without them, delete that folder, set "
            f"{PREFIX}OPEN_DATA_GENRES=wikidata, and make all weeks again with update --weeks A..B."
        )
    if due:
        outcome.runs = run_all(settings, home, storage, due, unsure=only_fetched)
        # A run may find something about other weeks, as Spotify's chart of an older one.
        if only is None and (more := set(stale_weeks(storage, settings.first_week)) - due):
            outcome.runs += run_all(settings, home, storage, more, is_follow_up=True)
        added = (file.key for file in storage.files(ARCHIVE) if file.key not in archived)
        if replaced := [key for key in added if is_superseded(key)]:
            outcome.notes.append(
                f"Note: newer files replaced {counted(len(replaced), 'file')} in the archive; kept "
                f"are {listed(replaced)}."
            )
        latest = latest_closed_week(system_clock())
        if latest in only_fetched and only_refused(storage, latest):
            outcome.refused_week = latest
    elif only is None and (week := week_to_publish(storage, catalog.weeks(), settings.first_week)):
        from spotify_assets.defs.publishing import PUBLISHING

        outcome.only_published = True
        outcome.runs = run_all(settings, home, storage, [week], assets=PUBLISHING)
    if only is None and outcome.runs and all(run.success for run in outcome.runs):
        take_over(storage)
    outcome.rejected = {  # by this command, or by a run
        path: why_rejected(storage, path)
        for path in rejected_files(storage)
        if path not in rejected_before
    }
    left = {file.key.removeprefix(INBOX) for file in storage.files(INBOX)}
    gone = (waiting.keys() | not_read.keys()) - left  # a run may read what this command couldn't
    outcome.taken_in = len(gone - outcome.rejected.keys())
    made = {week for run in outcome.runs if run.success for week in run.weeks}
    not_read |= {path: NOT_TAKEN for path, of in waiting.items() if of <= made}
    outcome.not_read = {path: reason for path, reason in not_read.items() if path in left}
    outcome.held_back = held_back_sentences(storage)
    return outcome


def held_back_sentences(storage: Storage) -> dict[str, list[str]]:
    """Return which charts are held back, in a sentence for each chart, by the check that failed."""
    failed = sorted(
        (row["chart"] or "", f"{row['table_name']}.{row['check_name']}", week, row["finding"])
        for week, row in failures(storage, held_back_weeks(storage))
        if row["severity"] == "ERROR"
    )
    said: dict[str, list[str]] = {}
    for (chart, check), rows in groupby(failed, key=itemgetter(0, 1)):
        weeks, findings = zip(*(row[2:] for row in rows), strict=True)
        which = f"in {weeks[0]}, " if len(set(findings)) > 1 else ""  # it may name another week
        sentence = (
            f"{chart or 'every chart'}, {describe_weeks(weeks)}, by {check}: {which}{findings[0]}"
        )
        said.setdefault(check, []).append(sentence)
    return said


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
