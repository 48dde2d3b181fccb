"""Inboxes to fill and to empty, for the tests of what becomes of dropped files."""

from __future__ import annotations

import os
from datetime import date

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.raw.inbox import InboxRules, Recognised, reject, scan_inbox, take_in
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.fixed_clock import fixed_clock
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    WEEK,
    as_json,
    chart_csv,
    playlist,
    rows,
)

NEXT_WEEK = date(2026, 11, 13)
INBOX = "raw/to_be_processed"
ARCHIVE = f"raw/processed/week={WEEK}"
NORWAY = chart_csv()
NEWER = chart_csv(["Another"])
TWO_WEEKS = as_json([playlist(rows(WEEK)), playlist(rows(NEXT_WEEK), GLOBAL_PLAYLIST)])
HTML = b"<html>Log in</html>"
RULES = InboxRules(read_charts(shipped_charts_file()), FIRST_DOWNLOADABLE_WEEK, fixed_clock)


def drop(storage: FolderStorage, path: str, content: bytes, minute: int = 0) -> None:
    """Put a file into the inbox, as of a minute of a day long ago."""
    storage.write(f"{INBOX}/{path}", content)
    moment = 1_790_000_000 + 60 * minute
    os.utime(storage.root / INBOX / path, (moment, moment))


def empty_inbox(storage: FolderStorage) -> list[str]:
    """Take in or reject all that lies in the inbox; gives what is new and where."""
    new: list[str] = []
    for found in scan_inbox(storage, RULES):
        if isinstance(found, Recognised):
            new += [name.archive_key for name in take_in(storage, found)]
        else:
            new.append(reject(storage, found))
    return new


def files_in(storage: FolderStorage) -> dict[str, bytes]:
    """Every file below the base, hidden ones included, the reasons left out."""
    return {
        path.relative_to(storage.root).as_posix(): path.read_bytes()
        for path in sorted(storage.root.rglob("*"))
        if path.is_file() and not path.name.endswith(".reason.txt")
    }
