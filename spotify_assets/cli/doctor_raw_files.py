"""What `spotify-assets doctor` says of raw files: what waits, what was rejected, what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from spotify_assets.cli.findings import Finding
from spotify_assets.layout import INBOX, REASON, REJECTED
from spotify_assets.raw.archive import missing_files
from spotify_assets.raw.file_names import is_left_alone
from spotify_assets.raw.inbox import about_closed, about_hidden, hidden_files
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage


def look_at_inbox(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """What waits to be taken in, and what can't be."""
    closed = storage.closed_folders(INBOX)
    keys = (file.key for file in storage.files(INBOX))
    waiting = sum(not is_left_alone(key) and dirname(key) not in closed for key in keys)
    if waiting:
        remedy = "take them in: spotify-assets update"
        yield Finding("inbox", f"files that wait: {waiting}", remedy, is_note=True)
    else:
        yield Finding("inbox", f"empty; drop chart files below {settings.base}/{INBOX}")
    hidden = hidden_files(storage)
    if hidden:
        says, _, remedy = about_hidden(hidden).partition(". ")
        yield Finding("inbox", f"files {says}", remedy, is_note=True)
    if closed:
        says, _, remedy = about_closed(closed).partition(". ")
        yield Finding("inbox", f"folders {says}", remedy)


def look_at_rejected(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """Whether rejected files wait for somebody to look at them."""
    rejected = [file.key for file in storage.files(REJECTED) if not file.key.endswith(REASON)]
    if rejected:
        yield Finding(
            "rejected",
            f"files: {len(rejected)}, the first: {rejected[0]}",
            f"read the {REASON} beside each in {settings.base}/{REJECTED}, mend the cause, then: "
            "spotify-assets update --retry-rejected",
            is_note=True,
        )


def look_at_archive(storage: Storage) -> Iterator[Finding]:
    """Whether all that was received is still there."""
    gone = missing_files(storage)
    if gone:
        yield Finding(
            "archive",
            f"raw files that were received and are gone: {len(gone)}, the first: {gone[0].path}",
            "put copies of them into the inbox and run spotify-assets update",
            is_note=True,
        )
