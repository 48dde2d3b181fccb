"""How checks report to Dagster: every week on its own, and all weeks of a run in one result.

What is looked at is in the checks themselves. Dagster reads the annotations here, so they aren't
postponed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from spotify_assets.checks.verdicts import CheckMeaning, Verdict, shortly
from spotify_assets.defs.descriptions import markdown_table
from spotify_assets.defs.targets import Targets, latest_materializations

LONGEST_FINDING = 200

Verdicts = Mapping[date, Verdict]


def specs(
    checks: Sequence[CheckMeaning], partitions: dg.PartitionsDefinition[str] | None = None
) -> list[dg.AssetCheckSpec]:
    """The checks as Dagster is told of them; on these partitions, if they are about single weeks."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=check.asset, description=check.description, partitions_def=partitions
        )
        for check in checks
    ]


def report_all(
    context: dg.AssetCheckExecutionContext, judged: Iterable[tuple[CheckMeaning, Verdicts]]
) -> Iterator[dg.AssetCheckResult]:
    """The one result of each check for all weeks of its run; each week of a range is logged as well."""
    targets: dict[str, Targets] = {}
    for check, verdicts in judged:
        if not context.has_partition_key:
            if check.asset not in targets:
                instance, weeks = context.instance, verdicts.keys()
                targets[check.asset] = latest_materializations(instance, check.asset, weeks)
            _log_each_week(context, check, verdicts, targets[check.asset])
        yield _result(check, verdicts)


def _result(check: CheckMeaning, verdicts: Verdicts) -> dg.AssetCheckResult:
    failed = {week: verdict for week, verdict in verdicts.items() if not verdict.passed}
    metadata: dict[str, Any] = {"weeks checked": len(verdicts)}
    if len(verdicts) == 1:
        metadata |= _of_week(next(iter(verdicts.values())))
    elif failed:
        rows = [(week, what) for week, verdict in failed.items() for what in verdict.findings]
        table = markdown_table(("week", "finding"), rows, LONGEST_FINDING)
        metadata["failing weeks"] = ", ".join(str(week) for week in failed)
        metadata["findings"] = dg.MetadataValue.md(table)
    return dg.AssetCheckResult(
        asset_key=check.asset,
        check_name=check.name,
        passed=bool(verdicts) and not failed,
        severity=dg.AssetCheckSeverity[check.severity],
        description=_in_words(verdicts, failed),
        metadata=metadata,
    )


def report_whole(check: CheckMeaning, verdict: Verdict) -> dg.AssetCheckResult:
    """The result of a check that isn't about single weeks."""
    return dg.AssetCheckResult(
        asset_key=check.asset,
        check_name=check.name,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity[check.severity],
        description=shortly(verdict.findings) or verdict.actual,
        metadata=_of_week(verdict),
    )


def weeks_of_run(context: dg.AssetCheckExecutionContext) -> list[date] | None:
    """The weeks that a run is about; None in one without partitions, as the UI's button starts it."""
    if context.has_partition_key or context.has_partition_key_range:
        return [date.fromisoformat(key) for key in context.partition_keys]
    return None


def _log_each_week(
    context: dg.AssetCheckExecutionContext,
    check: CheckMeaning,
    verdicts: Verdicts,
    targets: Targets,
) -> None:
    # A range run gives the check one result; without these its weeks show as missing in the UI.
    for week, verdict in verdicts.items():
        evaluation = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(check.asset),
            check_name=check.name,
            passed=verdict.passed,
            description=shortly(verdict.findings) or None,
            metadata=_of_week(verdict),
            partition=week.isoformat(),
            severity=dg.AssetCheckSeverity[check.severity],
            target_materialization_data=targets.get(week),
        )
        # It takes evaluations, though its annotation doesn't say so; a test pins that.
        context.op_execution_context.log_event(evaluation)  # type: ignore[arg-type]


def _of_week(verdict: Verdict) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "expected": dg.MetadataValue.text(verdict.expected),
        "actual": dg.MetadataValue.text(verdict.actual),
    }
    if verdict.findings:
        metadata["findings"] = dg.MetadataValue.json(list(verdict.findings))
    if verdict.rows:
        header = list(dict.fromkeys(name for row in verdict.rows for name in row))
        rows = [[row.get(name) for name in header] for row in verdict.rows]
        metadata["rows"] = dg.MetadataValue.md(markdown_table(header, rows))
    return metadata


def _in_words(verdicts: Verdicts, failed: Verdicts) -> str:
    if not verdicts:
        return "Nothing was collected for any of these weeks."
    if not failed:
        return f"{len(verdicts)} weeks hold" if len(verdicts) > 1 else "the week holds"
    first = shortly(next(iter(failed.values())).findings)
    if len(verdicts) == 1:
        return first
    weeks = ", ".join(str(week) for week in failed)
    return f"{len(failed)} of {len(verdicts)} weeks fail: {weeks}; the first: {first}"
