"""Run the rules over the rows of some weeks, in DuckDB: rows in, verdicts out.

Judging is about rows in memory, derived or read back alike. Which rows are judged and what follows of
a verdict is decided in `making`; reading stored weeks is in `every`. The relations that a rule may read:

- songs, albums, artists, song_artists: the weeks that are judged;
- raw_files: their raw files (columns: `derive.RAW_FILES`); received: the sums noted of them (week,
  chart, file, sha256: all of its digits or the first); snapshots: what the newest playlists of these
  weeks and the weeks before say (week, chart, snapshot_id, refreshed_at); missing: why charts were not
  fetched (week, chart, reason);
- stored_songs: what is stored, or about to be, of these weeks and of those around; stored_artists: the
  same of these weeks and of the last before each;
- stored_before (week, chart, rank, song_id): what of them was stored before these weeks were made;
- earlier (week, before, back): the eight collected weeks before each week, `back` places back; beside
  (week, other): those and the eight after it;
- stored_charts (week, chart, source, n): how many rows of each chart are in stored_songs;
- with_rank_before: ranks of songs and those reported, the collected week `before` of their chart, that
  week's last rank `depth`, and the song's rank there, `before_rank`, by id, else by key;
- song_charts, album_charts, artist_charts (week, id, chart): the charts that something appears on;
- is_mojibake(name): a function, see `mojibake`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.checks.declared import AS_DECLARED, CHECKS
from spotify_assets.checks.mojibake import is_mojibake
from spotify_assets.checks.verdicts import SHOWN_EXAMPLES, Check, Verdict
from spotify_assets.tables.derive import RAW_FILES
from spotify_assets.tables.schemas import (
    ARTISTS,
    CHART_TABLES,
    DATE,
    MOMENT,
    SONGS,
    TEXT,
    Table,
    type_name,
)
from spotify_assets.tables.store import weeks_of

PLACES_COMPARED = 8  # collected weeks, to either side; relations.sql has the number, too
NULL_FINDING = "it fails where a value is null"  # which no sentence of the rule can name
MANY_ROWS = 1_000_000  # below that, several threads take more time than they save
RELATIONS = files("spotify_assets.checks") / "relations.sql"
COMPARED_SONGS = ("week", "chart", "rank", "song_id", "song_key", "streams", "source")
COMPARED_ARTISTS = ("week", "genres")
RECEIVED = pa.schema([("week", DATE), ("chart", TEXT), ("file", TEXT), ("sha256", TEXT)])
SNAPSHOTS = pa.schema(
    [("week", DATE), ("chart", TEXT), ("snapshot_id", TEXT), ("refreshed_at", MOMENT)]
)
MISSING = pa.schema([("week", DATE), ("chart", TEXT), ("reason", TEXT)])
STORED_BEFORE = pa.schema(
    [("week", DATE), ("chart", TEXT), ("rank", pa.int32()), ("song_id", TEXT)]
)

Finding = tuple[str | None, str, dict[str, Any]]
"""The chart that it is about, None for no single one; the sentence; an example."""


@dataclass(frozen=True)
class Around:
    """What weeks are compared with; see the module's docstring for the columns."""

    songs: pa.Table = field(default_factory=SONGS.schema.empty_table)
    artists: pa.Table = field(default_factory=ARTISTS.schema.empty_table)
    received: pa.Table = field(default_factory=RECEIVED.empty_table)
    snapshots: pa.Table = field(default_factory=SNAPSHOTS.empty_table)
    missing: pa.Table = field(default_factory=MISSING.empty_table)
    stored_before: pa.Table = field(default_factory=STORED_BEFORE.empty_table)


@dataclass(frozen=True)
class Frames:
    """The rows of some weeks that are to be judged, as frames of one or more weeks, by table.

    `problems` are findings made while they were read, by week and table.
    """

    weeks: list[date]
    tables: dict[str, list[pa.Table]]
    raw_files: pa.Table = field(default_factory=RAW_FILES.empty_table)
    problems: dict[tuple[date, str], list[str]] = field(default_factory=dict)


