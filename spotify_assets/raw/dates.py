"""Dates as Spotify writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

UNKNOWN_MOMENTS_END = datetime(1971, 1, 1, tzinfo=UTC)  # Spotify writes 1970 where it doesn't know
PARTS_OF_PRECISION = {"year": 1, "month": 2, "day": 3}


@lru_cache(maxsize=10_000)
def aware_moment(text: str | None) -> datetime | None:
    """The moment that an ISO text names, in UTC; None for none, for 1970 and for anything else."""
    try:
        parsed = datetime.fromisoformat(text or "")
        parsed = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed >= UNKNOWN_MOMENTS_END else None


@lru_cache(maxsize=10_000)
def moment(text: str | None) -> datetime | None:
    """The same without its zone, as the tables hold it, cut to milliseconds."""
    aware = aware_moment(text)
    if aware is None:
        return None
    return aware.replace(tzinfo=None, microsecond=aware.microsecond // 1000 * 1000)


@lru_cache(maxsize=50_000)
def release_day(text: str | None, precision: str | None) -> tuple[date | None, str | None]:
    """A release date as a day, and how much of it is known.

    `1984` gives 1984-01-01 and `year`. What was said about precision gives way to what the text
    holds; (None, None) where it is no date.
    """
    parts = (text or "").split("-")
    try:
        numbers = [int(part) for part in parts[:3]]
        day = date(*[*numbers, 1, 1][:3])
    except (ValueError, OverflowError):
        return None, None
    known = min(len(numbers), PARTS_OF_PRECISION.get(precision or "", 3))
    return day, ("year", "month", "day")[known - 1]
