"""What both catalogs promise, DuckDB's on a folder and AWS's on S3: the same answers of the same files.

How each does it is in `test_catalog` and `test_glue_catalog`; `test_athena` has how Athena is asked.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spotify_assets.errors import QueryError, UserError
from spotify_assets.layout import ARCHIVE, RawName, table_key
from spotify_assets.sql import VIEWS
from spotify_assets.tables.schemas import SONGS, TABLES
from spotify_assets.tables.store import write_week
from spotify_assets_tests.aws_world import fill
from spotify_assets_tests.chart_frames import Rows, made_up, views_over
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv
from spotify_assets_tests.places import Place

NAMES = (*TABLES, *(view.name for view in VIEWS))


def store(place: Place, rows: Rows) -> list[date]:
    """Put the rows into the tables' files; gives their weeks."""
    weeks = sorted({row["week"] for row in rows["songs"]})
    for table in TABLES.values():
        for week in weeks:
            complete = [
                dict.fromkeys(table.schema.names) | row
                for row in rows[table.name]
                if row["week"] == week
            ]
            nullable = pa.schema([field.with_nullable(True) for field in table.schema])
            write_week(
                place.storage, table, "parquet", week, pa.Table.from_pylist(complete, nullable)
            )
    return weeks


def answers(place: Place) -> dict[str, tuple[list[str], list[str]]]:
    """What every table and view says: its columns and its rows, whose types show as well."""
    found = {name: place.ask(f"SELECT * FROM {name}") for name in NAMES}
    return {name: (a.names, sorted(map(repr, a.rows))) for name, a in found.items()}


def count_songs(place: Place) -> dict[date, int]:
    """The songs of each week, as the catalog counts them."""
    return dict(place.rows("SELECT week, count(*) AS n FROM songs GROUP BY week"))


def test_every_table_and_view_answers_what_the_rows_say(place: Place) -> None:
    rows = made_up(seed=1)
    weeks = store(place, rows)
    place.show_unaudited(weeks)
    directly = views_over(rows)
    for name, (columns, found) in answers(place).items():
        wanted = directly.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
        assert found == sorted(map(repr, wanted)), name
        assert found or name == "chart_overlap", name
    assert place.published() == weeks


def test_columns_come_in_the_declared_order(place: Place) -> None:
    fill(place.storage, WEEKS[:1])
    place.publish(WEEKS[0])
    said = answers(place)
    for table in TABLES.values():
        assert sorted(said[table.name][0]) == sorted(column.name for column in table.columns)
    for view in VIEWS:
        assert said[view.name][0] == list(view.columns)


def test_before_the_first_publishing_no_week_is_shown_and_asking_says_so(place: Place) -> None:
    fill(place.storage, WEEKS[:1])
    assert place.published() == []
    with pytest.raises((UserError, QueryError), match=r"no catalog at|TABLE_NOT_FOUND"):
        place.ask("SELECT * FROM songs")


def test_an_empty_base_gives_empty_tables_and_views(place: Place) -> None:
    place.publish(WEEKS[0])
    assert {name: rows for name, (_, rows) in answers(place).items()} == {n: [] for n in NAMES}
    assert place.published() == []


def test_publishing_again_changes_no_answer(place: Place) -> None:
    fill(place.storage, WEEKS[:3])
    place.publish(WEEKS[0])
    before = answers(place)
    place.publish(WEEKS[2])
    assert answers(place) == before
    assert count_songs(place) == dict.fromkeys(WEEKS[:3], 2)
    assert place.published() == list(WEEKS[:3])


def test_a_new_week_comes_and_one_whose_files_are_gone_leaves(place: Place) -> None:
    fill(place.storage, WEEKS[:2])
    place.publish(WEEKS[0])
    fill(place.storage, WEEKS[2:3])
    for table in TABLES:
        place.storage.delete(table_key(table, WEEKS[0], "parquet"))
    place.publish(WEEKS[2])
    assert place.published() == [WEEKS[1], WEEKS[2]]
    assert count_songs(place) == {WEEKS[1]: 2, WEEKS[2]: 2}


def test_a_week_that_was_made_again_is_shown_with_its_new_rows_alone(place: Place) -> None:
    fill(place.storage, WEEKS[:2])
    place.publish(WEEKS[0])
    fill(place.storage, WEEKS[:1], rows=3)
    place.publish(WEEKS[0])
    assert count_songs(place) == {WEEKS[0]: 3, WEEKS[1]: 2}


