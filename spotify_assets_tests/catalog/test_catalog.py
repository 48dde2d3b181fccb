"""The catalog on one machine: DuckDB over a folder. What AWS's promises alike is in `test_catalogs`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from spotify_assets.catalog.duckdb_catalog import (
    open_catalog,
    publish,
    published_weeks,
    shows_another_place,
)

from spotify_assets.errors import UserError
from spotify_assets.layout import RawName, published_key, table_key
from spotify_assets.publishing.stored import look_at
from spotify_assets.settings import TableFormat
from spotify_assets.sql import VIEWS
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import write_week
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, drop_playlist

FORMATS: tuple[TableFormat, ...] = ("parquet", "csv")
BASES = ["base", "with spaces", 'it\'s "quoted"', "Sørlig våt 音楽 #1 %20", "[a]*{b}"]
TYPES = {
    "string": "VARCHAR",
    "date32[day]": "DATE",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    "timestamp[ms]": "TIMESTAMP",
    "list<item: string>": "VARCHAR[]",
}


VALUES: dict[str, list[Any]] = {
    "string": ["x", "", None, 'quoted "text", with commas', "two\nlines", "Ωmega ø"],
    "int32": [1, None, 0, -4, 2**31 - 1, 6],
    "int64": [2**40, 0, None, -1, 5, 6],
    "bool": [True, False, None, True, True, True],
    "date32[day]": [date(2024, 2, 29), None, date(1970, 1, 1), None, None, date(1890, 1, 1)],
    "timestamp[ms]": [datetime(2024, 3, 8, 9, 41, 2), None] * 3,  # noqa: DTZ001 - it has no zone
    "list<item: string>": [["pop", "norsk rap"], [], None, ['"', ","], ["ø"], [""]],
}


def fill(storage: FolderStorage, table_format: TableFormat, *weeks: date) -> None:
    """Put six fictional rows into each week of each table, with all that columns can hold."""
    for table in TABLES.values():
        for week in weeks:
            columns = {
                c.name: _values(c.name, str(c.dtype), nullable=c.nullable) for c in table.columns
            }
            rows = pa.table(columns | {"week": [week] * 6}, schema=table.schema)
            write_week(storage, table, table_format, week, rows)
            copied = published_key(table.name, week, table_format)
            storage.copy(table_key(table.name, week, table_format), copied)


def _values(name: str, dtype: str, *, nullable: bool) -> list[Any]:
    if nullable:
        return VALUES[dtype]
    return [f"{name} {n}" if dtype == "string" else n + 1 for n in range(6)]


def rows_of(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_catalog(database) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(params=BASES)
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / request.param)


@pytest.mark.parametrize("table_format", FORMATS)
def test_every_table_and_view_answers_wherever_the_base_lies(
    anywhere: FolderStorage, table_format: TableFormat
) -> None:
    fill(anywhere, table_format, *WEEKS[:3])
    database = anywhere.root / "charts.duckdb"
    publish(anywhere, table_format, look_at(anywhere, table_format).complete_weeks(), database)
    for name in TABLES:
        assert rows_of(database, f"SELECT count(*), count(DISTINCT week) FROM {name}") == [(18, 3)]
    for view in VIEWS:
        rows_of(database, f"SELECT * FROM {view.name}")
    assert published_weeks(database, anywhere) == list(WEEKS[:3])


@pytest.mark.parametrize("table_format", FORMATS)
def test_what_the_catalog_shows_is_typed_as_declared(
    storage: FolderStorage, base: Path, table_format: TableFormat
) -> None:
    fill(storage, table_format, WEEKS[0])
    database = base / "charts.duckdb"
    publish(storage, table_format, [WEEKS[0]], database)
    for table in TABLES.values():
        shown = rows_of(database, f"DESCRIBE {table.name}")
        declared = [(column.name, TYPES[str(column.dtype)]) for column in table.columns]
        assert [(row[0], row[1]) for row in shown] == declared


@pytest.mark.parametrize("table_format", FORMATS)
def test_nulls_empty_texts_and_lists_come_back_as_they_were(
    storage: FolderStorage, base: Path, table_format: TableFormat
) -> None:
    fill(storage, table_format, WEEKS[0])
    database = base / "charts.duckdb"
    publish(storage, table_format, [WEEKS[0]], database)
    for table in TABLES.values():
        for column in table.columns:
            if column.nullable:
                order = next(c.name for c in table.columns if c.name != "week" and not c.nullable)
                found = rows_of(
                    database, f"SELECT {column.name} FROM {table.name} ORDER BY {order}"
                )
                assert [row[0] for row in found] == VALUES[str(column.dtype)], column.name
    assert rows_of(database, "SELECT DISTINCT week FROM songs") == [(WEEKS[0],)]


def test_an_empty_base_gives_empty_tables_and_views(storage: FolderStorage, base: Path) -> None:
    database = base / "deep" / "er" / "charts.duckdb"
    publish(storage, "parquet", [], database)
    for name in (*TABLES, *(view.name for view in VIEWS)):
        assert rows_of(database, f"SELECT * FROM {name}") == []
    assert published_weeks(database, storage) == []


def test_a_week_counts_once_all_its_tables_are_stored(storage: FolderStorage) -> None:
    fill(storage, "parquet", *WEEKS[:3])
    storage.delete(table_key("albums", WEEKS[1], "parquet"))
    storage.write("transformed_data/songs/week=2024-03-22/notes.txt", b"left by somebody")
    assert look_at(storage, "parquet").complete_weeks() == [WEEKS[0], WEEKS[2]]
    assert look_at(storage, "csv").complete_weeks() == []


def test_nothing_is_left_beside_the_catalog(storage: FolderStorage, base: Path) -> None:
    fill(storage, "parquet", WEEKS[0])
    for _ in range(2):
        publish(storage, "parquet", [WEEKS[0]], base / "charts.duckdb")
    assert sorted(path.name for path in base.iterdir()) == [
        "charts.duckdb",
        "published",
        "transformed_data",
    ]


READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    count = lambda: connection.execute("SELECT count(DISTINCT week) FROM songs").fetchone()[0]
    print(count(), flush=True)
    sys.stdin.readline()
    print(count(), flush=True)
"""


