"""What the catalog on AWS shows, as checks ask it: Glue for weeks and columns, Athena for counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from spotify_assets.catalog.athena import ask
from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.catalog.duckdb_contents import differences
from spotify_assets.catalog.glue_catalog import described_tables, glue_errors
from spotify_assets.catalog.glue_partitions import partitions
from spotify_assets.catalog.glue_tables import glue_type
from spotify_assets.tables.schemas import TABLES


@dataclass(frozen=True)
class GlueContents:
    """See `CatalogContents`; of a Glue database and the work group that asks it."""

    catalog: AwsCatalog

    def weeks(self) -> dict[str, set[date]]:
        """See `CatalogContents`."""
        with glue_errors(self.catalog):
            shown = {
                name: [p["Values"][0] for p in partitions(self.catalog, name, brief=True)]
                for name in TABLES
            }
        return {name: {date.fromisoformat(week) for week in of} for name, of in shown.items()}

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """See `CatalogContents`. One query for all tables."""
        asked = f"WHERE week BETWEEN DATE '{min(weeks)}' AND DATE '{max(weeks)}' GROUP BY week"
        sql = " UNION ALL ".join(
            f"SELECT '{name}' AS table_name, week, count(*) AS row_count FROM {name} {asked}"  # noqa: S608
            for name in TABLES
        )
        counts: dict[str, dict[date, int]] = {name: {} for name in TABLES}
        for name, week, count in ask(self.catalog, sql).rows:
            counts[name][week] = count
        return counts

    def differing_columns(self) -> list[str]:
        """See `CatalogContents`."""
        with glue_errors(self.catalog):
            described = described_tables(self.catalog)
        return [said for name in TABLES for said in _of_table(name, described.get(name, {}))]


def _of_table(name: str, described: Mapping[str, Any]) -> list[str]:
    columns = [
        *described.get("StorageDescriptor", {}).get("Columns", []),
        *described.get("PartitionKeys", []),
    ]
    found = {column["Name"]: column["Type"] for column in columns}
    return differences(name, found, {c.name: glue_type(c) for c in TABLES[name].columns})
