"""Dagster's UI over twelve weeks, asked by GraphQL: the graph, and a backfill of everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox, take_all_in
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import ONE_WEEK, system_clock, weeks_between
from spotify_assets_tests.commands import BIN, clean_environment
from spotify_assets_tests.dagster_runs import ALL_ASSETS, CHECKS_OF, REPORTS, WEEKLY_CHECKS
from spotify_assets_tests.dagster_servers import Server, our_warnings, serving, wait_for

pytestmark = pytest.mark.slow

LAST = date(2024, 6, 28)
TWELVE = [week.isoformat() for week in weeks_between(LAST - 11 * ONE_WEEK, LAST)]
DEPENDENCIES = {
    "raw_playlist": set(),
    "details": {"raw_playlist"},
    **{table: {"raw_playlist", "details"} for table in TABLES},
    "catalog": set(TABLES),
    "dashboard": {"catalog"},
    "check_report": {"catalog"},
}

GRAPH = """
query { assetNodes {
  assetKey { path } dependencyKeys { path } groupName isPartitioned jobNames
  backfillPolicy { policyType }
  assetChecksOrError { ... on AssetChecks { checks { name } } }
  metadataEntries { label ... on TableSchemaMetadataEntry { schema { columns { name } } } }
} }
"""
LOCATIONS = """
query { workspaceOrError { ... on Workspace { locationEntries {
  name locationOrLoadError { __typename ... on PythonError { message } } } } } }
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
query { assetNodes { assetChecksOrError { ... on AssetChecks { checks { name partitionStatuses {
  ... on AssetCheckTimePartitionStatuses { ranges { status startKey endKey } } } } } } } }
"""
MADE = """
query ($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
  assetMaterializations(limit: 200) { partition runId } } } }
"""
CHECKED = """
query ($key: AssetKeyInput!, $check: String!) {
  assetCheckExecutions(assetKey: $key, checkName: $check, limit: 200) {
    status partition evaluation { success } } }
"""


def graph_of(server: Server) -> dict[str, Any]:
    nodes = server.ask(GRAPH)["assetNodes"]
    return {"/".join(node["assetKey"]["path"]): node for node in nodes}


def assert_shows_the_graph(server: Server) -> None:
    (location,) = server.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
    assert location["locationOrLoadError"]["__typename"] == "RepositoryLocation", location
    graph = graph_of(server)
    assert {
        name: {"/".join(key["path"]) for key in node["dependencyKeys"]}
        for name, node in graph.items()
    } == DEPENDENCIES
    for name, node in graph.items():
        assert node["isPartitioned"] == (name not in REPORTS)
        assert node["backfillPolicy"]["policyType"] == "SINGLE_RUN"
        assert "weekly_charts" in node["jobNames"]
        checks = {check["name"] for check in node["assetChecksOrError"].get("checks", [])}
        assert checks == CHECKS_OF.get(name, set())


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return that of a base with twelve weeks in its archive: the sensor would take in an inbox."""
    folder = tmp_path_factory.mktemp("user interface")
    storage = FolderStorage(folder / "base")
    for sample in sample_files(LAST, len(TWELVE)):
        storage.write(INBOX + sample.name, sample.content)
    charts = read_charts(shipped_charts_file())
    for found in scan_inbox(storage, InboxRules(charts, LAST - ONE_WEEK * 11, system_clock)):
        assert isinstance(found, Recognised)
        take_all_in(storage, [found])
    environment = clean_environment(folder / "base", folder / "home")
    return environment | {"PYTHONWARNINGS": "default"}


