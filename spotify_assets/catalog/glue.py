"""The catalog on AWS: a Glue database of external tables, their weeks, and Athena's views of them.

Publishing changes only what differs from what is declared and stored. There is no crawler and no
partition projection: Athena sees exactly the weeks that were published, each a partition.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from botocore.exceptions import ClientError

from spotify_assets.catalog import interface
from spotify_assets.catalog.athena import Athena
from spotify_assets.catalog.interface import Answer, Catalog, column_differences, types_of
from spotify_assets.catalog.views import VIEWS, View
from spotify_assets.errors import UserError
from spotify_assets.layout import TABLE_FILES, week_folder
from spotify_assets.storage import Storage
from spotify_assets.storage.aws_errors import DENIED, code_of, plain_errors
from spotify_assets.storage.s3 import aws_client
from spotify_assets.tables.schemas import EVERY_TABLE, TABLES, WEEK, Table
from spotify_assets.weeks import describe_weeks

GLUE_TYPES = {
    "string": "string",
    "date32[day]": "date",
    "int32": "int",
    "int64": "bigint",
    "bool": "boolean",
    "timestamp[ms]": "timestamp",
    "list<item: string>": "array<string>",
}
HIVE = "org.apache.hadoop.hive.ql.io.parquet"
PARQUET = {
    "InputFormat": f"{HIVE}.MapredParquetInputFormat",
    "OutputFormat": f"{HIVE}.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": f"{HIVE}.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
EXTERNAL = "EXTERNAL_TABLE"
MADE_FROM = "spotify_assets.made_from"  # a digest of what a view of ours was made from, and into
MEANING = "spotify_assets.meaning"
ACCEPTED = (  # of what Glue describes, what it takes back
    *("Name", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType"),
    *("ViewOriginalText", "ViewExpandedText", "Parameters"),
)
MOST_WRITTEN, MOST_DELETED = 100, 25  # partitions in a request, as Glue has it
NOT_THERE, EXISTS = "EntityNotFoundException", "AlreadyExistsException"
Described = Mapping[str, Any]


@dataclass
class GlueCatalog(Catalog):
    """See `Catalog` and `Athena`. It remembers what it published, and the columns until it publishes
    again, so that a run asks Glue once."""

    storage: Storage
    database: str
    workgroup: str
    output: str = ""
    sleep: Callable[[float], None] = time.sleep
    _published: dict[str, set[date]] = field(default_factory=dict, init=False)
    _columns: dict[str, dict[str, str]] = field(default_factory=dict, init=False)

    @property
    def location(self) -> str:
        return self.database

    @cached_property
    def glue(self) -> Any:
        """The Glue client, made when it is first needed: definitions load without credentials."""
        return aws_client("glue")

    @cached_property
    def athena(self) -> Athena:
        """What answers queries."""
        return Athena(self.database, self.workgroup, self.output, self.sleep)

    def publish(self, stored: Mapping[str, Collection[date]]) -> dict[str, Any]:
        """See `Catalog`. A table that is no longer declared stays, as its files do.

        Raises:
            UserError: AWS refuses, or a column's type would change, and then nothing is touched.
        """
        changes: dict[str, Any] = {}
        self._columns = {}
        with self._errors():
            found = self._described()
            changes["database created"] = not found and self._ensure_database()
            for name, table in EVERY_TABLE.items():
                _require_additive(f"{self.database}.{name}", table, found.get(name))
            for name, table in EVERY_TABLE.items():
                if what := self._ensure_table(self._table_input(table), found.get(name)):
                    changes.setdefault(what, []).append(name)
                done = self._ensure_weeks(table, stored.get(name, ())) if name in TABLES else {}
                for what, weeks in done.items():
                    changes.setdefault(what, {})[name] = describe_weeks(weeks)
            changes["views created"] = [
                view.name for view, digest in _digests() if self._ensure_view(view, digest, found)
            ]
            changes["views dropped"] = self._drop_views(found)
        return {what: of for what, of in changes.items() if of}

    def weeks(self) -> dict[str, set[date]]:
        with self._errors():
            listed = {name: {*self._partitions(name)} for name in TABLES.keys() - self._published}
        return {name: (self._published | listed)[name] for name in TABLES}

    def differing_columns(self) -> list[str]:
        with self._errors():
            if not (self._published and self._columns):
                found = self._described().items()
                self._columns = {name: _column_types(of) for name, of in found}
        return interface.differences(self._columns, GLUE_TYPES)

    def query(self, sql: str) -> Answer:
        return self.athena.query(sql)

    def save(self, sql: str, database: Path, table: str) -> None:
        with duckdb.connect(str(database)) as connection:
            statement = f"CREATE TABLE {table} AS FROM page"
            for page in self.athena.batches(sql):
                interface.require_distinct([name.lower() for name in page.schema.names], "a table")
                connection.register("page", pa.table(page))
                connection.execute(statement)
                statement = f"INSERT INTO {table} FROM page"

    def _errors(self) -> AbstractContextManager[None]:
        return plain_errors("Glue", f"the database {self.database!r}")

    def _listed(self, operation: str, member: str, **of: str) -> list[dict[str, Any]]:
        """Return what Glue lists; nothing where there is no such table or database."""
        pages = self.glue.get_paginator(operation).paginate(DatabaseName=self.database, **of)
        try:
            return [listed for page in pages for listed in page[member]]
        except ClientError as error:
            if code_of(error) == NOT_THERE:
                return []
            raise

    def _described(self) -> dict[str, dict[str, Any]]:
        return {table["Name"]: table for table in self._listed("get_tables", "TableList")}

    def _partitions(self, table: str) -> dict[date, dict[str, Any]]:
        listed = self._listed("get_partitions", "Partitions", TableName=table)
        return {date.fromisoformat(partition["Values"][0]): partition for partition in listed}

    def _ensure_database(self) -> bool:
        """Create the database where it is missing; a role that may not do so mostly finds it there."""
        with suppress(self.glue.exceptions.EntityNotFoundException):
            self.glue.get_database(Name=self.database)
            return False
        about = {"Name": self.database, "Description": "Weekly Spotify charts."}
        about["LocationUri"] = self.storage.location(TABLE_FILES.rstrip("/"))
        try:
            self.glue.create_database(DatabaseInput=about)
        except self.glue.exceptions.AlreadyExistsException:  # another run was faster
            return False
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            raise UserError(
                f"There is no Glue database {self.database!r}, and this identity may not create it. "
                "Create it once (deploy/terraform does), or set SPOTIFY_ASSETS_GLUE_DATABASE to one "
                "that exists."
            ) from None
        return True

    def _ensure_table(self, wanted: dict[str, Any], found: Described | None) -> str:
        """Create or update a table; return what was done, if anything."""
        if found is None:
            with suppress(self.glue.exceptions.AlreadyExistsException):  # another run was faster
                self.glue.create_table(DatabaseName=self.database, TableInput=wanted)
            return "tables created"
        if holds(found, wanted):
            return ""
        # What others keep in the parameters, such as statistics, stays.
        kept = {"Parameters": {**found.get("Parameters", {}), **wanted["Parameters"]}}
        self.glue.update_table(DatabaseName=self.database, TableInput=wanted | kept)
        return "tables updated"

    def _ensure_weeks(self, table: Table, weeks: Collection[date]) -> dict[str, list[date]]:
        """Add, change or remove weeks until they are those wanted; return which, by what was done."""
        self._published.pop(table.name, None)  # unknown, should Glue fail midway
        found = self._partitions(table.name)
        wanted = {week: self._partition_input(table, week) for week in weeks}
        done = {
            "weeks added": sorted(wanted.keys() - found.keys()),
            "weeks changed": sorted(w for w in found if not holds(found[w], wanted.get(w, {}))),
            "weeks removed": sorted(found.keys() - wanted.keys()),
        }
        added, changed, removed = done.values()
        create = [wanted[week] for week in added]
        update = [
            {"PartitionValueList": [str(week)], "PartitionInput": wanted[week]} for week in changed
        ]
        delete = [{"Values": [str(week)]} for week in removed]
        glue, name = self.glue, table.name
        self._send(glue.batch_create_partition, name, EXISTS, PartitionInputList=create)
        self._send(glue.batch_update_partition, name, Entries=update)
        self._send(glue.batch_delete_partition, name, NOT_THERE, PartitionsToDelete=delete)
        self._published[table.name] = set(weeks)
        return {what: weeks_done for what, weeks_done in done.items() if weeks_done}

    def _send(self, send: Any, table: str, unless: str = "", **request: list[Any]) -> None:
        """Send a batch in slices; what it could not do, it reports in its answer, not as an error."""
        ((member, entries),) = request.items()
        most = MOST_DELETED if member == "PartitionsToDelete" else MOST_WRITTEN
        place = {"DatabaseName": self.database, "TableName": table}
        for start in range(0, len(entries), most):
            some = {member: entries[start : start + most]}
            for error in send(**place, **some).get("Errors", []):
                code = error["ErrorDetail"].get("ErrorCode")
                if code != unless:
                    values = error.get("PartitionValues") or error.get("PartitionValueList") or []
                    message = str(error["ErrorDetail"].get("ErrorMessage", "")).rstrip(".")
                    raise UserError(
                        f"Glue could not change week {'/'.join(values)} of {table}: "
                        f"{code}: {message}. Publish again."
                    )

    def _ensure_view(self, view: View, digest: str, found: Mapping[str, Described]) -> bool:
        """Create a view, and comment it, unless it is as it was created; return whether it did."""
        described = found.get(view.name, {})
        # An earlier version described its views, and Trino doesn't know such.
        if _mark(described) and described.get("Description"):
            self.glue.delete_table(DatabaseName=self.database, Name=view.name)
        elif described and _mark(described) == _marked(digest, described):
            return False
        self.athena.run(f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}")
        made = self.glue.get_table(DatabaseName=self.database, Name=view.name)["Table"]
        columns = made["StorageDescriptor"]["Columns"]
        columns = [
            {**column, "Comment": view.columns.get(column["Name"], "")} for column in columns
        ]
        # Not as the description: Trino takes that for the comment that marks a view as one of its own.
        ours = {MEANING: view.meaning, MADE_FROM: _marked(digest, made)}
        wanted = {key: value for key, value in made.items() if key in ACCEPTED} | {
            "Parameters": {**made.get("Parameters", {}), **ours},
            "StorageDescriptor": {**made["StorageDescriptor"], "Columns": columns},
        }
        self.glue.update_table(DatabaseName=self.database, TableInput=wanted)
        return True

    def _drop_views(self, found: Mapping[str, Described]) -> list[str]:
        """Drop the views of ours that are no longer declared; those of others stay."""
        ours = {name for name, table in found.items() if _mark(table)}
        dropped = sorted(ours - {view.name for view in VIEWS})
        for name in dropped:
            with suppress(self.glue.exceptions.EntityNotFoundException):
                self.glue.delete_table(DatabaseName=self.database, Name=name)
        return dropped

    def _table_input(self, table: Table) -> dict[str, Any]:
        described = zip(_columns(table), table.columns, strict=True)
        columns = [{**column, "Comment": declared.meaning} for column, declared in described]
        return {
            "Name": table.name,
            "Description": table.meaning,
            "TableType": EXTERNAL,
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
            "PartitionKeys": [column for column in columns if column["Name"] == WEEK.name],
            "StorageDescriptor": {
                "Columns": [column for column in columns if column["Name"] != WEEK.name],
                "Location": self.storage.location(f"{TABLE_FILES}{table.name}/"),
                **PARQUET,
            },
        }

    def _partition_input(self, table: Table, week: date) -> dict[str, Any]:
        # Without comments, so that a new wording changes no week.
        location = self.storage.location(f"{TABLE_FILES}{table.name}/{week_folder(week)}")
        return {
            "Values": [week.isoformat()],
            "StorageDescriptor": {"Columns": _columns(table)[1:], "Location": location, **PARQUET},
        }


def _columns(table: Table) -> list[dict[str, str]]:
    return [{"Name": name, "Type": of} for name, of in types_of(table, GLUE_TYPES).items()]


def holds(found: Any, wanted: Any) -> bool:
    """Return whether what Glue has is what is wanted; what AWS and others add to it doesn't count."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and holds(found[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(found, list):
        return len(found) == len(wanted) and all(map(holds, found, wanted))
    return bool(found == wanted)


