"""What is stored in a base, as one look finds it: weeks of tables, copies of them, what was decided.

A look is two lists of files and the ledger, however much there is; nothing here reads a table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from spotify_assets.checks.rules_version import rules_version
from spotify_assets.layout import (
    CHECKS_PAGE,
    DASHBOARD,
    PUBLISHED,
    REPORTS,
    published_key,
    table_key,
    week_of_table_key,
)
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.publishing.ledger import (
    LEDGER,
    Decision,
    neighbours_stamp,
    read_ledger,
)
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage, StoredFile, stamp_of
from spotify_assets.tables.origins import origin_key
from spotify_assets.tables.schemas import TABLES


@dataclass(frozen=True)
class WeekFiles:
    """A week as it lies in storage, and what stands for its version.

    `copies` stands for the versions of its published copies, empty for none. `is_complete` is whether
    all its tables are stored, `is_served` whether there are copies of them, `oldest` when the first of
    its tables was written.
    """

    week: date
    stamp: str
    copies: str
    is_complete: bool
    is_served: bool
    oldest: datetime


@dataclass(frozen=True)
class Stored:
    """The weeks that have any table, in order, what was decided over weeks, and all published files."""

    weeks: list[WeekFiles]
    decisions: Mapping[date, Decision]
    published: Mapping[str, StoredFile]

    def complete_weeks(self) -> list[date]:
        """The weeks of which every table is stored, in order."""
        return [files.week for files in self.weeks if files.is_complete]

    def settled_weeks(self, shown: Collection[date]) -> set[date]:
        """The weeks that need no publishing, if these are the weeks that the catalog shows.

        They were audited as they lie there, and the catalog shows them or doesn't, as was decided.
        """
        known = self.decisions
        return {
            files.week
            for files in self.weeks
            if holds_for(known.get(files.week), files, known)
            and bool(known[files.week].published) == (files.week in shown)
        }


def look_at(storage: Storage, table_format: TableFormat) -> Stored:
    """What is stored now.

    Raises:
        OSError: the storage can't be reached.
    """
    decisions = read_ledger(storage)
    published = {file.key: file for file in storage.files(PUBLISHED)}
    tables = {file.key: file for file in storage.files(TABLE_FILES)}
    return Stored(_weeks(tables, published, table_format), decisions, published)


def _weeks(
    stored: Mapping[str, StoredFile], published: Mapping[str, StoredFile], table_format: TableFormat
) -> list[WeekFiles]:
    copies = copies_of(published.values(), table_format)
    found: list[WeekFiles] = []
    for week in sorted({week for key in stored if (week := week_of_table_key(key))}):
        keys = {table_key(name, week, table_format) for name in TABLES} & stored.keys()
        if not keys:
            continue
        beside = {origin_key(name, week) for name in TABLES} & published.keys()
        looked_at = [stored.get(key) or published[key] for key in sorted(keys | beside)]
        copied = copies.get(week, [])
        found.append(
            WeekFiles(
                week,
                stamp=stamp_of(looked_at, rules_version()),
                copies=copies_stamp(copied),
                is_complete=len(keys) == len(TABLES),
                is_served=len(copied) == len(TABLES),
                oldest=min(stored[key].modified for key in keys),
            )
        )
    return found


def copies_of(
    published: Iterable[StoredFile], table_format: TableFormat
) -> dict[date, list[StoredFile]]:
    """Each week's copies in this format, in order of their keys, of all published files."""
    found = {}
    for week, files in by_week(published).items():
        wanted = {published_key(name, week, table_format) for name in TABLES}
        found[week] = [files[key] for key in sorted(wanted & files.keys())]
    return found


def copies_stamp(copies: Collection[StoredFile]) -> str:
    """Stands for the versions of a week's copies; empty where there are none."""
    return stamp_of(copies) if copies else ""


def by_week(files: Iterable[StoredFile]) -> dict[date, dict[str, StoredFile]]:
    """The files of each week, by key, in order of weeks."""
    weeks: dict[date, dict[str, StoredFile]] = {}
    for file in files:
        week = week_of_table_key(file.key)
        if week is not None:
            weeks.setdefault(week, {})[file.key] = file
    return dict(sorted(weeks.items()))


def holds_for(
    decision: Decision | None, files: WeekFiles, decisions: Mapping[date, Decision]
) -> bool:
    """Whether a decision was made over these very files, and what it had copied is as it was.

    And whether what was decided over the weeks that it was held against still stands.
    """
    return (
        decision is not None
        and decision.audited == files.stamp
        and decision.copies == files.copies
        and decision.neighbours == neighbours_stamp(decisions, files.week, decision.following)
    )


def reports_behind(storage: Storage, published: Mapping[str, StoredFile]) -> list[str]:
    """The reports that are missing, or older than what was decided last, as after a run was killed.

    `published` are the files below `published/`, the ledger among them.
    """
    if LEDGER not in published:
        return []
    decided = published[LEDGER].modified
    made = {file.key: file.modified for file in storage.files(REPORTS)}
    return [key for key in (DASHBOARD, CHECKS_PAGE) if key not in made or made[key] < decided]
