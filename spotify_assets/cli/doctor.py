"""`spotify-assets doctor`: what is set, what works, and how to fix what doesn't.

One function per subject, and one line per finding: `ok`, `note` (worth knowing) or `FIX`, the last two
with what to do. A subject that can't be looked at is a finding too, and the others go on. Nothing is
changed, and what a subject means belongs in its own room: only the questions are here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from posixpath import dirname

import click

from spotify_assets.catalog import Catalog, open_catalog
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of, instance_in, prepared_home
from spotify_assets.cli.update import MOST_LINES, held_back_charts
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import SettingsError, UserError
from spotify_assets.layout import INBOX, REASON, REJECTED
from spotify_assets.raw.archive import missing_files
from spotify_assets.raw.file_names import is_left_alone
from spotify_assets.raw.inbox import about_closed, about_hidden, hidden_files
from spotify_assets.settings import PREFIX, Settings, is_secret, load_settings, variable_of
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS
from spotify_assets.tables.stale import are_reports_stale, stale_weeks
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import describe_weeks, latest_closed_week, system_clock

PROBE = f"{INBOX}.probe"
UPDATE = "spotify-assets update"


@dataclass(frozen=True)
class Finding:
    """A line of the report. With a remedy there is something to fix, or only to know if `is_note`."""

    subject: str
    says: str
    remedy: str = ""
    is_note: bool = False

    @property
    def mark(self) -> str:
        """How the line begins: ok, note or FIX."""
        return "ok" if not self.remedy else "note" if self.is_note else "FIX"


def doctor() -> int:
    """Run the command; return its exit code: 1 if there is something to fix."""
    settings = load_settings()
    has_faults = False
    for finding in look_at_all(settings):
        click.echo(f"{finding.mark:<5} {finding.subject:<12} {finding.says}")
        if finding.remedy:
            click.echo(f"{'':<18} -> {finding.remedy}")
        has_faults = has_faults or finding.mark == "FIX"
    click.echo("Something needs fixing: see FIX above." if has_faults else "All well.")
    return FAILED if has_faults else 0


def look_at_all(settings: Settings) -> Iterator[Finding]:
    """Write to the base, and yield what there is to say about every subject."""
    yield from look_at_settings(settings)
    try:
        storage = base_of(settings)
        storage.write(PROBE, b"probe")
        storage.delete(PROBE)
        yield Finding("storage", f"{settings.base} can be written to")
    except SettingsError as error:
        says, _, remedy = str(error).rpartition(": ")
        yield Finding("catalog", says, remedy)
    except UserError as error:
        yield Finding("storage", str(error), f"set {PREFIX}BASE to a folder")
    except OSError as error:
        says = f"{settings.base} can't be written to: {error.strerror or error}"
        yield Finding("storage", says, f"set {PREFIX}BASE to a folder of yours")
    else:
        yield from guarded("storage", look_at_storage(storage))
        yield from guarded("inbox", look_at_inbox(settings, storage))
        yield from guarded("rejected", look_at_rejected(settings, storage))
        yield from guarded("tables", look_at_tables(settings, storage))
        yield from look_at_catalog(settings, storage)
    yield from guarded("Spotify", look_at_spotify(settings))
    yield from look_at_dagster(settings)


def look_at_settings(settings: Settings) -> Iterator[Finding]:
    """Yield every setting, the charts, and whether there is a week to collect."""
    for field, info in Settings.model_fields.items():
        value = getattr(settings, field)
        shown = ("(set)" if value.get_secret_value() else "") if is_secret(field) else value
        yield Finding("setting", f"{variable_of(field)}={shown}  ({info.description})")
    yield Finding("charts", ", ".join(chart.slug for chart in settings.charts.charts))
    latest = latest_closed_week(system_clock())
    if settings.first_week > latest:
        says = f"the first week, {settings.first_week}, isn't over: there is nothing to collect"
        yield Finding("weeks", says, f"set {PREFIX}FIRST_WEEK to {latest} or earlier")


def look_at_storage(storage: Storage) -> Iterator[Finding]:
    """Yield whether the charts here are made up, and whether all that was received is still there."""
    if holds_demo(storage):
        remedy = f"for real charts set {PREFIX}BASE to another folder"
        yield Finding("storage", "it holds the demo's made-up charts", remedy, is_note=True)
    if gone := missing_files(storage):
        says = f"raw files that were received and are gone: {len(gone)}, the first: {gone[0].path}"
        remedy = f"put copies of them into the inbox and run {UPDATE}"
        yield Finding("archive", says, remedy, is_note=True)


def look_at_inbox(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """Yield what waits to be taken in, and what can't be."""
    closed = storage.closed_folders(INBOX)
    keys = [file.key for file in storage.files(INBOX) if dirname(file.key) not in closed]
    waiting = sum(not is_left_alone(key.removeprefix(INBOX)) for key in keys)
    if waiting:
        yield Finding("inbox", f"files that wait: {waiting}", UPDATE, is_note=True)
    else:
        yield Finding("inbox", f"empty; drop chart files below {settings.base}/{INBOX}")
    if hidden := hidden_files(storage):
        says, _, remedy = about_hidden(hidden).partition(". ")
        yield Finding("inbox", f"files {says}", remedy, is_note=True)
    if closed:
        says, _, remedy = about_closed(closed).partition(". ")
        yield Finding("inbox", f"folders {says}", remedy)


