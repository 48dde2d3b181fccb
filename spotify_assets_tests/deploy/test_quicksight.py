"""Terraform's own tests, and the analysis in QuickSight: it only refers to what exists.

The analysis is read from the state that the test of quicksight.tf ends with. AWS would refuse a wrong
reference, but no earlier than when somebody applies it.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spotify_assets.catalog.views import VIEWS
from spotify_assets_tests.chart_frames import select, views_over
from spotify_assets_tests.terraform_commands import (
    DEPLOY,
    Terraform,
    initialised_copy,
    terraform_binary,
)

OF_QUICKSIGHT = "tests/quicksight.tftest.hcl"
QUICKSIGHT_TYPES = {
    "VARCHAR": "STRING",
    "DATE": "DATETIME",
    "TIMESTAMP": "DATETIME",
    "TIMESTAMP_MS": "DATETIME",
    "INTEGER": "INTEGER",
    "BIGINT": "INTEGER",
    "DOUBLE": "DECIMAL",
    "BOOLEAN": "BOOLEAN",
}
FITTING_TYPES = {
    "numerical_measure_field": {"INTEGER", "DECIMAL"},
    "date_dimension_field": {"DATETIME"},
    "categorical_dimension_field": {"STRING"},
    "relative_dates_filter": {"DATETIME"},
    "category_filter": {"STRING"},
}


def found(value: Any, name: str) -> list[Any]:
    """Return every value with this name, however deep, without empty ones."""
    if isinstance(value, list):
        return [one for item in value for one in found(item, name)]
    if not isinstance(value, dict):
        return []
    here = [value[name]] if value.get(name) else []
    return [*here, *(one for item in value.values() for one in found(item, name))]


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return initialised_copy(tmp_path_factory.mktemp("module"))


@pytest.fixture(scope="module")
def resources(terraform: Terraform) -> dict[str, dict[str, Any]]:
    said = terraform.expect("test", f"-filter={OF_QUICKSIGHT}", "-verbose", "-json")
    (state,) = (
        message["test_state"]
        for message in map(json.loads, said.splitlines())
        if message["type"] == "test_state"
    )
    return {
        f"{one['type']}.{one['index']}": one["values"]
        for one in state["root_module"]["resources"]
        if one["type"].startswith("aws_quicksight_")
    }


@pytest.fixture(scope="module")
def data_sets(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The columns of each data set, with their types."""
    prefix = "aws_quicksight_data_set."
    return {
        name.removeprefix(prefix): {
            column["name"]: column["type"] for column in found(values, "input_columns")[0]
        }
        for name, values in resources.items()
        if name.startswith(prefix)
    }


