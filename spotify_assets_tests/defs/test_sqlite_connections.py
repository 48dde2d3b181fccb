"""Dagster's SQLite files stay open during runs, and no other engine notices."""

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
from sqlalchemy.pool import NullPool

from spotify_assets.cli.environment import prepare_dagster_home
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.sqlite_connections import (
    EXECUTOR,
    MOST_KEPT,
    KeptConnections,
    reused_sqlite_connections,
)
from spotify_assets.settings import Settings

FULL, NORMAL = 2, 1


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Dagster's folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def kept(home: Path) -> Iterator[KeptConnections]:
    with reused_sqlite_connections(home) as kept:
        yield kept


def engine_of(path: Path, **options: object) -> sqlalchemy.Engine:
    """Return an engine as Dagster makes one: none of its connections stays open."""
    return sqlalchemy.create_engine(f"sqlite:///{path}", poolclass=NullPool, **options)


def use(path: Path, **options: object) -> sqlite3.Connection:
    """Open a database as Dagster does, write to it, close it, and return the connection."""
    with engine_of(path, **options).begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE IF NOT EXISTS noted (at INTEGER)"))
        connection.execute(sqlalchemy.text("INSERT INTO noted VALUES (1)"))
        used = connection.connection.dbapi_connection
    assert isinstance(used, sqlite3.Connection)
    return used


def synchronous(path: Path) -> int:
    """Return how an engine waits for the disk."""
    with engine_of(path).connect() as connection:
        return int(connection.execute(sqlalchemy.text("PRAGMA synchronous")).scalar_one())


