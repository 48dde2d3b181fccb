"""What a base can do: the promises that the folder and S3 both keep.

Single puts, no appending, no renaming of folders: nothing here needs what S3 can't do. `folder` and
`s3` implement it; what the files mean doesn't belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class StoredFile:
    """A file as listed: its key, its size in bytes, when it was written.

    `version` changes whenever other content is written to the key.
    """

    key: str
    size: int
    modified: datetime
    version: str = ""


class Storage(Protocol):
    """What a base can do. Keys use `/`; a missing key raises FileNotFoundError.

    Any other failure raises an OSError, or a UserError if a setting has to be corrected.
    """

    def files(self, prefix: str, *, hidden: bool = False) -> Iterator[StoredFile]:
        """Yield every file whose key starts with `prefix`, in order of keys.

        Files whose name, or folder below the prefix, begins with a dot are only listed with `hidden`.
        """

    def closed_folders(self, prefix: str) -> dict[str, str]:  # noqa: ARG002
        """Return the folders below `prefix` whose files can't be listed or removed, and why.

        S3 has no folders; what it denies, it denies at the request.
        """
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

    def write(self, key: str, content: bytes) -> None:
        """Write the content atomically: a reader sees the old file or the new one, complete."""

    def write_once(self, key: str, content: bytes) -> bool:
        """Write the content as `write` does, but only if there is no file; return whether it did.

        Of several at the same moment, one writes. After a broken connection it may return False about
        content that it wrote itself, so compare what is stored.
        """

    def copy(self, source: str, destination: str) -> None:
        """Copy a file, as atomically as `write`."""

    def move(self, source: str, destination: str) -> None:
        """Copy a file, verify the copy, then delete the source."""

    def delete(self, key: str) -> None:
        """Delete the file; it is no error if there is none."""

    def delete_unchanged(self, file: StoredFile) -> bool:
        """Delete the file unless other content was written since it was listed.

        Return False if there is other content now, which then has to be dealt with.
        """

    def exists(self, key: str) -> bool:
        """Return whether there is a file."""

    def location(self, key: str) -> str:
        """Return the full path or URL, for people and for query engines."""
