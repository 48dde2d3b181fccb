"""The catalog on one machine: DuckDB over a folder. What AWS's promises too is in `test_catalogs`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path, PureWindowsPath
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.catalog.duckdb import SQL_TYPES, TABLE_FILE, DuckDBCatalog
from spotify_assets.errors import QueryError, UserError
from spotify_assets.layout import IDENTITIES, TABLE_FILES, table_key
from spotify_assets.settings import load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets_tests.aws_world import WEEKS, by_table, fill, store

BASES = ["with spaces", 'it\'s "quoted"', "Sørlig våt 音楽 #1 %20"]
VALUES: dict[str, list[Any]] = {
    "string": ["x", "", None, 'quoted "text", with commas', "two\nlines", "Ωmega ø"],
    "int32": [1, None, 0, -4, 2**31 - 1, 6],
    "int64": [2**40, 0, None, -1, 5, 6],
    "bool": [True, False, None, True, True, True],
    "date32[day]": [date(2024, 2, 29), None, date(1970, 1, 1), None, None, date(1890, 1, 1)],
    "timestamp[ms]": [datetime(2024, 3, 8, 9, 41, 2), None] * 3,  # noqa: DTZ001 - it has no zone
    "list<item: string>": [["pop", "norsk rap"], [], None, ['"', ","], ["ø"], [""]],
}


def catalog_of(base: Path) -> DuckDBCatalog:
    catalog = open_catalog(load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), FolderStorage(base))
    assert isinstance(catalog, DuckDBCatalog)
    return catalog


def publish(catalog: DuckDBCatalog) -> dict[str, Any]:
    return catalog.publish(stored_weeks(catalog.storage))


@pytest.fixture
def catalog(base: Path) -> DuckDBCatalog:
    """The catalog of two weeks, published."""
    fill(FolderStorage(base), WEEKS[:2])
    catalog = catalog_of(base)
    publish(catalog)
    return catalog


@pytest.mark.parametrize("name", BASES)
def test_tables_answer_wherever_the_base_is(tmp_path: Path, name: str) -> None:
    base = tmp_path / name
    fill(FolderStorage(base), WEEKS[:3])
    catalog = catalog_of(base)
    publish(catalog)
    assert catalog.weeks() == by_table(set(WEEKS[:3]))
    for table in TABLES:
        counted = catalog.query(f"SELECT count(*), count(DISTINCT week) FROM {table}")
        assert counted.rows == [(6, 3)]


def test_every_value_comes_back_as_it_was_and_typed_as_declared(base: Path) -> None:
    catalog = catalog_of(base)
    for table in TABLES.values():
        columns = {
            c.name: VALUES[str(c.dtype)]
            if c.nullable
            else [f"{c.name} {n}" if c.dtype == pa.string() else n + 1 for n in range(6)]
            for c in table.columns
            if c.dtype != pa.bool_() or c.nullable
        }
        columns |= {c.name: [True] * 6 for c in table.columns if c.name not in columns}
        columns["week"] = [WEEKS[0]] * 6
        store(catalog.storage, table, WEEKS[0], pa.table(columns, schema=table.schema))
    publish(catalog)
    for table in TABLES.values():
        described = catalog.query(f"DESCRIBE {table.name}").rows
        assert [(row[0], row[1]) for row in described] == [
            (column.name, SQL_TYPES[str(column.dtype)]) for column in table.columns
        ]
        order = next(c.name for c in table.columns[1:] if not c.nullable)
        for column in (column for column in table.columns if column.nullable):
            found = catalog.query(f"SELECT {column.name} FROM {table.name} ORDER BY {order}")
            assert [row[0] for row in found.rows] == VALUES[str(column.dtype)], column.name


def test_nothing_is_left_beside_the_catalog_which_has_no_rows(
    catalog: DuckDBCatalog, base: Path
) -> None:
    publish(catalog)
    assert [path.name for path in base.iterdir() if path.name.startswith((".", "spot"))] == [
        "spotify_charts.duckdb"
    ]
    with duckdb.connect(catalog.location, read_only=True) as connection:  # as any program opens it
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM songs").fetchone() == (4,)


READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    count = lambda: connection.execute("SELECT count(DISTINCT week) FROM songs").fetchone()[0]
    print(count(), flush=True)
    sys.stdin.readline()
    print(count(), flush=True)
"""


def test_publishing_disturbs_no_reader_in_another_process(catalog: DuckDBCatalog) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", READER, catalog.location],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "2\n"
        with catalog.database.open("rb") as held_open:
            before = held_open.read()
            fill(catalog.storage, WEEKS[2:3])
            publish(catalog)
            held_open.seek(0)
            assert held_open.read() == before, "the old file was written into"
        assert len(catalog.weeks()["songs"]) == 3
        reader.stdin.write("\n")
        reader.stdin.close()
        assert reader.stdout.readline() == "2\n"  # it still sees what it opened
    assert reader.returncode == 0


