"""What a base of the first edition holds beside its raw files: moved to its new place, or removed.

Its weeks are stale, so `update` makes them again from the archive, and then calls this. A base of this
edition has none of it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from spotify_assets.layout import ARCHIVE, TABLES, sums_key, week_folder, week_of_table_key
from spotify_assets.storage import FolderStorage, Storage

OLD_PUBLISHED = "published/"  # last, because it says that a base is of the first edition
OLD_SUMS = "raw/checksums/"
OLD_REASONS = "raw/missing/"
OLD_FOLDERS = (OLD_SUMS, OLD_REASONS, OLD_PUBLISHED)
OLD_QUESTIONS = "raw/details/waiting.json"


def take_over(storage: Storage) -> None:
    """Remove what nothing reads any longer, after what is still of use has its new place."""
    if not any(any(storage.files(folder)) for folder in OLD_FOLDERS):
        return
    for file in list(storage.files(TABLES)):
        if file.key.endswith(".csv") and week_of_table_key(file.key):
            storage.delete(file.key)
    storage.delete(OLD_QUESTIONS)
    for file in list(
        storage.files(OLD_SUMS)
    ):  # the sums themselves moved when weeks were made again
        week = week_of_table_key(f"/{file.key.removeprefix(OLD_SUMS).removesuffix('.sha256')}/")
        if week is None or storage.exists(sums_key(week)):
            storage.delete(file.key)
    for file in list(storage.files(OLD_REASONS)):
        week = week_of_table_key(f"/{file.key.removeprefix(OLD_REASONS).removesuffix('.json')}/")
        if week is not None and not storage.exists(
            reasons := f"{ARCHIVE}{week_folder(week)}missing.json"
        ):
            storage.copy(file.key, reasons)
        storage.delete(file.key)
    for file in list(storage.files(OLD_PUBLISHED)):
        storage.delete(file.key)
    if isinstance(storage, FolderStorage):
        for folder in OLD_FOLDERS:
            _remove_if_empty(storage.root / folder)


def _remove_if_empty(folder: Path) -> None:
    for path in sorted([folder, *folder.rglob("*")], reverse=True):
        with suppress(OSError):  # it isn't there, or it isn't empty
            path.rmdir()
