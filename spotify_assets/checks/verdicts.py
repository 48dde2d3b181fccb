"""What a check looks at, and what it has to say: the words that rules, checks and reports share.

The rules themselves are in the `_rules` modules, the list of them in `declared`. Nothing here reads
storage or knows Dagster, so whoever must decide over a week can ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.tables.origins import Origin

SHOWN_ROWS = 5
UPMOST_RANKS = 5
SHOWN_FINDINGS = 5  # in a sentence; reports have more
MOST_FINDINGS = 20

Severity = Literal["ERROR", "WARN"]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """What a check found in a week.

    `findings` are sentences, none where the check passes; `expected` and `actual` are for comparing
    at a glance; `rows` are some of those that offend. Without `was_asked`, the check could not be asked,
    and the findings say why.
    """

    expected: str
    actual: str
    findings: tuple[str, ...] = ()
    rows: Rows = ()
    was_asked: bool = True

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Listed(NamedTuple):
    """A row of a chart: only what comparing weeks takes."""

    rank: int
    song_id: str
    song_key: str
    streams: int | None


@dataclass(frozen=True)
class EarlierWeek:
    """The songs of a week before the one that is looked at: only what comparing takes."""

    week: date
    songs: pa.Table

    @cached_property
    def charts(self) -> dict[str, list[Listed]]:
        """Each chart's rows."""
        return charts_of(self.songs)

    @cached_property
    def upmost(self) -> dict[str, list[Listed]]:
        """Each chart's first ranks."""
        return charts_of(_upmost(self.songs))


@dataclass(frozen=True)
class StoredWeek:
    """A week as it is stored.

    `tables` has those that could be read, `unreadable` why the others couldn't; `earlier` are
    collected weeks before it, the latest first. `origins` is what was noted of each table when it was
    written, `following` the week after it, if that is shown and stands.
    """

    week: date
    tables: Mapping[str, pa.Table]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    earlier: Sequence[EarlierWeek] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    following: EarlierWeek | None = None

    @cached_property
    def charts(self) -> dict[str, list[Listed]]:
        """Each chart's rows, of a week whose songs could be read."""
        return charts_of(self.tables["songs"])

    @cached_property
    def upmost(self) -> dict[str, list[Listed]]:
        """Each chart's first ranks."""
        return charts_of(_upmost(self.tables["songs"]))


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
    says so.
    """

    rule: Rule
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def holds_back(self) -> bool:
        """Whether a week in which it fails isn't published: what is wrong isn't shown."""
        return self.severity == "ERROR"

    @property
    def description(self) -> str:
        """What the UI says of it."""
        effect = " No run stops; the catalog holds the week back." if self.holds_back else ""
        return super().description + effect


def charts_of(songs: pa.Table) -> dict[str, list[Listed]]:
    """Each chart's rows, in order of charts."""
    columns = [songs.column(name).to_pylist() for name in ("chart", *Listed._fields)]
    charts: dict[str, list[Listed]] = {}
    for chart, rank, song_id, song_key, streams in zip(*columns, strict=True):
        charts.setdefault(chart, []).append(Listed(rank, song_id, song_key, streams))
    return dict(sorted(charts.items()))


def _upmost(songs: pa.Table) -> pa.Table:
    return songs.filter(pc.less_equal(songs.column("rank"), UPMOST_RANKS))


def the_first(findings: Sequence[str]) -> tuple[str, ...]:
    """The first of many findings, and how many more there are."""
    more = len(findings) - MOST_FINDINGS
    return (*findings[:MOST_FINDINGS], *([f"and {more} more like these"] if more > 0 else []))


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
