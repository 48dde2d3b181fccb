"""What the DuckDB catalog shows, as checks ask it. Making it is in `duckdb_catalog`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from spotify_assets.catalog.duckdb_catalog import (
    PUBLISHED_WEEKS,
    SQL_TYPES,
    open_catalog,
    published_files_named,
)
from spotify_assets.errors import QueryError, UserError
from spotify_assets.sql import VIEWS
from spotify_assets.tables.schemas import TABLES


@dataclass(frozen=True)
class DuckDBContents:
    """See `CatalogContents`; of the catalog in this file."""

    database: Path

    def weeks(self) -> dict[str, set[date]]:
        """See `CatalogContents`. One list holds for all tables."""
        weeks = {week for (week,) in self._ask(f"SELECT week FROM {PUBLISHED_WEEKS}")}  # noqa: S608
        return dict.fromkeys(TABLES, weeks)

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """See `CatalogContents`. One query for all tables: opening the catalog is what takes time."""
        asked = f"WHERE week BETWEEN DATE '{min(weeks)}' AND DATE '{max(weeks)}' GROUP BY week"
        sql = " UNION ALL ".join(
            f"SELECT '{name}' AS table_name, week, count(*) AS row_count FROM {name} {asked}"  # noqa: S608
            for name in TABLES
        )
        counts: dict[str, dict[date, int]] = {name: {} for name in TABLES}
        for name, week, count in self._ask(sql):
            counts[name][week] = count
        return counts

    def differing_columns(self) -> list[str]:
        """See `CatalogContents`."""
        found: dict[str, dict[str, str]] = {name: {} for name in TABLES}
        listed = "SELECT table_name, column_name, data_type FROM information_schema.columns"
        for table, column, sql_type in self._ask(listed):
            if table in found:
                found[table][column] = sql_type
        shown = {name for (name,) in self._ask("SELECT view_name FROM duckdb_views()")}
        return [f"the view {view.name} is gone" for view in VIEWS if view.name not in shown] + [
            said
            for name, table in TABLES.items()
            for said in differences(
                name, found[name], {c.name: SQL_TYPES[str(c.dtype)] for c in table.columns}
            )
        ]

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_catalog(self.database) as connection:
            try:
                with published_files_named():
                    return connection.execute(sql).fetchall()
            except (duckdb.Error, QueryError) as error:
                raise UserError(f"The catalog {self.database} doesn't answer: {error}") from None


def differences(table: str, found: dict[str, str], declared: dict[str, str]) -> list[str]:
    """A sentence for each column that is missing, unknown or of another type."""
    said = [f"{table} has no column {name}" for name in declared if name not in found]
    said += [f"{table}.{name} isn't declared" for name in found if name not in declared]
    said += [
        f"{table}.{name} is {found[name]} there and declared as {sql_type}"
        for name, sql_type in declared.items()
        if name in found and found[name] != sql_type
    ]
    return said
