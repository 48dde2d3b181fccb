"""The checks of single weeks as Dagster's: the same rules, run over what is stored or held back.

A range run reports every week on its own, and all of them in one result. What is checked is declared in
`checks`. Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    # What the UI's grid of weeks needs to count a week's result. Its class isn't public: the one
    # exception, and a test pins it.
    AssetCheckEvaluationTargetMaterializationData as Target,
)

from spotify_assets.checks.catalog import columns_as_declared, shows_the_week
from spotify_assets.checks.declared import BASE_CHECKS, CATALOG_COLUMNS, CATALOG_WEEK, CHECKS
from spotify_assets.checks.every import base_verdicts, check_stored
from spotify_assets.checks.verdicts import Check, Verdict, in_words
from spotify_assets.defs import Shared
from spotify_assets.defs.descriptions import markdown_table
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    StorageResource,
    checked_base,
)
from spotify_assets.settings import Settings
from spotify_assets.weeks import Clock, describe_weeks

LONGEST_FINDING = 200
RECORDS_AT_A_TIME = 200

ByWeek = Mapping[date, Sequence[Verdict]]


def build_checks(
    shared: Shared, settings: Settings, clock: Clock
) -> list[dg.AssetChecksDefinition]:
    """Return the checks of single weeks, of the tables and of the catalog, and those of the base."""

    def specs(checks: Iterable[Check], partitions: bool = True) -> list[dg.AssetCheckSpec]:
        return [
            dg.AssetCheckSpec(
                check.name,
                asset=shared.key(check.asset),
                description=check.description,
                partitions_def=shared.partitions if partitions else None,
            )
            for check in checks
        ]

    def selected(context: dg.AssetCheckExecutionContext, checks: Iterable[Check]) -> list[Check]:
        keys = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        return [check for check in checks if (shared.key(check.asset), check.name) in keys]

    @dg.multi_asset_check(name="week_checks", specs=specs(CHECKS), can_subset=True)
    def week_checks(
        context: dg.AssetCheckExecutionContext, storage: StorageResource, charts: ChartsResource
    ) -> Iterator[dg.AssetCheckResult]:
        base, checks = checked_base(storage, charts, settings), selected(context, CHECKS)
        verdicts = check_stored(base, _weeks_of_run(context), checks)
        for check in checks:
            by_week: dict[date, list[Verdict]] = {}
            for verdict in verdicts:
                if verdict.check == check:
                    by_week.setdefault(verdict.week, []).append(verdict)
            yield _reported(context, shared, check, by_week)

    @dg.multi_asset_check(name="catalog_week_check", specs=specs([CATALOG_WEEK]))
    def catalog_week_check(
        context: dg.AssetCheckExecutionContext, storage: StorageResource, catalog: CatalogResource
    ) -> dg.AssetCheckResult:
        opened = storage.open()
        found = shows_the_week(catalog.open(opened), opened, _weeks_of_run(context))
        by_week = {
            week: [Verdict(CATALOG_WEEK, week, None, findings)] for week, findings in found.items()
        }
        return _reported(context, shared, CATALOG_WEEK, by_week)

    @dg.multi_asset_check(name="base_checks", specs=specs(BASE_CHECKS, False), can_subset=True)
    def base_checks(
        context: dg.AssetCheckExecutionContext,
        storage: StorageResource,
        charts: ChartsResource,
        catalog: CatalogResource,
    ) -> Iterator[dg.AssetCheckResult]:
        base = checked_base(storage, charts, settings)
        found = base_verdicts(base, clock(), charts.first)
        found[CATALOG_COLUMNS.title] = columns_as_declared(catalog.open(base.storage))
        for check in selected(context, BASE_CHECKS):
            findings = found[check.title]
            yield dg.AssetCheckResult(
                asset_key=shared.key(check.asset),
                check_name=check.name,
                passed=not findings,
                severity=dg.AssetCheckSeverity[check.severity],
                description=in_words(findings) or "as expected",
                metadata=_findings(check, findings, ()),
            )

    return [week_checks, catalog_week_check, base_checks]


def _weeks_of_run(context: dg.AssetCheckExecutionContext) -> list[date] | None:
    """Return the run's weeks; None for a run without partitions, as the UI's button may start it."""
    if context.has_partition_key or context.has_partition_key_range:
        return [date.fromisoformat(key) for key in context.partition_keys]
    return None


def _reported(
    context: dg.AssetCheckExecutionContext, shared: Shared, check: Check, by_week: ByWeek
) -> dg.AssetCheckResult:
    """Return the one result of a check for its run; each week of a range is logged as well."""
    key, severity = shared.key(check.asset), dg.AssetCheckSeverity[check.severity]
    if not context.has_partition_key:
        # A range run has one result per check; without these, its weeks show as missing in the UI.
        targets = _targets(context.instance, key, by_week.keys())
        for week, verdicts in by_week.items():
            findings = [said for verdict in verdicts for said in verdict.findings]
            evaluation = dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=check.name,
                passed=not findings,
                description=in_words(findings) or None,
                metadata=_findings(check, findings, verdicts),
                partition=week.isoformat(),
                severity=severity,
                target_materialization_data=targets.get(week),
            )
            # It takes evaluations, though its annotation doesn't say so; a test pins that.
            context.op_execution_context.log_event(evaluation)  # type: ignore[arg-type]
    failed = {w: [said for v in vs for said in v.findings] for w, vs in by_week.items()}
    failed = {week: findings for week, findings in failed.items() if findings}
    metadata: dict[str, Any] = {"weeks checked": len(by_week)}
    if len(by_week) == 1:
        (verdicts,) = by_week.values()
        metadata |= _findings(check, [s for v in verdicts for s in v.findings], verdicts)
    elif failed:
        rows = [(week, said) for week, findings in failed.items() for said in findings]
        metadata["failing weeks"] = describe_weeks(list(failed))
        metadata["findings"] = dg.MetadataValue.md(
            markdown_table(("week", "finding"), rows, LONGEST_FINDING)
        )
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=check.name,
        passed=bool(by_week) and not failed,
        severity=severity,
        description=_summary(by_week, failed),
        metadata=metadata,
    )


def _summary(by_week: ByWeek, failed: Mapping[date, Sequence[str]]) -> str:
    if not by_week:
        return "Nothing was collected for any of these weeks."
    if not failed:
        return "as expected" if len(by_week) == 1 else f"{len(by_week)} weeks pass"
    first = in_words(next(iter(failed.values())))
    if len(by_week) == 1:
        return first
    return f"{len(failed)} of {len(by_week)} weeks fail: {describe_weeks(list(failed))}; first: {first}"


def _findings(
    check: Check, findings: Sequence[str], verdicts: Iterable[Verdict]
) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "expected": dg.MetadataValue.text(check.asserts),
        "actual": dg.MetadataValue.text(in_words(findings) or "as expected"),
    }
    if findings:
        metadata["findings"] = dg.MetadataValue.json(list(findings))
    examples = [example for verdict in verdicts for example in verdict.examples]
    if examples:
        header = list(dict.fromkeys(name for row in examples for name in row))
        rows = [[row.get(name) for name in header] for row in examples]
        metadata["rows"] = dg.MetadataValue.md(markdown_table(header, rows))
    return metadata


def _targets(
    instance: dg.DagsterInstance, key: dg.AssetKey, weeks: Collection[date]
) -> dict[date, Target]:
    """Return the latest materialization of each of an asset's weeks, where there is one."""
    wanted = {week.isoformat() for week in weeks}
    records_of = dg.AssetRecordsFilter(asset_key=key, asset_partitions=sorted(wanted))
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
    return {date.fromisoformat(week): target for week, target in found.items()}
