"""Alerts: what is said and measured after a run, that it arrives, and what it never contains."""

import io
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.charts import Charts
from spotify_assets.defs.alerts import (
    EndedRun,
    lines_about,
    message_about,
    plain,
    week_metrics,
)
from spotify_assets.defs.run_tags import (
    PARTITION,
    RANGE_END,
    RANGE_START,
    range_tags,
    weeks_in_words,
)
from spotify_assets.layout import RawName, table_key
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.alerting import (
    Account,
    report_on,
    resources_of,
    sensor_named,
    with_alerts,
)
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.dagster_runs import QUIET, WEEKS
from spotify_assets_tests.s3_server import set_aws

MOMENT = datetime(
    2024, 3, 17, 12, tzinfo=UTC
)  # WEEKS[1], 2024-03-08, closed two and a half days ago
LATEST = WEEKS[1]
A_TOPIC = "arn:aws:sns:us-east-1:123456789012:charts"
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def clock() -> datetime:
    return MOMENT


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

    job = dg.define_asset_job("weekly_charts")
    definitions = dg.Definitions(assets=[songs], jobs=[job])
    result = definitions.resolve_job_def("weekly_charts").execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
        tags=range_tags(weeks[0], weeks[-1]),
    )
    assert result.success != bool(failure)
    return str(result.run_id)


def store_songs(storage: FolderStorage, week: Any, rows: int) -> None:
    """Store a week of songs."""
    content = io.BytesIO()
    pq.write_table(pa.table({"rank": list(range(rows))}), content)
    storage.write(table_key("songs", week), content.getvalue())


def archive(storage: FolderStorage, week: Any, *charts: str) -> None:
    """Put a raw file of each chart into the archive."""
    for chart in charts:
        storage.write(RawName(week, chart, "chart_csv").archive_key, b"raw")


# What is said


def test_a_failed_run_is_reported_with_its_weeks_step_reason_and_remedy(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    failed = run(instance, "No space left.", weeks=WEEKS[:3])
    assert report_on(alerting, instance, failed, clock) == ""
    (message,) = account.messages()
    assert message["subject"] == "spotify-assets: the run over 2024-03-01 to 2024-03-15 failed"
    assert message["body"] == (
        "The run over 2024-03-01 to 2024-03-15 failed.\n\n- step songs: No space left.\n\nWhat to do: "
        "fix the cause, then choose Re-execute on the run's page in Dagster. That is safe at any time: "
        "nothing that is stored is lost, and nothing counts twice.\n\n"
        f"Run: {failed} of weekly_charts\n"
    )
    assert account.metrics(MOMENT)["RunFailures"] == (1, 1, "Count")


def test_failed_checks_of_a_run_that_succeeded_are_one_message_and_warnings_are_logged(
    alerting: Settings,
    instance: dg.DagsterInstance,
    account: Account,
    capfd: pytest.CaptureFixture[str],
) -> None:
    checks = [("unique", ERROR, False), ("whole", ERROR, False), ("fine", ERROR, True)]
    ended = run(instance, checks=[*checks, ("genres", WARN, False)])
    capfd.readouterr()
    report_on(alerting, instance, ended, clock)
    (message,) = account.messages()
    assert message["subject"] == "spotify-assets: 2 checks failed for 2024-03-01"
    body = message["body"]
    assert body.startswith("The run over 2024-03-01 succeeded, but 2 checks failed:\n\n- songs")
    assert [line.split(", ")[1] for line in body.splitlines() if line.startswith("- ")] == [
        "unique: rank 1: 2 rows",
        "whole: rank 1: 2 rows",
    ]
    assert "What to do: materialize the named assets again" in body
    assert ", genres: rank 1: 2 rows" in capfd.readouterr().err
    assert account.metrics(MOMENT)["FailedChecks"] == (2, 1, "Count")


def test_a_run_without_failures_is_no_message_and_puts_every_metric_that_an_alarm_watches(
    alerting: Settings,
    storage: FolderStorage,
    instance: dg.DagsterInstance,
    account: Account,
    capfd: pytest.CaptureFixture[str],
) -> None:
    store_songs(storage, LATEST, 6)
    archive(storage, LATEST, "norway", "global")
    ended = run(instance, checks=[("genres", WARN, False)])
    capfd.readouterr()
    assert report_on(alerting, instance, ended, clock) == ""
    assert account.messages() == []
    assert "ERROR" not in capfd.readouterr().err
    metrics = account.metrics(MOMENT)
    assert metrics == {
        "RunFailures": (0, 1, "Count"),
        "FailedChecks": (0, 1, "Count"),
        "LatestWeekRows": (6, 1, "Count"),
        "MissingCharts": (0, 1, "Count"),
        "LatestWeekAgeDays": (2.5, 1, "None"),
    }
    alarms = (PROJECT / "deploy" / "terraform" / "alarms.tf").read_text(encoding="utf-8")
    assert all(f'"{name}"' in alarms for name in metrics)


def test_a_failed_run_names_the_checks_that_failed_in_it_as_well() -> None:
    line = "- songs of 2024-03-01, unique_key: rank 1: 2 rows"
    ended = EndedRun("an-id", "a_job", "2024-03-01", {"step catalog": "No space."}, [line])
    message = message_about(ended)
    assert message is not None
    assert message.subject == "spotify-assets: the run over 2024-03-01 failed"
    said = f"- step catalog: No space.\n\nThese checks failed as well:\n{line}"
    assert said in message.body


def test_each_week_of_a_check_is_named_once_and_the_whole_range_only_without_weeks() -> None:
    def evaluation(*, partition: str | None, passed: bool) -> dg.AssetCheckEvaluation:
        return dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey("songs"),
            check_name="schema",
            passed=passed,
            partition=partition,
            description="why",
        )

    whole = evaluation(partition=None, passed=False)
    weeks = [evaluation(partition=f"2024-03-{day}", passed=False) for day in ("15", "01")]
    good = evaluation(partition="2024-03-08", passed=True)
    assert lines_about([whole, good]) == ["- songs, schema: why"]
    assert lines_about([whole, *weeks, good]) == [
        "- songs of 2024-03-01, schema: why",
        "- songs of 2024-03-15, schema: why",
    ]