def look_at_rejected(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """Yield whether rejected files wait for somebody to look at them."""
    rejected = [file.key for file in storage.files(REJECTED) if not file.key.endswith(REASON)]
    if rejected:
        yield Finding(
            "rejected",
            f"files: {len(rejected)}, the first: {rejected[0]}",
            f"read the {REASON} beside each in {settings.base}/{REJECTED}, fix the cause, then: "
            f"{UPDATE} --retry-rejected",
            is_note=True,
        )


def look_at_tables(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """Yield which weeks are stored, which are stale or incomplete, and whether the pages are."""
    stored = stored_weeks(storage)
    stale = stale_weeks(storage)
    songs = sorted(stored.get("songs", ()))
    incomplete = {w for w in songs for name in CHART_TABLES if w not in stored.get(name, ())}
    if songs:
        yield Finding("tables", describe_weeks(songs))
        if songs[0] > settings.first_week:
            says = f"Dagster's UI shows weeks from {settings.first_week} to {songs[0]} as missing"
            remedy = f"if they won't be collected, set {PREFIX}FIRST_WEEK={songs[0]}"
            yield Finding("weeks", says, remedy, is_note=True)
    elif not stale and not stored.get(CHECK_RESULTS.name):
        remedy = f"drop chart files and run {UPDATE}, or try spotify-assets demo"
        yield Finding("tables", "there are none yet", remedy, is_note=True)
    if stale:
        says = f"stale, older than their raw files or details: {describe_weeks(stale)}"
        yield Finding("tables", says, UPDATE)
    if incomplete - set(stale):
        says = f"a table's file is gone: {describe_weeks(incomplete)}"
        yield Finding("tables", says, _make_again(min(incomplete)))
    if are_reports_stale(storage):
        yield Finding("reports", "a page is missing, or older than the tables", UPDATE)


def look_at_catalog(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """Yield whether the catalog shows what is stored, answers, and which charts are held back."""
    try:
        catalog = open_catalog(settings, storage)
        shown = {name: weeks for name, weeks in catalog.weeks().items() if weeks}
    except UserError as error:
        yield Finding("catalog", *_in_two(error))
        return
    try:
        stored = {name: set(weeks) for name, weeks in stored_weeks(storage).items()}
    except OSError:
        stored = shown  # why not is said of the tables
    gone = {week for name in shown for week in shown[name] - stored.get(name, set())}
    new = {week for name in stored for week in stored[name] - shown.get(name, set())}
    for what, weeks in (("shows weeks that aren't stored", gone), ("doesn't show", new)):
        if weeks:
            yield Finding("catalog", f"{what}: {describe_weeks(weeks)}", UPDATE)
    if not shown or gone:
        return
    try:
        _read_all(settings, catalog, max(max(weeks) for weeks in shown.values()))
        yield Finding("catalog", f"{catalog.location} answers")
        said = [one for of_check in held_back_charts(catalog).values() for one in of_check]
    except UserError as error:
        says, remedy = _in_two(error)
        damaged = re.search(r"/week=(\d{4}-\d\d-\d\d)/", str(error))
        remedy = _make_again(damaged[1]) if damaged else remedy
        yield Finding("catalog", f"{catalog.location} doesn't answer: {says}", remedy)
        return
    remedy = f"drop a correct file of the week and run {UPDATE}; spotify-assets checks says more"
    for sentence in said[:MOST_LINES]:
        yield Finding("held back", sentence, remedy)
    if more := said[MOST_LINES:]:
        yield Finding("held back", f"and {len(more)} more like these", "spotify-assets checks")


def _read_all(settings: Settings, catalog: Catalog, latest: date) -> None:
    """Read every table; by Athena, which bills what it reads, its latest week alone."""
    for name in CHART_TABLES:
        if settings.catalog == "glue":
            sql = f"SELECT count(*) AS n FROM {name} WHERE week = DATE '{latest}'"  # noqa: S608
        else:  # all columns of all rows: a count reads no more than the ends of the files
            sql = f"SELECT max(columns(*)) FROM {name}"  # noqa: S608
        catalog.query(sql)


def look_at_spotify(settings: Settings) -> Iterator[Finding]:
    """Fetch a token, then each chart as it is now; nothing is stored."""
    if not settings.spotify.is_configured:
        yield Finding("Spotify", f"charts come from dropped files only: {NOT_CONFIGURED}")
        return
    from spotify_assets.spotify.charts import NotRefreshed, NotStored, earlier_charts, fetch_chart

    client = SpotifyAccess(settings.spotify, system_clock).connect()
    try:
        client.check_credentials()
    except UserError as error:
        yield Finding("Spotify", "issues no token", str(error))
        return
    whose = "a user's" if settings.spotify.refresh_token else "the app's own"
    yield Finding("Spotify", f"issues a token ({whose})")
    week = latest_closed_week(system_clock())
    earlier = earlier_charts(base_of(settings), settings.charts, week)
    for chart in settings.charts.charts:
        if not chart.playlist_id:
            yield Finding("Spotify", f"{chart.slug} has no playlist_id, so it isn't fetched")
            continue
        try:
            fetch_chart(client, chart, week, earlier.get(chart.slug))
        except NotRefreshed:
            yield Finding("Spotify", f"serves {chart.slug}, not refreshed for the week {week} yet")
        except NotStored as error:
            yield Finding("Spotify", f"serves no usable {chart.slug}", str(error), is_note=True)
        except UserError as error:
            yield Finding(
                "Spotify",
                f"doesn't serve {chart.slug} to this app",
                f"{error} To stop requesting it, remove its playlist_id from the charts file.",
                is_note=True,
            )
        else:
            yield Finding("Spotify", f"serves {chart.slug}, of the week {week}")


def look_at_dagster(settings: Settings) -> Iterator[Finding]:
    """Yield whether Dagster's folder can be used."""
    try:
        home = prepared_home(settings)
        with instance_in(home):
            yield Finding("DAGSTER_HOME", str(home))
    except UserError as error:
        yield Finding("DAGSTER_HOME", *_in_two(error))


def _make_again(week: date | str) -> str:
    return f"make it again: {UPDATE} --weeks {week}"


def _in_two(error: UserError) -> tuple[str, str]:
    """Return what is wrong, and the remedy, which is a message's last part."""
    says, _, remedy = re.sub(r"\s+", " ", str(error)).rstrip(".").rpartition(": ")
    return (says, remedy) if says else (remedy, "see there")


def guarded(subject: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings; if the base can't be read meanwhile, end with a line that says why."""
    try:
        yield from findings
    except OSError as error:
        says, _, remedy = str(error.strerror).partition(". ")  # S3's errors name the remedy
        yield Finding(
            subject, says if remedy else str(error), remedy or "give this user access to it"
        )
