"""The clock of all tests, and the moment that it shows."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday: 2026-11-13 is the latest closed week


def fixed_clock() -> datetime:
    """Return that moment, however often it is called."""
    return NOW
