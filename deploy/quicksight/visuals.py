"""The visuals of an analysis as QuickSight's API spells them, and the fields in them.

What is shown is in `analysis`, what can be chosen is spelled in `controls`. Field ids are the
visual's id and the column's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Piece = dict[str, Any]


def column(view: str, name: str) -> Piece:
    """A column of a data set; the data sets go by their views' names."""
    return {"DataSetIdentifier": view, "ColumnName": name}


def dimension(visual: str, view: str, name: str) -> Piece:
    """A field of texts to group by."""
    return {
        "CategoricalDimensionField": {"FieldId": f"{visual}-{name}", "Column": column(view, name)}
    }


def weeks(visual: str, view: str) -> Piece:
    """The week to group by; by the day, or QuickSight would move Fridays to its own weeks' start."""
    of = {"FieldId": f"{visual}-week", "Column": column(view, "week"), "DateGranularity": "DAY"}
    return {"DateDimensionField": of}


def measure(visual: str, view: str, name: str, aggregation: str) -> Piece:
    """A number: SUM, MIN, AVERAGE … of a column."""
    return {
        "NumericalMeasureField": {
            "FieldId": f"{visual}-{name}",
            "Column": column(view, name),
            "AggregationFunction": {"SimpleNumericalAggregation": aggregation},
        }
    }


def figure(visual: str, title: str, view: str, name: str) -> Piece:
    """The latest week's figure beside the week's before."""
    wells = {
        "Values": [measure(visual, view, name, "AVERAGE")],
        "TrendGroups": [weeks(visual, view)],
    }
    return {"KPIVisual": _visual(visual, title, {"FieldWells": wells})}


def table(visual: str, title: str, view: str, labels: Mapping[str, str], sort: str) -> Piece:
    """Rows as they are, of these columns under these labels, in ascending order of one of them."""
    fields = [{"FieldId": f"{visual}-{name}", "Column": column(view, name)} for name in labels]
    options = [
        {"FieldId": f"{visual}-{name}", "CustomLabel": label} for name, label in labels.items()
    ]
    return {
        "TableVisual": _visual(
            visual,
            title,
            {
                "FieldWells": {"TableUnaggregatedFieldWells": {"Values": fields}},
                "SortConfiguration": {"RowSort": [_by(f"{visual}-{sort}", "ASC")]},
                "FieldOptions": {"SelectedFieldOptions": options},
            },
        )
    }


def lines(
    visual: str,
    title: str,
    view: str,
    measures: Mapping[str, str],
    *,
    colour: str = "",
    most: int = 10,
    stacked: bool = False,
    subtitle: str = "",
) -> Piece:
    """Numbers by week, each with its aggregation; one line for each of the first values of `colour`."""
    wells: Piece = {
        "Category": [weeks(visual, view)],
        "Values": [measure(visual, view, name, how) for name, how in measures.items()],
    }
    sort: Piece = {"CategorySort": [_by(f"{visual}-week", "ASC")]}
    if colour:
        wells["Colors"] = [dimension(visual, view, colour)]
        others = "INCLUDE" if stacked else "EXCLUDE"
        sort["ColorItemsLimitConfiguration"] = {"ItemsLimit": most, "OtherCategories": others}
    shown = {
        "Type": "STACKED_AREA" if stacked else "LINE",
        "FieldWells": {"LineChartAggregatedFieldWells": wells},
        "SortConfiguration": sort,
    }
    return {"LineChartVisual": _visual(visual, title, shown, subtitle)}


def bars(visual: str, title: str, view: str, category: str, name: str, most: int) -> Piece:
    """The sum of a number by category, the largest first."""
    wells = {
        "Category": [dimension(visual, view, category)],
        "Values": [measure(visual, view, name, "SUM")],
    }
    shown = {
        "Orientation": "HORIZONTAL",
        "FieldWells": {"BarChartAggregatedFieldWells": wells},
        "SortConfiguration": {
            "CategorySort": [_by(f"{visual}-{name}", "DESC")],
            "CategoryItemsLimit": {"ItemsLimit": most, "OtherCategories": "EXCLUDE"},
        },
    }
    return {"BarChartVisual": _visual(visual, title, shown)}


def _visual(visual: str, title: str, configuration: Piece, subtitle: str = "") -> Piece:
    shown: Piece = {
        "VisualId": visual,
        "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}},
        "ChartConfiguration": configuration,
    }
    if subtitle:
        shown["Subtitle"] = {"Visibility": "VISIBLE", "FormatText": {"PlainText": subtitle}}
    return shown


def _by(field: str, direction: str) -> Piece:
    return {"FieldSort": {"FieldId": field, "Direction": direction}}
