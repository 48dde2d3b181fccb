"""What a check is, and what it found: the words that rules, reports and Dagster's results share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pyarrow as pa

from spotify_assets.tables.schemas import CHECK_RESULTS
from spotify_assets.words import listed

SHOWN_EXAMPLES = 5

Severity = Literal["ERROR", "WARN"]


@dataclass(frozen=True)
class Check:
    """A check of an asset: what it asserts, how bad a failure is, and why so bad.

    `settings` are the thresholds that it uses, by their names in Settings. `sql` is the SELECT that
    returns a row per finding; empty for checks that look at more than tables and raw files.
    """

    asset: str
    name: str
    severity: Severity
    asserts: str
    why: str
    settings: tuple[str, ...] = ()
    sql: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """The check's name after its asset's."""
        return f"{self.asset}.{self.name}"

    @property
    def description(self) -> str:
        """What Dagster's UI says about it."""
        return f"{self.asserts} {self.severity}: {self.why}"


@dataclass(frozen=True)
class Verdict:
    """What a check found of a week, and of which chart: None where it is about no single one.

    `findings` are sentences, none where the check passed; `examples` are some of the rows concerned.
    """

    check: Check
    week: date
    chart: str | None = None
    findings: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def holds_back(self) -> bool:
        """Whether the chart, or the week, may not be stored."""
        return bool(self.findings) and self.check.severity == "ERROR"


def as_rows(verdicts: Iterable[Verdict]) -> pa.Table:
    """Return verdicts as rows of check_results, in the table's order."""
    ordered = sorted(
        verdicts, key=lambda v: (v.week, v.check.asset, v.check.name, v.chart is not None, v.chart)
    )
    rows = [
        {
            "week": verdict.week,
            "table_name": verdict.check.asset,
            "check_name": verdict.check.name,
            "chart": verdict.chart,
            "severity": verdict.check.severity,
            "passed": verdict.passed,
            "findings": len(verdict.findings),
            "finding": listed(verdict.findings) or None,
            "examples": [
                json.dumps(example, ensure_ascii=False, default=str)
                for example in verdict.examples[:SHOWN_EXAMPLES]
            ]
            or None,
        }
        for verdict in ordered
    ]
    return pa.Table.from_pylist(rows, schema=CHECK_RESULTS.schema)
