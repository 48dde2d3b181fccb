"""What a base of the first edition holds beside its raw files: moved to its new place, or removed.

Its weeks are stale, so `update` makes them again from the archive, and then calls this. A base of this
edition has none of it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath

from spotify_assets.layout import (
    ARCHIVE,
    FIRST_EDITION_SUMS,
    TABLE_FILES,
    sums_key,
    week_folder,
    week_of_table_key,
)
from spotify_assets.storage import FolderStorage, Storage

OLD_REASONS = "raw/missing/"
OLD_FOLDERS = (OLD_REASONS, "published/", FIRST_EDITION_SUMS)
OLD_QUESTIONS = "raw/details/waiting.json"


def take_over(storage: Storage) -> None:
    """Remove what nothing reads any longer, after what is still of use has its new place."""
    if not any(storage.files(FIRST_EDITION_SUMS)):  # which are removed last
        return
    old = [file.key for folder in OLD_FOLDERS for file in storage.files(folder)]
    tables = [file.key for file in storage.files(TABLE_FILES) if week_of_table_key(file.key)]
    for key in [*(key for key in tables if key.endswith(".csv")), OLD_QUESTIONS, *old]:
        week = week_of_table_key(f"/{PurePosixPath(key).stem}/")
        if week and key.startswith(FIRST_EDITION_SUMS) and not storage.exists(sums_key(week)):
            continue  # the sums move when the week is made again
        if week and key.startswith(OLD_REASONS):
            reasons = f"{ARCHIVE}{week_folder(week)}missing.json"
            if not storage.exists(reasons):
                storage.copy(key, reasons)
        storage.delete(key)
    if isinstance(storage.now, FolderStorage):
        for folder in (storage.now.root / name for name in OLD_FOLDERS):
            for path in sorted([folder, *folder.rglob("*")], reverse=True):
                with suppress(OSError):  # it isn't there, or it isn't empty
                    path.rmdir()
