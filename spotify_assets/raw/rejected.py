"""Files that can't be taken in: moved out of the inbox, each with its reason beside it, and back."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from itertools import chain, count

from spotify_assets.layout import INBOX, REASON, REJECTED
from spotify_assets.raw.packages import UNPACKED
from spotify_assets.storage import Storage, StoredFile
from spotify_assets.words import plain

LONGEST_NAME = 200  # bytes; file systems take 255, and the name of the reason is longer
RETRY = (
    "Once you have fixed the cause, `spotify-assets update --retry-rejected` takes it in again. If you "
    "don't need the file, delete it."
)


@dataclass(frozen=True)
class Rejected:
    """A file in the inbox that can't be taken in, and why."""

    file: StoredFile
    reason: str


def reject(storage: Storage, rejected: Rejected) -> str:
    """Move a file to the rejected ones, with its reason beside it; return its new key.

    It keeps its path below the inbox; where another file is, it goes into a folder `again-2/`.
    """
    path = rejected.file.key.removeprefix(INBOX).replace(UNPACKED, "/")
    folder, name = posixpath.split(printable(path))
    if name.endswith(REASON):  # or it would pass for the reason of another file
        name += ".dropped"
    name = name.encode()[-LONGEST_NAME:].decode(errors="ignore")
    key = free_key(storage, REJECTED, "again", path := posixpath.join(folder, name))
    # The reason first: whoever finds the file there also finds the reason.
    storage.write(key + REASON, f"{plain(path)}\n\n{rejected.reason}\n\n{RETRY}\n".encode())
    try:
        storage.move(rejected.file.key, key)
    except FileNotFoundError:  # another run has rejected it, perhaps under the same key
        if not storage.exists(key):
            storage.delete(key + REASON)
    return key


def rejected_files(storage: Storage) -> list[str]:
    """Return the paths, below the rejected ones, of the files that were rejected."""
    keys = (file.key for file in storage.files(REJECTED))
    return [key.removeprefix(REJECTED) for key in keys if not key.endswith(REASON)]


def why_rejected(storage: Storage, path: str) -> str:
    """Return the reason that is noted beside a rejected file, empty if none is."""
    try:
        noted = storage.read(f"{REJECTED}{path}{REASON}").decode(errors="replace")
    except FileNotFoundError:
        return ""
    return noted.partition("\n\n")[2].removesuffix(f"\n\n{RETRY}\n")


def retry_rejected_files(storage: Storage) -> int:
    """Move every rejected file back into the inbox, without its reason; return their number."""
    retried = 0
    for file in list(storage.files(REJECTED)):
        if file.key.endswith(REASON):
            if not storage.exists(file.key.removesuffix(REASON)):
                storage.delete(file.key)  # its file was moved back, or removed by hand
            continue
        path = file.key.removeprefix(REJECTED)
        storage.move(file.key, free_key(storage, INBOX, "retried", path))
        retried += 1
    return retried


def printable(text: str) -> str:
    """Return the text with `?` for what isn't Unicode: a file's name can contain any bytes."""
    return text.encode(errors="replace").decode()


def free_key(storage: Storage, folder: str, numbered: str, path: str) -> str:
    """Return a key in the folder where no file is, none above it, and none below it."""

    def is_taken(key: str) -> bool:
        above = [key[:place] for place, letter in enumerate(key) if letter == "/"]
        return any(map(storage.exists, [key, *above])) or any(storage.files(f"{key}/"))

    numbers = (f"{folder}{numbered}-{number}/{path}" for number in count(2))
    return next(key for key in chain([folder + path], numbers) if not is_taken(key))
