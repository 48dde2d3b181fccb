"""Alerts: whether they arrive, what is said where they cannot, and where they are switched on."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_assets.definitions import build_definitions
from spotify_assets.errors import SettingsError
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.alerting import (
    MOMENT,
    Account,
    clock,
    resources_of,
    sensor_named,
    tell_of,
    with_alerts,
)
from spotify_assets_tests.dagster_runs import WEEKS, materialize
from spotify_assets_tests.s3_server import set_aws

A_TOPIC = "arn:aws:sns:us-east-1:123456789012:charts"


# Whether it arrives


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """AWS's variables, set for an address where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://ida:pass-word@127.0.0.1:{held.getsockname()[1]}"
        set_aws(monkeypatch, address, tmp_path)
        yield  # the port is held, so that nothing else comes to listen there


@pytest.mark.usefixtures("nobody_listens")
def test_what_cannot_be_sent_stands_in_the_log_with_the_remedy_and_the_sensor_goes_on(
    base: Path, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = with_alerts(base, A_TOPIC, "Charts")
    sensor = sensor_named(settings, "failed_runs", clock)
    cursor = None

    def tick() -> Any:
        context = dg.build_sensor_context(
            instance, cursor=cursor, resources=resources_of(settings, clock)
        )
        with context:
            return sensor.evaluate_tick(context)

    cursor = tick().cursor  # it begins with what comes after
    runs = [materialize(settings, instance, [week]).run_id for week in WEEKS[:2]]
    capfd.readouterr()
    for run in runs:
        data = tick()
        cursor = data.cursor
        assert "The alert was not sent, and stands in this log only. AWS can't" in data.skip_message
        assert "The metrics were not put: RunFailures 1, FailedChecks 0" in data.skip_message
        logged = capfd.readouterr().err
        assert f"Run: {run} of weekly_charts" in logged
        assert "is AWS_ENDPOINT_URL right" in logged
        assert "pass-word" not in logged
    assert "AWS" not in tick().skip_message  # nothing is told twice
    assert "weekly_charts" not in capfd.readouterr().err


def test_a_topic_that_is_not_there_is_named_with_its_setting(
    base: Path, instance: dg.DagsterInstance, account: Account
) -> None:
    settings = with_alerts(base, f"{account.topic}-mistyped")
    run = materialize(settings, instance, WEEKS[:1]).run_id
    told = tell_of(settings, instance, run, clock)
    assert f"There is no topic {account.topic}-mistyped: mend SPOTIFY_ASSETS_ALERT_TOPIC" in told


def test_a_base_that_cannot_be_measured_leaves_the_runs_own_metrics(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    run = materialize(alerting, instance, WEEKS[:1]).run_id
    goes_on = threading.Event()

    class Hanging(FolderStorage):
        def files(self, prefix: str, *, hidden: bool = False) -> Any:
            goes_on.wait()
            return super().files(prefix, hidden=hidden)

    resources = resources_of(alerting, clock)
    resources["table_io_manager"].storage = Hanging(alerting.folder)
    try:
        told = tell_of(alerting, instance, run, clock, resources, seconds_to_measure=0.01)
    finally:
        goes_on.set()
    assert "could not be measured" in told
    assert "SPOTIFY_ASSETS_BASE, be reached? It takes longer than 0.01 seconds." in told
    assert len(account.messages()) == 1
    assert set(account.metrics(MOMENT)) == {"RunFailures", "FailedChecks"}


# Where it is switched on


@pytest.mark.parametrize(
    ("topic", "namespace", "status"),
    [
        ("", "", dg.DefaultSensorStatus.STOPPED),
        (A_TOPIC, "", dg.DefaultSensorStatus.RUNNING),
        ("", "Charts", dg.DefaultSensorStatus.RUNNING),
    ],
)
def test_the_sensors_run_by_themselves_where_there_is_somebody_to_tell(
    base: Path, topic: str, namespace: str, status: dg.DefaultSensorStatus
) -> None:
    definitions = build_definitions(with_alerts(base, topic, namespace))
    for name in ("failed_runs", "failed_checks"):
        assert definitions.resolve_sensor_def(name).default_status == status


@pytest.mark.usefixtures("nobody_listens")
def test_without_topic_and_namespace_all_is_logged_and_nothing_is_sent(
    settings: Settings, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    run = materialize(settings, instance, WEEKS[:1]).run_id
    capfd.readouterr()
    assert tell_of(settings, instance, run, clock) == ""
    assert "spotify-assets: the run over 2024-03-01 failed" in capfd.readouterr().err


def test_boto3_is_not_loaded_with_the_sensors() -> None:
    code = (
        "import sys, spotify_assets.defs.alerts\n"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("ALERT_TOPIC", "charts", "it looks like arn:aws:sns:"),
        ("ALERT_TOPIC", "arn:aws:sqs:us-east-1:123456789012:charts", "it looks like arn:aws:sns:"),
        ("ALERT_TOPIC", f"{A_TOPIC}.fifo", "a FIFO topic sends no mail"),
        ("METRICS_NAMESPACE", "AWS/Charts", "are AWS's own"),
        ("METRICS_NAMESPACE", "my charts", "letters, digits and"),
    ],
)
def test_a_topic_or_a_namespace_that_cannot_be_is_refused(
    base: Path, variable: str, value: str, why: str
) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}{variable} holds '{value}'.*{why}"):
        load_settings({f"{PREFIX}BASE": str(base), f"{PREFIX}{variable}": value})
