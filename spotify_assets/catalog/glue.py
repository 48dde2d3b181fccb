"""The catalog on AWS: a Glue database of external tables, their weeks, and Athena's views of them.

It has no rows. Publishing compares what Glue has with what is declared and stored, and changes only
what differs: a second run changes nothing. There is no crawler and no partition projection, so Athena
sees exactly the weeks that were published. Which request a week is, is in `glue_partitions`; how
Athena answers is in `athena`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from spotify_assets.catalog.athena import Athena
from spotify_assets.catalog.aws import client_of
from spotify_assets.catalog.glue_partitions import NOT_THERE, GluePartitions, holds
from spotify_assets.catalog.interface import Answer
from spotify_assets.catalog.reading import column_differences, count_rows
from spotify_assets.catalog.views import VIEWS, View
from spotify_assets.errors import UserError
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.layout import week_folder
from spotify_assets.storage import Storage
from spotify_assets.storage.aws_errors import DENIED, code_of, plain_errors
from spotify_assets.tables.schemas import TABLES, WEEK, Column, Table
from spotify_assets.weeks import describe_weeks

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
VIEW = "VIRTUAL_VIEW"
MADE_FROM = "spotify_assets.made_from"  # a digest of what a view of ours was made from, and into
ACCEPTED = (  # of what Glue describes, what it takes back
    *("Name", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType"),
    *("ViewOriginalText", "ViewExpandedText", "Parameters"),
)
Described = Mapping[str, Any]


@dataclass(frozen=True)
class GlueCatalog:
    """See `Catalog`; a Glue database over the tables of this storage, and an Athena work group.

    `output` and `sleep` are as for `Athena`, `seconds` as for `GluePartitions`.
    """

    storage: Storage
    database: str
    workgroup: str
    output: str = ""
    sleep: Callable[[float], None] = time.sleep
    seconds: Callable[[], float] = time.monotonic
    kinds: ClassVar[frozenset[str]] = frozenset({"glue", "athena"})

    @property
    def location(self) -> str:
        """See `Catalog`."""
        return self.database

    @cached_property
    def glue(self) -> Any:
        """The Glue client, made when it is first needed: definitions load without credentials."""
        return client_of("glue")

    @cached_property
    def athena(self) -> Athena:
        """What answers queries."""
        return Athena(self.database, self.workgroup, self.output, self.sleep)

    @cached_property
    def partitions(self) -> GluePartitions:
        """The weeks of the tables, each table listed once in a run."""
        return GluePartitions(self.glue, self.database, self.seconds)

    def publish(self, stored: Mapping[str, Collection[date]]) -> dict[str, Any]:
        """See `Catalog`. A table that is no longer declared stays, as its files do.

        Raises:
            UserError: AWS refuses, or a column's type would change; in the latter case nothing is
                touched.
        """
        changes: dict[str, Any] = {}
        with self._errors():
            changes["database created"] = self._ensure_database()
            found = self._described()
            for name, table in TABLES.items():
                _require_additive(f"{self.database}.{name}", table, found.get(name))
            for name, table in TABLES.items():
                if what := self._ensure_table(self._table_input(table), found.get(name)):
                    changes.setdefault(what, []).append(name)
                weeks = {str(w): self._partition_input(table, w) for w in stored.get(name, ())}
                for what, done in self.partitions.reconcile(name, weeks).items():
                    in_words = describe_weeks(map(date.fromisoformat, done))
                    changes.setdefault(what, {})[name] = in_words
            changes["views created"] = [
                view.name for view, digest in _digests() if self._ensure_view(view, digest, found)
            ]
            changes["views dropped"] = self._drop_views(found)
        return {what: of for what, of in changes.items() if of}

    def weeks(self) -> dict[str, set[date]]:
        """See `Catalog`."""
        with self._errors():
            return {
                name: {date.fromisoformat(week) for week in self.partitions.of_table(name)}
                for name in TABLES
            }

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """See `Catalog`."""
        return count_rows(self.query, weeks)

    def differing_columns(self) -> list[str]:
        """See `Catalog`."""
        with self._errors():
            described = self._described()
        sentences = [f"the view {v.name} is missing" for v in VIEWS if v.name not in described]
        for name, table in TABLES.items():
            found = _column_types(described.get(name, {}))
            sentences += column_differences(name, found, _declared_types(table))
        return sentences

    def query(self, sql: str) -> Answer:
        """See `Catalog`."""
        return self.athena.query(sql)

    def _errors(self) -> AbstractContextManager[None]:
        return plain_errors("Glue", f"the database {self.database!r}")

    def _described(self) -> dict[str, dict[str, Any]]:
        """Return every table and view of the database as Glue describes it; none without a database."""
        pages = self.glue.get_paginator("get_tables").paginate(DatabaseName=self.database)
        try:
            return {table["Name"]: table for page in pages for table in page["TableList"]}
        except ClientError as error:
            if code_of(error) == NOT_THERE:
                return {}
            raise

    def _ensure_database(self) -> bool:
        """Create the database where it is missing; a role that may not do so mostly finds it there."""
        with suppress(self.glue.exceptions.EntityNotFoundException):
            self.glue.get_database(Name=self.database)
            return False
        wanted = {
            "Name": self.database,
            "Description": "Weekly Spotify charts.",
            "LocationUri": self.storage.location(TABLE_FILES.rstrip("/")),
        }
        try:
            with suppress(self.glue.exceptions.AlreadyExistsException):  # another run was faster
                self.glue.create_database(DatabaseInput=wanted)
                return True
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            raise UserError(
                f"There is no Glue database {self.database!r}, and this identity may not create it. "
                "Create it once (deploy/terraform does), or set SPOTIFY_ASSETS_GLUE_DATABASE to one "
                "that exists."
            ) from None
        return False

    def _ensure_table(self, wanted: dict[str, Any], found: Described | None) -> str:
        """Create or update a table; return what was done, if anything."""
        if found is None:
            with suppress(self.glue.exceptions.AlreadyExistsException):  # another run was faster
                self.glue.create_table(DatabaseName=self.database, TableInput=wanted)
            return "tables created"
        if holds(found, wanted):
            return ""
        # What others keep in the parameters, such as statistics, stays.
        parameters = {**found.get("Parameters", {}), **wanted["Parameters"]}
        self.glue.update_table(
            DatabaseName=self.database, TableInput={**wanted, "Parameters": parameters}
        )
        return "tables updated"

    def _ensure_view(self, view: View, digest: str, found: Mapping[str, Described]) -> bool:
        """Create a view by Athena's own statement unless it is as it was created; return whether.

        The `.sql` file is sent as it is, and its comments are put to what Athena makes of it.
        """
        if view.name in found and _mark(found[view.name]) == _marked(digest, found[view.name]):
            return False
        self.athena.run(f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}")
        made = self.glue.get_table(DatabaseName=self.database, Name=view.name)["Table"]
        columns = [
            {**column, "Comment": view.columns.get(column["Name"], "")}
            for column in made["StorageDescriptor"]["Columns"]
        ]
        wanted = {key: value for key, value in made.items() if key in ACCEPTED} | {
            "Description": view.meaning,
            "Parameters": {**made.get("Parameters", {}), MADE_FROM: _marked(digest, made)},
            "StorageDescriptor": {**made["StorageDescriptor"], "Columns": columns},
        }
        self.glue.update_table(DatabaseName=self.database, TableInput=wanted)
        return True

    def _drop_views(self, found: Mapping[str, Described]) -> list[str]:
        """Drop the views of ours that are no longer declared; those of others stay."""
        declared = {view.name for view in VIEWS}
        dropped = sorted(n for n, table in found.items() if n not in declared and _mark(table))
        for name in dropped:
            with suppress(self.glue.exceptions.EntityNotFoundException):
                self.glue.delete_table(DatabaseName=self.database, Name=name)
        return dropped

    def _table_input(self, table: Table) -> dict[str, Any]:
        """Return the table as Glue should have it, with each column's meaning as its comment."""
        columns = [{"Name": c.name, "Type": _type(c), "Comment": c.meaning} for c in table.columns]
        return {
            "Name": table.name,
            "Description": table.meaning,
            "TableType": EXTERNAL,
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
            "PartitionKeys": columns[:1],
            "StorageDescriptor": {
                "Columns": columns[1:],
                "Location": self.storage.location(f"{TABLE_FILES}{table.name}/"),
                **PARQUET,
            },
        }

    def _partition_input(self, table: Table, week: date) -> dict[str, Any]:
        """Return a week as Glue should have it; without comments, so that a new wording changes none."""
        location = self.storage.location(f"{TABLE_FILES}{table.name}/{week_folder(week)}")
        columns = [{"Name": c.name, "Type": _type(c)} for c in table.columns[1:]]
        return {
            "Values": [week.isoformat()],
            "StorageDescriptor": {"Columns": columns, "Location": location, **PARQUET},
        }


