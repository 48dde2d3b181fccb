"""The sensors that report ended runs: `failed_runs`, and `failed_checks` of runs that succeeded.

Here is what is said about a run, once a run, and what is measured of the stored weeks after it;
deploy/terraform/alarms.tf watches the metrics by their names. Sending both to AWS belongs to
`delivery`. Whatever is sent is logged first; if sending fails, the log and the tick say why, and the
sensor goes on with the next run. Dagster reads the annotations here, so they aren't postponed.
"""

import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.defs import Shared
from spotify_assets.defs.delivery import publish, put_metrics
from spotify_assets.defs.resources import ChartsResource, StorageResource
from spotify_assets.defs.run_tags import reason_of, weeks_in_words
from spotify_assets.errors import UserError
from spotify_assets.layout import TABLES, table_key, week_of_table_key
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, Clock, latest_closed_week

RUN_FAILURES = "RunFailures"  # of the run: 1 if it failed, else 0
FAILED_CHECKS = "FailedChecks"  # of the run: each check counts once for every week that it fails in
LATEST_WEEK_ROWS = "LatestWeekRows"  # songs of the latest closed week, all charts
MISSING_CHARTS = "MissingCharts"  # expected charts that this week has no raw file of
LATEST_WEEK_AGE = "LatestWeekAgeDays"  # since the latest week with stored songs closed

SECONDS_TO_MEASURE = 15.0  # Dagster ends a tick after a minute, and would repeat all its reports
LONGEST_SUBJECT = 100  # characters; SNS takes no more
LONGEST_REASON = 1000  # characters; with SHOWN twice, far below the 256 KB that SNS takes
SHOWN = 20
LEFT_OUT = "(left out)"
SECRET_PATTERNS = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),  # user and password of an address
    re.compile(r"(?<=\bBearer )[\w.~+/=-]+", re.IGNORECASE),
    re.compile(r"(?<=\bBasic )[\w.~+/=-]{8,}", re.IGNORECASE),
)


@dataclass(frozen=True)
class Message:
    """What is sent: a subject that SNS takes, and a body of lines."""

    subject: str
    body: str


@dataclass(frozen=True)
class EndedRun:
    """A run that has ended: why it failed, by step, and a line for every check that failed.

    `warnings` are the failed checks that only warn. A run that succeeded has no `failures`.
    """

    run_id: str
    job: str
    weeks: str
    failures: Mapping[str, str] = field(default_factory=dict)
    failed_checks: Sequence[str] = ()
    warnings: Sequence[str] = ()


def build_alert_sensors(
    shared: Shared,
    settings: Settings,
    clock: Clock,
    seconds_to_measure: float = SECONDS_TO_MEASURE,
) -> list[dg.SensorDefinition]:
    """Return both sensors; they run from the start if a topic or a namespace is set."""
    is_sent = bool(settings.alert_topic or settings.metrics_namespace)
    status = dg.DefaultSensorStatus.RUNNING if is_sent else dg.DefaultSensorStatus.STOPPED

    def report(
        context: dg.RunStatusSensorContext,
        failures: Mapping[str, str],
        storage: StorageResource,
        charts: ChartsResource,
    ) -> dg.SkipReason | None:
        """Log and send the message about a run, put its metrics, and return what went wrong."""
        run = _ended_run(context, failures, settings.secrets)
        message = message_about(run)
        if run.warnings:
            lines = ["Checks warn, which is only logged:", *_at_most(run.warnings, "check")]
            context.log.warning("\n".join(lines))
        problems = []
        if message is not None:
            context.log.error(f"{message.subject}\n{message.body}")
            if settings.alert_topic:
                problems.append(publish(settings.alert_topic, message.subject, message.body))
        if settings.metrics_namespace:
            own = {RUN_FAILURES: bool(run.failures), FAILED_CHECKS: len(run.failed_checks)}
            of_weeks, problem = _measured(
                lambda: week_metrics(storage.open(), charts.rules(clock)),
                seconds_to_measure,
                settings.secrets,
            )
            problems += [problem, put_metrics(settings.metrics_namespace, own | of_weeks, clock())]
        said = [problem for problem in problems if problem]
        for problem in said:
            context.log.error(f"{problem} (run {run.run_id})")
        # It ends the tick: five runs and a service that is down would take longer than a tick may.
        return dg.SkipReason(" ".join(said)) if said else None

    @dg.run_failure_sensor(
        name=shared.name("failed_runs"),
        default_status=status,
        description="Reports every run that failed: which weeks, why, and what to do.",
    )
    @shared.using
    def failed_runs(
        context: dg.RunFailureSensorContext, storage: StorageResource, charts: ChartsResource
    ) -> dg.SkipReason | None:
        events = context.get_step_failure_events()
        failures = {f"step {event.step_key}": reason_of(event) for event in events}
        # A run that was lost, or never started, failed in none of its steps.
        failures = failures or {"outside of any step": reason_of(context.failure_event)}
        return report(context, failures, storage, charts)

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name=shared.name("failed_checks"),
        default_status=status,
        description="Reports the checks that failed in a run that succeeded; those that only warn "
        "are logged.",
    )
    @shared.using
    def failed_checks(
        context: dg.RunStatusSensorContext, storage: StorageResource, charts: ChartsResource
    ) -> dg.SkipReason | None:
        return report(context, {}, storage, charts)

    return [failed_runs, failed_checks]


