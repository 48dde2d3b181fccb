"""What a base can do, whichever it is: the promises that the folder and S3 both keep.

Single puts, no appending, no renaming of folders: nothing here asks for what S3 couldn't do. How
it is done is in `folder` and `s3`; what the files mean, nowhere here.
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
    """A file as a listing shows it: its key, its size in bytes, when it came to lie there.

    `version` is another one whenever other content was put there.
    """

    key: str
    size: int
    modified: datetime
    version: str = ""


class Storage(Protocol):
    """What a base can do. Keys use `/`; a missing key raises FileNotFoundError.

    Whatever else keeps it from being done is an OSError, or a UserError where a setting has to be
    mended.
    """

    def files(self, prefix: str, *, hidden: bool = False) -> Iterator[StoredFile]:
        """Every file whose key starts with `prefix`, in order of keys.

        Those whose name or folder below it begins with a dot are left out, unless `hidden` asks for
        them as well.
        """

    def closed_folders(self, prefix: str) -> dict[str, str]:
        """The folders below `prefix` whose files can't be listed, or not taken away, and why."""

    def read(self, key: str) -> bytes:
        """The whole content."""

    def read_many(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Each key and its content, in the order asked for; only some of them are held at a time."""

    def together(
        self, do: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result]]:
        """Each item and what `do` gives for it, in order; `do` uses the storage, on S3 by threads.

        It is for the storage to know whether several at a time are faster. `items` that raise do so
        after all that came before is done.
        """

    def write(self, key: str, content: bytes) -> None:
        """Put the content there at once: a reader sees the old file or the new one, whole."""

    def write_once(self, key: str, content: bytes) -> bool:
        """Put the content there as `write` does, but only where nothing is; gives whether it did.

        Of several at the same moment one writes. After a broken connection it may say False of what
        it has written itself, so compare what is there.
        """

    def copy(self, source: str, destination: str) -> None:
        """Put a copy there, as atomically as `write`."""

    def move(self, source: str, destination: str) -> None:
        """Copy, make sure of the copy, then delete the source."""

    def delete(self, key: str) -> None:
        """Remove the file; it is no error if it is gone already."""

    def delete_unchanged(self, file: StoredFile) -> bool:
        """Remove the file unless other content was put there since it was listed.

        Gives whether nothing is left to be seen to: False where there is other content now.
        """

    def exists(self, key: str) -> bool:
        """Whether there is a file."""

    def location(self, key: str) -> str:
        """The full path or URL, for people and for query engines."""
