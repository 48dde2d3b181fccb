"""What the assets do with the raw files of some weeks, without Dagster around it.

From the archive to table files by the functions that the assets and their IO manager call.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from spotify_assets.tables.spool import Spool

from spotify_assets.charts import Charts
from spotify_assets.layout import RawName
from spotify_assets.raw.archive import RawFiles, altered_files, archived_files, slices
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import split_by_week, write_week


def make_tables(base: Path, charts: Charts, weeks: Collection[date]) -> None:
    """Derive the tables of these weeks and write their Parquet files."""
    storage = FolderStorage(base)
    raw_files = RawFiles(storage, archived_files(storage, weeks))
    spools = {name: Spool(table.schema) for name, table in TABLES.items()}
    made_from: dict[RawName, str] = {}
    for some in slices(raw_files):
        derived = derive_tables(raw_files.read(some), charts)
        made_from |= derived.made_from
        for name, spool in spools.items():
            spool.append(derived.tables[name])
    altered = altered_files(storage, made_from)
    for name, spool in spools.items():
        for frame in spool:
            for week, rows in split_by_week(frame):
                write_week(storage, TABLES[name], "parquet", week, rows, altered.get(week, ()))
        spool.close()
