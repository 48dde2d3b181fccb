"""A base that is a folder on this machine; what each method promises is in `interface`."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from spotify_assets.storage.interface import Item, Result, Storage, StoredFile


@dataclass(eq=False)
class FolderStorage(Storage):
    """A base that is a folder on this machine."""

    root: Path

    def files(self, prefix: str) -> Iterator[StoredFile]:
        """See `Storage`. A prefix that isn't a folder narrows the names within its folder."""
        folder = self.root / prefix[: prefix.rfind("/") + 1]
        found = []

        def fail(error: OSError) -> None:
            """Fail rather than list less than there is; `closed_folders` names what is closed."""
            if not isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError):
                raise error

        for parent, folders, names in os.walk(folder, onerror=fail):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                key = Path(parent, name).relative_to(self.root).as_posix()
                if not name.startswith(".") and key.startswith(prefix):
                    found.append(key)
        for key in sorted(found):
            path = self._path(key)
            try:
                status, owner = path.stat(), path.lstat().st_uid
            except OSError as error:
                if error.errno != errno.ELOOP:  # a link to itself; else removed, or a broken link
                    fail(error)
                continue
            # Reading a pipe would wait forever, and what others link to may be none of theirs.
            if stat.S_ISREG(status.st_mode) and owner in (status.st_uid, _user()):
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
        with _naming(self._path(key)):
            return self._path(key).read_bytes()

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        for item in items:  # a disk gains nothing from threads
            yield item, do(item)

    def write(self, key: str, content: bytes) -> str:
        with self._aside(key) as (temporary, target):
            temporary.write_bytes(content)
            version = _version(temporary.stat())
            temporary.replace(target)
            return version

    def write_once(self, key: str, content: bytes) -> str:
        with self._aside(key) as (temporary, target), suppress(FileExistsError):
            temporary.write_bytes(content)
            _flush(temporary)  # its source may be deleted next
            version = _version(temporary.stat())
            try:
                target.hardlink_to(temporary)  # unlike a rename, it replaces nothing
            except FileExistsError:
                raise
            except OSError:  # a file system without links, as memory sticks have
                target.touch(exist_ok=False)
                temporary.replace(target)
            return version
        return ""

    def copy(self, source: str, destination: str) -> None:
        with self._aside(destination) as (temporary, target):
            shutil.copyfile(self._path(source), temporary)
            _flush(temporary)
            temporary.replace(target)

    def move(self, source: str, destination: str) -> None:
        path = self._path(source)
        if not path.is_symlink():
            target = self._target(destination)
            try:
                with _naming(path):
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
        self._path(key).unlink(missing_ok=True)

    def delete_unchanged(self, file: StoredFile) -> bool:
        path = self._path(file.key)
        if path.exists() and _version(path.stat()) != file.version:
            return False
        path.unlink(missing_ok=True)
        return True

    def replace(self, file: StoredFile, content: bytes) -> bool:
        with self._aside(file.key) as (temporary, target):
            temporary.write_bytes(content)
            _flush(temporary)
            if not target.exists() or _version(target.stat()) != file.version:
                return False
            temporary.replace(target)
            return True

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def location(self, key: str) -> str:
        return self._path(key).as_posix()  # which Windows and SQL understand as well

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
    def _aside(self, key: str) -> Iterator[tuple[Path, Path]]:
        """Yield a path beside the file's, which no listing shows even after a crash, and the file's."""
        temporary = self._path(key).with_name(f".{uuid4().hex}")
        try:
            target = self._target(key)
            with _naming(target):
                yield temporary, target
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            remedy = f"Nothing is lost: free some space on the disk of {self.root}, and try again"
            raise OSError(error.errno, f"{error.strerror}. {remedy}", self.location(key)) from None
        finally:
            with suppress(NotADirectoryError):  # as of the target
                temporary.unlink(missing_ok=True)


def _user() -> int:
    return os.geteuid() if os.name == "posix" else 0


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name this file in an error that names none: those of reading and writing don't."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def _flush(path: Path) -> None:
    with path.open("r+b") as file:  # Windows flushes nothing that is open for reading alone
        os.fsync(file.fileno())


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
