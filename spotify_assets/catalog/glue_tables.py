"""What Glue is to hold of our tables, and whether what it holds may be changed to that.

Pure functions of the declarations in `schemas`; asking Glue is in `glue_catalog`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from spotify_assets.errors import UserError
from spotify_assets.layout import PUBLISHED, week_folder
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import WEEK, Column, Table

GLUE_TYPES = {
    "string": "string",
    "date32[day]": "date",
    "int32": "int",
    "int64": "bigint",
    "bool": "boolean",
    "timestamp[ms]": "timestamp",
    "list<item: string>": "array<string>",
    "list<element: string>": "array<string>",
}
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
PARQUET_FORMAT = {
    "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
    "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
EXTERNAL = "EXTERNAL_TABLE"
Described = Mapping[str, Any]


def table_input(table: Table, storage: Storage) -> dict[str, Any]:
    """The table as Glue is to have it, with the meaning of each column as its comment."""
    return {
        "Name": table.name,
        "Description": table.meaning,
        "TableType": EXTERNAL,
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [_column(WEEK)],
        "StorageDescriptor": {
            "Columns": [_column(c) for c in table.columns if c.name != WEEK.name],
            "Location": storage.location(f"{PUBLISHED}{table.name}/"),
            **PARQUET_FORMAT,
        },
    }


def partition_input(table: Table, storage: Storage, week: date) -> dict[str, Any]:
    """A week of the table as Glue is to have it.

    Without comments, so that a better wording doesn't change every week.
    """
    columns = [{"Name": c.name, "Type": glue_type(c)} for c in table.columns if c.name != WEEK.name]
    location = storage.location(f"{PUBLISHED}{table.name}/{week_folder(week)}")
    return {
        "Values": [week.isoformat()],
        "StorageDescriptor": {"Columns": columns, "Location": location, **PARQUET_FORMAT},
    }


def glue_type(column: Column) -> str:
    """The column's type in Hive's words, which are Glue's."""
    return GLUE_TYPES[str(column.dtype)]


def holds(found: Any, wanted: Any) -> bool:
    """Whether what Glue has is what is wanted; what AWS and others add to it doesn't count."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and holds(found[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list) and len(found) == len(wanted) and all(map(holds, found, wanted))
        )
    return bool(found == wanted)


def require_additive(database: str, found: Described, wanted: Described) -> None:
    """Stop where a change is more than new columns, for files and views still hold the old ones.

    Raises:
        UserError: it is; names every difference and the way out.
    """
    name = f"{database}.{wanted['Name']}"
    if found.get("TableType") != EXTERNAL:
        raise UserError(
            f"Glue has {name} already, but not as an external table ({found.get('TableType')}): "
            "drop it in Athena, or set SPOTIFY_ASSETS_GLUE_DATABASE to a database of its own."
        )
    problems = [
        *_differences(found.get("PartitionKeys", []), wanted["PartitionKeys"], exactly=True),
        *_differences(
            found.get("StorageDescriptor", {}).get("Columns", []),
            wanted["StorageDescriptor"]["Columns"],
        ),
    ]
    if problems:
        raise UserError(
            f"The Glue table {name} is left as it is, for only new columns can be added: "
            f"{'; '.join(problems)}. Its older files hold the old types, and Athena would fail on "
            f"them. If the change is meant: make all weeks anew, then run DROP TABLE {name} in "
            "Athena, which deletes no files, and publish again."
        )


def _differences(
    found: Sequence[Described], wanted: Sequence[Described], *, exactly: bool = False
) -> list[str]:
    types = {column["Name"]: column["Type"] for column in wanted}
    before = {column["Name"]: column.get("Type") for column in found}
    said = []
    for name, old in before.items():
        if name not in types:
            said.append(f"{name} ({old}) isn't declared any more")
        elif types[name] != old:
            said.append(f"{name} is {old} there and declared as {types[name]}")
    if exactly:
        said += [f"{name} isn't a partition key there" for name in types if name not in before]
    return said


def _column(column: Column) -> dict[str, str]:
    return {"Name": column.name, "Type": glue_type(column), "Comment": column.meaning}