def test_publishing_disturbs_no_reader_in_another_process(
    storage: FolderStorage, base: Path
) -> None:
    database = base / "charts.duckdb"
    fill(storage, "parquet", *WEEKS[:2])
    publish(storage, "parquet", WEEKS[:1], database)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "1\n"
        with database.open("rb") as held_open:
            before = held_open.read()
            publish(storage, "parquet", WEEKS[:2], database)
            held_open.seek(0)
            assert held_open.read() == before, "the old file was written into"
        assert published_weeks(database, storage) == list(WEEKS[:2])
        reader.stdin.write("\n")
        reader.stdin.close()
        assert reader.stdout.readline() == "1\n"  # it still sees what it opened
    assert reader.returncode == 0


def test_readers_cannot_change_the_catalog(storage: FolderStorage, base: Path) -> None:
    publish(storage, "parquet", [], base / "charts.duckdb")
    with pytest.raises(duckdb.Error, match="read-only"):
        rows_of(base / "charts.duckdb", "DROP VIEW songs")


def test_a_catalog_that_is_missing_or_damaged_is_said_to_be_so(
    storage: FolderStorage, base: Path
) -> None:
    database = base / "charts.duckdb"
    with pytest.raises(UserError, match=r"There is no catalog at .*charts\.duckdb yet"):
        open_catalog(database)
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(UserError, match=r"can't be opened.*\n.*update` makes it anew"):
        open_catalog(database)
    assert published_weeks(database, storage) == []
    publish(storage, "parquet", [], database)
    assert rows_of(database, "SELECT count(*) FROM songs") == [(0,)]


