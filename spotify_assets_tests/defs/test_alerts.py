"""Alerts: what is said and measured after a run, that it arrives, and what it never contains."""

import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.charts import Charts
from spotify_assets.defs import Shared, weekly_partitions
from spotify_assets.defs.alerts import (
    build_alert_sensors,
    lines_about,
    message_about,
    week_metrics,
    without_secrets,
)
from spotify_assets.defs.delivery import Message, send
from spotify_assets.defs.resources import ChartsResource
from spotify_assets.defs.run_tags import PARTITION, run_tags, weeks_in_words
from spotify_assets.layout import RawName, table_key
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.dagster_runs import QUIET, WEEKS, as_resource
from spotify_assets_tests.fakes.inbox_of_alerts import receiving

MOMENT = datetime(2024, 3, 17, 12, tzinfo=UTC)  # two and a half days after WEEKS[1] closed
LATEST = WEEKS[1]
URLS = f"{PREFIX}ALERT_URLS"
A_TOPIC = "arn:aws:sns:us-east-1:123456789012:charts"
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
ENDS = {dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS}


def clock() -> datetime:
    return MOMENT


@dataclass(frozen=True)
class Account:
    """A topic, the queue that receives its messages, and a namespace that nothing else uses."""

    topic: str
    namespace: str
    queue: str
    sqs: Any
    cloudwatch: Any

    def messages(self) -> list[tuple[str, str]]:
        """Return subject and body of what has arrived."""
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        sent = [json.loads(message["Body"]) for message in received.get("Messages", [])]
        return [(message["Subject"], message["Message"]) for message in sent]

    def metrics(self) -> dict[str, tuple[float, float, str]]:
        """Return sum, count and unit of each metric's values within the hour of MOMENT."""
        found = {}
        for metric in self.cloudwatch.list_metrics(Namespace=self.namespace)["Metrics"]:
            assert not metric["Dimensions"]  # alarms look for none
            answer = self.cloudwatch.get_metric_statistics(
                Namespace=self.namespace,
                MetricName=metric["MetricName"],
                StartTime=MOMENT,
                EndTime=MOMENT.replace(minute=59),
                Period=3600,
                Statistics=["Sum", "SampleCount"],
            )
            (point,) = answer["Datapoints"]
            found[metric["MetricName"]] = (point["Sum"], point["SampleCount"], point["Unit"])
        return found


@pytest.fixture
def account(s3_environment: None) -> Iterator[Account]:  # noqa: ARG001 - it comes first
    """A topic and a namespace on moto's AWS."""
    with ExitStack() as stack:
        sns, sqs, cloudwatch = (
            stack.enter_context(closing(boto3.client(service, region_name="us-east-1")))
            for service in ("sns", "sqs", "cloudwatch")
        )
        name = f"alerts-{uuid4().hex}"
        topic = sns.create_topic(Name=name)["TopicArn"]
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
        yield Account(topic, f"Charts/{name}", queue, sqs, cloudwatch)


def with_alerts(base: Path, topic: str = "", namespace: str = "", **more: str) -> Settings:
    values = {f"{PREFIX}ALERT_TOPIC": topic, f"{PREFIX}METRICS_NAMESPACE": namespace}
    return load_settings({f"{PREFIX}BASE": str(base)} | values | more)


@pytest.fixture
def alerting(base: Path, account: Account) -> Settings:
    return with_alerts(base, account.topic, account.namespace)


def run(
    instance: dg.DagsterInstance,
    failure: str = "",
    checks: Sequence[tuple[str, dg.AssetCheckSeverity, bool]] = (),
    weeks: Sequence[Any] = WEEKS[:1],
) -> str:
    """Run a job with a table that fails or not, and checks of it; return the run's id."""

    @dg.asset(check_specs=[dg.AssetCheckSpec(name, asset="songs") for name, _, _ in checks])
    def songs() -> Iterator[Any]:
        if failure:
            raise dg.Failure(failure, allow_retries=False)
        yield dg.Output(None)
        for name, severity, passed in checks:
            why = "rank 1: 2 rows"
            yield dg.AssetCheckResult(
                check_name=name, passed=passed, severity=severity, description=why
            )

    definitions = dg.Definitions(assets=[songs], jobs=[dg.define_asset_job("weekly_charts")])
    result = definitions.resolve_job_def("weekly_charts").execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
        tags=run_tags(weeks_between(weeks[0], weeks[-1])),
    )
    assert result.success != bool(failure)
    return str(result.run_id)


