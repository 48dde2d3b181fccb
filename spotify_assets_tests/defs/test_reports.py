"""The assets `dashboard` and `check_report`, over a catalog of a few stored rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_assets.charts import shipped_charts_file
from spotify_assets.defs import Shared, weekly_partitions
from spotify_assets.defs.publishing import build_check_report, build_dashboard
from spotify_assets.defs.resources import CatalogResource, ChartsResource, StorageResource
from spotify_assets.layout import CHECKS_DATA, CHECKS_PAGE, DASHBOARD, RawName
from spotify_assets.settings import load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.store import split_by_week, stored_weeks, write_week
from spotify_assets_tests.chart_frames import chart, friday
from spotify_assets_tests.dashboards import Tables, result, tables_from
from spotify_assets_tests.fixed_clock import fixed_clock

# `build_definitions` silences these, which it names and pins.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

SHARED = Shared(weekly_partitions())
UI = load_settings({"SPOTIFY_ASSETS_UI_URL": "https://ui.example.org"})


def made(base: Path, asset: Any, tables: Tables) -> dict[str, Any]:
    """Store and publish these tables and materialize an asset over them; returns its metadata."""
    storage, database = FolderStorage(base), str(base / "charts.duckdb")
    for name, table in tables.items():
        for week, rows in split_by_week(table):
            write_week(storage, name, week, rows)
    catalog = CatalogResource(kind="duckdb", database=database)
    resources = {
        "storage": StorageResource(base=str(base)),
        "catalog": catalog,
        "charts": ChartsResource(charts_file=str(shipped_charts_file()), first_week=str(friday(0))),
    }
    if tables:
        catalog.open(storage).publish(stored_weeks(storage))
    ended = dg.materialize([asset], resources=resources)
    (event,) = ended.asset_materializations_for_node(asset.key.path[-1])
    return {name: value.value for name, value in event.metadata.items()}


@pytest.fixture
def tables() -> Tables:
    """Two charts over two weeks, of which one fails."""
    bad = result(friday(1), "songs.row_count", "1 row", chart="global", severity="WARN")
    songs = [*chart(0, "A B"), *chart(1, "B A"), *chart(1, "C", chart="global")]
    return tables_from(songs=songs, check_results=[result(friday(0)), bad])


def test_the_dashboard_is_written_and_says_what_is_on_it(base: Path, tables: Tables) -> None:
    said = made(base, build_dashboard(SHARED, fixed_clock), tables)
    page = (base / DASHBOARD).read_bytes()
    assert said == {"page": str(base / DASHBOARD), "bytes": len(page), "weeks": 2, "charts": 2}
    assert page.startswith(b"<!doctype html>")


def test_the_check_report_is_written_as_page_and_json_and_says_what_fails(
    base: Path, tables: Tables
) -> None:
    for week in (friday(0), friday(2)):
        FolderStorage(base).write(RawName(week, "norway", "chart_csv").archive_key, b"")
    said = made(base, build_check_report(SHARED, UI, fixed_clock), tables)
    missing = ("latest_week_present", "weeks_without_holes")
    assert said == {
        "page": str(base / CHECKS_PAGE),
        "weeks": 2,
        "errors": 0,
        "warnings": 3,
        "failing": "".join(f"- `raw_playlist.{name}`\n" for name in missing)
        + f"- `songs.row_count`: 1 of 2 weeks: {friday(1)}",
    }
    link = "https://ui.example.org/assets/songs?view=checks&amp;checkDetail=row_count"
    assert link in (base / CHECKS_PAGE).read_text("utf-8")
    of_json = json.loads((base / CHECKS_DATA).read_bytes())
    assert of_json["warnings"] == 3
    (holes,) = [c for c in of_json["checks"] if c["check"] == "raw_playlist.weeks_without_holes"]
    assert f"no chart at all is there of {friday(1)}" in holes["failures"][0]["finding"]


def test_of_a_catalog_without_weeks_both_are_written_as_well(base: Path) -> None:
    assert made(base, build_dashboard(SHARED, fixed_clock), {})["charts"] == 0
    assert made(base, build_check_report(SHARED, UI, fixed_clock), {})["weeks"] == 0
    assert "No week is stored yet" in (base / CHECKS_PAGE).read_text("utf-8")
