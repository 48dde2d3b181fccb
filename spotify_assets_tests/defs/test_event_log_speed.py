from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from spotify_assets.defs import sqlite_connections as event_log_speed
from spotify_assets.defs.sqlite_connections import (
    MOST_WAITING,
    release,
    reuse_sqlite_connections,
    waiting_files,
)
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, instance_in, materialize


@pytest.fixture(autouse=True)
def _reused_only_here() -> Iterator[None]:
    reuse_sqlite_connections()
    release()
    yield
    release()
    reuse_sqlite_connections()


def engine_of(url: str, **more: object) -> sqlalchemy.Engine:
    """An engine as Dagster makes one: nothing of it stays open."""
    return sqlalchemy.create_engine(url, poolclass=NullPool, **more)


def use(url: str, **more: object) -> object:
    """Open a database as Dagster does, write to it, and close it; gives the connection that it had."""
    engine = engine_of(url, **more)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS noted (at INTEGER)"))
        connection.execute(sqlalchemy.text("INSERT INTO noted VALUES (1)"))
        used = connection.connection.dbapi_connection
    engine.dispose()
    return used


def count_in(path: Path) -> int:
    """How many rows another process would find."""
    with closing(sqlite3.connect(path)) as other:
        return int(other.execute("SELECT count(*) FROM noted").fetchone()[0])


def test_a_file_is_opened_once_however_often_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    used = []
    for _ in range(3):
        reuse_sqlite_connections()
        used.append(use(f"sqlite:///{path}"))
    assert waiting_files() == [str(path)]
    assert used[0] is used[1] is used[2]
    assert count_in(path) == 3


def test_two_that_use_a_file_at_once_have_a_connection_each(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    use(f"sqlite:///{path}")
    engine = engine_of(f"sqlite:///{path}")
    with engine.connect() as one, engine.connect() as two:
        assert one.connection.dbapi_connection is not two.connection.dbapi_connection
        assert waiting_files() == []
    assert waiting_files() == [str(path)] * 2


def test_a_transaction_that_was_not_ended_is_not_the_next_ones(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    use(f"sqlite:///{path}")
    engine = engine_of(f"sqlite:///{path}", pool_reset_on_return=None)
    with engine.connect() as connection:
        left = connection.connection.dbapi_connection
        assert left is not None
        left.execute("INSERT INTO noted VALUES (2)")
        connection.connection.detach()
    left.close()
    assert use(f"sqlite:///{path}") is left
    assert count_in(path) == 2


def test_what_waits_keeps_the_journal_beside_the_file_until_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    use(f"sqlite:///{path}")
    assert path.with_name("events.db-wal").exists()
    release()
    assert not path.with_name("events.db-wal").exists()
    assert count_in(path) == 1


def test_only_with_a_write_ahead_log_does_not_every_event_wait_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "events.db"

    def waits(connection: object) -> int:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])  # type: ignore[attr-defined]

    full, normal = 2, 1
    assert waits(use(f"sqlite:///{path}")) == full
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
    assert waits(use(f"sqlite:///{path}")) == normal


def test_no_more_than_the_latest_wait(tmp_path: Path) -> None:
    index = tmp_path / "index.db"
    runs = [tmp_path / f"run {number}.db" for number in range(MOST_WAITING + 3)]
    for run in runs:
        use(f"sqlite:///{run}")
        use(f"sqlite:///{index}")
    assert waiting_files() == [str(path) for path in (*runs[-MOST_WAITING + 1 :], index)]


def test_a_file_that_was_put_in_the_place_of_another_is_the_one_that_is_used(
    tmp_path: Path,
) -> None:
    path = tmp_path / "events.db"
    for _ in range(2):
        use(f"sqlite:///{path}")
    kept = path.rename(tmp_path / "kept.db")
    use(f"sqlite:///{path}")
    assert (count_in(kept), count_in(path)) == (2, 1)


def test_nothing_locks_a_file_whose_connection_waits(tmp_path: Path) -> None:
    use(f"sqlite:///{tmp_path / 'events.db'}")
    with closing(sqlite3.connect(tmp_path / "events.db", timeout=0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DROP TABLE noted")
        other.commit()


def test_a_forked_process_opens_files_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    mine = use(f"sqlite:///{path}")
    process = os.fork()
    if not process:  # nothing of the tests' own may run here
        of_child = use(f"sqlite:///{path}")
        release()
        os._exit(0 if of_child is not mine else 1)
    assert os.waitpid(process, 0)[1] == 0
    assert use(f"sqlite:///{path}") is mine
    assert count_in(path) == 3


def test_databases_in_memory_and_of_other_makes_are_left_alone() -> None:
    class OtherMake:
        """A connection that isn't SQLite's own, as to a database on a server."""

        def __init__(self) -> None:
            self._real = sqlite3.connect(":memory:")

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    use("sqlite://")
    use("sqlite://", creator=OtherMake)
    assert waiting_files() == []


def test_threads_that_use_files_at_once_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    failed: list[BaseException] = []
    threads_at_once, files = 6, MOST_WAITING * 2

    def many() -> None:
        try:
            for number in range(files):
                use(f"sqlite:///{tmp_path / f'{number}.db'}", connect_args={"timeout": 60})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=many) for _ in range(threads_at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(waiting_files()) == MOST_WAITING
    assert {count_in(tmp_path / f"{number}.db") for number in range(files)} == {threads_at_once}


def test_the_event_log_holds_the_same_with_and_without(
    settings: Settings, storage: FolderStorage, tmp_path: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    logs = []
    for reused in (True, False):
        if not reused:
            event.remove(Engine, "do_connect", event_log_speed._connect)
            release()
        with instance_in(tmp_path / f"reused {reused}") as instance:
            result = materialize(settings, instance, WEEKS[:1])
            assert bool(waiting_files()) == reused
        release()
        with instance_in(tmp_path / f"reused {reused}") as instance:  # as another process finds it
            logs.append(
                Counter(
                    (entry.dagster_event_type, entry.step_key)
                    for entry in instance.all_logs(result.run_id)
                    if entry.is_dagster_event
                )
            )
    assert logs[0] == logs[1]
    assert logs[0][dg.DagsterEventType.PIPELINE_SUCCESS, None] == 1
