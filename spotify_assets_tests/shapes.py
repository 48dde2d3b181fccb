"""Whether rows have the shape that a table is declared with: columns, types, nulls, keys."""

from __future__ import annotations

import pyarrow as pa

from spotify_assets.checks.declared import as_declared
from spotify_assets.checks.judge import Around, Frames, judge
from spotify_assets.tables.schemas import Table
from spotify_assets.tables.store import weeks_of


def shape_findings(rows: pa.Table, table: Table) -> list[str]:
    """Return what `as_declared` finds in rows of any weeks, but for values that aren't allowed."""
    frames = Frames(sorted(weeks_of(rows)), {table.name: [rows]})
    verdicts = judge(frames, Around(), {}, [as_declared(table)])
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    return [finding for finding in findings if " is not allowed in " not in finding]
