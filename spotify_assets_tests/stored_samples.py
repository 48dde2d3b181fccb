"""Rows of made-up weeks, and what checks find in them: small frames, no files, no runs.

Single rows are made in `chart_frames`, raw files in `raw_samples`, whole bases in `good_data`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

import pyarrow as pa

from spotify_assets.checks.declared import CHECKS
from spotify_assets.checks.judge import MISSING, RECEIVED, SNAPSHOTS, STORED_BEFORE, Around, Frames
from spotify_assets.checks.judge import judge as judge_frames
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.settings import DEFAULT_THRESHOLDS
from spotify_assets.tables.derive import RAW_FILES
from spotify_assets.tables.schemas import CHART_TABLES
from spotify_assets_tests.chart_frames import Row, album, artist, credit, friday, reported, song

TOP = 200
NEW_A_WEEK = 10

Found = tuple[str | None, tuple[str, ...], tuple[Mapping[str, Any], ...]]
"""What a check found: the chart that it is about, the findings, the example rows."""


@dataclass(frozen=True)
class Given:
    """What the checks of a week read: its rows, its raw files, and what is stored around it."""

    week: int
    tables: Mapping[str, pa.Table]
    around: Around
    raw_files: pa.Table = field(default_factory=RAW_FILES.empty_table)

    def judge(self, *titles: str, **settings: float) -> list[Verdict]:
        """Return the verdicts of these checks, with other settings where they are given."""
        checks = [check for check in CHECKS if check.title in titles]
        assert len(checks) == len(titles)
        frames = Frames(
            [friday(self.week)],
            {name: [rows] for name, rows in self.tables.items()},
            self.raw_files,
        )
        return judge_frames(frames, self.around, {**DEFAULT_THRESHOLDS, **settings}, checks)

    def found(self, title: str, **settings: float) -> list[Found]:
        """Return what a check finds; nothing where it passes."""
        verdicts = self.judge(title, **settings)
        return [(v.chart, v.findings, v.examples) for v in verdicts if not v.passed]

    def failing(self, *titles: str, **settings: float) -> list[str]:
        """Return which of these checks fail, and the charts: `songs.row_count norway`."""
        verdicts = self.judge(*titles, **settings)
        return [f"{v.check.title} {v.chart or 'the week'}" for v in verdicts if not v.passed]


def given(
    week: int,
    songs: Sequence[Row] = (),
    *,
    stored: Iterable[Row] = (),
    artists_stored: Iterable[Row] = (),
    raw_files: Iterable[Row] = (),
    received: Iterable[Row] = (),
    snapshots: Iterable[Row] = (),
    missing: Iterable[Row] = (),
    stored_before: Iterable[Row] = (),
    **tables: Sequence[Row] | pa.Table,
) -> Given:
    """Return a week with these songs, and what goes with them in the other tables unless it is given.

    `stored` are songs of other weeks, before and after.
    """
    ids = sorted({row["song_id"] for row in songs if row["artist_names"]})
    albums = sorted({row["album_id"] for row in songs if row["album_id"]})
    rows: dict[str, Sequence[Row] | pa.Table] = {
        "songs": songs,
        "song_artists": [row for song_id in ids for row in credit(week, song_id, ["Someone"])],
        "artists": [artist(week, "Someone", ["pop"])] if ids else [],
        "albums": [album(week, album_id, friday(week)) for album_id in albums],
        **tables,
    }
    made = {
        name: table if isinstance(table, pa.Table) else table_of(name, table)
        for name, table in rows.items()
    }
    around = Around(
        songs=table_of("songs", [*songs, *stored]),
        artists=table_of("artists", artists_stored),
        received=_rows(RECEIVED, received),
        snapshots=_rows(SNAPSHOTS, snapshots),
        missing=_rows(MISSING, missing),
        stored_before=_rows(STORED_BEFORE, stored_before),
    )
    return Given(week, made, around, _rows(RAW_FILES, raw_files))


def table_of(name: str, rows: Iterable[Row]) -> pa.Table:
    """Return rows as the declared table; what they leave out is null."""
    return _rows(CHART_TABLES[name].schema, rows)


def _rows(schema: pa.Schema, rows: Iterable[Row]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict.fromkeys(schema.names) | row for row in rows],
        schema=pa.schema([field.with_nullable(True) for field in schema]),
    )


def csv_chart(week: int, rows: int = TOP, *, chart: str = "norway") -> list[Row]:
    """Return a chart file's rows: each week ten songs are new at the end, all others ten ranks up."""
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


def past(last: int, *, rows: int = TOP, chart: str = "norway") -> list[Row]:
    """Return a chart's rows of the weeks 0 to this one."""
    return [row for week in range(last + 1) for row in csv_chart(week, rows, chart=chart)]


def again(week: int, songs: Iterable[Row]) -> list[Row]:
    """Return the same songs under another week."""
    dates = {name: song(week, 1, "A")[name] for name in ("week", "week_end")}
    return [row | dates for row in songs]


def raw_file(week: int, chart: str, kind: str = "playlist", **facts: Any) -> Row:
    """Return what a raw file says about itself: a whole playlist, or a chart file."""
    suffix = {"playlist": "playlist.json", "chart_csv": "chart.csv"}[kind]
    row = {"week": friday(week), "chart": chart, "kind": kind, "rows": 50, "dropped": 0}
    row |= {"file": f"week={friday(week)}/{chart}.{suffix}", "sha256": chart[0] * 64}
    if kind == "playlist":
        refreshed = datetime.combine(friday(week + 1), time(9, 41))
        row |= {"stated_total": 50, "refreshed_at": refreshed, "snapshot_id": f"snapshot {week}"}
    return row | facts
