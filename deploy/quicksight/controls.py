"""What can be chosen in an analysis, and where things lie, as QuickSight's API spells it.

Filters, the controls that set them, and layouts. What is shown is in `analysis`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.quicksight.visuals import Piece, column

CANVAS_WIDTH = "1600px"  # the grid has 36 columns
CHART = "Chart"  # the parameter


def filter_group(filter_id: str, wanted: Piece, scopes: Sequence[Piece]) -> Piece:
    """A filter of one data set; `wanted` is the filter without its id, by its kind."""
    ((kind, of),) = wanted.items()
    return {
        "FilterGroupId": f"{filter_id}-group",
        "Filters": [{kind: {"FilterId": filter_id, **of}}],
        "ScopeConfiguration": {
            "SelectedSheets": {"SheetVisualScopingConfigurations": list(scopes)}
        },
        "Status": "ENABLED",
        "CrossDataset": "SINGLE_DATASET",
    }


def chosen_chart(view: str) -> Piece:
    """The filter that keeps the chosen chart."""
    custom = {"MatchOperator": "EQUALS", "ParameterName": CHART, "NullOption": "NON_NULLS_ONLY"}
    configuration = {"CustomFilterConfiguration": custom}
    return {"CategoryFilter": {"Column": column(view, "chart"), "Configuration": configuration}}


def any_of(view: str, name: str) -> Piece:
    """The filter that a control chooses values for: all of them, at first."""
    values = {"MatchOperator": "CONTAINS", "SelectAllOptions": "FILTER_ALL_VALUES"}
    configuration = {"FilterListConfiguration": values}
    return {"CategoryFilter": {"Column": column(view, name), "Configuration": configuration}}


def last_weeks(view: str, count: int) -> Piece:
    """The filter that keeps the last weeks, counted from now."""
    return {
        "RelativeDatesFilter": {
            "Column": column(view, "week"),
            "AnchorDateConfiguration": {"AnchorOption": "NOW"},
            "TimeGranularity": "WEEK",
            "RelativeDateType": "LAST",
            "RelativeDateValue": count,
            "MinimumGranularity": "DAY",
            "NullOption": "NON_NULLS_ONLY",
        }
    }


def chart_control(sheet: str, view: str) -> Piece:
    """The list to choose the chart from, on a sheet."""
    return {
        "Dropdown": {
            "ParameterControlId": f"{sheet}-chart",
            "Title": "Chart",
            "SourceParameterName": CHART,
            "Type": "SINGLE_SELECT",
            "SelectableValues": {"LinkToDataSetColumn": column(view, "chart")},
        }
    }


def filter_control(sheet: str, title: str, filter_id: str) -> Piece:
    """The list to choose a filter's values from, on a sheet."""
    return {
        "Dropdown": {
            "FilterControlId": f"{sheet}-{filter_id}",
            "Title": title,
            "SourceFilterId": filter_id,
            "Type": "MULTI_SELECT",
        }
    }


def element(element_id: str, kind: str, columns: int, rows: int, at: tuple[int, int]) -> Piece:
    """Where a visual lies on the grid: its size, and its first column and row."""
    return {
        "ElementId": element_id,
        "ElementType": kind,
        "ColumnIndex": at[0],
        "ColumnSpan": columns,
        "RowIndex": at[1],
        "RowSpan": rows,
    }


def grid(elements: Sequence[Piece]) -> Piece:
    """The layout of a sheet."""
    size = {"ResizeOption": "FIXED", "OptimizedViewPortWidth": CANVAS_WIDTH}
    canvas = {"CanvasSizeOptions": {"ScreenCanvasSizeOptions": size}}
    return {"Configuration": {"GridLayout": {"Elements": list(elements), **canvas}}}


def control_row(controls: Mapping[str, str]) -> Piece:
    """The layout of a sheet's controls: their ids with their kinds."""
    elements = [
        {"ElementId": name, "ElementType": kind, "ColumnSpan": 3, "RowSpan": 1}
        for name, kind in controls.items()
    ]
    return {"Configuration": {"GridLayout": {"Elements": elements}}}
