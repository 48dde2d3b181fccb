"""What Spotify and open data may have to offer, and if nothing, why: schedule and `update` decide by it.

How it is fetched belongs to `spotify`, what tables lack to `tables.lacking`. Dagster isn't needed here.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import date

from spotify_assets.catalog import Catalog
from spotify_assets.checks.catalog import columns_as_declared
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UserError
from spotify_assets.held_back import charts_held_back
from spotify_assets.layout import RawName
from spotify_assets.open_data.gate import OVER
from spotify_assets.open_data.look_up import look_up
from spotify_assets.raw.details import read_details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.settings import OpenData
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess, csv_way
from spotify_assets.spotify.charts import WEEKS_BACK, LiveCharts, fetch_missing
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import details_wanted, songs_to_match
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, weeks_between


def weeks_to_fetch(
    storage: Storage,
    rules: InboxRules,
    spotify: SpotifyAccess,
    open_data: OpenData,
    catalog: Catalog,
) -> tuple[set[date], str]:
    """Return the weeks of a run that requests, and why the latest closed week isn't one, if it isn't.

    These are the latest closed week if it lacks charts, those that want details of their songs, and the
    latest stored one if there is anything to ask of open data, which a run asks about all weeks. What
    open data needs no asking for is judged here, as by new corrections: then its weeks are stale.

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
    is_asked = spotify.account.is_configured and any(catalog.weeks().values())
    if is_asked and not columns_as_declared(catalog):
        wanted = details_wanted(lambda sql: catalog.query(sql).rows, read_details(storage))
        weeks.update(week for week in wanted if week >= rules.first_week)
    stored = stored_weeks(storage).get("songs", [date.min])[-1] if open_data.contact else date.min
    if stored >= rules.first_week:
        with suppress(UserError):  # of the corrections: each run says so, and so does `doctor`
            songs = songs_to_match(storage)
            without_time = replace(open_data, seconds=0, dump=None)
            if OVER in look_up(storage, songs, without_time).stopped:
                weeks.add(stored)
    return weeks, reason


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
    held_back |= charts_held_back(storage, [week], rules.charts, or_incomplete=True)
    return fetch_missing(spotify, storage, rules, week, held_back, dropped=dropped, refetch=refetch)


def why_not_fetch(storage: Storage, rules: InboxRules, spotify: SpotifyAccess, week: date) -> str:
    """Return why the charts of the latest closed week aren't fetched; nothing if they are."""
    if week < rules.first_week:
        return f"The first week that is collected, {rules.first_week}, isn't over."
    judged = [week] if spotify.account.is_configured else []  # else, nothing can be replaced
    to_replace = charts_held_back(storage, judged, rules.charts, or_incomplete=True)
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