def _column_types(described: Described) -> dict[str, str]:
    columns = described.get("StorageDescriptor", {}).get("Columns", [])
    return {c["Name"]: c.get("Type", "") for c in (*described.get("PartitionKeys", []), *columns)}


def _digests() -> Iterator[tuple[View, str]]:
    """Yield each view with a digest of all that its columns depend on: tables and earlier views."""
    digest = sha256(
        repr([(t.name, types_of(t, GLUE_TYPES)) for t in EVERY_TABLE.values()]).encode()
    )
    for view in VIEWS:
        digest.update(repr(view).encode())
        yield view, digest.hexdigest()


def _marked(digest: str, described: Described) -> str:
    """Return the mark of a view made from this, with the text that Athena made of it."""
    return sha256(f"{digest} {described.get('ViewOriginalText')}".encode()).hexdigest()


def _mark(described: Described) -> Any:
    is_view = described.get("TableType") == "VIRTUAL_VIEW"
    return described.get("Parameters", {}).get(MADE_FROM) if is_view else None


def _require_additive(name: str, table: Table, found: Described | None) -> None:
    """Raise a UserError where more than new columns would change: the files have the old ones."""
    if found is None:
        return
    if found.get("TableType") != EXTERNAL:
        raise UserError(
            f"Glue has {name} already, but not as an external table ({found.get('TableType')}): "
            "drop it in Athena, or set SPOTIFY_ASSETS_GLUE_DATABASE to a database of its own."
        )
    types, keys = _column_types(found), [key["Name"] for key in found.get("PartitionKeys", [])]
    declared = {c: of for c, of in types_of(table, GLUE_TYPES).items() if c in types}
    problems = column_differences(table.name, types, declared)
    wanted = [WEEK.name] if table.name in TABLES else []
    if keys != wanted:
        by, not_by = (", ".join(names) or "nothing" for names in (keys, wanted))
        problems.append(f"it is partitioned by {by}, not by {not_by}")
    if problems:
        raise UserError(
            f"The Glue table {name} is left as it is, because only new columns can be added: "
            f"{'; '.join(problems)}. Its older files have the old types, and Athena would fail on "
            f"them. If the change is meant: make all weeks again, then run DROP TABLE {name} in "
            "Athena, which deletes no files, and publish again."
        )
