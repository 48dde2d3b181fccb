"""What the inbox's files hold: reading many at once, and each of them only once.

On S3 every reading is a request, so contents are put aside between being recognised and being
archived. What they are is found out in `inbox`.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.storage import Storage, StoredFile

LARGEST_RAW_FILE = 64 * 1024 * 1024  # bytes; a chart of 200 songs with full details has below 2 MB
IN_MEMORY = 32 * 1024**2  # bytes; some hundred files; beyond, a temporary file takes them
AT_MOST = 1024**3  # bytes; beyond, files are read a second time


class HeldContents:
    """What was put aside; it is dropped with the last thing that can still give of it."""

    def __init__(self, at_most: int = AT_MOST) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed below
        self._left = at_most
        self._one_reader = threading.Lock()
        weakref.finalize(self, self._file.close)

    def hold(self, content: bytes) -> Callable[[], bytes] | None:
        """Put a content aside; gives what gives it back, or None where there is no room for it."""
        if len(content) > self._left:
            return None
        self._left -= len(content)
        place = self._file.seek(0, os.SEEK_END)
        self._file.write(content)
        return lambda: self._read(place, len(content))

    def _read(self, place: int, size: int) -> bytes:
        with self._one_reader:
            self._file.seek(place)
            return self._file.read(size)


def contents_of(
    storage: Storage, files: Iterable[StoredFile]
) -> Iterator[tuple[StoredFile, bytes | UnreadableRawFile]]:
    """Each file, in order, with its content or with why it can't be had.

    Those that are gone since they were listed are left out; another run has taken them.

    Raises:
        ConnectionError: the storage can't be reached, which says nothing of the file.
    """
    left: deque[StoredFile] = deque()
    for file in files:
        if file.size > LARGEST_RAW_FILE:
            yield file, _too_large(file)
        else:
            left.append(file)
    while left:
        try:
            for _, content in storage.read_many([file.key for file in left]):
                yield left.popleft(), content
        except ConnectionError:
            raise
        except FileNotFoundError:
            left.popleft()
        except OSError as error:
            yield left.popleft(), _denied(error)


def _too_large(file: StoredFile) -> UnreadableRawFile:
    return UnreadableRawFile(
        f"It has {file.size // 1024**2:,} MB; a chart file has a few MB at most (the limit is "
        f"{LARGEST_RAW_FILE // 1024**2} MB). It was not read. Is it the right file?"
    )


def _denied(error: OSError) -> UnreadableRawFile:
    return UnreadableRawFile(f"It can't be read: {error.strerror or error}. May this user read it?")
