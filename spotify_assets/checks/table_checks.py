"""The checks of the tables in Dagster: one step that reads each stored file once.

It looks at the weeks of its run only. What is checked is in `declared`. Dagster reads the annotations
here, so they aren't postponed.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.reports import report, specs, weeks_of_run
from spotify_assets.checks.stored_weeks import judge, read_weeks, tables_needed, weeks_with_songs
from spotify_assets.checks.verdicts import Check, Verdict
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.sources.archive import archived_files
from spotify_assets.storage import Storage


def build_table_checks(
    partitions: dg.PartitionsDefinition[str], table_format: TableFormat, thresholds: Thresholds
) -> dg.AssetChecksDefinition:
    """The checks of every table, on these partitions."""

    @dg.multi_asset_check(
        name="table_checks",
        specs=specs(TABLE_CHECKS, partitions),
        can_subset=True,
    )
    def table_checks(
        context: dg.AssetCheckExecutionContext, storage: dg.ResourceParam[Storage]
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {(key.asset_key.path[-1], key.name) for key in context.selected_asset_check_keys}
        checks = [check for check in TABLE_CHECKS if (check.asset, check.name) in selected]
        weeks = weeks_of_run(context)
        verdicts = judge_weeks(storage, table_format, thresholds, checks, weeks)
        for check in checks:
            yield report(context, check, verdicts[check.title])

    return table_checks


def judge_weeks(
    storage: Storage,
    table_format: TableFormat,
    thresholds: Thresholds,
    checks: list[Check],
    weeks: list[date] | None,
) -> dict[str, dict[date, Verdict]]:
    """What the checks have to say of each week, by the check's title; of None, all stored weeks.

    A week of several that nothing was collected for has nothing to check and is left out.

    Raises:
        OSError: the storage can't be reached.
    """
    asked = weeks_with_songs(storage, table_format) if weeks is None else weeks
    collected = {name.week for name, _ in archived_files(storage, asked)}
    verdicts: dict[str, dict[date, Verdict]] = {check.title: {} for check in checks}
    for week in read_weeks(storage, table_format, asked, tables_needed(checks)):
        if week.tables or week.week in collected or len(asked) == 1:
            for check in checks:
                verdicts[check.title][week.week] = judge(check, week, thresholds)
    return verdicts
