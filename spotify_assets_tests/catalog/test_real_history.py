"""Our history, counted from ranks alone, compared with Spotify's own over 104 real weeks."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from spotify_assets.catalog.views import VIEWS
from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.layout import RawName
from spotify_assets.tables.derive import derive_tables
from spotify_assets_tests.chart_frames import identities_of
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

REPORTED = ("reported_peak_rank", "reported_previous_rank", "reported_weeks_on_chart")

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def compared() -> pd.DataFrame:
    """Every row after the first week: what the views count, and what Spotify reported."""
    raw_files = []
    for path in sorted((REAL_DATA / "charts_weekly" / "global").glob("*.csv")):
        week = date.fromisoformat(path.stem[-10:]) - timedelta(days=6)
        raw_files.append((RawName(week, "global", "chart_csv"), path.read_bytes()))
    assert len(raw_files) == 104
    tables = derive_tables(raw_files, read_charts(shipped_charts_file())).tables
    songs = tables["songs"]
    from_ranks_alone = songs
    for name in REPORTED:
        place = songs.schema.get_field_index(name)
        nothing = pa.nulls(songs.num_rows, songs.schema.field(name).type)
        from_ranks_alone = from_ranks_alone.set_column(place, songs.schema.field(name), nothing)
    with duckdb.connect() as connection:
        for name, table in {**tables, "songs": from_ranks_alone, "reported": songs}.items():
            connection.register(name, table)
        connection.register("song_identities", identities_of(songs))
        for view in VIEWS:
            connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")
        return connection.execute(
            f"""
            SELECT h.song, h.previous_rank, h.peak_rank, h.weeks_on_chart, h.first_week,
                   h.tracked_since, {", ".join(f"r.{name}" for name in REPORTED)}
            FROM chart_history AS h
            JOIN reported AS r ON r.week = h.week AND r.chart = h.chart AND r.rank = h.rank
            WHERE h.week > h.tracked_since
            ORDER BY h.week, h.rank
            """
        ).df()


@pytest.fixture(scope="module")
def entered_inside(compared: pd.DataFrame) -> pd.DataFrame:
    """The rows of songs whose first week on the chart, by Spotify's word, lies in the data."""
    fewest_weeks = compared.groupby("song")["reported_weeks_on_chart"].transform("min")
    is_inside = (compared["first_week"] > compared["tracked_since"]) & (fewest_weeks == 1)
    return compared[is_inside]


def share_that_agrees(rows: pd.DataFrame, ours: str, spotifys: str) -> float:
    """The share of rows in which both say the same; nothing and nothing is the same."""
    nowhere = -1  # an ordinary number, for a missing one equals nothing
    same = rows[ours].fillna(nowhere).eq(rows[spotifys].fillna(nowhere))
    share = float(same.mean())
    print(f"\n{ours}: {share:.4%} of {len(rows):,} rows agree with {spotifys}")  # noqa: T201
    return share


def test_the_previous_rank_agrees_with_spotifys(compared: pd.DataFrame) -> None:
    assert len(compared) > 20_000
    assert share_that_agrees(compared, "previous_rank", "reported_previous_rank") >= 0.999


def test_the_weeks_on_chart_agree_with_spotifys(entered_inside: pd.DataFrame) -> None:
    assert len(entered_inside) > 16_000
    assert share_that_agrees(entered_inside, "weeks_on_chart", "reported_weeks_on_chart") >= 0.99


def test_the_peak_agrees_with_spotifys(entered_inside: pd.DataFrame) -> None:
    assert share_that_agrees(entered_inside, "peak_rank", "reported_peak_rank") >= 0.99
