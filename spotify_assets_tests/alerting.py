"""Alerts for tests: a topic with a queue behind it, on moto, and the sensors as Dagster calls them.

The runs that they tell of are made in `dagster_runs`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.definitions import build_definitions
from spotify_assets.defs.alerts import build_alert_sensors
from spotify_assets.layout import table_key
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import Clock
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, materialize

REGION = "us-east-1"
RESOURCES = ("storage", "inbox_rules", "table_io_manager")
ENDS = {dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS}

MOMENT = datetime(2024, 3, 17, 12, tzinfo=UTC)  # 2024-03-08 closed two and a half days ago
LATEST = WEEKS[1]


def clock() -> datetime:
    """The clock of these tests."""
    return MOMENT


def with_alerts(base: Path, topic: str = "", namespace: str = "", **more: str) -> Settings:
    """Settings with this topic and this namespace."""
    values = {f"{PREFIX}ALERT_TOPIC": topic, f"{PREFIX}METRICS_NAMESPACE": namespace}
    return load_settings({f"{PREFIX}BASE": str(base)} | values | more)


def make(settings: Settings, instance: dg.DagsterInstance, *weeks: date) -> str:
    """Drop both charts of the weeks and make their tables; gives the run."""
    storage = FolderStorage(Path(settings.base))
    for week in weeks:
        drop_csv(storage, week)
        drop_csv(storage, week, country="global")
    result = materialize(settings, instance, weeks)
    assert result.success
    return str(result.run_id)


def put_a_row_twice(settings: Settings, week: date, table: str = "songs") -> None:
    """Damage a week of a table, so that a check of it fails."""
    path = settings.folder / table_key(table, week, "parquet")
    rows = pq.ParquetFile(path).read()
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), path)


@dataclass(frozen=True)
class Account:
    """A topic, the queue that gets what it is told, and a namespace that nothing else uses."""

    topic: str
    namespace: str
    queue: str
    sns: Any
    sqs: Any
    cloudwatch: Any

    def messages(self) -> list[dict[str, str]]:
        """Subject and body of what has come since, each once."""
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        found = []
        for message in received.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            sent = json.loads(message["Body"])
            found.append({"subject": sent["Subject"], "body": sent["Message"]})
        return found

    def metrics(self, moment: datetime) -> dict[str, tuple[float, float, str]]:
        """Sum, number and unit of each metric's figures within the hour of the moment."""
        listed = self.cloudwatch.list_metrics(Namespace=self.namespace)["Metrics"]
        assert not any(metric["Dimensions"] for metric in listed)  # alarms look for none
        found = {}
        for metric in listed:
            answer = self.cloudwatch.get_metric_statistics(
                Namespace=self.namespace,
                MetricName=metric["MetricName"],
                StartTime=moment.replace(minute=0, second=0, microsecond=0),
                EndTime=moment.replace(minute=59, second=59),
                Period=3600,
                Statistics=["Sum", "SampleCount"],
            )
            (point,) = answer["Datapoints"]
            found[metric["MetricName"]] = (point["Sum"], point["SampleCount"], point["Unit"])
        return found


@contextmanager
def new_account() -> Iterator[Account]:
    """A topic of its own, on the AWS that the environment names."""
    with ExitStack() as closed_at_the_end:
        sns, sqs, cloudwatch = (
            closed_at_the_end.enter_context(closing(boto3.client(service, region_name=REGION)))
            for service in ("sns", "sqs", "cloudwatch")
        )
        name = f"alerts-{uuid4().hex}"
        topic = sns.create_topic(Name=name)["TopicArn"]
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
        yield Account(topic, f"Charts/{name}", queue, sns, sqs, cloudwatch)


def sensor_named(settings: Settings, name: str, clock: Clock, **options: Any) -> Any:
    """One of the two sensors, with the settings."""
    return {s.name: s for s in build_alert_sensors(settings, clock, **options)}[name]


def tell_of(
    settings: Settings,
    instance: dg.DagsterInstance,
    run_id: str,
    clock: Clock,
    resources: dict[str, Any] | None = None,
    **options: Any,
) -> str:
    """Have the sensor that a run's end concerns look at it; gives the tick's reason, if any."""
    (entry,) = instance.all_logs(run_id, of_type=ENDS)
    run = instance.get_run_by_id(run_id)
    assert entry.dagster_event is not None
    assert run is not None
    has_failed = entry.dagster_event.event_type == dg.DagsterEventType.RUN_FAILURE
    sensor = sensor_named(
        settings, "failed_runs" if has_failed else "failed_checks", clock, **options
    )
    context = dg.build_run_status_sensor_context(
        sensor_name=sensor.name,
        dagster_event=entry.dagster_event,
        dagster_instance=instance,
        dagster_run=run,
        resources=resources_of(settings, clock) | (resources or {}),
    )
    told = sensor(context)
    return told.skip_message or "" if told else ""


def resources_of(settings: Settings, clock: Clock) -> dict[str, Any]:
    """The resources that the sensors are given."""
    resources = build_definitions(settings, clock=clock).resources or {}
    return {name: resources[name] for name in RESOURCES}
