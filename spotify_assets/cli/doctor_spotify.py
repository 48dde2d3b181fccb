"""What `spotify-assets doctor` says of Spotify: whether it gives a token, and which charts."""

from __future__ import annotations

from collections.abc import Iterator

from spotify_assets.cli.environment import base_of
from spotify_assets.cli.findings import Finding
from spotify_assets.errors import UserError
from spotify_assets.raw.details import waiting_details
from spotify_assets.settings import Settings
from spotify_assets.spotify.access import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.spotify.refresh import NotRefreshed, NotStored, earlier_snapshots
from spotify_assets.spotify.snapshots import fetch_chart
from spotify_assets.weeks import latest_closed_week, system_clock

SUBJECT = "Spotify"


def look_at_spotify(settings: Settings) -> Iterator[Finding]:
    """Ask for a token, then for each chart as it is now; nothing is stored."""
    spotify = SpotifyAccess(settings.spotify, system_clock)
    if not spotify.account.is_configured:
        yield Finding(SUBJECT, f"charts come from dropped files alone: {NOT_CONFIGURED}")
        return
    client = spotify.connect()
    try:
        client.check_credentials()
    except UserError as error:
        yield Finding(SUBJECT, "gives no token", str(error))
        return
    whose = "a user's" if spotify.account.refresh_token else "the app's own"
    yield Finding(SUBJECT, f"gives a token ({whose})")
    week = latest_closed_week(system_clock())
    storage = base_of(settings)
    earlier = earlier_snapshots(storage, settings.charts, week)
    waiting = waiting_details(storage)
    if waiting.weeks:
        yield Finding(
            SUBJECT,
            f"weeks that wait for details: {len(waiting.weeks)}, {waiting.weeks[0]} to "
            f"{waiting.weeks[-1]}. {waiting.why}",
            "spotify-assets update asks for what is left",
            is_note=True,
        )
    for chart in settings.charts.charts:
        if not chart.playlist_id:
            yield Finding(SUBJECT, f"isn't asked for {chart.slug}, which has no playlist_id")
            continue
        try:
            fetch_chart(client, chart, week, earlier.get(chart.slug))
        except NotRefreshed:
            yield Finding(SUBJECT, f"gives {chart.slug}, not refreshed for the week {week} yet")
        except NotStored as error:
            yield Finding(SUBJECT, f"gives no usable {chart.slug}", str(error), is_note=True)
        except UserError as error:
            yield Finding(
                SUBJECT,
                f"doesn't give {chart.slug} to this app",
                f"{error} To stop asking, leave its playlist_id out of the charts file.",
                is_note=True,
            )
        else:
            yield Finding(SUBJECT, f"gives {chart.slug}, of the week {week}")
