"""What is due to be asked of Spotify: for which weeks, and if for none, why.

Schedule and command line go by this. Which weeks are behind their raw files is in `behind`.
"""

from __future__ import annotations

from datetime import date

from spotify_assets.demo.marker import holds_demo
from spotify_assets.layout import table_key
from spotify_assets.raw.details import waiting_details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import lacking_charts
from spotify_assets.spotify.access import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.spotify.sentences import CSV_WAY
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES


def weeks_to_enrich(storage: Storage, spotify: SpotifyAccess) -> list[date]:
    """The weeks whose details could not all be asked for when they were made, in order."""
    return list(waiting_details(storage).weeks) if spotify.account.is_configured else []


def nothing_to_do(
    storage: Storage,
    inbox_rules: InboxRules,
    spotify: SpotifyAccess,
    week: date,
    table_format: str,
) -> str | None:
    """Why no run is needed for the week that closed last; None where one is."""
    if holds_demo(storage):
        return "This base holds the demo's made-up charts, and real ones must not mix with them."
    if week < inbox_rules.first_week:
        return f"The first week that is collected, {inbox_rules.first_week}, isn't over."
    lacking = lacking_charts(storage, inbox_rules.charts, week)
    had = len(inbox_rules.charts.charts) - len(lacking)
    if had and not all(storage.exists(table_key(name, week, table_format)) for name in TABLES):
        return None
    if week in weeks_to_enrich(storage, spotify):
        return None
    if not lacking:
        return f"Every chart of {week} is stored."
    names = ", ".join(chart.slug for chart in lacking)
    if not spotify.account.is_configured:
        return f"Of {week}, {names} is missing. {NOT_CONFIGURED}. {CSV_WAY}"
    if not any(chart.playlist_id for chart in lacking):
        return f"Of {week}, {names} is missing, and has no playlist_id to ask for. {CSV_WAY}"
    return None