def sensor_named(settings: Settings, name: str, **options: Any) -> Any:
    shared = Shared(weekly_partitions(settings.first_week))
    return {s.name: s for s in build_alert_sensors(shared, settings, clock, **options)}[name]


def resources_of(settings: Settings, storage: Storage | None = None) -> dict[str, Any]:
    charts = ChartsResource(
        charts_file=str(settings.charts_file), first_week=settings.first_week.isoformat()
    )
    opened = storage or FolderStorage(settings.folder)
    return {"storage": as_resource("storage", opened), "charts": charts}


def report_on(
    settings: Settings,
    instance: dg.DagsterInstance,
    run_id: str,
    storage: Storage | None = None,
    **options: Any,
) -> str:
    """Let the sensor for a run's end report it; return the tick's reason, if any."""
    (entry,) = instance.all_logs(run_id, of_type=ENDS)
    dagster_run = instance.get_run_by_id(run_id)
    assert entry.dagster_event
    assert dagster_run
    name = "failed_checks" if dagster_run.is_success else "failed_runs"
    context = dg.build_run_status_sensor_context(
        sensor_name=name,
        dagster_event=entry.dagster_event,
        dagster_instance=instance,
        dagster_run=dagster_run,
        resources=resources_of(settings, storage),
    )
    reported = sensor_named(settings, name, **options)(context)
    return reported.skip_message or "" if reported else ""


def store_songs(storage: FolderStorage, week: Any, rows: int) -> None:
    content = io.BytesIO()
    pq.write_table(pa.table({"rank": list(range(rows))}), content)
    storage.write(table_key("songs", week), content.getvalue())


def archive(storage: FolderStorage, week: Any, *charts: str) -> None:
    for chart in charts:
        storage.write(RawName(week, chart, "chart_csv").archive_key, b"raw")


# What is said


