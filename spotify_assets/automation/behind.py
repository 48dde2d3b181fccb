"""What is behind in a base: weeks to be made again, a catalog or reports to be published again.

A run that failed, or was killed, leaves such. Command line, doctor and the sensor `weeks_behind` go by
this; what is due to be asked of Spotify is in `due`, launching runs in `runs`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from spotify_assets.layout import ARCHIVE, TABLES, raw_name_of, week_of_table_key
from spotify_assets.publishing.ledger import reports_behind, settled_weeks, stored_weeks
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage

PUBLISHING = ("catalog", "dashboard", "check_report")
"""The assets that publish, of all weeks, whatever lies in storage."""


def weeks_behind(
    storage: Storage, table_names: Iterable[str], table_format: str, decided: Iterable[date]
) -> set[date]:
    """The weeks whose raw files are newer than their tables, or that lack a table.

    So are those that the catalog hasn't decided over: a run ended before it came to that.
    """
    raw: dict[date, float] = {}
    for file in storage.files(ARCHIVE):
        name = raw_name_of(file.key)
        if name is not None:
            raw[name.week] = max(raw.get(name.week, 0.0), file.modified.timestamp())
    made: dict[date, list[float]] = {}
    for file in storage.files(TABLES):
        week = week_of_table_key(file.key)
        if week is not None and file.key.endswith(f".{table_format}"):
            made.setdefault(week, []).append(file.modified.timestamp())
    tables = len(list(table_names))
    current = {
        week
        for week, moments in made.items()
        if len(moments) == tables and min(moments) >= raw.get(week, 0.0)
    }
    return set(raw) - (current & set(decided))


def weeks_to_publish(
    storage: Storage, table_format: TableFormat, shown: Collection[date]
) -> set[date]:
    """All known weeks where the catalog, which shows these, or the reports are behind; else none.

    Table files came or went without raw files, or a run was killed before its reports.
    """
    known = {files.week for files in stored_weeks(storage, table_format)} | set(shown)
    settled = settled_weeks(storage, table_format, shown)
    return known if known and (not known <= settled or reports_behind(storage)) else set()