def test_a_catalog_that_is_missing_or_damaged_says_what_to_do(base: Path) -> None:
    catalog = catalog_of(base)
    with pytest.raises(UserError, match=r"There is no catalog at .*charts\.duckdb yet"):
        catalog.query("SELECT 1")
    catalog.database.write_bytes(b"no database" * 1000)
    with pytest.raises(UserError, match=r"can't be opened.*\n.*update` makes it again"):
        catalog.query("SELECT 1")
    assert catalog.weeks() == {}
    publish(catalog)
    assert catalog.query("SELECT count(*) FROM songs").rows == [(0,)]


def test_a_base_that_was_copied_or_moved_answers_with_its_own_tables(
    catalog: DuckDBCatalog, base: Path, tmp_path: Path
) -> None:
    copy = catalog_of(tmp_path / "copy")
    shutil.copytree(base, tmp_path / "copy")
    fill(copy.storage, WEEKS[:1], rows=1)
    counted = "SELECT week, count(*) FROM songs GROUP BY week ORDER BY week"
    assert copy.query(counted).rows == [(WEEKS[0], 1), (WEEKS[1], 2)]
    assert catalog.query(counted).rows == [(WEEKS[0], 2), (WEEKS[1], 2)]
    shutil.rmtree(base)
    assert copy.query(counted).rows == [(WEEKS[0], 1), (WEEKS[1], 2)]
    # Other programs would look for the tables where they were, so it has to be published.
    assert not any(copy.weeks().values())
    assert publish(copy)
    with duckdb.connect(copy.location, read_only=True) as connection:
        assert connection.execute(counted).fetchall() == [(WEEKS[0], 1), (WEEKS[1], 2)]


def test_a_catalog_of_the_first_edition_answers_and_is_brought_over(base: Path) -> None:
    catalog = catalog_of(base)
    fill(catalog.storage, WEEKS[:2])
    copies = str(base / "published/songs/week={}/songs.parquet").format
    for week in WEEKS[:2]:
        Path(copies(week)).parent.mkdir(parents=True)
        shutil.copy(base / table_key("songs", week), copies(week))
    with duckdb.connect(str(catalog.database)) as connection:
        files = [copies(week) for week in WEEKS[:2]]
        connection.execute(f"CREATE VIEW songs AS SELECT * FROM read_parquet({files})")
    assert not any(catalog.weeks().values())
    shutil.rmtree(base / "published")
    assert catalog.query("SELECT count(*) FROM songs").rows == [(4,)]
    publish(catalog)
    assert catalog.weeks() == by_table(set(WEEKS[:2]))


def flip(path: Path, place: int) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: flip(path, -9),  # DuckDB doesn't say of which file it can't read the end
        lambda path: flip(path, 5),  # nor the beginning of a page
    ],
    ids=["gone", "empty", "its end damaged", "a page damaged"],
)
def test_a_table_file_that_is_missing_or_damaged_is_named_with_the_remedy(
    catalog: DuckDBCatalog, base: Path, damage: Any
) -> None:
    path = base / table_key("songs", WEEKS[1])
    damage(path)
    remedy = (
        rf"The table file {path} is missing or damaged.*If a run is making its week now, try again.*"
        rf"spotify-assets update --weeks {WEEKS[1]}"
    )
    with pytest.raises(QueryError, match=remedy):
        catalog.query("SELECT max(columns(*)) FROM songs")
    assert catalog.query("SELECT count(*) FROM albums").rows == [(4,)]


def test_a_program_with_an_older_duckdb_can_read_the_file(
    catalog: DuckDBCatalog,
) -> None:
    publish(catalog)
    tags = catalog.query("SELECT tags FROM duckdb_databases() WHERE NOT internal").rows
    assert tags[0][0]["storage_version"].startswith("v1.0.0")


def test_on_windows_a_table_file_is_known_by_its_drive_and_slashes() -> None:
    folder: Any = PureWindowsPath("C:\\Users\\Ida Nord\\charts")
    key = table_key("songs", WEEKS[1])
    file = FolderStorage(folder).location(key)
    assert file == f"C:/Users/Ida Nord/charts/{key}"  # as _weeks_named looks for it in a view
    found = TABLE_FILE.search(f'IO Error: Cannot open file "{file}"')
    assert found
    assert (found[0], found["week"]) == (file, str(WEEKS[1]))


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: flip(path, -9)])
def test_song_identities_that_are_missing_or_damaged_are_to_be_made_again(
    catalog: DuckDBCatalog, base: Path, damage: Any
) -> None:
    store_identities(catalog.storage)
    publish(catalog)
    damage(base / IDENTITIES)
    remedy = f"{IDENTITIES} is missing or damaged.*update makes it again once you have deleted it"
    with pytest.raises(QueryError, match=remedy):
        catalog.query("SELECT song FROM chart_history")


