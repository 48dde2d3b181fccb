"""Which weeks the catalogs may show: every stored week is audited, and a copy is kept of what passes.

A week's tables are overwritten whenever it is made again, good or bad. So catalogs don't read them but
the copies below `published/`, which change only once the audit has passed. What was decided is kept in
`ledger`, the rules are in `checks`; defining tables and views over the copies is in `catalogs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

import pyarrow as pa

from spotify_assets.checks.declared import AUDIT
from spotify_assets.checks.stored_weeks import comparable, decoded, judge
from spotify_assets.checks.verdicts import EarlierWeek, StoredWeek
from spotify_assets.layout import PUBLISHED, published_key, table_key
from spotify_assets.publishing.ledger import (
    Decision,
    Published,
    WeekFiles,
    as_published,
    files_by_week,
    holds_for,
    read_ledger,
    stored_weeks,
    write_ledger,
)
from spotify_assets.schemas import SONGS, TABLES
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage

WEEKS_TOLD = 26

Tell = Callable[[str], None]


def publish_weeks(storage: Storage, table_format: TableFormat, tell: Tell) -> Published:
    """Audit the weeks that changed, copy what passes and withdraw what is gone.

    A week without any table is gone; one that lacks some is held back. What is served of a week that is
    held back is audited as well, and withdrawn if it fails, as it can when the week before comes later.

    Raises:
        OSError: the storage can't be reached.
    """
    known, decisions, todo = read_ledger(storage), dict[date, Decision](), list[WeekFiles]()
    copied = [key for files in files_by_week(storage, PUBLISHED).values() for key in files]
    for files in stored_weeks(storage, table_format):
        if holds_for(known.get(files.week), files):
            decisions[files.week] = known[files.week]
        else:
            todo.append(files)

    def copies_to_make() -> Iterator[tuple[str, bytes]]:
        for number, (files, contents, earlier) in enumerate(_read(storage, table_format, todo), 1):
            week = files.week
            was = known[week].published if week in known and files.is_alike else ""
            decisions[week] = _decide(storage, files, contents, earlier, table_format)
            if not decisions[week].findings and decisions[week].published != was:
                for name, content in contents.items():
                    yield published_key(name, week, table_format), content
            if number % WEEKS_TOLD == 0 and number < len(todo):
                tell(f"Audited {number} of {len(todo)} weeks")

    for _ in storage.together(lambda copy: storage.write(*copy), copies_to_make()):
        pass
    served = {week for week, decision in decisions.items() if decision.published}
    _withdraw(storage, table_format, copied, served)
    # Another run may have published weeks since that weren't stored when this one began.
    since = {w: d for w, d in read_ledger(storage).items() if w not in known}
    decisions = since | decisions
    if decisions != known:
        write_ledger(storage, decisions)
    return as_published(decisions)


def _withdraw(
    storage: Storage, table_format: TableFormat, copied: Iterable[str], served: Collection[date]
) -> None:
    """Delete those of these copies that no week is served from."""
    kept = {published_key(name, week, table_format) for week in served for name in TABLES}
    for _ in storage.together(storage.delete, [key for key in copied if key not in kept]):
        pass


def _read(
    storage: Storage, table_format: TableFormat, todo: Sequence[WeekFiles]
) -> Iterator[tuple[WeekFiles, dict[str, bytes], EarlierWeek | None]]:
    """Each week's files that are there, by table, and the songs of the week before it."""
    weeks = {one.week for one in todo}

    def read(one: WeekFiles) -> tuple[dict[str, bytes], bytes | None]:
        found = {name: _content(storage, name, one.week, table_format) for name in TABLES}
        songs = None
        if one.before and one.before not in weeks:  # or it has just been read as a week of its own
            songs = _content(storage, SONGS.name, one.before, table_format)
        return {name: content for name, content in found.items() if content is not None}, songs

    latest: tuple[date, bytes | None] | None = None
    for one, (contents, songs) in storage.together(read, todo):
        if latest and latest[0] == one.before:
            songs = latest[1]
        yield one, contents, _earlier(one.before, songs, table_format)
        latest = (one.week, contents.get(SONGS.name)) if SONGS.name in contents else latest


def _content(storage: Storage, name: str, week: date, table_format: TableFormat) -> bytes | None:
    try:
        return storage.read(table_key(name, week, table_format))
    except FileNotFoundError:
        return None


def _earlier(week: date | None, content: bytes | None, form: TableFormat) -> EarlierWeek | None:
    rows = decoded(content, SONGS.name, form, week) if content is not None and week else None
    return comparable(week, rows) if isinstance(rows, pa.Table) and week else None


def _decide(
    storage: Storage,
    one: WeekFiles,
    contents: Mapping[str, bytes],
    earlier: EarlierWeek | None,
    table_format: TableFormat,
) -> Decision:
    """Audit a week; where it fails, what is served of it stays if that passes."""
    findings = _audit(one.week, contents, earlier, table_format)
    if not findings:
        return Decision(one.stamp, _digest(contents))
    served = {}
    if one.is_served:
        keys = {published_key(name, one.week, table_format): name for name in TABLES}
        served = {keys[key]: content for key, content in storage.read_many(keys)}
    if served and not _audit(one.week, served, earlier, table_format):
        return Decision(one.stamp, _digest(served), findings)
    return Decision(one.stamp, "", findings)


def _audit(
    week: date,
    contents: Mapping[str, bytes],
    earlier: EarlierWeek | None,
    table_format: TableFormat,
) -> tuple[str, ...]:
    """What keeps these files from being published as the week; nothing where they may."""
    read = {name: decoded(content, name, table_format, week) for name, content in contents.items()}
    unreadable = {name: f"{name} isn't stored" for name in TABLES if name not in read}
    unreadable |= {name: why for name, why in read.items() if isinstance(why, str)}
    tables = {name: rows for name, rows in read.items() if isinstance(rows, pa.Table)}
    stored = StoredWeek(week, tables, unreadable, (earlier,) if earlier else ())
    return tuple(
        f"{check.title}: {finding}"
        for check in AUDIT
        for finding in judge(check, stored, Thresholds()).findings
    )


def _digest(contents: Mapping[str, bytes]) -> str:
    """Stands for the content of a week's files."""
    digests = [f"{n} {hashlib.sha256(c).hexdigest()}" for n, c in sorted(contents.items())]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
