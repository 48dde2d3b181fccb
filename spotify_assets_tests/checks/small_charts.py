"""A base of two small charts over some years, its archive changed and updated as people do.

Norway comes as playlists, Global as chart files, or as both. No chart of one week equals another's,
however often it is replaced. What must follow belongs in the tests.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Collection
from datetime import date
from pathlib import Path

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.checks.making import Base, Made
from spotify_assets.checks.storing import make_noting_artists, store
from spotify_assets.layout import ARCHIVE, HELD_BACK, TABLE_FILES, Kind, RawName
from spotify_assets.raw.archive import note_sums
from spotify_assets.settings import DEFAULT_THRESHOLDS
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples

FIRST = date(2023, 11, 24)
PLAYLISTS = {"norway": raw_samples.NORWAY_PLAYLIST, "global": raw_samples.GLOBAL_PLAYLIST}
CHARTS = read_charts(shipped_charts_file())
ROWS = {"norway": 20, "global": 24}


def friday(number: int) -> date:
    """Return the week of that number, from 0."""
    return FIRST + ONE_WEEK * number


def names(chart: str, number: int, version: int = 0) -> list[str]:
    """Return the songs of a chart, best first: most are those of the week before."""
    first = 1000 + 2 * number
    found = [f"{chart} song {song}" for song in range(first, first + ROWS[chart])]
    random.Random(f"{chart} {number} {version}").shuffle(found)
    return found


def chart_csv(songs: list[str], *, rising: bool = False) -> bytes:
    """Return a chart file; its streams fall with the rank, or rise where the file is a bad one."""
    content = raw_samples.chart_csv(songs)
    if not rising:
        return content
    for rank in range(1, len(songs) + 1):
        content = content.replace(b'"%d"' % (1_000_000 - rank), b'"%d"' % (1_000 + rank))
    return content


def playlist(chart: str, week: date, songs: list[str]) -> bytes:
    """Return a chart as a playlist that was refreshed for the week."""
    rows = raw_samples.rows(week, songs)
    return raw_samples.as_json(raw_samples.playlist(rows, PLAYLISTS[chart]))


def raw_name(chart: str, number: int, kind: Kind) -> RawName:
    """Return the name of a raw file."""
    return RawName(friday(number), chart, kind)


def good_file(name: RawName, version: int = 0) -> bytes:
    """Return what a raw file should hold, in one of several versions."""
    number = (name.week - FIRST) // ONE_WEEK
    songs = names(name.chart, number, version)
    return playlist(name.chart, name.week, songs) if name.kind == "playlist" else chart_csv(songs)


def archive(storage: Storage, name: RawName, content: bytes) -> None:
    """Take a raw file in as `raw_playlist` leaves it, an older one superseded, its sum noted."""
    superseded = []
    if storage.exists(name.archive_key):
        older = storage.read(name.archive_key)
        if older == content:
            return
        superseded.append((name, hashlib.sha256(older).hexdigest()))
        storage.copy(name.archive_key, name.superseded_key(superseded[0][1]))
    storage.write(name.archive_key, content)
    note_sums(storage, {name: hashlib.sha256(content).hexdigest()}, [name], superseded)


def damage(storage: FolderStorage, name: RawName, *, cut: bool) -> None:
    """Damage an archived file: cut it off, or change one byte of it so that it can still be read."""
    content = storage.read(name.archive_key)
    changed = content[: len(content) // 2] if cut else content.replace(b"song 1", b"song 9", 1)
    storage.write(name.archive_key, changed)


def base_of(storage: Storage) -> Base:
    """Return what weeks are made from."""
    return Base(storage, CHARTS, DEFAULT_THRESHOLDS)


def update(storage: Storage, weeks: Collection[date], writing: Storage | None = None) -> Made:
    """Make weeks and store them, as a run does."""
    made = make_noting_artists(base_of(storage), weeks)
    store(writing or storage, made)
    return made


def update_all(storage: Storage) -> None:
    """Make what is stale."""
    update(storage, stale_weeks(storage))
    assert stale_weeks(storage) == []


def contents(storage: FolderStorage) -> dict[str, bytes]:
    """Return every file that follows from the archive, by key; a killed write leaves hidden ones."""
    found = {}
    for prefix in (TABLE_FILES, HELD_BACK):
        for folder, _, files in os.walk(storage.root / prefix):
            for path in (Path(folder, file) for file in files if not file.startswith(".")):
                found[path.relative_to(storage.root).as_posix()] = path.read_bytes()
    return found


def made_once(storage: FolderStorage, folder: Path) -> dict[str, bytes]:
    """Return what follows from the same archive in a fresh base that is made once, in order."""
    fresh = FolderStorage(folder)
    if (storage.root / ARCHIVE).exists():
        shutil.copytree(storage.root / "raw", fresh.root / "raw")
    update_all(fresh)
    return contents(fresh)
