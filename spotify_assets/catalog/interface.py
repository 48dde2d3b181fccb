"""What a catalog can do, whichever it is: the promises that `duckdb` and `glue` both keep."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from spotify_assets.catalog.views import VIEWS
from spotify_assets.errors import QueryError
from spotify_assets.tables.schemas import EVERY_TABLE, TABLES, Table

BLANKS_AND_COMMENTS = r"\s+|--[^\n]*(\n|$)|/\*.*?\*/"
OPTIONS = r"\(\s*(ANALYZE|VERBOSE|FORMAT|TYPE)\b[^)]*\)"  # a query can begin with ( as well
EXPLAIN = rf"EXPLAIN(\s+(ANALYZE|VERBOSE)\b|\s*{OPTIONS})*"
BEFORE = re.compile(rf"({BLANKS_AND_COMMENTS}|{EXPLAIN})*", re.DOTALL | re.IGNORECASE)
FIRST_WORD = re.compile(r"\A(?:\(|\w+)")


@dataclass(frozen=True)
class Answer:
    """The names of a query's columns, and its rows."""

    names: list[str]
    rows: list[tuple[Any, ...]]


class Catalog(Protocol):
    """The tables as SQL sees them. Whatever keeps a catalog from answering is a UserError."""

    @property
    def location(self) -> str:
        """Where it is: the path of a file, or the name of a database."""

    def publish(self, stored: Mapping[str, Collection[date]]) -> dict[str, Any]:
        """Show these weeks of each table and no others, and every view; return what changed.

        What changed is in words, like `{"weeks added": {"songs": "2026-11-13"}}`.
        """

    def weeks(self) -> dict[str, set[date]]:
        """Return the weeks that each table shows; none of any table where there is no catalog yet."""

    def differing_columns(self) -> list[str]:
        """Return a sentence for each column or view that isn't as declared."""

    def query(self, sql: str) -> Answer:
        """Return the answer to a statement.

        Raises:
            QueryError: it can't be answered, or does more than read.
        """

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """Return how many rows each table has, by week; weeks without rows are left out."""
        counts: dict[str, dict[date, int]] = {name: {} for name in TABLES}
        if weeks:
            between = f"week BETWEEN DATE '{min(weeks)}' AND DATE '{max(weeks)}'"
            sql = " UNION ALL ".join(
                f"SELECT '{name}' AS table_name, week, count(*) AS row_count FROM {name} "  # noqa: S608
                f"WHERE {between} GROUP BY week"
                for name in TABLES
            )
            for name, week, count in self.query(sql).rows:
                if week in weeks:
                    counts[name][week] = count
        return counts


def without_explain(sql: str) -> str:
    """Return the statement that is explained, or the statement itself, without comments before it."""
    return BEFORE.sub("", sql, count=1)


def require_reading(words: Collection[str], reading: Collection[str]) -> None:
    """Raise a QueryError unless each of these words begins a statement that reads."""
    if not words:
        raise QueryError("The query is empty.")
    for word in words:
        if word not in reading:
            raise QueryError(
                f"{word} is refused: queries only read. Tables are made from the raw files by "
                "`spotify-assets update`; --csv and --json print an answer that you can keep."
            )


def types_of(table: Table, sql_types: Mapping[str, str]) -> dict[str, str]:
    """Return the type of each column in the words of an engine."""
    return {column.name: sql_types[str(column.dtype)] for column in table.columns}


def column_differences(
    table: str, found: Mapping[str, str], declared: Mapping[str, str]
) -> list[str]:
    """Return a sentence for each column that is missing, not declared, or of another type."""
    return [
        *(f"{table} has no column {name}" for name in declared if name not in found),
        *(f"{table}.{name} isn't declared" for name in found if name not in declared),
        *(
            f"{table}.{name} is {found[name]} there and declared as {sql_type}"
            for name, sql_type in declared.items()
            if found.get(name, sql_type) != sql_type
        ),
    ]


def differences(found: Mapping[str, Mapping[str, str]], sql_types: Mapping[str, str]) -> list[str]:
    """Return what `Catalog.differing_columns` does, by the columns and types of what is there."""
    return [f"the view {view.name} is missing" for view in VIEWS if view.name not in found] + [
        sentence
        for name, table in EVERY_TABLE.items()
        for sentence in column_differences(name, found.get(name, {}), types_of(table, sql_types))
    ]
