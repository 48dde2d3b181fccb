"""Runs that make the report of the checks, in a folder and on S3."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from spotify_assets.layout import (
    CHECKS_DATA,
    CHECKS_PAGE,
    published_key,
    table_key,
)
from spotify_assets.reports.check_report.report import (
    Report,
    read_report,
)
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.dagster_runs import (
    ALL_ASSETS,
    WEEKS,
    drop_csv,
    failures,
    materializations,
    materialize,
)
from spotify_assets_tests.places import Place


def failing(report: Report) -> set[tuple[str, date | None]]:
    return {(one.check, one.week) for one in report.failing}


@pytest.fixture
def instance_and_base(
    storage: FolderStorage, instance: dg.DagsterInstance
) -> tuple[FolderStorage, dg.DagsterInstance]:
    for week in WEEKS[:2]:
        drop_csv(storage, week)
        drop_csv(storage, week, country="global")
    return storage, instance


def test_a_run_writes_the_page_and_its_data_and_says_what_fails(
    settings: Settings, instance_and_base: tuple[FolderStorage, dg.DagsterInstance], base: Path
) -> None:
    storage, instance = instance_and_base
    assert failures(materialize(settings, instance, WEEKS[:2])) == {}
    (made,) = materializations(instance, "check_report").values()
    report = read_report(storage)
    assert isinstance(report, Report)
    assert sorted(report.weeks) == list(WEEKS[:2])
    metadata = made.metadata
    assert metadata["page"] == dg.MetadataValue.path(str(base / CHECKS_PAGE))
    assert metadata["weeks"].value == metadata["weeks looked at anew"].value == 2
    assert metadata["errors"].value == report.failing_of("ERROR") == 0
    assert metadata["warnings"].value == report.failing_of("WARN") > 0
    assert "| artists.genre\\_coverage | 2024-03-08 |" in metadata["failing"].value
    assert f"{settings.ui_url}/assets/songs?view=checks" in storage.read(CHECKS_PAGE).decode()


def test_checks_that_fail_do_not_fail_the_report_and_the_next_run_reads_only_what_changed(
    settings: Settings, instance_and_base: tuple[FolderStorage, dg.DagsterInstance], base: Path
) -> None:
    storage, instance = instance_and_base
    assert failures(materialize(settings, instance, WEEKS[:2], ALL_ASSETS)) == {}
    (base / table_key("songs", WEEKS[0], "parquet")).write_bytes(b"damaged")
    assert failures(materialize(settings, instance, [], ["check_report"])) == {}
    report = read_report(storage)
    assert isinstance(report, Report)
    assert ("songs.schema", WEEKS[0]) in failing(report)
    assert failures(materialize(settings, instance, [], ["check_report"])) == {}
    records = instance.fetch_materializations(dg.AssetKey("check_report"), limit=2).records
    anew = [
        record.asset_materialization.metadata["weeks looked at anew"].value
        for record in records
        if record.asset_materialization
    ]
    assert anew == [0, 2]
    assert msgspec.json.decode(storage.read(CHECKS_DATA))["failing"]


def test_the_report_lies_where_the_charts_lie_and_goes_on_from_there(
    place: Place, instance: dg.DagsterInstance
) -> None:
    for week in WEEKS[:2]:
        drop_csv(place.storage, week)
    assert failures(place.run(instance, WEEKS[:2])) == {}
    assert place.storage.read(CHECKS_PAGE).startswith(b"<!doctype html>")
    first = read_report(place.storage)
    assert isinstance(first, Report)
    assert sorted(first.stamps["catalog"]) == list(WEEKS[:2])
    place.storage.delete(published_key("albums", WEEKS[0], "parquet"))
    assert failures(place.run(instance, [], ["check_report"])) == {}
    after = read_report(place.storage)
    assert isinstance(after, Report)
    assert {one.asset for one in after.failing if one.severity == "ERROR"} == {"catalog"}
    assert {one.since for one in after.failing if one.severity == "WARN"} == {first.made}
    assert after.stamps["raw"] == first.stamps["raw"]
