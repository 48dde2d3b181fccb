"""Which materialization a check's result is about: the UI counts a week's result only if it says so.

The one place that uses what Dagster doesn't publish, the class of that pointer. A test pins that the
UI's grid of weeks follows it. Dagster reads no annotations here, but neither are they postponed.
"""

from collections.abc import Collection
from datetime import date

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Target,
)

RECORDS_AT_A_TIME = 200

Targets = dict[date, Target]


def latest_materializations(
    instance: dg.DagsterInstance, asset: str, weeks: Collection[date]
) -> Targets:
    """The latest materialization of each of an asset's weeks; none of a week that has none."""
    wanted = {week.isoformat() for week in weeks}
    records_of = dg.AssetRecordsFilter(
        asset_key=dg.AssetKey(asset), asset_partitions=sorted(wanted)
    )
    found: dict[str, Target] = {}
    cursor: str | None = None
    while wanted - found.keys():
        page = instance.fetch_materializations(records_of, RECORDS_AT_A_TIME, cursor=cursor)
        for record in page.records:  # the latest first
            target = Target(
                storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
            )
            found.setdefault(str(record.partition_key), target)
        if not page.has_more:
            break
        cursor = page.cursor
    return {date.fromisoformat(key): target for key, target in found.items()}
