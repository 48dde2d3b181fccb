"""Mutations of a week's songs: rows, ranks, values, columns, the file. All are in `mutations`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyarrow as pa

from spotify_assets.layout import table_key
from spotify_assets_tests.damages import (
    Mutation,
    Rows,
    all_changed,
    alone_in,
    changed,
    csv_lines,
    deleted,
    derived,
    rows_of,
    torn,
)
from spotify_assets_tests.good_data import LATEST

THURSDAY_AFTER = LATEST + timedelta(days=13)
SONGS = table_key("songs", LATEST, "parquet")


def _swapped(rows: Rows, column: str, one: int, other: int) -> Rows:
    rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
    return rows


def _without_row(rows: Rows, chart: str) -> Rows:
    rows.remove(alone_in(rows, chart)[0])
    return rows


def _cast(column: str, dtype: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        place = rows.column_names.index(column)
        return rows.set_column(place, column, rows.column(column).cast(dtype))

    return change


OF_SONGS = (
    Mutation(
        "a row dropped",
        "song_artists.references_resolve",
        rows_of("songs", lambda rows: _without_row(rows, "norway")),
    ),
    Mutation(
        "a chart's last row dropped",
        "song_artists.references_resolve",
        rows_of("songs", lambda rows: [r for r in rows if r is not alone_in(rows, "norway")[-1]]),
    ),
    Mutation(
        "a line of the chart file dropped",
        "songs.ranks_without_holes",
        csv_lines(lambda lines: lines.pop(7)),
    ),
    Mutation("a row doubled", "songs.unique_key", rows_of("songs", lambda rows: [*rows, rows[3]])),
    Mutation(
        "a song at a second rank",
        "songs.song_once_per_chart",
        rows_of("songs", lambda rows: [*rows, rows[-1] | {"rank": rows[-1]["rank"] + 1}]),
    ),
    Mutation("a rank nulled", "songs.schema", changed("songs", 3, rank=None)),
    Mutation("a song's id nulled", "songs.schema", changed("songs", 3, song_id=None)),
    Mutation(
        "a column's type shifted: ranks as text",
        "songs.schema",
        derived("songs", _cast("rank", pa.string())),
    ),
    Mutation(
        "a column's type shifted: streams as fractions",
        "songs.schema",
        derived("songs", _cast("streams", pa.float64())),
    ),
    Mutation(
        "a column dropped",
        "songs.schema",
        derived("songs", lambda rows: rows.drop_columns("label")),
    ),
    Mutation(
        "a column added",
        "songs.schema",
        derived("songs", lambda rows: rows.append_column("mood", pa.nulls(len(rows), pa.string()))),
    ),
    Mutation(
        "two ranks swapped, in a chart with streams",
        "songs.streams_fall_with_rank",
        rows_of("songs", lambda rows: _swapped(rows, "rank", 4, 9)),
    ),
    Mutation(
        "a song's streams raised",
        "songs.streams_fall_with_rank",
        changed("songs", 9, streams=10**9),
    ),
    Mutation("a rank of 0", "songs.values_possible", changed("songs", 0, rank=0)),
    Mutation("streams below 0", "songs.values_possible", changed("songs", 49, streams=-1)),
    Mutation("a popularity of 200", "songs.values_possible", changed("songs", 60, popularity=200)),
    Mutation("a length of 0", "songs.values_possible", changed("songs", 60, duration_ms=0)),
    Mutation("an unknown source", "songs.values_possible", changed("songs", 60, source="guess")),
    Mutation(
        "a peak rank of 0", "songs.values_possible", changed("songs", 3, reported_peak_rank=0)
    ),
    Mutation(
        "the week's end a week late",
        "songs.values_possible",
        all_changed("songs", week_end=THURSDAY_AFTER),
    ),
    Mutation(
        "a length of one second", "songs.values_plausible", changed("songs", 60, duration_ms=1000)
    ),
    Mutation(
        "a length of an hour",
        "songs.values_plausible",
        changed("songs", 60, duration_ms=3_600_000),
    ),
    Mutation(
        "the last song without streams", "songs.values_plausible", changed("songs", 49, streams=0)
    ),
    Mutation("all rows dropped", "songs.not_empty", rows_of("songs", lambda rows: [])),  # noqa: ARG005
    Mutation("a table's file gone", "songs.not_empty", deleted(SONGS)),
    Mutation("a table's file torn", "songs.schema", torn(SONGS)),
)
