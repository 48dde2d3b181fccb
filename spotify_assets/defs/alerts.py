"""The sensors that report ended runs: `failed_runs`, and `failed_checks` of runs that succeeded.

What is said about a run and measured after it; alarms.tf watches the metrics by their names. Whatever
is sent is logged first, and failing to send (`delivery`) stops no sensor. Dagster reads the annotations
here, so they aren't postponed.
"""

import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.defs import Shared
from spotify_assets.defs.delivery import Message, put_metrics, send
from spotify_assets.defs.resources import ChartsResource, StorageResource
from spotify_assets.defs.run_tags import reason_of, weeks_in_words
from spotify_assets.errors import UserError
from spotify_assets.layout import TABLE_FILES, table_key, week_of_table_key
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, Clock, latest_closed_week
from spotify_assets.words import counted, plain

RUN_FAILURES = "RunFailures"  # of the run: 1 if it failed, else 0
FAILED_CHECKS = "FailedChecks"  # of the run: each check counts once for every week that it fails in
LATEST_WEEK_ROWS = "LatestWeekRows"  # songs of the latest closed week, all charts
MISSING_CHARTS = "MissingCharts"  # expected charts that this week has no raw file of
LATEST_WEEK_AGE = "LatestWeekAgeDays"  # since the latest week with stored songs closed

SECONDS_TO_MEASURE = 15.0  # Dagster ends a tick after a minute, and would repeat all its reports
LONGEST_REASON = 1000  # characters; with SHOWN twice, far below the 256 KB that SNS takes
SHOWN = 20
LEFT_OUT = "(left out)"
SECRET_PATTERNS = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),  # user and password of an address
    re.compile(r"(?<=\bBearer )[\w.~+/=-]+", re.IGNORECASE),
    re.compile(r"(?<=\bBasic )[\w.~+/=-]{8,}", re.IGNORECASE),
)


def build_alert_sensors(
    shared: Shared,
    settings: Settings,
    clock: Clock,
    seconds_to_measure: float = SECONDS_TO_MEASURE,
) -> list[dg.SensorDefinition]:
    """Return both sensors; they run from the start if there is anywhere to send to."""
    is_sent = bool(settings.alert_topic or settings.alert_addresses or settings.metrics_namespace)
    status = dg.DefaultSensorStatus.RUNNING if is_sent else dg.DefaultSensorStatus.STOPPED

    def report(
        context: dg.RunStatusSensorContext,
        failures: Mapping[str, str],
        storage: StorageResource,
        charts: ChartsResource,
    ) -> dg.SkipReason | None:
        """Log and send the message about a run, put its metrics, and return what went wrong."""
        run = context.dagster_run
        evaluated = dg.DagsterEventType.ASSET_CHECK_EVALUATION
        entries = context.instance.all_logs(run.run_id, of_type=evaluated)
        found = [e.asset_check_evaluation for e in entries if e.asset_check_evaluation]
        warned, failed = (
            lines_about((e for e in found if e.severity == severity), settings.secrets)
            for severity in (dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR)
        )
        if warned:
            lines = ["Checks warn, which is only logged:", *_at_most(warned)]
            context.log.warning("\n".join(lines))
        problems: list[str | None] = []
        reasons = {place: without_secrets(why, settings.secrets) for place, why in failures.items()}
        if reasons or failed:
            subject, body = message_about(run, reasons, failed)
            context.log.error(f"{subject}\n{body}")
            problems += send(settings, Message(subject, body), is_failure=True).problems
        if settings.metrics_namespace:
            metrics: dict[str, float] = {RUN_FAILURES: bool(reasons), FAILED_CHECKS: len(failed)}
            thread = ThreadPoolExecutor(max_workers=1)
            try:
                of_weeks = thread.submit(week_metrics, storage.open(), charts.rules(clock))
                metrics |= of_weeks.result(timeout=seconds_to_measure)
            except (OSError, UserError) as error:  # a timeout is an OSError without words
                why = without_secrets(str(error), settings.secrets)
                problems.append(
                    "The stored weeks could not be measured, and will be after the next run. Check "
                    "that the base, SPOTIFY_ASSETS_BASE, can be reached. "
                    + (why or f"It takes longer than {seconds_to_measure:g} seconds.")
                )
            finally:
                thread.shutdown(wait=False)
            problems.append(put_metrics(settings.metrics_namespace, metrics, clock()))
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
    files = storage.files(f"{TABLE_FILES}songs/")
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


def _song_count(storage: Storage, week: date) -> int:
    try:
        content = storage.read(table_key("songs", week))
        return int(pq.ParquetFile(io.BytesIO(content)).metadata.num_rows)
    except (FileNotFoundError, pa.ArrowException):
        return 0  # a damaged file has no rows that can be read; its checks say why


def message_about(
    run: dg.DagsterRun, failures: Mapping[str, str], failed_checks: Sequence[str]
) -> tuple[str, str]:
    """Return subject and body of the message about a run: why it failed, by step, and its checks."""
    weeks, checks = weeks_in_words(run.tags), _at_most(failed_checks)
    if failures:
        about = f"the run over {weeks} failed"
        steps = [f"- {place}: {why}" for place, why in failures.items()]
        lines = [f"The run over {weeks} failed.", "", *_at_most(steps)]
        if checks:
            lines += ["", "These checks failed as well:", *checks]
        remedy = (
            "fix the cause, then choose Re-execute on the run's page in Dagster. That is safe at any "
            "time: nothing that is stored is lost, and nothing counts twice."
        )
    else:
        count = len(failed_checks)
        failed = f"{counted(count, 'check')} failed"
        about = f"{failed} for {weeks}"
        lines = [f"The run over {weeks} succeeded, but {failed}:", "", *checks]
        remedy = (
            "materialize the named assets again for these weeks, which makes their tables again from "
            "the raw files. If a check fails again, a raw file of that week is wrong, and its chart "
            "stays held back: put a good file into the inbox. The Checks tab of the asset in Dagster "
            "has every finding."
        )
    lines += ["", f"What to do: {remedy}", "", f"Run: {run.run_id} of {run.job_name}\n"]
    return f"spotify-assets: {about}", "\n".join(lines)


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
            why = without_secrets(e.description or "no reason given", secrets)
            line = f"- {asset}{f' of {week}' if week else ''}, {e.check_name}: {why}"
            found.append((week, asset, e.check_name, line))
    return [line for *_, line in sorted(found)]


def without_secrets(text: str, secrets: Collection[str] = ()) -> str:
    """Return a reason on one line, not too long, without these secrets or what looks like one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, LEFT_OUT)
    for pattern in SECRET_PATTERNS:
        text = pattern.sub(LEFT_OUT, text)
    return plain(text, LONGEST_REASON)


def _at_most(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"- and {more} more"] if more > 0 else [])]
