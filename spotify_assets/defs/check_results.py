"""The checks of `checks` as Dagster's, run over what is stored or held back.

A range run reports every week on its own, and all of them in one result. Dagster reads the annotations
here, so they aren't postponed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    # What the UI's grid of weeks needs to count a week's result. Its class isn't public: the one
    # exception, and a test pins it.
    AssetCheckEvaluationTargetMaterializationData as Target,
)

from spotify_assets.charts import by_sentence
from spotify_assets.checks.catalog import shows_the_week
from spotify_assets.checks.declared import BASE_CHECKS, CATALOG_WEEK, CHECKS
from spotify_assets.checks.every import base_verdicts, check_stored
from spotify_assets.checks.verdicts import Check, Verdict
from spotify_assets.defs import Shared, run_weeks
from spotify_assets.defs.descriptions import markdown_table
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    StorageResource,
    checked_base,
)
from spotify_assets.settings import Settings
from spotify_assets.weeks import Clock, describe_weeks
from spotify_assets.words import listed

MOST_FINDINGS = 100  # in a result's metadata, which Dagster stores
RECORDS_AT_A_TIME = 200
NOTHING = "Nothing was collected for any of these weeks."


def build_checks(
    shared: Shared, settings: Settings, clock: Clock
) -> list[dg.AssetChecksDefinition]:
    """Return the checks of single weeks, of the tables and of the catalog, and those of the base."""

    def checking(
        name: str, checks: Iterable[Check], *, is_weekly: bool = True
    ) -> Callable[[Callable[..., Any]], dg.AssetChecksDefinition]:
        specs = [
            dg.AssetCheckSpec(
                check.name,
                asset=shared.key(check.asset),
                description=check.description,
                partitions_def=shared.partitions if is_weekly else None,
            )
            for check in checks
        ]
        decorator = dg.multi_asset_check(
            name=shared.name(name), specs=specs, can_subset=len(specs) > 1
        )
        return lambda function: decorator(shared.using(function))

    def selected(context: dg.AssetCheckExecutionContext, checks: Iterable[Check]) -> list[Check]:
        keys = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        return [check for check in checks if (shared.key(check.asset), check.name) in keys]

    @checking("week_checks", CHECKS)
    def week_checks(
        context: dg.AssetCheckExecutionContext, storage: StorageResource, charts: ChartsResource
    ) -> Iterator[Any]:
        base = checked_base(context.run.run_id, storage, charts, settings)
        checks = selected(context, CHECKS)
        verdicts = check_stored(base, _weeks_of_run(context), checks)
        for check in checks:
            mine = [verdict for verdict in verdicts if verdict.check == check]
            yield from _reported(context, shared.key(check.asset), check, mine)

    @checking("catalog_week_check", [CATALOG_WEEK])
    def catalog_week_check(
        context: dg.AssetCheckExecutionContext, storage: StorageResource, catalog: CatalogResource
    ) -> Iterator[Any]:
        opened = storage.of_run(context.run.run_id)
        found = shows_the_week(catalog.open(opened), opened, _weeks_of_run(context))
        verdicts = [Verdict(CATALOG_WEEK, week, None, said) for week, said in found.items()]
        yield from _reported(context, shared.key(CATALOG_WEEK.asset), CATALOG_WEEK, verdicts)

    @checking("base_checks", BASE_CHECKS, is_weekly=False)
    def base_checks(
        context: dg.AssetCheckExecutionContext,
        storage: StorageResource,
        charts: ChartsResource,
        catalog: CatalogResource,
    ) -> Iterator[dg.AssetCheckResult]:
        base = checked_base(context.run.run_id, storage, charts, settings)
        first_week, opened = charts.rules(clock).first_week, catalog.open(base.storage)
        found = base_verdicts(base, clock(), first_week, opened)
        for check in selected(context, BASE_CHECKS):
            result = _result(shared.key(check.asset), check, found[check.title])
            yield from _of_run(context, result)

    return [week_checks, catalog_week_check, base_checks]


def _weeks_of_run(context: dg.AssetCheckExecutionContext) -> list[date] | None:
    """Return the run's weeks; None for a run without partitions."""
    if context.has_partition_key or context.has_partition_key_range:
        return run_weeks(context)
    return None


