"""What QuickSight is asked: it fits the service's own model, and names only what is there."""

from __future__ import annotations

import pytest
from botocore.validate import ParamValidator

from deploy.quicksight.analysis import DATA_SETS
from spotify_assets.sql import VIEWS
from spotify_assets_tests.fakes.quicksight import FakeQuickSight, problems
from spotify_assets_tests.quicksight_requests import found, wanted

NUMBERS, DATES = {"INTEGER", "DECIMAL"}, {"DATETIME"}
FIELD_TYPES = {
    "NumericalMeasureField": NUMBERS,
    "DateDimensionField": DATES,
    "CategoricalDimensionField": {"STRING"},
    "RelativeDatesFilter": DATES,
    "CategoryFilter": {"STRING"},
}


@pytest.fixture
def quicksight() -> FakeQuickSight:
    return FakeQuickSight()


def test_every_request_fits_the_services_own_model(quicksight: FakeQuickSight) -> None:
    for resource in wanted():
        kind = "".join(word.title() for word in resource.kind.noun.split("_"))
        for operation, request in (
            (f"Create{kind}", resource.creation),
            (f"Update{kind}", {**resource.place, **resource.holds}),
            (f"Describe{kind}", resource.place),
            (f"Delete{kind}", resource.place),
            (
                f"Update{kind}Permissions",
                {**resource.place, "GrantPermissions": resource.permissions},
            ),
        ):
            shape = quicksight.model.operation_model(operation).input_shape
            assert not ParamValidator().validate(request, shape).has_errors(), operation
            assert list(problems(shape, request)) == [], operation


def test_what_the_model_forbids_is_seen(quicksight: FakeQuickSight) -> None:
    shape = quicksight.model.operation_model("CreateDataSet").input_shape
    request = wanted()[1].creation | {"ImportMode": "NOW", "AwsAccountId": "12", "Other": 1}
    del request["Name"]
    said = "; ".join(problems(shape, request))
    assert ".ImportMode is 'NOW'" in said
    assert ".AwsAccountId is" in said
    assert ".Other is unknown" in said
    assert ".Name is missing" in said


def test_data_sets_have_the_views_columns_and_types() -> None:
    declared = {view.name: list(view.columns) for view in VIEWS}
    sets = {r.id: r.holds["PhysicalTableMap"] for r in wanted()[1:-1]}
    assert len(sets) == len(DATA_SETS)
    for view in DATA_SETS:
        ((key, table),) = sets[f"spotify_charts-{view}"].items()
        relation = table["RelationalTable"]
        assert key == view.replace("_", "-")
        assert (relation["Schema"], relation["Name"]) == ("spotify_charts", view)
        assert relation["DataSourceArn"] == wanted()[0].arn
        assert [column["Name"] for column in relation["InputColumns"]] == declared[view]
    types = {
        c["Name"]: c["Type"] for c in found(sets["spotify_charts-latest_chart"], "InputColumns")[0]
    }
    assert types["week"] == types["added_at"] == "DATETIME"
    assert types["rank"] == types["streams"] == "INTEGER"
    assert types["song_name"] == "STRING"
    assert types["explicit"] == "BOOLEAN"


def test_the_analysis_refers_to_declared_columns_of_fitting_types() -> None:
    *_, analysis = wanted()
    types = {
        view: {c["Name"]: c["Type"] for c in found(data_set.holds, "InputColumns")[0]}
        for view, data_set in zip(DATA_SETS, wanted()[1:-1], strict=True)
    }
    definition = analysis.holds["Definition"]
    declared = {
        d["Identifier"]: d["DataSetArn"] for d in definition["DataSetIdentifierDeclarations"]
    }
    assert declared == {v: d.arn for v, d in zip(DATA_SETS, wanted()[1:-1], strict=True)}
    columns = [*found(definition, "Column"), *found(definition, "LinkToDataSetColumn")]
    assert len(columns) > 30
    for column in columns:
        assert column["ColumnName"] in types[column["DataSetIdentifier"]], column
    for field, fitting in FIELD_TYPES.items():
        fields = found(definition, field)
        assert fields, field
        for column in (of["Column"] for of in fields):
            assert types[column["DataSetIdentifier"]][column["ColumnName"]] in fitting, column
    assert {c["DataSetIdentifier"] for c in columns} == set(DATA_SETS)


def test_what_the_analysis_names_is_there() -> None:
    definition = wanted(chart="global")[-1].holds["Definition"]
    (parameter,) = found(definition, "StringParameterDeclaration")
    assert parameter["DefaultValues"] == {"StaticValues": ["global"]}
    assert set(found(definition, "ParameterName")) == {parameter["Name"]}
    assert set(found(definition, "SourceParameterName")) == {parameter["Name"]}
    filters = found(definition["FilterGroups"], "FilterId")
    assert len(set(filters)) == len(filters)
    assert set(found(definition, "SourceFilterId")) <= set(filters)
    filtered = {f["Column"]["DataSetIdentifier"] for f in found(definition, "CategoryFilter")
                if f["Column"]["ColumnName"] == "chart"}  # fmt: skip
    assert filtered == set(DATA_SETS)
    for sheet in definition["Sheets"]:
        visuals = found(sheet["Visuals"], "VisualId")
        controls = [*found(sheet, "ParameterControlId"), *found(sheet, "FilterControlId")]
        assert found(sheet["Layouts"], "ElementId") == visuals
        assert found(sheet["SheetControlLayouts"], "ElementId") == controls
        for element in found(sheet["Layouts"], "Elements")[0]:
            assert element["ColumnIndex"] + element["ColumnSpan"] <= 36
        for visual in sheet["Visuals"]:
            (of,) = visual.values()
            fields = found(of["ChartConfiguration"]["FieldWells"], "FieldId")
            assert len(set(fields)) == len(fields)
            options = of["ChartConfiguration"].get("FieldOptions", {})
            named = found(of["ChartConfiguration"].get("SortConfiguration", {}), "FieldId")
            assert {*named, *found(options, "FieldId")} <= set(fields)
    scopes = found(definition["FilterGroups"], "SheetVisualScopingConfigurations")
    visuals_of = {s["SheetId"]: found(s["Visuals"], "VisualId") for s in definition["Sheets"]}
    for scope in (one for of in scopes for one in of):
        assert set(scope.get("VisualIds", [])) <= set(visuals_of[scope["SheetId"]])
