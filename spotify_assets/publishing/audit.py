"""Reading a week's stored files and auditing them: may they be published?

What follows of it is in `publish`, the rules are in `checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from spotify_assets.checks.declared import AUDIT
from spotify_assets.checks.stored_weeks import decoded, judge
from spotify_assets.checks.verdicts import EarlierWeek, StoredWeek
from spotify_assets.layout import table_key
from spotify_assets.publishing.stored import WeekFiles
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.origins import Origin, origin_of
from spotify_assets.tables.schemas import TABLES


@dataclass(frozen=True)
class WeekContents:
    """A week's files that are there, by table, and what was noted of them."""

    files: WeekFiles
    contents: dict[str, bytes]
    origins: dict[str, Origin]


@dataclass(frozen=True)
class Neighbours:
    """What is shown of the weeks that a week is held against: those before it, and the next."""

    earlier: Sequence[EarlierWeek] = ()
    following: EarlierWeek | None = None


def read_contents(
    storage: Storage, table_format: TableFormat, todo: Iterable[WeekFiles]
) -> Iterator[WeekContents]:
    """Each week's files, and what was noted of them."""

    def read(one: WeekFiles) -> WeekContents:
        found = {
            name: content_or_none(storage, table_key(name, one.week, table_format))
            for name in TABLES
        }
        origins = {name: origin_of(storage, name, one.week) for name in TABLES}
        return WeekContents(
            one,
            {name: content for name, content in found.items() if content is not None},
            {name: origin for name, origin in origins.items() if origin},
        )

    for _, contents in storage.together(read, todo):
        yield contents


def audit(week: WeekContents, neighbours: Neighbours, table_format: TableFormat) -> tuple[str, ...]:
    """What keeps these files from being published as the week; nothing where they may."""
    read = {
        name: decoded(content, name, table_format, week.files.week)
        for name, content in week.contents.items()
    }
    unreadable = {name: f"{name} isn't stored" for name in TABLES if name not in read}
    unreadable |= {name: why for name, why in read.items() if isinstance(why, str)}
    stored = StoredWeek(
        week.files.week,
        {name: rows for name, rows in read.items() if isinstance(rows, pa.Table)},
        unreadable,
        neighbours.earlier,
        week.origins,
        neighbours.following,
    )
    verdicts = {check.title: judge(check, stored, Thresholds()) for check in AUDIT}
    return tuple(
        f"{title}: {finding}"
        for title, verdict in verdicts.items()
        if verdict.was_asked
        for finding in verdict.findings
    )


def content_or_none(storage: Storage, key: str) -> bytes | None:
    """A file's content; None where it isn't there."""
    try:
        return storage.read(key)
    except FileNotFoundError:
        return None
