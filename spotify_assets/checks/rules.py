"""Rules about a table's week, as pure functions: rows in, findings out.

A finding is a sentence; no finding means that the rule holds. Nothing here reads storage or knows
Dagster, so whoever must decide over a week can ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.schemas import Table

Rule = Callable[[pa.Table, Table], list[str]]
SHOWN_ROWS = 5


def schema_findings(rows: pa.Table, table: Table) -> list[str]:
    """Columns that are missing, unknown, not of their declared type, or null where they may not be."""
    findings = []
    for column in table.columns:
        if column.name not in rows.column_names:
            findings.append(f"column {column.name} is missing")
            continue
        if rows.column_names.count(column.name) > 1:
            findings.append(f"column {column.name} is there twice")
            continue
        values = rows.column(column.name)
        if values.type != column.dtype:
            findings.append(f"column {column.name} is {values.type}, not {column.dtype}")
        if not column.nullable and values.null_count:
            findings.append(f"column {column.name} is null in {values.null_count} rows")
    declared = {column.name for column in table.columns}
    findings += [f"column {n} is not declared" for n in rows.column_names if n not in declared]
    return findings


def unique_key_findings(rows: pa.Table, table: Table) -> list[str]:
    """Keys that stand in more than one row."""
    unusable = [name for name in table.key if rows.column_names.count(name) != 1]
    if unusable:
        return [f"the key can't be checked: no one column {name}" for name in unusable]
    counts = rows.group_by(list(table.key), use_threads=False).aggregate([([], "count_all")])
    twice = counts.filter(pc.greater(counts.column("count_all"), 1))
    findings = [
        ", ".join(f"{name} {row[name]}" for name in table.key) + f": {row['count_all']} rows"
        for row in twice.slice(0, SHOWN_ROWS).to_pylist()
    ]
    if twice.num_rows > SHOWN_ROWS:
        findings.append(f"and {twice.num_rows - SHOWN_ROWS} keys more")
    return findings


SCHEMA_RULES: Mapping[str, tuple[Rule, str]] = {
    "schema": (
        schema_findings,
        "The stored columns, their types and where they may be null are as declared.",
    ),
    "unique_key": (unique_key_findings, "No key stands in two rows."),
}
"""The rules that follow from a table's declaration: name, rule, and what it asserts."""
