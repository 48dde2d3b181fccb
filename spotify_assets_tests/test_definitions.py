"""The code location as Dagster loads it: assets, checks, the job, resources, Dagster's settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster_aws.s3 import S3Resource
from dagster_duckdb import DuckDBResource

from spotify_assets.definitions import build_definitions
from spotify_assets.defs import weekly_partitions
from spotify_assets.defs.resources import StorageResource
from spotify_assets.errors import SettingsError
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.commands import PROJECT, run_command
from spotify_assets_tests.dagster_runs import CHECKS_OF, REPORTS

# What each asset depends on, its group, and what the UI shows it is made of.
EXPECTED = {
    "raw_playlist": (set(), "raw", {"spotify", "file"}),
    "details": ({"raw_playlist"}, "raw", {"spotify"}),
    # By one path: where two lead to a step of several assets, Dagster refuses backfills at random.
    **dict.fromkeys(TABLES, ({"details"}, "tables", {"python", "parquet"})),
    "catalog": (set(TABLES), "catalog", {"duckdb", "sql"}),
    "dashboard": ({"catalog"}, "reports", {"html", "sql"}),
    "check_report": ({"catalog"}, "reports", {"html", "json"}),
    "digest": ({"dashboard"}, "reports", {"email"}),
}
FIRST_WEEK = date(2016, 12, 23)
ON_AWS = {f"{PREFIX}BASE": "s3://charts/here", f"{PREFIX}CATALOG": "glue"}


@pytest.fixture
def specs(settings: Settings) -> Mapping[str, dg.AssetSpec]:
    definitions = build_definitions(settings)
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_assets_dependencies_groups_and_kinds(specs: Mapping[str, dg.AssetSpec]) -> None:
    found = {
        name: ({dep.asset_key.to_user_string() for dep in spec.deps}, spec.group_name, spec.kinds)
        for name, spec in specs.items()
    }
    assert found == EXPECTED


def test_every_asset_has_an_owner_a_description_and_is_fresh_for_nine_days(
    specs: Mapping[str, dg.AssetSpec],
) -> None:
    policy = dg.FreshnessPolicy.time_window(timedelta(days=9), timedelta(days=8))
    for spec in specs.values():
        assert (spec.owners, spec.freshness_policy) == (["team:charts"], policy)
    assert len({spec.description for spec in specs.values()} - {None, ""}) == len(specs)


def test_every_asset_but_the_reports_is_weekly_and_a_range_is_one_run(settings: Settings) -> None:
    graph = build_definitions(settings).resolve_asset_graph()
    weekly = weekly_partitions(settings.first_week)
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.partitions_def == (None if key.path[-1] in REPORTS else weekly)
        assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_tables_show_the_columns_that_are_declared(specs: Mapping[str, dg.AssetSpec]) -> None:
    for name, table in TABLES.items():
        shown = specs[name].metadata["dagster/column_schema"]
        assert [(c.name, c.type, c.constraints.nullable) for c in shown.columns] == [
            (c.name, str(c.dtype), c.nullable) for c in table.columns
        ]
        for column, declared in zip(shown.columns, table.columns, strict=True):
            assert column.description.startswith(declared.meaning)
            assert all(field in column.description for field in declared.origin.split())
        assert shown.constraints.other == [f"unique: {', '.join(table.key)}"]


def test_the_weekly_job_makes_everything_and_runs_every_check(settings: Settings) -> None:
    job = build_definitions(settings).resolve_job_def("weekly_charts")
    assert {key.to_user_string() for key in job.asset_layer.selected_asset_keys} == set(EXPECTED)
    keys = job.asset_layer.asset_graph.asset_check_keys
    checks = {(key.asset_key.path[-1], key.name) for key in keys}
    assert checks == {(asset, name) for asset, names in CHECKS_OF.items() for name in names}
    assert job.partitions_def == weekly_partitions(settings.first_week)
    assert job.description


# Weeks


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        (datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), "2026-11-06"),
        (datetime(2026, 11, 20, 0, 0, tzinfo=UTC), "2026-11-13"),
    ],
)
def test_partitions_are_fridays_from_the_first_week_to_the_one_that_closed_last(
    moment: datetime, last: str
) -> None:
    keys = weekly_partitions(FIRST_WEEK).get_partition_keys(current_time=moment)
    assert (keys[0], keys[-1]) == ("2016-12-23", last)
    assert {date.fromisoformat(key).weekday() for key in keys} == {4}
    assert len(keys) == (date.fromisoformat(last) - FIRST_WEEK).days // 7 + 1
    first = date.fromisoformat(last) + timedelta(days=7)
    assert weekly_partitions(first).get_partition_keys(current_time=moment) == []


# Resources and settings


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_resources_have_names_and_no_secret_in_their_configuration(
    settings: Settings, place: str
) -> None:
    account = {"SPOTIPY_CLIENT_ID": "an-app", "SPOTIPY_CLIENT_SECRET": "hush"}
    values = ON_AWS if place == "s3" else {f"{PREFIX}BASE": str(settings.base)}
    resources = build_definitions(load_settings(values | account)).resources or {}
    expected = {"storage", "charts", "catalog", "spotify", "open_data"}
    expected |= {"io_manager", "table_io_manager"}
    assert set(resources) == expected | {"s3" if place == "s3" else "duckdb"}
    for resource in resources.values():
        assert isinstance(resource, dg.ConfigurableResource | dg.ConfigurableIOManager)
        assert "hush" not in repr(resource.model_dump())
    assert type(resources.get("s3", resources.get("duckdb"))) is (
        S3Resource if place == "s3" else DuckDBResource
    )


def test_an_overridden_storage_is_also_the_one_that_tables_are_stored_with(
    settings: Settings,
) -> None:
    other = StorageResource(base="/srv/charts")
    resources = build_definitions(settings, resource_overrides={"storage": other}).resources or {}
    assert resources["storage"] is other
    assert resources["io_manager"].nested_resources["storage"].base == "/srv/charts"


def test_a_catalog_that_cannot_read_the_base_is_refused() -> None:
    with pytest.raises(SettingsError, match="set SPOTIFY_ASSETS_BASE=s3://"):
        build_definitions(load_settings(ON_AWS | {f"{PREFIX}BASE": "charts"}))


def test_with_glue_the_catalog_is_of_its_kinds() -> None:
    specs = build_definitions(load_settings(ON_AWS)).resolve_all_asset_specs()
    (spec,) = [spec for spec in specs if spec.key.path == ["catalog"]]
    assert spec.kinds == {"glue", "athena"}


CHANGES_NOTHING = """
import logging, os, sys, threading, warnings
import boto3, dagster, dagster_aws.s3, dagster_duckdb, duckdb, pandas, requests, spotipy, sqlalchemy
from sqlalchemy.event.registry import _key_to_collection as listeners

