"""The schedule `daily_update`: once a day, the latest closed week if it lacks charts, and stale weeks.

Here is also what Spotify may have to offer, and if nothing, why: `update` asks the same. What is stale
is decided in `tables.stale`. Dagster reads the annotations here, so they aren't postponed.
"""

from datetime import date

import dagster as dg

from spotify_assets.catalog import Catalog
from spotify_assets.defs import Shared
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    SpotifyResource,
    StorageResource,
)
from spotify_assets.defs.run_tags import run_request
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import SettingsError
from spotify_assets.raw.details import read_details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.settings import Settings, variable_of
from spotify_assets.spotify import CSV_WAY, NOT_CONFIGURED, SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import details_wanted
from spotify_assets.tables.stale import are_reports_stale, stale_weeks
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import Clock, latest_closed_week, runs_of_weeks

DAILY_UPDATE = "daily_update"
PUBLISHING = ("catalog", "dashboard", "check_report")


def build_daily_update(
    job_name: str, shared: Shared, settings: Settings, clock: Clock
) -> dg.ScheduleDefinition:
    """Return the schedule, on the job of that name; it is on unless you switch it off.

    Raises:
        SettingsError: Dagster can't read the cron expression.
    """

    @shared.using
    def daily_update(
        context: dg.ScheduleEvaluationContext,
        storage: StorageResource,
        charts: ChartsResource,
        spotify: SpotifyResource,
        catalog: CatalogResource,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        opened, rules = storage.open(), charts.rules(clock)
        weeks, reason = weeks_to_fetch(opened, rules, spotify.open(), catalog.open(opened))
        weeks.update(week for week in stale_weeks(opened) if week >= charts.first)
        at = f"at {context.scheduled_execution_time:%Y-%m-%dT%H:%M}"
        requests = [
            run_request(first, last, f"{first} to {last} {at}")
            for first, last in runs_of_weeks(weeks)
        ]
        if not requests and are_reports_stale(opened):
            week = max(week for weeks in stored_weeks(opened).values() for week in weeks)
            assets = shared.keys(PUBLISHING)
            requests = [run_request(week, week, f"reports {at}", asset_selection=assets)]
        return requests or dg.SkipReason(f"No week is stale. {reason}")

    try:
        return dg.schedule(
            name=shared.name(DAILY_UPDATE),
            job_name=job_name,
            cron_schedule=settings.schedule_cron,
            execution_timezone=settings.schedule_timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Makes what is stale, and fetches what the latest closed week lacks, every day "
            "until all is there.",
        )(daily_update)
    except dg.DagsterInvalidDefinitionError:
        raise SettingsError(
            f"{variable_of('schedule_cron')} is {settings.schedule_cron!r}; it may hold five fields "
            "as cron has them, like 0 12 * * * for every day at noon"
        ) from None


def weeks_to_fetch(
    storage: Storage, inbox_rules: InboxRules, spotify: SpotifyAccess, catalog: Catalog
) -> tuple[set[date], str]:
    """Return the weeks that Spotify may complete, and why the latest isn't one of them, if it isn't.

    These are the latest closed week if it lacks charts, and those that want details of their songs.

    Raises:
        UnreadableRawFile: a file of details is damaged; names it.
    """
    latest = latest_closed_week(inbox_rules.clock())
    reason = why_not_fetch(storage, inbox_rules, spotify, latest)
    weeks = set() if reason else {latest}
    if spotify.account.is_configured and not holds_demo(storage) and any(catalog.weeks().values()):
        weeks.update(details_wanted(lambda sql: catalog.query(sql).rows, read_details(storage)))
    return weeks, reason


def why_not_fetch(
    storage: Storage, inbox_rules: InboxRules, spotify: SpotifyAccess, week: date
) -> str:
    """Return why no chart of the latest closed week should be fetched; empty where one should."""
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
    return ""
