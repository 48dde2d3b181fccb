"""How messages reach people, by an SNS topic and by apprise, and how metrics reach CloudWatch.

The libraries are loaded when something is sent. No function raises: each returns sentences that say
what went wrong and how to fix it, without any secret. What is said belongs to `alerts` and `digest`.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from spotify_assets.errors import UserError
from spotify_assets.settings import Settings, variable_of
from spotify_assets.words import plain

if TYPE_CHECKING:
    from apprise import Apprise

# Dagster gives all of a sensor's tick a minute, so a service that is down must not take long.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 3,
    "read_timeout": 5,
    "retries": {"mode": "standard", "total_max_attempts": 2},
}
NO_TOPIC = {"NotFound", "TopicNotFound", "404"}
LONGEST_SUBJECT = 100  # characters; the most that SNS accepts
MOST_AT_ONCE = 8
MOST_PARTS = 5  # of a message for a service that takes short ones only, as text messages are
URLS = variable_of("alert_urls")


class Message(NamedTuple):
    """A message; services that show HTML get that, if it has one."""

    subject: str
    text: str
    html: str = ""


class Sent(NamedTuple):
    """How many places a message has reached, and a sentence for each that it hasn't."""

    reached: int
    problems: list[str]


def send(settings: Settings, message: Message, *, is_failure: bool = False) -> Sent:
    """Send a message to the SNS topic and the addresses of the settings, as far as they are set."""
    reached, problems = 0, []
    if settings.alert_topic:
        wrong = _publish(settings.alert_topic, message)
        reached += not wrong
        problems += [wrong] if wrong else []
    if settings.alert_addresses:
        opened, wrong_ones = open_addresses(settings)
        failed = _notify(opened, message, is_failure=is_failure) if opened else []
        reached += len(opened) - len(failed)
        problems += [*wrong_ones, *failed]
    return Sent(reached, [f"Not sent: {problem}" for problem in problems])


def open_addresses(settings: Settings) -> tuple[dict[str, Apprise], list[str]]:
    """Return the addresses that apprise can send to, by what to call them, and what is wrong.

    Nothing is sent. What they are called has their number and service, and no secret.
    """
    try:
        from apprise import Apprise
    except ImportError:
        remedy = f"pip install apprise (with uv: --with apprise), or unset {URLS}"
        return {}, [f"{URLS} is set, but the package apprise isn't installed: {remedy}"]
    opened, problems = {}, []
    with _quiet():
        for number, address in enumerate(settings.alert_addresses, 1):
            which = f"address {number} of {len(settings.alert_addresses)}"
            one = Apprise()
            if one.add(address):
                opened[f"{which} ({plain(one[0].service_name)})"] = one
            else:
                problems.append(
                    f"{URLS}: {which} is none that apprise can send to: correct it as "
                    "https://appriseit.com describes its service, or remove it"
                )
    return opened, problems


def _notify(opened: Mapping[str, Apprise], message: Message, *, is_failure: bool) -> list[str]:
    """Send a message to these addresses, and return a sentence for each that didn't take it."""
    from apprise import NotifyFormat, NotifyType, OverflowMode

    # From text, apprise would make Markdown in which a title's own stars and brackets count.
    as_html = message.html or html.escape(message.text).replace("\n", "<br>")

    def notify(one: Apprise) -> bool:
        service = one[0]
        is_text = service.notify_format == NotifyFormat.TEXT
        if service.overflow_mode == OverflowMode.UPSTREAM:  # which would send what is refused
            fits = len(message.text) <= MOST_PARTS * service.body_maxlen
            service.overflow_mode = OverflowMode.SPLIT if fits else OverflowMode.TRUNCATE
        return bool(
            one.notify(
                body=message.text if is_text else as_html,
                title=message.subject,
                notify_type=NotifyType.FAILURE if is_failure else NotifyType.INFO,
                body_format=NotifyFormat.TEXT if is_text else NotifyFormat.HTML,
            )
        )

    with _quiet(), ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        arrived = list(threads.map(notify, opened.values()))
    return [
        f"{URLS}: {which} can't be reached, or refuses the message: check that its service is up, and "
        "the address right; `apprise -vv -b test ADDRESS` says more"
        for which, is_there in zip(opened, arrived, strict=True)
        if not is_there
    ]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep apprise from logging, which names addresses."""

    def drop(_: logging.LogRecord) -> bool:
        return False

    logger = logging.getLogger("apprise")
    logger.addFilter(drop)
    try:
        yield
    finally:
        logger.removeFilter(drop)


def _publish(topic: str, message: Message) -> str | None:
    """Send a message to the topic; return what went wrong, or None."""
    from botocore.exceptions import ClientError

    from spotify_assets.storage.aws_errors import code_of

    subject = plain(message.subject).encode("ascii", "replace").decode()[:LONGEST_SUBJECT]

    def publish(sns: Any) -> None:
        try:
            sns.publish(TopicArn=topic, Subject=subject, Message=message.text)
        except ClientError as error:
            if code_of(error) not in NO_TOPIC:
                raise
            raise UserError(
                f"There is no topic {topic}: correct SPOTIFY_ASSETS_ALERT_TOPIC, or create the topic."
            ) from error

    return _problem_of(publish, "SNS", f"the topic {topic}", topic.split(":")[3])


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
        "CloudWatch",
        f"the namespace {namespace}",
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
