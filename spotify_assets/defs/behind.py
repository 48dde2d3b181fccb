"""What is behind in a base: weeks to be made again, a catalog or reports to be published again.

A run that failed, or was killed, leaves such. Command line, doctor and the sensor `weeks_behind` go by
this; what is due to be asked of Spotify is in `due`, launching runs in `runs`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from spotify_assets.layout import ARCHIVE, raw_name_of
from spotify_assets.publishing.stored import Stored, reports_behind
from spotify_assets.storage import Storage

PUBLISHING = ("catalog", "dashboard", "check_report")
"""The assets that publish, of all weeks, whatever lies in storage."""


def weeks_behind(storage: Storage, stored: Stored, decided: Collection[date]) -> set[date]:
    """The weeks whose raw files are newer than their tables, or that lack a table.

    So are those that the catalog hasn't decided over: a run ended before it came to that.
    """
    raw: dict[date, datetime] = {}
    for file in storage.files(ARCHIVE):
        name = raw_name_of(file.key)
        if name is not None:
            raw[name.week] = max(raw.get(name.week, file.modified), file.modified)
    current = {
        files.week
        for files in stored.weeks
        if files.is_complete and (files.week not in raw or files.oldest >= raw[files.week])
    }
    return set(raw) - (current & set(decided))


def weeks_to_publish(storage: Storage, stored: Stored, shown: Collection[date]) -> set[date]:
    """All known weeks where the catalog, which shows these, or the reports are behind; else none.

    Table files came or went without raw files, or a run was killed before its reports.
    """
    known = {files.week for files in stored.weeks} | set(shown)
    if not known:
        return set()
    is_settled = known <= stored.settled_weeks(shown)
    return known if not is_settled or reports_behind(storage, stored.published) else set()
