"""A base that is a folder on this machine; what each method promises is in `interface`."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from spotify_assets.storage.interface import Item, Result, Storage, StoredFile


class FolderStorage(Storage):
    """A base that is a folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def files(self, prefix: str, *, hidden: bool = False) -> Iterator[StoredFile]:
        """See `Storage`. A prefix that isn't a folder narrows the names within its folder."""
        folder = self.root / prefix[: prefix.rfind("/") + 1]
        found = []
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if hidden or not name.startswith(".")]
            for name in names:
                key = Path(parent, name).relative_to(self.root).as_posix()
                if (hidden or not name.startswith(".")) and key.startswith(prefix):
                    found.append(key)
        for key in sorted(found):
            with suppress(OSError):  # removed by another run since it was listed, or a broken link
                status = self._path(key).stat()
                if stat.S_ISREG(status.st_mode):  # reading a pipe would wait forever
                    moment = datetime.fromtimestamp(status.st_mtime, tz=UTC)
                    yield StoredFile(key, status.st_size, moment, _version(status))

    def closed_folders(self, prefix: str) -> dict[str, str]:
        """See `Storage`. Links to folders aren't followed: their files belong elsewhere."""
        found = {}
        for parent, folders, _ in os.walk(self.root / prefix):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for path in (Path(parent, name) for name in folders):
                key = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    found[key] = "it is a link, and links to folders aren't followed"
                elif not os.access(path, os.R_OK | os.X_OK):
                    found[key] = "this user may not look into it"
                elif not os.access(path, os.W_OK):
                    found[key] = "this user may not take files out of it"
        return dict(sorted(found.items()))

    def read(self, key: str) -> bytes:
        """See `Storage`."""
        return self._path(key).read_bytes()

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """See `Storage`. One after the other: a disk gains nothing from threads."""
        for item in items:
            yield item, do(item)

    def write(self, key: str, content: bytes) -> None:
        """See `Storage`."""
        with self._put(key) as temporary:
            temporary.write_bytes(content)

    def write_once(self, key: str, content: bytes) -> bool:
        """See `Storage`."""
        target = self._target(key)
        temporary = _hidden_beside(target)
        try:
            temporary.write_bytes(content)
            _flush(temporary)  # its source may be deleted next
            try:
                target.hardlink_to(temporary)  # unlike a rename, it replaces nothing
            except FileExistsError:
                raise
            except OSError:  # a file system without links, as memory sticks have
                _create(target, content)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def copy(self, source: str, destination: str) -> None:
        """See `Storage`. Links are followed: the copy contains the content itself."""
        with self._put(destination) as temporary:
            shutil.copyfile(self._path(source), temporary)
            _flush(temporary)

    def move(self, source: str, destination: str) -> None:
        """See `Storage`."""
        path = self._path(source)
        if not path.is_symlink():
            target = self._target(destination)
            try:
                os.utime(path)  # the time of arrival counts, as it does on S3
                path.replace(target)
                return
            except FileNotFoundError:
                raise
            except OSError:  # another file system, or a file that this user can't rename
                pass
        self.copy(source, destination)
        path.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """See `Storage`."""
        self._path(key).unlink(missing_ok=True)

    def delete_unchanged(self, file: StoredFile) -> bool:
        """See `Storage`."""
        path = self._path(file.key)
        if path.exists() and _version(path.stat()) != file.version:
            return False
        path.unlink(missing_ok=True)
        return True

    def exists(self, key: str) -> bool:
        """See `Storage`."""
        return self._path(key).is_file()

    def location(self, key: str) -> str:
        """See `Storage`."""
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self.root / key

    def _target(self, key: str) -> Path:
        """Return the file's path after making its folder and removing empty folders in its place."""
        target = self._path(key)
        if target.is_dir() and not target.is_symlink():
            for folder, _, _ in os.walk(target, topdown=False):
                Path(folder).rmdir()
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    @contextmanager
    def _put(self, key: str) -> Iterator[Path]:
        target = self._target(key)
        temporary = _hidden_beside(target)
        try:
            yield temporary
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _hidden_beside(target: Path) -> Path:
    """Return a name that no listing shows: a crash leaves nothing else behind."""
    return target.with_name(f".{uuid4().hex}")


def _flush(path: Path) -> None:
    """Flush the file to the disk, so that it survives a power failure."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def _create(target: Path, content: bytes) -> None:
    with target.open("xb") as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            target.unlink(missing_ok=True)  # a partial file would look complete
            raise
