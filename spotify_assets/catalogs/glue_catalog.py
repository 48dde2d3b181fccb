"""The catalog on AWS: a Glue database of external tables, their weeks, and Athena's views of them.

It holds no rows. Publishing compares what Glue has with what is declared and stored, and changes
only what differs: a second run makes no change. There is no crawler and no partition projection, so
Athena sees exactly the weeks that were published. What Glue is to hold is in `glue_tables`, the views
are in `athena_views`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from spotify_assets.catalogs.aws import DENIED, AwsCatalog, plain_errors
from spotify_assets.catalogs.glue_tables import (
    holds,
    partition_input,
    require_additive,
    table_input,
)
from spotify_assets.errors import UserError
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.schemas import TABLES, Table
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.storage.s3_errors import code_of

MOST_WRITTEN = 100  # partitions in a request, as Glue has it
MOST_DELETED = 25  # likewise; deleting is the exception
MISSING = "EntityNotFoundException"
EXISTS = "AlreadyExistsException"
Key = tuple[str, ...]


@dataclass
class Changes:
    """What publishing changed: names of tables and views, and the weeks of each table."""

    database_created: bool = False
    tables_created: list[str] = field(default_factory=list)
    tables_updated: list[str] = field(default_factory=list)
    weeks_added: dict[str, list[str]] = field(default_factory=dict)
    weeks_changed: dict[str, list[str]] = field(default_factory=dict)
    weeks_removed: dict[str, list[str]] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there was any."""
        return any(vars(self).values())


def publish(
    catalog: AwsCatalog, storage: Storage, table_format: TableFormat, weeks: Collection[date]
) -> Changes:
    """Have Glue show these weeks of every table, and no others; gives what had to change.

    The views come after, by `athena_views.publish_views`.

    Raises:
        UserError: AWS refuses, or a column's type would change; nothing is touched in the latter.
    """
    require_parquet(table_format)
    changes = Changes()
    with glue_errors(catalog):
        _ensure_database(catalog, storage, changes)
        found = described_tables(catalog)
        wanted = {table.name: table_input(table, storage) for table in TABLES.values()}
        for name in wanted.keys() & found.keys():
            require_additive(catalog.database, found[name], wanted[name])
        for table in TABLES.values():
            _ensure_table(catalog, wanted[table.name], found.get(table.name), changes)
            _reconcile(catalog, storage, table, weeks, changes)
    return changes


def require_parquet(table_format: TableFormat) -> None:
    """Stop at CSV tables.

    Raises:
        UserError: they are.
    """
    if table_format != "parquet":
        raise UserError(
            "Glue is given Parquet tables only: of CSV files Athena reads every column as text. Set "
            "SPOTIFY_ASSETS_TABLE_FORMAT=parquet."
        )


def published_weeks(catalog: AwsCatalog) -> list[date]:
    """The weeks that Glue shows of every table, in order; none where there is no catalog yet."""
    shown = []
    for table in TABLES:
        with glue_errors(catalog):
            try:
                shown.append({p["Values"][0] for p in _partitions(catalog, table, brief=True)})
            except ClientError as error:
                if code_of(error) == MISSING:
                    return []
                raise
    return sorted(date.fromisoformat(week) for week in set.intersection(*shown))


def described_tables(catalog: AwsCatalog) -> dict[str, dict[str, Any]]:
    """Every table and view of the database as Glue describes it, by name."""
    pages = catalog.glue.get_paginator("get_tables").paginate(DatabaseName=catalog.database)
    return {table["Name"]: table for page in pages for table in page["TableList"]}


def glue_errors(catalog: AwsCatalog) -> AbstractContextManager[None]:
    """Raise what Glue raises within as a UserError about the database."""
    return plain_errors("Glue", f"the database {catalog.database!r}")


