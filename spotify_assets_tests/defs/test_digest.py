"""The asset `digest`: which run sends it, which don't, and that it costs no week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.publishing import PUBLISHING
from spotify_assets.defs.run_tags import run_tags
from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import CHECKS_PAGE, DASHBOARD
from spotify_assets.settings import Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.dagster_runs import (
    ALL_ASSETS,
    QUIET,
    WEEKS,
    as_resource,
    drop_csv,
    failures,
    materializations,
)
from spotify_assets_tests.fakes.inbox_of_alerts import Received, receiving
from spotify_assets_tests.good_data import make_inbox

SUBJECT = "Spotify charts of the week to"
OF = {WEEKS[1]: f"{SUBJECT} 14 Mar 2024", WEEKS[2]: f"{SUBJECT} 21 Mar 2024"}


@pytest.fixture
def received() -> Iterator[Received]:
    with receiving() as received:
        yield received


@pytest.fixture
def sending(base: Path, received: Received) -> Settings:
    return load_settings(
        {"SPOTIFY_ASSETS_BASE": str(base), "SPOTIFY_ASSETS_ALERT_URLS": received.address}
    )


def run(
    settings: Settings,
    instance: dg.DagsterInstance,
    weeks: Sequence[date],
    *,
    at: date = WEEKS[3],
    assets: Sequence[str] = PUBLISHING,
    refusing: str = "",
) -> dg.ExecuteInProcessResult:
    """Run these assets at a day's noon, on a storage that refuses to write this key."""

    class Full(FolderStorage):
        def write(self, key: str, content: bytes) -> Any:
            if key == refusing:
                raise OSError(28, "No space left on device", key)
            return super().write(key, content)

    definitions = build_definitions(
        settings,
        clock=lambda: datetime.combine(at, time(12), UTC),
        resource_overrides={"storage": as_resource("storage", Full(settings.folder))},
    )
    return definitions.resolve_job_def(WEEKLY_JOB).execute_in_process(
        instance=instance,
        raise_on_error=False,
        asset_selection=[dg.AssetKey(name) for name in assets],  # without the checks
        run_config=QUIET,
        tags=run_tags(weeks),
    )


def make(settings: Settings, storage: FolderStorage, week: date) -> None:
    """Make and publish a week without a run."""
    drop_csv(storage, week)
    make_inbox(storage, settings)


def said(instance: dg.DagsterInstance) -> str:
    """Return what the last run said of sending."""
    return str(materializations(instance, "digest")[None].metadata["sent"].value)


def test_the_run_that_first_makes_the_newest_week_sends_it_and_no_other(
    sending: Settings, instance: dg.DagsterInstance, storage: FolderStorage, received: Received
) -> None:
    for week in WEEKS[:2]:
        make(sending, storage, week)
    failed = run(sending, instance, WEEKS[:2], refusing=DASHBOARD)
    assert set(failures(failed)) == {"dashboard"}
    assert received.titles == []  # its link would lead nowhere
    assert run(sending, instance, WEEKS[:2]).success  # as Re-execute does
    assert received.titles == [OF[WEEKS[1]]]
    assert run(sending, instance, WEEKS[1:2], assets=ALL_ASSETS).success  # made again
    make(sending, storage, WEEKS[0] - ONE_WEEK)
    assert run(sending, instance, [WEEKS[0] - ONE_WEEK]).success  # an old one is made late
    assert received.titles == [OF[WEEKS[1]]]
    assert said(instance) == "no: no stored week is newer than those of earlier runs"
    make(sending, storage, WEEKS[2])
    assert not run(sending, instance, WEEKS[2:3], refusing=CHECKS_PAGE).success
    assert run(sending, instance, WEEKS[2:3]).success
    assert received.titles == [OF[WEEKS[1]], OF[WEEKS[2]]]  # a run that failed has sent it already
    (first, _) = received.messages
    assert "Number one: “Fjordlys” by Ida Nord" in first["message"]
    assert f"Dashboard: {sending.folder / DASHBOARD}" in first["message"]


def test_a_digest_that_reaches_nobody_costs_no_week_and_the_next_run_sends_it(
    sending: Settings,
    instance: dg.DagsterInstance,
    storage: FolderStorage,
    received: Received,
    capfd: pytest.CaptureFixture[str],
) -> None:
    make(sending, storage, WEEKS[1])
    received.status = 500
    tried = run(sending, instance, WEEKS[1:2], assets=["digest"])
    assert tried.success
    assert said(instance) == "to 0 places"
    errors = [e.user_message for e in instance.all_logs(tried.run_id) if e.level == 40]
    assert len(errors) == 1
    assert "SPOTIFY_ASSETS_ALERT_URLS: address 1 of 1 (JSON) can't be reached" in errors[0]
    assert errors[0].endswith(f"(the digest of {WEEKS[1]})")
    received.status = 200
    for _ in range(2):
        assert run(sending, instance, WEEKS[1:2], assets=["digest"]).success
    assert received.titles == [OF[WEEKS[1]]]
    recorded = repr([entry.to_json() for entry in instance.all_logs(tried.run_id)])
    for secret in ("pass-word", "hush"):
        assert secret not in recorded + capfd.readouterr().err


def test_made_up_and_old_weeks_are_no_news_and_what_it_would_have_said_is_in_dagster(
    sending: Settings, instance: dg.DagsterInstance, storage: FolderStorage, received: Received
) -> None:
    def said_at(moment: date) -> str:
        assert run(sending, instance, WEEKS[:1], at=moment, assets=["digest"]).success
        return said(instance)

    assert said_at(WEEKS[3]) == "no: no stored week is newer than those of earlier runs"
    make(sending, storage, WEEKS[0])
    assert said_at(WEEKS[0] + 6 * ONE_WEEK) == "no: the week closed more than four weeks ago"
    text = materializations(instance, "digest")[None].metadata["text"].value
    assert "Number one: “Fjordlys” by Ida Nord" in str(text)
    make(sending, storage, WEEKS[1])
    mark_demo(storage, WEEKS[0], WEEKS[1])
    assert said_at(WEEKS[3]) == "no: these are the demo's made-up charts"
    assert received.messages == []


def test_a_week_that_is_four_weeks_old_is_news(
    sending: Settings, instance: dg.DagsterInstance, storage: FolderStorage, received: Received
) -> None:
    make(sending, storage, WEEKS[1])
    late = WEEKS[1] + 5 * ONE_WEEK
    assert run(sending, instance, WEEKS[1:2], at=late, assets=["digest"]).success
    assert received.titles == [OF[WEEKS[1]]]


def test_without_addresses_nothing_is_sent_then_or_once_there_are_some(
    settings: Settings,
    sending: Settings,
    instance: dg.DagsterInstance,
    storage: FolderStorage,
    received: Received,
) -> None:
    make(settings, storage, WEEKS[1])
    assert run(settings, instance, WEEKS[1:2], assets=["digest"]).success
    assert said(instance).startswith("no: neither SPOTIFY_ASSETS_ALERT_URLS nor SPOTIFY_ASSETS_AL")
    assert run(sending, instance, WEEKS[1:2], assets=["digest"]).success
    assert received.messages == []
