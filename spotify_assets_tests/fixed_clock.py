"""The clock of all tests, and the moment at which it stands."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday: 2026-11-13 is the latest closed week


def fixed_clock() -> datetime:
    """The moment, however often it is asked for."""
    return NOW
