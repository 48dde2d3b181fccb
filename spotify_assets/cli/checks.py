"""`spotify-assets checks` and `verify`: run every check now, or derive every week again and compare."""

from __future__ import annotations

from datetime import date

import click

from spotify_assets.catalog import open_catalog
from spotify_assets.checks.catalog import shows_the_week
from spotify_assets.checks.declared import CATALOG_WEEK
from spotify_assets.checks.every import base_rows, check_stored, verify
from spotify_assets.checks.making import Base
from spotify_assets.checks.verdicts import Verdict, as_rows
from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of, week_of
from spotify_assets.cli.hints import print_exactly, say
from spotify_assets.errors import UserError
from spotify_assets.layout import CHECKS_PAGE, week_of_table_key
from spotify_assets.reports import Row
from spotify_assets.reports.checks_text import as_json, results_of, text_lines, week_lines
from spotify_assets.settings import Settings, load_settings
from spotify_assets.weeks import describe_weeks, system_clock
from spotify_assets.words import MOST_LISTED, counted


def checks(week: str | None, *, json_wanted: bool) -> int:
    """Run every check over what is stored, print what fails, and return 1 where an ERROR does."""
    settings = load_settings()
    storage = base_of(settings)
    only = week_of(week, f"--week {week}") if week is not None else None
    results = results_of(_rows(settings, only))
    if json_wanted:
        print_exactly(as_json(results).decode())
    else:
        lines = text_lines(results) if only is None else week_lines(results, only)
        say("\n".join(lines))
        if only is None and storage.exists(CHECKS_PAGE):
            click.echo(f"As a page, as of the last run: {storage.location(CHECKS_PAGE)}")
    return FAILED if results.count("ERROR") else 0


def verify_base() -> int:
    """Derive every week again, print each stored file that differs, and return 1 where one does."""
    differences = verify(_base(load_settings()))
    for said in differences[:MOST_LISTED]:
        say(said)
    if differences:
        weeks = filter(None, map(week_of_table_key, differences))
        count = f"{counted(len(differences), 'file')} in {describe_weeks(weeks)}"
        click.echo(f"Not what follows from the raw files: {count}.")
        return FAILED
    click.echo("Every stored file is, byte for byte, what follows from the raw files.")
    return 0


def _base(settings: Settings) -> Base:
    return Base(base_of(settings), settings.charts, settings.thresholds)


def _rows(settings: Settings, only: date | None) -> list[Row]:
    """Return what every check finds, as rows of check_results; those about the base have no week."""
    base = _base(settings)
    verdicts = check_stored(base, None if only is None else [only])
    weeks = sorted({verdict.week for verdict in verdicts})
    if only and not weeks:
        raise UserError(
            f"--week {only}: nothing is stored of that week in {settings.base}. Drop its chart files "
            "into the inbox and run: spotify-assets update"
        )
    catalog = open_catalog(settings, base.storage)
    shown = shows_the_week(catalog, base.storage, weeks)
    verdicts += [Verdict(CATALOG_WEEK, week, None, found) for week, found in shown.items()]
    rows: list[Row] = [tuple(row.values()) for row in as_rows(verdicts).to_pylist()]
    if only is None:
        rows += base_rows(base, catalog, system_clock(), settings.first_week)
    return rows
