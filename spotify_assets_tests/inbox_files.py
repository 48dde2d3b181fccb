"""Inboxes to fill and to empty, for tests of what happens to dropped files."""

from __future__ import annotations

import os
from datetime import date

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.layout import INBOX
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox
from spotify_assets.raw.rejected import reject
from spotify_assets.raw.taking_in import take_all_in
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage, Storage
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
ARCHIVE = f"raw/processed/week={WEEK}"
NORWAY = chart_csv()
NEWER = chart_csv(["Another"])
TWO_WEEKS = as_json([playlist(rows(WEEK)), playlist(rows(NEXT_WEEK), GLOBAL_PLAYLIST)])
HTML = b"<html>Log in</html>"
CHARTS = read_charts(shipped_charts_file())
RULES = InboxRules(CHARTS, FIRST_DOWNLOADABLE_WEEK, fixed_clock, shared_songs_least=0)


def drop(storage: FolderStorage, path: str, content: bytes, minute: int = 0) -> None:
    """Put a file into the inbox, as of a minute of a day long ago."""
    storage.write(INBOX + path, content)
    moment = 1_790_000_000 + 60 * minute
    os.utime(storage.root / INBOX / path, (moment, moment))


def empty_inbox(storage: Storage) -> list[str]:
    """Take in or reject everything in the inbox; return the new keys."""
    found = list(scan_inbox(storage, RULES))
    taken_in = take_all_in(storage, [file for file in found if isinstance(file, Recognised)])
    rejected = [reject(storage, file) for file in found if not isinstance(file, Recognised)]
    return [name.archive_key for name in taken_in] + rejected


def files_in(storage: FolderStorage) -> dict[str, bytes]:
    """Return every file below the base, hidden ones included, without reasons and sums."""
    return {
        path.relative_to(storage.root).as_posix(): path.read_bytes()
        for path in sorted(storage.root.rglob("*"))
        if path.is_file() and not path.name.endswith((".reason.txt", "SHA256SUMS"))
    }
