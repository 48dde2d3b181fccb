"""Alerts for tests: a topic with a queue behind it, on moto, and the sensors as Dagster calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import dagster as dg

from spotify_assets.defs import Shared, weekly_partitions
from spotify_assets.defs.alerts import build_alert_sensors
from spotify_assets.defs.resources import ChartsResource
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import Clock
from spotify_assets_tests.dagster_runs import as_resource

REGION = "us-east-1"
ENDS = {dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS}


def with_alerts(base: Path, topic: str = "", namespace: str = "", **more: str) -> Settings:
    """Return settings with this topic and this namespace."""
    values = {f"{PREFIX}ALERT_TOPIC": topic, f"{PREFIX}METRICS_NAMESPACE": namespace}
    return load_settings({f"{PREFIX}BASE": str(base)} | values | more)


@dataclass(frozen=True)
class Account:
    """A topic, the queue that receives its messages, and a namespace that nothing else uses."""

    topic: str
    namespace: str
    queue: str
    sns: Any
    sqs: Any
    cloudwatch: Any

    def messages(self) -> list[dict[str, str]]:
        """Return subject and body of what has arrived since the last call."""
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        found = []
        for message in received.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            sent = json.loads(message["Body"])
            found.append({"subject": sent["Subject"], "body": sent["Message"]})
        return found

    def metrics(self, moment: datetime) -> dict[str, tuple[float, float, str]]:
        """Return sum, count and unit of each metric's values within the hour of the moment."""
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
    """Yield a topic of its own, on the AWS that the environment names."""
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
    """Return one of the two sensors."""
    shared = Shared(weekly_partitions(settings.first_week))
    return {s.name: s for s in build_alert_sensors(shared, settings, clock, **options)}[name]


def resources_of(settings: Settings, storage: Storage | None = None) -> dict[str, Any]:
    """Return the resources that the sensors need."""
    charts = ChartsResource(
        charts_file=str(settings.charts_file), first_week=settings.first_week.isoformat()
    )
    opened = storage or FolderStorage(settings.folder)
    return {"storage": as_resource("storage", opened), "charts": charts}


def report_on(
    settings: Settings,
    instance: dg.DagsterInstance,
    run_id: str,
    clock: Clock,
    storage: Storage | None = None,
    **options: Any,
) -> str:
    """Let the sensor for a run's end report it; return the tick's reason, if any."""
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
        resources=resources_of(settings, storage),
    )
    reported = sensor(context)
    return reported.skip_message or "" if reported else ""
