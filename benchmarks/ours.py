"""What the assets do with the raw files of some weeks, without Dagster around it and without judging.

From the archive to table files by the functions that the assets and their IO manager call.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from spotify_assets.charts import Charts
from spotify_assets.raw.archive import RawFiles, archived_files, slices
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.store import split_by_week, write_week


def make_tables(base: Path, charts: Charts, weeks: Collection[date]) -> None:
    """Derive the tables of these weeks and write their Parquet files."""
    storage = FolderStorage(base)
    raw_files = RawFiles(storage, archived_files(storage, weeks))
    for some in slices(raw_files.files):
        read = raw_files.read(name.week for name, _ in some)
        for table, rows in derive_tables(read, charts).tables.items():
            for week, of_week in split_by_week(rows):
                write_week(storage, table, week, of_week)
