"""Keeps Dagster's SQLite files open during a run, so that recording events is not slowed by the disk.

Dagster opens and closes its SQLite files for every event. Closing the last connection to a file makes
SQLite move its journal into the file and wait for the disk: of a 104-week run on a slow disk that was
two thirds of the time (76 s without, 22 s with). One idle connection held beside Dagster's prevents
it.

Nor does every event wait for the disk: with a write-ahead log, SQLite's `synchronous = NORMAL` can lose
the last moments when the machine loses power, and never damages the file ("Pragma statements supported
by SQLite"). What was made lies in storage by then, and the log only tells of it. Other event storages
are not touched.
"""

from __future__ import annotations

import atexit
import sqlite3
import threading
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

FILES_HELD_OPEN = 8  # the index and the latest runs; a process rarely writes to more

_held: dict[str, sqlite3.Connection] = {}  # by path, the one used last at the end
_lock = threading.Lock()


def hold_sqlite_open() -> None:
    """From now on, hold each SQLite file open that this process opens. Calling it again is harmless."""
    if not event.contains(Engine, "connect", _hold):
        event.listen(Engine, "connect", _hold)
        atexit.register(release)


def release() -> None:
    """Close what is held; a file is held again once it is opened again."""
    with _lock:
        while _held:
            _held.popitem()[1].close()


def held_files() -> list[str]:
    """The paths of the files that are held open, the one used last at the end."""
    with _lock:
        return list(_held)


def _hold(connection: Any, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if not path:  # in memory
        return
    with _lock:
        held = _held.pop(path, None)
        if held is None:
            held = sqlite3.connect(path, check_same_thread=False)
            held.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens it in earnest
        _held[path] = held
        if held.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            connection.execute("PRAGMA synchronous = NORMAL")
        while len(_held) > FILES_HELD_OPEN:
            _held.pop(next(iter(_held))).close()
