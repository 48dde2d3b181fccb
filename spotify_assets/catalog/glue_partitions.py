"""The weeks of a table in Glue, its partitions: listed, and brought to what is wanted.

Tables and databases are in `glue_catalog`, what a partition is to hold in `glue_tables`. What AWS
raises is left as it is here; `glue_catalog` says it in sentences.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.catalog.glue_tables import holds, partition_input
from spotify_assets.errors import UserError
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import Table

MOST_WRITTEN = 100  # partitions in a request, as Glue has it
MOST_DELETED = 25  # likewise; deleting is the exception
MISSING = "EntityNotFoundException"
EXISTS = "AlreadyExistsException"
Key = tuple[str, ...]


def reconcile(
    catalog: AwsCatalog, storage: Storage, table: Table, weeks: Collection[date]
) -> tuple[list[str], list[str], list[str]]:
    """Add the weeks that Glue lacks, mend those it has otherwise, remove those that are gone.

    Gives the three, each in order.

    Raises:
        UserError: Glue says of a week that it could not be done.
    """
    found = {tuple(p["Values"]): p for p in partitions(catalog, table.name)}
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
    first, second, third = (["/".join(key) for key in keys] for keys in (added, changed, removed))
    return first, second, third


def partitions(catalog: AwsCatalog, table: str, *, brief: bool = False) -> Iterator[dict[str, Any]]:
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
            said = str(detail.get("ErrorMessage", "")).rstrip(".")
            raise UserError(
                f"Glue could not change week {'/'.join(values)} of {table}: "
                f"{detail.get('ErrorCode')}: {said}. Publish again."
            )


def _slices(items: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
