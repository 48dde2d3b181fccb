from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from spotify_assets.definitions import build_definitions
from spotify_assets.defs.partitions import weekly_partitions
from spotify_assets.errors import SettingsError
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.tables.column_origins import ORIGINS
from spotify_assets.tables.schemas import TABLES, Column
from spotify_assets_tests.commands import PROJECT, Ended, run_command
from spotify_assets_tests.dagster_runs import CHART_TABLES, CHECKS_OF, REPORTS
from spotify_assets_tests.dagster_servers import our_warnings

# What each asset depends on, its group, and what the UI shows it is made of.
EXPECTED = {
    "raw_playlist": (set(), "raw", {"spotify", "file"}),
    "details": ({"raw_playlist"}, "raw", {"spotify"}),
    **dict.fromkeys(CHART_TABLES, ({"raw_playlist", "details"}, "tables", {"python", "parquet"})),
    "catalog": (set(CHART_TABLES), "catalog", {"duckdb", "sql"}),
    "dashboard": ({"catalog"}, "reports", {"html", "sql"}),
    "check_report": ({"catalog"}, "reports", {"html", "json"}),
}
FIRST_WEEK = date(2016, 12, 23)


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


def test_every_asset_has_an_owner_and_a_description_of_its_own(
    specs: Mapping[str, dg.AssetSpec],
) -> None:
    assert all(spec.owners == ["team:charts"] for spec in specs.values())
    first_sentences = {(spec.description or "").split(". ")[0] for spec in specs.values()}
    assert len(first_sentences) == len(specs)
    assert all(len(sentence) > 20 for sentence in first_sentences)


def test_the_kinds_of_tables_follow_the_format(base: Path) -> None:
    settings = load_settings({f"{PREFIX}BASE": str(base), f"{PREFIX}TABLE_FORMAT": "csv"})
    specs = build_definitions(settings).resolve_all_asset_specs()
    assert all(s.kinds == {"python", "csv"} for s in specs if s.key.path[-1] in TABLES)


def test_every_asset_but_the_reports_is_weekly_and_all_make_a_range_in_one_run(
    settings: Settings,
) -> None:
    graph = build_definitions(settings).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        weekly = weekly_partitions(settings.first_week)
        assert node.partitions_def == (None if key.path[-1] in REPORTS else weekly)
        assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_every_asset_is_to_be_made_within_nine_days_with_a_warning_after_eight(
    specs: Mapping[str, dg.AssetSpec],
) -> None:
    policy = dg.FreshnessPolicy.time_window(timedelta(days=9), timedelta(days=8))
    assert {name: spec.freshness_policy for name, spec in specs.items()} == dict.fromkeys(
        EXPECTED, policy
    )


@pytest.mark.parametrize(
    "file", [PROJECT / "spotify_assets/dagster.yaml", PROJECT / "deploy/dagster.yaml"]
)
def test_the_daemon_looks_how_fresh_assets_are(file: Path) -> None:
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["freshness"] == {"enabled": True}


def described(table: str, column: Column) -> str:
    return f"{column.meaning}. From {', '.join(ORIGINS[table][column.name])}"


def test_tables_show_the_columns_that_are_declared(specs: Mapping[str, dg.AssetSpec]) -> None:
    for name, table in TABLES.items():
        shown = specs[name].metadata["dagster/column_schema"]
        assert [(c.name, c.type, c.description, c.constraints.nullable) for c in shown.columns] == [
            (c.name, str(c.dtype), described(name, c), c.nullable) for c in table.columns
        ]
        assert shown.constraints.other == [f"unique: {', '.join(table.key)}"]


def test_the_weekly_job_makes_everything_with_the_checks(settings: Settings) -> None:
    job = build_definitions(settings).resolve_job_def("weekly_charts")
    assert {key.to_user_string() for key in job.asset_layer.selected_asset_keys} == set(EXPECTED)
    checks = {
        (key.asset_key.path[-1], key.name) for key in job.asset_layer.asset_graph.asset_check_keys
    }
    assert checks == {(asset, name) for asset, names in CHECKS_OF.items() for name in names}
    assert job.partitions_def == weekly_partitions(settings.first_week)
    assert job.description


