"""The sensors that tell of ended runs: `failed_runs`, and `failed_checks` of runs that went through.

They look at every run that Dagster launches here: the job's, and those from the UI's buttons. What
they say is in `messages`. A message stands in the log before it is sent; where sending fails, the log
says why as well, so does the tick, and the sensor goes on with the next run. Dagster reads the
annotations here, so they aren't postponed.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import dagster as dg

from spotify_assets.cli.runs import reason_of
from spotify_assets.defs.io_managers import WeeklyTableIOManager
from spotify_assets.defs.messages import (
    EndedRun,
    Message,
    failed_checks,
    message_about,
    plain,
    warning_about,
    weeks_of,
)
from spotify_assets.defs.week_metrics import FAILED_CHECKS, RUN_FAILURES, week_metrics
from spotify_assets.errors import UserError
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage
from spotify_assets.weeks import Clock

FAILED_RUNS = "failed_runs"
CHECKS_OF_RUNS = "failed_checks"
SECONDS_TO_MEASURE = 15.0  # Dagster ends a tick after a minute, and would have it tell all again

Measure = Callable[[], dict[str, float]]


def build_alert_sensors(
    settings: Settings, clock: Clock, seconds_to_measure: float = SECONDS_TO_MEASURE
) -> list[dg.SensorDefinition]:
    """Both sensors; they run by themselves where a topic or a namespace is set."""
    starts = (
        dg.DefaultSensorStatus.RUNNING
        if settings.alert_topic or settings.metrics_namespace
        else dg.DefaultSensorStatus.STOPPED
    )

    def tell(
        context: dg.RunStatusSensorContext, failures: dict[str, str], measure: Measure
    ) -> dg.SkipReason | None:
        """Log and send what is to be said of a run, and put its metrics; gives what went wrong."""
        run = _ended_run(context, failures, settings)
        message, warning = message_about(run), warning_about(run)
        if warning is not None:
            context.log.warning(warning)
        if message is not None:
            context.log.error(f"{message.subject}\n{message.body}")
        problems = _send(message, settings)
        if settings.metrics_namespace:
            problems += _put(run, settings, clock, measure, seconds_to_measure)
        for problem in problems:
            context.log.error(f"{problem} (run {run.run_id})")
        # It ends the tick: five runs and a service that is away would take longer than a tick may.
        return dg.SkipReason(" ".join(problems)) if problems else None

    @dg.run_failure_sensor(
        name=FAILED_RUNS,
        default_status=starts,
        description="Tells of every run that failed: which weeks, why, and what to do.",
    )
    def failed_runs(
        context: dg.RunFailureSensorContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
        table_io_manager: dg.ResourceParam[WeeklyTableIOManager],
    ) -> dg.SkipReason | None:
        events = context.get_step_failure_events()
        failures = {f"step {event.step_key}": reason_of(event) for event in events}
        # A run that was lost, or never came to be, failed in none of its steps.
        failures = failures or {"outside of any step": reason_of(context.failure_event)}
        return tell(context, failures, lambda: week_metrics(storage, inbox_rules, table_io_manager))

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name=CHECKS_OF_RUNS,
        default_status=starts,
        description="Tells of the checks that failed in a run that went through; those that only warn "
        "are logged.",
    )
    def checks_of_runs(
        context: dg.RunStatusSensorContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
        table_io_manager: dg.ResourceParam[WeeklyTableIOManager],
    ) -> dg.SkipReason | None:
        return tell(context, {}, lambda: week_metrics(storage, inbox_rules, table_io_manager))

    return [failed_runs, checks_of_runs]


def _ended_run(
    context: dg.RunStatusSensorContext, failures: dict[str, str], settings: Settings
) -> EndedRun:
    run = context.dagster_run
    secrets = settings.secrets
    entries = context.instance.all_logs(
        run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    evaluations = [e.asset_check_evaluation for e in entries if e.asset_check_evaluation]
    warn = [e for e in evaluations if e.severity == dg.AssetCheckSeverity.WARN]
    fail = [e for e in evaluations if e.severity == dg.AssetCheckSeverity.ERROR]
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        weeks=weeks_of(run.tags),
        failures={step: plain(why, secrets) for step, why in failures.items()},
        failed_checks=failed_checks(fail, secrets),
        warnings=failed_checks(warn, secrets),
    )


def _send(message: Message | None, settings: Settings) -> list[str]:
    if message is None or not settings.alert_topic:
        return []
    from spotify_assets.defs.delivery import publish

    problem = publish(settings.alert_topic, message)
    return [problem] if problem else []


def _put(
    run: EndedRun, settings: Settings, clock: Clock, measure: Measure, seconds: float
) -> list[str]:
    from spotify_assets.defs.delivery import put_metrics

    metrics: dict[str, float] = {
        RUN_FAILURES: 1 if run.failures else 0,
        FAILED_CHECKS: len(run.failed_checks),
    }
    problems = []
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        metrics |= thread.submit(measure).result(timeout=seconds)
    except (OSError, UserError) as error:  # what took too long is an OSError without words
        why = plain(str(error), settings.secrets) or f"It takes longer than {seconds:g} seconds."
        problems.append(
            "The stored weeks could not be measured, and will be after the next run. Can the base, "
            f"SPOTIFY_ASSETS_BASE, be reached? {why}"
        )
    finally:
        thread.shutdown(wait=False)
    problem = put_metrics(settings.metrics_namespace, metrics, clock())
    return [*problems, problem] if problem else problems
