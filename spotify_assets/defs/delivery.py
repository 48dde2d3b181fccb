"""How alerts reach AWS: messages as mails of an SNS topic, metrics in CloudWatch.

boto3 is loaded when something is sent, because it takes a second. Neither function raises: each
returns a sentence that says what went wrong and how to fix it, without any secret. What is said and
measured belongs to `alerts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from spotify_assets.errors import UserError

# Dagster gives all of a sensor's tick a minute, so a service that is down must not take long.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 3,
    "read_timeout": 5,
    "retries": {"mode": "standard", "total_max_attempts": 2},
}
NO_TOPIC = {"NotFound", "TopicNotFound", "404"}


def publish(topic: str, subject: str, body: str) -> str | None:
    """Send a message to the topic; return what went wrong, or None."""
    from botocore.exceptions import ClientError

    from spotify_assets.storage.aws_errors import code_of
    from spotify_assets.storage.s3 import aws_client

    def send() -> None:
        with closing(aws_client("sns", region=topic.split(":")[3], **PATIENCE)) as sns:
            try:
                sns.publish(TopicArn=topic, Subject=subject, Message=body)
            except ClientError as error:
                if code_of(error) in NO_TOPIC:
                    raise UserError(
                        f"There is no topic {topic}: correct SPOTIFY_ASSETS_ALERT_TOPIC, or create the "
                        "topic."
                    ) from None
                raise

    wrong = _problem_of(send, "SNS", f"the topic {topic}")
    return wrong and f"The alert was not sent, and is only in this log. {wrong}"


def put_metrics(namespace: str, metrics: Mapping[str, float], moment: datetime) -> str | None:
    """Put the metrics of a moment; return what went wrong, or None."""
    from spotify_assets.storage.s3 import aws_client

    data = [
        {"MetricName": name, "Timestamp": moment, "Value": float(value), "Unit": _unit(name)}
        for name, value in metrics.items()
    ]

    def send() -> None:
        with closing(aws_client("cloudwatch", **PATIENCE)) as cloudwatch:
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

    wrong = _problem_of(send, "CloudWatch", f"the namespace {namespace}")
    values = ", ".join(f"{name} {value:g}" for name, value in metrics.items())
    return wrong and f"The metrics were not put: {values}. {wrong}"


def _unit(name: str) -> str:
    return "None" if name.endswith("Days") else "Count"  # CloudWatch has no days


def _problem_of(send: Callable[[], None], service: str, what: str) -> str | None:
    from spotify_assets.storage.aws_errors import plain_errors

    try:
        with plain_errors(service, what):
            send()
    except UserError as error:
        return str(error)
    except ValueError as error:  # its text may contain what nobody else should read
        return f"AWS's library refuses it ({type(error).__name__}): check the AWS_… variables."
    return None