def test_a_base_that_was_moved_or_copied_is_not_answered_for_by_the_other(
    storage: FolderStorage, base: Path, tmp_path: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    copy = tmp_path / "copy"
    shutil.copytree(base, copy)
    with open_catalog(copy / "spotify_charts.duckdb") as connection:
        assert shows_another_place(connection, FolderStorage(copy))
        assert not shows_another_place(connection, storage)
    asked = cli(copy, "query", "SELECT count(*) FROM songs")
    assert asked.exit_code == 2
    assert "moved or copied" in asked.stderr
    doctor = cli(copy, "doctor")
    assert doctor.exit_code == 1
    assert "MEND  catalog" in doctor.output
    assert "-> spotify-assets update" in doctor.output
    assert cli(copy, "update").exit_code == 0
    shutil.rmtree(base)
    assert cli(copy, "query", "SELECT count(*) AS n FROM songs").output == "n\n3\n"
    assert cli(copy, "doctor").exit_code == 0


@pytest.mark.parametrize("table", ["songs", "artists"])
def test_a_deleted_table_file_is_found_by_doctor_and_made_again_by_update(
    storage: FolderStorage, base: Path, table: str
) -> None:
    for week in WEEKS[:2]:
        drop_playlist(storage, week)
    assert cli(base, "update").exit_code == 0
    (base / table_key(table, WEEKS[0], "parquet")).unlink()
    assert cli(base, "query", f"SELECT DISTINCT week FROM {table}").output.count("2024") == 2
    doctor = cli(base, "doctor")
    assert doctor.exit_code == 1
    assert "MEND  tables       raw files are newer than the tables, or have none" in doctor.output
    updated = cli(base, "update")
    assert updated.exit_code == 0
    assert "made 1 week in 1 run" in updated.output
    assert cli(base, "query", f"SELECT * FROM {table}").exit_code == 0
    assert cli(base, "doctor").exit_code == 0


def test_a_torn_table_file_is_found_by_doctor_with_the_week_to_make_again(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:2]:
        drop_csv(storage, week)
    assert cli(base, "update").exit_code == 0
    torn = base / table_key("artists", WEEKS[0], "parquet")
    torn.write_bytes(torn.read_bytes()[:-30])
    doctor = cli(base, "doctor")
    assert doctor.exit_code == 1
    assert "MEND  tables       damaged: 2024-03-01" in doctor.output
    assert "-> make it anew: spotify-assets update --weeks 2024-03-01" in doctor.output
    assert cli(base, "update", "--weeks", "2024-03-01").exit_code == 0
    assert cli(base, "doctor").exit_code == 0


@pytest.mark.parametrize("table_format", FORMATS)
def test_a_torn_table_file_is_made_again_by_any_update(
    storage: FolderStorage, base: Path, table_format: TableFormat
) -> None:
    formatted = {"SPOTIFY_ASSETS_TABLE_FORMAT": table_format}
    for week in WEEKS[:3]:
        drop_csv(storage, week)
    assert cli(base, "update", **formatted).exit_code == 0
    key = table_key("songs", WEEKS[1], table_format)
    whole = storage.read(key)
    storage.write(key, whole[:-30])
    updated = cli(base, "update", **formatted)
    assert updated.exit_code == 0
    assert updated.stderr.startswith("Week 2024-03-08")
    assert f"Damaged {key}: its week is made again from the raw files." in updated.stderr
    assert "made 1 week in 1 run" in updated.stdout
    assert storage.read(key) == whole
    assert cli(base, "update", **formatted).output.startswith("Nothing to do")


@pytest.mark.parametrize(
    ("whole", "damaged", "says"),
    [(b'"norway",2', b'"norway"', "sniffing file"), (b'"norway",2', b'"norway",x', "Line: 3")],
)
def test_of_a_csv_table_that_cannot_be_read_query_names_the_file_and_the_remedy_alone(
    storage: FolderStorage, base: Path, whole: bytes, damaged: bytes, says: str
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update", SPOTIFY_ASSETS_TABLE_FORMAT="csv").exit_code == 0
    key = published_key("songs", WEEKS[0], "csv")
    storage.write(key, storage.read(key).replace(whole, damaged))
    asked = cli(base, "query", "SELECT * FROM songs")
    assert asked.exit_code == 1
    first, remedy = asked.stderr.splitlines()
    assert says in first
    assert remedy == (
        f"The published file {storage.location(key)} is gone or can't be read, so nothing that needs it "
        "can be answered: `spotify-assets update` makes it again."
    )
    assert cli(base, "update", SPOTIFY_ASSETS_TABLE_FORMAT="csv").exit_code == 0
    assert cli(base, "query", "SELECT * FROM songs").exit_code == 0


def test_a_torn_table_file_without_raw_files_is_said_to_be_lost(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    storage.delete(RawName(WEEKS[0], "norway", "chart_csv").archive_key)
    key = table_key("songs", WEEKS[0], "parquet")
    torn = storage.read(key)[:-30]
    storage.write(key, torn)
    updated = cli(base, "update")
    assert f"Damaged {key}: no raw files are kept of it" in updated.stderr
    assert "published it anew" in updated.stdout
    assert storage.read(key) == torn
    assert cli(base, "query", "SELECT count(*) AS n FROM songs").output == "n\n3\n"
    assert "Nothing to do" in cli(base, "update").stdout
