"""What both catalogs promise, DuckDB's on a folder and AWS's on S3: the same answers of the same files.

What only one of them does is in `test_duckdb` and `test_glue`; how Athena answers is in `test_athena`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.catalog.views import VIEWS
from spotify_assets.errors import QueryError, UserError
from spotify_assets.layout import table_key
from spotify_assets.tables.schemas import CHECK_RESULTS, EVERY_TABLE, TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets_tests.aws_world import WEEKS, by_table, fill, store
from spotify_assets_tests.chart_frames import made_up, views_over
from spotify_assets_tests.places import Place

IN_WORDS = "2024-03-01 and 2024-03-08"


def names() -> list[str]:
    return [*EVERY_TABLE, *(view.name for view in VIEWS)]


def answers(place: Place) -> dict[str, tuple[list[str], list[str]]]:
    """What every table and view says: its columns and its rows, whose types show as well."""
    found = {name: place.catalog.query(f"SELECT * FROM {name}") for name in names()}
    return {name: (a.names, sorted(map(repr, a.rows))) for name, a in found.items()}


def test_every_table_and_view_answers_what_the_rows_say(place: Place) -> None:
    rows = made_up(seed=1)
    weeks = sorted({row["week"] for row in rows["songs"]})
    for name, table in TABLES.items():
        nullable = pa.schema([field.with_nullable(True) for field in table.schema])
        for week in weeks:
            of_week = [row for row in rows.get(name, ()) if row["week"] == week]
            complete = [dict.fromkeys(table.schema.names) | row for row in of_week]
            store(place.storage, table, week, pa.Table.from_pylist(complete, nullable))
    place.publish()
    directly = views_over(rows)
    said = answers(place)
    for name, (columns, found) in said.items():
        wanted = directly.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
        assert found == sorted(map(repr, wanted)), name
        assert found or not rows.get(name, True) or name == "check_results", name
    assert place.published() == weeks
    for view in VIEWS:
        assert said[view.name][0] == list(view.columns)


def test_an_empty_base_has_empty_tables_and_views(place: Place) -> None:
    assert place.published() == []
    with pytest.raises(UserError, match=r"no catalog at|TABLE_NOT_FOUND"):
        place.catalog.query("SELECT * FROM songs")
    place.publish()
    assert {name: rows for name, (_, rows) in answers(place).items()} == {
        name: [] for name in names()
    }
    assert place.catalog.weeks() == by_table(set())
    assert place.catalog.row_counts(WEEKS[:2]) == by_table({})
    assert place.catalog.differing_columns() == []


@pytest.mark.usefixtures("no_views")
def test_weeks_come_and_go_with_what_is_stored_and_publishing_again_changes_nothing(
    place: Place,
) -> None:
    fill(place.storage, WEEKS[:2])
    assert place.publish()["weeks added"] == by_table(IN_WORDS)
    assert place.publish() == {}
    fill(place.storage, WEEKS[2:3], rows=3)
    for table in TABLES:
        place.storage.delete(table_key(table, WEEKS[0]))
    # What others leave beside the tables is no week.
    place.storage.write(f"transformed_data/songs/week={WEEKS[3]}/notes.txt", b"by somebody")
    place.storage.write(f"transformed_data/songs/week={WEEKS[1]}/.hidden", b"by a program")
    assert place.publish() == {
        "weeks added": by_table("2024-03-15"),
        "weeks removed": by_table("2024-03-01"),
    }
    assert place.published() == [WEEKS[1], WEEKS[2]]
    counts = {WEEKS[1]: 2, WEEKS[2]: 3}
    assert place.catalog.row_counts(WEEKS[:4]) == by_table(counts)
    fill(place.storage, WEEKS[1:2], rows=1)
    assert place.catalog.row_counts([WEEKS[1]]) == by_table({WEEKS[1]: 1})


def test_each_table_has_weeks_of_its_own(place: Place) -> None:
    """A week that is held back has check results and no songs; one may lack a table."""
    fill(place.storage, WEEKS[:3])
    shown: dict[str, set[date]] = {name: set(WEEKS[:3]) for name in TABLES}
    for name in TABLES.keys() - {CHECK_RESULTS.name}:
        place.storage.delete(table_key(name, WEEKS[1]))
        shown[name].remove(WEEKS[1])
    place.storage.delete(table_key("artists", WEEKS[2]))
    shown["artists"].remove(WEEKS[2])
    assert {name: set(weeks) for name, weeks in stored_weeks(place.storage).items()} == shown
    place.publish()
    assert place.catalog.weeks() == shown
    counts = place.catalog.row_counts(WEEKS[:3])
    assert {name: set(of) for name, of in counts.items()} == shown
    assert place.rows("SELECT DISTINCT week FROM chart_history ORDER BY week") == [
        (WEEKS[0],),
        (WEEKS[2],),
    ]
    failing = "SELECT week FROM check_results EXCEPT SELECT week FROM songs"
    assert place.rows(failing) == [(WEEKS[1],)]
    assert place.catalog.differing_columns() == []


REFUSED = {
    "SELECT nope FROM songs": "nope",
    "SELECT * FROM nowhere": "nowhere",
    "SELECT 1 +": "syntax|SYNTAX",
    "": "The query is empty",
    "/* nothing */ -- here": "The query is empty",
    "DROP VIEW songs": "DROP is refused: queries only read",
    "-- SELECT\nDELETE FROM songs": "DELETE is refused",
    "/* x */ explain analyze DROP VIEW songs": "DROP is refused",
}


@pytest.mark.usefixtures("no_views")
def test_a_query_is_answered_in_the_same_types_and_one_that_would_write_is_refused(
    place: Place,
) -> None:
    fill(place.storage, WEEKS[:1])
    place.publish()
    for sql, message in REFUSED.items():
        with pytest.raises(QueryError, match=message):
            place.catalog.query(sql)
    (row,) = place.rows(
        "SELECT week, rank, song_name, true AS yes, CAST(rank AS double) / 4 AS share, "
        "CAST(NULL AS date) AS none FROM songs WHERE rank = 1"
    )
    assert [type(value).__name__ for value in row] == [
        "date", "int", "str", "bool", "float", "NoneType",
    ]  # fmt: skip


def test_the_settings_alone_decide_which_catalog_it_is(place: Place, tmp_path: Path) -> None:
    catalog = open_catalog(place.settings, place.storage)
    assert (type(catalog), catalog.location) == (type(place.catalog), place.catalog.location)
    assert not list(tmp_path.glob("**/*.duckdb"))
