"""The asset `check_report`: every check of every week on a page, what fails and since when.

What is asked and shown is in the package `check_report`. It has no partitions, for it is about all
weeks. Checks that fail are what it is about, so they don't fail it.
"""

import dagster as dg

from spotify_assets.catalog.interface import CatalogContents
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.defs.descriptions import report_metadata
from spotify_assets.layout import CHECKS_DATA, CHECKS_PAGE
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.reports.check_report.evaluation import evaluate
from spotify_assets.reports.check_report.page import document
from spotify_assets.reports.check_report.report import as_json, read_report, remembered, report_of
from spotify_assets.reports.check_report.stamps import Judged
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage


def build_check_report(settings: Settings) -> dg.AssetsDefinition:
    """The asset `check_report`, with these thresholds and links to this address of Dagster's UI."""

    @dg.asset(
        backfill_policy=ONE_RUN,
        deps=["catalog"],
        group_name="reports",
        kinds={"html", "json"},
        owners=OWNERS,
        freshness_policy=FRESH,
    )
    def check_report(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
        catalog_contents: dg.ResourceParam[CatalogContents],
    ) -> dg.MaterializeResult[None]:
        """Every check of every week on one page: what fails now, since when, and counts over time.

        One self-contained HTML file, and the same as JSON, which the next report goes on from: weeks
        whose files haven't changed since are not read again.
        """
        judged = Judged(storage, inbox_rules, catalog_contents, settings.table_format, settings)
        before = read_report(storage)
        evaluation = evaluate(judged, remembered(before))
        report = report_of(evaluation, before, inbox_rules.clock())
        if isinstance(before, str):
            context.log.info(f"This report begins anew: {before}")
        # The page first: if it can't be written, the next report begins with what this one did.
        storage.write(CHECKS_PAGE, document(report, settings.ui_url))
        storage.write(CHECKS_DATA, as_json(report))
        location = storage.location(CHECKS_PAGE)
        return dg.MaterializeResult(
            metadata=report_metadata(report, location, evaluation.judged_anew)
        )

    return check_report
