"""Stored weeks for tests of checks: rows of made-up charts, and tables derived from raw files.

The rows themselves are made in `chart_frames`, raw files in `raw_samples`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc
from spotify_assets.checks.stored_weeks import comparable

from spotify_assets.charts import Charts
from spotify_assets.checks.verdicts import EarlierWeek, StoredWeek
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import altered_files
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import write_week
from spotify_assets_tests.chart_frames import Row, album, artist, credit, friday, reported, song

TOP = 200
NEW_A_WEEK = 10


def table_of(name: str, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """Return rows as the declared table; what they leave out is null."""
    complete = [dict.fromkeys(TABLES[name].schema.names) | dict(row) for row in rows]
    return pa.Table.from_pylist(complete, schema=TABLES[name].schema)


def csv_chart(week: int, rows: int = TOP, *, chart: str = "norway") -> list[Row]:
    """Return a chart file's rows: each week ten songs are new at the end, the others rise by ten."""
    found = []
    for rank in range(1, rows + 1):
        number = week * NEW_A_WEEK + rank
        previous = rank + NEW_A_WEEK if rank + NEW_A_WEEK <= TOP else None
        figures = reported(rank, previous, 1 if previous is None else 2)
        row = song(week, rank, f"Song {number}", chart=chart, streams=1_000_000 - rank * 1000)
        found.append(row | figures)
    return found


def playlist_chart(week: int, rows: int = 50, *, chart: str = "norway") -> list[Row]:
    """Return the same chart as a playlist: fewer rows, no streams."""
    nothing = dict.fromkeys(["streams", *reported(1, 1, 1)])
    refreshed = {"source": "playlist", "added_at": datetime.combine(friday(week + 1), time(9, 41))}
    return [row | nothing | refreshed for row in csv_chart(week, rows, chart=chart)]


def stored(
    week: int, songs: Sequence[Row], *, earlier: Sequence[EarlierWeek] = (), **tables: Sequence[Row]
) -> StoredWeek:
    """Return a week with these songs, and the other tables' rows for them unless those are given."""
    ids = sorted({row["song_id"] for row in songs if row["artist_names"]})
    albums = sorted({row["album_id"] for row in songs if row["album_id"]})
    rows: dict[str, Sequence[Row]] = {
        "songs": songs,
        "song_artists": [row for song_id in ids for row in credit(week, song_id, ["Someone"])],
        "artists": [artist(week, "Someone", ["pop"])] if ids else [],
        "albums": [album(week, album_id, friday(week)) for album_id in albums],
        **tables,
    }
    return StoredWeek(
        friday(week), {name: table_of(name, rows[name]) for name in TABLES}, {}, tuple(earlier)
    )


def before(week: int, songs: Sequence[Row]) -> EarlierWeek:
    """Return an earlier collected week with these songs."""
    found = comparable(friday(week), table_of("songs", songs))
    assert found is not None
    return found


def store_tables(
    storage: Storage,
    files: Mapping[RawName, bytes],
    charts: Charts,
    table_format: TableFormat = "parquet",
) -> list[date]:
    """Derive and store the tables of these raw files; return their weeks."""
    derived = derive_tables(sorted(files.items()), charts)
    altered = altered_files(storage, derived.made_from)
    for name, rows in derived.tables.items():
        for week in derived.weeks:
            of_week = rows.filter(pc.equal(rows.column("week"), pa.scalar(week, pa.date32())))
            write_week(storage, TABLES[name], table_format, week, of_week, altered.get(week, ()))
    return derived.weeks
