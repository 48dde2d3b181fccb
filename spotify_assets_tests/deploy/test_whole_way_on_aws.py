"""From the inbox to answers of every view on AWS's stand-ins, with the run's own resources."""

from __future__ import annotations

from datetime import date
from typing import Any

import dagster as dg
import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.catalog.views import VIEWS
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.run_tags import run_tags
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX, TABLE_FILES
from spotify_assets.settings import Settings, load_settings
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.aws_world import WEEKS, World
from spotify_assets_tests.dagster_runs import QUIET

pytestmark = pytest.mark.slow


def run(settings: Settings, *weeks: date) -> dict[str, Any]:
    """Run the weekly job over these weeks; return the metadata of the catalog."""
    job = build_definitions(settings).resolve_job_def(WEEKLY_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            tags=run_tags(weeks_between(weeks[0], weeks[-1])),
            run_config=QUIET,
        )
        failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
        assert [e.check_name for e in failed if e.severity == dg.AssetCheckSeverity.ERROR] == []
        event = result.asset_materializations_for_node("catalog")[-1]
        return {name: value.value for name, value in event.metadata.items()}


def test_made_up_weeks_go_the_whole_way(world: World) -> None:
    settings, storage = load_settings(world.environment), world.storage
    for sample in sample_files(WEEKS[2], 3):
        storage.write(INBOX + sample.name, sample.content)
    assert run(settings, *WEEKS[:2])["changes"]["views created"] == [view.name for view in VIEWS]
    stored = {file.key: file.version for file in storage.files(TABLE_FILES)}
    assert len(stored) == 2 * len(TABLES) + 2  # which songs are one, and which columns there are

    assert run(settings, WEEKS[2])["changes"] == {
        "weeks added": dict.fromkeys(TABLES, str(WEEKS[2]))
    }
    catalog = open_catalog(settings, storage)
    columns = {name: table.schema.names for name, table in TABLES.items()}
    for name, names in (columns | {view.name: list(view.columns) for view in VIEWS}).items():
        latest = "max(week)" if "week" in names else f"DATE '{WEEKS[2]}'"
        assert catalog.query(f"SELECT count(*) > 0 AS n, {latest} AS w FROM {name}").rows == [
            (True, WEEKS[2])
        ], name

    assert run(settings, WEEKS[2])["changes"] == {}
    after = {file.key: file.version for file in storage.files(TABLE_FILES)}
    assert {key: after[key] for key in stored if "/week=" in key} == {
        key: version for key, version in stored.items() if "/week=" in key
    }
