"""The chart week: which days it has, what it is called, when it is over.

A chart week runs from Friday to Thursday, UTC, and it is called by that Friday, `2026-11-13`.
It closes on the next Friday at 00:00 UTC. Dates of chart weeks are worked out here and nowhere
else; what a file name says of its week is read in `sources`, Dagster's view of it in `partitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present moment, in UTC. Injected, so that tests can live at any time."""

FRIDAY = 4  # datetime.date.weekday()
THURSDAY = 3
ONE_WEEK = timedelta(weeks=1)
CENTURY = 20  # years 2000 to 2099: no chart is older, and dates far off are mistakes


def system_clock() -> datetime:
    """The present moment, in UTC: the one place that asks the machine."""
    return datetime.now(tz=UTC)


def latest_closed_week(moment: datetime) -> date:
    """The Friday of the last chart week that was over at `moment`.

    Also the week that a chart shows when it is refreshed at `moment`: a refresh on Friday
    2023-10-27 shows the week 2023-10-20.
    """
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=(day.weekday() - FRIDAY) % 7) - ONE_WEEK


def week_of_thursday(thursday: date) -> date:
    """The chart week that ends on `thursday`.

    Raises:
        ValueError: it isn't a Thursday.
    """
    if thursday.weekday() != THURSDAY:
        raise ValueError(f"{thursday} is a {thursday:%A}; a weekly chart file is dated a Thursday")
    return thursday - timedelta(days=6)


def week_end(week: date) -> date:
    """The Thursday on which the chart week `week` ends."""
    return week + timedelta(days=6)


def parse_week(text: str) -> date:
    """The chart week that a key such as `2026-11-13` names.

    Raises:
        ValueError: it isn't a date of this century, or not a Friday; then the message names the
            nearest ones.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.isoformat() != text or day.year // 100 != CENTURY:
        raise ValueError(f"{text!r} is not a date like 2026-11-13")
    if day.weekday() != FRIDAY:
        before = day - timedelta(days=(day.weekday() - FRIDAY) % 7)
        raise ValueError(
            f"{text} is a {day:%A}; a chart week is named by its Friday: "
            f"{before} or {before + ONE_WEEK}"
        )
    return day


def runs_of_weeks(weeks: Iterable[date]) -> list[tuple[date, date]]:
    """The weeks as ranges without gaps, each as first and last week, in order."""
    ranges: list[tuple[date, date]] = []
    for week in sorted(set(weeks)):
        if ranges and week - ranges[-1][1] == ONE_WEEK:
            ranges[-1] = (ranges[-1][0], week)
        else:
            ranges.append((week, week))
    return ranges


def weeks_between(first: date, last: date) -> list[date]:
    """Every chart week from `first` to `last`, both included."""
    return [first + ONE_WEEK * n for n in range((last - first).days // 7 + 1)]
