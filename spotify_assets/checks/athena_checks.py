"""The check of `catalog` on AWS: Athena itself is asked what it sees.

Dagster reads the annotations here, so they aren't postponed.
"""

import io
from collections.abc import Collection
from datetime import date

import dagster as dg
import pyarrow.parquet as pq

from spotify_assets.catalogs.athena import ask
from spotify_assets.catalogs.aws import AwsCatalog
from spotify_assets.catalogs.duckdb_catalog import complete_weeks
from spotify_assets.checks.reports import log_each_week, summary
from spotify_assets.layout import table_key
from spotify_assets.schemas import SONGS
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage

ASSET = "catalog"
NAME = "athena_row_count"
SEVERITY = dg.AssetCheckSeverity.ERROR


def build_athena_checks(
    partitions: dg.PartitionsDefinition[str], table_format: TableFormat
) -> list[dg.AssetChecksDefinition]:
    """The checks of `catalog` on AWS, on these partitions."""

    @dg.asset_check(asset=ASSET, name=NAME, partitions_def=partitions)
    def athena_row_count(
        context: dg.AssetCheckExecutionContext,
        storage: dg.ResourceParam[Storage],
        aws_catalog: dg.ResourceParam[AwsCatalog],
    ) -> dg.AssetCheckResult:
        """Athena counts as many songs in the week as its stored file has rows."""
        weeks = complete_weeks(storage, table_format)
        if context.has_partition_key or context.has_partition_key_range:
            of_run = {date.fromisoformat(key) for key in context.partition_keys}
            weeks = [week for week in weeks if week in of_run]
        findings = count_findings(aws_catalog, storage, weeks) if weeks else {}
        if len(weeks) > 1:
            log_each_week(context, ASSET, NAME, findings, SEVERITY)
        return summary(ASSET, NAME, findings, SEVERITY)

    return [athena_row_count]


def count_findings(
    catalog: AwsCatalog, storage: Storage, weeks: Collection[date]
) -> dict[date, list[str]]:
    """What is wrong with Athena's count of songs, by week; one query for them all.

    Raises:
        UserError: Athena can't be asked.
    """
    first, last = min(weeks), max(weeks)
    counted = dict(
        ask(
            catalog,
            f"SELECT week, count(*) AS songs FROM {SONGS.name} "  # noqa: S608 - ours and dates
            f"WHERE week BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY week",
        ).rows
    )
    keys = {table_key(SONGS.name, week, "parquet"): week for week in weeks}
    written = {keys[key]: _rows(content) for key, content in storage.read_many(keys)}
    return {
        week: []
        if counted.get(week, 0) == rows
        else [f"Athena counts {counted.get(week, 0)} songs, and the file has {rows}"]
        for week, rows in written.items()
    }


def _rows(content: bytes) -> int:
    return int(pq.read_metadata(io.BytesIO(content)).num_rows)
