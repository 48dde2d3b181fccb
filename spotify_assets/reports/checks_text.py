"""The table `check_results` as lines on a terminal and as JSON, for all weeks or for one.

Reading the table and the words for what fails belong here; `checks_page` makes HTML of the same
results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from spotify_assets.reports import Row, parsed
from spotify_assets.weeks import describe_weeks
from spotify_assets.words import MOST_LISTED, counted, plain

RESULTS = """
SELECT
    week, table_name, check_name, chart, severity, passed, findings, finding,
    CAST(examples AS json) AS examples
FROM check_results
"""


class Result(NamedTuple):
    """A row of `check_results`. A finding about the base as a whole has no week."""

    week: date | None
    table: str
    check: str
    chart: str | None
    severity: str
    passed: bool
    findings: int
    finding: str | None
    examples: Sequence[str]


class CheckedWeeks:
    """The results of one check: the weeks that it judged, and its failures, the latest first."""

    def __init__(self, results: Sequence[Result]) -> None:
        self.severity = results[-1].severity
        self.weeks = sorted({one.week for one in results if one.week})
        failures = [one for one in results if not one.passed]
        self.failures = sorted(failures, key=lambda one: one.week or date.max, reverse=True)
        self.failed_weeks = sorted({one.week for one in failures if one.week})
        # The first week of the unbroken run of failures up to the latest week; None if that passed.
        passed = max(set(self.weeks) - set(self.failed_weeks), default=date.min)
        self.failed_since = next((week for week in self.failed_weeks if week > passed), None)


@dataclass(frozen=True)
class CheckResults:
    """The results of every check, by its name after its table's: `songs.row_count`."""

    checks: dict[str, CheckedWeeks]

    @cached_property
    def weeks(self) -> list[date]:
        """The weeks that any check judged, in order."""
        return sorted({week for check in self.checks.values() for week in check.weeks})

    @cached_property
    def failing(self) -> dict[str, CheckedWeeks]:
        """The checks that fail in any week, errors first."""
        found = [(title, check) for title, check in self.checks.items() if check.failures]
        return dict(sorted(found, key=lambda one: one[1].severity))

    def count(self, severity: str) -> int:
        """Return how many checks of this severity fail, counted once for each week."""
        failing = [check for check in self.failing.values() if check.severity == severity]
        return sum(len({one.week for one in check.failures}) for check in failing)

    @property
    def in_words(self) -> str:
        """How many checks fail: `1 error, 3 warnings`."""
        kinds = {"error": self.count("ERROR"), "warning": self.count("WARN")}
        said = [counted(number, kind) for kind, number in kinds.items() if number]
        return ", ".join(said) or "every check passes"


def results_of(rows: Iterable[Row]) -> CheckResults:
    """Return the results of rows with the columns of `RESULTS`, in any order."""
    found = (Result._make((*row[:8], parsed(row[8]))) for row in rows)
    results = sorted(
        found, key=lambda one: (one.table, one.check, one.week or date.min, one.chart or "")
    )
    by_title = groupby(results, key=lambda one: f"{one.table}.{one.check}")
    return CheckResults({title: CheckedWeeks(list(found)) for title, found in by_title})


def text_lines(results: CheckResults) -> Iterator[str]:
    """Yield every check in short, then what fails, and since when."""
    for title, check in results.checks.items():
        yield f"{_mark(check)} {title:<40} {extent(check)}".rstrip()
    for title, check in results.failing.items():
        yield f"\n{_mark(check)} {title} {since(check)}"
        yield from map(_finding, check.failures[:MOST_LISTED])
        if len(check.failures) > MOST_LISTED:
            yield f"  and {counted(len(check.failures) - MOST_LISTED, 'earlier finding')}"
    if results.weeks:
        yield f"\n{describe_weeks(results.weeks)}: {results.in_words}."
    else:
        yield "No week is stored: there is nothing to check."


def week_lines(results: CheckResults, week: date) -> Iterator[str]:
    """Yield every check of the only week in these results, with some of the rows concerned."""
    for title, check in results.checks.items():
        yield f"{_mark(check)} {title}"
        for one in check.failures:
            yield from (_finding(one), *(f"    {plain(row)}" for row in one.examples))
    yield f"Week {week}: {results.in_words}."


def as_json(results: CheckResults) -> bytes:
    """Return the results as JSON; the same bytes for the same results."""
    content = {
        "weeks": results.weeks,
        "errors": results.count("ERROR"),
        "warnings": results.count("WARN"),
        "checks": [
            {
                "check": title,
                "severity": check.severity,
                "weeks": len(check.weeks),
                "failed_weeks": len(check.failed_weeks),
                "failed_since": check.failed_since,
                "failures": [one._asdict() for one in check.failures],
            }
            for title, check in results.checks.items()
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"
    return text.encode("utf-8", "replace")  # half a surrogate pair isn't text


def extent(check: CheckedWeeks) -> str:
    """Return which of a check's weeks fail: `2 of 76 weeks: 2025-08-15 and 2026-11-06`."""
    judged = counted(len(check.weeks), "week")
    if not check.failed_weeks:
        return judged if check.weeks else ""
    which = describe_weeks(check.failed_weeks).rpartition("weeks, ")[2]
    return f"{len(check.failed_weeks)} of {judged}: {which}"


def since(check: CheckedWeeks) -> str:
    """Return since which week a check fails without a break, or in which it last failed."""
    if check.failed_since:
        return f"has failed since {check.failed_since}"
    return f"last failed in {check.failed_weeks[-1]}" if check.failed_weeks else "fails"


def _mark(check: CheckedWeeks) -> str:
    return f"{check.severity if check.failures else 'ok':<5}"


def _finding(one: Result) -> str:
    where = " ".join(str(part) for part in (one.week, one.chart) if part) or "the whole base"
    return f"  {plain(where)}: {plain(one.finding)}"
