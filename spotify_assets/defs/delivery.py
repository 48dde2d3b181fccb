"""How alerts reach AWS: messages as mails of an SNS topic, metrics in CloudWatch.

AWS's libraries are loaded when something is sent. Neither function raises: each returns a sentence that
says what went wrong and how to fix it, without any secret. What is said belongs to `alerts`.
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

    def send(sns: Any) -> None:
        try:
            sns.publish(TopicArn=topic, Subject=subject, Message=body)
        except ClientError as error:
            if code_of(error) not in NO_TOPIC:
                raise
            raise UserError(
                f"There is no topic {topic}: correct SPOTIFY_ASSETS_ALERT_TOPIC, or create the topic."
            ) from error

    wrong = _problem_of(send, "SNS", f"the topic {topic}", topic.split(":")[3])
    return wrong and f"The alert was not sent, and is only in this log. {wrong}"


def put_metrics(namespace: str, metrics: Mapping[str, float], moment: datetime) -> str | None:
    """Put the metrics of a moment; return what went wrong, or None."""
    data = [
        {
            "MetricName": name,
            "Timestamp": moment,
            "Value": float(value),
            "Unit": "None" if name.endswith("Days") else "Count",  # CloudWatch has no days
        }
        for name, value in metrics.items()
    ]
    wrong = _problem_of(
        lambda cloudwatch: cloudwatch.put_metric_data(Namespace=namespace, MetricData=data),
        *("CloudWatch", f"the namespace {namespace}"),
    )
    values = ", ".join(f"{name} {value:g}" for name, value in metrics.items())
    return wrong and f"The metrics were not put: {values}. {wrong}"


def _problem_of(
    send: Callable[[Any], object], service: str, what: str, region: str = ""
) -> str | None:
    """Send something with a service's client; return what went wrong."""
    from spotify_assets.storage.aws_errors import plain_errors
    from spotify_assets.storage.s3 import aws_client

    try:
        with (
            plain_errors(service, what),
            closing(aws_client(service.lower(), region=region, **PATIENCE)) as client,
        ):
            send(client)
    except UserError as error:
        return str(error)
    except ValueError as error:  # its text may contain what nobody else should read
        return f"AWS's library refuses it ({type(error).__name__}): check the AWS_… variables."
    return None
