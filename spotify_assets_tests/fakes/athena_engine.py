"""What stands for Athena's engine: DuckDB over the tables, weeks and views that Glue declares.

Nothing is known but from Glue: a week it lacks has no rows, a wrong path has none either, and a file
that isn't as a column declares fails as it does in Athena. Speaking HTTP is in `athena`.
"""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
CREATE_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\s+(.*)", re.DOTALL)
READS = re.compile(r"(\s|--[^\n]*\n|/\*.*?\*/)*(SELECT|WITH|SHOW|\()", re.IGNORECASE | re.DOTALL)
VIEW_TEXT = re.compile(r"/\* Presto View: (\S+) \*/")
SCALARS = {
    "VARCHAR": ("varchar", "string"),
    "INTEGER": ("integer", "int"),
    "BIGINT": ("bigint", "bigint"),
    "DOUBLE": ("double", "double"),
    "BOOLEAN": ("boolean", "boolean"),
    "DATE": ("date", "date"),
    "TIMESTAMP": ("timestamp", "timestamp"),
    "TIMESTAMP_MS": ("timestamp", "timestamp"),
    "JSON": ("json", "string"),
    "VARCHAR[]": ("array(varchar)", "array<string>"),
}
ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("ms"),
    "array<string>": pa.list_(pa.string()),
}


class Failed(Exception):  # noqa: N818 - a query's end, not an error of ours
    def __init__(self, reason: str, state: str = "FAILED") -> None:
        super().__init__(reason)
        self.state = state


@dataclass
class Result:
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    has_header: bool = False


@dataclass
class AthenaEngine:
    """The engine, of a region. `scan_limit` is how many bytes a query may read."""

    region: str = "us-east-1"
    scan_limit: int = 10**9
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)  # read once

    @cached_property
    def glue(self) -> Any:
        """The Glue that it looks everything up in; made when first needed, as it takes a while."""
        return boto3.client("glue", region_name=self.region)

    @cached_property
    def s3(self) -> Any:
        return boto3.client("s3", region_name=self.region)

    def close(self) -> None:
        for name in {"glue", "s3"} & vars(self).keys():
            getattr(self, name).close()

    def execute(self, database: str, sql: str) -> Result:
        """Run a statement of a database; raises Failed where Athena would fail."""
        with duckdb.connect() as connection:
            query = _Query(self, database, connection)
            if create := CREATE_VIEW.fullmatch(sql):
                query.create_view(*create.groups())
                return Result()
            if not READS.match(sql):
                raise Failed(f"line 1:1: mismatched input '{sql.split()[0]}'")
            relation = query.bind(sql)
            types = [str(t) for t in relation.types]
            columns = [(n, trino(t)) for n, t in zip(relation.columns, types, strict=True)]
            # The element's type is nowhere in an answer.
            shown = [(n, "array" if t.startswith("array") else t) for n, t in columns]
            rows = [[as_text(value) for value in row] for row in relation.fetchall()]
            return Result(shown, rows, has_header=True)


