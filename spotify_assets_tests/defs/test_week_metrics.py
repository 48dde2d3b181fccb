"""What CloudWatch is given after a run: the figures of the latest week."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from spotify_assets.settings import Settings
from spotify_assets_tests.alerting import (
    LATEST,
    MOMENT,
    Account,
    clock,
    make,
    tell_of,
    with_alerts,
)
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.dagster_runs import WEEKS, materialize


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
    assert watched == METRICS
    run = make(alerting, instance, LATEST)
    tell_of(alerting, instance, run, clock)
    assert set(account.metrics(MOMENT)) == METRICS


METRICS = {"RunFailures", "FailedChecks", "LatestWeekRows", "MissingCharts", "LatestWeekAgeDays"}
