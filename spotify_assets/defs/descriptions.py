"""What the Dagster UI shows of a table or of raw files: columns, row counts, origin, a preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg
import pyarrow as pa

from spotify_assets.tables.schemas import Table
from spotify_assets.words import plain

SHOWN_INLINE = 1000  # characters; the UI hides longer markdown behind a link
LONGEST_CELL = 24

PREVIEWED: Mapping[str, tuple[str, ...]] = {
    "songs": ("chart", "rank", "song_name", "artist_names"),
    "albums": ("name", "artist_names", "release_date"),
    "artists": ("name", "genres"),
    "song_artists": ("song_id", "artist_position", "artist_name"),
    "check_results": ("table_name", "check_name", "severity", "passed", "finding"),
}


def column_schema(table: Table) -> dg.TableSchema:
    """Return a table's declared columns as the UI's Columns tab shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=str(column.dtype),
                description=column.meaning
                + (f". From {', '.join(column.origin.split())}" if column.origin else ""),
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in table.columns
        ],
        constraints=dg.TableConstraints(other=[f"unique: {', '.join(table.key)}"]),
    )


def week_metadata(table: Table, rows: pa.Table) -> dict[str, Any]:
    """Return how many rows a week of a table has, and its most telling columns of the first ten."""
    names = PREVIEWED[table.name]
    shown = (row.values() for row in rows.slice(0, 10).select(names).to_pylist())
    return {
        "dagster/partition_row_count": rows.num_rows,
        "preview": dg.MetadataValue.md(markdown_table(names, shown)),
    }


def raw_metadata(files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a week's materialization of `raw_playlist` says of each file.

    These are rows of `RAW_FILES`, with `source` (archive, inbox, spotify) and `fetched_at` besides.
    """
    shown = ("chart", "kind", "source", "rows", "sha256")
    rows = [[*(file[name] for name in shown[:-1]), file["sha256"][:8]] for file in files]
    said = ("file", "source", "fetched_at", "rows", "sha256", "snapshot_id", "refreshed_at")
    snapshots = [
        {name: _as_json(file[name]) for name in said if file[name] is not None} for file in files
    ]
    return {
        "dagster/partition_row_count": sum(file["rows"] for file in files),
        "files": len(files),
        "charts": ", ".join(sorted({file["chart"] for file in files})),
        "rows without a song": sum(file["dropped"] for file in files),
        "snapshots": dg.MetadataValue.json(snapshots),
        "preview": dg.MetadataValue.md(
            markdown_table(shown, rows) if rows else "Nothing was collected for this week."
        ),
    }


def _as_json(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def markdown_table(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a markdown table, without its last rows where it would pass 1,000 characters."""
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    length = sum(len(line) + 1 for line in lines)
    for row in rows:
        line = f"| {' | '.join(_cell(value) for value in row)} |"
        length += len(line) + 1
        if length >= SHOWN_INLINE:
            break
        lines.append(line)
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = ", ".join(value) if isinstance(value, list) else str(value)
    text = plain(text, LONGEST_CELL)
    for character in "\\|`*_<>[]":
        text = text.replace(character, f"\\{character}" if character != "<" else "&lt;")
    return text
