"""The code location: everything that Dagster loads, built from one set of settings.

The one module that reads the environment, with the command line.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
from dagster_duckdb import DuckDBResource

from spotify_assets import defs as everything_in_defs
from spotify_assets.defs import Shared, weekly_partitions
from spotify_assets.defs.alerts import build_alert_sensors
from spotify_assets.defs.chart_tables import build_chart_tables
from spotify_assets.defs.check_results import build_checks
from spotify_assets.defs.details import build_details
from spotify_assets.defs.inbox_sensor import build_inbox_sensor
from spotify_assets.defs.io_managers import WeeklyTableIOManager
from spotify_assets.defs.publishing import (
    build_catalog,
    build_check_report,
    build_dashboard,
    build_digest,
)
from spotify_assets.defs.raw_playlist import build_raw_playlist
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    StorageResource,
    open_data_resource,
    spotify_resource,
)
from spotify_assets.defs.schedule import build_daily_update
from spotify_assets.settings import Settings, load_settings, require_possible
from spotify_assets.weeks import Clock, system_clock

WEEKLY_JOB = "weekly_charts"

# What Dagster calls beta or preview and this project relies on: single-run backfills, checks by
# partition. Each is pinned by a test, and the versions are bounded.
RELIED_ON = (dg.BetaWarning, dg.PreviewWarning)


def build_definitions(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    resource_overrides: Mapping[str, Any] | None = None,
    key_prefix: Sequence[str] = (),
) -> dg.Definitions:
    """Return assets, checks, the job, automation and resources for these settings.

    `resource_overrides` replace resources by their names. With `key_prefix`, all keys and names begin
    with it, so that definitions can be merged into another code location, or twice into one.

    Raises:
        SettingsError: the settings don't go together; names the variable.
    """
    require_possible(settings)
    with warnings.catch_warnings():
        for category in RELIED_ON:
            warnings.simplefilter("ignore", category)
        shared = Shared(weekly_partitions(settings.first_week), tuple(key_prefix))
        job_name = shared.name(WEEKLY_JOB)
        resources = _resources(settings, clock, resource_overrides or {})
        assets = [
            build_raw_playlist(shared, clock),
            build_details(shared),
            build_chart_tables(shared, settings),
            build_catalog(shared, settings),
            build_dashboard(shared, clock),
            build_check_report(shared, settings, clock),
            build_digest(shared, settings, clock),
        ]
        return dg.Definitions(
            assets=assets,
            asset_checks=build_checks(shared, settings, clock),
            jobs=[
                dg.define_asset_job(
                    job_name,
                    selection=dg.AssetSelection.assets(*assets),
                    description="Everything of a week, from raw files to the reports.",
                )
            ],
            sensors=[
                build_inbox_sensor(job_name, shared, clock),
                *build_alert_sensors(shared, settings, clock),
            ],
            schedules=[build_daily_update(job_name, shared, settings, clock)],
            resources={shared.name(name): resource for name, resource in resources.items()},
            executor=dg.in_process_executor,
        )


def _resources(settings: Settings, clock: Clock, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resources; IO managers store with the storage that overrides ours, if any does."""
    storage = overrides.get("storage") or StorageResource(
        base=settings.base, s3_encryption=settings.s3_encryption
    )
    is_glue = settings.catalog == "glue"
    resources: dict[str, Any] = {
        "storage": storage,
        "charts": ChartsResource(
            charts_file=str(settings.charts_file),
            first_week=settings.first_week.isoformat(),
            expected=str(settings.charts),
            shared_songs_least=settings.shared_songs_least,
        ),
        "catalog": CatalogResource(
            kind=settings.catalog,
            database=settings.glue_database if is_glue else str(settings.database),
            workgroup=settings.athena_workgroup if is_glue else "",
            output=settings.athena_output if is_glue else "",
        ),
        "spotify": spotify_resource(settings.spotify, clock),
        "open_data": open_data_resource(replace(settings.open_data, clock=clock)),
        "table_io_manager": WeeklyTableIOManager(storage=storage),
        "io_manager": WeeklyTableIOManager(storage=storage),
    }
    if is_glue:
        from dagster_aws.s3 import S3Resource

        resources["s3"] = S3Resource(region_name=os.environ.get("AWS_REGION") or None)
    else:
        resources["duckdb"] = DuckDBResource(database=str(settings.database))
    return resources | dict(overrides)


def events_per_week(definitions: dg.Definitions) -> int:
    """Return how many events a run records of each week: materializations and check results."""
    graph = definitions.resolve_asset_graph()
    keys: list[dg.AssetKey | dg.AssetCheckKey]
    keys = [*graph.get_all_asset_keys(), *graph.asset_check_keys]
    return sum(graph.get(key).partitions_def is not None for key in keys)


def load() -> dg.Definitions:
    """Return our definitions for the environment's settings, and whatever else `defs/` holds."""
    own = build_definitions(load_settings())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        yours = dg.load_definitions_from_package_module(everything_in_defs)
    return dg.Definitions.merge(own, yours)


defs = load()
