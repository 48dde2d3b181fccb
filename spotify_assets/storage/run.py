"""A base as one run, command or tick sees it: folders are listed once, contents are read once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from threading import RLock

from spotify_assets.layout import FOLDERS
from spotify_assets.storage.interface import Item, Result, Storage, StoredFile

MOST_HELD = 16_000_000  # bytes of contents


@dataclass(eq=False)
class RunStorage(Storage):
    """Another storage, each folder of which is listed once, until something is changed there.

    What others change meanwhile doesn't show: whatever must know it asks `now`. A file that a listing
    has isn't read twice in the same version, nor if it was written here; one that it lacks is missing
    without a request.
    """

    storage: Storage
    _listed: dict[str, tuple[list[str], dict[str, StoredFile]]] = field(default_factory=dict)
    _held: dict[tuple[str, str], bytes] = field(default_factory=dict)  # by key and version
    _lock: RLock = field(default_factory=RLock)

    @property
    def now(self) -> Storage:
        return self.storage

    def files(self, prefix: str) -> Iterator[StoredFile]:
        folder = _folder_of(prefix)
        if not folder:
            return self.now.files(prefix)
        with self._lock:
            if folder not in self._listed:
                files = {file.key: file for file in self.now.files(folder)}
                self._listed[folder] = (sorted(files), files)
            keys, files = self._listed[folder]
        first = bisect_left(keys, prefix)
        wanted = takewhile(lambda key: key.startswith(prefix), keys[first:])
        return (files[key] for key in wanted)

    def forget(self, *folders: str) -> None:
        with self._lock:
            for folder in folders:
                self._listed.pop(folder, None)

    def closed_folders(self, prefix: str) -> dict[str, str]:
        return self.now.closed_folders(prefix)

    def read(self, key: str) -> bytes:
        listed = self._listed.get(_folder_of(key))
        if listed is None:
            return self.now.read(key)
        if key not in listed[1]:
            raise FileNotFoundError(2, "There was no such file when its folder was listed", key)
        version = listed[1][key].version
        content = self._held.get((key, version))
        if content is None:
            try:
                content = self.now.read(key)
            except FileNotFoundError:  # another run has taken it away since
                self.forget(_folder_of(key))
                raise
            self._hold(key, version, content)
        return content

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        return self.now.together(do, items)

    def write(self, key: str, content: bytes) -> str:
        with self._changing(key):
            return self._hold(key, self.now.write(key, content), content)

    def write_once(self, key: str, content: bytes) -> str:
        with self._changing(key):
            return self._hold(key, self.now.write_once(key, content), content)

    def copy(self, source: str, destination: str) -> None:
        with self._changing(destination):
            self.now.copy(source, destination)

    def move(self, source: str, destination: str) -> None:
        with self._changing(source, destination):
            self.now.move(source, destination)

    def delete(self, key: str) -> None:
        with self._changing(key):
            self.now.delete(key)

    def delete_unchanged(self, file: StoredFile) -> bool:
        with self._changing(file.key):
            return self.now.delete_unchanged(file)

    def replace(self, file: StoredFile, content: bytes) -> bool:
        with self._changing(file.key):
            return self.now.replace(file, content)

    def exists(self, key: str) -> bool:
        return self.now.exists(key)

    def location(self, key: str) -> str:
        return self.now.location(key)

    def _hold(self, key: str, version: str, content: bytes) -> str:
        with self._lock:
            if version:
                self._held[key, version] = content
            while sum(map(len, self._held.values())) > MOST_HELD:
                del self._held[next(iter(self._held))]
        return version

    @contextmanager
    def _changing(self, *keys: str) -> Iterator[None]:
        """Forget the listings of the keys' folders, even if the change fails: it may have been made."""
        try:
            yield
        finally:
            self.forget(*map(_folder_of, keys))


def _folder_of(key: str) -> str:
    return next((folder for folder in FOLDERS if key.startswith(folder)), "")
