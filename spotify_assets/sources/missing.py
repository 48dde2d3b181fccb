"""Charts that a week lacks: which they are, and why they could not be had.

The reasons are kept beside the raw files, one file per week, so that checks, schedule and doctor can
say why without asking again. A week in which nothing is missing has no such file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from spotify_assets.charts import Chart, Charts
from spotify_assets.layout import missing_key
from spotify_assets.sources.archive import archived_files
from spotify_assets.storage import Storage


def lacking_charts(storage: Storage, charts: Charts, week: date) -> list[Chart]:
    """The declared charts that the archive has no file of in the week."""
    had = {name.chart for name, _ in archived_files(storage, [week])}
    return [chart for chart in charts.charts if chart.slug not in had]


def note_missing(storage: Storage, week: date, reasons: Mapping[str, str]) -> None:
    """Keep why charts of the week could not be had, by slug, in place of what was noted before."""
    key = missing_key(week)
    if reasons:
        text = json.dumps(dict(sorted(reasons.items())), indent=2, ensure_ascii=False)
        storage.write(key, f"{text}\n".encode())
    else:
        storage.delete(key)


def why_missing(storage: Storage, week: date) -> dict[str, str]:
    """Why charts of the week could not be had when they were asked for last, by slug."""
    try:
        noted = json.loads(storage.read(missing_key(week)))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(slug): str(reason) for slug, reason in noted.items()}