@pytest.mark.parametrize(
    ("tags", "weeks"),
    [
        ({PARTITION: "2024-03-01"}, "2024-03-01"),
        ({RANGE_START: "2024-03-01", RANGE_END: "2024-04-05"}, "2024-03-01 to 2024-04-05"),
        ({RANGE_START: "2024-03-01", RANGE_END: "2024-03-01"}, "2024-03-01"),
        ({}, "all stored weeks"),
    ],
)
def test_the_weeks_of_a_run_are_those_of_its_tags(tags: dict[str, str], weeks: str) -> None:
    assert weeks_in_words(tags) == weeks


def test_a_message_stays_below_the_limits_of_the_service() -> None:
    long = plain("🎵 " * 100_000)
    checks = [f"- songs, rule {n}: {long}" for n in range(500)]
    steps = {f"step {n}": long for n in range(500)}
    message = message_about(EndedRun("an-id", "a_job", "tromsø " * 50, steps, checks))
    assert message is not None
    assert len(message.subject) == 100
    assert message.subject.isascii()
    assert 100_000 < len(message.body.encode()) < 256 * 1024
    assert "- and 480 more failures\n" in message.body
    assert "- and 480 more checks\n" in message.body


def test_no_secret_is_reported(
    base: Path, instance: dg.DagsterInstance, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = with_alerts(
        base,
        account.topic,
        SPOTIPY_CLIENT_ID="an-app",
        SPOTIPY_CLIENT_SECRET="hush-hush",
        SPOTIFY_ASSETS_REFRESH_TOKEN="AQD-token",
    )
    leak = "hush-hush and AQD-token sent to https://ida:pass-word@example.com with Bearer BQC.x"
    leaking = run(instance, leak)
    capfd.readouterr()  # Dagster itself shows the error
    report_on(settings, instance, leaking, clock)
    (message,) = account.messages()
    for said in (message["body"], capfd.readouterr().err):
        assert "sent to https://(left out)@example.com with Bearer (left out)" in said
        for secret in ("hush-hush", "AQD-token", "pass-word", "BQC"):
            assert secret not in said


# What is measured


def test_the_metrics_are_of_the_latest_closed_week_and_the_age_is_of_the_latest_stored(
    storage: FolderStorage, charts: Charts
) -> None:
    rules = InboxRules(charts, WEEKS[0], clock)
    assert week_metrics(storage, rules) == {"MissingCharts": 2}
    store_songs(storage, WEEKS[0], 6)
    assert week_metrics(storage, rules) == {"MissingCharts": 2, "LatestWeekAgeDays": 9.5}
    archive(storage, LATEST, "norway")
    storage.write(table_key("songs", LATEST), b"torn")
    assert week_metrics(storage, rules) == {
        "MissingCharts": 1,
        "LatestWeekRows": 0,
        "LatestWeekAgeDays": 2.5,
    }
    before_the_first_week = InboxRules(charts, WEEKS[2], clock)
    assert week_metrics(storage, before_the_first_week)["MissingCharts"] == 0


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
def test_what_cannot_be_sent_is_logged_with_the_remedy_and_the_sensor_goes_on(
    base: Path, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = with_alerts(base, A_TOPIC, "Charts")
    sensor = sensor_named(settings, "failed_runs", clock)
    cursor = None

    def tick() -> Any:
        resources = resources_of(settings)
        with dg.build_sensor_context(instance, cursor=cursor, resources=resources) as context:
            return sensor.evaluate_tick(context)

    cursor = tick().cursor  # it starts with runs after this one
    runs = [run(instance, "No space left.") for _ in range(2)]
    capfd.readouterr()
    for failed in runs:
        data = tick()
        cursor = data.cursor
        assert "The alert was not sent, and is only in this log. SNS can't" in data.skip_message
        assert "The metrics were not put: RunFailures 1, FailedChecks 0" in data.skip_message
        logged = capfd.readouterr().err
        assert f"Run: {failed} of weekly_charts" in logged
        assert "Check the network, and AWS_ENDPOINT_URL" in logged
        assert "pass-word" not in logged
    assert "SNS" not in tick().skip_message  # nothing is reported twice
    assert "weekly_charts" not in capfd.readouterr().err


def test_a_topic_that_does_not_exist_is_named_with_its_setting(
    base: Path, instance: dg.DagsterInstance, account: Account
) -> None:
    settings = with_alerts(base, f"{account.topic}-mistyped")
    said = report_on(settings, instance, run(instance, "No space left."), clock)
    assert f"There is no topic {account.topic}-mistyped: correct SPOTIFY_ASSETS_ALERT_TOPIC" in said


def test_a_base_that_cannot_be_measured_leaves_the_runs_own_metrics(
    alerting: Settings, instance: dg.DagsterInstance, account: Account
) -> None:
    goes_on = threading.Event()

    class Hanging(FolderStorage):
        def files(self, prefix: str, *, hidden: bool = False) -> Any:
            goes_on.wait()
            return super().files(prefix, hidden=hidden)

    hanging = Hanging(alerting.folder)
    failed = run(instance, "No space left.")
    try:
        said = report_on(alerting, instance, failed, clock, hanging, seconds_to_measure=0.01)
    finally:
        goes_on.set()
    assert "could not be measured" in said
    assert "SPOTIFY_ASSETS_BASE, can be reached. It takes longer than 0.01 seconds." in said
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
def test_the_sensors_run_from_the_start_if_somebody_gets_the_alerts(
    base: Path, topic: str, namespace: str, status: dg.DefaultSensorStatus
) -> None:
    settings = with_alerts(base, topic, namespace)
    for name in ("failed_runs", "failed_checks"):
        assert sensor_named(settings, name, clock).default_status == status


@pytest.mark.usefixtures("nobody_listens")
def test_without_topic_and_namespace_everything_is_logged_and_nothing_is_sent(
    settings: Settings, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    failed = run(instance, "No space left.")
    capfd.readouterr()
    assert report_on(settings, instance, failed, clock) == ""
    assert "spotify-assets: the run over 2024-03-01 failed" in capfd.readouterr().err


def test_boto3_is_not_loaded_with_the_sensors() -> None:
    code = (
        "import sys, spotify_assets.defs.alerts\n"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
