"""Whether rows are as a table is declared: columns, types, nulls, values, keys."""

from __future__ import annotations

import pyarrow as pa

from spotify_assets.checks.declared import as_declared
from spotify_assets.checks.judge import Around, Frames, judge
from spotify_assets.tables.schemas import Table
from spotify_assets.tables.store import weeks_of


def shape_findings(rows: pa.Table, table: Table) -> list[str]:
    """Return what `as_declared` finds in rows of any weeks."""
    frames = Frames(sorted(weeks_of(rows)), {table.name: [rows]})
    verdicts = judge(frames, Around(), {}, [as_declared(table)])
    return [finding for verdict in verdicts for finding in verdict.findings]
