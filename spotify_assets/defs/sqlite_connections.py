"""Uses Dagster's connections to its SQLite files again, so that recording events is not slowed by them.

Dagster opens and closes its SQLite files several times for every event. Each time SQLite reads the
file's schema anew, and closing the last connection makes it move its journal into the file and wait for
the disk: of two years in one run that was more than half of the time (70 s without, 38 s with). Here a
connection that Dagster closes waits, and is handed out when the same file is opened again.

Nor does every event wait for the disk: with a write-ahead log, SQLite's `synchronous = NORMAL` can lose
the last moments when the machine loses power, and never damages the file ("Pragma statements supported
by SQLite"). What was made lies in storage by then, and the log only tells of it. Other event storages
are not touched. It stands on an event that SQLAlchemy has for this ("DialectEvents.do_connect").
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import Dialect

MOST_WAITING = 16  # the index and the latest runs, each for as many threads as use it at once

Opened = tuple[Any, ...]
"""What a connection was opened with: the path, the file that lay there, the options, the process."""


class _Reused(sqlite3.Connection):
    """A connection that waits for the next use where others are closed."""

    opened: Opened | None = None
    is_relaxed = False

    def close(self) -> None:
        """Let others have it."""
        if self.opened is None:
            self.end()
            return
        if self.in_transaction:
            self.rollback()
        with _lock:
            _waiting.append(self)
            surplus = _waiting[:-MOST_WAITING]
            del _waiting[:-MOST_WAITING]
        for connection in surplus:
            connection.end()

    def end(self) -> None:
        """Close it in earnest, unless it is of the process that this one was forked from."""
        if self.opened is None or self.opened[-1] == os.getpid():
            super().close()


_waiting: list[_Reused] = []  # the one used last at the end
_lock = threading.Lock()


def reuse_sqlite_connections() -> None:
    """From now on, use connections to SQLite files again. Calling it again is harmless."""
    if not event.contains(Engine, "do_connect", _connect):
        event.listen(Engine, "do_connect", _connect)
        atexit.register(release)


def release() -> None:
    """Close what waits; a file is opened again once it is needed."""
    with _lock:
        ended = list(_waiting)
        _waiting.clear()
    for connection in ended:
        connection.end()


def waiting_files() -> list[str]:
    """The paths of the files that a connection waits for, the one used last at the end."""
    with _lock:
        return [connection.opened[0] for connection in _waiting if connection.opened]


def _connect(
    dialect: Dialect, _record: object, arguments: Sequence[Any], options: Mapping[str, Any]
) -> sqlite3.Connection | None:
    """A connection that waits for this very file, or a new one; None leaves it to SQLAlchemy."""
    if (dialect.name, dialect.driver) != ("sqlite", "pysqlite") or options.get("uri"):
        return None
    path = str(arguments[0])
    if path in ("", ":memory:"):
        return None
    # One thread at a time has it, though not always the one that opened it.
    settings = {**options, "check_same_thread": False}
    wanted = _opened(path, settings)
    with _lock:
        places = [n for n, waiting in enumerate(_waiting) if waiting.opened == wanted]
        connection = _waiting.pop(places[-1]) if places else None
    if connection is None:
        connection = sqlite3.connect(path, factory=_Reused, **settings)
        connection.execute(
            "SELECT count(*) FROM sqlite_master"
        ).fetchone()  # makes the file if need be
        connection.opened = _opened(path, settings)
    if not connection.is_relaxed:  # Dagster begins a new file's write-ahead log in its own time
        connection.is_relaxed = _journal(connection) == "wal"
        if connection.is_relaxed:
            connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _journal(connection: sqlite3.Connection) -> str:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # or it tells what it was
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def _opened(path: str, settings: Mapping[str, Any]) -> Opened:
    """What must be the same for a connection to be used again: another file may have the path now."""
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return path, None, None, tuple(sorted(settings.items())), os.getpid()
    return path, status.st_dev, status.st_ino, tuple(sorted(settings.items())), os.getpid()
