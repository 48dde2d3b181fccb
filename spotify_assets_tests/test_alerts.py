"""Alerts: real runs that fail or leave failed checks, and what a topic and CloudWatch get of them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.alerts import (
    EndedRun,
    FailedCheck,
    failed_checks,
    message_about,
    plain,
    weeks_of,
)
from spotify_assets.definitions import build_definitions
from spotify_assets.errors import SettingsError
from spotify_assets.layout import table_key
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.alerting import (
    Account,
    new_account,
    resources_of,
    sensor_named,
    tell_of,
)
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.dagster_runs import WEEKS, check, drop_csv, instance_in, materialize
from spotify_assets_tests.s3_server import set_aws

MOMENT = datetime(2024, 3, 17, 12, tzinfo=UTC)  # 2024-03-08 closed two and a half days ago
LATEST = WEEKS[1]
A_TOPIC = "arn:aws:sns:us-east-1:123456789012:charts"


def clock() -> datetime:
    return MOMENT


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with instance_in(tmp_path / "home") as instance:
        yield instance


@pytest.fixture
def account(s3_environment: None) -> Iterator[Account]:  # noqa: ARG001 - it is set up before
    with new_account() as account:
        yield account


@pytest.fixture
def alerting(base: Path, account: Account) -> Settings:
    """Settings with the account's topic and namespace."""
    return with_alerts(base, account.topic, account.namespace)


def with_alerts(base: Path, topic: str = "", namespace: str = "", **more: str) -> Settings:
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
    path = settings.folder / table_key(table, week, "parquet")
    rows = pq.ParquetFile(path).read()
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), path)


# What is said


