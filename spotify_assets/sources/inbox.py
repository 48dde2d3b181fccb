"""The inbox: what each dropped file is, and where it goes next.

Into the archive, or to the rejected files with its reason, and back from there. How a file is
recognised is in `recognise`, parsing its content in `payloads`.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, REASON, REJECTED, RawName
from spotify_assets.sources.file_names import is_left_alone, week_in_name
from spotify_assets.sources.recognise import recognise
from spotify_assets.storage import Storage, StoredFile
from spotify_assets.weeks import Clock, latest_closed_week

LONGEST_NAME = 200  # bytes; file systems take 255, and the reason's name is longer
LARGEST_RAW_FILE = 64 * 1024 * 1024  # bytes; a chart of 200 songs with full details has below 2 MB


@dataclass(frozen=True)
class Recognised:
    """A file in the inbox and what it holds: one chart's week, or several in a list of playlists.

    `others` are its names of weeks that the run isn't about; `sha256` is of the content recognised.
    """

    file: StoredFile
    names: tuple[RawName, ...]
    sha256: str
    others: tuple[RawName, ...] = ()

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
    storage: Storage, rules: InboxRules, weeks: Collection[date] | None = None
) -> Iterator[Recognised | Rejected]:
    """What each file in the inbox is, oldest first; a look, nothing is moved.

    With `weeks`, files of other weeks are left out, and those whose name tells are not even read.
    Files of weeks that no run can be about are rejected, whatever the weeks. Unfinished downloads
    and the like are passed over: they are neither recognised nor rejected.
    """
    latest = latest_closed_week(rules.clock())
    for file in sorted(storage.files(INBOX), key=lambda file: (file.modified, file.key)):
        path = file.key.removeprefix(INBOX)
        if is_left_alone(path):
            continue
        told = week_in_name(path)
        can_wait = told is not None and rules.first_week <= told <= latest
        if weeks is not None and can_wait and told not in weeks:
            continue
        try:
            found = _recognise(storage, file, rules)
        except FileNotFoundError:  # another run has taken it since the listing
            continue
        except UnreadableRawFile as error:
            yield Rejected(file, _printable(str(error)))
            continue
        if weeks is None or any(name.week in weeks for name in found.names):
            yield found


def _recognise(storage: Storage, file: StoredFile, rules: InboxRules) -> Recognised:
    if file.size > LARGEST_RAW_FILE:
        raise UnreadableRawFile(
            f"It has {file.size // 1024**2:,} MB; a chart file has a few MB at most (the limit is "
            f"{LARGEST_RAW_FILE // 1024**2} MB). It was not read. Is it the right file?"
        )
    try:
        content = storage.read(file.key)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableRawFile(
            f"It can't be read: {error.strerror or error}. May this user read it?"
        ) from None
    path = file.key.removeprefix(INBOX)
    names = recognise(path, content, rules.charts, rules.first_week, rules.clock())
    return Recognised(file, tuple(names), hashlib.sha256(content).hexdigest())


def take_in(storage: Storage, found: Recognised) -> list[RawName]:
    """Move a recognised file from the inbox into the archive; gives what is new there.

    A file that the archive holds already, byte for byte, only leaves the inbox. A different file of
    the same chart, week and kind takes its place, and the older one is kept as superseded. All its
    names are archived, also those of other weeks: it leaves the inbox, and nothing of it may be lost.
    The inbox file is removed last, after every copy is safe. One that was changed since it was
    recognised stays there, to be looked at again.
    """
    try:
        content = storage.read(found.file.key)
    except FileNotFoundError:  # another run has taken it in since
        return []
    if hashlib.sha256(content).hexdigest() != found.sha256:
        return []
    new = []
    for name in (*found.names, *found.others):
        if storage.exists(name.archive_key):
            archived = storage.read(name.archive_key)
            if archived == content:
                continue
            kept = name.superseded_key(hashlib.sha256(archived).hexdigest())
            storage.copy(name.archive_key, kept)
        new.append(name)
    if not new:
        storage.delete(found.file.key)
        return []
    for name in new[1:]:
        storage.copy(found.file.key, name.archive_key)
    storage.move(found.file.key, new[0].archive_key)
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
