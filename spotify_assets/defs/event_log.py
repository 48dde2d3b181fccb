"""Dagster's event log in SQLite, with its files kept open: `dagster.yaml` names it.

Dagster's own opens a file, builds an engine and compiles every statement again, several times for each
event: of two years in one run that was more than half of the time. Here each file has one engine, which
keeps its connection and its compiled statements. With a write-ahead log, not every event waits for the
disk either: SQLite's `synchronous = NORMAL` may lose the last moments in a power failure, and never
damages the file. What was made is stored by then; the log only reports it.

Only how a file is opened is ours, `_connect`, which isn't public: a test pins it, and Dagster's version
is bounded. Without the entry in `dagster.yaml`, Dagster's own is used, which reads the same files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

SECONDS_TO_WAIT = 60  # while another process writes, as Dagster has it
MOST_OPEN = 8  # the index and the latest runs, each a file of its own


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's event log, one engine and connection for each of its files."""

    def __init__(self, dagster_home: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[tuple[int, str], Engine] = {}  # the one used last is the last
        super().__init__(str(Path(dagster_home, "history", "runs")), inst_data)  # as by default

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return what `dagster.yaml` tells it."""
        return {"dagster_home": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptOpenEventLog:
        """Return the event log of this configuration."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close every file."""
        with self._db_lock:
            self._keep_open(0)
        super().dispose()

    def _keep_open(self, most: int) -> None:
        while len(self._engines) > most:
            self._engines.pop(next(iter(self._engines))).dispose()

    def _engine(self, shard: str) -> Engine:
        key = (os.getpid(), shard)  # a connection must not be used in a forked process
        engine = self._engines.pop(key, None)
        if engine is None:
            self._keep_open(MOST_OPEN - 1)
            # One connection, used by one thread at a time, though not always the same.
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SECONDS_TO_WAIT, "check_same_thread": False},
            )
            event.listen(engine, "connect", _wait_less)
        self._engines[key] = engine
        return engine


def _wait_less(connection: Any, _: object) -> None:
    """Don't wait for the disk at every event: a power failure may lose the last ones, no others."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        connection.execute("PRAGMA synchronous = NORMAL")
