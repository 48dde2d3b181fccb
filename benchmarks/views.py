"""Every view at scale: `python -m benchmarks.views [CHARTS] [WEEKS]`, else 70 charts over 520 weeks.

Charts of 200 songs are made up in DuckDB itself: three fifths of them the same in all charts, the rest
each chart's own; a song stays for 8 to 37 weeks, and some come under two ids. Each view is read whole,
on two threads with 4 GB; then the dashboard is built. What the figures mean is in the README beside
this.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import duckdb

from spotify_assets.catalog.interface import Answer
from spotify_assets.catalog.views import VIEWS
from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import query_views
from spotify_assets.tables.schemas import EVERY_TABLE
from spotify_assets.weeks import system_clock

CHARTS, WEEKS = 70, 520
WANTED = 10.0  # seconds for each view
MADE_UP = {
    "week": "week",
    "week_end": "week + 6",
    "chart": "printf('c%02d', chart)",
    "rank": "rank",
    "song_id": "printf('%d of %d', hash(song, chart) % 2, song)",
    "song_key": "printf('Song %d | Artist %d', song, song % 3000)",
    "song_name": "printf('Song %d', song)",
    "artist_names": "printf('Artist %d', song % 3000)",
    "album_id": "printf('Album %d', song // 3)",
    "duration_ms": "180000 + song % 50000",
    "explicit": "song % 3 = 0",
    "label": "printf('Label %d', song % 300)",
    "streams": "1000000 // rank + chart",
    "source": "'chart_csv'",
}
ENTRIES = """
SELECT
    (DATE '2016-12-23' + CAST(7 * week AS integer))::DATE AS week,
    chart,
    row_number() OVER (PARTITION BY week, chart ORDER BY hash(slot, week, chart)) AS rank,
    IF(slot % 10 < 6, 0, chart * 1000000) + slot + 200 * ((week + slot) // (8 + slot % 30)) AS song
FROM range({weeks}) AS w (week), range({charts}) AS c (chart), range(200) AS s (slot)
"""
OTHERS = {
    "song_artists": "SELECT DISTINCT week, song_id, 1 AS artist_position, artist_names AS artist_id, "
    "artist_names AS artist_name FROM songs",
    "artists": "SELECT DISTINCT week, artist_id, artist_name AS name, ['pop'] AS genres, "
    "'spotify' AS genres_source FROM song_artists",
    "albums": "SELECT DISTINCT week, album_id, album_id AS name, 'album' AS album_type, "
    "week - 30 AS release_date, 'day' AS release_date_precision, 'spotify' AS album_source FROM songs",
    "song_identities": "SELECT DISTINCT song_id, song_key, song_key AS song FROM songs",
}


def main() -> None:
    """Measure and report."""
    charts, weeks = (int(n) for n in (*sys.argv[1:], *(CHARTS, WEEKS)[len(sys.argv) - 1 :]))
    with (
        tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder,
        duckdb.connect(str(Path(folder) / "charts.duckdb")) as connection,
    ):
        connection.execute("SET threads = 2; SET memory_limit = '4GB'")
        connection.execute("SET preserve_insertion_order = false")
        fill(connection, charts, weeks)
        sys.stdout.write(f"{charts} charts x {weeks} weeks x 200 songs:\n")
        for view in VIEWS:
            connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")
        for view in VIEWS:
            start, busy = perf_counter(), _busy()
            whole = f"SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM {view.name}"
            ((rows, *_),) = connection.execute(whole).fetchall()
            took, worked = perf_counter() - start, _busy() - busy
            flag = "" if took < WANTED else f" (wanted: under {WANTED:.0f})"
            figures = f"{took:6.1f} s, {worked:6.1f} s of a processor{flag}"
            sys.stdout.write(f"  {view.name:<16}{rows:>10,} rows {figures}\n")
        start = perf_counter()
        page = build(connection)
        took = perf_counter() - start
        sys.stdout.write(
            f"  dashboard of {page / 1e6:.1f} MB built in {took:.1f} s (wanted: under 60)\n"
        )
        peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(f"  {peak:,.0f} MB of memory at most (wanted: under 4,096)\n")


def fill(connection: duckdb.DuckDBPyConnection, charts: int, weeks: int) -> None:
    """Make every table, with the declared columns and types."""
    for name, table in EVERY_TABLE.items():
        empty = table.schema.empty_table()
        connection.register("empty", empty)
        connection.execute(f"CREATE TABLE {name} AS FROM empty")
        connection.unregister("empty")
    described = connection.execute("DESCRIBE songs").fetchall()
    columns = [f"CAST({MADE_UP.get(n, 'NULL')} AS {kind}) AS {n}" for n, kind, *_ in described]
    entries = ENTRIES.format(charts=charts, weeks=weeks)
    connection.execute(f"INSERT INTO songs SELECT {', '.join(columns)} FROM ({entries})")
    for name, made in OTHERS.items():
        connection.execute(f"INSERT INTO {name} BY NAME {made}")


def build(connection: duckdb.DuckDBPyConnection) -> int:
    """Build the dashboard, and return how many bytes it has."""
    known = read_charts(shipped_charts_file())
    weeks = {row[0] for row in connection.execute("SELECT DISTINCT week FROM songs").fetchall()}
    answers = query_views(
        lambda sql: Answer([], connection.execute(sql).fetchall()), known, {"songs": weeks}
    )
    return len(dashboard_page(answers, known, system_clock()))


def _busy() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
