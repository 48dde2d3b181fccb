"""What a base of the first edition holds beside its raw files: carried over, or removed.

Its weeks are stale, so they are made again from the archive. This is done once they are.
"""

from __future__ import annotations

from spotify_assets.layout import ARCHIVE, TABLES, sums_key, week_folder, week_of_table_key
from spotify_assets.storage import Storage

UNUSED = ("published/", "raw/details/waiting.json")
OLD_SUMS = "raw/checksums/"
OLD_REASONS = "raw/missing/"


def take_over(storage: Storage) -> None:
    """Remove what nothing reads any longer, after what is still of use has its new place."""
    for prefix in UNUSED:
        for file in list(storage.files(prefix)):
            storage.delete(file.key)
    for file in list(storage.files(TABLES)):
        if file.key.endswith(".csv") and week_of_table_key(file.key):
            storage.delete(file.key)
    for file in list(storage.files(OLD_SUMS)):
        week = week_of_table_key(f"/{file.key.removeprefix(OLD_SUMS).removesuffix('.sha256')}/")
        if week is None or storage.exists(sums_key(week)):
            storage.delete(file.key)
    for file in list(storage.files(OLD_REASONS)):
        week = week_of_table_key(f"/{file.key.removeprefix(OLD_REASONS).removesuffix('.json')}/")
        if week is not None:
            storage.copy(file.key, f"{ARCHIVE}{week_folder(week)}missing.json")
        storage.delete(file.key)
