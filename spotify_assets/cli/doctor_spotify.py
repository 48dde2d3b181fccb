"""What `spotify-assets doctor` says of Spotify: whether it issues a token, and which charts."""

from __future__ import annotations

from collections.abc import Iterator

from spotify_assets.cli.environment import base_of
from spotify_assets.cli.findings import Finding
from spotify_assets.errors import UserError
from spotify_assets.settings import Settings
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.weeks import latest_closed_week, system_clock

SUBJECT = "Spotify"


def look_at_spotify(settings: Settings) -> Iterator[Finding]:
    """Fetch a token, then each chart as it is now; nothing is stored."""
    if not settings.spotify.is_configured:
        yield Finding(SUBJECT, f"charts come from dropped files only: {NOT_CONFIGURED}")
        return
    from spotify_assets.spotify.charts import NotRefreshed, NotStored, earlier_charts, fetch_chart

    client = SpotifyAccess(settings.spotify, system_clock).connect()
    try:
        client.check_credentials()
    except UserError as error:
        yield Finding(SUBJECT, "issues no token", str(error))
        return
    whose = "a user's" if settings.spotify.refresh_token else "the app's own"
    yield Finding(SUBJECT, f"issues a token ({whose})")
    week = latest_closed_week(system_clock())
    earlier = earlier_charts(base_of(settings), settings.charts, week)
    for chart in settings.charts.charts:
        if not chart.playlist_id:
            yield Finding(SUBJECT, f"{chart.slug} has no playlist_id, so it isn't fetched")
            continue
        try:
            fetch_chart(client, chart, week, earlier.get(chart.slug))
        except NotRefreshed:
            yield Finding(SUBJECT, f"serves {chart.slug}, not refreshed for the week {week} yet")
        except NotStored as error:
            yield Finding(SUBJECT, f"serves no usable {chart.slug}", str(error), is_note=True)
        except UserError as error:
            yield Finding(
                SUBJECT,
                f"doesn't serve {chart.slug} to this app",
                f"{error} To stop requesting it, remove its playlist_id from the charts file.",
                is_note=True,
            )
        else:
            yield Finding(SUBJECT, f"serves {chart.slug}, of the week {week}")
