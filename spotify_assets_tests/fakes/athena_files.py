"""Parquet files read as Athena reads them, by what Glue declares; for `athena_engine`."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets_tests.fakes.athena_texts import Failed

ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("ms"),
    "array<string>": pa.list_(pa.string()),
}


def declared_rows(content: bytes, schema: pa.Schema) -> pa.Table:
    """A file's rows by the declared names and types; what it lacks is null."""
    try:
        rows = pq.read_table(io.BytesIO(content))
    except pa.ArrowException as error:
        raise Failed(f"HIVE_CANNOT_OPEN_SPLIT: {error}") from None
    columns = []
    for declared in schema:
        if declared.name not in rows.column_names:
            columns.append(pa.nulls(rows.num_rows, declared.type))
            continue
        column = rows.column(declared.name)
        is_list = pa.types.is_list(column.type) and pa.types.is_list(declared.type)
        same = column.type.value_type == declared.type.value_type if is_list else False
        if column.type != declared.type and not same:
            raise Failed(
                f"HIVE_BAD_DATA: Malformed Parquet file. Field {declared.name}'s type {column.type} "
                f"in parquet file is incompatible with type {declared.type} defined in table schema"
            )
        columns.append(column.cast(declared.type))
    return pa.table(columns, schema=schema)


def require_same_types(name: str, table: dict[str, Any], partition: dict[str, Any]) -> None:
    declared = {c["Name"]: c["Type"] for c in table["Columns"]}
    for column in partition["StorageDescriptor"]["Columns"]:
        if declared.get(column["Name"], column["Type"]) != column["Type"]:
            raise Failed(
                f"HIVE_PARTITION_SCHEMA_MISMATCH: column '{column['Name']}' of table {name} is "
                f"{declared[column['Name']]}, and of partition {partition['Values']} {column['Type']}"
            )