def _ensure_database(catalog: AwsCatalog, storage: Storage, changes: Changes) -> None:
    """Create the database where it is missing; a role that may not do so finds it there mostly."""
    try:
        catalog.glue.get_database(Name=catalog.database)
        return
    except ClientError as error:
        if code_of(error) != MISSING:
            raise
    try:
        catalog.glue.create_database(
            DatabaseInput={
                "Name": catalog.database,
                "Description": "Weekly Spotify charts.",
                "LocationUri": storage.location(TABLE_FILES.rstrip("/")),
            }
        )
        changes.database_created = True
    except ClientError as error:
        if code_of(error) in DENIED:
            raise UserError(
                f"There is no Glue database {catalog.database!r}, and this identity may not create "
                "it. Create it once (deploy/terraform does), or set SPOTIFY_ASSETS_GLUE_DATABASE to "
                "one that is there."
            ) from None
        if code_of(error) != EXISTS:  # another run was faster
            raise


def _ensure_table(
    catalog: AwsCatalog, wanted: dict[str, Any], found: dict[str, Any] | None, changes: Changes
) -> None:
    if found is None:
        try:
            catalog.glue.create_table(DatabaseName=catalog.database, TableInput=wanted)
        except ClientError as error:
            if code_of(error) != EXISTS:
                raise
        changes.tables_created.append(wanted["Name"])
    elif not holds(found, wanted):
        # What others keep in the parameters, such as statistics, stays.
        parameters = {**found.get("Parameters", {}), **wanted["Parameters"]}
        catalog.glue.update_table(
            DatabaseName=catalog.database, TableInput={**wanted, "Parameters": parameters}
        )
        changes.tables_updated.append(wanted["Name"])


def _reconcile(
    catalog: AwsCatalog, storage: Storage, table: Table, weeks: Collection[date], changes: Changes
) -> None:
    """Add the weeks that Glue lacks, mend those it has otherwise, remove those that are gone."""
    found = {tuple(p["Values"]): p for p in _partitions(catalog, table.name)}
    wanted: dict[Key, dict[str, Any]] = {
        (week.isoformat(),): partition_input(table, storage, week) for week in sorted(weeks)
    }
    added = [key for key in wanted if key not in found]
    changed = [key for key in wanted if key in found and not holds(found[key], wanted[key])]
    removed = sorted(key for key in found if key not in wanted)
    place = {"DatabaseName": catalog.database, "TableName": table.name}
    for keys in _slices(added, MOST_WRITTEN):
        answer = catalog.glue.batch_create_partition(
            **place, PartitionInputList=[wanted[key] for key in keys]
        )
        _require_done(answer, table.name, but=EXISTS)
    for keys in _slices(changed, MOST_WRITTEN):
        entries = [{"PartitionValueList": list(k), "PartitionInput": wanted[k]} for k in keys]
        _require_done(catalog.glue.batch_update_partition(**place, Entries=entries), table.name)
    for keys in _slices(removed, MOST_DELETED):
        answer = catalog.glue.batch_delete_partition(
            **place, PartitionsToDelete=[{"Values": list(key)} for key in keys]
        )
        _require_done(answer, table.name, but=MISSING)
    for done, by_table in (
        (added, changes.weeks_added),
        (changed, changes.weeks_changed),
        (removed, changes.weeks_removed),
    ):
        if done:
            by_table[table.name] = ["/".join(key) for key in done]


def _partitions(
    catalog: AwsCatalog, table: str, *, brief: bool = False
) -> Iterator[dict[str, Any]]:
    """Every partition; brief ones come without their columns."""
    pages = catalog.glue.get_paginator("get_partitions").paginate(
        DatabaseName=catalog.database, TableName=table, ExcludeColumnSchema=brief
    )
    for page in pages:
        yield from page["Partitions"]


def _require_done(answer: dict[str, Any], table: str, but: str = "") -> None:
    """A batch reports what it could not do in its answer, not as an error."""
    for error in answer.get("Errors", []):
        detail = error.get("ErrorDetail", {})
        if detail.get("ErrorCode") != but:
            values = error.get("PartitionValues") or error.get("PartitionValueList") or []
            raise UserError(
                f"Glue could not change week {'/'.join(values)} of {table}: "
                f"{detail.get('ErrorCode')}: {detail.get('ErrorMessage')}. Publish again."
            )


def _slices(items: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
