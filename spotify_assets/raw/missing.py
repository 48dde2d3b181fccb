"""Charts that a week lacks: which they are, and why they could not be had.

The reasons are kept beside the raw files, one file per week, so that checks, schedule and doctor can
say why without asking again. A week in which nothing is missing has no such file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from spotify_assets.charts import Chart, Charts
from spotify_assets.layout import missing_key
from spotify_assets.raw.archive import archived_files
from spotify_assets.storage import Storage


def lacking_charts(storage: Storage, charts: Charts, week: date) -> list[Chart]:
    """The declared charts that the archive has no file of in the week."""
    had = {name.chart for name, _ in archived_files(storage, [week])}
    return [chart for chart in charts.charts if chart.slug not in had]


def note_missing(
    storage: Storage, week: date, reasons: Mapping[str, str], refused: Collection[str] = ()
) -> None:
    """Keep why charts of the week could not be had, by slug, in place of what was noted before.

    `refused` are those that Spotify doesn't give to this app.
    """
    key = missing_key(week)
    if reasons:
        noted = {"reasons": dict(sorted(reasons.items())), "refused": sorted(refused)}
        text = json.dumps(noted, indent=2, ensure_ascii=False)
        storage.write(key, f"{text}\n".encode())
    else:
        storage.delete(key)


def why_missing(storage: Storage, week: date) -> dict[str, str]:
    """Why charts of the week could not be had when they were asked for last, by slug."""
    reasons = _noted(storage, week).get("reasons", {})
    return {str(slug): str(reason) for slug, reason in reasons.items()}


def only_refused(storage: Storage, week: date) -> bool:
    """Whether each chart that could not be had is one that Spotify doesn't give to this app."""
    noted = _noted(storage, week)
    return bool(noted) and set(noted["reasons"]) == set(noted["refused"])


def _noted(storage: Storage, week: date) -> dict[str, Any]:
    try:
        noted = json.loads(storage.read(missing_key(week)))
        return {"reasons": dict(noted["reasons"]), "refused": list(noted["refused"])}
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return {}