def judge(
    frames: Frames,
    around: Around,
    thresholds: Mapping[str, float],
    checks: Sequence[Check] = CHECKS,
) -> list[Verdict]:
    """Return the verdicts of every check on every week: one where it passes, one per chart where not."""
    found: dict[tuple[str, date], list[Finding]] = defaultdict(list)
    for (week, name), problems in frames.problems.items():
        found[f"{name}.{AS_DECLARED}", week] += [(None, said, {}) for said in problems]
    tables = {}
    for table in CHART_TABLES.values():
        conforming = [_nullable(table)]
        for frame in frames.tables.get(table.name, ()):
            problems = shape_findings(frame, table)
            for week in weeks_of(frame) if problems else ():
                found[f"{table.name}.{AS_DECLARED}", week] += [(None, p, {}) for p in problems]
            shaped = _forced(frame, table) if problems else frame
            conforming.append(shaped.cast(_nullable(table).schema))
        tables[table.name] = pa.concat_tables(conforming)
    with _database(around.songs.num_rows < MANY_ROWS).cursor() as connection:
        connection.register("judged", pa.table({"week": pa.array(frames.weeks, DATE)}))
        for name, rows in (*tables.items(), ("stored_songs", around.songs.select(COMPARED_SONGS))):
            # A copy: of how many there are the planner knows only then, and must for joins.
            connection.register("arriving", rows)
            connection.execute(f"CREATE TEMP TABLE {name} AS FROM arriving")
        connection.register("raw_files", frames.raw_files)
        connection.register("stored_artists", around.artists.select(COMPARED_ARTISTS))
        for name in ("received", "snapshots", "missing", "stored_before"):
            connection.register(name, getattr(around, name))
        connection.execute(RELATIONS.read_text(encoding="utf-8"))
        for check in checks:
            for week, finding in _findings(connection, check, thresholds):
                found[check.title, week].append(finding)
    return [
        verdict
        for week in frames.weeks
        for check in checks
        for verdict in _verdicts(check, week, found.get((check.title, week), []))
    ]


@cache
def _database(is_small: bool) -> duckdb.DuckDBPyConnection:
    """Return a database to take cursors of, which share nothing: opening one takes long."""
    database = duckdb.connect(config={"threads": 1} if is_small else {})
    database.create_function("is_mojibake", is_mojibake, ["VARCHAR"], "BOOLEAN")
    return database


def _findings(
    connection: duckdb.DuckDBPyConnection, check: Check, thresholds: Mapping[str, float]
) -> list[tuple[date, Finding]]:
    """Return what a rule found, in its order."""
    settings = {name: thresholds[name] for name in check.settings}
    answer = connection.execute(check.sql, settings or None)
    columns = [column[0] for column in answer.description]
    found = []
    for values in answer.fetchall():
        row = dict(zip(columns, values, strict=True))
        week, chart = row.pop("week"), row.pop("chart", None)
        said = row.pop("finding") or NULL_FINDING
        example = {name: value for name, value in row.items() if value is not None}
        if chart and example:
            example = {"chart": chart, **example}
        found.append((week, (chart, said, example)))
    return found


def _verdicts(check: Check, week: date, found: list[Finding]) -> Iterator[Verdict]:
    if not found:
        yield Verdict(check, week)
    found.sort(key=lambda one: (one[0] or "", _by_number(one[1])))
    for chart, of_chart in groupby(found, key=itemgetter(0)):
        _, findings, examples = zip(*of_chart, strict=True)
        yield Verdict(check, week, chart, findings, tuple(filter(None, examples))[:SHOWN_EXAMPLES])


def _by_number(text: str) -> list[tuple[str, int, str]]:
    """Return what sorts text as people do: "rank 2" before "rank 10"."""
    return [(words, len(n), n) for words, n in re.findall(r"(\D*)(\d*)", text)]


def _nullable(table: Table) -> pa.Table:
    """Return the table without rows, its columns nullable: what must not be null is for the check."""
    return pa.schema([field.with_nullable(True) for field in table.schema]).empty_table()


def shape_findings(rows: pa.Table, table: Table) -> list[str]:
    """Return a sentence for each column that is missing, unknown, there twice or of another type."""
    if rows.schema.names == table.schema.names and rows.schema.types == table.schema.types:
        return []
    findings = []
    for column in table.columns:
        count = rows.column_names.count(column.name)
        if count != 1:
            findings.append(f"column {column.name} is {'there twice' if count else 'missing'}")
        elif type_name(rows.column(column.name).type) != type_name(column.dtype):
            actual, declared = type_name(rows.column(column.name).type), type_name(column.dtype)
            findings.append(f"column {column.name} is {actual}, not {declared}")
    declared_names = {column.name for column in table.columns}
    return findings + [
        f"column {name} is not declared" for name in rows.column_names if name not in declared_names
    ]


def _forced(rows: pa.Table, table: Table) -> pa.Table:
    """Return rows in the declared shape as far as they can be, so that the other checks can run."""
    columns = []
    for column in table.columns:
        values = pa.nulls(rows.num_rows, column.dtype)
        if rows.column_names.count(column.name) == 1:
            with suppress(ValueError, pa.ArrowException):
                values = rows.column(column.name).cast(column.dtype)
        columns.append(values)
    return pa.table(columns, schema=_nullable(table).schema)
