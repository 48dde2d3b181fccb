"""How alerts leave: messages to an SNS topic, metrics to CloudWatch.

Imported only where a topic or a namespace is set, for it takes boto3 with it. Neither call raises: a
failing one gives a sentence that says what went wrong and how to mend it, without any secret. What
is said is in `messages`, what is measured in `week_metrics`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from spotify_assets.defs.messages import Message
from spotify_assets.storage.aws_errors import CREDENTIALS, LOG_IN, code_of

# Dagster gives a sensor's tick a minute for all, so a service that is away must not take long.
PATIENCE = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
UNKNOWN_CREDENTIALS = CREDENTIALS | {"UnrecognizedClientException", "IncompleteSignature"}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
NO_TOPIC = {"NotFound", "TopicNotFound", "404"}


def publish(topic: str, message: Message) -> str | None:
    """Send a message to the topic; gives what went wrong, None where nothing did."""

    def send() -> None:
        with closing(_client("sns", topic.split(":")[3])) as sns:
            sns.publish(TopicArn=topic, Subject=message.subject, Message=message.body)

    wrong = _what_goes_wrong(send, f"sns:Publish on the topic {topic}", _no_topic(topic))
    return wrong and f"The alert was not sent, and stands in this log only. {wrong}"


def put_metrics(namespace: str, metrics: Mapping[str, float], moment: datetime) -> str | None:
    """Put metrics of the moment; gives what went wrong, None where nothing did."""
    data = [
        {"MetricName": name, "Timestamp": moment, "Value": float(value), "Unit": _unit(name)}
        for name, value in metrics.items()
    ]

    def send() -> None:
        region = os.environ.get("AWS_REGION", "").strip() or None  # boto3 knows the other name only
        with closing(_client("cloudwatch", region)) as cloudwatch:
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

    wrong = _what_goes_wrong(send, f"cloudwatch:PutMetricData in the namespace {namespace}", {})
    said = ", ".join(f"{name} {value:g}" for name, value in metrics.items())
    return wrong and f"The metrics were not put: {said}. {wrong}"


def _unit(name: str) -> str:
    return "None" if name.endswith("Days") else "Count"  # CloudWatch knows no days


def _no_topic(topic: str) -> dict[str, str]:
    mend = f"There is no topic {topic}: mend SPOTIFY_ASSETS_ALERT_TOPIC, or make the topic."
    return dict.fromkeys(NO_TOPIC, mend)


def _client(service: str, region: str | None) -> Any:
    return boto3.session.Session().client(service, region_name=region, config=PATIENCE)


def _what_goes_wrong(
    send: Callable[[], None], right: str, by_code: Mapping[str, str]
) -> str | None:
    """Send; where that fails, why, by the code of AWS's answer or the kind of the error."""
    try:
        send()
    except aws.ClientError as error:
        code = code_of(error)
        if code in by_code:
            return by_code[code]
        if code in DENIED:
            return f"AWS denies it: allow {right} to the identity that Dagster runs as."
        if code in UNKNOWN_CREDENTIALS:
            return f"AWS doesn't accept the credentials ({code}). {LOG_IN}"
        return f"AWS answers {code or 'with an error'}: if it does so again, look into {right}."
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError):
        return f"There are no AWS credentials, or not all of them. {LOG_IN}"
    except aws.ProfileNotFound:
        return "AWS_PROFILE names a profile that isn't in the AWS configuration: mend or unset it."
    except aws.NoRegionError:
        return "AWS wants to know the region: set AWS_REGION."
    except (aws.HTTPClientError, aws.ConnectionError) as error:
        return (
            f"AWS can't be reached ({type(error).__name__}): is the network there, and is "
            "AWS_ENDPOINT_URL right, or unset for AWS itself?"
        )
    except (aws.BotoCoreError, ValueError) as error:  # its text may hold what nobody should read
        return f"AWS's library refuses it ({type(error).__name__}): look at the AWS_… variables."
    return None