def week_metrics(storage: Storage, inbox_rules: InboxRules) -> dict[str, float]:
    """Return the metrics of the stored weeks, by name.

    There are no rows while the latest closed week isn't stored, which is no alarm for some days, and
    there is no age while no week is.

    Raises:
        OSError: the storage can't be reached.
        UserError: a setting has to be corrected first.
    """
    now = inbox_rules.clock()
    latest = latest_closed_week(now)
    is_due = latest >= inbox_rules.first_week
    files = storage.files(f"{TABLES}songs/")
    stored = {week for file in files if (week := week_of_table_key(file.key))}
    metrics: dict[str, float] = {
        MISSING_CHARTS: len(missing_charts(storage, inbox_rules.charts, latest)) if is_due else 0
    }
    if latest in stored:
        metrics[LATEST_WEEK_ROWS] = _song_count(storage, latest)
    if stored:
        closed = datetime.combine(max(stored) + ONE_WEEK, time(), UTC)
        metrics[LATEST_WEEK_AGE] = (now - closed) / timedelta(days=1)
    return metrics


def message_about(run: EndedRun) -> Message | None:
    """Return the one message about a run; None if all is well, or checks only warn."""
    checks = _at_most(run.failed_checks, "check")
    if run.failures:
        about = f"the run over {run.weeks} failed"
        failures = [f"- {place}: {why}" for place, why in run.failures.items()]
        lines = [f"The run over {run.weeks} failed.", "", *_at_most(failures, "failure")]
        if checks:
            lines += ["", "These checks failed as well:", *checks]
        remedy = (
            "What to do: fix the cause, then choose Re-execute on the run's page in Dagster. That is "
            "safe at any time: nothing that is stored is lost, and nothing counts twice."
        )
    elif checks:
        count = len(run.failed_checks)
        failed = f"{count} check{'' if count == 1 else 's'} failed"
        about = f"{failed} for {run.weeks}"
        lines = [f"The run over {run.weeks} succeeded, but {failed}:", "", *checks]
        remedy = (
            "What to do: materialize the named assets again for these weeks, which makes their tables "
            "again from the raw files. If a check fails again, a raw file of that week is wrong, and "
            "its chart stays held back: put a good file into the inbox. The Checks tab of the asset "
            "in Dagster has every finding."
        )
    else:
        return None
    subject = f"spotify-assets: {about}".encode("ascii", "replace").decode()[:LONGEST_SUBJECT]
    return Message(
        subject, "\n".join([*lines, "", remedy, "", f"Run: {run.run_id} of {run.job}\n"])
    )


def lines_about(
    evaluations: Iterable[dg.AssetCheckEvaluation], secrets: Collection[str] = ()
) -> list[str]:
    """Return a line for each check that failed, once for every week, in order.

    A check over a range also reports on all its weeks at once; that counts only if no single week
    failed.
    """
    failed = [evaluation for evaluation in evaluations if not evaluation.passed]
    by_week = {e.asset_check_key for e in failed if e.partition}
    found = []
    for e in failed:
        if e.partition or e.asset_check_key not in by_week:
            asset, week = e.asset_key.to_user_string(), e.partition or ""
            why = plain(e.description or "no reason given", secrets)
            line = f"- {asset}{f' of {week}' if week else ''}, {e.check_name}: {why}"
            found.append((week, asset, e.check_name, line))
    return [line for *_, line in sorted(found)]


def plain(text: str, secrets: Collection[str] = ()) -> str:
    """Return a reason on one line, not too long, without these secrets or what looks like one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, LEFT_OUT)
    for pattern in SECRET_PATTERNS:
        text = pattern.sub(LEFT_OUT, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 2]} …"


def _at_most(lines: Sequence[str], what: str) -> list[str]:
    more = len(lines) - SHOWN
    if more <= 0:
        return list(lines)
    return [*lines[:SHOWN], f"- and {more} more {what}{'' if more == 1 else 's'}"]


def _ended_run(
    context: dg.RunStatusSensorContext, failures: Mapping[str, str], secrets: Collection[str]
) -> EndedRun:
    run = context.dagster_run
    evaluated = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    entries = context.instance.all_logs(run.run_id, of_type=evaluated)
    evaluations = [e.asset_check_evaluation for e in entries if e.asset_check_evaluation]
    warnings = [e for e in evaluations if e.severity == dg.AssetCheckSeverity.WARN]
    errors = [e for e in evaluations if e.severity == dg.AssetCheckSeverity.ERROR]
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        weeks=weeks_in_words(run.tags),
        failures={step: plain(why, secrets) for step, why in failures.items()},
        failed_checks=lines_about(errors, secrets),
        warnings=lines_about(warnings, secrets),
    )


def _song_count(storage: Storage, week: date) -> int:
    try:
        content = storage.read(table_key("songs", week))
        return int(pq.ParquetFile(io.BytesIO(content)).metadata.num_rows)
    except (FileNotFoundError, pa.ArrowException):
        return 0  # a damaged file has no rows that can be read; its checks say why


def _measured(
    measure: Callable[[], dict[str, float]], seconds: float, secrets: Collection[str]
) -> tuple[dict[str, float], str | None]:
    """Return what was measured; if that fails or takes too long, nothing, and why."""
    thread = ThreadPoolExecutor(max_workers=1)
    try:
        return thread.submit(measure).result(timeout=seconds), None
    except (OSError, UserError) as error:  # a timeout is an OSError without words
        why = plain(str(error), secrets) or f"It takes longer than {seconds:g} seconds."
        return {}, (
            "The stored weeks could not be measured, and will be after the next run. Check that the "
            f"base, SPOTIFY_ASSETS_BASE, can be reached. {why}"
        )
    finally:
        thread.shutdown(wait=False)
