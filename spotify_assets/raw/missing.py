"""Charts that a week lacks, and why: `missing.json` in its folder of the archive, if any is missing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date

from spotify_assets.charts import Chart, Charts
from spotify_assets.layout import ARCHIVE, raw_name_of, week_folder, week_of_table_key
from spotify_assets.raw.archive import archived_files
from spotify_assets.storage import Storage

MISSING = "missing.json"


def expected_charts(storage: Storage, charts: Charts) -> list[Chart]:
    """Return the charts that each week should have; which these are is decided in `charts`.

    What Spotify was asked for last stays expected, unless this app may read no chart at all: a first
    week of which one chart could be fetched doesn't end the others.
    """
    keys = [file.key for file in storage.files(ARCHIVE)]
    names = [name for name in map(raw_name_of, keys) if name]
    collected = {name.chart for name in names}
    asked = [week for key in keys if key.endswith(MISSING) and (week := week_of_table_key(key))]
    if collected and asked:
        reasons, refused = _noted(storage, week := max(asked))
        serves = any(name.week == week and name.kind == "playlist" for name in names)
        collected |= reasons.keys() - (set() if serves else refused)
    return charts.expected(collected)


def missing_charts(
    storage: Storage, charts: Charts, week: date, held_back: Collection[tuple[date, str]] = ()
) -> list[Chart]:
    """Return the expected charts of the week that the archive has no file of, or that are held back."""
    archived = {name.chart for name, _ in archived_files(storage, [week])}
    return [
        chart
        for chart in expected_charts(storage, charts)
        if chart.slug not in archived or (week, chart.slug) in held_back
    ]


def note_missing(
    storage: Storage, week: date, reasons: Mapping[str, str], refused: Collection[str] = ()
) -> None:
    """Store why charts of the week couldn't be fetched, by slug, instead of what was stored before."""
    noted = {"reasons": dict(sorted(reasons.items())), "refused": sorted(refused)}
    if reasons:
        storage.write(_key(week), json.dumps(noted, indent=2, ensure_ascii=False).encode())
    else:
        storage.delete(_key(week))


def why_missing(storage: Storage, week: date) -> dict[str, str]:
    """Return why charts of the week couldn't be fetched at the last attempt, by slug."""
    return _noted(storage, week)[0]


def only_refused(storage: Storage, week: date) -> bool:
    """Whether charts are missing, and this app may not read any of them."""
    reasons, refused = _noted(storage, week)
    return bool(reasons) and set(reasons) == refused


def _noted(storage: Storage, week: date) -> tuple[dict[str, str], set[str]]:
    try:
        noted = json.loads(storage.read(_key(week)))
        reasons = {str(slug): str(reason) for slug, reason in noted["reasons"].items()}
        return reasons, set(noted["refused"])
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return {}, set()


def _key(week: date) -> str:
    return f"{ARCHIVE}{week_folder(week)}{MISSING}"
