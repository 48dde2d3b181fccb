"""Whether rows are as a table is declared: its columns, no nulls where none may be, one row per key."""

from __future__ import annotations

import pyarrow as pa

from spotify_assets.tables.schemas import Table


def shape_findings(rows: pa.Table, table: Table) -> list[str]:
    """What is wrong with the rows, of any weeks."""
    if not rows.schema.equals(table.schema):
        return [f"its columns are {rows.schema}"]
    needed = [column.name for column in table.columns if not column.nullable]
    found = [f"{name} is null" for name in needed if rows.column(name).null_count]
    if rows.group_by(list(table.key)).aggregate([]).num_rows != rows.num_rows:
        found.append(f"several rows with the same {table.key}")
    return found
