"""The report: what fails now and since when, and how many failed over time.

It is kept as `reports/checks.json`, which the next one begins with; making it a page is in `page`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias

import msgspec

from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.checks.verdicts import CheckMeaning, Severity, Verdict
from spotify_assets.layout import CHECKS_DATA
from spotify_assets.reports.check_report.evaluation import ByWeek, Evaluation, Remembered
from spotify_assets.reports.check_report.stamps import GROUPS, Group, Stamps
from spotify_assets.storage import Storage

DAYS_KEPT = 400
WEEKS_WITH_ROWS = (
    12  # of a check, the latest ones: years of failing weeks would make the report large
)
LONGEST_CELL = 200
FIRST = "it is the first"


Row: TypeAlias = dict[str, str | int | float | bool | None]


@dataclass(frozen=True)
class Failing:
    """A check that fails, in a week or, without one, of the whole; `since` is when it was first seen.

    `rows` are some of those that offend, as JSON can hold them.
    """

    check: str
    severity: Severity
    week: date | None
    since: datetime
    expected: str
    actual: str
    findings: tuple[str, ...]
    rows: tuple[Row, ...] = ()

    @property
    def asset(self) -> str:
        """The asset whose check it is."""
        return self.check.split(".")[0]


@dataclass(frozen=True)
class Day:
    """How many checks of weeks failed in the last report of a day."""

    day: date
    errors: int
    warnings: int


@dataclass(frozen=True)
class Report:
    """What the checks said at a moment.

    `begun` is the moment of the report in which "since" began to be counted, `begun_because` why not
    earlier. `stamps` stand for what was looked at, by group of checks and week.
    """

    made: datetime
    begun: datetime
    begun_because: str
    failing: tuple[Failing, ...] = ()
    history: tuple[Day, ...] = ()
    stamps: dict[Group, Stamps] = field(default_factory=dict)
    layout: Literal[1] = 1

    @property
    def weeks(self) -> list[date]:
        """The weeks that any check had something to say of, the latest first."""
        return sorted({w for stamps in self.stamps.values() for w in stamps}, reverse=True)

    def failing_of(self, severity: Severity) -> int:
        """How many checks of weeks fail that are so severe."""
        return sum(one.severity == severity for one in self.failing)

    def judged(self, check: CheckMeaning) -> Mapping[date, str]:
        """The weeks that a check had something to say of; none for a check of the whole."""
        groups = [group for group, checks in GROUPS.items() if check in checks]
        return self.stamps.get(groups[0], {}) if groups else {}


def report_of(evaluation: Evaluation, before: Report | str, now: datetime) -> Report:
    """The report of an evaluation, given the one before, or why there is none."""
    now = now.astimezone(UTC).replace(microsecond=0)
    known = before if isinstance(before, Report) else None
    since = {(one.check, one.week): one.since for one in known.failing} if known else {}
    failing = tuple(
        Failing(
            check=check.title,
            severity=check.severity,
            week=week,
            since=since.get((check.title, week), now),
            expected=verdict.expected,
            actual=verdict.actual,
            findings=verdict.findings,
            rows=kept_rows(verdict) if number < WEEKS_WITH_ROWS else (),
        )
        for check in EVERY_CHECK
        for number, (week, verdict) in enumerate(_failed(evaluation.verdicts[check.title]))
    )
    counts = Counter(one.severity for one in failing)
    days = [day for day in known.history if day.day < now.date()] if known else []
    today = Day(now.date(), counts["ERROR"], counts["WARN"])
    return Report(
        made=now,
        begun=known.begun if known else now,
        begun_because=known.begun_because if known else str(before),
        failing=failing,
        history=(*days, today)[-DAYS_KEPT:],
        stamps=evaluation.stamps,
    )


def _failed(verdicts: ByWeek) -> list[tuple[date | None, Verdict]]:
    """The verdicts that something was found in, the latest week first."""
    found = [(week, verdict) for week, verdict in verdicts.items() if not verdict.passed]
    return sorted(found, key=lambda one: one[0] or date.max, reverse=True)


def kept_rows(verdict: Verdict) -> tuple[Row, ...]:
    """A verdict's rows as they are kept: dates and lists as texts, long texts cut."""
    return tuple({name: _kept(value) for name, value in row.items()} for row in verdict.rows)


def _kept(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int) or (value == value and type(value) is float):
        return value  # what isn't equal to itself is no number, which JSON can't hold
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def remembered(before: Report | str) -> Remembered:
    """What an evaluation need not ask again."""
    if isinstance(before, str):
        return Remembered()
    failed = {
        (one.check, one.week): Verdict(one.expected, one.actual, one.findings, one.rows)
        for one in before.failing
    }
    return Remembered(before.stamps, failed)


def read_report(storage: Storage) -> Report | str:
    """The report made last, or why there is none to go by."""
    try:
        return msgspec.json.decode(storage.read(CHECKS_DATA), type=Report)
    except FileNotFoundError:
        return FIRST
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"the report before it could not be read ({error})"


def as_json(report: Report) -> bytes:
    """The report as it is kept; the same for the same report."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
