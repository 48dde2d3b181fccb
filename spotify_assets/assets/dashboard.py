"""The asset `dashboard`: the page that is drawn from the views, as one file.

What is asked and drawn is in the package `dashboard`. It has no partitions, for the page is about all
weeks: every run that publishes makes it anew.
"""

import dagster as dg

from spotify_assets.assets import FRESH, ONE_RUN, OWNERS
from spotify_assets.catalogs.answers import answering
from spotify_assets.dashboard.queries import NOTHING, ask_views
from spotify_assets.dashboard.records import HeldBack, records_of
from spotify_assets.dashboard.size import fitting_document
from spotify_assets.layout import DASHBOARD
from spotify_assets.publishing.ledger import published


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
            answers = ask_views(ask) if ask else NOTHING
        held_back = [
            HeldBack(week, findings) for week, findings in published(storage).held_back.items()
        ]
        records = records_of(answers, rules.charts, rules.clock(), held_back)
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
