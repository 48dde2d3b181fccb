"""How good data is changed: by what is received, by a mistake in deriving it, by hand, in the catalog.

Each function returns a change of the week that closed last. Which are done is in `mutations`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from spotify_assets.charts import Charts
from spotify_assets.checks.making import Base, Derive
from spotify_assets.layout import RawName, raw_name_of, sums_key, table_key, week_folder
from spotify_assets.open_data.facts import OpenFacts
from spotify_assets.raw.details import Details
from spotify_assets.tables.derive import Derived, derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import decode, encode
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST, archive

Rows = list[dict[str, Any]]
Change = Callable[[Base], Derive | None]
"""Changes a base; returns how rows are derived then, None for as they should be."""
Where = Mapping[str, Any]
"""The values by which a row is found."""

NORWAY_PLAYLIST, GLOBAL_CSV = "norway.playlist.json", "global.chart.csv"


@dataclass(frozen=True)
class Mutation:
    """What is done, in words, and what should catch it: a check, or `verify`.

    After a mutation `by_hand` the week isn't made again: it is changed as it is stored or archived.
    """

    what: str
    caught_by: str
    change: Change
    by_hand: bool = False


# A mistake in deriving.


def derived(name: str, change: Callable[[pa.Table], pa.Table]) -> Change:
    """Have a table derived otherwise, by mistake."""

    def derive(
        raw_files: Iterable[tuple[RawName, bytes]],
        charts: Charts,
        details: Details | None = None,
        open_facts: OpenFacts | None = None,
    ) -> Derived:
        made = derive_tables(raw_files, charts, details, open_facts)
        return replace(made, tables={**made.tables, name: change(made.tables[name])})

    return lambda _: derive


def rows_of(name: str, change: Callable[[Rows], Rows]) -> Change:
    """Have other rows derived, by mistake."""
    return derived(name, lambda rows: _changed_rows(name, rows, change))


def changed(name: str, where: Where, /, **values: Any) -> Change:
    """Have other values derived of the rows that are found, by mistake."""
    return rows_of(name, lambda rows: [_with(row, where, values) for row in rows])


def doubled(name: str, where: Where, /, **values: Any) -> Change:
    """Have the rows that are found derived twice, the second time with these values, by mistake."""
    return rows_of(name, lambda rows: rows + [r | values for r in rows if _is(r, where)])


def dropped(name: str, where: Where) -> Change:
    """Have the rows that are found left out, by mistake."""
    return rows_of(name, lambda rows: [row for row in rows if not _is(row, where)])


def _is(row: Where, where: Where) -> bool:
    return all(row[key] == value for key, value in where.items())


def _with(row: Where, where: Where, values: Where) -> dict[str, Any]:
    return {**row, **values} if _is(row, where) else {**row}


def _changed_rows(name: str, rows: pa.Table, change: Callable[[Rows], Rows]) -> pa.Table:
    anything = pa.schema([field.with_nullable(True) for field in TABLES[name].schema])
    return pa.Table.from_pylist(change(rows.to_pylist()), schema=anything)


# By hand: a stored table, any file.


def by_hand(name: str, change: Callable[[Rows], Rows]) -> Change:
    """Change the rows of a stored table, which stays a good Parquet file."""

    def damage(base: Base) -> None:
        key = table_key(name, LATEST)
        rows = decode(base.storage.read(key), LATEST)
        base.storage.write(key, encode(_changed_rows(name, rows, change), TABLES[name]))

    return damage


def changed_by_hand(name: str, where: Where, /, **values: Any) -> Change:
    """Change values of stored rows."""
    return by_hand(name, lambda rows: [_with(row, where, values) for row in rows])


def swapped_by_hand(name: str, column: str, one: int, other: int) -> Change:
    """Swap two stored rows' values of a column."""

    def change(rows: Rows) -> Rows:
        rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
        return rows

    return by_hand(name, change)


def deleted(*keys: str) -> Change:
    """Delete files."""

    def change(base: Base) -> None:
        for key in keys:
            base.storage.delete(key)

    return change


def torn(key: str, *, last_byte: bool = False) -> Change:
    """Cut a file off in the middle, or give it another last byte."""

    def damage(base: Base) -> None:
        content = base.storage.read(key)
        end = b" " if last_byte else b""
        base.storage.write(key, content[: -1 if last_byte else len(content) // 2] + end)

    return damage


def written(key: str, content: bytes = b"") -> Change:
    """Write a file."""
    return lambda base: base.storage.write(key, content)


def forgotten(*files: str) -> Change:
    """Delete raw files and their lines in SHA256SUMS, as if they had never come."""

    def change(base: Base) -> None:
        deleted(*(raw_name(file).archive_key for file in files))(base)
        lines = base.storage.read(sums_key(LATEST)).decode().splitlines(keepends=True)
        kept = [line for line in lines if not line.strip().endswith(files)]
        base.storage.write(sums_key(LATEST), "".join(kept).encode())

    return change


def raw_by_hand(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change Norway's playlist in the archive."""

    def damage(base: Base) -> None:
        document = json.loads(base.storage.read(raw_name(NORWAY_PLAYLIST).archive_key))
        change(document)
        base.storage.write(raw_name(NORWAY_PLAYLIST).archive_key, _as_json(document))

    return damage


# What is received.


def playlist(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Change:
    """Receive another playlist of Norway; `change` has Global's beside it."""

    def damage(base: Base) -> None:
        document, of_global = (
            json.loads(base.storage.read(raw_name(f"{chart}.playlist.json").archive_key))
            for chart in ("norway", "global")
        )
        change(document, of_global)
        _receive(base, NORWAY_PLAYLIST, _as_json(document))

    return damage


def csv_lines(change: Callable[[list[list[str]], list[list[str]]], object]) -> Change:
    """Receive another chart file of Global; `change` has the lines of the week before beside it."""

    def damage(base: Base) -> None:
        lines, before = (_lines(base, raw_name(GLOBAL_CSV, back=back)) for back in (0, 1))
        change(lines, before)
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        _receive(base, GLOBAL_CSV, text.getvalue().encode())

    return damage


def copied_from_week_before(file: str) -> Change:
    """Receive a raw file as it was the week before."""
    return lambda base: _receive(base, file, base.storage.read(raw_name(file, back=1).archive_key))


def playlist_of_week_before(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> Change:
    """Receive Norway's playlist of the week before, changed; `change` has this week's beside it."""

    def damage(base: Base) -> None:
        was, now = (
            json.loads(base.storage.read(raw_name(NORWAY_PLAYLIST, back=back).archive_key))
            for back in (1, 0)
        )
        _receive(base, NORWAY_PLAYLIST, _as_json(change(was, now)))

    return damage


def raw_name(file: str, *, back: int = 0) -> RawName:
    """Return the name of a raw file of the latest week, or of one before."""
    name = raw_name_of(week_folder(LATEST - ONE_WEEK * back) + file)
    assert name is not None
    assert name.week in GOOD_WEEKS
    return name


def _receive(base: Base, file: str, content: bytes) -> None:
    archive(base.storage, {raw_name(file): content})


def _lines(base: Base, name: RawName) -> list[list[str]]:
    text = base.storage.read(name.archive_key).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def _as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
