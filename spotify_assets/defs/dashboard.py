"""The asset `dashboard`: the page that is drawn from the views, as one file.

What is asked and drawn is in the package `dashboard`. It has no partitions, for the page is about all
weeks: every run that publishes makes it anew.
"""

from datetime import date

import dagster as dg

from spotify_assets.catalog.answers import answering
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.layout import DASHBOARD
from spotify_assets.publishing.ledger import published
from spotify_assets.raw.archive import archived_files
from spotify_assets.reports.dashboard.queries import NOTHING, ask_views
from spotify_assets.reports.dashboard.records import HeldBack, records_of
from spotify_assets.reports.dashboard.size import fitting_document
from spotify_assets.storage import Storage


def build_dashboard(catalog_resource: str) -> dg.AssetsDefinition:
    """The asset `dashboard`, over the catalog that this resource is: `duckdb` or `aws_catalog`."""

    @dg.asset(
        backfill_policy=ONE_RUN,
        deps=["catalog"],
        group_name="reports",
        kinds={"html", "sql"},
        owners=OWNERS,
        freshness_policy=FRESH,
        required_resource_keys={"storage", "inbox_rules", catalog_resource},
    )
    def dashboard(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """The charts on one page, to be opened in a browser: what rises, who leads, what changes.

        One self-contained HTML file over all published weeks, drawn from the SQL views.
        """
        storage, rules = context.resources.storage, context.resources.inbox_rules
        with answering(getattr(context.resources, catalog_resource), storage) as ask:
            answers = ask_views(ask, rules.charts) if ask else NOTHING
        records = records_of(answers, rules.charts, rules.clock(), held_back_in(storage))
        page = fitting_document(records)
        storage.write(DASHBOARD, page)
        location = storage.location(DASHBOARD)
        is_url = location.startswith("s3://")
        return dg.MaterializeResult(
            metadata={
                "page": (dg.MetadataValue.url if is_url else dg.MetadataValue.path)(location),
                "bytes": len(page),
                "weeks": len({row[1] for row in answers.chart_weeks}),
                "charts": len(records["charts"]),
            }
        )

    return dashboard


def held_back_in(storage: Storage) -> list[HeldBack]:
    """The weeks that the audit holds back, each with the charts that were collected of it."""
    findings = published(storage).held_back
    charts: dict[date, set[str]] = {}
    for name, _ in archived_files(storage, sorted(findings)) if findings else ():
        charts.setdefault(name.week, set()).add(name.chart)
    return [
        HeldBack(week, found, frozenset(charts.get(week, ()))) for week, found in findings.items()
    ]
