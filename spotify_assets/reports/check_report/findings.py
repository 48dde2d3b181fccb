"""What fails now, check by check, each week with what was expected and what is there."""

from __future__ import annotations

from collections.abc import Sequence

from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.checks.verdicts import CheckMeaning
from spotify_assets.reports.check_report.markup import (
    CLASSES,
    anchor,
    check_address,
    link,
    mark,
    text,
    week_address,
)
from spotify_assets.reports.check_report.report import WEEKS_WITH_ROWS, Failing, Report
from spotify_assets.reports.check_report.texts import counted
from spotify_assets.reports.dashboard.dates import day_label, week_label

WEEKS_LISTED = WEEKS_WITH_ROWS  # of a check; the others are folded away
CHECKS_OPEN = 6  # where more fail, their weeks are shut: the grid shows what goes together
FINDINGS_LISTED = 20
LONGEST_CELL = 80


def failing_checks(report: Report, ui: str) -> str:
    """Every check that fails, errors first."""
    by_check: dict[str, list[Failing]] = {}
    for one in report.failing:
        by_check.setdefault(one.check, []).append(one)
    failing = [check for check in EVERY_CHECK if check.title in by_check]
    ordered = sorted(failing, key=lambda check: check.severity != "ERROR")
    is_open = len(ordered) <= CHECKS_OPEN
    return "\n".join(_check(check, by_check[check.title], ui, is_open=is_open) for check in ordered)


def _check(check: CheckMeaning, found: Sequence[Failing], ui: str, *, is_open: bool) -> str:
    since = min(one.since for one in found)
    weeks = [one for one in found if one.week is not None]
    how_many = f"{counted(len(weeks), 'week')}, the longest " if weeks else ""
    listed = "\n".join(
        _finding(check, one, ui, is_open=is_open and number == 0)
        for number, one in enumerate(found[:WEEKS_LISTED])
    )
    if rest := found[WEEKS_LISTED:]:
        folded = "\n".join(_finding(check, one, ui, is_open=False) for one in rest)
        more = counted(len(rest), "more week")
        listed += f"\n<details><summary>{more}</summary>{_rows_of_others(found)}{folded}</details>"
    return (
        f'<div class="check {CLASSES[check.severity]}" id="{anchor(check)}">'
        f"<h3>{mark(check.severity)} {check.title} "
        f'<span class="since">{how_many}since {day_label(since.date())}</span> '
        f"{link(check_address(ui, check), 'in Dagster')}</h3>"
        f'<p class="note">{text(check.asserts)} {text(check.why)}</p>\n{listed}</div>'
    )


def _finding(check: CheckMeaning, one: Failing, ui: str, *, is_open: bool) -> str:
    said = "".join(f"<li>{text(what)}</li>" for what in one.findings[:FINDINGS_LISTED])
    if len(one.findings) > FINDINGS_LISTED:
        said += f"<li>and {len(one.findings) - FINDINGS_LISTED} more</li>"
    body = (
        f'<div class="said"><dl><dt>expected</dt><dd>{text(one.expected)}</dd>'
        f"<dt>actual</dt><dd>{text(one.actual)}</dd></dl><ul>{said}</ul>{_rows(check, one)}"
    )
    if one.week is None:
        return f"{body}</div>"
    address = week_address(ui, check.asset, one.week)
    return (
        f'<details class="week" id="{anchor(check, one.week)}"{" open" if is_open else ""}>'
        f"<summary>{week_label(one.week)} "
        f'<span class="since">since {day_label(one.since.date())}</span></summary>'
        f"{body}{link(address, f'{check.asset} {one.week} in Dagster')}</div></details>"
    )


def _rows(check: CheckMeaning, one: Failing) -> str:
    """Some of the rows that offend, folded away."""
    if not one.rows:
        return ""
    names = list(dict.fromkeys(name for row in one.rows for name in row))
    heads = "".join(f'<th scope="col">{text(name, LONGEST_CELL)}' for name in names)
    rows = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in names)}" for row in one.rows)
    where = f"Rows of {check.title}" + (f", {week_label(one.week)}" if one.week else "")
    return (
        f"<details><summary>{counted(len(one.rows), 'row')} as examples</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{where}">'
        f'<table class="rows"><thead><tr>{heads}</thead><tbody>{rows}</tbody></table></div></details>'
    )


def _cell(value: str | int | float | bool | None) -> str:
    if value is None:
        return '<td class="null">null'
    if isinstance(value, bool):
        return f"<td>{str(value).lower()}"
    kind = "" if isinstance(value, str) else ' class="number"'
    return f"<td{kind}>{text(value, LONGEST_CELL)}"


def _rows_of_others(found: Sequence[Failing]) -> str:
    """Where to find the rows that the report doesn't keep; nothing where the check has none."""
    if not any(one.rows for one in found):
        return ""
    return (
        f'<p class="note">Rows are kept of the latest {WEEKS_WITH_ROWS} weeks; those of a week are in '
        f"<code>spotify-assets checks --week {found[-1].week} --json</code></p>"
    )
