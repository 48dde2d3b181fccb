"""The catalog on AWS for tests: moto's Glue and S3, an Athena that executes, stored weeks to publish.

What stands for Athena is in `fakes.athena`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from spotify_assets.catalog.glue import GlueCatalog
from spotify_assets.settings import PREFIX
from spotify_assets.storage import Storage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.tables.schemas import SONGS, TABLES, Table
from spotify_assets.tables.store import write_week
from spotify_assets.weeks import ONE_WEEK, week_end
from spotify_assets_tests.fakes.athena import FakeAthena, athena_server
from spotify_assets_tests.fakes.athena_engine import AthenaEngine

WEEKS = tuple(date(2024, 3, 1) + ONE_WEEK * number for number in range(6))


@dataclass
class World:
    """A base on S3, the Athena, a catalog of a database of its own, and all calls by operation."""

    storage: S3Storage
    athena: FakeAthena
    catalog: GlueCatalog
    calls: Counter[str] = field(default_factory=Counter)
    batches: list[tuple[str, int]] = field(default_factory=list)

    def count(self, params: dict[str, Any], model: Any, **_: object) -> None:
        """Count a call of the catalog, and note how much is in a batch."""
        self.calls[model.name] += 1
        if model.name.startswith("Batch"):
            (entries,) = (value for value in params.values() if isinstance(value, list))
            self.batches.append((model.name, len(entries)))

    @property
    def environment(self) -> dict[str, str]:
        return {
            f"{PREFIX}BASE": self.storage.location("").rstrip("/"),
            f"{PREFIX}CATALOG": "glue",
            f"{PREFIX}GLUE_DATABASE": self.catalog.database,
        }

    @contextmanager
    def with_catalog(self, **changes: Any) -> Iterator[GlueCatalog]:
        """The catalog with other settings, and with clients of its own, which are closed."""
        with closing_clients(replace(self.catalog, **changes)) as catalog:
            yield catalog

    def table(self, name: str) -> dict[str, Any]:
        found = self.catalog.glue.get_table(DatabaseName=self.catalog.database, Name=name)
        return dict(found["Table"])

    def weeks(self, table: str = SONGS.name) -> list[str]:
        pages = self.catalog.glue.get_paginator("get_partitions").paginate(
            DatabaseName=self.catalog.database, TableName=table
        )
        return [p["Values"][0] for page in pages for p in page["Partitions"]]

    def change(self, name: str, **changes: Any) -> None:
        """Change a table in Glue, as somebody might by hand."""
        kept = ("Name", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
        kept += ("ViewOriginalText", "ViewExpandedText")
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
        new = GlueCatalog(storage, f"charts_{uuid4().hex}", "primary", sleep=lambda _: None)
        with closing_clients(new) as catalog:
            world = World(storage, athena, catalog)
            catalog.glue.meta.events.register("before-parameter-build.glue", world.count)
            catalog.athena.client.meta.events.register("before-parameter-build.athena", world.count)
            try:
                yield world
            finally:
                athena.engine.close()


@contextmanager
def closing_clients(catalog: GlueCatalog) -> Iterator[GlueCatalog]:
    """A catalog whose connections are closed at the end, if it has made any."""
    try:
        yield catalog
    finally:
        if "glue" in vars(catalog):
            catalog.glue.close()
        if "client" in vars(catalog.athena):
            catalog.athena.client.close()


def by_table(value: Any) -> dict[str, Any]:
    return dict.fromkeys(TABLES, value)


def store(storage: Storage, table: Table, week: date, rows: pa.Table) -> None:
    write_week(storage, table.name, week, rows)


def fill(storage: Storage, weeks: Sequence[date], rows: int = 2) -> None:
    """Put made-up rows into each week of each table; each song has an album and an artist."""
    for table in TABLES.values():
        columns = {c.name: _values(c.name, c.dtype, rows) for c in table.columns}
        for week in weeks:
            days = {"week": [week] * rows, "week_end": [week_end(week)] * rows}
            dated = {name: of for name, of in days.items() if name in columns}
            store(storage, table, week, pa.table(columns | dated, schema=table.schema))


def _values(name: str, dtype: pa.DataType, rows: int) -> list[Any]:
    fixed = {"source": "playlist", "artist_position": 1, "severity": "WARN", "passed": True}
    if name in fixed:
        return [fixed[name]] * rows
    if dtype == pa.string():
        return [f"{name} {n}" for n in range(rows)]
    return [n + 1 for n in range(rows)] if dtype == pa.int32() else [None] * rows
