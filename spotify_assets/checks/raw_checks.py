"""The checks of `raw_playlist`, on what the archive holds.

Dagster reads the annotations here, so they aren't postponed.
"""

from datetime import date

import dagster as dg

from spotify_assets.charts import Charts
from spotify_assets.checks.reports import log_each_week, summary
from spotify_assets.sources.archive import archived_files
from spotify_assets.sources.inbox import InboxRules
from spotify_assets.sources.missing import why_missing
from spotify_assets.sources.spotify.sentences import CSV_WAY
from spotify_assets.storage import Storage
from spotify_assets.weeks import latest_closed_week

ASSET = "raw_playlist"
NAME = "expected_charts_present"
# A week with some of its charts is worth having, and a later drop completes it.
SEVERITY = dg.AssetCheckSeverity.WARN


def build_raw_checks(partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetChecksDefinition]:
    """The checks of `raw_playlist`, on these partitions."""

    @dg.asset_check(asset=ASSET, name=NAME, partitions_def=partitions)
    def expected_charts_present(
        context: dg.AssetCheckExecutionContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> dg.AssetCheckResult:
        """Every declared chart has a raw file in the week; names those that haven't, and why."""
        weeks = [date.fromisoformat(key) for key in _weeks(context, storage)]
        present: dict[date, set[str]] = {week: set() for week in weeks}
        for name, _ in archived_files(storage, weeks):
            present[name.week].add(name.chart)
        latest = latest_closed_week(inbox_rules.clock())
        findings = {
            week: missing_charts(storage, inbox_rules.charts, week, had)
            for week, had in present.items()
            if had or week == latest or len(weeks) == 1
        }
        if len(weeks) > 1:
            log_each_week(context, ASSET, NAME, findings, SEVERITY)
        return summary(ASSET, NAME, findings, SEVERITY)

    return [expected_charts_present]


def missing_charts(storage: Storage, charts: Charts, week: date, had: set[str]) -> list[str]:
    """What is to be said of each declared chart that isn't among those that were had."""
    lacking = [chart.slug for chart in charts.charts if chart.slug not in had]
    reasons = why_missing(storage, week) if lacking else {}
    return [reasons.get(slug, f"{slug} was not collected. {CSV_WAY}") for slug in lacking]


def _weeks(context: dg.AssetCheckExecutionContext, storage: Storage) -> list[str]:
    """The weeks of the run; in one without partitions, as the UI's button starts it, all archived."""
    if context.has_partition_key or context.has_partition_key_range:
        return list(context.partition_keys)
    return sorted({name.week.isoformat() for name, _ in archived_files(storage, None)})
