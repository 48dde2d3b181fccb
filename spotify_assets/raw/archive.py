"""The archive: which raw files it has of a week, and their SHA-256 sums.

Each week's sums are in its folder, as `sha256sum -c SHA256SUMS` reads them. How dropped files get
into the archive is in `taking_in`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from spotify_assets.layout import (
    ARCHIVE,
    FIRST_EDITION_SUMS,
    RawName,
    raw_name_of,
    sums_key,
    week_folder,
    week_of_table_key,
)
from spotify_assets.storage import Storage, StoredFile

ATTEMPTS = 10  # to note sums, while other runs note others
RAW_FILES_IN_A_SLICE = 150  # bounds memory: only one slice's rows are in memory at a time
SUM_LINE = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<path>\S+)")
SUPERSEDED = re.compile(
    r"(?P<folder>week=[0-9-]{10}/)superseded/(?P<stem>\S+)\.[0-9a-f]{12}\.(?P<ending>csv|json)$"
)

NamedFiles = list[tuple[RawName, StoredFile]]
T = TypeVar("T")


@dataclass(frozen=True)
class Fetched:
    """A snapshot from Spotify's Web API: its name, its content byte for byte, when it was fetched."""

    name: RawName
    content: bytes
    fetched_at: datetime


def archived_files(storage: Storage, weeks: Collection[date] | None) -> NamedFiles:
    """Return the archive's current files of the weeks (None: all), by week, chart and kind."""
    return sorted(_named(storage, weeks, raw_name_of), key=itemgetter(0))


def superseded_files(storage: Storage, weeks: Collection[date] | None) -> NamedFiles:
    """Return older versions of the weeks' files (None: all) under their names, each week's newest first.

    Their order is that of SHA256SUMS: a copied base has other times, and S3 tells whole seconds only.
    """
    versions = _named(storage, weeks, _superseded_name)
    noted = {week: list(_noted(storage, week)[0]) for week in {name.week for name, _ in versions}}

    def age(version: tuple[RawName, StoredFile]) -> tuple[int, datetime]:
        name, file = version
        keys = noted[name.week]
        return (keys.index(file.key) if file.key in keys else -1, file.modified)

    return sorted(versions, key=age, reverse=True)


def _named(
    storage: Storage, weeks: Collection[date] | None, name_of: Callable[[str], RawName | None]
) -> NamedFiles:
    wanted = None if weeks is None else frozenset(weeks)
    if wanted == frozenset():
        return []
    prefix = ARCHIVE + week_folder(*wanted) if wanted and len(wanted) == 1 else ARCHIVE
    named = ((name_of(file.key), file) for file in storage.files(prefix))
    return [(n, file) for n, file in named if n and (wanted is None or n.week in wanted)]


def _superseded_name(key: str) -> RawName | None:
    found = SUPERSEDED.search(key)
    return raw_name_of(f"{found['folder']}{found['stem']}.{found['ending']}") if found else None


def slices(files: Iterable[tuple[RawName, T]]) -> Iterator[list[tuple[RawName, T]]]:
    """Yield files, which come in order of weeks, some 150 at a time; a week's stay together."""
    together: list[tuple[RawName, T]] = []
    for _, of_week in groupby(files, key=lambda file: file[0].week):
        more = list(of_week)
        if together and len(together) + len(more) > RAW_FILES_IN_A_SLICE:
            yield together
            together = []
        together += more
    if together:
        yield together


def read_raw(
    storage: Storage, files: Sequence[tuple[RawName, str]]
) -> Iterator[tuple[RawName, bytes]]:
    """Yield the names with the contents of these keys, read a few ahead."""
    contents = storage.read_many(key for _, key in files)
    for (name, _), (_, content) in zip(files, contents, strict=True):
        yield name, content


def archive_fetched(storage: Storage, snapshot: Fetched) -> bool:
    """Store a snapshot and return whether it is new; what differs from it is kept as superseded.

    The sum of a new file is noted after it: where a kill comes between, the next run notes it.
    """
    name, key, content = snapshot.name, snapshot.name.archive_key, snapshot.content
    digests = {name: hashlib.sha256(content).hexdigest()}
    if storage.write_once(key, content):
        note_sums(storage, digests, [name])
        return True
    stored = [file for file in storage.now.files(key) if file.key == key]
    archived = storage.now.read(key)
    if archived == content:
        return False
    older = hashlib.sha256(archived).hexdigest()
    storage.write_once(name.superseded_key(older), archived)
    note_sums(storage, digests, [name], [(name, older)])
    if not any(storage.replace(file, content) for file in stored):
        note_sums(
            storage, {name: ""}, [name]
        )  # another run stored one: the run notes what is there
        return False
    return True


