"""Which weeks are stale: the one rule that schedule, sensor, `update` and `doctor` share.

A week is stale if its check_results file is missing, or is not newer than the week's raw files and
details, or than the columns declared, or if another of its table files is gone. That file is written
last, so a run that was killed leaves its weeks stale.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime

from spotify_assets.held_back import held_back_weeks
from spotify_assets.layout import (
    ARCHIVE,
    CHECKS_PAGE,
    DASHBOARD,
    DETAILS,
    IDENTITIES,
    REPORTS,
    TABLE_FILES,
    raw_name_of,
    table_key,
)
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import CHART_TABLES, CHECK_RESULTS, COLUMNS_KEY, TABLES
from spotify_assets.tables.store import stored_weeks

DETAILS_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)(?=[+.][^/]*$)")


def stale_weeks(storage: Storage, since: date = date.min) -> list[date]:
    """Return the weeks from `since` that must be made again, in order, from listings alone.

    S3 tells whole seconds only, so a check_results file as old as a raw file counts as too old.
    """
    received: dict[date, datetime] = {}
    for file in storage.files(ARCHIVE):
        name = raw_name_of(file.key)
        if name is not None:
            received[name.week] = max(received.get(name.week, file.modified), file.modified)
    stored = {file.key: file.modified for file in storage.files(TABLE_FILES)}
    columns_since = stored.get(COLUMNS_KEY)  # None: all was made by a version with other columns
    held_back = held_back_weeks(storage)
    details = [
        (first, last, file.modified)
        for file in storage.files(DETAILS)
        for first, last in DETAILS_RANGE.findall(file.key)
    ]

    def is_stale(week: date) -> bool:
        judged = stored.get(table_key(CHECK_RESULTS.name, week))
        tables = sum(table_key(name, week) in stored for name in CHART_TABLES)
        # A week of which every chart is held back has no tables.
        complete = tables == len(CHART_TABLES) or (tables == 0 and week in held_back)
        day = week.isoformat()
        newest = max(
            [received[week], *(moment for first, last, moment in details if first <= day <= last)]
        )
        if judged is None or columns_since is None:
            return True
        # The columns were noted before the verdicts, perhaps in the same second.
        return judged <= newest or judged < columns_since or not complete

    return [week for week in sorted(received) if week >= since and is_stale(week)]


def week_to_publish(
    storage: Storage, shown: Mapping[str, Collection[date]], since: date
) -> date | None:
    """Return the week of a run that only publishes, not before `since`; None if nothing needs it.

    It does if the catalog, which shows these weeks of each table, or a report is behind what is stored.
    """
    stored = stored_weeks(storage)
    differs = any(set(stored.get(name, ())) != set(shown.get(name, ())) for name in TABLES)
    known = set().union(*stored.values(), *shown.values())
    return max(since, *known) if known and (differs or are_reports_stale(storage)) else None


def are_reports_stale(storage: Storage) -> bool:
    """Return whether a report, or what it is drawn from, is missing or older than the newest verdicts.

    That is so after a run was killed. Reports are made last, so that the catalog is as new as they are.
    """
    judged = [file.modified for file in storage.files(f"{TABLE_FILES}{CHECK_RESULTS.name}/")]
    made = {f.key: f.modified for place in (REPORTS, IDENTITIES) for f in storage.files(place)}
    moments = [made.get(key) for key in (IDENTITIES, DASHBOARD, CHECKS_PAGE)]
    return bool(judged) and any(moment is None or moment < max(judged) for moment in moments)
