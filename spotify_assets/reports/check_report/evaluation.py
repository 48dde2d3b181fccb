"""Asking every check of every stored week, or of some; what didn't change since is not read again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from spotify_assets.checks.catalog_rules import (
    COLUMN_TYPES,
    ROW_COUNTS,
    SAME_WEEKS,
    column_verdict,
    count_verdicts,
    held_back_verdicts,
    week_verdicts,
)
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.every_check import EVERY_CHECK
from spotify_assets.checks.raw_rules import ASSET as RAW_ASSET
from spotify_assets.checks.raw_weeks import judge_all_raw, judge_raw_weeks
from spotify_assets.checks.stored_weeks import judge_weeks
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.errors import UserError
from spotify_assets.publishing.ledger import Published, published
from spotify_assets.reports.check_report.stamps import (
    GROUPS,
    Group,
    Judged,
    Stamps,
    audit_stamps,
    catalog_stamps,
    raw_stamps,
    table_stamps,
)

HELD = Verdict("", "")
"""A check that held when its week was looked at; what it expected then isn't kept."""
ByWeek: TypeAlias = dict[date | None, Verdict]
"""What a check says of each week; under None, of the whole."""


@dataclass(frozen=True)
class Remembered:
    """What is known from an earlier evaluation: the weeks' stamps, and the verdicts that failed."""

    stamps: Mapping[Group, Stamps] = field(default_factory=dict)
    failed: Mapping[tuple[str, date | None], Verdict] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """What every check says, by its title, and the stamps of what was looked at.

    `judged_anew` counts the weeks of which any file was read.
    """

    verdicts: dict[str, ByWeek]
    stamps: dict[Group, Stamps]
    judged_anew: int

    @property
    def weeks(self) -> list[date]:
        """The weeks that any check has something to say of, in order."""
        return sorted({week for stamps in self.stamps.values() for week in stamps})


def evaluate(
    judged: Judged,
    remembered: Remembered | None = None,
    only: Collection[date] | None = None,
) -> Evaluation:
    """Ask every check, of all stored weeks and of the whole, or `only` of some weeks.

    A catalog that can't be asked is a finding, not an error.

    Raises:
        OSError: the storage can't be reached.
    """
    known = remembered or Remembered()
    decided = published(judged.storage)
    verdicts: dict[str, ByWeek] = {check.title: {} for check in EVERY_CHECK}
    stamps: dict[Group, Stamps] = {}
    anew: set[date] = set()

    def ask(group: Group, all_stamps: Stamps) -> None:
        of_group = {w: stamp for w, stamp in all_stamps.items() if only is None or w in only}
        before = known.stamps.get(group, {})
        todo = [week for week, stamp in of_group.items() if before.get(week) != stamp]
        found = _judges(judged, decided)[group](todo) if todo else {}
        for check in GROUPS[group]:
            of_check = verdicts[check.title]
            for week in sorted(of_group.keys() - set(todo)):
                of_check[week] = known.failed.get((check.title, week), HELD)
            for week, verdict in found.get(check.title, {}).items():
                of_check[week] = verdict
        stamps[group] = of_group
        anew.update(todo)

    ask("raw", raw_stamps(judged))
    ask("tables", table_stamps(judged))
    ask("audit", audit_stamps(decided))
    if stamps["audit"]:
        try:
            ask("catalog", catalog_stamps(judged, decided, judged.catalog.weeks()))
            if only is None:
                verdicts[COLUMN_TYPES.title][None] = column_verdict(judged.catalog)
        except UserError as error:
            silent = Verdict("a catalog that answers", "one that doesn't", (str(error),))
            verdicts[COLUMN_TYPES.title][None] = silent
    if only is None:
        of_all = judge_all_raw(judged.storage, judged.rules, judged.thresholds)
        verdicts |= {f"{RAW_ASSET}.{name}": {None: verdict} for name, verdict in of_all.items()}
    return Evaluation(verdicts, stamps, len(anew))


Judge = Callable[[list[date]], Mapping[str, Mapping[date, Verdict]]]


def _judges(judged: Judged, decided: Published) -> dict[Group, Judge]:
    """What gives the verdicts of each group on some weeks, by the checks' titles."""
    storage, table_format = judged.storage, judged.table_format

    def raw(weeks: list[date]) -> Mapping[str, Mapping[date, Verdict]]:
        found = judge_raw_weeks(storage, judged.rules, weeks)
        return {f"{RAW_ASSET}.{name}": of_weeks for name, of_weeks in found.items()}

    def tables(weeks: list[date]) -> Mapping[str, Mapping[date, Verdict]]:
        return judge_weeks(storage, table_format, judged.thresholds, TABLE_CHECKS, weeks)

    def audit(weeks: list[date]) -> Mapping[str, Mapping[date, Verdict]]:
        (check,) = GROUPS["audit"]
        return {check.title: held_back_verdicts(decided, weeks)}

    def catalog(weeks: list[date]) -> Mapping[str, Mapping[date, Verdict]]:
        counts = count_verdicts(judged.catalog, storage, table_format, decided, weeks)
        return {
            SAME_WEEKS.title: week_verdicts(judged.catalog, decided, weeks),
            ROW_COUNTS.title: counts,
        }

    return {"raw": raw, "tables": tables, "audit": audit, "catalog": catalog}
