"""Run the rules over the rows of some weeks, in DuckDB: rows in, verdicts out.

Judging is about rows in memory, derived or read back alike. Which rows are judged and what follows of
a verdict is decided in `making`; reading stored weeks is in `every`. The relations that a rule may read:

- songs, albums, artists, song_artists: the weeks that are judged;
- raw_files: their raw files (columns: `derive.RAW_FILES`); received: the sums noted of them (week,
  chart, file, sha256: all of its digits or the first); snapshots: what the newest playlists of these
  weeks and the weeks before say (week, chart, snapshot_id, refreshed_at); missing: why charts were not
  fetched (week, chart, reason);
- stored_songs, stored_artists: what is stored, or about to be, of these weeks and of those around;
- stored_before (week, chart, rank, song_id): what of them was stored before these weeks were made;
- earlier (week, before, back): the eight collected weeks before each week, `back` places back; beside
  (week, other): those and the eight after it;
- with_rank_before: songs with the collected week `before` of their chart, that week's last rank `depth`,
  and the song's rank there, `before_rank`, by id, else by key;
- song_charts, album_charts, artist_charts (week, id, chart): the charts that something appears on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.checks.declared import AS_DECLARED, CHECKS
from spotify_assets.checks.verdicts import SHOWN_EXAMPLES, Check, Verdict
from spotify_assets.tables.derive import RAW_FILES
from spotify_assets.tables.schemas import CHART_TABLES, DATE, MOMENT, SONGS, TEXT, Table, type_name
from spotify_assets.tables.store import weeks_of

PLACES_COMPARED = 8  # collected weeks, to either side; relations.sql has the number, too
NULL_FINDING = "it fails where a value is null"  # which no sentence of the rule can name
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


def _empty(schema: pa.Schema) -> pa.Table:
    return schema.empty_table()


@dataclass(frozen=True)
class Around:
    """What weeks are compared with; see the module's docstring for the columns."""

    songs: pa.Table = field(default_factory=lambda: SONGS.schema.empty_table())
    artists: pa.Table = field(default_factory=lambda: CHART_TABLES["artists"].schema.empty_table())
    received: pa.Table = field(default_factory=lambda: _empty(RECEIVED))
    snapshots: pa.Table = field(default_factory=lambda: _empty(SNAPSHOTS))
    missing: pa.Table = field(default_factory=lambda: _empty(MISSING))
    stored_before: pa.Table = field(default_factory=lambda: _empty(STORED_BEFORE))


@dataclass
class Frames:
    """The rows of some weeks that are to be judged, as frames of one or more weeks, by table.

    `problems` are findings made while they were read, by week and table.
    """

    weeks: list[date]
    tables: dict[str, list[pa.Table]]
    raw_files: pa.Table = field(default_factory=lambda: _empty(RAW_FILES))
    problems: dict[tuple[date, str], list[str]] = field(default_factory=dict)


def judge(
    frames: Frames,
    around: Around,
    thresholds: Mapping[str, float],
    checks: Sequence[Check] = CHECKS,
) -> list[Verdict]:
    """Return the verdicts of every check on every week: one where it passes, one per chart where not."""
    found: Found = {}
    for (week, name), problems in frames.problems.items():
        _add(found, f"{name}.{AS_DECLARED}", week, None, problems)
    tables = {}
    for table in CHART_TABLES.values():
        conforming = []
        for frame in frames.tables.get(table.name, ()):
            problems = shape_findings(frame, table)
            for week in sorted(weeks_of(frame)) if problems else ():
                _add(found, f"{table.name}.{AS_DECLARED}", week, None, problems)
            shaped = _forced(frame, table) if problems else frame
            conforming.append(shaped.cast(_nullable(table).schema))
        tables[table.name] = pa.concat_tables([_nullable(table), *conforming])
    with duckdb.connect() as connection:
        connection.register("judged", pa.table({"week": pa.array(frames.weeks, DATE)}))
        for name, rows in tables.items():
            _register(connection, name, rows)
        connection.register("raw_files", frames.raw_files)
        _register(connection, "stored_songs", around.songs.select(COMPARED_SONGS))
        connection.register("stored_artists", around.artists.select(COMPARED_ARTISTS))
        for name in ("received", "snapshots", "missing", "stored_before"):
            connection.register(name, getattr(around, name))
        connection.execute(RELATIONS.read_text(encoding="utf-8"))
        for check in checks:
            for week, chart, finding, example in _findings(connection, check, thresholds):
                _add(found, check.title, week, chart, [finding], example)
    return [
        verdict for week in frames.weeks for check in checks for verdict in _of(check, week, found)
    ]


Found = dict[tuple[str, date], dict[str | None, tuple[list[str], list[dict[str, Any]]]]]
"""Sentences and examples by the check's title and the week, then by chart."""


def _add(
    found: Found,
    title: str,
    week: date,
    chart: str | None,
    findings: Iterable[str],
    example: dict[str, Any] | None = None,
) -> None:
    sentences, examples = found.setdefault((title, week), {}).setdefault(chart, ([], []))
    sentences.extend(findings)
    if example:
        examples.append(example)


def _of(check: Check, week: date, found: Found) -> Iterator[Verdict]:
    of_charts = found.get((check.title, week))
    if not of_charts:
        yield Verdict(check, week)
        return
    for chart in sorted(of_charts, key=lambda chart: chart or ""):
        sentences, examples = of_charts[chart]
        yield Verdict(check, week, chart, tuple(sentences), tuple(examples[:SHOWN_EXAMPLES]))


def _findings(
    connection: duckdb.DuckDBPyConnection, check: Check, thresholds: Mapping[str, float]
) -> list[tuple[date, str | None, str, dict[str, Any]]]:
    """Return what a rule found, in order: week, chart, sentence, example."""
    answer = connection.execute(
        check.sql, {name: thresholds[name] for name in check.settings} or None
    )
    columns = [column[0] for column in answer.description]
    found = []
    for values in answer.fetchall():
        row = dict(zip(columns, values, strict=True))
        week, chart = row.pop("week"), row.pop("chart", None)
        finding = row.pop("finding") or NULL_FINDING
        example = {name: value for name, value in row.items() if value is not None}
        found.append(
            (week, chart, finding, {"chart": chart, **example} if chart and example else example)
        )
    return sorted(found, key=lambda one: (one[0], one[1] or "", one[2]))


def _register(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Copy rows into a table: of how many there are the planner knows only then, and must for joins."""
    connection.register("arriving", rows)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM arriving")  # noqa: S608 - our names
    connection.unregister("arriving")


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
