"""The inbox: what waits there, and what each file is; what contains others is unpacked.

How a file is recognised is in `recognise`, where it goes in `taking_in` and `rejected`; when runs are
requested for it, in `defs/inbox_sensor`.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, RawName, original_key, raw_name_of
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.file_names import country_in_name, is_left_alone, week_in_name
from spotify_assets.raw.merged import require_agreement, split
from spotify_assets.raw.packages import (
    LARGEST_PACKAGE,
    LARGEST_RAW_FILE,
    MEGABYTE,
    UNPACKED,
    RefusedEntries,
    is_package,
    unpacked,
)
from spotify_assets.raw.recognise import recognise
from spotify_assets.raw.rejected import Rejected, free_key, printable
from spotify_assets.raw.replacing import may_replace_anything, replaced_by, why_not_replace
from spotify_assets.storage import Storage, StoredFile
from spotify_assets.weeks import Clock, latest_closed_week
from spotify_assets.words import plain

READ_PER_LOOK = 500  # files whose names don't state their week; the others wait for the next look
SETTLED = timedelta(seconds=5)  # a file that didn't change for so long is no longer being written

STAYS = "It stays in the inbox: let this user read it, then run spotify-assets update again."
WAITS = (
    "It waits for an older file of the same chart and week, which can't be read now and would replace "
    "it later."
)
NOT_TAKEN = (
    "It changed, or couldn't be read any more, while its week was made. It stays in the inbox: run "
    "spotify-assets update again."
)


@dataclass(frozen=True)
class InboxRules:
    """What decides about a file besides the file itself."""

    charts: Charts
    first_week: date
    clock: Clock
    shared_songs_least: float = 0.5  # share of songs, below which a file replaces no other

    def week_stated(self, path: str) -> date | None:
        """Return the week that the path alone states, if it is one that runs can be about."""
        week = None if is_package(path) else week_in_name(path)
        is_open = week and self.first_week <= week <= latest_closed_week(self.clock())
        return week if is_open else None


@dataclass(frozen=True)
class Recognised:
    """A file in the inbox and what it contains: a chart's week, or several in a list of playlists."""

    file: StoredFile
    names: tuple[RawName, ...]
    sha256: str

    def content(self, storage: Storage) -> bytes | None:
        """Return what the inbox has, if it can be read and is still what was recognised."""
        try:
            content = storage.read(self.file.key)
        except OSError:  # it may be gone: another run has taken it in since
            return None
        return content if hashlib.sha256(content).hexdigest() == self.sha256 else None


@dataclass(frozen=True)
class Package:
    """A file in the inbox that contains others, and the weeks that these are of."""

    file: StoredFile
    weeks: frozenset[date]


@dataclass(frozen=True)
class NotRead:
    """A file that couldn't be read, and why: no verdict on the file, so it stays in the inbox."""

    file: StoredFile
    reason: str


@dataclass
class Waiting:
    """The files that wait for a run, by week, and those that don't go in."""

    weeks: dict[date, list[StoredFile]] = field(default_factory=dict)
    unrecognised: list[Rejected] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)
    closed: Mapping[str, str] = field(default_factory=dict)  # folders, and why they are left alone
    unsettled: int = 0  # files that may still be being written
    unread: int = 0  # files that are left for the next look


