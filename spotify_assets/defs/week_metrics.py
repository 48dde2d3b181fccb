"""What is measured of the stored weeks after every run; deploy/terraform/alarms.tf goes by the names.

Putting the figures where alarms see them is in `delivery`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa

from spotify_assets.defs.io_managers import WeeklyTableIOManager
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import missing_charts
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import ONE_WEEK, latest_closed_week

RUN_FAILURES = "RunFailures"  # of the run: 1 where it failed, else 0
FAILED_CHECKS = "FailedChecks"  # of the run: each check counts once for every week it fails in
LATEST_WEEK_ROWS = "LatestWeekRows"  # songs of the week that closed last, all charts
MISSING_CHARTS = "MissingCharts"  # declared charts that this week has no raw file of
LATEST_WEEK_AGE = "LatestWeekAgeDays"  # since the close of the latest week that has songs stored

SONGS = TABLES["songs"]


def week_metrics(
    storage: Storage, inbox_rules: InboxRules, tables: WeeklyTableIOManager
) -> dict[str, float]:
    """The figures of the weeks, by the metric's name.

    No rows where the week that closed last isn't stored yet, which is no alarm for some days, and no
    age where no week is.

    Raises:
        OSError: the storage can't be reached.
        UserError: a setting must be mended for that.
    """
    now = inbox_rules.clock()
    week = latest_closed_week(now)
    is_due = week >= inbox_rules.first_week
    stored = tables.stored_weeks(SONGS)
    metrics: dict[str, float] = {
        MISSING_CHARTS: len(missing_charts(storage, inbox_rules.charts, week)) if is_due else 0,
    }
    if week in stored:
        metrics[LATEST_WEEK_ROWS] = _rows(tables, week)
    if stored:
        metrics[LATEST_WEEK_AGE] = (now - _close(stored[-1])) / timedelta(days=1)
    return metrics


def _rows(tables: WeeklyTableIOManager, week: date) -> int:
    try:
        return int(tables.read(SONGS, week).num_rows)
    except (FileNotFoundError, ValueError, LookupError, pa.ArrowException):
        return 0  # what is damaged has none that can be read; its checks say how


def _close(week: date) -> datetime:
    return datetime.combine(week + ONE_WEEK, time(), UTC)