def write_ahead(path: Path) -> Path:
    """Make a database with a write-ahead log, as Dagster's have."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def count_in(path: Path) -> int:
    """Return how many rows another process would find."""
    with closing(sqlite3.connect(path)) as other:
        return int(other.execute("SELECT count(*) FROM noted").fetchone()[0])


def test_only_files_below_dagsters_folder_are_concerned_and_only_meanwhile(
    home: Path, tmp_path: Path
) -> None:
    ours, other = write_ahead(home / "events.db"), write_ahead(tmp_path / "other.db")
    assert (synchronous(ours), synchronous(other)) == (FULL, FULL)
    with reused_sqlite_connections(home) as kept:
        assert (synchronous(ours), synchronous(other)) == (NORMAL, FULL)
        assert kept.paths == [str(ours)]
        assert type(use(other)) is sqlite3.Connection
        with sqlalchemy.create_engine("sqlite://").connect() as in_memory:
            assert type(in_memory.connection.dbapi_connection) is sqlite3.Connection
    assert (synchronous(ours), synchronous(other)) == (FULL, FULL)
    assert kept.paths == []


def test_a_file_without_a_write_ahead_log_waits_for_the_disk(
    home: Path,
    kept: KeptConnections,  # noqa: ARG001 - it is in use
) -> None:
    assert synchronous(home / "events.db") == FULL


def test_building_definitions_changes_no_engine(settings: Settings, tmp_path: Path) -> None:
    build_definitions(settings)
    assert type(use(tmp_path / "home.db")) is sqlite3.Connection


def test_a_file_is_opened_once_however_often_it_is_used(home: Path, kept: KeptConnections) -> None:
    path = home / "events.db"
    assert len({use(path) for _ in range(3)}) == 1
    assert kept.paths == [str(path)]
    assert count_in(path) == 3


def test_two_that_use_a_file_at_once_have_a_connection_each(
    home: Path, kept: KeptConnections
) -> None:
    path = home / "events.db"
    engine = engine_of(path)
    with engine.connect() as one, engine.connect() as two:
        assert one.connection.dbapi_connection is not two.connection.dbapi_connection
        assert kept.paths == []
    assert kept.paths == [str(path)] * 2


def test_an_unfinished_transaction_is_rolled_back_before_the_next_use(
    home: Path, kept: KeptConnections
) -> None:
    path = home / "events.db"
    use(path)
    with engine_of(path, pool_reset_on_return=None).connect() as connection:
        left = connection.connection.dbapi_connection
        assert left is not None
        left.execute("INSERT INTO noted VALUES (2)")
        connection.connection.detach()
    left.close()
    assert use(path) is left
    assert (count_in(path), kept.paths) == (2, [str(path)])


def test_connections_are_closed_at_the_end_also_those_still_in_use(home: Path) -> None:
    path = write_ahead(home / "events.db")
    journal = path.with_name("events.db-wal")
    with reused_sqlite_connections(home):
        use(path)
        assert journal.exists()
        still_used = engine_of(path).connect()
    still_used.close()
    assert not journal.exists()
    assert count_in(path) == 1


def test_no_more_than_the_latest_are_kept(home: Path, kept: KeptConnections) -> None:
    index = home / "index.db"
    runs = [home / f"run {number}.db" for number in range(MOST_KEPT + 3)]
    for run in runs:
        use(run)
        use(index)
    assert kept.paths == [str(path) for path in (*runs[-MOST_KEPT + 1 :], index)]


@pytest.mark.usefixtures("kept")
def test_a_file_that_took_the_place_of_another_is_the_one_that_is_used(home: Path) -> None:
    path = home / "events.db"
    for _ in range(2):
        use(path)
    moved = path.rename(home / "moved.db")
    use(path)
    assert (count_in(moved), count_in(path)) == (2, 1)


@pytest.mark.usefixtures("kept")
def test_nothing_locks_a_file_whose_connection_is_kept(home: Path) -> None:
    use(home / "events.db")
    with closing(sqlite3.connect(home / "events.db", timeout=0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DROP TABLE noted")
        other.commit()


def test_a_forked_process_opens_files_of_its_own(home: Path, kept: KeptConnections) -> None:
    path = home / "events.db"
    mine = use(path)
    process = os.fork()
    if not process:  # nothing of the tests may run here
        of_child = use(path)
        kept.close()
        os._exit(0 if of_child is not mine else 1)
    assert os.waitpid(process, 0)[1] == 0
    assert use(path) is mine
    assert count_in(path) == 3


def test_threads_that_use_files_at_once_do_not_disturb_each_other(
    home: Path, kept: KeptConnections
) -> None:
    failed: list[BaseException] = []
    threads_at_once, files = 6, MOST_KEPT * 2

    def many() -> None:
        try:
            for number in range(files):
                use(home / f"{number}.db", connect_args={"timeout": 60})
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=many) for _ in range(threads_at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(kept.paths) == MOST_KEPT
    assert {count_in(home / f"{number}.db") for number in range(files)} == {threads_at_once}


@dg.op
def how_events_are_recorded(context: dg.OpExecutionContext) -> None:
    home = Path(context.instance.root_directory)
    context.log.info(f"synchronous {synchronous(home / 'history' / 'runs' / 'index.db')}")


@dg.graph
def recording() -> None:
    how_events_are_recorded()


def with_ours() -> dg.JobDefinition:
    return recording.to_job(executor_def=EXECUTOR)


def with_dagsters_own() -> dg.JobDefinition:
    return recording.to_job(executor_def=dg.in_process_executor)


def test_a_run_that_dagster_launches_reuses_connections_and_records_the_same_events(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = build_definitions(settings).resolve_job_def(WEEKLY_JOB).executor_def
    assert ours.name == dg.in_process_executor.name
    prepare_dagster_home(home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    recorded = []
    with dg.DagsterInstance.get() as instance:
        for job in (with_ours, with_dagsters_own):
            run = dg.execute_job(dg.reconstructable(job), instance, raise_on_error=True).run_id
            entries = instance.all_logs(run)
            (said,) = (e.user_message for e in entries if e.user_message.startswith("synchronous"))
            recorded.append((said, Counter((e.dagster_event_type, e.step_key) for e in entries)))
    assert [said for said, _ in recorded] == [f"synchronous {NORMAL}", f"synchronous {FULL}"]
    assert recorded[0][1] == recorded[1][1]