def test_a_week_that_lacks_a_table_is_not_shown_until_it_has_all(place: Place) -> None:
    fill(place.storage, WEEKS[:2])
    key = table_key("artists", WEEKS[1], "parquet")
    content = place.storage.read(key)
    place.storage.delete(key)
    place.publish(WEEKS[0])
    assert place.published() == [WEEKS[0]]
    place.storage.write(key, content)
    place.publish(WEEKS[1])
    assert place.published() == [WEEKS[0], WEEKS[1]]


def test_what_somebody_else_leaves_among_the_tables_is_not_shown(place: Place) -> None:
    fill(place.storage, WEEKS[:1])
    place.storage.write(f"transformed_data/songs/week={WEEKS[1]}/notes.txt", b"left by somebody")
    place.storage.write(f"transformed_data/songs/week={WEEKS[0]}/.hidden", b"by a program")
    place.publish(WEEKS[0])
    assert place.published() == [WEEKS[0]]
    assert count_songs(place) == {WEEKS[0]: 2}


@pytest.mark.parametrize("sql", ["SELECT nope FROM songs", "SELECT * FROM nowhere", "SELECT 1 +"])
def test_a_query_that_cannot_be_answered_fails_in_a_message(
    place: Place, tmp_path: Path, sql: str
) -> None:
    place.publish(WEEKS[0])
    asked = place.cli(tmp_path / "home", "query", sql)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr
    assert "Traceback" not in asked.stderr


@pytest.mark.parametrize("sql", ["DROP VIEW songs", "CREATE TABLE a AS SELECT 1"])
def test_a_query_that_would_write_is_refused(place: Place, tmp_path: Path, sql: str) -> None:
    fill(place.storage, WEEKS[:1])
    place.publish(WEEKS[0])
    asked = place.cli(tmp_path / "home", "query", sql)
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert "is refused: queries only read." in asked.stderr
    assert count_songs(place) == {WEEKS[0]: 2}


def test_an_empty_table_file_is_made_again_by_any_update(place: Place, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for week in WEEKS[:2]:
        drop_csv(place.storage, week)
    assert place.cli(home, "update").exit_code == 0
    key = table_key(SONGS.name, WEEKS[1], "parquet")
    whole = place.storage.read(key)
    place.storage.write(key, b"")
    updated = place.cli(home, "update")
    assert updated.exit_code == 0, updated.output
    assert f"Damaged {key}: its week is made again from the raw files." in updated.stderr
    assert "made 1 week in 1 run" in updated.stdout
    assert place.storage.read(key) == whole
    assert place.cli(home, "update").output.startswith("Nothing to do")


def test_a_week_whose_raw_and_table_files_are_both_gone_leaves_the_catalog(
    place: Place, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for week in WEEKS[:2]:
        drop_csv(place.storage, week)
    assert place.cli(home, "update").exit_code == 0
    place.storage.delete(RawName(WEEKS[0], "norway", "chart_csv").archive_key)
    for table in TABLES:
        place.storage.delete(table_key(table, WEEKS[0], "parquet"))
    assert [file.key for file in place.storage.files(ARCHIVE)]
    assert "shows weeks whose table files are gone" in place.cli(home, "doctor").output
    updated = place.cli(home, "update")
    assert updated.exit_code == 0, updated.output
    assert "published it anew" in updated.output
    asked = place.cli(home, "query", "SELECT DISTINCT week FROM songs", "--csv")
    assert asked.stdout == "week\n2024-03-08\n"
    assert place.cli(home, "doctor").exit_code == 0


def typed(rows: list[tuple[Any, ...]]) -> list[list[str]]:
    return [[type(value).__name__ for value in row] for row in rows]


def test_values_are_of_the_same_types_in_both(place: Place) -> None:
    rows = made_up(seed=2)
    place.show_unaudited(store(place, rows))
    columns = "week, rank, song_name, explicit, duration_ms"
    asked = (
        f"SELECT {columns} FROM songs WHERE explicit IS NOT NULL AND song_name IS NOT NULL LIMIT 1"
    )
    assert typed(place.rows(asked)) == [["date", "int", "str", "bool", "int"]]
