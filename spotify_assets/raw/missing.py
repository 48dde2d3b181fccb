"""Charts that a week lacks, and why: `missing.json` in the week's folder of the archive.

Checks, schedule and `doctor` say why without asking Spotify again. A week in which nothing is
missing has no such file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from spotify_assets.charts import Chart, Charts
from spotify_assets.layout import ARCHIVE, week_folder
from spotify_assets.raw.archive import archived_files
from spotify_assets.storage import Storage


def missing_charts(storage: Storage, charts: Charts, week: date) -> list[Chart]:
    """Return the declared charts that the archive has no file of in the week."""
    archived = {name.chart for name, _ in archived_files(storage, [week])}
    return [chart for chart in charts.charts if chart.slug not in archived]


def note_missing(
    storage: Storage, week: date, reasons: Mapping[str, str], refused: Collection[str] = ()
) -> None:
    """Store why charts of the week couldn't be fetched, by slug; replaces what was stored before.

    `refused` are those that this app may not read.
    """
    if reasons:
        noted = {"reasons": dict(sorted(reasons.items())), "refused": sorted(refused)}
        text = json.dumps(noted, indent=2, ensure_ascii=False)
        storage.write(_key(week), f"{text}\n".encode())
    else:
        storage.delete(_key(week))


def why_missing(storage: Storage, week: date) -> dict[str, str]:
    """Return why charts of the week couldn't be fetched at the last attempt, by slug."""
    reasons = _noted(storage, week).get("reasons", {})
    return {str(slug): str(reason) for slug, reason in reasons.items()}


def only_refused(storage: Storage, week: date) -> bool:
    """Whether charts are missing, and this app may not read any of them."""
    noted = _noted(storage, week)
    return bool(noted) and set(noted["reasons"]) == set(noted["refused"])


def _noted(storage: Storage, week: date) -> dict[str, Any]:
    try:
        noted = json.loads(storage.read(_key(week)))
        return {"reasons": dict(noted["reasons"]), "refused": list(noted["refused"])}
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return {}


def _key(week: date) -> str:
    return f"{ARCHIVE}{week_folder(week)}missing.json"
