"""The schedule `daily_update`: once a day, the latest closed week if it lacks charts, and stale weeks.

What may be fetched is decided in `to_fetch`, what is stale in `tables.stale`. Dagster reads the
annotations here, so they aren't postponed.
"""

import dagster as dg

from spotify_assets.defs import Shared
from spotify_assets.defs.publishing import PUBLISHING
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    OpenDataResource,
    SpotifyResource,
    StorageResource,
)
from spotify_assets.defs.run_tags import run_request, weeks_by_run
from spotify_assets.errors import SettingsError
from spotify_assets.raw.archive import archived_files
from spotify_assets.settings import Settings, variable_of
from spotify_assets.storage import RunStorage
from spotify_assets.tables.stale import stale_weeks, week_to_publish
from spotify_assets.to_fetch import weeks_to_fetch
from spotify_assets.weeks import Clock

DAILY_UPDATE = "daily_update"


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
        open_data: OpenDataResource,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        base, rules = RunStorage(storage.open()), charts.rules(clock)
        opened = catalog.open(base)
        weeks, reason = weeks_to_fetch(base, rules, spotify.open(), open_data.open(), opened)
        weeks.update(stale_weeks(base, rules.first_week))
        unsure = weeks - {name.week for name, _ in archived_files(base, None)}
        at = f"at {context.scheduled_execution_time:%Y-%m-%dT%H:%M}"
        requests = [
            run_request(of_run, f"{of_run[0]} to {of_run[-1]} {at}")
            for of_run in weeks_by_run(weeks, unsure)
        ]
        if not requests and (week := week_to_publish(base, opened.weeks(), rules.first_week)):
            assets = shared.keys(PUBLISHING)
            requests = [run_request([week], f"reports {at}", asset_selection=assets)]
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