@pytest.fixture(scope="module")
def definition(resources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    (found_one,) = resources["aws_quicksight_analysis.charts"]["definition"]
    return dict(found_one)


def columns_in_the_file(folder: Path) -> dict[str, dict[str, str]]:
    """The columns of each view as quicksight.tf lists them, evaluated without AWS's provider."""
    text = (DEPLOY / "terraform" / "quicksight.tf").read_text(encoding="utf-8")
    block = text[text.index("locals {") : text.index("\n}\n") + 2].splitlines()
    alone = [line for line in block if "var." not in line and "aws_" not in line]
    (folder / "locals.tf").write_text("\n".join(alone), encoding="utf-8")
    ended = subprocess.run(
        [terraform_binary(), "console"],
        cwd=folder,
        input="jsonencode(local.quicksight_views)",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    views: dict[str, dict[str, list[str]]] = json.loads(json.loads(ended.stdout))
    return {
        view: {name: kind for kind, names in columns.items() for name in names}
        for view, columns in views.items()
    }


def test_data_sets_have_every_column_of_their_views(tmp_path: Path) -> None:
    connection = views_over({})
    listed = columns_in_the_file(tmp_path)
    assert listed
    assert listed.keys() <= {view.name for view in VIEWS}
    for view, columns in listed.items():
        described = select(connection, f"DESCRIBE {view}")
        wanted = {row["column_name"]: QUICKSIGHT_TYPES[row["column_type"]] for row in described}
        assert columns == wanted, f"local.quicksight_views.{view} in deploy/terraform/quicksight.tf"


@pytest.mark.slow
def test_terraforms_other_tests_pass(terraform: Terraform) -> None:
    files = sorted(path.name for path in (DEPLOY / "terraform" / "tests").glob("*.hcl"))
    others = [f"-filter=tests/{name}" for name in files if name not in OF_QUICKSIGHT]
    passed = re.search(r"Success! (\d+) passed, 0 failed", terraform.expect("test", *others))
    assert passed is not None
    assert int(passed[1]) >= 20


@pytest.mark.slow
def test_the_analysis_shows_columns_of_fitting_types(
    definition: dict[str, Any], data_sets: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    assert data_sets == columns_in_the_file(tmp_path)
    declared = {one["identifier"] for one in definition["data_set_identifiers_declarations"]}
    links = found(definition, "link_to_data_set_column")
    columns = [one for column in (*found(definition, "column"), *links) for one in column]
    assert len(columns) > 30
    assert {column["data_set_identifier"] for column in columns} == declared == set(data_sets)
    for column in columns:
        assert column["column_name"] in data_sets[column["data_set_identifier"]], column
    for kind, fitting in FITTING_TYPES.items():
        fields = [one for field in found(definition, kind) for one in field]
        assert fields, kind
        for (column,) in (field["column"] for field in fields):
            kind_of_column = data_sets[column["data_set_identifier"]][column["column_name"]]
            assert kind_of_column in fitting, column


@pytest.mark.slow
def test_both_sheets_show_the_chosen_chart_only(
    definition: dict[str, Any], data_sets: dict[str, dict[str, str]]
) -> None:
    (parameter,) = found(definition, "string_parameter_declaration")[0]
    assert parameter["default_values"][0]["static_values"] == ["global"]
    assert {*found(definition, "parameter_name"), *found(definition, "source_parameter_name")} == {
        parameter["name"]
    }
    filtered = {
        of["column"][0]["data_set_identifier"]
        for one in found(definition, "category_filter")
        for of in one
        if of["column"][0]["column_name"] == "chart"
    }
    assert filtered == set(data_sets)


@pytest.mark.slow
def test_filters_controls_and_layouts_name_what_exists(definition: dict[str, Any]) -> None:
    filters = found(definition["filter_groups"], "filter_id")
    assert len(set(filters)) == len(filters)
    assert set(found(definition, "source_filter_id")) <= set(filters)
    visuals_of = {
        one["sheet_id"]: found(one["visuals"], "visual_id") for one in definition["sheets"]
    }
    assert {name: len(visuals) for name, visuals in visuals_of.items()} == {
        "this-week": 5,
        "over-time": 3,
    }
    for scopes in found(definition["filter_groups"], "sheet_visual_scoping_configurations"):
        for scope in scopes:
            assert set(scope["visual_ids"] or ()) <= set(visuals_of[scope["sheet_id"]])
    for sheet in definition["sheets"]:
        controls = [*found(sheet, "parameter_control_id"), *found(sheet, "filter_control_id")]
        assert sorted(found(sheet["layouts"], "element_id")) == sorted(
            visuals_of[sheet["sheet_id"]]
        )
        assert sorted(found(sheet["sheet_control_layouts"], "element_id")) == sorted(controls)
        for element in found(sheet["layouts"], "elements")[0]:
            assert int(element["column_index"]) + element["column_span"] <= 36


@pytest.mark.slow
def test_visuals_sort_and_label_fields_that_they_have(definition: dict[str, Any]) -> None:
    for sheet in definition["sheets"]:
        for visual in sheet["visuals"]:
            (configuration,) = found(visual, "chart_configuration")
            fields = found(configuration[0]["field_wells"], "field_id")
            assert len(set(fields)) == len(fields)
            assert set(found(configuration, "field_id")) == set(fields)
