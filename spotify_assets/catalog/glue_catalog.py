"""The catalog on AWS: a Glue database of external tables, their weeks, and Athena's views of them.

It holds no rows. Publishing compares what Glue has with what is declared and stored, and changes
only what differs: a second run makes no change. There is no crawler and no partition projection, so
Athena sees exactly the weeks that were published. What Glue is to hold is in `glue_tables`, their
weeks are in `glue_partitions`, the views in `athena_views`.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from spotify_assets.catalog.aws import DENIED, AwsCatalog, plain_errors
from spotify_assets.catalog.glue_partitions import EXISTS, MISSING, partitions, reconcile
from spotify_assets.catalog.glue_tables import holds, require_additive, table_input
from spotify_assets.errors import UserError
from spotify_assets.layout import PUBLISHED
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.storage.aws_errors import code_of
from spotify_assets.tables.schemas import TABLES


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
    views_dropped: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there was any."""
        return any(vars(self).values())


def publish(
    catalog: AwsCatalog, storage: Storage, table_format: TableFormat, weeks: Collection[date]
) -> Changes:
    """Have Glue show these weeks of every table, and no others; gives what had to change.

    The views come after, by `athena_views.publish_views`. A table that is declared no more stays, as
    its files do: dropping it is for whoever removes them.

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
            done = reconcile(catalog, storage, table, weeks)
            by_table = (changes.weeks_added, changes.weeks_changed, changes.weeks_removed)
            for names, kept in zip(done, by_table, strict=True):
                if names:
                    kept[table.name] = names
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
                shown.append({p["Values"][0] for p in partitions(catalog, table, brief=True)})
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
                "LocationUri": storage.location(PUBLISHED.rstrip("/")),
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
