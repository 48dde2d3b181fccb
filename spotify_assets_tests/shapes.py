"""Whether rows are as a table is declared, as its own checks have it: columns, types, keys."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.stored_weeks import judge
from spotify_assets.checks.verdicts import StoredWeek
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.tables.schemas import Table

A_WEEK = date(2024, 3, 1)  # rows of any weeks will do


def shape_findings(rows: pa.Table, table: Table) -> list[str]:
    """What `schema` and `unique_key` find in the rows."""
    stored = StoredWeek(A_WEEK, {table.name: rows})
    return [
        finding
        for check in TABLE_CHECKS
        if check.asset == table.name and check.name in ("schema", "unique_key")
        for finding in judge(check, stored, Thresholds()).findings
    ]
