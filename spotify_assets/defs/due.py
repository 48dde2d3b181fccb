"""What is due to be fetched from Spotify: for which weeks, and if for none, why.

Schedule and `update` go by this, beside the weeks that are stale.
"""

from __future__ import annotations

from datetime import date

from spotify_assets.demo.marker import holds_demo
from spotify_assets.raw.details import read_details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.spotify import CSV_WAY, NOT_CONFIGURED, SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import Query, details_wanted


def weeks_wanting_details(storage: Storage, spotify: SpotifyAccess, query: Query) -> list[date]:
    """Return the weeks for which details should be looked up or filled in; none without credentials.

    Raises:
        UnreadableRawFile: a file of details is damaged; names it.
    """
    if not spotify.account.is_configured or holds_demo(storage):
        return []
    return details_wanted(query, read_details(storage))


def why_not_fetch(
    storage: Storage, inbox_rules: InboxRules, spotify: SpotifyAccess, week: date
) -> str | None:
    """Return why no chart of the latest closed week should be fetched; None where one should."""
    if holds_demo(storage):
        return "This base has the demo's made-up charts, and real ones must not mix with them."
    if week < inbox_rules.first_week:
        return f"The first week that is collected, {inbox_rules.first_week}, isn't over."
    missing = missing_charts(storage, inbox_rules.charts, week)
    if not missing:
        return f"Every chart of {week} is stored."
    names = ", ".join(chart.slug for chart in missing)
    if not spotify.account.is_configured:
        return f"Of {week}, {names} is missing. {NOT_CONFIGURED}. {CSV_WAY}"
    if not any(chart.playlist_id for chart in missing):
        return f"Of {week}, {names} is missing, and has no playlist_id to fetch. {CSV_WAY}"
    return None
