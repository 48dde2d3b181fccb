"""`spotify-assets open`: the dashboard in the browser."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

import click

from spotify_assets.cli import FAILED
from spotify_assets.cli.environment import base_of
from spotify_assets.errors import UserError
from spotify_assets.layout import DASHBOARD
from spotify_assets.settings import load_settings


def open_dashboard() -> int:
    """Run the command; return its exit code."""
    settings = load_settings()
    storage = base_of(settings)
    location = storage.location(DASHBOARD)
    try:
        page = storage.read(DASHBOARD)
    except FileNotFoundError:
        raise UserError(
            f"There is no dashboard at {location} yet: drop chart files into the inbox and run "
            f"`spotify-assets update`, or `spotify-assets demo` for made-up ones."
        ) from None
    path = Path(location)
    if settings.is_s3:  # the bucket needn't be public; the browser may read the copy at any time
        path = Path(tempfile.mkdtemp(prefix="spotify-assets-")) / "dashboard.html"
        path.write_bytes(page)
        click.echo(f"Copied {location} to {path}")
    address = path.resolve().as_uri()
    if not webbrowser.open(address):
        click.echo(
            f"No browser can be started from here. Open this address in one: {address}", err=True
        )
        return FAILED
    click.echo(f"Opened {address}")
    return 0