def state():
    loggers = {None: logging.getLogger(), **logging.Logger.manager.loggerDict}
    return {
        "environment": dict(os.environ),
        "warnings": list(warnings.filters),
        "loggers": {n: (of.level, list(of.handlers)) for n, of in loggers.items()
                    if isinstance(of, logging.Logger) and (of.level or of.handlers)},
        "threads": threading.enumerate(),
        "listeners": dict(listeners),
        "hooks": (sys.excepthook, threading.excepthook, warnings.showwarning),
        "folder": (os.getcwd(), sorted(os.listdir())),
    }

before = state()
from spotify_assets.definitions import build_definitions
from spotify_assets.settings import load_settings
for catalog, base in (("duckdb", "base"), ("glue", "s3://charts")):
    build_definitions(
        load_settings({"SPOTIFY_ASSETS_BASE": base, "SPOTIFY_ASSETS_CATALOG": catalog})
    )
after = state()
sys.exit(str({name: (before[name], after[name]) for name in before if before[name] != after[name]}
             or ""))
"""


LOADS_LITTLE = """
import sys, spotify_assets.definitions
sys.exit(' '.join({'boto3', 'botocore', 'dagster_aws', 'pandas', 'spotipy'} & set(sys.modules)))
"""


@pytest.mark.parametrize("code", [CHANGES_NOTHING, LOADS_LITTLE])
def test_building_definitions_changes_nothing_and_loads_what_is_used_only(
    tmp_path: Path, code: str
) -> None:
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == ""


# Dagster's own files


@pytest.mark.parametrize("file", ["spotify_assets/dagster.yaml", "deploy/dagster.yaml"])
def test_the_daemon_retries_lost_runs_only_and_looks_how_fresh_assets_are(file: str) -> None:
    said = yaml.safe_load((PROJECT / file).read_text(encoding="utf-8"))
    assert said["freshness"] == {"enabled": True}
    assert said["run_monitoring"]["enabled"]
    assert said["run_retries"]["enabled"]
    assert said["run_retries"]["retry_on_asset_or_op_failure"] is False


def test_dagster_takes_our_instance_settings(instance: dg.DagsterInstance) -> None:
    assert instance.run_retries_max_retries == 2
    assert instance.run_monitoring_enabled
    assert type(instance.run_coordinator).__name__ == "QueuedRunCoordinator"


def test_malformed_settings_are_one_clear_error_when_dagster_loads_them(tmp_path: Path) -> None:
    result = run_command(
        *("definitions", "validate", "-m", "spotify_assets.definitions"),
        command="dagster",
        base=tmp_path / "base",
        home=tmp_path / "home",
        SPOTIFY_ASSETS_FIRST_WEEK="yesterday",
        SPOTIFY_ASSETS_SCHEDULE_CORN="daily",
    )
    said = result.stdout + result.stderr
    assert result.returncode == 1
    assert said.count("SettingsError: ") == 1
    assert "SPOTIFY_ASSETS_SCHEDULE_CORN is not a setting" in said
    assert "SPOTIFY_ASSETS_FIRST_WEEK holds 'yesterday'; it must be a Friday" in said
    assert not (tmp_path / "base").exists()
