"""Conditions that no row of a table may meet, and the verdict over them. Which ones is in the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from spotify_assets.checks.verdicts import Rows, Verdict, some_of


class Condition(NamedTuple):
    """What rows may not meet: in words, the column that is looked at, and where it is met."""

    what: str
    column: str
    is_met: pa.ChunkedArray


def no_rows_where(
    rows: pa.Table,
    conditions: Sequence[Condition],
    expected: str,
    identifying: Sequence[str],
) -> Verdict:
    """A verdict with a sentence for each condition that rows meet, and some of those; null meets none.

    Rows are shown with the columns that identify them and the one that is looked at.
    """
    findings: list[str] = []
    shown: list[Rows] = []
    for condition in conditions:
        meeting = rows.filter(condition.is_met)  # nulls are left out
        if meeting.num_rows:
            findings.append(f"{condition.what} in {_count(meeting.num_rows)}")
            shown.append(some_of(meeting, [*identifying, condition.column]))
    return Verdict(
        expected,
        "; ".join(findings) or "as expected",
        tuple(findings),
        [row for some in shown for row in some],
    )


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
