"""How a base that holds the demo's made-up charts is told from one with real ones."""

from __future__ import annotations

import json
from datetime import date

from spotify_assets.storage import Storage

MARKER = "raw/demo.json"


def holds_demo(storage: Storage) -> bool:
    """Whether the demo was made here."""
    return storage.exists(MARKER)


def demo_range(storage: Storage) -> tuple[date, date] | None:
    """The first and the last week of the demo that was made here, if any."""
    if not holds_demo(storage):
        return None
    marker = json.loads(storage.read(MARKER))
    return date.fromisoformat(marker["first_week"]), date.fromisoformat(marker["last_week"])


def mark_demo(storage: Storage, first_week: date, last_week: date) -> None:
    """Say that this base holds the demo of these weeks."""
    marker = {
        "note": "The charts below this folder are made up.",
        "first_week": first_week.isoformat(),
        "last_week": last_week.isoformat(),
    }
    storage.write(MARKER, json.dumps(marker, indent=2).encode())
