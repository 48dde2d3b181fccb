"""The checks of `raw_playlist`, on what the archive holds. What they assert is in `raw_rules`, asking
them in `raw_weeks`.

Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Iterator

import dagster as dg

from spotify_assets.checks import raw_rules
from spotify_assets.checks.raw_weeks import judge_all_raw, judge_raw_weeks
from spotify_assets.defs.check_results import report_all, report_whole, specs, weeks_of_run
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.storage import Storage


def build_raw_checks(
    partitions: dg.PartitionsDefinition[str], thresholds: Thresholds
) -> list[dg.AssetChecksDefinition]:
    """The checks of `raw_playlist`: four of every week, on these partitions, and two of the whole."""

    @dg.multi_asset_check(
        name="raw_checks",
        specs=specs(raw_rules.OF_A_WEEK, partitions),
        can_subset=True,
    )
    def raw_checks(
        context: dg.AssetCheckExecutionContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> Iterator[dg.AssetCheckResult]:
        verdicts = judge_raw_weeks(storage, inbox_rules, weeks_of_run(context))
        selected = {key.name for key in context.selected_asset_check_keys}
        checks = [check for check in raw_rules.OF_A_WEEK if check.name in selected]
        yield from report_all(context, ((check, verdicts[check.name]) for check in checks))

    @dg.multi_asset_check(name="raw_checks_of_all", specs=specs(raw_rules.OF_ALL), can_subset=True)
    def raw_checks_of_all(
        context: dg.AssetCheckExecutionContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> Iterator[dg.AssetCheckResult]:
        verdicts = judge_all_raw(storage, inbox_rules, thresholds)
        selected = {key.name for key in context.selected_asset_check_keys}
        for check in raw_rules.OF_ALL:
            if check.name in selected:
                yield report_whole(check, verdicts[check.name])

    return [raw_checks, raw_checks_of_all]
