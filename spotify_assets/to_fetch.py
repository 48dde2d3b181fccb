"""What Spotify and open data may have to offer, and if nothing, why: schedule and `update` decide by it.

How it is fetched belongs to `spotify`, what tables lack to `tables.lacking`. Dagster isn't needed here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from spotify_assets.catalog import Catalog
from spotify_assets.charts import Charts
from spotify_assets.checks.catalog import columns_as_declared
from spotify_assets.demo.marker import holds_demo
from spotify_assets.layout import RawName
from spotify_assets.open_data.look_up import wants_more
from spotify_assets.raw.details import Details, read_details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.settings import OpenData
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess, csv_way
from spotify_assets.spotify.charts import WEEKS_BACK, LiveCharts, fetch_missing
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import details_wanted, songs_to_match
from spotify_assets.tables.store import charts_held_back, charts_to_replace, stored_weeks
from spotify_assets.weeks import ONE_WEEK, Clock, latest_closed_week, weeks_between


def weeks_to_fetch(
    storage: Storage, rules: InboxRules, spotify: SpotifyAccess, catalog: Catalog
) -> tuple[set[date], str]:
    """Return the weeks that Spotify may complete, and why the latest isn't one of them, if it isn't.

    These are the latest closed week if it lacks charts, and those that want details of their songs.

    Raises:
        UnreadableRawFile: a file of details is damaged; names it.
    """
    latest = latest_closed_week(rules.clock())
    if holds_demo(storage):
        return (
            set(),
            "This base has the demo's made-up charts, and real ones must not mix with them.",
        )
    reason = why_not_fetch(storage, rules, spotify, latest)
    weeks = set() if reason else {latest}
    # The catalog of an earlier version may lack columns, until the next run publishes it.
    is_there = any(catalog.weeks().values()) and not columns_as_declared(catalog)
    if spotify.account.is_configured and is_there:
        wanted = details_wanted(lambda sql: catalog.query(sql).rows, read_details(storage))
        weeks.update(week for week in wanted if week >= rules.first_week)
    return weeks, reason


def week_to_ask(storage: Storage, charts: Charts, access: OpenData, clock: Clock) -> date | None:
    """Return the week of a run that asks open data about all weeks: the latest; None if nothing is due.

    What needs no asking is judged here, as by new corrections, so that its weeks are stale.

    Raises:
        UserError: the corrections can't be read; names the line and the remedy.
    """
    stored = stored_weeks(storage).get("songs")
    if not stored or not access.contact or holds_demo(storage):
        return None
    songs = songs_to_match(storage, [], charts, Details())
    return stored[-1] if wants_more(storage, songs, access, clock) else None


def fetch_latest(
    storage: Storage,
    rules: InboxRules,
    spotify: SpotifyAccess,
    dropped: Collection[RawName] = (),
    *,
    refetch: bool = False,
) -> LiveCharts:
    """Fetch and archive what the latest closed week lacks, as `fetch_missing`, if Spotify is asked."""
    if not spotify.account.is_configured or holds_demo(storage):
        return LiveCharts()
    week = latest_closed_week(rules.clock())
    compared = weeks_between(week - WEEKS_BACK * ONE_WEEK, week - ONE_WEEK)
    held_back = charts_held_back(storage, compared, rules.charts)
    held_back |= charts_to_replace(storage, [week], rules.charts)
    return fetch_missing(spotify, storage, rules, week, held_back, dropped=dropped, refetch=refetch)


def why_not_fetch(storage: Storage, rules: InboxRules, spotify: SpotifyAccess, week: date) -> str:
    """Return why the charts of the latest closed week aren't fetched; nothing if they are."""
    if week < rules.first_week:
        return f"The first week that is collected, {rules.first_week}, isn't over."
    to_replace = charts_to_replace(storage, [week], rules.charts)
    missing = missing_charts(storage, rules.charts, week, to_replace)
    if not missing:
        return f"Every chart of {week} is stored."
    state = "missing, held back or incomplete" if to_replace else "missing"
    said = f"Of {week}, {', '.join(chart.slug for chart in missing)} is {state}"
    if not spotify.account.is_configured:
        return f"{said}. {NOT_CONFIGURED}.{csv_way(*missing)}"
    if not any(chart.playlist_id for chart in missing):
        return f"{said}, and has no playlist_id to fetch.{csv_way(*missing)}"
    return ""
