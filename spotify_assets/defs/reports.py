"""The assets `dashboard` and `check_report`: two pages, drawn from the catalog by SQL.

What the pages show is in `reports`. They have no partitions because they are about all weeks: every
run that publishes weeks builds them again. Failing checks are what `check_report` is about, so they
don't make it fail. Dagster reads the annotations here, so they aren't postponed.
"""

from typing import Any

import dagster as dg

from spotify_assets.defs import Shared
from spotify_assets.defs.resources import CatalogResource, ChartsResource, StorageResource
from spotify_assets.layout import CHECKS_DATA, CHECKS_PAGE, DASHBOARD
from spotify_assets.reports.checks_page import checks_page
from spotify_assets.reports.checks_text import as_json, extent, read_results, results_of
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import query_views
from spotify_assets.settings import Settings
from spotify_assets.weeks import Clock


def build_dashboard(shared: Shared, clock: Clock) -> dg.AssetsDefinition:
    """Return the asset `dashboard`."""

    @shared.asset(
        "dashboard",
        is_weekly=False,
        deps=[shared.key("catalog")],
        group_name="reports",
        kinds={"html", "sql"},
    )
    def dashboard(
        storage: StorageResource, catalog: CatalogResource, charts: ChartsResource
    ) -> dg.MaterializeResult[None]:
        """The charts on one page for the browser: what rises, who leads, what changes.

        One self-contained HTML file over all stored weeks, drawn from the SQL views.
        """
        base, known = storage.open(), charts.open()
        opened = catalog.open(base)
        answers = query_views(opened.query, known, opened.weeks())
        page = dashboard_page(answers, known, clock())
        base.write(DASHBOARD, page)
        return dg.MaterializeResult(
            metadata={
                "page": _link(base.location(DASHBOARD)),
                "bytes": len(page),
                "weeks": len({row[1] for row in answers.chart_weeks}),
                "charts": len({row[0] for row in answers.chart_weeks}),
            }
        )

    return dashboard


def build_check_report(shared: Shared, settings: Settings, clock: Clock) -> dg.AssetsDefinition:
    """Return the asset `check_report`, whose page links to Dagster's UI."""

    @shared.asset(
        "check_report",
        is_weekly=False,
        deps=[shared.key("catalog")],
        group_name="reports",
        kinds={"html", "json"},
    )
    def check_report(
        storage: StorageResource, catalog: CatalogResource
    ) -> dg.MaterializeResult[None]:
        """Every check of every week on one page: what fails, in which weeks, and since when.

        One self-contained HTML file, and the same results as JSON.
        """
        base = storage.open()
        opened = catalog.open(base)
        has_results = opened.weeks().get("check_results")
        results = read_results(opened.query) if has_results else results_of(())
        base.write(CHECKS_PAGE, checks_page(results, clock(), settings.ui_url))
        base.write(CHECKS_DATA, as_json(results))
        failing = [f"- `{title}`: {extent(check)}" for title, check in results.failing.items()]
        return dg.MaterializeResult(
            metadata={
                "page": _link(base.location(CHECKS_PAGE)),
                "weeks": len(results.weeks),
                "errors": results.count("ERROR"),
                "warnings": results.count("WARN"),
                **({"failing": dg.MetadataValue.md("\n".join(failing))} if failing else {}),
            }
        )

    return check_report


def _link(location: str) -> dg.MetadataValue[Any]:
    is_url = location.startswith("s3://")
    return dg.MetadataValue.url(location) if is_url else dg.MetadataValue.path(location)
