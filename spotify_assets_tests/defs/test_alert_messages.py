"""What alerts say of failed runs and checks, and what they never say."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.defs.messages import (
    EndedRun,
    FailedCheck,
    failed_checks,
    message_about,
    plain,
    weeks_of,
)
from spotify_assets.layout import table_key
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.alerting import (
    LATEST,
    MOMENT,
    Account,
    clock,
    make,
    put_a_row_twice,
    tell_of,
    with_alerts,
)
from spotify_assets_tests.dagster_runs import WEEKS, check, drop_csv, materialize


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
    assert message["subject"] == "spotify-assets: 3 checks failed for 2024-03-01"
    body = message["body"]
    assert "The run over 2024-03-01 went through, but 3 checks failed" in body
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
    errors = [one.name for one in TABLE_CHECKS if (one.asset, one.severity) == ("songs", "ERROR")]
    doubled = ["as_derived", "song_once_per_chart", "unique_key"]
    failing = dict(zip(WEEKS[:3], (doubled, errors, doubled), strict=True))
    wanted = sorted(
        f"- songs of {week}, {name}" for week, names in failing.items() for name in names
    )
    assert message["subject"] == (
        f"spotify-assets: {len(wanted)} checks failed for 2024-03-01 to 2024-03-15"
    )
    named = [line.split(":")[0] for line in message["body"].splitlines() if line.startswith("- ")]
    assert sorted(named) == wanted
    assert account.metrics(MOMENT)["FailedChecks"] == (len(wanted), 1, "Count")
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
