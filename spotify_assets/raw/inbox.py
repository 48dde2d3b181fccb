"""The inbox: what each dropped file is, and where it goes next.

Into the archive, or to the rejected files with its reason, and back from there. How a file is
recognised is in `recognise`, parsing its content in `payloads`.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, REASON, REJECTED, RawName
from spotify_assets.raw.file_names import is_left_alone, week_in_name
from spotify_assets.raw.inbox_contents import HeldContents, contents_of
from spotify_assets.raw.recognise import recognise
from spotify_assets.storage import Storage, StoredFile
from spotify_assets.weeks import Clock, latest_closed_week

LONGEST_NAME = 200  # bytes; file systems take 255, and the reason's name is longer


@dataclass(frozen=True)
class Recognised:
    """A file in the inbox and what it holds: one chart's week, or several in a list of playlists.

    `others` are its names of weeks that the run isn't about; `sha256` is of the content recognised,
    which `held` gives again where it was put aside.
    """

    file: StoredFile
    names: tuple[RawName, ...]
    sha256: str
    others: tuple[RawName, ...] = ()
    held: Callable[[], bytes] | None = field(default=None, compare=False, repr=False)

    def content(self, storage: Storage) -> bytes | None:
        """What was recognised; None where it isn't held, and isn't in the inbox any more."""
        return self.held() if self.held else self.unchanged(storage)

    def unchanged(self, storage: Storage) -> bytes | None:
        """What lies in the inbox, if it is still what was recognised."""
        try:
            content = storage.read(self.file.key)
        except FileNotFoundError:  # another run has taken it in since
            return None
        return content if hashlib.sha256(content).hexdigest() == self.sha256 else None

    def of_weeks(self, weeks: Collection[date]) -> Recognised:
        """The same file, its names parted into those of the weeks and the others."""
        every = (*self.names, *self.others)
        return replace(
            self,
            names=tuple(name for name in every if name.week in weeks),
            others=tuple(name for name in every if name.week not in weeks),
        )


@dataclass(frozen=True)
class Rejected:
    """A file in the inbox that can't be taken in, and why."""

    file: StoredFile
    reason: str


@dataclass(frozen=True)
class InboxRules:
    """What decides over a file besides the file itself."""

    charts: Charts
    first_week: date
    clock: Clock


def scan_inbox(
    storage: Storage,
    rules: InboxRules,
    weeks: Collection[date] | None = None,
    held: HeldContents | None = None,
) -> Iterator[Recognised | Rejected]:
    """What each file in the inbox is, oldest first; a look, nothing is moved.

    With `weeks`, files of other weeks are left out, and those whose name tells are not even read.
    Files of weeks that no run can be about are rejected, whatever the weeks. Unfinished downloads,
    what can't be taken away and the like are passed over: neither recognised nor rejected. With
    `held`, contents are put aside there, so that `take_in` needn't read them again.
    """
    latest = latest_closed_week(rules.clock())
    closed = storage.closed_folders(INBOX)

    def can_wait(key: str) -> bool:
        path = key.removeprefix(INBOX)
        told = week_in_name(path)
        is_known = told is not None and rules.first_week <= told <= latest
        is_of_others = weeks is not None and is_known and told not in weeks
        return is_left_alone(path) or is_of_others or posixpath.dirname(key) in closed

    listed = sorted(storage.files(INBOX), key=lambda file: (file.modified, file.key))
    at_hand = [file for file in listed if not can_wait(file.key)]
    for file, content in contents_of(storage, at_hand):
        try:
            if isinstance(content, UnreadableRawFile):
                raise content
            found = _recognise(file, content, rules)
        except UnreadableRawFile as error:
            yield Rejected(file, _printable(str(error)))
            continue
        if weeks is None or any(name.week in weeks for name in found.names):
            yield replace(found, held=held.hold(content)) if held else found


def _recognise(file: StoredFile, content: bytes, rules: InboxRules) -> Recognised:
    path = file.key.removeprefix(INBOX)
    names = recognise(path, content, rules.charts, rules.first_week, rules.clock())
    return Recognised(file, tuple(names), hashlib.sha256(content).hexdigest())


