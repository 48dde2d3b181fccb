"""`spotify-assets demo`: made-up charts through the real job, and where everything is afterwards.

How charts are made up belongs in `spotify_assets.demo`.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of, query_hint
from spotify_assets.cli.hints import say
from spotify_assets.cli.summary import report
from spotify_assets.cli.update import update_base
from spotify_assets.demo import SampleFile, sample_files
from spotify_assets.demo.marker import demo_range, mark_demo
from spotify_assets.demo.open_data import store_open_data
from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import ARCHIVE, CHECKS_PAGE, DASHBOARD, INBOX, OPEN_DATA, TABLE_FILES
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import PREFIX, Settings, dagster_home, load_settings
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock, weeks_between
from spotify_assets.words import counted

WEEKS = 104


def demo(weeks: int | None = None) -> int:
    """Run the command over this many weeks, by default 104; return its exit code."""
    settings = load_settings()
    storage = base_of(settings)
    demo_weeks = demo_range(storage)
    if demo_weeks is None and any(True for _ in storage.files("raw/")):
        raise UserError(
            f"{settings.base} has chart files already, and made-up ones must not be mixed with them. "
            f"Set {PREFIX}BASE to an empty folder."
        )
    there = len(weeks_between(*demo_weeks)) if demo_weeks else None
    if weeks and there and weeks != there:
        raise UserError(
            f"--weeks {weeks}: {settings.base} has the demo of {counted(there, 'week')} already. "
            f"Leave --weeks out, or set {PREFIX}BASE to an empty folder."
        )
    weeks = weeks or there or WEEKS
    last_week = demo_weeks[1] if demo_weeks else latest_closed_week(system_clock())
    click.echo(
        f"Making up {counted(weeks, 'week')} of two charts, up to {last_week}; all names are fictional."
    )
    samples = list(sample_files(last_week, weeks))
    dropped = [sample for sample in samples if not _is_archived(storage, settings, sample)]
    if demo_weeks is None:
        mark_demo(storage, last_week - ONE_WEEK * (weeks - 1), last_week)
    if not any(storage.files(OPEN_DATA)):
        playlists = [(s.week, s.content) for s in samples if s.name.endswith(".json")]
        store_open_data(storage, playlists, datetime.combine(last_week, time(), UTC))
    for sample in dropped:
        storage.write(INBOX + sample.name, sample.content)
    if dropped:
        click.echo(f"Dropped {len(dropped)} files into {storage.location(INBOX)}.")
    outcome = update_base(settings, storage)
    if outcome.runs or outcome.rejected:
        report(settings, storage, outcome)
    else:
        click.echo("Everything was there already; nothing has changed.")
    if outcome.exit_code != FAILED:
        _show(settings, storage)
    return outcome.exit_code


def _is_archived(storage: Storage, settings: Settings, sample: SampleFile) -> bool:
    charts, first_week = settings.charts, settings.first_week
    try:
        names = recognise(sample.name, sample.content, charts, first_week, system_clock())
    except UnreadableRawFile as error:
        raise UserError(f"The demo's charts don't fit these settings: {error}") from None
    keys = [name.archive_key for name in names]
    return all(storage.exists(key) and storage.read(key) == sample.content for key in keys)


def _show(settings: Settings, storage: Storage) -> None:
    catalog = open_catalog(settings, storage)
    for name in TABLES:
        sql = f"SELECT count(*) AS n, count(DISTINCT week) AS weeks FROM {name}"  # noqa: S608
        [(rows, weeks)] = catalog.query(sql).rows
        click.echo(f"  {name:<13}{rows:>7,} rows in {weeks} weeks")
    for what, where in {
        "Raw files": f"{settings.base}/{ARCHIVE}",
        "Tables": f"{settings.base}/{TABLE_FILES}",
        "Catalog": catalog.location,
        "Dagster home": dagster_home(settings),
        "Dashboard": f"{settings.base}/{DASHBOARD}",
        "Checks": f"{settings.base}/{CHECKS_PAGE}",
        "Next, open the dashboard:": "spotify-assets open",
        "query the tables:        ": query_hint(),
        "or open Dagster's UI:    ": "spotify-assets dev",
    }.items():
        say(f"{what:<12} {where}")
