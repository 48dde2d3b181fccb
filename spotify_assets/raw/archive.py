"""The archive: which raw files it has of a week, what they say, and their SHA-256 sums.

How dropped files get into the archive is in `inbox`; what a check makes of the sums is in `checks`.
Each week's sums are in its folder, in a file that `sha256sum -c SHA256SUMS` reads there.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from spotify_assets.charts import Charts
from spotify_assets.layout import (
    ARCHIVE,
    RawName,
    raw_name_of,
    sums_key,
    week_folder,
    week_of_table_key,
)
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.playlist import playlists_of
from spotify_assets.storage import Storage, StoredFile

RAW_FILES_IN_A_SLICE = 150  # bounds memory: only one slice's rows are in memory at a time
FIRST_EDITION_SUMS = "raw/checksums/"  # where the first edition kept each week's sums
SUM_LINE = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<path>\S+)")
SUPERSEDED = re.compile(
    r"(?P<folder>week=[0-9-]{10}/)superseded/(?P<stem>\S+)\.[0-9a-f]{12}\.(?P<ending>csv|json)$"
)


@dataclass(frozen=True)
class RawFiles:
    """The archive's files of some weeks, read on demand, a few ahead."""

    storage: Storage
    files: Sequence[tuple[RawName, StoredFile]]

    @property
    def weeks(self) -> list[date]:
        """The weeks that have any file, in order."""
        return sorted({name.week for name, _ in self.files})

    def read(self, weeks: Iterable[date]) -> Iterator[tuple[RawName, bytes]]:
        """Yield name and content of every file of the weeks."""
        wanted = frozenset(weeks)
        files = [(name, file.key) for name, file in self.files if name.week in wanted]
        contents = self.storage.read_many(key for _, key in files)
        for (name, _), (_, content) in zip(files, contents, strict=True):
            yield name, content


@dataclass(frozen=True)
class Fetched:
    """A snapshot from Spotify's Web API: its name, its content byte for byte, when it was fetched."""

    name: RawName
    content: bytes
    fetched_at: datetime


@dataclass(frozen=True)
class RawSummary:
    """A raw file in figures.

    `rows` counts the chart's rows, `dropped` those of them without a song; `stated_total` is how many
    rows Spotify states, None for CSV files; `refreshed_at` is when Spotify refreshed a playlist;
    `app_generation` is the kind of app that received it.
    """

    rows: int
    dropped: int
    stated_total: int | None
    refreshed_at: datetime | None
    snapshot_id: str
    sha256: str
    app_generation: str = ""


@dataclass(frozen=True)
class RawFile:
    """A raw file of a week, where it came from (archive, inbox, spotify) and when it arrived."""

    name: RawName
    source: str
    arrived_at: datetime
    summary: RawSummary


def archived_files(
    storage: Storage, weeks: Collection[date] | None
) -> list[tuple[RawName, StoredFile]]:
    """Return the archive's current files of the weeks (None: all), by week, chart and kind."""
    named = ((raw_name_of(file.key), file) for file in _files_of(storage, weeks))
    return sorted(
        ((name, file) for name, file in named if name is not None), key=lambda pair: pair[0]
    )


def superseded_files(
    storage: Storage, weeks: Collection[date] | None
) -> list[tuple[RawName, StoredFile]]:
    """Return the older versions of the weeks' files (None: all), those of each file newest first.

    Each has the name of the file that it was a version of.
    """
    named = [(_superseded_name(file.key), file) for file in _files_of(storage, weeks)]
    versions = [(name, file) for name, file in named if name is not None]
    versions.sort(key=lambda version: (version[1].modified, version[1].key), reverse=True)
    return sorted(versions, key=lambda version: version[0])


def _files_of(storage: Storage, weeks: Collection[date] | None) -> Iterator[StoredFile]:
    wanted = None if weeks is None else {week_folder(week) for week in weeks}
    prefix = ARCHIVE + next(iter(wanted)) if wanted and len(wanted) == 1 else ARCHIVE
    for file in storage.files(prefix) if wanted != set() else ():
        if wanted is None or f"{file.key.removeprefix(ARCHIVE).split('/')[0]}/" in wanted:
            yield file


def _superseded_name(key: str) -> RawName | None:
    found = SUPERSEDED.search(key)
    return raw_name_of(f"{found['folder']}{found['stem']}.{found['ending']}") if found else None


def slices(raw_files: RawFiles) -> Iterator[list[date]]:
    """Yield the weeks of the raw files, in order, as many at a time as have some 150 files."""
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


