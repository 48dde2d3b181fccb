"""What was decided over each week, remembered by the version of the files that were looked at.

It lies beside the copies that catalogs show, in `published/audit.json`. If it is lost, or a rule has
changed, every week is audited again. Deciding is in `publish`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

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
from spotify_assets.schemas import SONGS, TABLES
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage, StoredFile, stamp_of

LEDGER = f"{PUBLISHED}audit.json"


@dataclass(frozen=True)
class Decision:
    """What was decided over a week.

    `audited` stands for the files that were looked at, `published` for the content that is served, empty
    for none, `findings` for why it isn't the content that was looked at.
    """

    audited: str
    published: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """The weeks that catalogs show, in order, and those held back, with what the audit found.

    A week can be in both: then what is shown is what was published before.
    """

    weeks: list[date] = field(default_factory=list)
    held_back: dict[date, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class WeekFiles:
    """A week as it lies in storage: the collected week before, and what stands for the version of both.

    `is_complete` is whether all its tables are stored, `is_served` whether there are copies of them, and
    `is_alike` whether each copy is as large as its table: one that was cut off isn't.
    """

    week: date
    before: date | None
    stamp: str
    is_complete: bool
    is_served: bool
    is_alike: bool


def stored_weeks(storage: Storage, table_format: TableFormat) -> list[WeekFiles]:
    """Every week that has any table, in order."""
    copies = files_by_week(storage, PUBLISHED)
    found: list[WeekFiles] = []
    before: date | None = None
    songs_before: StoredFile | None = None
    for week, files in files_by_week(storage, TABLE_FILES).items():
        keys = {table_key(name, week, table_format) for name in TABLES} & files.keys()
        if not keys:
            continue
        looked_at = [files[key] for key in sorted(keys)]
        seen = [*looked_at, songs_before] if songs_before else looked_at
        stamp = stamp_of(seen, rules_version())
        copied = copies.get(week, {})
        wanted = {name: published_key(name, week, table_format) for name in TABLES}
        is_complete = len(keys) == len(TABLES)
        is_served = set(wanted.values()) <= copied.keys()
        is_alike = (
            is_complete
            and is_served
            and all(
                copied[key].size == files[table_key(name, week, table_format)].size
                for name, key in wanted.items()
            )
        )
        found.append(WeekFiles(week, before, stamp, is_complete, is_served, is_alike))
        if (songs := table_key(SONGS.name, week, table_format)) in keys:
            before, songs_before = week, files[songs]
    return found


def files_by_week(storage: Storage, prefix: str) -> dict[date, dict[str, StoredFile]]:
    """The files of each week below a prefix, by key, in order of weeks."""
    weeks: dict[date, dict[str, StoredFile]] = {}
    for file in storage.files(prefix):
        week = week_of_table_key(file.key)
        if week is not None:
            weeks.setdefault(week, {})[file.key] = file
    return dict(sorted(weeks.items()))


def holds_for(decision: Decision | None, files: WeekFiles) -> bool:
    """Whether a decision was made over these very files, and what it had copied is still there."""
    if decision is None or decision.audited != files.stamp:
        return False
    if decision.findings:  # what is served, if anything, is an older state
        return files.is_served or not decision.published
    return files.is_alike


def settled_weeks(
    storage: Storage, table_format: TableFormat, shown: Collection[date]
) -> set[date]:
    """The stored weeks that need no publishing, if these are the weeks that the catalog shows.

    They were audited as they lie there, and the catalog shows them or doesn't, as was decided.
    """
    known = read_ledger(storage)
    return {
        files.week
        for files in stored_weeks(storage, table_format)
        if holds_for(known.get(files.week), files)
        and bool(known[files.week].published) == (files.week in shown)
    }


def reports_behind(storage: Storage) -> list[str]:
    """The reports that are missing, or older than what was decided last, as after a run was killed."""
    decided = next((file.modified for file in storage.files(LEDGER)), None)
    made = {file.key: file.modified for file in storage.files(REPORTS)}
    if decided is None:
        return []
    return [key for key in (DASHBOARD, CHECKS_PAGE) if key not in made or made[key] < decided]


def complete_weeks(storage: Storage, table_format: TableFormat) -> list[date]:
    """The weeks of which every table is stored, in order."""
    return [files.week for files in stored_weeks(storage, table_format) if files.is_complete]


def published(storage: Storage) -> Published:
    """What was published last, and held back then."""
    return as_published(read_ledger(storage))


def as_published(decisions: Mapping[date, Decision]) -> Published:
    """The decisions in short."""
    return Published(
        weeks=sorted(week for week, decision in decisions.items() if decision.published),
        held_back={w: d.findings for w, d in sorted(decisions.items()) if d.findings},
    )


def read_ledger(storage: Storage) -> dict[date, Decision]:
    """What was decided; nothing where that can't be read, so that all weeks are audited again."""
    try:
        return msgspec.json.decode(storage.read(LEDGER), type=dict[date, Decision])
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def write_ledger(storage: Storage, decisions: Mapping[date, Decision]) -> None:
    """Remember what was decided."""
    content = msgspec.json.encode(dict(sorted(decisions.items())))
    storage.write(LEDGER, msgspec.json.format(content, indent=1) + b"\n")