@pytest.fixture(scope="module")
def backfill(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Start `dg dev`, launch a backfill of all assets as the UI does, and return its id.

    Dagster's daemon looks for backfills when it starts and then every 30 seconds: this one is left
    to the next daemon.
    """
    output = tmp_path_factory.mktemp("dg dev") / "said"
    with serving([str(BIN / "dg"), "dev", "--port", "{port}"], environment, output) as server:
        wait_for(lambda: len(graph_of(server)) == len(ALL_ASSETS), "the assets to be loaded")
        assert_shows_the_graph(server)
        selection = [{"path": [name]} for name in ALL_ASSETS]
        parameters = {"assetSelection": selection, "partitionNames": TWELVE}
        launched = server.ask(LAUNCH, backfill=parameters)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
    assert our_warnings(server.said()) == []
    assert "virtual environment" not in server.said()
    backfill_id: str = launched["backfillId"]
    return backfill_id


@pytest.fixture(scope="module")
def dagster_dev(
    environment: dict[str, str], backfill: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Run `dagster dev`, whose daemon works on the backfill."""
    assert backfill
    output = tmp_path_factory.mktemp("dagster dev") / "said"
    command = [str(BIN / "dagster"), "dev", "-w", "workspace.yaml", "-p", "{port}"]
    with serving(command, environment, output) as server:
        wait_for(lambda: len(graph_of(server)) == len(ALL_ASSETS), "the assets to be loaded")
        yield server


def test_dg_dev_starts_and_shows_the_assets_their_dependencies_and_checks(backfill: str) -> None:
    assert backfill


def test_dagster_dev_starts_and_shows_the_same(dagster_dev: Server) -> None:
    assert_shows_the_graph(dagster_dev)


def test_the_columns_tab_shows_what_is_declared(dagster_dev: Server) -> None:
    entries = graph_of(dagster_dev)["songs"]["metadataEntries"]
    schema = next(entry["schema"] for entry in entries if entry["label"] == "dagster/column_schema")
    assert {"week", "chart", "rank"} <= {column["name"] for column in schema["columns"]}


def test_a_backfill_from_the_ui_is_one_run_of_the_weeks_and_one_of_the_reports(
    dagster_dev: Server, backfill: str
) -> None:
    def ended() -> Any:
        found = dagster_dev.ask(BACKFILL, id=backfill)["partitionBackfillOrError"]
        assert found["status"] not in ("FAILED", "COMPLETED_FAILED", "CANCELED"), found["error"]
        return found["status"] in ("COMPLETED", "COMPLETED_SUCCESS") and found

    runs = wait_for(ended, "the backfill to be completed")["runs"]
    assert {run["status"] for run in runs} == {"SUCCESS"}
    run_of = {}
    for name in ALL_ASSETS:
        made = dagster_dev.ask(MADE, key={"path": [name]})["assetOrError"]["assetMaterializations"]
        assert sorted(each["partition"] for each in made) == ([None] if name in REPORTS else TWELVE)
        (run_of[name],) = {each["runId"] for each in made}
    # Dagster never puts other partitions into the same run.
    (of_the_reports,) = {run_of.pop(name) for name in REPORTS}
    (of_the_weeks,) = set(run_of.values())
    assert sorted(run["runId"] for run in runs) == sorted([of_the_weeks, of_the_reports])
    for check in WEEKLY_CHECKS:
        executions = dagster_dev.ask(CHECKED, key={"path": [check.asset]}, check=check.name)
        of_weeks = {e["partition"]: e["status"] for e in executions["assetCheckExecutions"]}
        assert set(TWELVE) <= of_weeks.keys()
    for node in dagster_dev.ask(GRID)["assetNodes"]:
        for check in node["assetChecksOrError"].get("checks", []):
            if check["partitionStatuses"]:
                ranges = [tuple(each.values()) for each in check["partitionStatuses"]["ranges"]]
                assert {of[0] for of in ranges} <= {"SUCCEEDED", "FAILED"}, check["name"]
                assert (ranges[0][1], ranges[-1][2]) == (TWELVE[0], TWELVE[-1]), check["name"]
    assert our_warnings(dagster_dev.said()) == []
    assert "Traceback" not in dagster_dev.said()
