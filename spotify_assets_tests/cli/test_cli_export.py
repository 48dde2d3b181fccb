"""`spotify-assets export`: every format has what SQL says, in a folder and on AWS; or says why not."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape

from spotify_assets.catalog.views import VIEWS
from spotify_assets.cli.export import SORTED_BY
from spotify_assets.tables.schemas import CHECK_RESULTS, EVERY_TABLE
from spotify_assets_tests.aws_world import WEEKS, fill, store
from spotify_assets_tests.chart_frames import made_up, views_over
from spotify_assets_tests.commands import clean_environment, cli, run
from spotify_assets_tests.places import PLACES, Place, in_a_folder, on_s3

FORMULAS = ("=1+2", "+47", "-5", "@ida", '=HYPERLINK("http://x.test")')
ODD = (
    "ø å 音 🎵",
    "two\nlines",
    'say "x", y',
    " blanks ",
    "\ttab",
    "0012",
    "1e5",
    "TRUE",
)
TEXTS = (*FORMULAS, *ODD)
TYPED: dict[str, tuple[str, Any]] = {
    "rank": ("CAST(7 AS integer)", 7),
    "streams": ("CAST(123456789012 AS bigint)", 123456789012),
    "share": ("CAST(0.1 AS double)", 0.1),
    "explicit": ("true", True),
    "day": ("DATE '2024-03-01'", date(2024, 3, 1)),
    "moment": ("TIMESTAMP '2024-03-08 09:41:02.5'", datetime(2024, 3, 8, 9, 41, 2, 500000)),  # noqa: DTZ001
    "nothing": ("CAST(NULL AS integer)", None),
}
IN_EXCEL = {  # what Excel has no room for, or would alter
    "long": ("CAST(9007199254740993 AS bigint)", "9007199254740993"),
    "old": ("DATE '1900-01-01'", "1900-01-01"),
    "genres": ("['a, b', 'c']", '["a, b","c"]'),
    "nan": ("CAST('NaN' AS double)", None),
    "escaped": ("chr(13) || '_x0041_'", "\r_x0041_"),
}
EXAMPLES = ['{"a": "x, y"}', "Ø, \\ ø", "", None]


def selected(columns: dict[str, tuple[str, Any]]) -> str:
    return "SELECT " + ", ".join(f"{sql} AS {name}" for name, (sql, _) in columns.items())


def texts() -> str:
    rows = ", ".join(f"({n}, '{text}')" for n, text in enumerate(TEXTS))
    return f"SELECT * FROM (VALUES {rows}) AS t (n, said) ORDER BY n"


def exported(base: Path, file: Path, what: str, *options: str) -> Path:
    """Export, as is said on one line, and return the file."""
    ended = cli(base, "export", what, "-o", str(file), *options)
    assert ended.exit_code == 0, ended.stderr
    assert f"to {file}" in ended.stdout
    assert not [path for path in file.parent.iterdir() if path.name.startswith(".exporting-")]
    return file


def sheet_rows(file: Path, *, answers: bool = False) -> list[tuple[Any, ...]]:
    """The cells of the first sheet, or the answers to its formulas; what is shown as a day is one."""
    book = openpyxl.load_workbook(file, data_only=answers)
    rows = [[*row] for row in book.worksheets[0].iter_rows()]
    book.close()
    return [tuple(map(cell_value, row)) for row in rows]


def cell_value(cell: Any) -> Any:
    if cell.is_date and "h" not in cell.number_format.lower():
        return cell.value.date()
    return unescape(cell.value) if isinstance(cell.value, str) else cell.value  # _x000D_ and such


def through_libreoffice(file: Path, *options: str) -> Path:
    """The file as LibreOffice reads it, written by it as .xlsx."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice isn't installed (Debian's package libreoffice-calc-nogui)")
    folder = file.parent / "by_libreoffice"
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    command = [program, profile, "--headless", *options, "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(folder), str(file)], check=True, capture_output=True, timeout=300)
    return folder / f"{file.stem}.xlsx"


def same(found: Any, wanted: Any) -> bool:
    return type(found) is type(wanted) and found == wanted


def test_a_sheet_has_typed_cells_and_no_formulas(collected: Path, tmp_path: Path) -> None:
    columns = TYPED | IN_EXCEL
    header, row = sheet_rows(exported(collected, tmp_path / "typed.xlsx", selected(columns)))
    assert header == tuple(columns)
    for name, found, (_, wanted) in zip(header, row, columns.values(), strict=True):
        assert same(found, wanted), name
    file = exported(collected, tmp_path / "texts.xlsx", texts())
    assert sheet_rows(file)[1:] == list(enumerate(TEXTS))
    book = openpyxl.load_workbook(file)
    (sheet,) = book.worksheets
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", f"A1:B{len(TEXTS) + 1}")
    assert {cell.data_type for cell in sheet["B"]} == {"s"}
    book.close()


def test_libreoffice_reads_a_sheet_as_sql_says(collected: Path, tmp_path: Path) -> None:
    file = exported(collected, tmp_path / "typed.xlsx", selected(TYPED))
    header, row = sheet_rows(through_libreoffice(file), answers=True)
    for name, found, (_, wanted) in zip(header, row, TYPED.values(), strict=True):
        assert same(found, wanted), name
    file = exported(collected, tmp_path / "texts.xlsx", texts())
    assert sheet_rows(through_libreoffice(file), answers=True)[1:] == list(enumerate(TEXTS))


def test_csv_is_the_data_as_it_is_and_says_what_excel_may_do(
    collected: Path, tmp_path: Path
) -> None:
    file = tmp_path / "texts.csv"
    ended = cli(collected, "export", texts(), "-o", str(file))
    assert f"in {len(FORMULAS) + 1} rows, a text begins with =" in ended.stderr
    assert file.read_bytes().startswith(b"\xef\xbb\xbfn,said\n")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        assert [*csv.reader(lines)][1:] == [[str(n), text] for n, text in enumerate(TEXTS)]
    ended = cli(collected, "export", texts(), "-o", str(file), "--no-bom", "--force")
    assert ended.stderr == ""
    assert file.read_bytes().startswith(b"n,said\n")
    odd = exported(collected, tmp_path / "typed.csv", selected(TYPED | IN_EXCEL), "--no-bom")
    with odd.open(encoding="utf-8", newline="") as lines:
        row = next(csv.DictReader(lines))
    assert (row["day"], row["moment"]) == ("2024-03-01", "2024-03-08 09:41:02.5")
    assert (row["nothing"], row["genres"], row["long"]) == ("", '["a, b","c"]', "9007199254740993")


def test_libreoffice_reads_csv_as_it_is_where_columns_are_text(
    collected: Path, tmp_path: Path
) -> None:
    file = exported(collected, tmp_path / "texts.csv", texts())
    as_text = "--infilter=CSV:44,34,76,1,1/1/2/2"  # comma, quote, UTF-8, from line 1; said as text
    assert sheet_rows(through_libreoffice(file, as_text))[1:] == list(enumerate(TEXTS))


def test_parquet_and_json_have_the_values_and_types_of_sql(collected: Path, tmp_path: Path) -> None:
    columns = TYPED | {"genres": ("['a, b', 'c']", ["a, b", "c"])}
    (row,) = pq.read_table(
        exported(collected, tmp_path / "x.parquet", selected(columns))
    ).to_pylist()
    assert row == {name: wanted for name, (_, wanted) in columns.items()}
    columns |= {"nan": IN_EXCEL["nan"]}
    sql = selected(columns)
    (row,) = json.loads(exported(collected, tmp_path / "x.JSON", sql).read_bytes())
    assert datetime.fromisoformat(row.pop("moment")) == TYPED["moment"][1]
    wanted = json.loads(cli(collected, "query", sql, "--json").stdout)[0]
    assert row == {name: value for name, value in wanted.items() if name != "moment"}
    file = exported(collected, tmp_path / "texts.json", texts())
    assert [said["said"] for said in json.loads(file.read_bytes())] == list(TEXTS)


@pytest.fixture(scope="module", params=PLACES)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Two weeks of every table, with lists whose items have commas and quotes."""
    folder = tmp_path_factory.mktemp("filled")
    with ExitStack() as stack:
        if request.param == "folder":
            place = in_a_folder(folder)
        else:
            place = stack.enter_context(on_s3(request.getfixturevalue("s3_endpoint"), folder))
        fill(place.storage, WEEKS[:2])
        table = CHECK_RESULTS.schema
        row = {"week": WEEKS[0], "table_name": "songs", "check_name": "x", "severity": "WARN"}
        row |= {"passed": False, "findings": 1, "finding": "x", "examples": EXAMPLES}
        rows = pa.Table.from_pylist([dict.fromkeys(table.names) | row], table)
        store(place.storage, CHECK_RESULTS, WEEKS[0], rows)
        place.publish()
        yield place


def test_a_database_answers_every_table_and_view_with_the_base_gone(
    filled: Place, tmp_path: Path
) -> None:
    columns = {table.name: table.schema.names for table in EVERY_TABLE.values()}
    asked = {n: f"SELECT {', '.join(of)} FROM {n}" for n, of in columns.items()}
    asked |= {view.name: f"SELECT {', '.join(view.columns)} FROM {view.name}" for view in VIEWS}
    wanted = {name: sorted(map(repr, filled.rows(sql))) for name, sql in asked.items()}
    place = filled
    if filled.world is None:
        place = in_a_folder(tmp_path / "base")
        shutil.copytree(filled.settings.base, place.settings.base)
    file = tmp_path / "charts.duckdb"
    ended = place.cli(tmp_path, "export", "-o", str(file))
    assert ended.exit_code == 0, ended.stderr
    assert "4 rows of songs, and all other tables and views" in ended.stdout
    if filled.world is None:
        shutil.rmtree(place.settings.base)
    moved = tmp_path / "elsewhere" / "it's.duckdb"
    moved.parent.mkdir()
    file.rename(moved)
    with duckdb.connect(str(moved), read_only=True) as connection:
        found = {n: sorted(map(repr, connection.execute(q).fetchall())) for n, q in asked.items()}
        (of,) = connection.execute(
            "SELECT tags FROM duckdb_databases() WHERE NOT internal"
        ).fetchall()
        assert of[0]["storage_version"].startswith("v1.0.0")  # for programs with an older DuckDB
        examples = connection.execute("SELECT examples FROM check_results WHERE check_name = 'x'")
        assert examples.fetchall() == [(EXAMPLES,)]
    del wanted[CHECK_RESULTS.name], found[CHECK_RESULTS.name]  # Athena's answer takes lists apart
    assert found == wanted
    assert found["chart_history"]


def test_weeks_and_charts_are_chosen_and_views_still_count_all_weeks(
    filled: Place, tmp_path: Path
) -> None:
    days = (str(WEEKS[0] + timedelta(1)), str(WEEKS[1]))  # on any day: weeks that begin between
    chosen = ("--chart", "chart 1", "--from", days[0], "--to", days[1])
    said = "SELECT week, chart, rank, first_week FROM chart_history"
    for name in ("h.parquet", "h.duckdb") if filled.world is None else ("h.parquet",):
        file = tmp_path / name
        ended = filled.cli(tmp_path, "export", "chart_history", "-o", str(file), *chosen)
        assert ended.exit_code == 0, ended.stderr
        with duckdb.connect(str(file) if name == "h.duckdb" else ":memory:") as connection:
            if name == "h.parquet":
                connection.execute(f"CREATE VIEW chart_history AS FROM '{file}'")
            assert connection.execute(said).fetchall() == [(WEEKS[1], "chart 1", 2, WEEKS[0])]


def test_rows_come_in_one_order_since_what_sorts_them_tells_them_apart() -> None:
    for table in EVERY_TABLE.values():
        assert {*table.key} <= {*SORTED_BY}, table.name
    connection = views_over(made_up(0))
    for view in VIEWS:
        by = ", ".join(column for column in SORTED_BY if column in view.columns)
        rows = connection.execute(f"SELECT {by} FROM {view.name}").fetchall()
        assert len({*rows}) == len(rows) > 0, view.name


def test_a_query_keeps_its_types_and_order_on_either(filled: Place, tmp_path: Path) -> None:
    file = tmp_path / "x.duckdb"
    ended = filled.cli(tmp_path, "export", selected(TYPED), "-o", str(file))
    assert ended.exit_code == 0, ended.stderr
    with duckdb.connect(str(file)) as connection:
        found = connection.execute("FROM answer").fetchall()
        types = [row[1] for row in connection.execute("DESCRIBE answer").fetchall()]
    assert found == [tuple(value for _, value in TYPED.values())]
    assert types == ["INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "INTEGER"]
    many = "SELECT i AS n FROM range(2500) AS t(i) ORDER BY i"  # of three pages, on AWS
    filled.cli(tmp_path, "export", many, "-o", str(tmp_path / "many.parquet"))
    assert pq.read_table(tmp_path / "many.parquet")["n"].to_pylist() == list(range(2500))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("songs", "-o", "x.txt"), 2, "has to be one of .xlsx, .csv, .parquet, .json, .duckdb"),
        (("songs", "-o", "nowhere/x.csv"), 2, "there is no folder"),
        (("songs", "-o", "folder.csv"), 2, "is a folder"),
        (("songs", "-o", "there.csv"), 2, "there.csv exists already"),
        (("songs", "-o", "{base}/spotify_charts.duckdb", "--force"), 2, "is the catalog itself"),
        (("sogns", "-o", "x.csv"), 2, "There is no table or view sogns. There are songs, albums"),
        (("-o", "x.csv"), 2, "Say what to export"),
        (("albums", "-o", "x.csv", "--chart", "no"), 2, "--chart needs a column chart, and albums"),
        (("FROM songs", "-o", "x.csv", "--to", "2024-03-08"), 2, "--to is for tables and views"),
        (("songs", "-o", "x.csv", "--from", "March"), 2, "'--from': 'March' does not match"),
        (
            ("songs", "-o", "x.csv", "--chart", "se"),
            1,
            "Collected are norway (2024-03-01 to 2024-03-08",
        ),
        (("FROM songs WHERE false", "-o", "x.csv"), 1, "There are no rows of answer"),
        (("DROP VIEW songs", "-o", "x.csv"), 1, "DROP is refused"),
        (("SELECT 1 AS a, 2 AS A", "-o", "x.csv"), 1, "Two columns are called a"),
        (("FROM range(1048576)", "-o", "x.xlsx"), 2, "a sheet of Excel has room for 1,048,575"),
        (
            ("SELECT repeat('x', 32768) AS a", "-o", "there.xlsx", "--force"),
            2,
            "32,768 letters in a",
        ),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(
    collected: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("there.csv", "there.xlsx"):
        (tmp_path / name).write_text("mine")
    before = sorted(tmp_path.iterdir())
    place = arguments.index("-o") + 1
    output = str(tmp_path / arguments[place].format(base=collected))
    ended = cli(collected, "export", *arguments[:place], output, *arguments[place + 1 :])
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert says in ended.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert {(tmp_path / name).read_text() for name in ("there.csv", "there.xlsx")} == {"mine"}


@pytest.mark.parametrize(("suffix", "kilobytes"), [("csv", 1200), ("xlsx", 1200), ("duckdb", 300)])
def test_a_file_that_cannot_be_completed_leaves_what_was_there(
    collected: Path, tmp_path: Path, suffix: str, kilobytes: int
) -> None:
    file = tmp_path / f"x.{suffix}"
    file.write_text("mine")
    script = f"ulimit -f {kilobytes}; spotify-assets export 'FROM range(300000)' -o {file} --force"
    ended = run(["bash", "-c", script], tmp_path, clean_environment(collected))
    assert ended.returncode in (1, 2)
    assert "File too large" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert file.read_text() == "mine"
