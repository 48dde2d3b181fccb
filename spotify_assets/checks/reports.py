"""How checks report: every week on its own, and all weeks of a run in one result.

What is looked at is in the checks themselves. Dagster reads the annotations here, so they aren't
postponed.
"""

from datetime import date

import dagster as dg

from spotify_assets.assets.descriptions import markdown_table

SHOWN_FINDINGS = 5  # in a sentence; the metadata has more
SHOWN_WEEKS = 12


def log_each_week(
    context: dg.AssetCheckExecutionContext,
    asset: str,
    name: str,
    findings: dict[date, list[str]],
    severity: dg.AssetCheckSeverity,
) -> None:
    """Log the check's evaluation of every week; `findings` are what is wrong, by week."""
    # A range run gives the check one result; without these its weeks show as skipped in the UI.
    for week, of_week in findings.items():
        evaluation = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(asset),
            check_name=name,
            passed=not of_week,
            description=_shortly(of_week) if of_week else None,
            metadata={"findings": dg.MetadataValue.json(of_week)} if of_week else {},
            partition=week.isoformat(),
            severity=severity,
        )
        # It takes evaluations, though its annotation doesn't say so; a test pins that.
        context.op_execution_context.log_event(evaluation)  # type: ignore[arg-type]


def summary(
    asset: str,
    name: str,
    findings: dict[date, list[str]],
    severity: dg.AssetCheckSeverity,
) -> dg.AssetCheckResult:
    """The one result that a check gives for all weeks of its run."""
    failed = {week: of_week for week, of_week in findings.items() if of_week}
    metadata: dict[str, dg.MetadataValue] = {"weeks checked": dg.MetadataValue.int(len(findings))}
    if failed:
        rows = [(week, finding) for week, of_week in failed.items() for finding in of_week]
        metadata["failing weeks"] = dg.MetadataValue.text(", ".join(str(week) for week in failed))
        metadata["findings"] = dg.MetadataValue.md(markdown_table(("week", "finding"), rows, 200))
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=bool(findings) and not failed,
        severity=severity,
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
    weeks = ", ".join(str(week) for week in list(failed)[:SHOWN_WEEKS])
    if len(failed) > SHOWN_WEEKS:
        weeks += f" and {len(failed) - SHOWN_WEEKS} more"
    first = _shortly(next(iter(failed.values())))
    return f"{len(failed)} of {len(findings)} weeks fail: {weeks}; the first: {first}"


def _shortly(of_week: list[str]) -> str:
    more = f"; and {len(of_week) - SHOWN_FINDINGS} more" if len(of_week) > SHOWN_FINDINGS else ""
    return "; ".join(of_week[:SHOWN_FINDINGS]) + more