def scan_inbox(
    storage: Storage, rules: InboxRules, weeks: Collection[date] | None = None
) -> Iterator[Recognised | Rejected | NotRead]:
    """Yield what each file in the inbox is, oldest first.

    What is in packages, and in files with several charts, is put into the inbox before, and these files
    are removed; nothing else is moved. With `weeks`, recognised files of other weeks are left out; those
    whose names state their week aren't even read. Unfinished downloads and files that can't be moved are
    left alone.
    """
    closed = storage.closed_folders(INBOX)

    def listed() -> list[StoredFile]:
        return [file for file in _oldest_first(storage.files(INBOX)) if is_wanted(file.key)]

    def is_wanted(key: str) -> bool:
        path = key.removeprefix(INBOX)
        stated = rules.week_stated(path)
        may_be_of_weeks = weeks is None or stated is None or stated in weeks
        return may_be_of_weeks and not is_left_alone(path) and posixpath.dirname(key) not in closed

    def is_of_weeks(found: Recognised) -> bool:
        return weeks is None or any(name.week in weeks for name in found.names)

    for file in listed():
        if is_package(file.key.removeprefix(INBOX)) and (refused := _unpack(storage, file, rules)):
            yield refused
    wanted = [file for file in listed() if not is_package(file.key.removeprefix(INBOX))]
    found = _all_looked_at(storage, wanted, rules)
    for one in found:
        if isinstance(one, Package) and (refused := _unpack(storage, one.file, rules)):
            yield refused
    if any(isinstance(one, Package) for one in found):
        known = {file.key for file in wanted}
        found += _all_looked_at(storage, [one for one in listed() if one.key not in known], rules)
    names = [name for one in found if isinstance(one, Recognised) for name in one.names]
    # The key of what the next file of a name would replace:
    latest = {n: file.key for n, file in archived_files(storage, {name.week for name in names})}
    unread: set[tuple[str, date]] = set()
    for one in found:
        if isinstance(one, Package) or (isinstance(one, Recognised) and not is_of_weeks(one)):
            continue
        said: Recognised | Rejected | NotRead = one
        if isinstance(one, Recognised):
            if unread & _chart_stated(one.file):
                said = NotRead(one.file, WAITS)
            else:
                said = _unless_mistaken(storage, one, rules, latest)
        if isinstance(said, NotRead):
            unread |= _chart_stated(said.file)
        yield said


def _chart_stated(file: StoredFile) -> set[tuple[str, date]]:
    """Return the country and week that the file's name states, nothing if it doesn't state both."""
    path = file.key.removeprefix(INBOX)
    country, week = country_in_name(path), week_in_name(path)
    return {(country, week)} if country and week else set()


def _all_looked_at(
    storage: Storage, files: Sequence[StoredFile], rules: InboxRules
) -> list[Recognised | Rejected | NotRead | Package]:
    looked_at = storage.together(lambda file: _look_at(storage, file, rules), files)
    return [found for _, found in looked_at if found is not None]


def _oldest_first(files: Iterable[StoredFile]) -> list[StoredFile]:
    return sorted(files, key=lambda file: (file.modified, file.key))


def _unpack(storage: Storage, file: StoredFile, rules: InboxRules) -> Rejected | NotRead | None:
    """Put what a file contains into the inbox, and delete it; return it if that can't be done.

    Killed at any moment, the next call ends as this one would have. A file with several charts is
    archived before, for its parts only have what tables need of it.
    """
    path, content = file.key.removeprefix(INBOX), _content(storage, file)
    if not isinstance(content, bytes):
        return content

    def put(part: tuple[str, bytes]) -> None:
        key, inside = INBOX + part[0], part[1]
        if not storage.write_once(key, inside) and not _has(storage, key, inside):
            storage.write(free_key(storage, INBOX, "again", part[0]), inside)

    try:
        if not is_package(path):
            digest = hashlib.sha256(content).hexdigest()
            storage.write_once(original_key(digest, path), content)
        for _ in storage.together(put, _parts(path, content, rules)):
            pass
    except UnreadableRawFile as error:
        return Rejected(file, printable(str(error)))
    storage.delete_unchanged(file)
    return None


def _has(storage: Storage, key: str, content: bytes) -> bool:
    try:
        return storage.read(key) == content
    except FileNotFoundError:  # another run has taken it in since
        return False


