"""Checks made from the table declarations, one step per table, on what is stored.

Each looks at the weeks of its run only, and reports every week on its own besides the summary, so
that a range shows week by week. Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import pyarrow as pa

from spotify_assets.assets.descriptions import markdown_table
from spotify_assets.checks.rules import SCHEMA_RULES
from spotify_assets.io_managers import WeeklyTableIOManager
from spotify_assets.schemas import TABLES, Table
from spotify_assets.sources.archive import archived_files
from spotify_assets.storage import Storage

SHOWN_FINDINGS = 5  # in a sentence; the metadata has more
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
                _log_each_week(context, table, name, findings[name])
            yield _summary(table, name, findings[name])

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


def _log_each_week(
    context: dg.AssetCheckExecutionContext,
    table: Table,
    name: str,
    findings: dict[date, list[str]],
) -> None:
    # A range run gives the check one result; without these its weeks show as skipped in the UI.
    for week, of_week in findings.items():
        evaluation = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(table.name),
            check_name=name,
            passed=not of_week,
            description=_shortly(of_week) if of_week else None,
            metadata={"findings": dg.MetadataValue.json(of_week)} if of_week else {},
            partition=week.isoformat(),
        )
        # It takes evaluations, though its annotation doesn't say so; a test pins that.
        context.op_execution_context.log_event(evaluation)  # type: ignore[arg-type]


def _summary(table: Table, name: str, findings: dict[date, list[str]]) -> dg.AssetCheckResult:
    failed = {week: of_week for week, of_week in findings.items() if of_week}
    metadata: dict[str, dg.MetadataValue] = {"weeks checked": dg.MetadataValue.int(len(findings))}
    if failed:
        rows = [(week, finding) for week, of_week in failed.items() for finding in of_week]
        metadata["failing weeks"] = dg.MetadataValue.text(", ".join(str(week) for week in failed))
        metadata["findings"] = dg.MetadataValue.md(markdown_table(("week", "finding"), rows, 200))
    return dg.AssetCheckResult(
        asset_key=table.name,
        check_name=name,
        passed=bool(findings) and not failed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=_in_words(findings, failed),
        metadata=metadata,
    )


def _in_words(findings: dict[date, list[str]], failed: dict[date, list[str]]) -> str:
    if not findings:
        return "Nothing was collected for any of these weeks."
    if not failed:
        return f"{len(findings)} weeks hold" if len(findings) > 1 else "the week holds"
    if len(findings) == 1:
        return "; ".join(_shortly(of_week) for of_week in failed.values())
    weeks = ", ".join(str(week) for week in failed)
    first = _shortly(next(iter(failed.values())))
    return f"{len(failed)} of {len(findings)} weeks fail: {weeks}; the first: {first}"


def _shortly(of_week: list[str]) -> str:
    more = f"; and {len(of_week) - SHOWN_FINDINGS} more" if len(of_week) > SHOWN_FINDINGS else ""
    return "; ".join(of_week[:SHOWN_FINDINGS]) + more
