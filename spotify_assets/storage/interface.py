"""What a base can do: the promises that `folder` and `s3` both keep, none of which S3 couldn't."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class StoredFile:
    """A file as listed. `version` changes whenever other content is written to the key."""

    key: str
    size: int
    modified: datetime
    version: str = ""


class Storage(Protocol):
    """What a base can do. Keys use `/`; a missing key raises FileNotFoundError.

    Any other failure raises an OSError, or a UserError if a setting has to be corrected.
    """

    @property
    def now(self) -> Storage:
        """The storage that shows what others have changed at once; see `run` for one that doesn't."""
        return self

    def forget(self, *folders: str) -> None:  # noqa: ARG002
        """Forget what was listed of these folders: `now` was changed there."""
        return

    def files(self, prefix: str) -> Iterator[StoredFile]:
        """Yield every file whose key starts with `prefix`, in order of keys.

        Those whose name, or folder below the prefix, begins with a dot are left out.
        """

    def closed_folders(self, prefix: str) -> dict[str, str]:  # noqa: ARG002
        """Return the folders below `prefix` whose files can't be listed or removed, and why."""
        return {}

    def read(self, key: str) -> bytes:
        """Return the whole content."""

    def read_many(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each key and its content, in the given order; only a few are in memory at a time."""
        return self.together(self.read, keys)

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """Yield each item and what `do`, which uses the storage, returns for it, in order.

        The storage decides whether several at a time are faster: on S3 `do` runs in threads. If
        `items` raises, it does so after all items before are done.
        """

    def write(self, key: str, content: bytes) -> str:
        """Write the content atomically: a reader sees the old file or the new one, complete.

        Return the version that was written.
        """

    def write_once(self, key: str, content: bytes) -> str:
        """Write the content as `write` does, but only if there is no file; return "" if there is one.

        After a broken connection it may be "" for content that it wrote itself: compare that.
        """

    def copy(self, source: str, destination: str) -> None:
        """Copy a file, as atomically as `write`."""

    def move(self, source: str, destination: str) -> None:
        """Copy a file, verify the copy, then delete the source."""

    def delete(self, key: str) -> None:
        """Delete the file; it is no error if there is none."""

    def delete_unchanged(self, file: StoredFile) -> bool:
        """Delete the file, or return False if other content was written since it was listed."""

    def replace(self, file: StoredFile, content: bytes) -> bool:
        """Write the content as `write` does, or return False if the file isn't as it was listed.

        After a broken connection it may be False for content that it wrote itself: compare that.
        """

    def exists(self, key: str) -> bool:
        """Return whether there is a file."""

    def location(self, key: str) -> str:
        """Return the full path or URL, for people and for query engines."""
