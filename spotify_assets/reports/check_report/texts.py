"""The report as lines on a terminal: every check in short, then what fails, with its weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.checks.verdicts import CheckMeaning, Severity
from spotify_assets.reports.check_report.evaluation import ByWeek, Evaluation
from spotify_assets.reports.check_report.report import Failing, Report

WEEKS_LISTED = 5  # of a check; the page has them all
WEEKS_NAMED = 3
FINDINGS_LISTED = 3
LONGEST = 600
MARKS: Mapping[Severity, str] = {"ERROR": "ERROR", "WARN": "WARN "}
HOLDS = "ok   "
NOT_ASKED = "-    "


def plain(value: object, longest: int = LONGEST) -> str:
    """Foreign text in one line: without what turns it around, moves the cursor or changes colours."""
    shown = "".join(c if c.isprintable() else " " for c in str(value))
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    return shown.encode("utf-8", "replace").decode()


def counted(number: int, what: str) -> str:
    """A number and what it counts: `1 week`, `2 weeks`, `1,024 weeks`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def report_lines(report: Report, evaluation: Evaluation) -> Iterator[str]:
    """Every check in short, then what fails now, since when, and what was expected."""
    by_check: dict[str, list[Failing]] = {}
    for one in report.failing:
        by_check.setdefault(one.check, []).append(one)
    for check in EVERY_CHECK:
        failing = by_check.get(check.title, [])
        yield f"{_in_short(check, evaluation.verdicts[check.title], failing)}"
    for check in EVERY_CHECK:
        if failing := by_check.get(check.title, []):
            yield ""
            yield f"{MARKS[check.severity]} {check.title}: {check.asserts}"
            for one in failing[:WEEKS_LISTED]:
                yield from _failing(one, report)
            if len(failing) > WEEKS_LISTED:
                yield f"  and {counted(len(failing) - WEEKS_LISTED, 'more week')}"
    yield ""
    if not report.weeks:
        yield "No week is stored: there is nothing to check."
        return
    yield f"{_span(report)}: {in_words(report)}."
    unasked = sorted({check.asset for check in EVERY_CHECK if not evaluation.verdicts[check.title]})
    if unasked:
        yield (
            f"Some checks of {', '.join(unasked)} could not be asked: run spotify-assets update, then "
            "these again."
        )


def week_lines(week: date, report: Report, evaluation: Evaluation) -> Iterator[str]:
    """What every check of weeks expected of this one, and what is there."""
    failing = {one.check: one for one in report.failing}
    for check in EVERY_CHECK:
        verdict = evaluation.verdicts[check.title].get(week)
        if verdict is None:
            continue
        yield f"{HOLDS if verdict.passed else MARKS[check.severity]} {check.title}"
        if check.title in failing:
            yield from _failing(failing[check.title], report)
        else:
            yield f"        expected  {plain(verdict.expected)}"
            yield f"        actual    {plain(verdict.actual)}"
    yield f"Week {week}: {in_words(report)}."


def in_words(report: Report) -> str:
    """How many checks fail now."""
    errors, warnings = report.failing_of("ERROR"), report.failing_of("WARN")
    if not errors and not warnings:
        return "every check holds"
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"


def _span(report: Report) -> str:
    weeks = report.weeks
    if not weeks:
        return "No week is stored"
    return f"{counted(len(weeks), 'week')}, {weeks[-1]} to {weeks[0]}"


def _in_short(check: CheckMeaning, verdicts: ByWeek, failing: list[Failing]) -> str:
    mark = MARKS[check.severity] if failing else HOLDS if verdicts else NOT_ASKED
    weeks = [one.week for one in failing if one.week is not None]
    of = "" if None in verdicts or not verdicts else counted(len(verdicts), "week")
    if weeks:
        more = ", …" if len(weeks) > WEEKS_NAMED else ""
        of = f"{len(weeks)} of {of}: {', '.join(map(str, weeks[:WEEKS_NAMED]))}{more}"
    return f"{mark} {check.title:<40} {of}".rstrip()


def _failing(one: Failing, report: Report) -> Iterator[str]:
    since = "first seen now" if one.since == report.made else f"since {one.since.date()}"
    yield f"  {one.week or 'the whole'}, {since}"
    yield f"        expected  {plain(one.expected)}"
    yield f"        actual    {plain(one.actual)}"
    for finding in one.findings[:FINDINGS_LISTED]:
        yield f"        - {plain(finding)}"
    if len(one.findings) > FINDINGS_LISTED:
        yield f"        - and {len(one.findings) - FINDINGS_LISTED} more"
