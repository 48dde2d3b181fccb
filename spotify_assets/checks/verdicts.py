"""What a check looks at, and what it has to say: the words that rules, checks and reports share.

The rules themselves are in the `_rules` modules, the list of them in `declared`. Nothing here reads
storage or knows Dagster, so whoever must decide over a week can ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pyarrow as pa

from spotify_assets.setting_thresholds import Thresholds

SHOWN_ROWS = 5
SHOWN_FINDINGS = 5  # in a sentence; reports have more

Severity = Literal["ERROR", "WARN"]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """What a check found in a week.

    `findings` are sentences, none where the check passes; `expected` and `actual` are for comparing
    at a glance; `rows` are some of those that offend.
    """

    expected: str
    actual: str
    findings: tuple[str, ...] = ()
    rows: Rows = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(frozen=True)
class EarlierWeek:
    """The songs of a week before the one that is looked at: only what comparing takes."""

    week: date
    songs: pa.Table


@dataclass(frozen=True)
class StoredWeek:
    """A week as it is stored.

    `tables` has those that could be read, `unreadable` why the others couldn't; `earlier` are
    collected weeks before it, the latest first.
    """

    week: date
    tables: Mapping[str, pa.Table]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    earlier: Sequence[EarlierWeek] = ()


Rule = Callable[[StoredWeek, Thresholds], Verdict]


@dataclass(frozen=True)
class CheckMeaning:
    """A check of an asset: what it asserts, how bad it is if that doesn't hold, and why so bad.

    `thresholds` are the settings that it goes by, as `Thresholds` calls them.
    """

    asset: str
    name: str
    asserts: str
    severity: Severity
    why: str
    thresholds: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def title(self) -> str:
        """The check's name behind its asset's."""
        return f"{self.asset}.{self.name}"

    @property
    def description(self) -> str:
        """What the UI says of it."""
        return f"{self.asserts} {self.severity}: {self.why}"


@dataclass(frozen=True)
class Check(CheckMeaning):
    """A check of a table's weeks.

    `needs` are the columns without which the rule can't be asked, by table; the check then fails and
    says so. With `holds_back`, a week in which it fails isn't published.
    """

    rule: Rule
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    holds_back: bool = False

    @property
    def description(self) -> str:
        """What the UI says of it."""
        effect = " No run stops; the catalog holds the week back." if self.holds_back else ""
        return super().description + effect


def some_of(rows: pa.Table, columns: Sequence[str]) -> Rows:
    """The first rows, to be shown."""
    there = [name for name in columns if name in rows.column_names]
    shown: Rows = rows.select(there).slice(0, SHOWN_ROWS).to_pylist()
    return shown


def listed(items: Sequence[object], most: int = SHOWN_ROWS) -> str:
    """Items in a sentence, the first few of many."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(str(item) for item in items[:most]) + more


def shortly(findings: Sequence[str]) -> str:
    """Findings as one sentence, the first few of many."""
    more = f"; and {len(findings) - SHOWN_FINDINGS} more" if len(findings) > SHOWN_FINDINGS else ""
    return "; ".join(findings[:SHOWN_FINDINGS]) + more