def summarize(name: RawName, content: bytes, charts: Charts) -> RawSummary:
    """Return the figures of a raw file that was recognised as `name`.

    Raises:
        UnreadableRawFile: it can't be parsed.
    """
    digest = hashlib.sha256(content).hexdigest()
    if name.kind != "playlist":
        return RawSummary(len(read_chart_csv(content).rows), 0, None, None, "", digest)
    playlists = playlists_of(name, content, charts)
    return RawSummary(
        rows=sum(len(playlist.rows) for playlist in playlists),
        dropped=sum(playlist.dropped for playlist in playlists),
        stated_total=max((p.total for p in playlists if p.total is not None), default=None),
        refreshed_at=max((p.refreshed_at for p in playlists if p.refreshed_at), default=None),
        snapshot_id=next((p.snapshot_id for p in playlists if p.snapshot_id), ""),
        sha256=digest,
        app_generation=next((p.app_generation for p in playlists if p.app_generation), ""),
    )


def archive_fetched(storage: Storage, snapshot: Fetched) -> bool:
    """Store a snapshot and return whether it is new; what differs from it is kept as superseded.

    The sum of a new file follows: if a kill comes between, the next run of the week notes it. A sum
    without a file would stay for ever where Spotify no longer serves that week.
    """
    name, content = snapshot.name, snapshot.content
    digest = hashlib.sha256(content).hexdigest()
    if not storage.write_once(name.archive_key, content):
        archived = storage.read(name.archive_key)
        if archived == content:
            return False
        older = hashlib.sha256(archived).hexdigest()
        storage.copy(name.archive_key, name.superseded_key(older))
        note_sums(storage, {name: digest}, [name], [(name, older)])
        storage.write(name.archive_key, content)
        return True
    note_sums(storage, {name: digest}, [name])
    return True


def sums(storage: Storage, week: date) -> dict[RawName, str]:
    """Return the SHA-256 of the week's current raw files, as noted; empty where nothing is noted."""
    noted, _ = _noted(storage, week)
    named = ((raw_name_of(week_folder(week) + path), digest) for path, digest in noted.items())
    return {name: digest for name, digest in named if name is not None}


def note_sums(
    storage: Storage,
    digests: Mapping[RawName, str],
    new: Collection[RawName] = (),
    superseded: Collection[tuple[RawName, str]] = (),
) -> None:
    """Note the SHA-256 of current raw files, and of superseded ones, in their weeks' SHA256SUMS.

    A sum that is noted stays, unless the file is `new`, or is a version that is listed as superseded:
    then a kill kept its successor from being stored. A list of the first edition is taken over.
    """

    def note(week: date) -> None:
        before, key = _noted(storage, week)
        after = before | older[week]
        for name, digest in current[week]:
            path = _path_in_week(name.archive_key)
            is_version = _path_in_week(name.superseded_key(digest)) in before
            if name in new or path not in before or is_version:
                after[path] = digest
        if key != sums_key(week):  # it doesn't list older versions
            for _, file in superseded_files(storage, [week]):
                content = storage.read(file.key)
                after[_path_in_week(file.key)] = hashlib.sha256(content).hexdigest()
        if key != sums_key(week) or after != before:
            lines = (f"{digest}  {path}\n" for path, digest in sorted(after.items()))
            storage.write(sums_key(week), "".join(lines).encode())

    current: defaultdict[date, list[tuple[RawName, str]]] = defaultdict(list)
    for name, digest in digests.items():
        current[name.week].append((name, digest))
    older: defaultdict[date, dict[str, str]] = defaultdict(dict)
    for name, digest in superseded:
        older[name.week][_path_in_week(name.superseded_key(digest))] = digest
    for _ in storage.together(note, sorted(current.keys() | older.keys())):
        pass


def _noted(storage: Storage, week: date) -> tuple[dict[str, str], str]:
    """Return a week's sums by path in its folder, and the key of the file that they are in."""
    folder = week_folder(week)
    for key in (sums_key(week), f"{FIRST_EDITION_SUMS}{folder.rstrip('/')}.sha256"):
        try:
            text = storage.read(key).decode(errors="replace")
        except FileNotFoundError:
            continue
        found = (SUM_LINE.fullmatch(line) for line in text.splitlines())
        noted = ((line["path"].removeprefix(folder), line["digest"]) for line in found if line)
        return {
            path: digest
            for path, digest in noted
            if raw_name_of(folder + path) or _superseded_name(folder + path)
        }, key
    return {}, sums_key(week)


def _path_in_week(key: str) -> str:
    return key.removeprefix(ARCHIVE).split("/", 1)[1]


def missing_files(storage: Storage) -> list[RawName]:
    """Return the files that are noted but no longer in the archive, in order; none is read."""
    keys = {file.key for prefix in (ARCHIVE, FIRST_EDITION_SUMS) for file in storage.files(prefix)}
    lists = (key for key in keys if key.endswith(("/SHA256SUMS", ".sha256")))
    weeks = {week for key in lists if (week := week_of_table_key(key.replace(".sha256", "/")))}
    noted = storage.together(lambda week: sums(storage, week), weeks)
    return sorted(name for _, names in noted for name in names if name.archive_key not in keys)