def _type(column: Column) -> str:
    """Return the column's type in Hive's words, which are Glue's."""
    return GLUE_TYPES[str(column.dtype)]


def _declared_types(table: Table) -> dict[str, str]:
    return {column.name: _type(column) for column in table.columns}


def _column_types(described: Described) -> dict[str, str]:
    """Return the types of a table's columns and partition keys as Glue has them."""
    columns = described.get("StorageDescriptor", {}).get("Columns", [])
    return {c["Name"]: c.get("Type", "") for c in (*described.get("PartitionKeys", []), *columns)}


def _digests() -> Iterator[tuple[View, str]]:
    """Return each view with the digest of its file, of all tables' columns, and of the views before it.

    A view that selects from another has to be created again once that one's columns change.
    """
    digest = sha256(repr([(t.name, _declared_types(t)) for t in TABLES.values()]).encode())
    for view in VIEWS:
        digest.update(repr(view).encode())
        yield view, digest.hexdigest()


def _marked(digest: str, described: Described) -> str:
    """Return the mark of a view made from this, with the text that Athena made of it."""
    return sha256(f"{digest} {described.get('ViewOriginalText')}".encode()).hexdigest()


def _mark(described: Described) -> str | None:
    is_view = described.get("TableType") == VIEW
    mark: str | None = described.get("Parameters", {}).get(MADE_FROM) if is_view else None
    return mark


def _require_additive(name: str, table: Table, found: Described | None) -> None:
    """Stop where a change is more than new columns: files and views still have the old ones.

    Raises:
        UserError: it is; names every difference and the way out.
    """
    if found is None:
        return
    if found.get("TableType") != EXTERNAL:
        raise UserError(
            f"Glue has {name} already, but not as an external table ({found.get('TableType')}): "
            "drop it in Athena, or set SPOTIFY_ASSETS_GLUE_DATABASE to a database of its own."
        )
    types, keys = _column_types(found), [key["Name"] for key in found.get("PartitionKeys", [])]
    declared = {column: of for column, of in _declared_types(table).items() if column in types}
    problems = column_differences(table.name, types, declared)
    if keys != [WEEK.name]:
        problems.append(f"it is partitioned by {', '.join(keys) or 'nothing'}, not by {WEEK.name}")
    if problems:
        raise UserError(
            f"The Glue table {name} is left as it is, because only new columns can be added: "
            f"{'; '.join(problems)}. Its older files have the old types, and Athena would fail on "
            f"them. If the change is meant: make all weeks again, then run DROP TABLE {name} in "
            "Athena, which deletes no files, and publish again."
        )
