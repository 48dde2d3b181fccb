"""The catalog on AWS for tests: moto's Glue and S3, an Athena that executes, stored weeks to publish.

What stands for Athena is in `fakes.athena`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.settings import PREFIX
from spotify_assets.storage import Storage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.tables.schemas import SONGS, TABLES
from spotify_assets.tables.store import write_week
from spotify_assets.weeks import week_end
from spotify_assets_tests.fakes.athena import FakeAthena, athena_server
from spotify_assets_tests.fakes.athena_engine import AthenaEngine


@dataclass
class World:
    """A base on S3, the Athena, a catalog of a database of its own, and all calls by operation."""

    storage: S3Storage
    athena: FakeAthena
    catalog: AwsCatalog
    calls: Counter[str]
    batches: list[tuple[str, int]]

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this catalog."""
        return {
            f"{PREFIX}BASE": self.storage.location("").rstrip("/"),
            f"{PREFIX}CATALOG": "glue",
            f"{PREFIX}GLUE_DATABASE": self.catalog.database,
        }

    def with_catalog(self, **changes: Any) -> AwsCatalog:
        """The catalog with other settings."""
        return replace(self.catalog, **changes)

    def table(self, name: str) -> dict[str, Any]:
        """What Glue says of a table."""
        found = self.catalog.glue.get_table(DatabaseName=self.catalog.database, Name=name)
        return dict(found["Table"])

    def weeks(self, table: str = SONGS.name) -> list[str]:
        """The weeks that Glue has of a table."""
        pages = self.catalog.glue.get_paginator("get_partitions").paginate(
            DatabaseName=self.catalog.database, TableName=table
        )
        return [p["Values"][0] for page in pages for p in page["Partitions"]]

    def change(self, name: str, **changes: Any) -> None:
        """Change a table in Glue, as somebody might by hand."""
        kept = ("Name", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
        entry = {k: v for k, v in self.table(name).items() if k in kept}
        self.catalog.glue.update_table(
            DatabaseName=self.catalog.database, TableInput={**entry, **changes}
        )


@contextmanager
def aws_world(storage: S3Storage) -> Iterator[World]:
    """A world over this storage, whose variables of AWS are set already."""
    athena = FakeAthena(AthenaEngine())
    with athena_server(athena) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_ATHENA", address)
        catalog = AwsCatalog(f"charts_{uuid4().hex}", "primary", sleep=lambda _: None)
        world = World(storage, athena, catalog, *count_calls(catalog))
        try:
            yield world
        finally:
            athena.engine.close()
            for client in (catalog.glue, catalog.athena):
                client.close()


def count_calls(catalog: AwsCatalog) -> tuple[Counter[str], list[tuple[str, int]]]:
    """The calls of a catalog from now on, by operation, and its batches with their sizes."""
    calls: Counter[str] = Counter()
    batches: list[tuple[str, int]] = []
    lists = {
        "BatchCreatePartition": "PartitionInputList",
        "BatchUpdatePartition": "Entries",
        "BatchDeletePartition": "PartitionsToDelete",
    }

    def count(params: dict[str, Any], model: Any, **_: object) -> None:
        calls[model.name] += 1
        if model.name in lists:
            batches.append((model.name, len(params[lists[model.name]])))

    catalog.glue.meta.events.register("before-parameter-build.glue", count)
    catalog.athena.meta.events.register("before-parameter-build.athena", count)
    return calls, batches


def fill(storage: Storage, weeks: Sequence[date], rows: int = 2) -> None:
    """Put fictional rows into each week of each table; each song has an album and an artist."""
    told = {"source": "playlist", "artist_position": 1}
    for table in TABLES.values():
        values: dict[str, list[Any]] = {c.name: [None] * rows for c in table.columns}
        for column in table.columns:
            if column.name in told:
                values[column.name] = [told[column.name]] * rows
            elif column.name == "album_id" or (not column.nullable and column.dtype == pa.string()):
                values[column.name] = [f"{column.name} {n}" for n in range(rows)]
            elif column.dtype == pa.int32():
                values[column.name] = [n + 1 for n in range(rows)]
        for week in weeks:
            days = {"week": [week] * rows, "week_end": [week_end(week)] * rows}
            dated = {name: of for name, of in days.items() if name in values}
            write_week(
                storage, table, "parquet", week, pa.table(values | dated, schema=table.schema)
            )