def _reported(
    context: dg.AssetCheckExecutionContext,
    key: dg.AssetKey,
    check: Check,
    verdicts: Sequence[Verdict],
) -> Iterator[Any]:
    """Yield the one result of a check for its run; of several weeks, one of each other week before.

    Without those, Dagster's UI shows the weeks of a range as missing.
    """
    found: dict[date, list[tuple[str, str]]] = {}
    for verdict in verdicts:
        about = [(verdict.chart or "", sentence) for sentence in verdict.findings]
        found.setdefault(verdict.week, []).extend(about)
    findings = {week: by_sentence(of_week) for week, of_week in found.items()}
    if not verdicts:
        yield from _of_run(context, _result(key, check, [NOTHING]))
        return
    own = date.fromisoformat(context.partition_key) if context.has_partition_key else None
    others = findings.keys() - {own}
    targets = _targets(context.instance, key, others)
    for week in sorted(others):
        mine = [verdict for verdict in verdicts if verdict.week == week]
        yield dg.AssetCheckEvaluation(
            **_result(key, check, findings[week], mine),
            partition=week.isoformat(),
            target_materialization_data=targets.get(week),
        )
    if own:
        mine = [verdict for verdict in verdicts if verdict.week == own]
        said = findings.get(own, [NOTHING])
        yield from _of_run(context, _result(key, check, said, mine))
        return
    failed = [week for week, said in findings.items() if said]
    result = _result(key, check, [f"{week}: {said}" for week in failed for said in findings[week]])
    if not failed:
        result["description"] = f"as expected in {describe_weeks(list(findings))}"
    elif len(findings) > 1:
        result["description"] = (
            f"{len(failed)} of {len(findings)} weeks fail: {describe_weeks(failed)}; first: "
            f"{listed(findings[failed[0]])}"
        )
    yield from _of_run(context, result)


def _of_run(context: dg.AssetCheckExecutionContext, result: dict[str, Any]) -> Iterator[Any]:
    """Yield a check's result for its run, which the UI's button may have started without weeks."""
    if context.has_partition_key or context.has_partition_key_range:
        yield dg.AssetCheckResult(**result)
        return
    # From an AssetCheckResult, Dagster would look for the partitions of a run that has none.
    yield dg.AssetCheckEvaluation(**result)
    spec = dg.AssetCheckSpec(result["check_name"], asset=result["asset_key"])
    yield dg.Output(None, output_name=spec.get_python_identifier())


def _result(
    key: dg.AssetKey, check: Check, findings: Sequence[str], verdicts: Iterable[Verdict] = ()
) -> dict[str, Any]:
    """Return what a result and an evaluation of a check have in common."""
    actual = listed(findings) or "as expected"
    metadata: dict[str, dg.MetadataValue[Any]] = {
        "expected": dg.MetadataValue.text(check.asserts),
        "actual": dg.MetadataValue.text(actual),
    }
    if findings:
        metadata["findings"] = dg.MetadataValue.json(list(findings[:MOST_FINDINGS]))
    examples = [example for verdict in verdicts for example in verdict.examples]
    if examples:
        header = list(dict.fromkeys(name for row in examples for name in row))
        rows = [[row.get(name) for name in header] for row in examples]
        metadata["rows"] = dg.MetadataValue.md(markdown_table(header, rows))
    return {
        "asset_key": key,
        "check_name": check.name,
        "passed": not findings,
        "severity": dg.AssetCheckSeverity[check.severity],
        "description": actual,
        "metadata": metadata,
    }


def _targets(
    instance: dg.DagsterInstance, key: dg.AssetKey, weeks: Collection[date]
) -> dict[date, Target]:
    """Return the latest materialization of each of an asset's weeks, where there is one."""
    wanted = sorted(week.isoformat() for week in weeks)
    records_of = dg.AssetRecordsFilter(asset_key=key, asset_partitions=wanted)
    found: dict[date, Target] = {}
    cursor: str | None = None
    while len(found) < len(wanted):
        page = instance.fetch_materializations(records_of, RECORDS_AT_A_TIME, cursor=cursor)
        for record in page.records:  # the latest first
            target = Target(
                storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
            )
            found.setdefault(date.fromisoformat(str(record.partition_key)), target)
        if not page.has_more:
            break
        cursor = page.cursor
    return found