def test_a_failed_run_is_told_with_its_week_step_reason_and_remedy(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    result = materialize(alerting, instance, WEEKS[:1])
    assert not result.success
    assert tell_of(alerting, instance, result.run_id, clock) == ""
    (message,) = account.messages()
    assert message["subject"] == "spotify-assets: the run over 2024-03-01 failed"
    body = message["body"]
    assert body.startswith(
        "The run over 2024-03-01 failed.\n\n- step raw_playlist: There are no raw"
    )
    assert "Download the weekly chart from charts.spotify.com" in body
    assert "What to do: mend the cause, then choose Re-execute" in body
    assert body.endswith(f"Run: {result.run_id} of weekly_charts\n")
    assert body.count("- step") == 1


def test_a_run_that_went_well_is_told_to_nobody_but_the_metrics(
    alerting: Settings,
    instance: dg.DagsterInstance,
    account: Account,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = make(alerting, instance, LATEST)
    assert tell_of(alerting, instance, run, clock) == ""
    assert account.messages() == []
    assert "ERROR" not in capfd.readouterr().err
    assert account.metrics(MOMENT) == {
        "RunFailures": (0, 1, "Count"),
        "FailedChecks": (0, 1, "Count"),
        "LatestWeekRows": (6, 1, "Count"),
        "MissingCharts": (0, 1, "Count"),
        "LatestWeekAgeDays": (2.5, 1, "None"),
    }


def test_a_failed_check_is_told_of_a_run_that_did_not_fail(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    make(alerting, instance, WEEKS[0])
    put_a_row_twice(alerting, WEEKS[0])
    result = check(alerting, instance, "songs", WEEKS[:1])
    assert result.success
    tell_of(alerting, instance, result.run_id, clock)
    (message,) = account.messages()
    assert message["subject"] == "spotify-assets: 1 check failed for 2024-03-01"
    body = message["body"]
    assert "The run over 2024-03-01 went through, but 1 check failed" in body
    assert (
        "- songs of 2024-03-01, unique_key: week 2024-03-01, chart global, rank 1: 2 rows" in body
    )
    assert "What to do: materialize the named assets again" in body
    assert str(result.run_id) in body


def test_all_failed_checks_of_a_run_are_one_message_that_names_each_week_once(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    make(alerting, instance, *WEEKS[:3])
    put_a_row_twice(alerting, WEEKS[0])
    put_a_row_twice(alerting, WEEKS[2])
    (alerting.folder / table_key("songs", WEEKS[1], "parquet")).write_bytes(b"torn")
    result = check(alerting, instance, "songs", WEEKS[:3])
    tell_of(alerting, instance, result.run_id, clock)
    (message,) = account.messages()
    assert message["subject"] == ("spotify-assets: 4 checks failed for 2024-03-01 to 2024-03-15")
    named = [line.split(":")[0] for line in message["body"].splitlines() if line.startswith("- ")]
    assert named == [
        "- songs of 2024-03-01, unique_key",
        "- songs of 2024-03-08, schema",
        "- songs of 2024-03-08, unique_key",
        "- songs of 2024-03-15, unique_key",
    ]
    assert account.metrics(MOMENT)["FailedChecks"] == (4, 1, "Count")
    assert account.metrics(MOMENT)["LatestWeekRows"] == (0, 1, "Count")  # none that can be read


def test_a_check_that_only_warns_is_logged_and_not_sent(
    alerting: Settings,
    instance: dg.DagsterInstance,
    account: Account,
    storage: FolderStorage,
    capfd: pytest.CaptureFixture[str],
) -> None:
    drop_csv(storage, LATEST)
    result = materialize(alerting, instance, [LATEST], ["raw_playlist"])
    assert result.success
    tell_of(alerting, instance, result.run_id, clock)
    assert account.messages() == []
    logged = capfd.readouterr().err
    assert "raw_playlist of 2024-03-08, expected_charts_present: global was not coll" in logged
    metrics = account.metrics(MOMENT)
    assert (metrics["MissingCharts"][0], metrics["FailedChecks"][0]) == (1, 0)


def test_a_failed_run_names_the_checks_that_failed_in_it_as_well() -> None:
    twice = FailedCheck("songs", "unique_key", "2024-03-01", "rank 1: 2 rows")
    run = EndedRun("an-id", "a_job", "2024-03-01", {"step catalog": "No space."}, [twice])
    message = message_about(run)
    assert message is not None
    assert message.subject == "spotify-assets: the run over 2024-03-01 failed"
    assert "- step catalog: No space.\n\nThese checks failed as well:\n- songs of" in message.body


def test_a_check_over_all_weeks_counts_where_no_single_week_failed() -> None:
    def evaluation(*, partition: str | None, passed: bool) -> dg.AssetCheckEvaluation:
        return dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("songs"), check_name="schema", passed=passed, partition=partition
        )

    whole = evaluation(partition=None, passed=False)
    of_a_week = evaluation(partition="2024-03-01", passed=False)
    good = evaluation(partition="2024-03-08", passed=True)
    assert [c.week for c in failed_checks([whole, good])] == [""]
    assert [c.week for c in failed_checks([whole, of_a_week, good])] == ["2024-03-01"]


def test_the_weeks_of_a_run_are_said_as_its_tags_have_them() -> None:
    start, end = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    assert weeks_of({"dagster/partition": "2024-03-01"}) == "2024-03-01"
    assert weeks_of({start: "2024-03-01", end: "2024-04-05"}) == "2024-03-01 to 2024-04-05"
    assert weeks_of({start: "2024-03-01", end: "2024-03-01"}) == "2024-03-01"
    assert weeks_of({}) == "all stored weeks"


def test_a_message_stays_below_the_limits_of_the_service() -> None:
    long = plain("🎵 " * 100_000)
    checks = [FailedCheck("songs", f"rule {n}", "2024-03-01", long) for n in range(500)]
    steps = {f"step {n}": long for n in range(500)}
    message = message_about(EndedRun("an-id", "a_job", "tromsø " * 50, steps, checks))
    assert message is not None
    assert len(message.subject) == 100
    assert message.subject.isascii()
    assert 100_000 < len(message.body.encode()) < 256 * 1024
    assert "- and 480 failures more\n" in message.body
    assert "- and 480 checks more\n" in message.body


# What is never said


def test_no_secret_is_told(
    base: Path, instance: dg.DagsterInstance, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = with_alerts(
        base,
        account.topic,
        SPOTIPY_CLIENT_ID="an-app",
        SPOTIPY_CLIENT_SECRET="hush-hush",
        SPOTIFY_ASSETS_REFRESH_TOKEN="AQD-token",
    )

    @dg.op
    def leaks() -> None:
        raise RuntimeError(
            "hush-hush and AQD-token sent to https://ida:pass-word@example.com with Bearer BQC.x"
        )

    @dg.job
    def leaking() -> None:
        leaks()

    result = leaking.execute_in_process(instance=instance, raise_on_error=False)
    capfd.readouterr()  # Dagster itself shows the error
    tell_of(settings, instance, result.run_id, clock)
    (message,) = account.messages()
    logged = capfd.readouterr().err
    for said in (message["body"], logged):
        assert "sent to https://(left out)@example.com with Bearer (left out)" in said
        for secret in ("hush-hush", "AQD-token", "pass-word", "BQC"):
            assert secret not in said


# Whether it arrives


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS's variables, set for an address where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://ida:pass-word@127.0.0.1:{free.getsockname()[1]}"
    set_aws(monkeypatch, address, tmp_path)


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
        def files(self, prefix: str) -> Any:
            goes_on.wait()
            return super().files(prefix)

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


# What is measured


def test_the_figures_are_of_the_week_that_closed_last_and_its_age_of_the_latest_stored(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    run = make(alerting, instance, WEEKS[0])
    tell_of(alerting, instance, run, clock)
    metrics = {name: total for name, (total, _, _) in account.metrics(MOMENT).items()}
    assert metrics == {
        "RunFailures": 0,
        "FailedChecks": 0,
        "MissingCharts": 2,
        "LatestWeekAgeDays": 9.5,
    }


def test_a_failed_run_counts_and_an_empty_base_has_no_age(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    run = materialize(alerting, instance, WEEKS[:1]).run_id
    tell_of(alerting, instance, run, clock)
    metrics = account.metrics(MOMENT)
    assert metrics["RunFailures"] == (1, 1, "Count")
    assert "LatestWeekAgeDays" not in metrics


def test_no_chart_is_missing_before_the_first_week_is_over(
    base: Path, instance: dg.DagsterInstance, account: Account
) -> None:
    settings = with_alerts(base, "", account.namespace, SPOTIFY_ASSETS_FIRST_WEEK="2024-03-15")
    run = materialize(settings, instance, WEEKS[2:3]).run_id
    tell_of(settings, instance, run, clock)
    assert account.metrics(MOMENT)["MissingCharts"] == (0, 1, "Count")
    assert account.messages() == []


def test_every_metric_that_an_alarm_watches_is_put(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    alarms = (PROJECT / "deploy" / "terraform" / "alarms.tf").read_text(encoding="utf-8")
    watched = {name for name in METRICS if f'"{name}"' in alarms}
    assert alarms.count('metric = "') + alarms.count('metric_name         = "') == 4
    assert watched == {"RunFailures", "FailedChecks", "LatestWeekRows"}
    run = make(alerting, instance, LATEST)
    tell_of(alerting, instance, run, clock)
    assert set(account.metrics(MOMENT)) == METRICS


METRICS = {"RunFailures", "FailedChecks", "LatestWeekRows", "MissingCharts", "LatestWeekAgeDays"}


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
        "import sys, spotify_assets.alert_sensors\n"
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
