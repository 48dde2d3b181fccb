"""The schedule `daily_update`: looks every day whether the latest closed week lacks anything.

What is fetched, and how it is judged, is in `sources.spotify`. Dagster reads the annotations here, so
they aren't postponed.
"""

import dagster as dg

from spotify_assets.catalog.asking import answer
from spotify_assets.cli.runs import range_tags
from spotify_assets.defs.due import weeks_wanting_details, why_not_fetch
from spotify_assets.errors import SettingsError, UserError
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import Settings, variable_of
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.weeks import latest_closed_week

DAILY_UPDATE = "daily_update"


def build_daily_update(job_name: str, settings: Settings) -> dg.ScheduleDefinition:
    """The schedule, on the job of that name; it runs by itself where Spotify can be asked.

    Raises:
        SettingsError: Dagster can't read the cron expression.
    """
    starts = (
        dg.DefaultScheduleStatus.RUNNING
        if settings.spotify.is_configured
        else dg.DefaultScheduleStatus.STOPPED
    )

    def daily_update(
        context: dg.ScheduleEvaluationContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
        spotify: dg.ResourceParam[SpotifyAccess],
    ) -> list[dg.RunRequest] | dg.SkipReason:
        week = latest_closed_week(inbox_rules.clock())
        reason = why_not_fetch(storage, inbox_rules, spotify, week)
        tick = f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M}"
        requests = []
        if reason is None:
            requests.append(dg.RunRequest(run_key=f"{week} at {tick}", partition_key=f"{week}"))
        try:
            waiting = weeks_wanting_details(storage, spotify, lambda sql: answer(settings, sql)[1])
        except UserError:  # nothing is published yet
            waiting = []
        if waiting and set(waiting) != {week}:
            first, last = waiting[0], waiting[-1]
            key = f"details of {first} to {last} at {tick}"
            requests.append(dg.RunRequest(run_key=key, tags=range_tags(first, last)))
        return requests or dg.SkipReason(reason)

    try:
        return dg.schedule(
            name=DAILY_UPDATE,
            job_name=job_name,
            cron_schedule=settings.schedule_cron,
            execution_timezone=settings.schedule_timezone,
            default_status=starts,
            description="Collects the latest closed week: asks Spotify for the charts it lacks, every "
            "day until all are there.",
        )(daily_update)
    except dg.DagsterInvalidDefinitionError:
        raise SettingsError(
            f"{variable_of('schedule_cron')} holds {settings.schedule_cron!r}; it may hold five fields "
            "as cron has them, like 0 12 * * * for every day at noon"
        ) from None
