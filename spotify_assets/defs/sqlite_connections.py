"""Keeps Dagster's SQLite files open while a run records its events.

Dagster opens and closes these files several times for each event. Each time SQLite reads the schema
again, and closing the last connection makes it write its journal back and wait for the disk: of two
years in one run that was more than half of the time (70 s, and 38 s without it). Here a connection
that Dagster closes is kept, and returned when the same file is opened again.

With a write-ahead log, not every event waits for the disk either: SQLite's `synchronous = NORMAL` may
lose the last moments in a power failure, and never damages the file. What was made is stored by then;
the log only reports it.

It concerns SQLite files below Dagster's own folder only, and only between entering and leaving
`reused_sqlite_connections`: other engines of the process keep their settings. It relies on an event
that SQLAlchemy has for this purpose, `DialectEvents.do_connect`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import Dialect

if TYPE_CHECKING:
    from dagster._core.execution.retries import RetryMode

MOST_KEPT = 16  # the index and the latest runs, each for as many threads as use it at once


@contextmanager
def reused_sqlite_connections(home: str | Path) -> Iterator[KeptConnections]:
    """Keep the SQLite files below `home`, Dagster's folder, open until this context ends."""
    kept = KeptConnections(Path(home).resolve())
    event.listen(Engine, "do_connect", kept.connect)
    try:
        yield kept
    finally:
        event.remove(Engine, "do_connect", kept.connect)
        kept.close()


class _Reusing(dg.Executor):
    def __init__(self, executor: dg.Executor) -> None:
        self._executor = executor

    @property
    def retries(self) -> RetryMode:
        return self._executor.retries

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        with reused_sqlite_connections(plan_context.instance.root_directory):
            yield from self._executor.execute(plan_context, execution_plan)


_in_process: Any = dg.in_process_executor  # its types don't fit what they are passed to
EXECUTOR = dg.ExecutorDefinition(
    _in_process.name,
    _in_process.config_schema,
    executor_creation_fn=lambda context: _Reusing(_in_process.executor_creation_fn(context)),
)
"""Dagster's in-process executor, which keeps these files open during a run."""


class KeptConnections:
    """The connections that Dagster has closed, the one used last at the end."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._kept: list[_Connection] = []
        self._is_open = True

    @property
    def paths(self) -> list[str]:
        """The files that a connection is kept for."""
        with self._lock:
            return [connection.opened[0] for connection in self._kept]

    def connect(
        self,
        dialect: Dialect,
        _record: object,
        arguments: Sequence[Any],
        options: Mapping[str, Any],
    ) -> sqlite3.Connection | None:
        """Return a kept connection to this very file, or a new one; None leaves it to SQLAlchemy."""
        if (dialect.name, dialect.driver) != ("sqlite", "pysqlite") or options.get("uri"):
            return None
        path = str(arguments[0])
        if path in ("", ":memory:") or self._home not in Path(path).resolve().parents:
            return None
        # One thread at a time uses it, though not always the one that opened it.
        settings = {**options, "check_same_thread": False}
        wanted = _opened(path, settings)
        with self._lock:
            places = [n for n, kept in enumerate(self._kept) if kept.opened == wanted]
            connection = self._kept.pop(places[-1]) if places else None
        if connection is None:
            connection = sqlite3.connect(path, factory=_Connection, **settings)
            # Makes the file if need be, and reads its journal mode, which is stale otherwise.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.opened, connection.keeper = _opened(path, settings), self
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def keep(self, connection: _Connection) -> None:
        """Keep a connection for its next use, and close the one that was used least lately."""
        if connection.in_transaction:
            connection.rollback()
        with self._lock:
            if connection not in self._kept:  # it may be closed twice
                self._kept.append(connection)
            surplus_count = max(0, len(self._kept) - (MOST_KEPT if self._is_open else 0))
            surplus = self._kept[:surplus_count]
            del self._kept[:surplus_count]
        for one in surplus:
            one.end()

    def close(self) -> None:
        """Close every kept connection, and from now on those that are still used, too."""
        with self._lock:
            ended, self._kept, self._is_open = self._kept, [], False
        for connection in ended:
            connection.end()


class _Connection(sqlite3.Connection):
    """A connection that is kept instead of closed."""

    opened: tuple[Any, ...]
    keeper: KeptConnections | None = None

    def close(self) -> None:
        if self.keeper is None:
            super().close()
        else:
            self.keeper.keep(self)

    def end(self) -> None:
        """Close it, unless it belongs to the process that this one was forked from."""
        if self.opened[-1] == os.getpid():
            super().close()


def _opened(path: str, settings: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what has to be equal to reuse a connection: another file may have the path by now."""
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return (path,)
    return path, status.st_dev, status.st_ino, tuple(sorted(settings.items())), os.getpid()
