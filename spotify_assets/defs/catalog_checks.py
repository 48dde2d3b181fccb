"""The checks of `catalog` in Dagster. What they assert is in `catalog_rules`.

Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Callable, Iterator

import dagster as dg

from spotify_assets.catalog.interface import CatalogContents
from spotify_assets.checks.catalog_rules import (
    BY_WEEK,
    COLUMN_TYPES,
    NOT_HELD_BACK,
    ROW_COUNTS,
    SAME_WEEKS,
    column_verdict,
    count_verdicts,
    held_back_verdicts,
    week_verdicts,
    weeks_to_ask,
)
from spotify_assets.checks.verdicts import CheckMeaning
from spotify_assets.defs.check_results import (
    Verdicts,
    report_all,
    report_whole,
    specs,
    weeks_of_run,
)
from spotify_assets.publishing.ledger import published
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage


def build_catalog_checks(
    partitions: dg.PartitionsDefinition[str], table_format: TableFormat
) -> list[dg.AssetChecksDefinition]:
    """The checks of `catalog`: three of every week, on these partitions, and one of the whole."""

    @dg.multi_asset_check(
        name="catalog_checks",
        specs=specs(BY_WEEK, partitions),
        can_subset=True,
    )
    def catalog_checks(
        context: dg.AssetCheckExecutionContext,
        storage: dg.ResourceParam[Storage],
        catalog_contents: dg.ResourceParam[CatalogContents],
    ) -> Iterator[dg.AssetCheckResult]:
        decided = published(storage)
        weeks = weeks_to_ask(catalog_contents, decided, weeks_of_run(context))
        names = {key.name for key in context.selected_asset_check_keys}
        judges: dict[CheckMeaning, Callable[[], Verdicts]] = {
            NOT_HELD_BACK: lambda: held_back_verdicts(decided, weeks),
            SAME_WEEKS: lambda: week_verdicts(catalog_contents, decided, weeks),
            ROW_COUNTS: lambda: count_verdicts(
                catalog_contents, storage, table_format, decided, weeks
            ),
        }
        asked_for = {check: judge for check, judge in judges.items() if check.name in names}
        yield from report_all(context, ((check, judge()) for check, judge in asked_for.items()))

    @dg.multi_asset_check(name="catalog_columns", specs=specs([COLUMN_TYPES]))
    def catalog_columns(
        catalog_contents: dg.ResourceParam[CatalogContents],
    ) -> dg.AssetCheckResult:
        return report_whole(COLUMN_TYPES, column_verdict(catalog_contents))

    return [catalog_checks, catalog_columns]
