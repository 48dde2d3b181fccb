"""The one analysis: which data sets it reads, its two sheets and what can be chosen on them.

How QuickSight's API spells the pieces is in `visuals` and `controls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.quicksight import controls as c
from deploy.quicksight import visuals as v

DATA_SETS = ("latest_chart", "chart_history", "chart_weeks", "artist_leaders", "genre_weeks")
"""The views that the analysis shows; none has arrays, which QuickSight refuses."""

THIS_WEEK, OVER_TIME = "this-week", "over-time"
LEADING_WEEKS = 52
LEADING_ARTISTS = 15
GENRES = 8
SHARES = {
    "chart_weeks": ("turnover", "fresh_share", "explicit_share"),
    "genre_weeks": ("share",),
}
TABLE_LABELS = {
    "rank": "Rank",
    "song_name": "Song",
    "artist_names": "Artists",
    "move": "Move",
    "previous_rank": "Week before",
    "peak_rank": "Peak",
    "weeks_on_chart": "Weeks",
    "streams": "Streams",
}


def definition(arns: Mapping[str, str], chart: str) -> dict[str, Any]:
    """The analysis over data sets of these ARNs, by view; `chart` is chosen at first."""
    everywhere = [{"SheetId": s, "Scope": "ALL_VISUALS"} for s in (THIS_WEEK, OVER_TIME)]
    leaders = {"SheetId": THIS_WEEK, "Scope": "SELECTED_VISUALS", "VisualIds": ["artists"]}
    songs = {"SheetId": OVER_TIME, "Scope": "SELECTED_VISUALS", "VisualIds": ["ranks"]}
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": view, "DataSetArn": arns[view]} for view in DATA_SETS
        ],
        "ParameterDeclarations": [
            {
                "StringParameterDeclaration": {
                    "Name": c.CHART,
                    "ParameterValueType": "SINGLE_VALUED",
                    "DefaultValues": {"StaticValues": [chart]},
                }
            }
        ],
        "FilterGroups": [
            *(
                c.filter_group(f"chart-{view.replace('_', '-')}", c.chosen_chart(view), everywhere)
                for view in DATA_SETS
            ),
            c.filter_group(
                "leading-weeks", c.last_weeks("artist_leaders", LEADING_WEEKS), [leaders]
            ),
            c.filter_group("song", c.any_of("chart_history", "song"), [songs]),
        ],
        "ColumnConfigurations": [
            _as_percentage(view, name) for view, names in SHARES.items() for name in names
        ],
        "Sheets": [_this_week(), _over_time()],
    }


def _this_week() -> dict[str, Any]:
    return {
        "SheetId": THIS_WEEK,
        "Name": "This week",
        "ContentType": "INTERACTIVE",
        "ParameterControls": [c.chart_control(THIS_WEEK, "chart_weeks")],
        "SheetControlLayouts": [c.control_row({f"{THIS_WEEK}-chart": "PARAMETER_CONTROL"})],
        "Visuals": [
            v.figure("new-songs", "New songs", "chart_weeks", "new_entries"),
            v.figure("turnover", "Not there the week before", "chart_weeks", "turnover"),
            v.figure("variety", "Variety of lead artists", "chart_weeks", "variety"),
            v.table("chart", "The chart of the latest week", "latest_chart", TABLE_LABELS, "rank"),
            v.bars(
                "artists",
                f"Places held by artists, last {LEADING_WEEKS} weeks",
                "artist_leaders",
                "artist_name",
                "songs",
                LEADING_ARTISTS,
            ),
        ],
        "Layouts": [
            c.grid(
                [
                    c.element("new-songs", "VISUAL", 12, 5, (0, 0)),
                    c.element("turnover", "VISUAL", 12, 5, (12, 0)),
                    c.element("variety", "VISUAL", 12, 5, (24, 0)),
                    c.element("chart", "VISUAL", 24, 20, (0, 5)),
                    c.element("artists", "VISUAL", 12, 20, (24, 5)),
                ]
            )
        ],
    }


def _over_time() -> dict[str, Any]:
    chart, song = f"{OVER_TIME}-chart", f"{OVER_TIME}-song"
    return {
        "SheetId": OVER_TIME,
        "Name": "Over time",
        "ContentType": "INTERACTIVE",
        "ParameterControls": [c.chart_control(OVER_TIME, "chart_weeks")],
        "FilterControls": [c.filter_control(OVER_TIME, "Songs", "song")],
        "SheetControlLayouts": [
            c.control_row({chart: "PARAMETER_CONTROL", song: "FILTER_CONTROL"})
        ],
        "Visuals": [
            v.lines(
                "ranks",
                "The rank of songs",
                "chart_history",
                {"rank": "MIN"},
                colour="song",
                subtitle="1 is best, so falling lines rise in the chart. Choose songs above.",
            ),
            v.lines(
                "genres",
                "Genres, by their share of the chart",
                "genre_weeks",
                {"share": "SUM"},
                colour="genre",
                most=GENRES,
                stacked=True,
            ),
            v.lines(
                "change",
                "How the chart changes",
                "chart_weeks",
                dict.fromkeys(SHARES["chart_weeks"], "AVERAGE"),
                subtitle="Shares of its entries: not there the week before, fresh, explicit.",
            ),
        ],
        "Layouts": [
            c.grid(
                [
                    c.element("ranks", "VISUAL", 36, 12, (0, 0)),
                    c.element("genres", "VISUAL", 18, 12, (0, 12)),
                    c.element("change", "VISUAL", 18, 12, (18, 12)),
                ]
            )
        ],
    }


def _as_percentage(view: str, name: str) -> dict[str, Any]:
    percentage = {
        "PercentageDisplayFormatConfiguration": {"DecimalPlacesConfiguration": {"DecimalPlaces": 0}}
    }
    number = {"NumberFormatConfiguration": {"FormatConfiguration": percentage}}
    return {"Column": v.column(view, name), "FormatConfiguration": number}
