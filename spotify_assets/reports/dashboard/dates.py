"""Dates in words, made here: the page itself never reckons with dates, so no time zone can move one."""

from __future__ import annotations

from datetime import UTC, date, datetime

from spotify_assets.weeks import week_end

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_label(day: date) -> str:
    """A day: `12 Nov 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def week_label(week: date) -> str:
    """A chart week from its first day to its last: `6–12 Nov 2026`, `27 Nov – 3 Dec 2026`."""
    last = week_end(week)
    if week.month == last.month:
        return f"{week.day}–{day_label(last)}"
    first = day_label(week) if week.year != last.year else day_label(week).rsplit(" ", 1)[0]
    return f"{first} – {day_label(last)}"


def moment_label(moment: datetime) -> str:
    """A moment: `20 Nov 2026, 12:00 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{day_label(utc.date())}, {utc:%H:%M} UTC"
