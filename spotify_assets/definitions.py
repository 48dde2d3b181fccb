"""The code location: everything that Dagster loads, built from one set of settings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_duckdb import DuckDBResource

from spotify_assets.catalog.duckdb_contents import DuckDBContents
from spotify_assets.defs.alerts import build_alert_sensors
from spotify_assets.defs.catalog import build_catalog
from spotify_assets.defs.catalog_checks import build_catalog_checks
from spotify_assets.defs.chart_tables import build_chart_tables
from spotify_assets.defs.check_report import build_check_report
from spotify_assets.defs.dashboard import build_dashboard
from spotify_assets.defs.details import build_details
from spotify_assets.defs.inbox_sensor import build_new_raw_files
from spotify_assets.defs.io_managers import RawFileIOManager, WeeklyTableIOManager
from spotify_assets.defs.partitions import weekly_partitions
from spotify_assets.defs.raw_checks import build_raw_checks
from spotify_assets.defs.raw_playlist import build_raw_playlist
from spotify_assets.defs.schedule import build_daily_update
from spotify_assets.defs.sqlite_connections import build_executor
from spotify_assets.defs.table_checks import build_table_checks
from spotify_assets.defs.weeks_behind import build_weeks_behind
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import Settings, load_settings, require_possible
from spotify_assets.spotify.access import SpotifyAccess
from spotify_assets.storage import open_storage
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
) -> dg.Definitions:
    """Assets, checks, the job and resources for these settings.

    `resource_overrides` takes the place of resources of the same key.

    Raises:
        SettingsError: they ask for what this version can't do.
    """
    require_possible(settings)
    with warnings.catch_warnings():
        for category in RELIED_ON:
            warnings.simplefilter("ignore", category)
        return _build(settings, clock, resource_overrides or {})


def events_per_week(definitions: dg.Definitions) -> int:
    """What a run records of each week: a materialization of every asset, a result of every check."""
    checks = [
        spec
        for check in definitions.asset_checks or ()
        if isinstance(check, dg.AssetChecksDefinition)
        for spec in check.check_specs
        if spec.partitions_def is not None
    ]
    assets = [one for one in definitions.resolve_all_asset_specs() if one.partitions_def]
    return len(assets) + len(checks)


def _build(
    settings: Settings, clock: Clock, resource_overrides: Mapping[str, Any]
) -> dg.Definitions:
    partitions = weekly_partitions(settings.first_week)
    storage = open_storage(settings.base, settings.s3_encryption)
    raw_playlist = build_raw_playlist(partitions)
    details = build_details(partitions)
    chart_tables = build_chart_tables(partitions, settings.table_format)
    catalog, catalog_resources = _catalog(settings, partitions, resource_overrides)
    dashboard = build_dashboard("duckdb" if settings.catalog == "duckdb" else "aws_catalog")
    reports = [dashboard, build_check_report(settings)]
    weekly = [raw_playlist, details, chart_tables, catalog, *reports]
    return dg.Definitions(
        assets=weekly,
        asset_checks=[
            *build_raw_checks(partitions, settings),
            build_table_checks(partitions, settings.table_format, settings),
            *build_catalog_checks(partitions, settings.table_format),
        ],
        jobs=[
            dg.define_asset_job(
                WEEKLY_JOB,
                selection=dg.AssetSelection.assets(*weekly),
                description="Everything of a week, from raw files to the reports.",
            )
        ],
        sensors=[
            build_new_raw_files(WEEKLY_JOB, partitions),
            build_weeks_behind(WEEKLY_JOB, partitions, settings),
            *build_alert_sensors(settings, clock),
        ],
        schedules=[build_daily_update(WEEKLY_JOB, settings)],
        resources={
            **catalog_resources,
            "storage": storage,
            "inbox_rules": InboxRules(settings.charts, settings.first_week, clock),
            "spotify": SpotifyAccess(settings.spotify, clock),
            "raw_io_manager": RawFileIOManager(storage),
            "table_io_manager": WeeklyTableIOManager(storage, settings.table_format),
            **resource_overrides,
        },
        executor=build_executor(),
    )


def _catalog(
    settings: Settings,
    partitions: dg.PartitionsDefinition[str],
    resource_overrides: Mapping[str, Any],
) -> tuple[dg.AssetsDefinition, dict[str, Any]]:
    """The asset `catalog` of the kind that is set, and what it publishes to."""
    if settings.catalog == "duckdb":
        contents = DuckDBContents(settings.database)
        duckdb = DuckDBResource(database=str(settings.database))
        resources = {"duckdb": duckdb, "catalog_contents": contents}
        return build_catalog(partitions, settings.table_format), resources
    from spotify_assets.catalog.aws import aws_catalog
    from spotify_assets.catalog.glue_contents import GlueContents
    from spotify_assets.defs.glue_catalog import build_glue_catalog

    catalog = resource_overrides.get("aws_catalog") or aws_catalog(settings)
    asset = build_glue_catalog(partitions, settings.table_format)
    return asset, {"aws_catalog": catalog, "catalog_contents": GlueContents(catalog)}


defs = build_definitions(load_settings())
