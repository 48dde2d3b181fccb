"""The report as one HTML file that needs no script, no server and no network.

Findings hold foreign text, titles for one; they only ever come in as text. The
Content-Security-Policy lets nothing load, connect or run; of styles only the page's own hold, told by
their digest.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from string import Template

from spotify_assets.checks.catalog_rules import NOT_HELD_BACK
from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.checks.verdicts import Severity
from spotify_assets.reports.check_report.findings import failing_checks
from spotify_assets.reports.check_report.grid import grids
from spotify_assets.reports.check_report.history import history
from spotify_assets.reports.check_report.markup import (
    HOLDS,
    NOT_ASKED,
    SIGNS,
    check_address,
    link,
    text,
)
from spotify_assets.reports.check_report.report import FIRST, Report
from spotify_assets.reports.check_report.texts import counted
from spotify_assets.reports.dashboard.dates import moment_label
from spotify_assets.reports.dashboard.document import base_style, csp_digest

THEME = re.compile(r':root\[data-theme="dark"\] (\{[^}]*\})')


def document(report: Report, ui: str) -> bytes:
    """The whole page; `ui` is where Dagster's UI is reached. The same for the same report."""
    style = _style()
    legend = (
        f"{HOLDS} holds · {SIGNS['ERROR']} error · {SIGNS['WARN']} warning · {NOT_ASKED} not asked "
        "of that week."
    )
    page = Template(_read("checks.html")).substitute(
        digest=csp_digest(style),
        style=style,
        made=moment_label(report.made),
        ui=link(ui, "Dagster"),
        notice=_notice(report),
        headlines="\n".join(
            [
                _headline(report, "ERROR", "what is there is wrong, or can't be"),
                _headline(report, "WARN", "unusual, but it can be true"),
                _weeks(report),
            ]
        ),
        failing=failing_checks(report, ui) or _nothing(report),
        legend=legend,
        grids=grids(report) or '<p class="note">No week is stored yet.</p>',
        history=history(report),
        rules=_rules(ui),
        begun=_begun(report),
        week=report.weeks[0] if report.weeks else "2026-11-13",
    )
    return page.encode()


def _read(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The style sheet. No script sets a theme here, so the reader's system chooses."""
    return THEME.sub(r"@media (prefers-color-scheme: dark) { :root \1 }", base_style()) + _read(
        "checks.css"
    )


def _headline(report: Report, severity: Severity, meaning: str) -> str:
    number = report.failing_of(severity)
    kind = ("error" if severity == "ERROR" else "warn") if number else "fine"
    sign = SIGNS[severity] if number else HOLDS
    what = counted(number, "error" if severity == "ERROR" else "warning")
    return (
        f'<div class="headline {kind}"><p>Fail now</p><strong>{sign} {what}</strong>'
        f"<p>{meaning}</p></div>"
    )


def _weeks(report: Report) -> str:
    weeks = report.weeks
    span = f"{weeks[-1]} to {weeks[0]}" if weeks else "none is stored yet"
    return (
        f'<div class="headline"><p>Looked at</p><strong>{counted(len(weeks), "week")}</strong>'
        f"<p>{span}</p></div>"
    )


def _notice(report: Report) -> str:
    held = [one for one in report.failing if one.check == NOT_HELD_BACK.title]
    if not held:
        return ""
    rows = "".join(f"<li>{one.week}: {text(one.findings[0], 300)}</li>" for one in held[:5])
    more = f"<li>and {len(held) - 5} more</li>" if len(held) > 5 else ""
    return (
        f'<div class="notice"><p>{counted(len(held), "week")} held back: the catalog and the dashboard '
        f"don't show them as they are stored.</p><ul>{rows}{more}</ul></div>"
    )


def _nothing(report: Report) -> str:
    said = "every check holds" if report.weeks else "no week is stored yet"
    return f'<p><span class="mark fine">{HOLDS}</span> Nothing: {said}.</p>'


def _begun(report: Report) -> str:
    because = "" if report.begun_because == FIRST else f", as {report.begun_because}"
    begun = moment_label(report.begun)
    return f"“Since” and the counts go back to the report of {begun}{text(because)}."


def _rules(ui: str) -> str:
    rows = "\n".join(
        f"<tr><td>{link(check_address(ui, check), check.title)}<td>{text(check.asserts)}"
        f"<td>{SIGNS[check.severity]} {check.severity.lower()}: {text(check.why)}"
        for check in EVERY_CHECK
    )
    return (
        f"<details><summary>{counted(len(EVERY_CHECK), 'check')}</summary>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Every check"><table class="rules">'
        '<thead><tr><th scope="col">Check<th scope="col">Asserts<th scope="col">If not</thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )
