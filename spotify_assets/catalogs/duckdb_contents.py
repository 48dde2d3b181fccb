"""What the DuckDB catalog shows, as checks ask it. Making it is in `duckdb_catalog`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from spotify_assets.catalogs.duckdb_catalog import PUBLISHED_WEEKS, SQL_TYPES, open_catalog
from spotify_assets.errors import UserError
from spotify_assets.schemas import TABLES


@dataclass(frozen=True)
class DuckDBContents:
    """See `CatalogContents`; of the catalog in this file."""

    database: Path

    def weeks(self) -> dict[str, set[date]]:
        """See `CatalogContents`. One list holds for all tables."""
        weeks = {week for (week,) in self._ask(f"SELECT week FROM {PUBLISHED_WEEKS}")}  # noqa: S608
        return dict.fromkeys(TABLES, weeks)

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """See `CatalogContents`."""
        asked = f"WHERE week BETWEEN DATE '{min(weeks)}' AND DATE '{max(weeks)}'"
        return {
            name: dict(self._ask(f"SELECT week, count(*) FROM {name} {asked} GROUP BY week"))  # noqa: S608
            for name in TABLES
        }

    def differing_columns(self, table: str) -> list[str]:
        """See `CatalogContents`."""
        described = self._ask(f"DESCRIBE {table}")
        found = {name: sql_type for name, sql_type, *_ in described}
        declared = {c.name: SQL_TYPES[str(c.dtype)] for c in TABLES[table].columns}
        return differences(table, found, declared)

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_catalog(self.database) as connection:
            try:
                return connection.execute(sql).fetchall()
            except duckdb.Error as error:
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
