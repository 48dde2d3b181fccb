"""Reading a week's stored files and auditing them: may they be published?

What follows of it is in `publish`, the rules are in `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from spotify_assets.checks.declared import AUDIT
from spotify_assets.checks.stored_weeks import comparable, decoded, judge
from spotify_assets.checks.verdicts import EarlierWeek, StoredWeek
from spotify_assets.layout import table_key
from spotify_assets.publishing.ledger import WeekFiles
from spotify_assets.schemas import SONGS, TABLES
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.table_origins import Origin, origin_of


@dataclass(frozen=True)
class WeekContents:
    """A week's files that are there, by table, and what they are held against."""

    files: WeekFiles
    contents: dict[str, bytes]
    origins: dict[str, Origin]
    earlier: EarlierWeek | None


def read_contents(
    storage: Storage, table_format: TableFormat, todo: Sequence[WeekFiles]
) -> Iterator[WeekContents]:
    """Each week's files, what was noted of them, and the songs of the week before it."""
    weeks = {one.week for one in todo}

    def read(one: WeekFiles) -> tuple[dict[str, bytes], bytes | None, dict[str, Origin]]:
        found = {name: _content(storage, name, one.week, table_format) for name in TABLES}
        songs = None
        if one.before and one.before not in weeks:  # or it has just been read as a week of its own
            songs = _content(storage, SONGS.name, one.before, table_format)
        origins = {name: origin_of(storage, name, one.week) for name in TABLES}
        return (
            {name: content for name, content in found.items() if content is not None},
            songs,
            {name: origin for name, origin in origins.items() if origin},
        )

    latest: tuple[date, bytes | None] | None = None
    for one, (contents, songs, origins) in storage.together(read, todo):
        if latest and latest[0] == one.before:
            songs = latest[1]
        earlier = _earlier(one.before, songs, table_format)
        yield WeekContents(one, contents, origins, earlier)
        latest = (one.week, contents.get(SONGS.name)) if SONGS.name in contents else latest


def audit(week: WeekContents, table_format: TableFormat) -> tuple[str, ...]:
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
        (week.earlier,) if week.earlier else (),
        week.origins,
    )
    verdicts = {check.title: judge(check, stored, Thresholds()) for check in AUDIT}
    return tuple(
        f"{title}: {finding}"
        for title, verdict in verdicts.items()
        if verdict.was_asked
        for finding in verdict.findings
    )


def _content(storage: Storage, name: str, week: date, table_format: TableFormat) -> bytes | None:
    try:
        return storage.read(table_key(name, week, table_format))
    except FileNotFoundError:
        return None


def _earlier(week: date | None, content: bytes | None, form: TableFormat) -> EarlierWeek | None:
    rows = decoded(content, SONGS.name, form, week) if content is not None and week else None
    return comparable(week, rows) if isinstance(rows, pa.Table) and week else None
