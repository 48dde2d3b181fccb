"""Real runs for tests: small bases with dropped files, Dagster instances, and what they recorded.

Whatever tests need of Dagster is here, by its public API; starting its servers is in
`dagster_servers`, the dropped files' content in `raw_samples`.
"""

from __future__ import annotations

import atexit
import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dagster as dg
import pytest

from spotify_assets.checks import declared
from spotify_assets.cli.environment import prepare_dagster_home
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.resources import CatalogResource, StorageResource
from spotify_assets.defs.run_tags import reason_of, run_tags
from spotify_assets.layout import INBOX, TABLE_FILES
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables import schemas
from spotify_assets.weeks import ONE_WEEK, weeks_between
from spotify_assets_tests import raw_samples

# Dagster goes by the machine's clock, so these are weeks that are over wherever tests run.
WEEKS = tuple(date(2024, 3, 1) + ONE_WEEK * number for number in range(6))
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
CHART_TABLES = tuple(schemas.CHART_TABLES)
WEEKLY_ASSETS = ("raw_playlist", "details", *schemas.TABLES, "catalog")
REPORTS = ("dashboard", "check_report", "digest")
ALL_ASSETS = (*WEEKLY_ASSETS, *REPORTS)
WEEKLY_CHECKS = (*declared.CHECKS, declared.CATALOG_WEEK)
CHECKS_OF_ALL = declared.BASE_CHECKS
ALL_CHECKS = len(WEEKLY_CHECKS) + len(CHECKS_OF_ALL)
CHECKS_OF = {
    asset: {check.name for check in (*WEEKLY_CHECKS, *CHECKS_OF_ALL) if check.asset == asset}
    for asset in ALL_ASSETS
}


@contextmanager
def instance_in(home: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance that keeps its events in this folder, with our settings."""
    if not home.exists():
        shutil.copytree(empty_home(), home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        with dg.DagsterInstance.get() as instance:
            yield instance


@cache
def empty_home() -> Path:
    """A home with empty databases, to be copied: making them takes much longer."""
    home = Path(mkdtemp())
    atexit.register(shutil.rmtree, home)
    prepare_dagster_home(home)
    with instance_in(home) as instance:
        instance.fetch_materializations(dg.AssetKey("none"), limit=1)
        instance.get_runs(limit=1)
    return home


def tags_of(weeks: Sequence[date]) -> dict[str, str]:
    """Return the tags by which Dagster gives a run its partitions; none for a run without."""
    return run_tags(weeks_between(weeks[0], weeks[-1])) if weeks else {}


def as_resource(name: str, opened: Any) -> Any:
    """Return the resource of this name whose `open` returns a storage or a catalog."""
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "storage": (StorageResource, {"base": "as given"}),
        "catalog": (CatalogResource, {"kind": "as given", "database": ""}),
    }
    if isinstance(opened, dg.ConfigurableResource):
        return opened
    kind, configuration = kinds[name]

    class Given(kind):  # type: ignore[misc]
        def open(self, *_: Any) -> Any:
            return opened

    return Given(**configuration)


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
    """Run the weekly job, or some of its assets, over the weeks from the first to the last.

    `overrides` are resources, or what their `open` returns.
    """
    resources = {name: as_resource(name, given) for name, given in overrides.items()}
    definitions = build_definitions(settings, resource_overrides=resources)
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
    """Return the latest materialization of each of an asset's partitions, from the event log."""
    records = instance.fetch_materializations(
        dg.AssetKey(asset), limit=5000, ascending=True
    ).records
    return {r.partition_key: r.asset_materialization for r in records if r.asset_materialization}


def evaluations(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckEvaluation]:
    """Return every check evaluation that a run left in the event log."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    return [entry.asset_check_evaluation for entry in entries if entry.asset_check_evaluation]


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Return why each failed step of a run failed."""
    return {str(event.step_key): reason_of(event) for event in result.get_step_failure_events()}


def warnings_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Return the warnings that a run logged."""
    return [e.user_message for e in instance.all_logs(run_id) if e.level == logging.WARNING]


def table_files(base: Path) -> dict[str, str]:
    """Return the key of every table file below a base, with a digest of its content."""
    return digests(FolderStorage(base), TABLE_FILES)


def digests(storage: Storage, prefix: str) -> dict[str, str]:
    """Return the keys that begin with this prefix, each with a digest of its content."""
    keys = [file.key for file in storage.files(prefix)]
    return {key: sha256(content).hexdigest() for key, content in storage.read_many(keys)}
