"""What the assets do with the raw files of some weeks, without Dagster around it and without judging.

From the archive to table files by the functions that the assets and their IO manager call.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from spotify_assets.charts import Charts
from spotify_assets.raw.archive import archived_files, read_raw, slices
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.store import split_by_week, write_week


def make_tables(base: Path, charts: Charts, weeks: Collection[date]) -> None:
    """Derive the tables of these weeks and write their Parquet files."""
    storage = FolderStorage(base)
    for some in slices((name, file.key) for name, file in archived_files(storage, weeks)):
        for table, rows in derive_tables(read_raw(storage, some), charts).tables.items():
            for week, of_week in split_by_week(rows):
                write_week(storage, table, week, of_week)
