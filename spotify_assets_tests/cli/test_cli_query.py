"""`spotify-assets query`: a table, CSV or JSON of what reads, and a message for what does not."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spotify_assets.cli import WRONG_CALL
from spotify_assets_tests.commands import BIN, clean_environment, cli, run, run_command


def test_query_prints_a_table_with_aligned_columns(collected: Path) -> None:
    ended = cli(
        collected, "query", "SELECT chart, rank, song_name, album_id FROM songs ORDER BY week, rank"
    )
    assert ended.exit_code == 0
    header, *lines = ended.stdout.splitlines()
    assert header.split() == ["chart", "rank", "song_name", "album_id"]
    assert [line.split("  ")[0] for line in lines] == ["norway"] * 7
    rank = slice(header.index("rank"), header.index("rank") + 4)
    assert [int(line[rank]) for line in lines] == [1, 2, 3, 1, 2, 3, 4]
    assert all(line[header.index("song_name") - 1] == " " for line in lines)
    assert all(line == line.rstrip() for line in (header, *lines))
    assert "Sør for «sola»  " in ended.stdout


def test_what_a_terminal_would_obey_is_not_printed(collected: Path) -> None:
    ended = cli(collected, "query", "SELECT song_name FROM songs WHERE song_name LIKE '%red'")
    assert ended.stdout.splitlines()[1:] == ["[31mred"]


@contextmanager
def open_terminal() -> Iterator[tuple[int, int]]:
    """Yield what shows, and what a command prints to."""
    leader, follower = pty.openpty()
    try:
        yield leader, follower
    finally:
        os.close(leader)
        os.close(follower)


def test_nor_in_a_message_a_column_or_what_is_printed_exactly(collected: Path) -> None:
    title = "(SELECT song_name FROM songs WHERE song_name LIKE '%red')"
    pivot = cli(collected, "query", f"PIVOT {title} ON song_name USING count(*)")
    assert pivot.stdout.splitlines()[0] == "[31mred"
    sql = f"SELECT song_name || chr(155) || chr(8238) AS x FROM {title}"
    assert cli(collected, "query", sql, "--csv").stdout == "x\n\x1b[31mred\x9b\u202e\n"
    for asked in ([sql, "--csv"], [sql, "--json"], [f"SELECT error(x) FROM ({sql})"]):
        with open_terminal() as (leader, follower):
            command = [str(BIN / "spotify-assets"), "query", *asked]
            environment = clean_environment(collected)
            subprocess.run(command, env=environment, stdout=follower, stderr=follower, check=False)
            said = os.read(leader, 1000).decode()
        assert "[31mred  " in said
        assert not {*"\x1b\x9b\u202e"} & {*said}


def test_query_prints_csv(collected: Path) -> None:
    sql = """SELECT song_name, label, genres, week FROM songs
             LEFT JOIN song_artists USING (week, song_id) LEFT JOIN artists USING (week, artist_id)
             WHERE week = '2024-03-08' AND rank IN (1, 3) ORDER BY rank"""
    ended = cli(collected, "query", sql, "--csv")
    assert ended.stdout == (
        "song_name,label,genres,week\n"
        'Fjordlys,,"[""norsk pop"", ""folk""]",2024-03-08\n'
        '"Comma, ""quote"" & \'apostrophe\'",,'
        '"[""norsk pop"", ""folk""]",2024-03-08\n'
    )


def test_query_takes_a_range_of_days_for_a_year(collected: Path) -> None:
    sql = "SELECT max(weeks) FROM year_charts WHERE kind = 'song'"
    asked = [("--to", "2024-03-07"), ("--from", "2024-03-08"), ("--from", "2024-03-01")]
    said = [cli(collected, "query", sql, "--csv", *limit).stdout.split()[1] for limit in asked]
    assert said == ["1", "1", "2"]
    assert cli(collected, "query", sql, "--from", "March").exit_code == WRONG_CALL


def test_query_prints_json(collected: Path) -> None:
    sql = """SELECT song_name, streams, added_at, week, 'NaN'::double AS no_number, 1.5 AS decimal,
             {'a': [1, NULL]} AS nested FROM songs WHERE rank = 2 AND week = '2024-03-08'"""
    assert json.loads(cli(collected, "query", sql, "--json").stdout) == [
        {
            "song_name": "Sør for «sola»",
            "streams": None,
            "added_at": "2024-03-15T09:41:02",
            "week": "2024-03-08",
            "no_number": None,
            "decimal": 1.5,
            "nested": {"a": [1, None]},
        }
    ]
    nothing = cli(collected, "query", "SELECT * FROM songs WHERE false", "--json")
    assert json.loads(nothing.stdout) == []


def test_query_reads_standard_input_and_says_if_there_are_no_rows(collected: Path) -> None:
    ended = cli(collected, "query", "-", given="SELECT count(*) AS n\nFROM songs;\n")
    assert ended.stdout == "n\n7\n"
    ended = cli(collected, "query", "SELECT * FROM songs WHERE false")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "No rows.\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("SELEC 1",), "syntax error"),
        (("/* a comment */",), "The query is empty."),
        (("DROP VIEW songs",), "DROP is refused: queries only read"),
        (("SELECT 1; SELECT 2",), "These are several queries"),
        (("SELECT 1 AS a, 2 AS a", "--json"), "Two columns are called a"),
    ],
)
def test_what_cannot_be_answered_fails_in_a_message(
    collected: Path, arguments: tuple[str, ...], says: str
) -> None:
    ended = cli(collected, "query", *arguments)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_query_is_understood_in_a_locale_without_letters(collected: Path) -> None:
    typed = "SELECT 'Sør' AS x".encode().decode("ascii", "surrogateescape")
    assert cli(collected, "query", typed, "--csv").stdout == "x\nSør\n"
    assert cli(collected, "query", "SELECT '\udcff' AS x", "--csv").stdout == "x\n�\n"


@pytest.mark.parametrize("output", [[], ["--csv"], ["--json"]])
def test_an_answer_is_utf_8_in_a_locale_without_letters(collected: Path, output: list[str]) -> None:
    no_letters = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = run_command("query", "SELECT 'Bodø 🎵' AS x", *output, base=collected, **no_letters)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Bodø 🎵" in ended.stdout
    odd = collected.with_name("Bodø")  # which DuckDB would be given in two halves
    ended = run_command("query", "SELECT 1", base=odd, **no_letters)
    assert ended.returncode == 2
    assert "set PYTHONUTF8=1, or use another folder" in ended.stderr


def test_without_a_catalog_query_says_how_to_get_one(base: Path) -> None:
    ended = cli(base, "query", "SELECT 1")
    assert ended.exit_code == 2
    assert "There is no catalog" in ended.stderr
    assert "spotify-assets update" in ended.stderr


def test_a_reader_that_has_seen_enough_ends_the_query_quietly(collected: Path) -> None:
    script = "spotify-assets query 'FROM range(200000)' | head -1; exit ${PIPESTATUS[0]}"
    ended = run(["bash", "-c", script], collected, clean_environment(collected))
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "range", "")
