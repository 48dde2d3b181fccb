"""Results of checks for tests of their reports: 76 weeks in which all passes but what is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from spotify_assets.reports.checks_text import RESULTS, CheckResults, results_of
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.dashboards import engine_with, query_of, result, tables_from

CHECKS = {
    "albums.references_resolve": "ERROR",
    "raw_playlist.archive_intact": "ERROR",
    "songs.row_count": "WARN",
    "songs.schema": "ERROR",
}
WEEKS = [date(2025, 6, 6) + ONE_WEEK * number for number in range(76)]  # in 2025 and 2026
OLD, NEW = WEEKS[10], WEEKS[-1]
Failed = Mapping[str, Any]


def failed(
    week: date, check: str, finding: str, *examples: Failed, chart: str = "norway"
) -> Failed:
    """A check that failed for a chart."""
    return result(week, check, finding, *examples, chart=chart, severity=CHECKS[check])


def results(*failures: Failed, weeks: list[date] = WEEKS) -> CheckResults:
    """What the reports read of a table of these weeks, in which the other checks passed."""
    of = {(one["week"], f"{one['table_name']}.{one['check_name']}") for one in failures}
    passed = [
        result(week, check, severity=severity)
        for check, severity in CHECKS.items()
        for week in weeks
        if (week, check) not in of
    ]
    tables = tables_from(check_results=[*reversed(failures), *passed])
    return results_of(query_of(engine_with(tables))(RESULTS).rows)


SOME = results(
    failed(OLD, "songs.row_count", "there are 38 too few"),
    failed(NEW, "songs.row_count", "there are 12 too few"),
    failed(NEW, "songs.row_count", "there are 3 too many", chart="global"),
    failed(NEW, "albums.references_resolve", "2 albums aren't in albums"),
)