def take_all_in(storage: Storage, found: Iterable[Recognised]) -> list[RawName]:
    """Take recognised files in, in their order; gives what is new in the archive.

    Of the same name, the last one counts: those are never taken in side by side.
    """
    new: list[RawName] = []
    side_by_side: list[Recognised] = []
    names: set[RawName] = set()

    def take() -> None:
        for _, taken in storage.together(lambda file: take_in(storage, file), side_by_side):
            new.extend(taken)

    for file in found:
        if not names.isdisjoint((*file.names, *file.others)):
            take()
            side_by_side, names = [], set()
        side_by_side.append(file)
        names.update(file.names, file.others)
    take()
    return new


def take_in(storage: Storage, found: Recognised) -> list[RawName]:
    """Move a recognised file from the inbox into the archive; gives what is new there.

    A file that the archive holds already, byte for byte, only leaves the inbox. A different file of
    the same chart, week and kind takes its place, and the older one is kept as superseded. All its
    names are archived, also those of other weeks: it leaves the inbox, and nothing of it may be lost.
    The inbox file is removed last, after every copy is safe. One that was changed since it was
    recognised stays there, to be looked at again.
    """
    content = found.content(storage)
    if content is None:
        return []
    new: list[RawName] = []
    for name in (*found.names, *found.others):
        if not storage.write_once(name.archive_key, content):
            archived = storage.read(name.archive_key)
            if archived == content:
                continue
            if found.unchanged(storage) is None:  # or an older file would supersede a newer one
                return new
            kept = name.superseded_key(hashlib.sha256(archived).hexdigest())
            storage.copy(name.archive_key, kept)
            storage.copy(found.file.key, name.archive_key)
        new.append(name)
    storage.delete_unchanged(found.file)
    return new


def reject(storage: Storage, rejected: Rejected) -> str:
    """Move a file to the rejected ones, with its reason beside it; gives its new key.

    It keeps its path below the inbox, as far as that can be printed and leaves room for the reason's
    name. A file of that name which was rejected before is not overwritten: the new one goes into a
    folder `again-2/`, `again-3/`.
    """
    path = _rejected_path(rejected.file.key.removeprefix(INBOX))
    key, number = REJECTED + path, 2
    while not _is_free(storage, key):
        key, number = f"{REJECTED}again-{number}/{path}", number + 1
    # The reason first: whoever finds the file there finds the reason, too.
    storage.write(key + REASON, f"{path}\n\n{rejected.reason}\n\n{RETRY}\n".encode())
    storage.move(rejected.file.key, key)
    return key


RETRY = (
    "Nothing is lost: once the cause is mended, `spotify-assets update --retry-rejected` takes "
    "this file in again."
)


def _rejected_path(path: str) -> str:
    folder, name = posixpath.split(_printable(path))
    if name.endswith(REASON):  # or it would pass for the reason of another file
        name += ".dropped"
    encoded = name.encode()
    if len(encoded) > LONGEST_NAME:
        name = encoded[-LONGEST_NAME:].decode(errors="ignore")
    return posixpath.join(folder, name)


def _printable(text: str) -> str:
    """The text with `?` for what isn't Unicode: a file's name may hold any bytes."""
    return text.encode(errors="replace").decode()


def _is_free(storage: Storage, key: str) -> bool:
    """Whether a file can be put there: no file lies there, none above it, and none below it."""
    above = [key[:place] for place, letter in enumerate(key) if letter == "/"]
    taken = storage.exists(key) or any(storage.exists(folder) for folder in above)
    return not taken and next(storage.files(f"{key}/"), None) is None


def retry_rejected_files(storage: Storage) -> int:
    """Move every rejected file back into the inbox and drop its reason; gives their number."""
    count = 0
    for file in list(storage.files(REJECTED)):
        if file.key.endswith(REASON) and storage.exists(file.key.removesuffix(REASON)):
            continue
        if file.key.endswith(REASON):
            storage.delete(file.key)  # its file was put back, or taken away by hand
            continue
        path = file.key.removeprefix(REJECTED)
        key, number = INBOX + path, 2
        while not _is_free(storage, key):
            key, number = f"{INBOX}retried-{number}/{path}", number + 1
        storage.move(file.key, key)
        count += 1
    return count
