"""The assets `dashboard` and `check_report`: two pages, drawn from the catalog by SQL.

What the pages show is in `reports`. They have no partitions because they are about all weeks: every
run that publishes weeks builds them again. Failing checks are what `check_report` is about, so they
don't make it fail.
"""

from collections.abc import Callable
from typing import Any

import dagster as dg

from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.layout import CHECKS_DATA, CHECKS_PAGE, DASHBOARD
from spotify_assets.reports.checks_page import checks_page
from spotify_assets.reports.checks_text import as_json, extent, read_results, results_of
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import query_views


def build_dashboard() -> dg.AssetsDefinition:
    """Return the asset `dashboard`."""

    def dashboard(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """The charts on one page for the browser: what rises, who leads, what changes.

        One self-contained HTML file over all stored weeks, drawn from the SQL views.
        """
        catalog, rules = context.resources.catalog, context.resources.inbox_rules
        answers = query_views(catalog.query, rules.charts, catalog.weeks())
        page = dashboard_page(answers, rules.charts, rules.clock())
        context.resources.storage.write(DASHBOARD, page)
        return dg.MaterializeResult(
            metadata={
                "page": _link(context.resources.storage.location(DASHBOARD)),
                "bytes": len(page),
                "weeks": len({row[1] for row in answers.chart_weeks}),
                "charts": len({row[0] for row in answers.chart_weeks}),
            }
        )

    return _asset(dashboard, "html", "sql")


def build_check_report(ui_url: str) -> dg.AssetsDefinition:
    """Return the asset `check_report`, whose page links to Dagster's UI at this address."""

    def check_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """Every check of every week on one page: what fails now, since when, and counts over time.

        One self-contained HTML file, and the same results as JSON.
        """
        catalog, storage = context.resources.catalog, context.resources.storage
        has_results = catalog.weeks().get("check_results")
        results = read_results(catalog.query) if has_results else results_of(())
        page = checks_page(results, context.resources.inbox_rules.clock(), ui_url)
        storage.write(CHECKS_PAGE, page)
        storage.write(CHECKS_DATA, as_json(results))
        failing = [f"- `{title}`: {extent(check)}" for title, check in results.failing.items()]
        return dg.MaterializeResult(
            metadata={
                "page": _link(storage.location(CHECKS_PAGE)),
                "weeks": len(results.weeks),
                "errors": results.count("ERROR"),
                "warnings": results.count("WARN"),
                **({"failing": dg.MetadataValue.md("\n".join(failing))} if failing else {}),
            }
        )

    return _asset(check_report, "html", "json")


def _asset(
    body: Callable[[dg.AssetExecutionContext], dg.MaterializeResult[None]], *kinds: str
) -> dg.AssetsDefinition:
    decorated = dg.asset(
        backfill_policy=ONE_RUN,
        deps=["catalog"],
        group_name="reports",
        kinds=set(kinds),
        owners=OWNERS,
        freshness_policy=FRESH,
        required_resource_keys={"catalog", "storage", "inbox_rules"},
    )
    return decorated(body)


def _link(location: str) -> dg.MetadataValue[Any]:
    is_url = location.startswith("s3://")
    return dg.MetadataValue.url(location) if is_url else dg.MetadataValue.path(location)