def test_partitions_are_fridays_from_the_first_week_on() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    keys = weekly_partitions(FIRST_WEEK).get_partition_keys(current_time=noon)
    assert keys[0] == "2016-12-23"
    assert keys[-1] == "2026-11-13"
    assert {date.fromisoformat(key).weekday() for key in keys} == {4}
    assert len(keys) == (date(2026, 11, 13) - FIRST_WEEK).days // 7 + 1


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        (datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), "2026-11-06"),
        (datetime(2026, 11, 20, 0, 0, tzinfo=UTC), "2026-11-13"),
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), "2026-11-13"),
        (datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC), "2026-11-13"),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), "2026-12-25"),
    ],
)
def test_the_last_partition_is_the_week_that_was_over_last(moment: datetime, last: str) -> None:
    assert weekly_partitions(FIRST_WEEK).get_partition_keys(current_time=moment)[-1] == last


def test_there_is_no_partition_before_the_first_week_is_over() -> None:
    partitions = weekly_partitions(date(2026, 11, 13))
    closes = datetime(2026, 11, 20, tzinfo=UTC)
    assert partitions.get_partition_keys(current_time=closes) == ["2026-11-13"]
    before = closes - timedelta(seconds=1)
    assert partitions.get_partition_keys(current_time=before) == []


def test_resources_can_be_replaced(settings: Settings) -> None:
    other = object()
    definitions = build_definitions(settings, resource_overrides={"storage": other})
    assert (definitions.resources or {})["storage"] is other


@pytest.mark.parametrize(
    ("base", "catalog", "table_format", "said"),
    [
        ("charts", "glue", "parquet", "set SPOTIFY_ASSETS_BASE=s3://"),
        ("s3://charts/here", "duckdb", "parquet", "set SPOTIFY_ASSETS_CATALOG=glue"),
        ("s3://charts/here", "glue", "csv", "set SPOTIFY_ASSETS_TABLE_FORMAT=parquet"),
    ],
)
def test_a_catalog_that_cannot_be_published_to_is_refused(
    base: str, catalog: str, table_format: str, said: str
) -> None:
    values = {"BASE": base, "CATALOG": catalog, "TABLE_FORMAT": table_format}
    settings = load_settings({f"{PREFIX}{name}": value for name, value in values.items()})
    with pytest.raises(SettingsError, match=said) as refused:
        build_definitions(settings)
    assert "\n" not in str(refused.value)


def test_with_glue_the_catalog_is_of_its_kinds_and_athena_counts_its_rows() -> None:
    values = {f"{PREFIX}BASE": "s3://charts/here", f"{PREFIX}CATALOG": "glue"}
    definitions = build_definitions(load_settings(values))
    (spec,) = [s for s in definitions.resolve_all_asset_specs() if s.key.path == ["catalog"]]
    assert spec.kinds == {"glue", "athena"}
    graph = definitions.resolve_asset_graph()
    checks = {(key.asset_key.path[-1], key.name) for key in graph.asset_check_keys}
    assert ("catalog", "row_counts") in checks


def validated(tmp_path: Path, **settings: str) -> Ended:
    return run_command(
        *("definitions", "validate", "-w", str(PROJECT / "workspace.yaml")),
        command="dagster",
        base=tmp_path / "base",
        home=tmp_path / "home",
        **settings,
    )


def test_dagster_finds_the_definitions_valid_and_nothing_of_ours_warns(tmp_path: Path) -> None:
    result = validated(tmp_path)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert "All code locations passed validation" in said
    assert our_warnings(said) == []


def test_malformed_settings_are_one_clear_error_when_dagster_loads_them(tmp_path: Path) -> None:
    result = validated(
        tmp_path, SPOTIFY_ASSETS_FIRST_WEEK="yesterday", SPOTIFY_ASSETS_TABLE_FORMT="csv"
    )
    said = result.stdout + result.stderr
    assert result.returncode == 1
    assert said.count("SettingsError: ") == 1
    assert "SPOTIFY_ASSETS_TABLE_FORMT is not a setting; did you mean" in said
    assert "SPOTIFY_ASSETS_FIRST_WEEK holds 'yesterday'; it may hold a Friday" in said
    assert not (tmp_path / "base").exists()
