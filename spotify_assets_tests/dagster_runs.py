"""Real runs for tests: small bases with dropped files, Dagster instances, and what they recorded.

Whatever tests need of Dagster is here, by its public API; starting its servers is in
`dagster_servers`, the dropped files' content in `raw_samples`.
"""

from __future__ import annotations

import atexit
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dagster as dg
import pytest
from spotify_assets.checks.catalog_rules import BY_WEEK, COLUMN_TYPES
from spotify_assets.checks.raw_rules import OF_A_WEEK, OF_ALL

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.verdicts import CheckMeaning
from spotify_assets.cli.runs import prepare_dagster_home
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.run_tags import PARTITION, RANGE_END, RANGE_START
from spotify_assets.defs.sqlite_connections import reused_sqlite_connections
from spotify_assets.layout import INBOX, TABLES
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples

# Dagster goes by the machine's clock, so these are weeks that are over wherever tests run.
WEEKS = tuple(date(2024, 3, 1) + ONE_WEEK * number for number in range(6))
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CHECKS = ("schema", "unique_key")
CHART_TABLES = ("songs", "albums", "artists", "song_artists")
WEEKLY_ASSETS = ("raw_playlist", "details", *CHART_TABLES, "catalog")
REPORTS = ("dashboard", "check_report")
ALL_ASSETS = (*WEEKLY_ASSETS, *REPORTS)
WEEKLY_CHECKS = (*OF_A_WEEK, *TABLE_CHECKS, *BY_WEEK)
CHECKS_OF_ALL = (*OF_ALL, COLUMN_TYPES)


def names_by_asset(checks: Iterable[CheckMeaning]) -> dict[str, set[str]]:
    """The names of checks, by their asset."""
    names: dict[str, set[str]] = {}
    for one in checks:
        names.setdefault(one.asset, set()).add(one.name)
    return names


WEEKLY_CHECKS_OF = names_by_asset(WEEKLY_CHECKS)
CHECKS_OF = names_by_asset((*WEEKLY_CHECKS, *CHECKS_OF_ALL))
ALL_CHECKS = len(WEEKLY_CHECKS) + len(CHECKS_OF_ALL)


@contextmanager
def instance_in(home: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance that keeps its events in this folder, with our settings."""
    if not home.exists():
        shutil.copytree(_empty_home(), home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        with dg.DagsterInstance.get() as instance, reused_sqlite_connections(home):
            yield instance


@cache
def _empty_home() -> Path:
    """A home with empty databases, to be copied: making them takes much longer."""
    home = Path(mkdtemp())
    atexit.register(shutil.rmtree, home)
    prepare_dagster_home(home)
    with instance_in(home) as instance:
        instance.fetch_materializations(dg.AssetKey("none"), limit=1)
        instance.get_runs(limit=1)
    return home


def tags_of(weeks: Sequence[date]) -> dict[str, str]:
    """The tags by which Dagster tells a run its partitions; none for a run without."""
    if len(weeks) == 1:
        return {PARTITION: weeks[0].isoformat()}
    if not weeks:
        return {}
    return {RANGE_START: weeks[0].isoformat(), RANGE_END: weeks[-1].isoformat()}


def drop_csv(storage: Storage, week: date, *, country: str = "no", **content: Any) -> None:
    """Put a chart file of a week into the inbox."""
    name = raw_samples.csv_name(week, country)
    storage.write(INBOX + name, raw_samples.chart_csv(**content))


def drop_playlist(storage: Storage, week: date, name: str = "norway.json", **content: Any) -> None:
    """Put a playlist that was refreshed for a week into the inbox."""
    document = raw_samples.playlist(raw_samples.rows(week, **content))
    storage.write(f"{INBOX}{week}-{name}", raw_samples.as_json(document))


def materialize(
    settings: Settings,
    instance: dg.DagsterInstance,
    weeks: Sequence[date],
    assets: Sequence[str] = (),
    **overrides: Any,
) -> dg.ExecuteInProcessResult:
    """Run the weekly job, or some of its assets, over the weeks from the first to the last."""
    definitions = build_definitions(settings, resource_overrides=overrides)
    return definitions.resolve_job_def(WEEKLY_JOB).execute_in_process(
        instance=instance,
        raise_on_error=False,
        asset_selection=[dg.AssetKey(name) for name in assets] or None,
        run_config=QUIET,
        tags=tags_of(weeks),
    )


def check(
    settings: Settings, instance: dg.DagsterInstance, table: str, weeks: Sequence[date]
) -> dg.ExecuteInProcessResult:
    """Run the checks of a table over the weeks from the first to the last, and nothing else."""
    job = dg.define_asset_job(
        "checks_only", selection=dg.AssetSelection.checks_for_assets(dg.AssetKey(table))
    )
    checks_only = dg.Definitions.merge(build_definitions(settings), dg.Definitions(jobs=[job]))
    return checks_only.resolve_job_def("checks_only").execute_in_process(
        instance=instance, raise_on_error=False, run_config=QUIET, tags=tags_of(weeks)
    )


def materializations(
    instance: dg.DagsterInstance, asset: str
) -> dict[str | None, dg.AssetMaterialization]:
    """The latest materialization of each of an asset's partitions, from the event log."""
    records = instance.fetch_materializations(
        dg.AssetKey(asset), limit=5000, ascending=True
    ).records
    return {r.partition_key: r.asset_materialization for r in records if r.asset_materialization}


def evaluations(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckEvaluation]:
    """Every check evaluation that a run left in the event log."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    return [entry.asset_check_evaluation for entry in entries if entry.asset_check_evaluation]


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What each failed step of a run said."""
    said = {}
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        error = data.error
        while error and error.cause:
            error = error.cause
        given = data.user_failure_data.description if data.user_failure_data else None
        said[str(event.step_key)] = given or (error.message if error else "")
    return said


def warnings_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """The warnings that a run logged."""
    return [e.user_message for e in instance.all_logs(run_id) if e.level == logging.WARNING]


def table_files(base: Path) -> dict[str, str]:
    """Every table file below a base and a digest of its content."""
    return digests(FolderStorage(base), TABLES)


def digests(storage: Storage, prefix: str) -> dict[str, str]:
    """Every file whose key begins so, and a digest of its content."""
    keys = [file.key for file in storage.files(prefix)]
    return {key: sha256(content).hexdigest() for key, content in storage.read_many(keys)}
