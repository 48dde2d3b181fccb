"""How good data is changed: rows of a stored table, a raw file and all that is made of it, the catalog.

Each gives a function that does it to a base, in the week that closed last. What is done is in
`mutations`.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from spotify_assets.tables.origins import note_origin

from spotify_assets.layout import ARCHIVE, RawName, raw_name_of, sums_key, table_key, week_folder
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.raw.archive import RawFiles, archived_files
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.good_data import CHARTS, GOOD_WEEKS, LATEST, Base
from spotify_assets_tests.stored_samples import store_tables

Rows = list[dict[str, Any]]
Change = Callable[[Base], None]

NORWAY_PLAYLIST, GLOBAL_CSV = "norway.playlist.json", "global.chart.csv"


@dataclass(frozen=True)
class Mutation:
    """What is done, in words, and the check that should catch it.

    A mutation of the catalog itself isn't published over, as the next run would mend it.
    """

    what: str
    check: str
    change: Change
    of_catalog: bool = False


def table(name: str, change: Callable[[pa.Table], pa.Table], *, place: str = TABLE_FILES) -> Change:
    """A table's file, rewritten by hand; `place` may be where the published copies lie."""

    def damage(base: Base) -> None:
        path = (
            base.storage.root / place / table_key(name, LATEST, "parquet").removeprefix(TABLE_FILES)
        )
        pq.write_table(change(pq.ParquetFile(path).read()), path)

    return damage


def derived(name: str, change: Callable[[pa.Table], pa.Table]) -> Change:
    """A table as if these rows had been derived, by mistake."""

    def damage(base: Base) -> None:
        table(name, change)(base)
        rows = pq.read_table(io.BytesIO(base.storage.read(table_key(name, LATEST, "parquet"))))
        note_origin(base.storage, name, LATEST, rows)

    return damage


def rows_of(name: str, change: Callable[[Rows], Rows], *, by_hand: bool = False) -> Change:
    """A table with other rows, derived by mistake or put there `by_hand`."""
    anything = pa.schema([field.with_nullable(True) for field in TABLES[name].file_schema])
    way = table if by_hand else derived
    return way(name, lambda rows: pa.Table.from_pylist(change(rows.to_pylist()), anything))


def swapped(name: str, column: str, one: int, other: int) -> Change:
    """A table in which somebody swapped two rows' values of a column."""

    def change(rows: Rows) -> Rows:
        rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
        return rows

    return rows_of(name, change, by_hand=True)


def changed(name: str, number: int, /, *, by_hand: bool = False, **values: Any) -> Change:
    """One row of a table with other values, derived by mistake or put there `by_hand`."""

    def change(rows: Rows) -> Rows:
        rows[number] |= values
        return rows

    return rows_of(name, change, by_hand=by_hand)


def all_changed(name: str, /, *, by_hand: bool = False, **values: Any) -> Change:
    """Every row of a table with these values, derived by mistake or put there `by_hand`."""
    return rows_of(name, lambda rows: [row | values for row in rows], by_hand=by_hand)


def alone_in(rows: Rows, chart: str) -> Rows:
    """The chart's rows whose songs are in no other chart."""
    counts = Counter(row["song_id"] for row in rows)
    return [row for row in rows if row["chart"] == chart and counts[row["song_id"]] == 1]


def deleted(*keys: str) -> Change:
    """Files deleted."""

    def change(base: Base) -> None:
        for key in keys:
            base.storage.delete(key)

    return change


def torn(key: str, *, last_byte: bool = False) -> Change:
    """A file cut off in the middle, or with another last byte."""

    def damage(base: Base) -> None:
        content = base.storage.read(key)
        end = b" " if last_byte else b""
        base.storage.write(key, content[: -1 if last_byte else len(content) // 2] + end)

    return damage


def by_sql(*statements: str) -> Change:
    """The catalog changed by hand."""

    def damage(base: Base) -> None:
        with duckdb.connect(str(base.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    return damage


def playlist(change: Callable[[dict[str, Any]], object]) -> Change:
    """Norway's playlist, received otherwise."""

    def damage(base: Base) -> None:
        document = json.loads(base.storage.read(_name(NORWAY_PLAYLIST).archive_key))
        change(document)
        receive(base, NORWAY_PLAYLIST, json.dumps(document, ensure_ascii=False).encode())

    return damage


def csv_lines(change: Callable[..., object], *, with_week_before: bool = False) -> Change:
    """Global's chart file, received with other lines; `change` may be given those of the week before."""

    def damage(base: Base) -> None:
        lines = _lines(base, _name(GLOBAL_CSV))
        before = [_lines(base, _name(GLOBAL_CSV, back=1))] if with_week_before else []
        change(lines, *before)
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        receive(base, GLOBAL_CSV, text.getvalue().encode())

    return damage


def copied_from_week_before(
    file: str, *, added_at: str | None = None, only_id: bool = False
) -> Change:
    """A raw file received as it was the week before, with another moment, or only its snapshot id."""

    def damage(base: Base) -> None:
        content = base.storage.read(_name(file, back=1).archive_key)
        if only_id:
            now = json.loads(base.storage.read(_name(file).archive_key))
            now["snapshot_id"] = json.loads(content)["snapshot_id"]
            content = json.dumps(now).encode()
        elif added_at:
            was = json.loads(content)
            for row in was["tracks"]["items"]:
                row["added_at"] = added_at
            content = json.dumps(was | {"snapshot_id": "another"}).encode()
        receive(base, file, content)

    return damage


def raw_gone(*files: str, noted: bool = True) -> Change:
    """Raw files gone from the archive; with `noted`, after tables were made and they were noted."""

    def damage(base: Base) -> None:
        for file in files:
            base.storage.delete(ARCHIVE + week_folder(LATEST) + file)
        if not noted:
            lines = base.storage.read(sums_key(LATEST)).decode().splitlines(keepends=True)
            kept = [line for line in lines if not any(file in line for file in files)]
            base.storage.write(sums_key(LATEST), "".join(kept).encode())
            derive_again(base)

    return damage


def receive(base: Base, file: str, content: bytes) -> None:
    """Take a raw file in, in the place of the one that is there, and make the tables of it."""
    base.archive({_name(file): content})
    derive_again(base)


def derive_again(base: Base) -> None:
    """Make the tables of the week from what the archive holds."""
    raw = RawFiles(base.storage, archived_files(base.storage, [LATEST]))
    store_tables(base.storage, dict(raw.read([LATEST])), CHARTS)


def _name(file: str, *, back: int = 0) -> RawName:
    name = raw_name_of(week_folder(LATEST - ONE_WEEK * back) + file)
    assert name is not None
    assert name.week in GOOD_WEEKS
    return name


def _lines(base: Base, name: RawName) -> list[list[str]]:
    text = base.storage.read(name.archive_key).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))
