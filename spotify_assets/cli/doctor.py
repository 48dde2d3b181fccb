"""`spotify-assets doctor`: what is set, what works, and how to mend what doesn't."""

from __future__ import annotations

from collections.abc import Iterator

import click

from spotify_assets.cli import FAILED
from spotify_assets.cli.doctor_base import look_at_base
from spotify_assets.cli.doctor_spotify import look_at_spotify
from spotify_assets.cli.environment import instance_in, prepared_home
from spotify_assets.cli.findings import Finding, guarded
from spotify_assets.errors import UserError
from spotify_assets.settings import PREFIX, Settings, is_secret, load_settings, variable_of
from spotify_assets.weeks import latest_closed_week, system_clock


def doctor() -> int:
    """Run the command; gives its exit code."""
    settings = load_settings()
    ill = False
    looks = {
        "settings": _settings,
        "storage": look_at_base,
        "Spotify": look_at_spotify,
        "DAGSTER_HOME": _dagster,
    }
    for subject, look in looks.items():
        for finding in guarded(subject, look(settings)):
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


def _dagster(settings: Settings) -> Iterator[Finding]:
    try:
        home = prepared_home(settings)
    except UserError as error:
        yield Finding("DAGSTER_HOME", str(error), "set DAGSTER_HOME to a folder of yours")
        return
    try:
        with instance_in(home):
            yield Finding("DAGSTER_HOME", str(home))
    except UserError as error:
        says, _, remedy = str(error).rpartition(" Mend ")
        yield Finding("DAGSTER_HOME", says, f"mend {remedy}")
