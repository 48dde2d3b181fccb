"""Files below the base, by key, on a folder: list, read, write, copy, move, delete.

Nothing here knows what the files mean; their keys are made in `layout`. Whatever this interface
promises can be kept on S3 as well: single puts, no appending, no renaming of folders.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from spotify_assets.errors import SettingsError


@dataclass(frozen=True)
class StoredFile:
    """A file as a listing shows it: its key, its size in bytes, when it came to lie there."""

    key: str
    size: int
    modified: datetime


class Storage(Protocol):
    """What a base can do. Keys use `/`; a missing key raises FileNotFoundError."""

    def files(self, prefix: str) -> Iterator[StoredFile]:
        """Every file whose key starts with `prefix`, in order of keys; hidden files left out."""

    def read(self, key: str) -> bytes:
        """The whole content."""

    def write(self, key: str, content: bytes) -> None:
        """Put the content there at once: a reader sees the old file or the new one, whole."""

    def copy(self, source: str, destination: str) -> None:
        """Put a copy there, as atomically as `write`."""

    def move(self, source: str, destination: str) -> None:
        """Copy, make sure of the copy, then delete the source."""

    def delete(self, key: str) -> None:
        """Remove the file; it is no error if it is gone already."""

    def exists(self, key: str) -> bool:
        """Whether there is a file."""

    def location(self, key: str) -> str:
        """The full path or URL, for people and for query engines."""


class FolderStorage:
    """A base that is a folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def files(self, prefix: str) -> Iterator[StoredFile]:
        """See `Storage`. A prefix that isn't a folder narrows the names within its folder."""
        folder = self.root / prefix[: prefix.rfind("/") + 1]
        found = []
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(parent, name)
                key = path.relative_to(self.root).as_posix()
                if not name.startswith(".") and key.startswith(prefix):
                    found.append((key, path))
        for key, path in sorted(found):
            try:
                status = path.stat()
            except OSError:  # taken by another run since the listing, or a broken link
                continue
            if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
                continue
            yield StoredFile(key, status.st_size, datetime.fromtimestamp(status.st_mtime, tz=UTC))

    def read(self, key: str) -> bytes:
        """See `Storage`."""
        return self._path(key).read_bytes()

    def write(self, key: str, content: bytes) -> None:
        """See `Storage`."""
        with self._put(key) as temporary:
            temporary.write_bytes(content)

    def copy(self, source: str, destination: str) -> None:
        """See `Storage`. Links are followed: the copy holds the content itself."""
        with self._put(destination) as temporary:
            shutil.copyfile(self._path(source), temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())

    def move(self, source: str, destination: str) -> None:
        """See `Storage`."""
        path = self._path(source)
        if path.is_symlink():
            self.copy(source, destination)
            path.unlink(missing_ok=True)
            return
        target = self._target(destination)
        try:
            os.utime(path)  # the time of arrival counts, as it does on S3
            path.replace(target)
        except FileNotFoundError:
            raise
        except OSError:  # another file system, or a file that isn't ours to rename
            self.copy(source, destination)
            path.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """See `Storage`."""
        self._path(key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        """See `Storage`."""
        return self._path(key).is_file()

    def location(self, key: str) -> str:
        """See `Storage`."""
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self.root / key

    def _target(self, key: str) -> Path:
        """The file's path, made ready: with its folder, without empty ones in its own place."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir() and not target.is_symlink():
            for folder, _, _ in os.walk(target, topdown=False):
                Path(folder).rmdir()
        return target

    @contextmanager
    def _put(self, key: str) -> Iterator[Path]:
        target = self._target(key)
        temporary = target.with_name(
            f".{uuid4().hex}"
        )  # hidden from listings; left by a crash only
        try:
            yield temporary
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def open_storage(base: str) -> Storage:
    """The storage of a base, a folder.

    Raises:
        SettingsError: the base is on S3, which this version doesn't reach yet.
    """
    if base.startswith("s3://"):
        raise SettingsError(
            f"SPOTIFY_ASSETS_BASE holds {base!r}; this version reads and writes folders only"
        )
    return FolderStorage(Path(base))
