"""What `spotify-assets doctor` says of the base: whether it can be used, what is behind.

Each line stands for itself: what can't be read is said with its remedy, and the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date

import duckdb

from spotify_assets.catalog import published_weeks
from spotify_assets.catalog.duckdb_catalog import open_catalog
from spotify_assets.cli.doctor_raw_files import look_at_archive, look_at_inbox, look_at_rejected
from spotify_assets.cli.environment import base_of
from spotify_assets.cli.findings import Finding, guarded, unreadable
from spotify_assets.defs.behind import weeks_behind
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import SettingsError, UserError
from spotify_assets.layout import INBOX
from spotify_assets.publishing.ledger import as_published
from spotify_assets.publishing.stored import look_at, reports_behind
from spotify_assets.settings import PREFIX, Settings, require_possible
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import damaged_files

PROBE = f"{INBOX}.probe"


def look_at_base(settings: Settings) -> Iterator[Finding]:
    """Write to the base, then look at all that lies there."""
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
    yield from guarded("storage", _demo(storage))
    yield from guarded("inbox", look_at_inbox(settings, storage))
    yield from guarded("rejected", look_at_rejected(settings, storage))
    yield from guarded("archive", look_at_archive(storage))
    try:
        published = published_weeks(settings, storage)
    except UserError as error:  # of Glue; it says how to mend it
        yield Finding("catalog", f"Glue can't be asked: {error}", "see there")
        return
    try:
        yield from _tables(settings, storage, published)
    except OSError as error:
        yield unreadable("tables", error)
        if published:
            yield _answer(settings, published[-1])


def _demo(storage: Storage) -> Iterator[Finding]:
    if holds_demo(storage):
        yield Finding(
            "storage",
            "it holds the demo's made-up charts",
            f"for real charts set {PREFIX}BASE to another folder",
            is_note=True,
        )


def _tables(settings: Settings, storage: Storage, published: Sequence[date]) -> Iterator[Finding]:
    stored = look_at(storage, settings.table_format)
    complete = stored.complete_weeks()
    behind = weeks_behind(storage, stored, complete)
    held_back = as_published(stored.decisions).held_back
    gone = set(published) - set(complete) - set(held_back)
    unpublished = set(complete) - stored.settled_weeks(published) - behind
    if complete:
        yield Finding("tables", f"{_weeks(complete)} ({settings.table_format})")
        yield from _weeks_before(settings, complete[0])
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
    for week, findings in held_back.items():
        yield Finding(
            "catalog",
            f"{week} is held back: {findings[0]}",
            "spotify-assets checks says more; drop a good file of the week and update",
        )
    late = reports_behind(storage, stored.published)
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
    from spotify_assets.catalog.athena import ask
    from spotify_assets.catalog.aws import aws_catalog

    try:
        for name in TABLES:
            of_week = f"FROM {name} WHERE week = DATE '{latest}'"
            ask(aws_catalog(settings), f"SELECT count(*) AS n {of_week}")
    except UserError as error:
        return Finding("catalog", f"Athena doesn't answer: {error}", "see there")
    return Finding("catalog", f"Athena answers of {settings.glue_database}")


def _weeks(weeks: Collection[date]) -> str:
    first, last = min(weeks), max(weeks)
    if len(weeks) == 1:
        return str(first)
    return f"{len(weeks)} weeks, {first} to {last}"
