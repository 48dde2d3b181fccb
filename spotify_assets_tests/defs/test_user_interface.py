"""Dagster's UI over twelve weeks, by GraphQL and in real Chromium, before and after a backfill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox
from spotify_assets.raw.taking_in import take_all_in
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock, weeks_between
from spotify_assets_tests.commands import BIN, clean_environment
from spotify_assets_tests.dagster_runs import ALL_ASSETS, CHECKS_OF, REPORTS, WEEKLY_CHECKS
from spotify_assets_tests.dagster_servers import Server, our_warnings, serving, wait_for

pytestmark = pytest.mark.slow

LAST = latest_closed_week(system_clock())
FIRST = LAST - 11 * ONE_WEEK
TWELVE = [week.isoformat() for week in weeks_between(FIRST, LAST)]
MILLISECONDS = 120_000  # for machines that are busy with other things

GRAPH = """
query { assetNodes {
  assetKey { path } isPartitioned jobNames backfillPolicy { policyType }
  assetChecksOrError { ... on AssetChecks { checks { name } } }
} }
"""
LAUNCH = """
mutation ($backfill: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $backfill) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
BACKFILL = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
  status error { message } runs(limit: 50) { runId status } } } }
"""
GRID = """
query { assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks { checks {
  name partitionStatuses { ... on AssetCheckTimePartitionStatuses {
    ranges { status startKey endKey } } } } } } } }
"""
MADE = """
query ($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
  assetMaterializations(limit: 200) { partition runId } } } }
"""
CHECKED = """
query ($key: AssetKeyInput!, $check: String!) {
  assetCheckExecutions(assetKey: $key, checkName: $check, limit: 200) { status partition } }
