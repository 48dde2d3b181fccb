"""`spotify-assets doctor`: what is set, what works, and how to mend what doesn't."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

import click
import duckdb

from spotify_assets.behind import weeks_behind
from spotify_assets.catalogs import published_weeks
from spotify_assets.catalogs.duckdb_catalog import open_catalog
from spotify_assets.cli import FAILED
from spotify_assets.cli.doctor_spotify import look_at_spotify
from spotify_assets.cli.environment import base_of, prepared_home
from spotify_assets.cli.findings import Finding
from spotify_assets.errors import SettingsError, UserError
from spotify_assets.layout import INBOX, REASON, REJECTED
from spotify_assets.publishing import ledger
from spotify_assets.schemas import TABLES
from spotify_assets.settings import (
    PREFIX,
    Settings,
    is_secret,
    load_settings,
    require_possible,
    variable_of,
)
from spotify_assets.sources.demo_marker import holds_demo
from spotify_assets.sources.file_names import is_left_alone
from spotify_assets.storage import Storage
from spotify_assets.table_files import damaged_files
from spotify_assets.weeks import latest_closed_week, system_clock

PROBE = f"{INBOX}.probe"


def doctor() -> int:
    """Run the command; gives its exit code."""
    settings = load_settings()
    ill = False
    for look in (_settings, _base, look_at_spotify, _dagster):
        for finding in look(settings):
            mark = "ok  " if not finding.remedy else "note" if finding.is_note else "MEND"
            click.echo(f"{mark}  {finding.subject:<12} {finding.says}")
            if finding.remedy:
                click.echo(f"      {'':<12} -> {finding.remedy}")
            ill = ill or mark == "MEND"
    click.echo("Something has to be mended." if ill else "All well.")
    return FAILED if ill else 0


def _settings(settings: Settings) -> Iterator[Finding]:
    for field, info in Settings.model_fields.items():
        value = getattr(settings, field)
        shown = ("(set)" if value.get_secret_value() else "") if is_secret(field) else value
        yield Finding("setting", f"{variable_of(field)}={shown}  ({info.description})")
    charts = ", ".join(chart.slug for chart in settings.charts.charts)
    yield Finding("charts", charts)
    latest = latest_closed_week(system_clock())
    if settings.first_week > latest:
        yield Finding(
            "weeks",
            f"the first week, {settings.first_week}, isn't over: there is nothing to collect",
            f"set {PREFIX}FIRST_WEEK to {latest} or earlier",
        )


def _base(settings: Settings) -> Iterator[Finding]:
    try:
        require_possible(settings)
    except SettingsError as error:
        says, _, remedy = str(error).rpartition(": ")
        yield Finding("catalog", says, remedy)
        return
    try:
        storage = base_of(settings)
        storage.write(PROBE, b"probe")
        storage.delete(PROBE)
    except UserError as error:
        yield Finding("storage", str(error), f"set {PREFIX}BASE to a folder")
        return
    except OSError as error:
        yield Finding(
            "storage",
            f"{settings.base} can't be written to: {error.strerror or error}",
            f"set {PREFIX}BASE to a folder of yours",
        )
        return
    yield Finding("storage", f"{settings.base} can be written to")
    if holds_demo(storage):
        yield Finding(
            "storage",
            "it holds the demo's made-up charts",
            f"for real charts set {PREFIX}BASE to another folder",
            is_note=True,
        )
    yield from _inbox(settings, storage)
    yield from _tables(settings, storage)


def _inbox(settings: Settings, storage: Storage) -> Iterator[Finding]:
    waiting = sum(not is_left_alone(file.key) for file in storage.files(INBOX))
    if waiting:
        remedy = "take them in: spotify-assets update"
        yield Finding("inbox", f"files that wait: {waiting}", remedy, is_note=True)
    else:
        yield Finding("inbox", f"empty; drop chart files below {settings.base}/{INBOX}")
    rejected = [file.key for file in storage.files(REJECTED) if not file.key.endswith(REASON)]
    if rejected:
        yield Finding(
            "rejected",
            f"files: {len(rejected)}, the first: {rejected[0]}",
            f"read the {REASON} beside each in {settings.base}/{REJECTED}, mend the cause, then: "
            "spotify-assets update --retry-rejected",
            is_note=True,
        )


def _tables(settings: Settings, storage: Storage) -> Iterator[Finding]:
    stored = ledger.complete_weeks(storage, settings.table_format)
    try:
        published = published_weeks(settings, storage)
    except UserError as error:  # of Glue; it says how to mend it
        yield Finding("catalog", f"Glue can't be asked: {error}", "see there")
        return
    behind = weeks_behind(storage, TABLES, settings.table_format, set(stored))
    decided = ledger.published(storage)
    gone = set(published) - set(stored) - set(decided.held_back)
    settled = ledger.settled_weeks(storage, settings.table_format, published)
    unpublished = set(stored) - settled - behind
    if stored:
        yield Finding("tables", f"{_weeks(stored)} ({settings.table_format})")
        yield from _weeks_before(settings, stored[0])
    elif not behind and not gone:
        yield Finding(
            "tables",
            "there are none yet",
            "drop chart files and run spotify-assets update, or look at spotify-assets demo",
            is_note=True,
        )
        return
    torn = sorted(set(damaged_files(storage, settings.table_format).values()))
    if torn:
        remedy = f"make it anew: spotify-assets update --weeks {torn[0]}"
        yield Finding("tables", f"damaged: {_weeks(torn)}", remedy)
    for subject, weeks, what in (
        ("tables", behind, "raw files are newer than the tables, or have none"),
        ("catalog", gone, "shows weeks whose table files are gone"),
        ("catalog", unpublished, "lacks"),
    ):
        if weeks:
            yield Finding(subject, f"{what}: {_weeks(weeks)}", "spotify-assets update")
    for week, findings in decided.held_back.items():
        yield Finding(
            "catalog",
            f"{week} is held back: {findings[0]}",
            "spotify-assets checks says more; drop a good file of the week and update",
            is_note=True,
        )
    late = ledger.reports_behind(storage)
    if late:
        yield Finding(
            "reports",
            f"missing, or older than the catalog: {', '.join(late)}",
            "spotify-assets update",
        )
    if published and not gone and not unpublished:
        yield _answer(settings, published[-1])


def _weeks_before(settings: Settings, oldest: date) -> Iterator[Finding]:
    if oldest > settings.first_week:
        yield Finding(
            "weeks",
            f"Dagster's UI shows those from {settings.first_week} up to {oldest} as missing",
            f"if they won't be collected, set {PREFIX}FIRST_WEEK={oldest}",
            is_note=True,
        )


def _answer(settings: Settings, latest: date) -> Finding:
    """Whether every table can be read through the catalog."""
    if settings.catalog == "glue":
        return _athena_answer(settings, latest)
    try:
        with open_catalog(settings.database) as connection:
            for name in TABLES:
                # All columns of all rows: a count alone reads no more than the files' ends.
                connection.execute(f"SELECT max(columns(*)) FROM {name}").fetchall()  # noqa: S608
    except duckdb.Error as error:
        says = str(error).splitlines()[0]
        named = re.search(r"/week=(\d{4}-\d\d-\d\d)/", says)
        return Finding(
            "catalog",
            f"{settings.database} doesn't answer: {says}",
            f"make it anew: spotify-assets update --weeks {named[1] if named else latest}",
        )
    return Finding("catalog", f"{settings.database} answers")


def _athena_answer(settings: Settings, latest: date) -> Finding:
    from spotify_assets.catalogs.athena import ask
    from spotify_assets.catalogs.aws import aws_catalog

    try:
        for name in TABLES:
            of_week = f"FROM {name} WHERE week = DATE '{latest}'"
            ask(aws_catalog(settings), f"SELECT count(*) AS n {of_week}")
    except UserError as error:
        return Finding("catalog", f"Athena doesn't answer: {error}", "see there")
    return Finding("catalog", f"Athena answers of {settings.glue_database}")


def _dagster(settings: Settings) -> Iterator[Finding]:
    try:
        yield Finding("DAGSTER_HOME", str(prepared_home(settings)))
    except UserError as error:
        yield Finding("DAGSTER_HOME", str(error), "set DAGSTER_HOME to a folder of yours")


def _weeks(weeks: Collection[date]) -> str:
    first, last = min(weeks), max(weeks)
    if len(weeks) == 1:
        return str(first)
    return f"{len(weeks)} weeks, {first} to {last}"
