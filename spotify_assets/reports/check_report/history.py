"""How many checks failed over time: a bar for each day with a report, and the same as a table."""

from __future__ import annotations

from spotify_assets.reports.check_report.report import Report
from spotify_assets.reports.dashboard.dates import day_label

DAYS_DRAWN = 90
BAR, GAP, HEIGHT = 9, 3, 90


def history(report: Report) -> str:
    """The bars and the table, the latest day last in the one and first in the other."""
    days = report.history[-DAYS_DRAWN:]
    most = max((day.errors + day.warnings for day in days), default=0)
    bars = []
    for number, day in enumerate(days):
        x, errors = number * (BAR + GAP), _high(day.errors, most)
        warnings = _high(day.warnings, most)
        title = f"{day_label(day.day)}: {day.errors} errors, {day.warnings} warnings"
        bars.append(
            f"<g><title>{title}</title>"
            f'<rect class="warnings" x="{x}" y="{HEIGHT - errors - warnings}" width="{BAR}" '
            f'height="{warnings}"/><rect class="errors" x="{x}" y="{HEIGHT - errors}" '
            f'width="{BAR}" height="{errors}"/></g>'
        )
    width = len(days) * (BAR + GAP)
    rows = "\n".join(
        f"<tr><td>{day_label(day.day)}<td>{day.errors}<td>{day.warnings}" for day in reversed(days)
    )
    drawing = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Failing checks over time">'
        f'<svg class="bars" role="img" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}" aria-label="Failing checks by day, at most {most}; the '
        f'table below has the figures">{"".join(bars)}</svg></div>'
        if most
        else '<p class="note">Nothing failed in any of these reports.</p>'
    )
    return (
        '<p class="note">Failing checks of weeks, in the last report of each day: errors below, '
        f"warnings on top of them.</p>{drawing}"
        '<details><summary>As a table</summary><table class="days"><thead><tr><th scope="col">Day'
        '<th scope="col">Errors<th scope="col">Warnings</thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )


def _high(count: int, most: int) -> int:
    """A bar's height in pixels: some, wherever there is anything."""
    return max(2, round(HEIGHT * 0.95 * count / most)) if count else 0