"""


def graph_of(server: Server) -> dict[str, Any]:
    return {"/".join(n["assetKey"]["path"]): n for n in server.ask(GRAPH)["assetNodes"]}


def assert_shows_the_graph(server: Server) -> None:
    wait_for(lambda: len(graph_of(server)) == len(ALL_ASSETS), "the assets to be loaded")
    for name, node in graph_of(server).items():
        assert node["isPartitioned"] == (name not in REPORTS)
        assert node["backfillPolicy"]["policyType"] == "SINGLE_RUN"
        assert "weekly_charts" in node["jobNames"]
        checks = {check["name"] for check in node["assetChecksOrError"].get("checks", [])}
        assert checks == CHECKS_OF[name]


@dataclass(frozen=True)
class Backfilled:
    """A server after a backfill of everything, and the runs that it took."""

    server: Server
    runs: list[dict[str, str]]


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfilled]:
    """Launch a backfill of twelve archived weeks in `dg dev`, and have `spotify-assets dev` work on it.

    Dagster's daemon looks for backfills when it starts and then every 30 seconds, so the first one
    leaves it to the second. The weeks are archived because the sensor would take in an inbox.
    """
    folder = tmp_path_factory.mktemp("user interface")
    storage = FolderStorage(folder / "base")
    for sample in sample_files(LAST, len(TWELVE)):
        storage.write(INBOX + sample.name, sample.content)
    rules = InboxRules(read_charts(shipped_charts_file()), FIRST, system_clock)
    take_all_in(storage, [f for f in scan_inbox(storage, rules) if isinstance(f, Recognised)])
    assert list(storage.files(INBOX)) == []
    environment = clean_environment(folder / "base", folder / "home") | {
        "PYTHONWARNINGS": "default",
        "SPOTIFY_ASSETS_FIRST_WEEK": FIRST.isoformat(),
    }
    command = [str(BIN / "dg"), "dev", "--port", "{port}"]
    with serving(command, environment, folder / "said by dg") as server:
        assert_shows_the_graph(server)
        selection = [{"path": [name]} for name in ALL_ASSETS]
        parameters = {"assetSelection": selection, "partitionNames": TWELVE}
        launched = server.ask(LAUNCH, backfill=parameters)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
    assert our_warnings(server.said()) == []
    assert "virtual environment" not in server.said()
    command = [str(BIN / "spotify-assets"), "dev", "--port", "{port}"]
    with serving(command, environment, folder / "said by ours", folder) as server:
        assert_shows_the_graph(server)

        def ended() -> Any:
            found = server.ask(BACKFILL, id=launched["backfillId"])["partitionBackfillOrError"]
            assert found["status"] not in ("FAILED", "COMPLETED_FAILED", "CANCELED"), found["error"]
            return found["status"] in ("COMPLETED", "COMPLETED_SUCCESS") and found

        yield Backfilled(server, wait_for(ended, "the backfill to be completed")["runs"])
    assert our_warnings(server.said()) == []
    assert "Traceback" not in server.said()


def test_a_backfill_from_the_ui_is_one_run_of_the_weeks_and_one_of_the_reports(
    backfilled: Backfilled,
) -> None:
    assert {run["status"] for run in backfilled.runs} == {"SUCCESS"}
    run_of = {}
    for name in ALL_ASSETS:
        asset = backfilled.server.ask(MADE, key={"path": [name]})["assetOrError"]
        made = asset["assetMaterializations"]
        assert sorted(each["partition"] for each in made) == ([None] if name in REPORTS else TWELVE)
        (run_of[name],) = {each["runId"] for each in made}
    # Dagster never puts other partitions into the same run.
    (of_the_reports,) = {run_of.pop(name) for name in REPORTS}
    (of_the_weeks,) = set(run_of.values())
    assert {run["runId"] for run in backfilled.runs} == {of_the_weeks, of_the_reports}


def test_every_check_has_a_result_in_every_week_and_all_pass(backfilled: Backfilled) -> None:
    for check in WEEKLY_CHECKS:
        found = backfilled.server.ask(CHECKED, key={"path": [check.asset]}, check=check.name)
        of_weeks = {e["partition"]: e["status"] for e in found["assetCheckExecutions"]}
        assert set(TWELVE) <= of_weeks.keys(), check.title
        assert set(of_weeks.values()) == {"SUCCEEDED"}, check.title
    grids = {
        f"{node['assetKey']['path'][0]}.{check['name']}": check["partitionStatuses"]["ranges"]
        for node in backfilled.server.ask(GRID)["assetNodes"]
        for check in node["assetChecksOrError"].get("checks", [])
        if check["partitionStatuses"]
    }
    assert grids.keys() == {check.title for check in WEEKLY_CHECKS}
    whole = {"status": "SUCCEEDED", "startKey": TWELVE[0], "endKey": TWELVE[-1]}
    assert {name: ranges for name, ranges in grids.items() if ranges != [whole]} == {}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1800, "height": 1000})
    page.set_default_timeout(MILLISECONDS)
    expect.set_options(timeout=MILLISECONDS)
    return page


def shown(page: Page, text: str) -> Locator:
    """Return the visible element with a text; Dagster measures texts by hidden copies."""
    return page.get_by_text(text, exact=True).locator("visible=true").first


def test_the_graph_in_a_browser_shows_every_asset_with_its_weeks(
    backfilled: Backfilled, page: Page
) -> None:
    for report in REPORTS:
        upstream = "view=lineage&lineageScope=upstream&lineageDepth=6"
        page.goto(f"{backfilled.server.url}/assets/{report}?{upstream}")
        for name in (report, *(name for name in ALL_ASSETS if name not in REPORTS)):
            expect(shown(page, name)).to_be_visible()
        expect(shown(page, f"{len(TWELVE)} partitions")).to_be_visible()


def test_a_week_in_a_browser_shows_its_rows_and_every_check_its_result(
    backfilled: Backfilled, page: Page
) -> None:
    week = TWELVE[-2]  # not at the end of a bar
    songs = f"{backfilled.server.url}/assets/songs"
    page.goto(f"{songs}?view=partitions")
    shown(page, week).click()
    for text in ("dagster/partition_row_count", "artist_names"):  # and the preview
        expect(shown(page, text)).to_be_visible()
    page.goto(f"{songs}?view=checks&checkDetail=as_declared")
    for name in (*CHECKS_OF["songs"], f"Checks ({len(CHECKS_OF['songs'])})"):
        expect(shown(page, name)).to_be_visible()
    page.get_by_role("tab", name="Partitions").last.click()
    for text in (f"Passed ({len(TWELVE)})", "Missing (0)"):
        expect(shown(page, text)).to_be_visible()
    shown(page, week).click()
    for text in ("expected", "actual"):
        expect(shown(page, text)).to_be_visible()
