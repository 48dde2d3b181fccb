"""The pages that people read: the dashboard, and the page of the checks.

Here is what both use. The pages themselves never calculate dates, so no time zone can shift one. What
each page shows is in its own modules; where it is stored is decided in `defs`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, TypeAlias

from spotify_assets.catalog.interface import Answer
from spotify_assets.weeks import week_end

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Row: TypeAlias = tuple[Any, ...]
Query: TypeAlias = Callable[[str], Answer]
"""Runs a statement, as `Catalog.query` does. Statements are in the SQL that DuckDB and Athena share."""


def day_label(day: date) -> str:
    """Return a day in words: `12 Nov 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def week_label(week: date) -> str:
    """Return a chart week in words: `6–12 Nov 2026`, `27 Nov – 3 Dec 2026`."""
    last = week_end(week)
    if week.month == last.month:
        return f"{week.day}–{day_label(last)}"
    first = day_label(week) if week.year != last.year else day_label(week).rsplit(" ", 1)[0]
    return f"{first} – {day_label(last)}"


def moment_label(moment: datetime) -> str:
    """Return a moment in words: `20 Nov 2026, 12:00 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{day_label(utc.date())}, {utc:%H:%M} UTC"


def parsed(value: Any) -> Any:
    """Return a column of JSON as a list: it comes from DuckDB as a text, from Athena as a list."""
    return json.loads(value) if isinstance(value, str) else value or ()


@cache
def source(path: str) -> str:
    """Return a file of this package that pages are made from: HTML, style, script or SQL."""
    return (files(__name__) / path).read_text(encoding="utf-8")


def csp_digest(text: str) -> str:
    """Return what names a script or style sheet of the page in a Content-Security-Policy."""
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()
