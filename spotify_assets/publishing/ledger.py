"""What was decided over each week, remembered by the version of the files that were looked at.

It lies beside the copies that catalogs show, in `published/audit.json`. If it is lost, or a rule has
changed, every week is audited again. Deciding is in `publish`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from spotify_assets.checks.history_rules import WEEKS_COMPARED
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
from spotify_assets.schemas import TABLES
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage, StoredFile, stamp_of
from spotify_assets.table_origins import origin_key

LEDGER = f"{PUBLISHED}audit.json"


@dataclass(frozen=True)
class Decision:
    """What was decided over a week.

    `audited` stands for the files that were looked at, `neighbours` for what is served of the weeks that
    they were held against, `published` for the content that is served, empty for none, `copies` for the
    versions of the files that serve it. `findings` say why that isn't the content that was looked at;
    `following` is the later week that a week with findings was held against, too.
    """

    audited: str
    published: str = ""
    findings: tuple[str, ...] = ()
    copies: str = ""
    neighbours: str = ""
    following: date | None = None


@dataclass(frozen=True)
class Published:
    """The weeks that catalogs show, in order, and those held back, with what the audit found.

    A week can be in both: then what is shown is what was published before. `digests` stand for what is
    shown of each week; `withdrawn` are the copies that nothing is to show any more.
    """

    weeks: list[date] = field(default_factory=list)
    held_back: dict[date, tuple[str, ...]] = field(default_factory=dict)
    digests: Mapping[date, str] = field(default_factory=dict, compare=False)
    withdrawn: Collection[str] = field(default=(), compare=False)


@dataclass(frozen=True)
class WeekFiles:
    """A week as it lies in storage, and what stands for its version.

    `copies` stands for the versions of its published copies, empty for none. `is_complete` is whether
    all its tables are stored, `is_served` whether there are copies of them.
    """

    week: date
    stamp: str
    copies: str
    is_complete: bool
    is_served: bool


def stored_weeks(storage: Storage, table_format: TableFormat) -> list[WeekFiles]:
    """Every week that has any table, in order."""
    published = {file.key: file for file in storage.files(PUBLISHED)}
    copies = copies_of(published.values(), table_format)
    stored = {file.key: file for file in storage.files(TABLE_FILES)}
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


def shown_before(decisions: Mapping[date, Decision], week: date) -> list[date]:
    """The weeks before it that are shown and that a week is compared with, the latest first."""
    before = [w for w in decisions if w < week and decisions[w].published]
    return sorted(before, reverse=True)[:WEEKS_COMPARED]


def shown_next(decisions: Mapping[date, Decision], week: date) -> date | None:
    """The first week after it that is shown."""
    return min((w for w in decisions if w > week and decisions[w].published), default=None)


def neighbours_stamp(
    decisions: Mapping[date, Decision], week: date, following: date | None
) -> str:
    """Stands for what is shown of the weeks before and of a following one, empty for neither.

    A week that passed needn't be looked at again as the next one comes: that is held against it.
    """
    beside = [*shown_before(decisions, week), *([following] if following else [])]
    shown = " ".join(decisions[w].published if w in decisions else "" for w in beside)
    return hashlib.sha256(shown.encode()).hexdigest()[:20] if beside else ""


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
        if holds_for(known.get(files.week), files, known)
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
        digests={week: decision.published for week, decision in decisions.items()},
    )


def content_digest(files: Mapping[str, str]) -> str:
    """Stands for the content of a week's files, of which this is each table's SHA-256."""
    digests = "\n".join(f"{name} {digest}" for name, digest in sorted(files.items()))
    return hashlib.sha256(digests.encode()).hexdigest()


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
