"""The schedule `daily_update`: once a day, the latest closed week if it lacks charts, and stale weeks.

What is stale is decided in `tables.stale`; what Spotify has to offer in `due`. Dagster reads the
annotations here, so they aren't postponed.
"""

from collections.abc import Iterator
from datetime import date, datetime

import dagster as dg

from spotify_assets.defs import Shared
from spotify_assets.defs.due import weeks_wanting_details, why_not_fetch
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    SpotifyResource,
    StorageResource,
)
from spotify_assets.defs.run_tags import range_tags
from spotify_assets.errors import SettingsError
from spotify_assets.settings import Settings, variable_of
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

    def daily_update(
        context: dg.ScheduleEvaluationContext,
        storage: StorageResource,
        charts: ChartsResource,
        spotify: SpotifyResource,
        catalog: CatalogResource,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        opened, latest = storage.open(), latest_closed_week(clock())
        access = spotify.open()
        due = {week for week in stale_weeks(opened) if week >= charts.first}
        tables = catalog.open(opened)
        if access.account.is_configured and any(tables.weeks().values()):
            due.update(weeks_wanting_details(opened, access, lambda sql: tables.query(sql).rows))
        reason = why_not_fetch(opened, charts.rules(clock), access, latest)
        if reason is None:
            due.add(latest)
        tick = context.scheduled_execution_time
        requests = list(_requests(due, tick))
        if not due and are_reports_stale(opened):
            week = max(week for weeks in stored_weeks(opened).values() for week in weeks)
            requests.append(
                dg.RunRequest(
                    run_key=f"reports at {tick:%Y-%m-%dT%H:%M}",
                    partition_key=week.isoformat(),
                    asset_selection=shared.keys(PUBLISHING),
                )
            )
        return requests or dg.SkipReason(f"No week is stale. {reason}")

    try:
        return dg.schedule(
            name=DAILY_UPDATE,
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


def _requests(due: set[date], tick: datetime) -> Iterator[dg.RunRequest]:
    """Return a run for each range of weeks without gaps."""
    for first, last in runs_of_weeks(due):
        key = f"{first} to {last} at {tick:%Y-%m-%dT%H:%M}"
        if first == last:
            yield dg.RunRequest(run_key=key, partition_key=first.isoformat())
        else:
            yield dg.RunRequest(run_key=key, tags=range_tags(first, last))
