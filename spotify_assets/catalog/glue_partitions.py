"""The weeks that Glue shows, its partitions: listed, and brought to those stored.

Glue may change what is not ours to know, so it is listed again after five minutes; until then, what
was listed or written last is taken for what is there. Tables and the database are in `glue`, which
also says in sentences what AWS raises here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from spotify_assets.errors import UserError
from spotify_assets.storage.s3_errors import code_of

MOST_WRITTEN = 100  # partitions in a request, as Glue has it
MOST_DELETED = 25
SECONDS_REMEMBERED = 300.0
NOT_THERE = "EntityNotFoundException"
EXISTS = "AlreadyExistsException"

Partitions = dict[str, dict[str, Any]]
"""The partitions of a table, by week."""


@dataclass
class GluePartitions:
    """The partitions of a database's tables. `seconds` is a clock that only goes forward."""

    glue: Any
    database: str
    seconds: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Partitions]] = field(default_factory=dict)

    def of_table(self, table: str) -> Partitions:
        """Return the partitions of a table; none where there is no such table or database."""
        listed_at, known = self._known.get(table, (0.0, {}))
        if table not in self._known or self.seconds() - listed_at > SECONDS_REMEMBERED:
            known = self._list(table)
            self._known[table] = (self.seconds(), known)
        return known

    def reconcile(self, table: str, wanted: Partitions) -> dict[str, list[str]]:
        """Add the weeks that Glue lacks, change those that differ, remove those that aren't wanted.

        Returns the weeks by what was done to them, in order.

        Raises:
            UserError: Glue reports of a week that it could not be changed.
        """
        found = self.of_table(table)
        added = sorted(wanted.keys() - found.keys())
        removed = sorted(found.keys() - wanted.keys())
        changed = sorted(w for w in wanted.keys() & found.keys() if not holds(found[w], wanted[w]))
        self._known.pop(table, None)  # unknown, should Glue fail midway
        place = {"DatabaseName": self.database, "TableName": table}
        for weeks in _slices(added, MOST_WRITTEN):
            inputs = [wanted[week] for week in weeks]
            answer = self.glue.batch_create_partition(**place, PartitionInputList=inputs)
            _require_done(answer, table, unless=EXISTS)
        for weeks in _slices(changed, MOST_WRITTEN):
            entries = [{"PartitionValueList": [w], "PartitionInput": wanted[w]} for w in weeks]
            _require_done(self.glue.batch_update_partition(**place, Entries=entries), table)
        for weeks in _slices(removed, MOST_DELETED):
            values = [{"Values": [week]} for week in weeks]
            answer = self.glue.batch_delete_partition(**place, PartitionsToDelete=values)
            _require_done(answer, table, unless=NOT_THERE)
        self._known[table] = (self.seconds(), wanted)
        done = {"weeks added": added, "weeks changed": changed, "weeks removed": removed}
        return {what: weeks for what, weeks in done.items() if weeks}

    def _list(self, table: str) -> Partitions:
        pages = self.glue.get_paginator("get_partitions").paginate(
            DatabaseName=self.database, TableName=table
        )
        try:
            return {"/".join(p["Values"]): p for page in pages for p in page["Partitions"]}
        except ClientError as error:
            if code_of(error) == NOT_THERE:
                return {}
            raise


def holds(found: Any, wanted: Any) -> bool:
    """Return whether what Glue has is what is wanted; what AWS and others add to it doesn't count."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and holds(found[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list) and len(found) == len(wanted) and all(map(holds, found, wanted))
        )
    return bool(found == wanted)


def _require_done(answer: dict[str, Any], table: str, unless: str = "") -> None:
    """A batch reports what it could not do in its answer, not as an error."""
    for error in answer.get("Errors", []):
        detail = error.get("ErrorDetail", {})
        if detail.get("ErrorCode") != unless:
            values = error.get("PartitionValues") or error.get("PartitionValueList") or []
            message = str(detail.get("ErrorMessage", "")).rstrip(".")
            raise UserError(
                f"Glue could not change week {'/'.join(values)} of {table}: "
                f"{detail.get('ErrorCode')}: {message}. Publish again."
            )


def _slices(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
