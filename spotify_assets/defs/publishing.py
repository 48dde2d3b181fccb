"""The assets `catalog`, `dashboard`, `check_report` and `digest`: SQL, two pages, and a message.

What a catalog does is in `catalog`, what the pages show in `reports`. The pages have no partitions
because they are about all weeks. Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Callable
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from spotify_assets.catalog.views import VIEWS
from spotify_assets.checks.every import base_rows
from spotify_assets.defs import Shared, record_others, run_weeks
from spotify_assets.defs.delivery import Message, send
from spotify_assets.defs.resources import (
    CatalogResource,
    ChartsResource,
    StorageResource,
    checked_base,
)
from spotify_assets.demo.marker import holds_demo
from spotify_assets.layout import CHECKS_DATA, CHECKS_PAGE, DASHBOARD
from spotify_assets.raw.missing import expected_charts
from spotify_assets.reports.checks_page import checks_page
from spotify_assets.reports.checks_text import RESULTS, as_json, extent, results_of
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import query_views
from spotify_assets.reports.digest import as_html, as_text, digest_of
from spotify_assets.settings import Settings, variable_of
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import ONE_WEEK, Clock, describe_weeks, latest_closed_week
from spotify_assets.words import counted

PUBLISHING = ("catalog", "dashboard", "check_report", "digest")
ANNOUNCED = "newest week announced"  # in the metadata of `digest`, where the next run reads it
NOT_SENT = "not sent"
NEWS = 4 * ONE_WEEK  # the digest of a week that closed longer ago is no news


def build_catalog(shared: Shared, settings: Settings) -> dg.AssetsDefinition:
    """Return the asset `catalog`."""

    @shared.asset(
        "catalog",
        deps=shared.keys(list(TABLES)),
        group_name="catalog",
        kinds={"glue", "athena"} if settings.catalog == "glue" else {"duckdb", "sql"},
    )
    def catalog(
        context: dg.AssetExecutionContext, storage: StorageResource, catalog: CatalogResource
    ) -> dg.MaterializeResult[None]:
        """Every table and every analytics view, over all stored weeks, to be queried in SQL.

        The catalog is compared with what is stored each time, so weeks that were moved or deleted by
        hand are put right too. Which ids and names are one song is found out before, over all weeks.
        """
        base = storage.of_run(context.run.run_id)
        opened, songs, found = catalog.open(base), store_identities(base), stored_weeks(base)
        stored = {name: found.get(name, []) for name in TABLES}
        changes = opened.publish(stored)
        record_others(context, shared.key("catalog"), run_weeks(context))
        context.log.info(f"Published to {opened.location}: {changes or 'nothing had to change'}")
        return dg.MaterializeResult(
            metadata={
                "catalog": opened.location,
                "weeks": {name: describe_weeks(weeks) for name, weeks in stored.items()},
                "changes": changes,
                "songs": pc.count_distinct(songs["song"]).as_py(),
                "views": ", ".join(view.name for view in VIEWS),
            }
        )

    return catalog


def build_dashboard(shared: Shared, clock: Clock) -> dg.AssetsDefinition:
    """Return the asset `dashboard`."""

    @_report(shared, "dashboard", "html", "sql")
    def dashboard(
        context: dg.AssetExecutionContext,
        storage: StorageResource,
        catalog: CatalogResource,
        charts: ChartsResource,
    ) -> dg.MaterializeResult[None]:
        """The charts on one page for the browser: what rises, who leads, what changes.

        One self-contained HTML file over all stored weeks, drawn from the SQL views.
        """
        base, known = storage.of_run(context.run.run_id), charts.open()
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

    @_report(shared, "check_report", "html", "json")
    def check_report(
        context: dg.AssetExecutionContext,
        storage: StorageResource,
        catalog: CatalogResource,
        charts: ChartsResource,
    ) -> dg.MaterializeResult[None]:
        """Every check of every week and of the whole base on one page: what fails, and since when.

        One self-contained HTML file, and the same results as JSON.
        """
        checked = checked_base(context.run.run_id, storage, charts, settings)
        rules = charts.rules(clock)
        base, opened = checked.storage, catalog.open(checked.storage)
        has_results = opened.weeks().get("check_results")
        of_weeks = opened.query(RESULTS).rows if has_results else ()
        of_base = base_rows(checked, opened, clock(), rules.first_week)
        results = results_of([*of_weeks, *of_base])
        base.write(CHECKS_PAGE, checks_page(results, clock(), settings.ui_url))
        base.write(CHECKS_DATA, as_json(results))
        failing = [
            f"- `{title}`: {extent(check)}" if check.weeks else f"- `{title}`"
            for title, check in results.failing.items()
        ]
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


def build_digest(shared: Shared, settings: Settings, clock: Clock) -> dg.AssetsDefinition:
    """Return the asset `digest`, which sends what it says once for each new week."""
    key = shared.key("digest")

    @_report(shared, "digest", "email", after="dashboard")
    def digest(
        context: dg.AssetExecutionContext,
        storage: StorageResource,
        catalog: CatalogResource,
        charts: ChartsResource,
    ) -> dg.MaterializeResult[None]:
        """What the newest week brought: number one, climbers, new entries, comebacks, what is missing.

        It is sent to whom the alerts go to, by the run that makes the newest week for the first time.
        If it reaches nobody, the week is fine, and the next run sends it.
        """
        base = storage.of_run(context.run.run_id)
        opened = catalog.open(base)
        week = max(opened.weeks().get("songs", ()), default=None)
        last = context.instance.get_latest_materialization_event(key)
        made = last.asset_materialization if last else None
        before = str(made.metadata[ANNOUNCED].value) if made and ANNOUNCED in made.metadata else ""
        if week is None or str(week) <= before:
            said = "no: no stored week is newer than those of earlier runs"
            return dg.MaterializeResult(metadata={"sent": said, ANNOUNCED: before})
        expected, place = expected_charts(base, charts.open()), base.location(DASHBOARD)
        found = digest_of(opened.query, base, week, expected, place)
        text, announced = as_text(found), str(week)
        not_sent: list[str] = []
        if holds_demo(base):
            said = "no: these are the demo's made-up charts"
        elif week < latest_closed_week(clock()) - NEWS:
            said = "no: the week closed more than four weeks ago"
        elif not (settings.alert_topic or settings.alert_addresses):
            said = (
                f"no: neither {variable_of('alert_urls')} nor {variable_of('alert_topic')} is set"
            )
        else:
            reached, not_sent = send(settings, Message(found.subject, text, as_html(found)))
            said = f"to {counted(reached, 'place')}"
            announced = announced if reached else before
        for problem in not_sent:
            context.log.error(f"{problem} (the digest of {week})")
        return dg.MaterializeResult(
            metadata={
                "sent": said,
                "text": dg.MetadataValue.text(text),
                ANNOUNCED: announced,
                **({NOT_SENT: " ".join(not_sent)} if not_sent else {}),
            }
        )

    return digest


def _report(
    shared: Shared, name: str, *kinds: str, after: str = "catalog"
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    deps = [shared.key(after)]
    return shared.asset(name, is_weekly=False, deps=deps, group_name="reports", kinds={*kinds})


def _link(location: str) -> dg.MetadataValue[Any]:
    is_url = location.startswith("s3://")
    return dg.MetadataValue.url(location) if is_url else dg.MetadataValue.path(location)