@dataclass
class _Query:
    """One query: what it has loaded, and how many bytes it has read for that."""

    engine: AthenaEngine
    database: str
    connection: duckdb.DuckDBPyConnection
    read: int = 0
    listed: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def bind(self, sql: str) -> duckdb.DuckDBPyRelation:
        """The statement over what it names, each looked up in Glue when it turns out missing."""
        while True:
            try:
                return self.connection.sql(sql)
            except duckdb.CatalogException as error:
                missing = re.search(r"Table with name (\w+) does not exist", str(error))
                if missing is None:
                    raise Failed(where(str(error))) from None
                self.load(missing[1])
            except duckdb.Error:
                raise Failed(self._place_of_error(sql)) from None

    def load(self, name: str) -> None:
        glue = self.engine.glue
        try:
            table = glue.get_table(DatabaseName=self.database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            raise Failed(
                f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{self.database}.{name}' does not "
                "exist"
            ) from None
        if table["TableType"] == "VIRTUAL_VIEW":
            # Trino takes a description for the comment, and a view with another isn't there for it.
            comment = table.get("Description") or table["Parameters"].get("comment")
            if comment != "Presto View":
                raise Failed(f"TABLE_NOT_FOUND: '{name}' is a view whose comment is {comment!r}")
            self._load_view(table)
        else:
            assert table["TableType"] == "EXTERNAL_TABLE"
            self.connection.register(name, self._rows(table))

    def _place_of_error(self, sql: str) -> str:
        """What is wrong with a statement: a relation's own error doesn't say where."""
        try:
            self.connection.execute(sql)
        except duckdb.Error as error:
            return where(str(error))
        raise AssertionError(f"DuckDB executes what it refuses as a relation: {sql}")

    def create_view(self, name: str, sql: str) -> None:
        relation = self.bind(sql)
        hive = [SCALARS[str(t)][1] for t in relation.types]
        view = {
            "originalSql": sql,
            "catalog": "awsdatacatalog",
            "schema": self.database,
            "columns": _columns_of(relation),
        }
        text = base64.b64encode(json.dumps(view).encode()).decode()
        entry = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "PartitionKeys": [],
            "StorageDescriptor": {
                "Columns": [
                    {"Name": n, "Type": t} for n, t in zip(relation.columns, hive, strict=True)
                ],
                "Location": "",
                "SerdeInfo": {},
            },
            "ViewOriginalText": f"/* Presto View: {text} */",
            "ViewExpandedText": "/* Presto View */",
        }
        glue = self.engine.glue
        try:
            found = glue.get_table(DatabaseName=self.database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            glue.create_table(DatabaseName=self.database, TableInput=entry)
            return
        if found["TableType"] != "VIRTUAL_VIEW":
            raise Failed(f"line 1:1: '{name}' is a table, not a view")
        glue.update_table(DatabaseName=self.database, TableInput=entry)

    def _load_view(self, table: dict[str, Any]) -> None:
        text = VIEW_TEXT.fullmatch(table["ViewOriginalText"])
        assert text is not None
        view = json.loads(base64.b64decode(text[1]))
        relation = self.bind(view["originalSql"])
        if _columns_of(relation) != view["columns"]:
            raise Failed(f"INVALID_VIEW: View '{table['Name']}' is stale; it must be re-created")
        self.connection.execute(f"CREATE VIEW {table['Name']} AS {view['originalSql']}")

    def _rows(self, table: dict[str, Any]) -> pa.Table:
        storage = table["StorageDescriptor"]
        assert storage["InputFormat"] == f"{PARQUET}.MapredParquetInputFormat"
        assert storage["OutputFormat"] == f"{PARQUET}.MapredParquetOutputFormat"
        assert storage["SerdeInfo"]["SerializationLibrary"] == f"{PARQUET}.serde.ParquetHiveSerDe"
        assert table["Parameters"]["EXTERNAL"] == "TRUE"
        schema = pa.schema([(c["Name"], ARROW[c["Type"]]) for c in storage["Columns"]])
        if not table["PartitionKeys"]:
            files = self._files(storage["Location"])
            return pa.concat_tables(
                [schema.empty_table(), *(declared_rows(content, schema) for content in files)]
            )
        (key,) = table["PartitionKeys"]
        parts = [pa.schema([*schema, (key["Name"], ARROW[key["Type"]])]).empty_table()]
        pages = self.engine.glue.get_paginator("get_partitions").paginate(
            DatabaseName=self.database, TableName=table["Name"]
        )
        for partition in (p for page in pages for p in page["Partitions"]):
            require_same_types(table["Name"], storage, partition)
            (text,) = partition["Values"]
            for content in self._files(partition["StorageDescriptor"]["Location"]):
                rows = declared_rows(content, schema)
                value = pa.scalar(date.fromisoformat(text), ARROW[key["Type"]])
                parts.append(rows.append_column(key["Name"], pa.repeat(value, rows.num_rows)))
        return pa.concat_tables(parts)

    def _files(self, location: str) -> list[bytes]:
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        s3, held, found = self.engine.s3, self.engine.files, []
        for key, etag in self._list(bucket, prefix.rstrip("/").rpartition("/")[0]):
            if not key.startswith(prefix) or key.rsplit("/", 1)[-1][:1] in "_.":
                continue
            version = (bucket, key, etag)
            if version not in held:
                held[version] = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            self.read += len(held[version])
            if self.read > self.engine.scan_limit:
                raise Failed("Query cancelled! : Bytes scanned limit was exceeded", "CANCELLED")
            found.append(held[version])
        return found

    def _list(self, bucket: str, folder: str) -> list[tuple[str, str]]:
        """The keys and tags below a folder, asked for once: a table's weeks lie side by side."""
        if (bucket, folder) not in self.listed:
            pages = self.engine.s3.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=folder
            )
            self.listed[bucket, folder] = [
                (o["Key"], o["ETag"]) for page in pages for o in page.get("Contents", [])
            ]
        return self.listed[bucket, folder]


def _columns_of(relation: duckdb.DuckDBPyRelation) -> list[dict[str, str]]:
    named = zip(relation.columns, relation.types, strict=True)
    return [{"name": name, "type": trino(str(of))} for name, of in named]


def declared_rows(content: bytes, schema: pa.Schema) -> pa.Table:
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


def trino(duckdb_type: str) -> str:
    if duckdb_type.startswith("DECIMAL"):
        return duckdb_type.lower()
    if duckdb_type not in SCALARS:
        raise Failed(f"NOT_SUPPORTED: nothing of Athena's is a {duckdb_type}")
    return SCALARS[duckdb_type][0]


def where(message: str) -> str:
    """DuckDB's message as Athena words it, with line and column."""
    first = message.splitlines()[0].split(": ", 1)[-1]
    place = re.search(r"LINE (\d+): (.*)\n( *)\^", message)
    if place is None:
        return f"SYNTAX_ERROR: {first}"
    column = len(place[3]) - len(f"LINE {place[1]}: ") + 1
    return f"SYNTAX_ERROR: line {place[1]}:{column}: {first}"


def as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    if isinstance(value, list):
        return f"[{', '.join('null' if v is None else str(as_text(v)) for v in value)}]"
    return str(value)
