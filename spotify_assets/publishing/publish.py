"""Which weeks the catalogs may show: every stored week is audited, and a copy is kept of what passes.

A week's tables are overwritten whenever it is made again, good or bad. So catalogs don't read them but
the copies below `published/`, which change only once the audit has passed. Auditing is in `audit`, what
was decided is kept in `ledger`; defining tables and views over the copies is in `catalogs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from spotify_assets.layout import PUBLISHED, published_key, week_of_table_key
from spotify_assets.publishing.audit import Neighbours, WeekContents, audit, read_contents
from spotify_assets.publishing.ledger import (
    Decision,
    Published,
    as_published,
    content_digest,
    neighbours_stamp,
    read_ledger,
    write_ledger,
)
from spotify_assets.publishing.shown import ShownSongs
from spotify_assets.publishing.stored import (
    WeekFiles,
    copies_of,
    copies_stamp,
    holds_for,
    look_at,
)
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import SONGS, TABLES

WEEKS_TOLD = 26

Tell = Callable[[str], None]


def publish_weeks(storage: Storage, table_format: TableFormat, tell: Tell) -> Published:
    """Audit the weeks that changed, and copy what passes.

    A week without any table is gone; one that lacks some is held back. What is served of a week that is
    held back is audited as well. It is shown no more if it fails or isn't what was published; what is
    shown no more is for `withdraw`. Weeks are held against what is shown of those beside them, so that a
    bad one does nothing to others.

    Raises:
        OSError: the storage can't be reached.
    """
    found = look_at(storage, table_format)
    known, stored = found.decisions, found.weeks
    decisions = {files.week: known[files.week] for files in stored if files.week in known}
    todo = [files for files in stored if not holds_for(known.get(files.week), files, decisions)]
    changing = {files.week for files in todo}
    shown = ShownSongs(storage, table_format)
    copied: set[date] = set()

    def copies_to_make() -> Iterator[tuple[str, bytes]]:
        contents, number = read_contents(storage, table_format, todo), 0
        for files in stored:
            was, ahead = known.get(files.week), files.week in changing
            week = next(contents) if ahead else None
            if holds_for(was, files, decisions):
                continue
            # Not known to change before: what is shown of a week before it just did.
            week = week or next(read_contents(storage, table_format, [files]))
            served = _Served(storage, table_format, files, was)
            neighbours = shown.beside(files.week, decisions, changing)
            decision = _decide(week, neighbours, served, table_format)
            stamp = neighbours_stamp(decisions, files.week, decision.following)
            decisions[files.week] = replace(decision, neighbours=stamp)
            if not decision.findings:
                shown.put(files.week, week.contents[SONGS.name])
                if served.digest() != decision.published:
                    copied.add(files.week)
                    for name, content in week.contents.items():
                        yield published_key(name, files.week, table_format), content
            number += 1
            if number % WEEKS_TOLD == 0 and number < len(todo):
                tell(f"Audited {number} of {len(todo)} weeks")

    for _ in storage.together(lambda copy: storage.write(*copy), copies_to_make()):
        pass
    if copied:
        made = copies_of(storage.files(PUBLISHED), table_format)
        for week in copied:
            decisions[week] = replace(decisions[week], copies=copies_stamp(made.get(week, [])))
    # Another run may have published weeks since that weren't stored when this one began.
    since = {w: d for w, d in read_ledger(storage).items() if w not in known}
    decisions = since | decisions
    if decisions != known:
        write_ledger(storage, decisions)
    served = [week for week, decision in decisions.items() if decision.published]
    kept = {published_key(name, week, table_format) for week in served for name in TABLES}
    copies = [key for key in found.published if week_of_table_key(key)]
    return replace(as_published(decisions), withdrawn=[key for key in copies if key not in kept])


def withdraw(storage: Storage, published: Published) -> None:
    """Delete the copies that are shown no more, once nothing refers to them any longer."""
    for _ in storage.together(storage.delete, published.withdrawn):
        pass


@dataclass
class _Served:
    """What is served of a week; read only where what was noted of it doesn't tell."""

    storage: Storage
    table_format: TableFormat
    files: WeekFiles
    known: Decision | None

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """Each table's copy."""
        if not self.files.is_served:
            return {}
        keys = {published_key(name, self.files.week, self.table_format): name for name in TABLES}
        return {keys[key]: content for key, content in self.storage.read_many(keys)}

    def digest(self) -> str:
        """Stands for it; empty where nothing is served, or not all."""
        if self.known and self.known.copies == self.files.copies:
            return self.known.published
        return _digest(self.contents) if self.contents else ""

    def is_as_published(self) -> bool:
        """Whether something is, and, where that is known, it is what was published."""
        found = self.digest()
        return bool(found) and (self.known is None or found == self.known.published)


def _decide(
    week: WeekContents, neighbours: Neighbours, served: _Served, table_format: TableFormat
) -> Decision:
    """Audit a week; where it fails, what is served of it stays if that is as published and passes."""
    files = week.files
    findings = audit(week, neighbours, table_format)
    if not findings:
        return Decision(files.stamp, _digest(week.contents), copies=files.copies)
    held_back = Decision(
        files.stamp,
        findings=findings,
        following=neighbours.following.week if neighbours.following else None,
    )
    if served.is_as_published():
        # What was noted is of the tables as they are now.
        older = replace(week, contents=served.contents, origins={})
        if not audit(older, replace(neighbours, following=None), table_format):
            return replace(held_back, published=served.digest(), copies=files.copies)
    return held_back


def _digest(contents: Mapping[str, bytes]) -> str:
    return content_digest({n: hashlib.sha256(c).hexdigest() for n, c in contents.items()})