def _parts(path: str, content: bytes, rules: InboxRules) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of what a file contains, nothing if it is a raw file itself."""
    if is_package(path):
        yield from unpacked(path, content)
    elif raw_name_of(path) is None:
        for part, inside in (split(path, content, rules.charts) or {}).items():
            yield f"{path}{UNPACKED}{part}", inside


def _unless_mistaken(
    storage: Storage, found: Recognised, rules: InboxRules, latest: dict[RawName, str]
) -> Recognised | Rejected | NotRead:
    """Return the file, or why it must not replace what is in `latest`, where it is noted else."""
    key = found.file.key
    if not may_replace_anything(key.removeprefix(INBOX)):
        for name in found.names:
            older_name = replaced_by(name, latest)
            content = found.content(storage) if older_name else None
            if older_name is None or content is None:
                continue
            try:
                older = storage.read(latest[older_name])
            except FileNotFoundError:  # another run has taken the other one in
                continue
            except OSError as error:
                there = latest[older_name]
                why = f"{there}, which it would replace, can't be read: {_why(error)}. {STAYS}"
                return NotRead(found.file, why)
            if why := why_not_replace(
                storage, name, content, older_name, older, rules.charts, rules.shared_songs_least
            ):
                return Rejected(found.file, why)
    latest.update(dict.fromkeys(found.names, key))
    return found


def waiting_files(storage: Storage, rules: InboxRules) -> Waiting:
    """Return what waits in the inbox; nothing is moved.

    Only files whose names don't state their week are read, the oldest ones at each look.
    """
    now = rules.clock()
    waiting = Waiting(closed=storage.closed_folders(INBOX))
    unstated: list[StoredFile] = []
    for file in storage.files(INBOX):
        path = file.key.removeprefix(INBOX)
        if is_left_alone(path) or posixpath.dirname(file.key) in waiting.closed:
            continue
        if timedelta(0) <= now - file.modified < SETTLED:
            waiting.unsettled += 1
        elif stated := rules.week_stated(path):
            waiting.weeks.setdefault(stated, []).append(file)
        else:
            unstated.append(file)
    waiting.unread = len(unstated[READ_PER_LOOK:])
    to_read = _oldest_first(unstated)[:READ_PER_LOOK]
    for file, found in storage.together(lambda file: _look_at(storage, file, rules), to_read):
        if isinstance(found, Rejected):
            waiting.unrecognised.append(found)
        elif isinstance(found, Package):
            for week in found.weeks:
                waiting.weeks.setdefault(week, []).append(file)
            if not found.weeks:
                waiting.unrecognised.append(Rejected(file, "Nothing in it is a chart file."))
        elif isinstance(found, NotRead):
            waiting.not_read.append(found)
        elif found is not None:
            for week in {name.week for name in found.names}:
                waiting.weeks.setdefault(week, []).append(file)
    return waiting


def _look_at(
    storage: Storage, file: StoredFile, rules: InboxRules
) -> Recognised | Rejected | NotRead | Package | None:
    """Return what a file is; None if it is gone since it was listed: another run has taken it."""
    content = _content(storage, file)
    if not isinstance(content, bytes):
        return content
    try:
        names = _names_in(file.key.removeprefix(INBOX), content, rules)
    except UnreadableRawFile as error:
        return Rejected(file, printable(str(error)))
    if isinstance(names, frozenset):
        return Package(file, names)
    return Recognised(file, tuple(names), hashlib.sha256(content).hexdigest())


def _content(storage: Storage, file: StoredFile) -> bytes | Rejected | NotRead | None:
    """Return what a file has, None if it is gone, or why it isn't read."""
    most = LARGEST_PACKAGE if is_package(file.key) else LARGEST_RAW_FILE
    if file.size > most:
        size = f"{file.size // MEGABYTE:,} MB, more than {most // MEGABYTE}"
        return Rejected(file, f"It has {size}. Drop the chart file itself.")
    try:
        return storage.read(file.key)
    except FileNotFoundError:
        return None
    except OSError as error:
        return NotRead(file, f"It can't be read: {_why(error)}. {STAYS}")


def _why(error: OSError) -> str:
    return printable(str(error.strerror or error).rstrip("."))


def _names_in(path: str, content: bytes, rules: InboxRules) -> list[RawName] | frozenset[date]:
    """Return a raw file's names, or of a file that contains others the weeks that these are of."""
    unreadable = None
    if not is_package(path):
        try:
            names = recognise(path, content, rules.charts, rules.first_week, rules.clock())
        except UnreadableRawFile as error:
            unreadable = error
        else:
            require_agreement(names, content, rules.charts)
            return names
    weeks: set[date] = set()
    is_raw_file = True
    with suppress(RefusedEntries):
        for part, inside in _parts(path, content, rules):
            is_raw_file = False
            with suppress(UnreadableRawFile):
                found = _names_in(part, inside, rules)
                weeks |= found if isinstance(found, frozenset) else {name.week for name in found}
    if unreadable and is_raw_file:
        raise unreadable
    return frozenset(weeks)


def about_closed(folders: Mapping[str, str]) -> str:
    """Return how many folders can't be emptied, and how to get their files taken in."""
    key, why = next(iter(folders.items()))
    first = plain(key.removeprefix(INBOX))
    return (
        f"left alone: {len(folders)}, the first: {first}, because {why}. To have the files taken in, "
        f"give this user the right (chmod u+rwx), or copy them elsewhere below {INBOX}"
    )
