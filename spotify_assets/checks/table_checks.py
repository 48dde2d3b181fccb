"""Checks made from the table declarations, one step per table, on what is stored.

Each looks at the weeks of its run only, and reports every week on its own besides the summary, so
that a range shows week by week. Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pyarrow as pa

from spotify_assets.checks.reports import log_each_week, summary
from spotify_assets.checks.rules import SCHEMA_RULES
from spotify_assets.io_managers import WeeklyTableIOManager
from spotify_assets.schemas import TABLES, Table
from spotify_assets.sources.archive import archived_files
from spotify_assets.storage import Storage

SEVERITY = dg.AssetCheckSeverity.ERROR
Findings = dict[str, dict[date, list[str]]]


def build_table_checks(
    partitions: dg.PartitionsDefinition[str],
) -> list[dg.AssetChecksDefinition]:
    """The checks of every table, on these partitions."""
    return [_checks_of(table, partitions) for table in TABLES.values()]


def _checks_of(table: Table, partitions: dg.PartitionsDefinition[str]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"{table.name}_checks",
        specs=[
            dg.AssetCheckSpec(name, asset=table.name, description=what, partitions_def=partitions)
            for name, (_, what) in SCHEMA_RULES.items()
        ],
        can_subset=True,
    )
    def checks(
        context: dg.AssetCheckExecutionContext,
        storage: dg.ResourceParam[Storage],
        table_io_manager: dg.ResourceParam[WeeklyTableIOManager],
    ) -> Iterator[dg.AssetCheckResult]:
        weeks = _weeks(context, table_io_manager, table)
        names = sorted(key.name for key in context.selected_asset_check_keys)
        findings = _findings(table, table_io_manager, weeks, storage, names)
        for name in names:
            if len(weeks) > 1:
                log_each_week(context, table.name, name, findings[name], SEVERITY)
            yield summary(table.name, name, findings[name], SEVERITY)

    return checks


def _weeks(
    context: dg.AssetCheckExecutionContext, tables: WeeklyTableIOManager, table: Table
) -> list[date]:
    """The weeks of the run; in one without partitions, as the UI's button starts it, all stored ones."""
    if context.has_partition_key or context.has_partition_key_range:
        return [date.fromisoformat(key) for key in context.partition_keys]
    return tables.stored_weeks(table)


def _findings(
    table: Table,
    tables: WeeklyTableIOManager,
    weeks: list[date],
    storage: Storage,
    names: list[str],
) -> Findings:
    collected = {name.week for name, _ in archived_files(storage, weeks)}
    findings: Findings = {name: {} for name in names}
    for week in weeks:
        try:
            rows = tables.read(table, week)
        except FileNotFoundError as error:
            if week in collected or len(weeks) == 1:
                for name in names:
                    findings[name][week] = [str(error)]
            continue  # a week of a range that nothing was collected for has nothing to check
        except (OSError, ValueError, LookupError, pa.ArrowException) as error:
            for name in names:
                findings[name][week] = [f"the stored file can't be read: {error}"]
            continue
        for name in names:
            findings[name][week] = SCHEMA_RULES[name][0](rows, table)
    return findings
