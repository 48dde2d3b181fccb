"""Reading stored weeks for the checks, each file once, and asking the checks about them.

Which checks there are is in `declared`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import TypeAlias

import pyarrow as pa

from spotify_assets.checks.history_rules import COLUMNS_COMPARED, WEEKS_COMPARED
from spotify_assets.checks.schema_rules import SCHEMA
from spotify_assets.checks.verdicts import Check, EarlierWeek, StoredWeek, Verdict
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.layout import table_key, week_of_table_key
from spotify_assets.raw.archive import archived_files
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.origins import Origin, origin_of
from spotify_assets.tables.schemas import SONGS, TABLES, Table
from spotify_assets.tables.store import decode

Read: TypeAlias = pa.Table | str
"""A table's week, or why it can't be had."""


def judge_weeks(
    storage: Storage,
    table_format: TableFormat,
    thresholds: Thresholds,
    checks: Sequence[Check],
    weeks: Collection[date] | None,
) -> dict[str, dict[date, Verdict]]:
    """What the checks have to say of each week, by the check's title; of None, all stored weeks.

    A week of several that nothing was collected for has nothing to check and is left out.

    Raises:
        OSError: the storage can't be reached.
    """
    asked = weeks_with_songs(storage, table_format) if weeks is None else weeks
    collected = {name.week for name, _ in archived_files(storage, asked)}
    verdicts: dict[str, dict[date, Verdict]] = {check.title: {} for check in checks}
    for week in read_weeks(storage, table_format, asked, tables_needed(checks)):
        if week.tables or week.week in collected or len(asked) == 1:
            for check in checks:
                verdicts[check.title][week.week] = judge(check, week, thresholds)
    return verdicts


def judge(check: Check, week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """What a check has to say of a week; where it can't be asked, it fails and says why.

    The whole of why is said by the table's schema, and once.
    """
    needs = check.needs or {check.asset: ()}
    lacking = [name for name in needs if name not in week.tables]
    if lacking and check.name == SCHEMA:
        problems = [week.unreadable.get(name, f"{name} isn't stored") for name in lacking]
        return Verdict("a table that can be read", "none", tuple(problems))
    problems = [f"not asked: {name} can't be read, as {name}.{SCHEMA} says" for name in lacking]
    if not problems:
        problems = [
            f"not asked: {problem}"
            for name, columns in needs.items()
            for problem in _unusable(week.tables[name], TABLES[name], columns)
        ]
    if problems:
        expected, actual = "a table that can be checked", "not one"
        return Verdict(expected, actual, tuple(problems), was_asked=False)
    return check.rule(week, thresholds)


def tables_needed(checks: Collection[Check]) -> list[str]:
    """The tables that must be read for the checks, in the order they are declared."""
    needed = {name for check in checks for name in check.needs or {check.asset: ()}}
    return [name for name in TABLES if name in needed]


def weeks_with_songs(storage: Storage, table_format: TableFormat) -> list[date]:
    """The weeks of which songs are stored, in order."""
    weeks = {
        week
        for file in storage.files(f"{TABLE_FILES}{SONGS.name}/")
        if (week := week_of_table_key(file.key))
        and file.key == table_key(SONGS.name, week, table_format)
    }
    return sorted(weeks)


def read_weeks(
    storage: Storage, table_format: TableFormat, weeks: Collection[date], tables: Sequence[str]
) -> Iterator[StoredWeek]:
    """Each week as it is stored, in order, with the collected weeks before that it is compared with."""
    wanted = set(weeks)
    stored = weeks_with_songs(storage, table_format) if SONGS.name in tables else []
    places = {week: bisect_left(stored, week) for week in wanted}
    before = {
        earlier
        for place in places.values()
        for earlier in stored[max(place - WEEKS_COMPARED, 0) : place]
    }
    names = {week: tables if week in wanted else [SONGS.name] for week in sorted(before | wanted)}

    def read(file: tuple[date, str]) -> tuple[Read, Origin | None]:
        week, name = file
        if week not in wanted:
            return read_table(storage, table_format, week, name, COLUMNS_COMPARED), None
        rows = read_table(storage, table_format, week, name)
        return rows, origin_of(storage, name, week)

    contents = storage.together(read, [(week, name) for week in names for name in names[week]])
    latest: deque[EarlierWeek] = deque(maxlen=WEEKS_COMPARED)
    for week, of_week in names.items():
        both = {name: next(contents)[1] for name in of_week}
        found = {name: rows for name, (rows, _) in both.items()}
        if week in wanted:
            yield StoredWeek(
                week,
                tables={n: rows for n, rows in found.items() if isinstance(rows, pa.Table)},
                unreadable={n: why for n, why in found.items() if isinstance(why, str)},
                earlier=tuple(reversed(latest)),
                origins={name: origin for name, (_, origin) in both.items() if origin},
            )
        songs = found.get(SONGS.name)
        earlier = comparable(week, songs) if isinstance(songs, pa.Table) else None
        if earlier:
            latest.append(earlier)


def comparable(week: date, songs: pa.Table) -> EarlierWeek | None:
    """What later weeks are compared with; None where these songs lack what that takes."""
    if list(_unusable(songs, SONGS, COLUMNS_COMPARED)):
        return None
    return EarlierWeek(week, songs.select(COLUMNS_COMPARED))


def read_table(
    storage: Storage,
    table_format: TableFormat,
    week: date,
    name: str,
    columns: Sequence[str] | None = None,
) -> Read:
    """A table's week as it is stored, of these columns at least, or why it can't be had.

    Raises:
        OSError: the storage can't be reached.
    """
    key = table_key(name, week, table_format)
    try:
        content = storage.read(key)
    except FileNotFoundError:
        return f"{storage.location(key)} isn't there: materialize {name} for {week}"
    return decoded(content, name, table_format, week, columns)


def decoded(
    content: bytes,
    name: str,
    table_format: TableFormat,
    week: date,
    columns: Sequence[str] | None = None,
) -> Read:
    """A table's file as rows, or why it isn't one."""
    try:
        return decode(content, TABLES[name], table_format, week, columns)
    except (OSError, ValueError, LookupError, pa.ArrowException) as error:
        why = str(error).removeprefix("Could not open Parquet input source '<Buffer>': ")
        return f"the stored file can't be read, so materialize {name} for {week} again: {why}"


def _unusable(rows: pa.Table, table: Table, columns: Collection[str]) -> Iterator[str]:
    for column in table.columns:
        if column.name not in columns:
            continue
        found = rows.column_names.count(column.name)
        if found != 1:
            count = f"{found} columns" if found else "no column"
            yield f"{table.name} has {count} {column.name}"
            continue
        values = rows.column(column.name)
        if values.type != column.dtype:
            yield f"{table.name}.{column.name} is {values.type}, not {column.dtype}"
        elif values.null_count and not column.nullable:
            yield f"{table.name}.{column.name} is null in {values.null_count} rows"
