"""The mark of a base with the demo's made-up charts, which sets it apart from one with real charts."""

from __future__ import annotations

import json
from datetime import date

from spotify_assets.layout import DEMO
from spotify_assets.storage import Storage


def holds_demo(storage: Storage) -> bool:
    """Return whether the demo was made in this base."""
    return any(storage.files(DEMO))


def demo_range(storage: Storage) -> tuple[date, date] | None:
    """Return the first and last week of the demo that was made in this base, if any."""
    if not holds_demo(storage):
        return None
    marker = json.loads(storage.read(DEMO))
    return date.fromisoformat(marker["first_week"]), date.fromisoformat(marker["last_week"])


def mark_demo(storage: Storage, first_week: date, last_week: date) -> None:
    """Mark this base as one with the demo of these weeks."""
    note = "The charts below this folder are made up."
    marker = {"note": note, "first_week": str(first_week), "last_week": str(last_week)}
    storage.write(DEMO, json.dumps(marker, indent=2).encode())