def test_a_catalog_that_cannot_be_published_names_the_damaged_file_and_stays(
    catalog: DuckDBCatalog, base: Path
) -> None:
    flip(base / table_key("songs", WEEKS[1]), -9)
    with pytest.raises(QueryError, match=f"songs.parquet is .*update --weeks {WEEKS[1]}"):
        publish(catalog)
    assert catalog.weeks() == by_table(set(WEEKS[:2]))


REFUSED = (
    "CREATE TABLE mine (a INTEGER)",
    "INSERT INTO songs VALUES (1)",
    "SELECT 1; DROP VIEW songs",
    "COPY songs TO '{folder}/songs.csv'",
    "EXPLAIN ANALYZE COPY songs TO '{folder}/songs.csv'",
    "/* look */ explain (analyze) COPY songs TO '{folder}/songs.csv'",
    "SELECT 1; -- and\nEXPLAIN ANALYZE COPY songs TO '{folder}/songs.csv'",
    "ATTACH '{folder}/other.duckdb'",
    "INSTALL httpfs",
)
OUTSIDE = (
    "FROM read_csv('{file}')",
    "FROM '{file}'",
    "SELECT content FROM read_text('{folder}/songs/../../../{file.name}')",
    "FROM read_blob('/proc/self/environ')",
    "FROM glob('/*')",
    "FROM read_json('https://example.org/x.json')",
    "FROM enable_logging(storage = 'file', storage_path = '{file.parent}/log')",
    "PRAGMA import_database('{file.parent}')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']; FROM read_text('{file}')",
    "SET log_query_path = '{file.parent}/log'",
)
ANSWERED = (
    *(
        "SHOW TABLES",
        "DESCRIBE songs",
        "EXPLAIN SELECT 1",
        "FROM songs",
        "PRAGMA table_info('songs')",
    ),
    *("EXPLAIN ANALYZE SELECT 1", "\n-- why\nEXPLAIN (ANALYZE) FROM songs"),
    *("EXPLAIN (SELECT 1)", "explain (\n(SELECT 1))", "EXPLAIN ( WITH a AS (SELECT 1) FROM a)"),
    "PIVOT songs ON rank USING count(*) GROUP BY week",
)


def test_a_query_that_would_write_is_refused_and_whatever_reads_is_answered(
    catalog: DuckDBCatalog, tmp_path: Path
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    for sql in REFUSED:
        with pytest.raises(QueryError, match="is refused: queries only read"):
            catalog.query(sql.format(folder=aside))
        assert list(aside.iterdir()) == [], sql
    with pytest.raises(QueryError, match="These are several queries"):
        catalog.query("SELECT 1; SELECT 2")
    for sql in ANSWERED:
        assert catalog.query(sql).names, sql
    assert catalog.query("SELECT count(*) AS n FROM songs").rows == [(4,)]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_a_query_reads_and_writes_no_file_but_the_tables(
    catalog: DuckDBCatalog, tmp_path: Path, sql: str
) -> None:
    file = tmp_path / "private.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    asked = sql.format(file=file, folder=catalog.storage.location(TABLE_FILES))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QueryError, match=r"no other files, .*\n?.*export -o FILE\.duckdb"):
        catalog.query(asked)
    if asked.startswith("FROM"):
        with pytest.raises(QueryError, match="no other files"):
            catalog.save(asked, tmp_path / "saved.duckdb", "answer")
    assert {*tmp_path.iterdir()} - {*before} <= {tmp_path / "saved.duckdb"}


def test_columns_and_views_that_somebody_changed_are_named(catalog: DuckDBCatalog) -> None:
    with duckdb.connect(catalog.location) as connection:
        connection.execute("DROP VIEW chart_overlap")
        connection.execute("ALTER VIEW albums RENAME TO all_albums")
        connection.execute(
            "CREATE VIEW albums AS SELECT * EXCLUDE (label, total_tracks), "
            "CAST(total_tracks AS VARCHAR) AS total_tracks, 1 AS mood FROM all_albums"
        )
    assert catalog.differing_columns() == [
        "the view chart_overlap is missing",
        "albums has no column label",
        "albums.mood isn't declared",
        "albums.total_tracks is VARCHAR there and declared as INTEGER",
    ]


def test_a_disk_that_fails_while_publishing_is_said_and_leaves_the_catalog(
    catalog: DuckDBCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, connect = catalog.database.read_bytes(), duckdb.connect

    def fail(path: str = "", *_: Any, **options: Any) -> Any:
        if ".publishing-" in path:
            raise duckdb.IOException("IO Error: No space left on device")
        return connect(path, **options)

    monkeypatch.setattr(duckdb, "connect", fail)
    with pytest.raises(QueryError, match="No space left on device"):
        catalog.publish({})
    assert catalog.database.read_bytes() == before
