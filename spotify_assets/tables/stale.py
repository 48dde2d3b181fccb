"""Which weeks are stale: the one rule that schedule, sensor, `update` and `doctor` share.

A week is stale if its check_results file is missing, or is not newer than the week's raw files and
details. That file is written last, so a run that was killed leaves its weeks stale.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from spotify_assets.layout import (
    ARCHIVE,
    CHECKS_PAGE,
    DASHBOARD,
    DETAILS,
    REPORTS,
    TABLES,
    raw_name_of,
    table_key,
    week_of_table_key,
)
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import CHECK_RESULTS

DETAILS_RANGE = re.compile(r"/(?P<first>\d{4}-\d\d-\d\d)_(?P<last>\d{4}-\d\d-\d\d)\.[^/]*$")


def stale_weeks(storage: Storage) -> list[date]:
    """Return the weeks that must be made again, in order, from three listings and no reads.

    S3 tells whole seconds only, so a check_results file of the same time counts as too old.
    """
    received: dict[date, datetime] = {}
    for file in storage.files(ARCHIVE):
        name = raw_name_of(file.key)
        if name is not None:
            received[name.week] = max(received.get(name.week, file.modified), file.modified)
    judged = {
        week: file.modified
        for file in storage.files(f"{TABLES}{CHECK_RESULTS.name}/")
        if (week := week_of_table_key(file.key)) and file.key == table_key(CHECK_RESULTS.name, week)
    }
    details = [
        (match["first"], match["last"], file.modified)
        for file in storage.files(DETAILS)
        if (match := DETAILS_RANGE.search(file.key))
    ]

    def is_stale(week: date) -> bool:
        day = week.isoformat()
        newest = max(
            [received[week], *(moment for first, last, moment in details if first <= day <= last)]
        )
        return week not in judged or judged[week] <= newest

    return [week for week in sorted(received) if is_stale(week)]


def are_reports_stale(storage: Storage) -> bool:
    """Return whether a report is missing or older than the newest verdicts, as after a run was killed.

    Reports are made last, so that the catalog is as new as they are.
    """
    judged = [file.modified for file in storage.files(f"{TABLES}{CHECK_RESULTS.name}/")]
    made = {file.key: file.modified for file in storage.files(REPORTS)}
    reports = [made.get(key) for key in (DASHBOARD, CHECKS_PAGE)]
    return bool(judged) and any(moment is None or moment < max(judged) for moment in reports)
