"""The views of history and of weeks on made-up charts with all that goes wrong, against plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from spotify_assets_tests import expected_totals, expected_views
from spotify_assets_tests.chart_frames import (
    Row,
    made_up,
    select,
    views_over,
)

SEEDS = range(6)
GRAINS = {
    "chart_history": (expected_views.expected_chart_history, ("week", "chart", "rank")),
    "latest_chart": (expected_views.expected_latest_chart, ("chart", "rank")),
    "chart_weeks": (expected_views.expected_chart_weeks, ("week", "chart")),
    "song_totals": (expected_totals.expected_song_totals, ("chart", "song")),
    "artist_totals": (expected_totals.expected_artist_totals, ("chart", "artist_id")),
    "album_totals": (expected_totals.expected_album_totals, ("chart", "album_id")),
    "chart_years": (expected_totals.expected_chart_years, ("chart", "year")),
    "year_charts": (expected_totals.expected_year_charts, ("chart", "year", "kind", "id")),
    "song_travels": (expected_totals.expected_song_travels, ("chart", "song")),
    "chart_pairs": (expected_totals.expected_chart_pairs, ("year", "chart", "other_chart")),
    "label_weeks": (expected_totals.expected_label_weeks, ("week", "chart", "label_family")),
}


def rounded(rows: list[Row], grain: tuple[str, ...]) -> list[Row]:
    tidy = [{k: round(v, 9) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    return sorted(tidy, key=lambda row: tuple(row[name] for name in grain))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_views_say_what_plain_python_says(seed: int) -> None:
    rows = made_up(seed)
    connection = views_over(rows, integer_division=seed % 2 == 1)
    for view, (recompute, grain) in GRAINS.items():
        got = rounded(select(connection, f"SELECT * FROM {view}"), grain)
        assert got == rounded(recompute(rows), grain), view
        assert len({tuple(row[name] for name in grain) for row in got}) == len(got) > 0


def test_made_up_charts_hold_every_oddity() -> None:
    connection = views_over(made_up(0))
    history = select(connection, "SELECT * FROM chart_history")
    assert {row["move"] for row in history} == {"new", "re-entry", "up", "down", "same", None}
    assert {row["figures_from"] for row in history} == {"spotify", "counted"}
    assert {row["weeks_since_previous"] for row in history} == {None, 1, 2, 3}
    ids, keys, twice = defaultdict(set), defaultdict(set), Counter[Any]()
    for row in history:
        ids[row["song_key"]].add(row["song_id"])
        keys[row["song_id"]].add(row["song_key"])
        twice[row["week"], row["chart"], row["song"]] += 1
    assert max(map(len, ids.values())) > 1
    assert max(map(len, keys.values())) > 1
    assert max(twice.values()) > 1
    assert any(row["song_name"] is None for row in history)
    assert any(row["album_id"] is None for row in history)
    years = select(connection, "SELECT * FROM chart_years")
    assert {row["measure"] for row in years} == {"streams", "points"}
    carried = [
        row
        for row in history
        if row["weeks_on_chart"] != row["counted_weeks_on_chart"]
        and row["figures_from"] == "counted"
    ]
    assert carried
