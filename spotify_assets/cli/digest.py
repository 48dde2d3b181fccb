"""`spotify-assets digest`: what a week brought, on the terminal or sent.

What a digest says belongs to `reports.digest`.
"""

from __future__ import annotations

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.charts import read_charts
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of, week_of
from spotify_assets.cli.hints import say
from spotify_assets.errors import SettingsError, UserError
from spotify_assets.layout import DASHBOARD
from spotify_assets.raw.missing import expected_charts
from spotify_assets.reports.digest import as_html, as_text, digest_of
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.weeks import describe_weeks
from spotify_assets.words import counted


def digest(chart: str | None, week: str | None, *, send: bool) -> int:
    """Run the command; return its exit code: 1 if it should be sent, and not every place took it."""
    settings = load_settings()
    storage, asked = base_of(settings), week_of(week, f"--week {week}") if week else None
    try:
        known = read_charts(settings.charts_file, chart or "")
    except SettingsError as error:
        raise UserError(f"--chart {chart}: {error}") from None
    catalog = open_catalog(settings, storage)
    weeks = catalog.weeks().get("songs", set())
    if not weeks:
        raise UserError(
            f"No week is stored in {settings.base} yet: drop chart files into the inbox and run "
            "`spotify-assets update`, or `spotify-assets demo` for made-up ones."
        )
    if asked and asked not in weeks:
        raise UserError(f"--week {asked}: it is not stored. Stored are {describe_weeks(weeks)}.")
    charts = known.expected(()) if chart else expected_charts(storage, settings.charts)
    place = storage.location(DASHBOARD)
    found = digest_of(catalog.query, storage, asked or max(weeks), charts, place)
    if not send:
        click.echo(as_text(found), nl=False)
        return 0
    if not (settings.alert_topic or settings.alert_addresses):
        raise UserError(
            f"There is nowhere to send it to: set {PREFIX}ALERT_URLS or {PREFIX}ALERT_TOPIC."
        )
    from spotify_assets.defs import delivery  # which loads Dagster

    message = delivery.Message(found.subject, as_text(found), as_html(found))
    sent = delivery.send(settings, message)
    for problem in sent.problems:
        say(problem, err=True)
    click.echo(f"Sent to {counted(sent.reached, 'place')}.")
    return FAILED if sent.problems else 0
