"""Totals by the views over 104 real weeks, compared with pandas and with Spotify."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pandas as pd
import pytest

from spotify_assets.catalog.views import VIEWS
from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.layout import RawName
from spotify_assets.tables.derive import derive_tables
from spotify_assets_tests.chart_frames import identities_of
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def files() -> dict[date, bytes]:
    """The content of every file, by the Friday of its week."""
    paths = sorted((REAL_DATA / "charts_weekly" / "global").glob("*.csv"))
    return {date.fromisoformat(p.stem[-10:]) - timedelta(days=6): p.read_bytes() for p in paths}


@pytest.fixture(scope="module")
def engine(files: dict[date, bytes]) -> Any:
    raw_files = [(RawName(week, "global", "chart_csv"), file) for week, file in files.items()]
    tables = derive_tables(raw_files, read_charts(shipped_charts_file())).tables
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    connection.register("song_identities", identities_of(tables["songs"]))
    for view in VIEWS:
        connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")
    return connection


@pytest.fixture(scope="module")
def entries(files: dict[date, bytes], engine: Any) -> pd.DataFrame:
    """The rows of the files, each with the song that it is."""
    rows = pd.concat(
        pd.read_csv(
            REAL_DATA
            / "charts_weekly"
            / "global"
            / f"regional-global-weekly-{week + timedelta(days=6)}.csv"
        ).assign(week=week)
        for week in files
    )
    rows["week"] = pd.to_datetime(rows["week"])
    songs = engine.execute("SELECT week, rank, song FROM chart_history").df()
    songs["week"] = pd.to_datetime(songs["week"])
    return rows.merge(songs, on=["week", "rank"], validate="one_to_one")


def test_every_total_equals_pandas(entries: pd.DataFrame, engine: Any) -> None:
    once = entries.sort_values("rank").drop_duplicates(["song", "week"])
    weeks = sorted(entries["week"].unique())
    numbered = once.assign(number=once["week"].map(weeks.index)).sort_values(["song", "number"])
    is_start = numbered.groupby("song")["number"].diff() != 1
    lengths = numbered.assign(run=is_start.cumsum()).groupby(["song", "run"]).size()
    expected = pd.DataFrame(
        {
            "streams": entries.groupby("song")["streams"].sum(),
            "weeks": once.groupby("song").size(),
            "weeks_at_one": once["rank"].eq(1).groupby(once["song"]).sum(),
            "weeks_in_top_10": once["rank"].le(10).groupby(once["song"]).sum(),
            "debut_week": once.groupby("song")["week"].min(),
            "last_week": once.groupby("song")["week"].max(),
            "debut_rank": once.sort_values("week").groupby("song")["rank"].first(),
            "last_rank": once.sort_values("week").groupby("song")["rank"].last(),
            "longest_run": lengths.groupby("song").max(),
            "re_entries": lengths.groupby("song").size() - 1,
            "peak_rank": entries[["rank", "peak_rank"]].min(axis=1).groupby(entries["song"]).min(),
        }
    ).sort_index()
    got = engine.execute("SELECT * FROM song_totals").df().set_index("song").sort_index()
    assert len(got) == len(expected) > 1_500
    for name in ("debut_week", "last_week"):
        got[name] = pd.to_datetime(got[name])
    pd.testing.assert_frame_equal(
        got[list(expected.columns)], expected, check_dtype=False, check_names=False
    )


def test_weeks_counted_in_full_equal_spotifys_own(entries: pd.DataFrame, engine: Any) -> None:
    own = entries.groupby("song")["weeks_on_chart"].max()
    got = engine.execute("SELECT song, weeks, is_partial FROM song_totals").df().set_index("song")
    reported_first = entries.groupby("song")["weeks_on_chart"].min()
    first_week = entries.groupby("song")["week"].min()
    inside = (reported_first == 1) & (first_week > entries["week"].min())
    entered = got[inside.reindex(got.index)]
    share = float((entered["weeks"] == own[entered.index]).mean())
    print(f"\nweeks: {share:.2%} of {len(entered):,} songs as Spotify counts")  # noqa: T201
    assert share > 0.98


@pytest.mark.parametrize("year", [2017, 2018])
def test_a_year_by_plays_equals_pandas(entries: pd.DataFrame, engine: Any, year: int) -> None:
    of_year = entries[(entries["week"] + pd.Timedelta(days=6)).dt.year == year]
    expected = of_year.groupby("song")["streams"].sum().sort_values(ascending=False)
    got = engine.execute(
        "SELECT id, value FROM year_charts WHERE year = ? AND kind = 'song' ORDER BY place", [year]
    ).fetchall()
    assert len(got) == len(expected) > 500
    assert dict(got) == expected.to_dict()
    assert [value for _, value in got] == list(expected)
