from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from spotify_assets import event_log_speed
from spotify_assets.event_log_speed import FILES_HELD_OPEN, held_files, hold_sqlite_open, release
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, instance_in, materialize


@pytest.fixture(autouse=True)
def _held_only_here() -> Iterator[None]:
    hold_sqlite_open()
    release()
    yield
    release()
    hold_sqlite_open()


def use(url: str, **more: object) -> None:
    """Open a database as Dagster does, write to it, and close it."""
    engine = sqlalchemy.create_engine(url, poolclass=NullPool, **more)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS noted (at INTEGER)"))
        connection.execute(sqlalchemy.text("INSERT INTO noted VALUES (1)"))
    engine.dispose()


def test_a_file_is_held_once_however_often_it_is_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "events.db")
    held = []
    for _ in range(3):
        hold_sqlite_open()
        use(f"sqlite:///{path}")
        held.append(event_log_speed._held[path])
    assert held_files() == [path]
    assert held[0] is held[1] is held[2]


def test_what_is_held_keeps_the_journal_beside_the_file_until_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    use(f"sqlite:///{path}")
    assert path.with_name("events.db-wal").exists()
    release()
    assert not path.with_name("events.db-wal").exists()
    other = sqlite3.connect(path)
    assert other.execute("SELECT count(*) FROM noted").fetchone() == (1,)
    other.close()


def test_no_more_than_the_latest_files_are_held(tmp_path: Path) -> None:
    index = tmp_path / "index.db"
    runs = [tmp_path / f"run {number}.db" for number in range(FILES_HELD_OPEN + 3)]
    for run in runs:
        use(f"sqlite:///{run}")
        use(f"sqlite:///{index}")
    assert len(held_files()) == FILES_HELD_OPEN
    assert held_files() == [str(path) for path in (*runs[-FILES_HELD_OPEN + 1 :], index)]


def test_nothing_locks_a_file_that_is_held(tmp_path: Path) -> None:
    use(f"sqlite:///{tmp_path / 'events.db'}")
    other = sqlite3.connect(tmp_path / "events.db", timeout=0)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("DROP TABLE noted")
    other.commit()
    other.close()


def test_databases_in_memory_and_of_other_makes_are_left_alone() -> None:
    class OtherMake:
        """A connection that isn't SQLite's own, as to a database on a server."""

        def __init__(self) -> None:
            self._real = sqlite3.connect(":memory:")

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    use("sqlite://")
    use("sqlite://", creator=OtherMake)
    assert held_files() == []


def test_threads_that_open_files_at_once_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def many() -> None:
        try:
            for number in range(FILES_HELD_OPEN * 3):
                connection = sqlite3.connect(tmp_path / f"{number}.db")
                event_log_speed._hold(connection, None)
                connection.close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=many) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(held_files()) == FILES_HELD_OPEN


def test_the_event_log_holds_the_same_with_and_without(
    settings: Settings, storage: FolderStorage, tmp_path: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    logs = []
    for held in (True, False):
        if not held:
            event.remove(Engine, "connect", event_log_speed._hold)
            release()
        with instance_in(tmp_path / f"held {held}") as instance:
            result = materialize(settings, instance, WEEKS[:1])
            assert bool(held_files()) == held
        release()
        with instance_in(tmp_path / f"held {held}") as instance:  # as another process finds it
            logs.append(
                Counter(
                    (entry.dagster_event_type, entry.step_key)
                    for entry in instance.all_logs(result.run_id)
                    if entry.is_dagster_event
                )
            )
    assert logs[0] == logs[1]
    assert logs[0][dg.DagsterEventType.PIPELINE_SUCCESS, None] == 1