def test_a_failed_run_is_reported_with_its_weeks_step_reason_and_remedy(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    failed = run(instance, "No space left.", weeks=WEEKS[:3])
    assert report_on(alerting, instance, failed) == ""
    body = (
        "The run over 2024-03-01 to 2024-03-15 failed.\n\n- step songs: No space left.\n\nWhat to do: "
        "fix the cause, then choose Re-execute on the run's page in Dagster. That is safe at any time: "
        "nothing that is stored is lost, and nothing counts twice.\n\n"
        f"Run: {failed} of weekly_charts\n"
    )
    subject = "spotify-assets: the run over 2024-03-01 to 2024-03-15 failed"
    assert account.messages() == [(subject, body)]
    assert account.metrics()["RunFailures"] == (1, 1, "Count")


def test_failed_checks_of_a_run_that_succeeded_are_one_message_and_warnings_are_logged(
    alerting: Settings,
    instance: dg.DagsterInstance,
    account: Account,
    capfd: pytest.CaptureFixture[str],
) -> None:
    checks = [("unique", ERROR, False), ("whole", ERROR, False), ("fine", ERROR, True)]
    ended = run(instance, checks=[*checks, ("genres", WARN, False)])
    capfd.readouterr()
    report_on(alerting, instance, ended)
    ((subject, body),) = account.messages()
    assert subject == "spotify-assets: 2 checks failed for 2024-03-01"
    assert body.startswith("The run over 2024-03-01 succeeded, but 2 checks failed:\n\n- songs")
    assert [line.split(", ")[1] for line in body.splitlines() if line.startswith("- ")] == [
        "unique: rank 1: 2 rows",
        "whole: rank 1: 2 rows",
    ]
    assert "What to do: materialize the named assets again" in body
    assert ", genres: rank 1: 2 rows" in capfd.readouterr().err
    assert account.metrics()["FailedChecks"] == (2, 1, "Count")


def test_a_run_without_failures_is_no_message_and_puts_every_metric_that_an_alarm_watches(
    alerting: Settings, storage: FolderStorage, instance: dg.DagsterInstance, account: Account
) -> None:
    store_songs(storage, LATEST, 6)
    archive(storage, LATEST, "norway", "global")
    ended = run(instance, checks=[("genres", WARN, False)])
    assert report_on(alerting, instance, ended) == ""
    assert account.messages() == []
    assert account.metrics() == {
        "RunFailures": (0, 1, "Count"),
        "FailedChecks": (0, 1, "Count"),
        "LatestWeekRows": (6, 1, "Count"),
        "MissingCharts": (0, 1, "Count"),
        "LatestWeekAgeDays": (2.5, 1, "None"),
    }


def test_a_failed_run_names_the_checks_that_failed_in_it_as_well() -> None:
    line = "- songs of 2024-03-01, unique_key: rank 1: 2 rows"
    ended = dg.DagsterRun("a_job", tags={PARTITION: "2024-03-01"})
    subject, body = message_about(ended, {"step catalog": "No space."}, [line])
    assert subject == "spotify-assets: the run over 2024-03-01 failed"
    assert f"- step catalog: No space.\n\nThese checks failed as well:\n{line}" in body


def test_each_week_of_a_check_is_named_once_and_the_whole_range_only_without_weeks() -> None:
    def evaluation(partition: str | None, passed: bool = False) -> dg.AssetCheckEvaluation:
        key = dg.AssetKey("songs")
        return dg.AssetCheckEvaluation(
            asset_key=key,
            check_name="schema",
            passed=passed,
            partition=partition,
            description="why",
        )

    whole, good = evaluation(None), evaluation("2024-03-08", passed=True)
    weeks = [evaluation("2024-03-15"), evaluation("2024-03-01")]
    assert lines_about([whole, good]) == ["- songs, schema: why"]
    assert lines_about([whole, *weeks, good]) == [
        "- songs of 2024-03-01, schema: why",
        "- songs of 2024-03-15, schema: why",
    ]


def test_the_weeks_of_a_run_are_those_of_its_tags() -> None:
    assert weeks_in_words(run_tags(WEEKS[:1])) == "2024-03-01"
    assert weeks_in_words(run_tags(WEEKS[:6])) == "2024-03-01 to 2024-04-05"
    assert weeks_in_words(run_tags([*WEEKS[:2], *WEEKS[4:6]])) == (
        "2024-03-01, 2024-03-08, 2024-03-29 and 2024-04-05"
    )
    assert weeks_in_words({}) == "all stored weeks"


def test_a_message_stays_below_the_limits_of_the_service(account: Account, base: Path) -> None:
    long = without_secrets("🎵 " * 100_000)
    checks = [f"- songs, rule {n}: {long}" for n in range(500)]
    ended = dg.DagsterRun("a_job", tags={PARTITION: "tromsø " * 50})
    subject, body = message_about(ended, {f"step {n}": long for n in range(500)}, checks)
    assert send(with_alerts(base, account.topic), Message(subject, "short")).problems == []
    ((subject, _),) = account.messages()
    assert len(subject) == 100
    assert subject.isascii()
    assert 100_000 < len(body.encode()) < 256 * 1024
    assert body.count("- and 480 more\n") == 2


def test_no_secret_is_reported(
    base: Path, instance: dg.DagsterInstance, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = {
        "SPOTIPY_CLIENT_ID": "an-app",
        "SPOTIPY_CLIENT_SECRET": "hush-hush",
        "SPOTIFY_ASSETS_REFRESH_TOKEN": "AQD-token",
    }
    settings = with_alerts(base, account.topic, **secrets)
    leak = "hush-hush and AQD-token sent to https://ida:pass-word@example.com with Bearer BQC.x"
    leaking = run(instance, leak)
    capfd.readouterr()  # Dagster itself shows the error
    report_on(settings, instance, leaking)
    ((_, body),) = account.messages()
    for said in (body, capfd.readouterr().err):
        assert "sent to https://(left out)@example.com with Bearer (left out)" in said
        for secret in ("hush-hush", "AQD-token", "pass-word", "BQC"):
            assert secret not in said


# What is measured


def test_the_metrics_are_of_the_latest_closed_week_and_the_age_is_of_the_latest_stored(
    storage: FolderStorage, charts: Charts
) -> None:
    charts = replace(charts, named=("norway", "global"))
    rules = InboxRules(charts, WEEKS[0], clock)
    assert week_metrics(storage, rules) == {"MissingCharts": 2}
    store_songs(storage, WEEKS[0], 6)
    assert week_metrics(storage, rules) == {"MissingCharts": 2, "LatestWeekAgeDays": 9.5}
    archive(storage, LATEST, "norway")
    storage.write(table_key("songs", LATEST), b"torn")
    expected = {"MissingCharts": 1, "LatestWeekRows": 0, "LatestWeekAgeDays": 2.5}
    assert week_metrics(storage, rules) == expected
    before_the_first_week = InboxRules(charts, WEEKS[2], clock)
    assert week_metrics(storage, before_the_first_week)["MissingCharts"] == 0


# Whether it arrives


def test_an_alert_goes_to_the_topic_and_to_every_address_and_what_is_wrong_is_logged(
    base: Path, instance: dg.DagsterInstance, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    with receiving() as received:
        settings = with_alerts(base, account.topic, **{URLS: f"x://hush {received.address}"})
        leaking = run(instance, f"sent to {received.address}")
        capfd.readouterr()
        said = report_on(settings, instance, leaking)
    logged = capfd.readouterr().err
    assert said.startswith(f"Not sent: {URLS}: address 1 of 2 is none that apprise can send to")
    assert said in logged
    ((subject, body),) = account.messages()
    (message,) = received.messages
    assert (message["title"], message["type"]) == (subject, "failure")
    assert message["message"].strip() == body.strip()
    assert "step songs: sent to (left out)" in body
    for text in (said, logged, body):
        assert "hush" not in text
        assert "pass-word" not in text


@pytest.mark.usefixtures("nobody_listens")
def test_what_cannot_be_sent_is_logged_with_the_remedy_and_the_sensor_goes_on(
    base: Path, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = with_alerts(base, A_TOPIC, "Charts")
    sensor, cursor = sensor_named(settings, "failed_runs"), None

    def tick() -> str:
        nonlocal cursor
        resources = resources_of(settings)
        with dg.build_sensor_context(instance, cursor=cursor, resources=resources) as context:
            data = sensor.evaluate_tick(context)
        cursor = data.cursor
        return str(data.skip_message)

    tick()  # it starts with runs after this one
    runs = [run(instance, "No space left.") for _ in range(2)]
    capfd.readouterr()
    for failed in runs:
        said = tick()
        assert "Not sent: SNS can't" in said
        assert "The metrics were not put: RunFailures 1, FailedChecks 0" in said
        logged = capfd.readouterr().err
        assert f"Run: {failed} of weekly_charts" in logged
        assert "Check the network, and AWS_ENDPOINT_URL" in logged
        assert "pass-word" not in logged
    assert "SNS" not in tick()  # nothing is reported twice
    assert "weekly_charts" not in capfd.readouterr().err


def test_a_topic_that_does_not_exist_is_named_with_its_setting(
    base: Path, instance: dg.DagsterInstance, account: Account
) -> None:
    settings = with_alerts(base, f"{account.topic}-mistyped")
    said = report_on(settings, instance, run(instance, "No space left."))
    assert f"There is no topic {account.topic}-mistyped: correct SPOTIFY_ASSETS_ALERT_TOPIC" in said


def test_a_base_that_cannot_be_measured_leaves_the_runs_own_metrics(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    goes_on = threading.Event()

    class Hanging(FolderStorage):
        def files(self, prefix: str) -> Any:
            goes_on.wait()
            return super().files(prefix)

    hanging = Hanging(alerting.folder)
    failed = run(instance, "No space left.")
    try:
        said = report_on(alerting, instance, failed, hanging, seconds_to_measure=0.01)
    finally:
        goes_on.set()
    assert "could not be measured" in said
    assert "SPOTIFY_ASSETS_BASE, can be reached. It takes longer than 0.01 seconds." in said
    assert len(account.messages()) == 1
    assert set(account.metrics()) == {"RunFailures", "FailedChecks"}


# Where it is switched on


@pytest.mark.parametrize(
    ("topic", "namespace", "urls"),
    [("", "", ""), (A_TOPIC, "", ""), ("", "Charts", ""), ("", "", "json://host")],
)
def test_the_sensors_run_from_the_start_if_somebody_gets_the_alerts(
    base: Path, topic: str, namespace: str, urls: str
) -> None:
    status = dg.DefaultSensorStatus.RUNNING if topic or namespace or urls else None
    for name in ("failed_runs", "failed_checks"):
        sensor = sensor_named(with_alerts(base, topic, namespace, **{URLS: urls}), name)
        assert sensor.default_status == (status or dg.DefaultSensorStatus.STOPPED)


@pytest.mark.usefixtures("nobody_listens")
def test_without_topic_and_namespace_everything_is_logged_and_nothing_is_sent(
    settings: Settings, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    failed = run(instance, "No space left.")
    capfd.readouterr()
    assert report_on(settings, instance, failed) == ""
    assert "spotify-assets: the run over 2024-03-01 failed" in capfd.readouterr().err
