"""The tables: columns, types, keys, what each column means and where it comes from.

They are declared in `schemas.toml`, which Parquet files, checks, catalogs, Dagster's column schema and
the docs all read through here. How rows are derived is in `derive`, how they are stored in `store`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import pyarrow as pa

TEXT = pa.string()
DATE = pa.date32()
# Without a zone on purpose, meaning UTC: every engine reads it as the same wall-clock time.
MOMENT = pa.timestamp("ms")
TYPES = {
    "text": TEXT,
    "date": DATE,
    "moment": MOMENT,
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "list of text": pa.list_(TEXT),
}


@dataclass(frozen=True)
class Column:
    """A column as declared; see `schemas.toml` for what `origin` and `allowed` say."""

    name: str
    dtype: pa.DataType
    meaning: str
    nullable: bool = False
    origin: str = ""
    allowed: str = ""


@dataclass(frozen=True)
class Table:
    """A table: what it holds, its columns, the columns that are unique together, and its order."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """All columns, those of a weekly table `week` first, as frames carry them."""
        return pa.schema([pa.field(c.name, c.dtype, c.nullable) for c in self.columns])

    @cached_property
    def file_schema(self) -> pa.Schema:
        """The columns inside a file: all but `week`, which the path says."""
        return pa.schema([field for field in self.schema if field.name != "week"])


def _column(name: str, declared: Mapping[str, Any]) -> Column:
    said = {key: declared[key] for key in ("meaning", "origin", "allowed") if key in declared}
    return Column(name, TYPES[declared["type"]], nullable=declared.get("null", False), **said)


def _table(name: str, declared: Mapping[str, Any]) -> Table:
    columns = tuple(_column(*column) for column in declared["columns"].items())
    if name != "song_identities":
        columns = (WEEK, *columns)
    return Table(
        name, declared["meaning"], columns, tuple(declared["key"]), tuple(declared["order"])
    )


_declared = tomllib.loads(
    (files("spotify_assets.tables") / "schemas.toml").read_text(encoding="utf-8")
)
WEEK = _column("week", _declared.pop("week"))
EVERY_TABLE: dict[str, Table] = {name: _table(name, said) for name, said in _declared.items()}
"""Every table that is stored, and that a catalog shows."""
SONG_IDENTITIES = EVERY_TABLE["song_identities"]
TABLES: dict[str, Table] = {
    name: table for name, table in EVERY_TABLE.items() if table is not SONG_IDENTITIES
}
"""The weekly tables, with a file per week."""
SONGS, ARTISTS, CHECK_RESULTS = (TABLES[name] for name in ("songs", "artists", "check_results"))
CHART_TABLES: dict[str, Table] = {
    name: table for name, table in TABLES.items() if table is not CHECK_RESULTS
}
"""The tables that are derived from raw files."""


def type_name(dtype: pa.DataType) -> str:
    """Return a type in words, the same for equal types: Parquet names the items of lists differently."""
    return f"list of {dtype.value_type}" if pa.types.is_list(dtype) else str(dtype)
