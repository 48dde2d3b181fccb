"""Rules that follow from a table's declaration alone: its columns, their types, its key."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.verdicts import SHOWN_ROWS, Rule, StoredWeek, Verdict
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.tables.schemas import Table, type_name

SCHEMA = "schema"
"""The check that says why a table can't be read; others that need it only say that it can't."""


def schema_rule(table: Table) -> Rule:
    """The stored columns, their types and where they may be null are as declared."""

    def rule(week: StoredWeek, _: Thresholds) -> Verdict:
        rows = week.tables[table.name]
        expected = [f"{c.name} {type_name(c.dtype)}" for c in table.columns]
        actual = [f"{field.name} {type_name(field.type)}" for field in rows.schema]
        return Verdict(
            expected=", ".join(expected),
            actual="as expected" if sorted(expected) == sorted(actual) else ", ".join(actual),
            findings=tuple(schema_findings(rows, table)),
        )

    return rule


def unique_key_rule(table: Table) -> Rule:
    """No key stands in two rows."""

    def rule(week: StoredWeek, _: Thresholds) -> Verdict:
        rows = week.tables[table.name]
        counts = rows.group_by(list(table.key), use_threads=False).aggregate([([], "count_all")])
        twice = counts.filter(pc.greater(counts.column("count_all"), 1))
        shown = twice.slice(0, SHOWN_ROWS).to_pylist()
        findings = [
            ", ".join(f"{name} {row[name]}" for name in table.key) + f": {row['count_all']} rows"
            for row in shown
        ]
        if twice.num_rows > SHOWN_ROWS:
            findings.append(f"and {twice.num_rows - SHOWN_ROWS} keys more")
        return Verdict(
            expected=f"{rows.num_rows} keys in {rows.num_rows} rows",
            actual=f"{counts.num_rows} keys in {rows.num_rows} rows",
            findings=tuple(findings),
            rows=shown,
        )

    return rule


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
            found, declared_type = type_name(values.type), type_name(column.dtype)
            findings.append(f"column {column.name} is {found}, not {declared_type}")
        if not column.nullable and values.null_count:
            findings.append(f"column {column.name} is null in {values.null_count} rows")
    declared = {column.name for column in table.columns}
    findings += [f"column {n} is not declared" for n in rows.column_names if n not in declared]
    return findings
