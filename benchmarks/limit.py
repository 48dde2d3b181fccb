"""The limit: what can't be avoided by any program that parses the files and writes the tables.

Every raw file is parsed whole by simdjson, and the finished tables, which someone else derived, are
written. Everything between is left out.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import simdjson

from spotify_assets.layout import TABLE_FILES
from spotify_assets.tables.schemas import CHART_TABLES
from spotify_assets.tables.store import encode

FinishedTables = dict[str, pa.Table]
"""A table for each file, by its key."""


def keep_finished_tables(base: Path) -> None:
    """Put the tables that were made below `base` aside, in one file that is quick to load."""
    for name in CHART_TABLES:
        files = sorted((base / TABLE_FILES / name).rglob("*.parquet"))
        tables = [pq.read_table(file, partitioning=None) for file in files]
        with (
            pa.OSFile(str(base / f"{name}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, tables[0].schema) as writer,
        ):
            for table in tables:
                writer.write_batch(table.combine_chunks().to_batches()[0])


def load_finished_tables(base: Path) -> FinishedTables:
    """Return what was put aside, in memory."""
    found: FinishedTables = {}
    for name in CHART_TABLES:
        with pa.OSFile(str(base / f"{name}.arrow")) as source:
            reader = pa.ipc.open_file(source)
            for number in range(reader.num_record_batches):
                rows = pa.Table.from_batches([reader.get_batch(number)])
                found[f"{name}/week={number:03}/{name}.parquet"] = rows
    return found


def parse_and_write(raw_folder: Path, tables: FinishedTables, out: Path) -> None:
    """Parse each raw file, write each table file."""
    parser = simdjson.Parser()
    for path in sorted(raw_folder.rglob("*.json")):
        parser.parse(path.read_bytes())
    for key, rows in tables.items():
        path = out / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(rows, CHART_TABLES[path.stem]))
