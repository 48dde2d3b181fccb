"""The chart week: from Friday to Thursday, UTC, named by that Friday: `2026-11-13`.

It closes on the next Friday at 00:00 UTC. Weeks as Dagster's partitions are in `defs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from spotify_assets.words import MOST_LISTED

Clock = Callable[[], datetime]
"""Returns the present moment, in UTC. Injected, so that tests can choose it."""

FRIDAY = 4  # datetime.date.weekday()
ONE_WEEK = timedelta(weeks=1)
CENTURY = 20  # years 2000 to 2099: no chart is older, and other dates are mistakes


def system_clock() -> datetime:
    """Return the present moment, in UTC: the only place that reads the machine's clock."""
    return datetime.now(tz=UTC)


def latest_closed_week(moment: datetime) -> date:
    """Return the last chart week over at `moment`, which a chart refreshed at `moment` shows."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=(day.weekday() - FRIDAY) % 7) - ONE_WEEK


def week_of_thursday(thursday: date) -> date:
    """Return the chart week that ends on this Thursday; another day is a ValueError."""
    if thursday.weekday() != FRIDAY - 1:
        raise ValueError(f"{thursday} is a {thursday:%A}; a weekly chart file is dated a Thursday")
    return thursday - timedelta(days=6)


def week_end(week: date) -> date:
    """Return the Thursday on which a chart week ends."""
    return week + timedelta(days=6)


def parse_week(text: str) -> date:
    """Return the chart week of a key such as `2026-11-13`.

    Raises:
        ValueError: it is no date of this century, or no Friday; names the Fridays beside it.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.isoformat() != text or day.year // 100 != CENTURY:
        raise ValueError(f"{text!r} is not a date like 2026-11-13")
    if day.weekday() != FRIDAY:
        before = day - timedelta(days=(day.weekday() - FRIDAY) % 7)
        fridays = f"{before} or {before + ONE_WEEK}"
        raise ValueError(f"{text} is a {day:%A}; a chart week is named by its Friday: {fridays}")
    return day


def runs_of_weeks(weeks: Iterable[date]) -> list[tuple[date, date]]:
    """Return the weeks as ranges without gaps, each by its first and last week, in order."""
    ranges: list[tuple[date, date]] = []
    for week in sorted(set(weeks)):
        if ranges and week - ranges[-1][1] == ONE_WEEK:
            ranges[-1] = (ranges[-1][0], week)
        else:
            ranges.append((week, week))
    return ranges


def weeks_between(first: date, last: date) -> list[date]:
    """Return every chart week from `first` to `last`, both included."""
    return [first + ONE_WEEK * n for n in range((last - first).days // 7 + 1)]


def holes_between(weeks: Iterable[date]) -> list[date]:
    """Return the weeks that are missing between the first and the last of these, in order."""
    there = set(weeks)
    return sorted(set(weeks_between(min(there), max(there))) - there) if there else []


def describe_weeks(weeks: Iterable[date]) -> str:
    """Return weeks in words: `2026-10-02 and 2026-11-13`, `210 weeks, 2016-12-23 to 2020-12-25`."""
    keys = [week.isoformat() for week in sorted(set(weeks))]
    if not keys:
        return "no weeks"
    if len(keys) > MOST_LISTED:
        return f"{len(keys)} weeks, {keys[0]} to {keys[-1]}"
    return " and ".join(filter(None, [", ".join(keys[:-1]), keys[-1]]))
