"""The words and signs that the page's parts share: texts made safe, marks, addresses, anchors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape
from urllib.parse import urlencode

from spotify_assets.checks.verdicts import CheckMeaning, Severity
from spotify_assets.reports.check_report.texts import LONGEST, plain

SIGNS: Mapping[Severity, str] = {"ERROR": "✗", "WARN": "▲"}
WORDS: Mapping[Severity, str] = {"ERROR": "error", "WARN": "warning"}
CLASSES: Mapping[Severity, str] = {"ERROR": "error", "WARN": "warn"}
HOLDS = "✓"
NOT_ASKED = "·"


def text(value: object, longest: int = LONGEST) -> str:
    """Foreign text as it may stand in HTML: nothing in it is markup, or turns what follows around."""
    return escape(plain(value, longest))


def mark(severity: Severity) -> str:
    """A severity as a sign and a word."""
    return f'<span class="mark {CLASSES[severity]}">{SIGNS[severity]} {WORDS[severity]}</span>'


def anchor(check: CheckMeaning, week: date | None = None) -> str:
    """Where the page has what was found: of a check, or of a check in a week."""
    return check.title if week is None else f"{check.title}-{week}"


def check_address(ui: str, check: CheckMeaning) -> str:
    """Where Dagster's UI shows a check."""
    return _address(ui, check.asset, view="checks", checkDetail=check.name)


def week_address(ui: str, asset: str, week: date) -> str:
    """Where Dagster's UI shows an asset's week."""
    return _address(ui, asset, view="partitions", partition=week.isoformat())


def link(address: str, said: str) -> str:
    """A link out of the page."""
    return f'<a href="{escape(address)}" rel="noreferrer">{text(said)}</a>'


def _address(ui: str, asset: str, **query: str) -> str:
    return f"{ui}/assets/{asset}?{urlencode(query)}"
