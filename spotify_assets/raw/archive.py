"""The archive: which raw files it holds of some weeks, and reading them a slice at a time.

How dropped files come into the archive is in `inbox`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from spotify_assets.layout import ARCHIVE, RawName, raw_name_of, week_folder
from spotify_assets.storage import Storage, StoredFile

SUPERSEDED = re.compile(
    r"(?P<folder>week=[0-9-]{10}/)superseded/(?P<stem>\S+)\.[0-9a-f]{12}\.(?P<ending>csv|json)$"
)
RAW_FILES_IN_A_SLICE = 150  # bounds memory: a slice's rows are all that is held at a time


@dataclass(frozen=True)
class RawFiles:
    """The archive's files of some weeks, read when asked for, a few ahead."""

    storage: Storage
    files: Sequence[tuple[RawName, StoredFile]]

    @property
    def weeks(self) -> list[date]:
        """The weeks that have any file, in order."""
        return sorted({name.week for name, _ in self.files})

    def read(self, weeks: Iterable[date]) -> Iterator[tuple[RawName, bytes]]:
        """Name and content of every file of the weeks."""
        wanted = frozenset(weeks)
        files = [(name, file.key) for name, file in self.files if name.week in wanted]
        contents = self.storage.read_many(key for _, key in files)
        for (name, _), (_, content) in zip(files, contents, strict=True):
            yield name, content


@dataclass(frozen=True)
class Fetched:
    """A snapshot from Spotify's Web API: its name, its content byte for byte, when it was had."""

    name: RawName
    content: bytes
    fetched_at: datetime


def slices(raw_files: RawFiles) -> Iterator[list[date]]:
    """The weeks of the raw files, in order, as many at a time as have some 150 files."""
    weeks: list[date] = []
    files = 0
    counts = dict.fromkeys(raw_files.weeks, 0)
    for name, _ in raw_files.files:
        counts[name.week] += 1
    for week, count in counts.items():
        if weeks and files + count > RAW_FILES_IN_A_SLICE:
            yield weeks
            weeks, files = [], 0
        weeks.append(week)
        files += count
    if weeks:
        yield weeks


def archived_files(
    storage: Storage, weeks: Collection[date] | None
) -> list[tuple[RawName, StoredFile]]:
    """What the archive holds of the weeks, None for all, in order of week, chart and kind."""
    prefix = ARCHIVE
    if weeks is not None and len(set(weeks)) == 1:
        prefix += week_folder(next(iter(weeks)))
    wanted = None if weeks is None else frozenset(weeks)
    named = ((raw_name_of(file.key), file) for file in storage.files(prefix))
    return sorted(
        (
            (name, file)
            for name, file in named
            if name is not None and (wanted is None or name.week in wanted)
        ),
        key=lambda pair: pair[0],
    )


def archive_fetched(storage: Storage, snapshot: Fetched) -> bool:
    """Keep a snapshot, unless the archive has one of that name, which stays; gives whether it did."""
    return storage.write_once(snapshot.name.archive_key, snapshot.content)


def superseded_files(
    storage: Storage, weeks: Collection[date] | None
) -> list[tuple[RawName, StoredFile]]:
    """Return the older versions of the weeks' files (None: all), those of each file newest first.

    Each has the name of the file that it was a version of.
    """
    wanted = None if weeks is None else {f"{ARCHIVE}{week_folder(week)}" for week in weeks}
    prefix = next(iter(wanted)) if wanted and len(wanted) == 1 else ARCHIVE
    versions = []
    for file in storage.files(prefix):
        found = SUPERSEDED.search(file.key)
        name = found and raw_name_of(f"{found['folder']}{found['stem']}.{found['ending']}")
        if name and (weeks is None or name.week in weeks):
            versions.append((name, file))
    versions.sort(key=lambda version: (version[1].modified, version[1].key), reverse=True)
    return sorted(versions, key=lambda version: version[0])