def sums(storage: Storage, week: date) -> dict[RawName, str]:
    """Return the SHA-256 of the week's current raw files, as noted; empty where nothing is noted."""
    noted, _ = _noted(storage, week)
    return {name: digest for key, digest in noted.items() if (name := raw_name_of(key))}


def note_sums(
    storage: Storage,
    digests: Mapping[RawName, str],
    new: Collection[RawName] = (),
    superseded: Collection[tuple[RawName, str]] = (),
) -> None:
    """Note the SHA-256 of current and of superseded raw files in their weeks' SHA256SUMS.

    A sum that is noted stays, unless the file is `new` or, after a kill, is listed as superseded. An
    empty one is removed.
    """

    def note(week: date) -> bool:
        """Note those of a week; return False if another run changed its list meanwhile."""
        list_file = next((f for f in now.files(sums_key(week)) if f.key == sums_key(week)), None)
        before, noted_in = _noted(now, week)
        of_week = (
            (n, n.superseded_key(digest), digest) for n, digest in superseded if n.week == week
        )
        older = {  # not those that another run has superseded meanwhile: their place stays
            key: digest
            for name, key, digest in of_week
            if key not in before or before.get(name.archive_key, digest) == digest
        }
        listed = dict(before)
        if noted_in != sums_key(week):  # it doesn't list older versions
            for _, file in reversed(superseded_files(now, [week])):
                listed[file.key] = hashlib.sha256(now.read(file.key)).hexdigest()
        after = {key: digest for key, digest in listed.items() if key not in older} | older
        for name, digest in digests.items():
            is_version = name.superseded_key(digest) in before
            is_open = name in new or is_version or name.archive_key not in before
            if name.week == week and is_open:
                after[name.archive_key] = digest
        after = {key: digest for key, digest in after.items() if digest}
        if noted_in == sums_key(week) and list(after.items()) == list(before.items()):
            return True
        start = len(ARCHIVE + week_folder(week))
        current = sorted(filter(raw_name_of, after))
        keys = current + [key for key in after if not raw_name_of(key)]  # the oldest first
        content = "".join(f"{after[key]}  {key[start:]}\n" for key in keys).encode()
        if list_file:
            return storage.replace(list_file, content)
        return bool(storage.write_once(sums_key(week), content))

    now = storage.now
    weeks = {name.week for name in digests} | {name.week for name, _ in superseded}
    for _ in range(ATTEMPTS):
        noted = storage.together(note, sorted(weeks))
        weeks = {week for week, is_noted in noted if not is_noted}
        if not weeks:
            return
    key = storage.location(sums_key(min(weeks)))
    raise OSError(f"{key} keeps changing: other runs write it. Try again when these have ended.")


def _noted(storage: Storage, week: date) -> tuple[dict[str, str], str]:
    """Return a week's sums by key, and the key of the file that they are in."""
    folder = week_folder(week)
    for key in (sums_key(week), f"{FIRST_EDITION_SUMS}{folder.rstrip('/')}.sha256"):
        try:
            text = storage.read(key).decode(errors="replace")
        except FileNotFoundError:
            continue
        noted = {}
        for line in filter(None, map(SUM_LINE.fullmatch, text.splitlines())):
            raw_key = ARCHIVE + folder + line["path"].removeprefix(folder)
            if raw_name_of(raw_key) or _superseded_name(raw_key):
                noted[raw_key] = line["digest"]
        return noted, key
    return {}, sums_key(week)


def missing_files(storage: Storage) -> list[RawName]:
    """Return the files that are noted but no longer in the archive, in order; none is read."""
    keys = {file.key for prefix in (ARCHIVE, FIRST_EDITION_SUMS) for file in storage.files(prefix)}
    lists = (key for key in keys if key.endswith(("/SHA256SUMS", ".sha256")))
    weeks = {week for key in lists if (week := week_of_table_key(key.replace(".sha256", "/")))}
    noted = storage.together(lambda week: sums(storage, week), weeks)
    return sorted(name for _, names in noted for name in names if name.archive_key not in keys)
