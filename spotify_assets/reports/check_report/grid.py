"""Weeks by checks as a grid, a table for each year, the latest week first.

The latest year is shown whole; of the years before, only the checks with findings, so that the page
stays small and readable over many years.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.checks.verdicts import CheckMeaning
from spotify_assets.reports.check_report.markup import (
    CLASSES,
    HOLDS,
    NOT_ASKED,
    SIGNS,
    WORDS,
    anchor,
    text,
)
from spotify_assets.reports.check_report.report import Failing, Report
from spotify_assets.reports.check_report.texts import counted
from spotify_assets.reports.dashboard.dates import MONTHS, week_label

Found = Mapping[tuple[str, date | None], Failing]


def grids(report: Report) -> str:
    """Every year's grid, the latest first."""
    found = {(one.check, one.week): one for one in report.failing}
    years = [(year, list(weeks)) for year, weeks in groupby(report.weeks, key=lambda w: w.year)]
    return "\n".join(
        _year(report, found, year, weeks, is_latest=number == 0)
        for number, (year, weeks) in enumerate(years)
    )


def _year(
    report: Report, found: Found, year: int, weeks: Sequence[date], *, is_latest: bool
) -> str:
    weekly = [check for check in EVERY_CHECK if report.judged(check)]
    failing = [c for c in weekly if any((c.title, week) in found for week in weeks)]
    worst = [severity for severity in SIGNS if any(c.severity == severity for c in failing)]
    if not is_latest and not failing:
        said = f"{counted(len(weeks), 'week')}, and every check holds"
        return f'<p><span class="mark fine">{HOLDS}</span> {year}: {said}.</p>'
    shown = weekly if is_latest else failing
    rest = (
        "" if is_latest else f" The other {len(weekly) - len(failing)} checks hold in all of them."
    )
    heads = "".join(
        f'<th scope="colgroup" colspan="{len(of_month)}">{MONTHS[month - 1]}</th>'
        for month, of_month in ((m, list(of)) for m, of in groupby(weeks, key=lambda w: w.month))
    )
    days = "".join(f'<th scope="col" title="{week_label(week)}">{week.day}</th>' for week in weeks)
    rows = "\n".join(_rows(report, found, shown, weeks))
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Weeks of {year} by checks">'
        f'<table class="grid"><caption>{counted(len(weeks), "week")}, by the Friday on which each '
        f"begins, the latest first.{rest}</caption>"
        f'<thead><tr><td class="corner" rowspan="2"></td>{heads}</tr><tr>{days}</tr></thead>\n'
        f"{rows}</table></div>"
    )
    signs = "".join(f' <span class="mark {CLASSES[s]}">{SIGNS[s]}</span>' for s in worst)
    opened = " open" if is_latest or worst else ""
    return f"<details{opened}><summary><b>{year}</b>{signs}</summary>{table}</details>"


def _rows(
    report: Report, found: Found, checks: Sequence[CheckMeaning], weeks: Sequence[date]
) -> Iterator[str]:
    for asset, of_asset in groupby(checks, key=lambda check: check.asset):
        group = f'<th scope="rowgroup" colspan="{len(weeks) + 1}">{asset}</th>'
        yield f"<tbody><tr>{group}</tr>"
        for check in of_asset:
            judged = report.judged(check)
            cells = "".join(_cell(check, week, found, week in judged) for week in weeks)
            yield f'<tr><th scope="row" title="{text(check.asserts)}">{check.name}</th>{cells}</tr>'
        yield "</tbody>"


def _cell(check: CheckMeaning, week: date, found: Found, is_judged: bool) -> str:
    failing = found.get((check.title, week))
    if failing is None:
        return f"<td>{HOLDS if is_judged else NOT_ASKED}"
    said = f"{WORDS[failing.severity]}, {check.name}, {week_label(week)}"
    return (
        f'<td class="{failing.severity[0].lower()}"><a href="#{anchor(check, week)}" '
        f'title="{said}: {text(failing.findings[0], 200)}" aria-label="{said}">'
        f"{SIGNS[failing.severity]}</a>"
    )
