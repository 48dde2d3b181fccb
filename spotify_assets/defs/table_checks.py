"""The checks of the tables in Dagster: one step that reads each stored file once.

It looks at the weeks of its run only. What is checked is in `declared`, judging in `stored_weeks`.
Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Iterator

import dagster as dg

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.stored_weeks import judge_weeks
from spotify_assets.defs.check_results import report_all, specs, weeks_of_run
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
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
        yield from report_all(context, ((check, verdicts[check.title]) for check in checks))

    return table_checks
