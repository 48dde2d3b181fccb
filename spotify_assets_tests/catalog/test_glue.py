"""Publishing to Glue: what is declared there, how few requests it takes, what either refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from spotify_assets.catalog import glue
from spotify_assets.catalog.glue import GlueCatalog
from spotify_assets.catalog.views import VIEWS
from spotify_assets.checks.catalog import columns_as_declared, shows_the_week
from spotify_assets.errors import QueryError, UserError
from spotify_assets.tables.schemas import EVERY_TABLE, SONGS, TABLES, WEEK, Column
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.aws_world import WEEKS, World, by_table, fill
from spotify_assets_tests.s3_server import Answer, answering


def publish(world: World) -> dict[str, object]:
    return world.catalog.publish(stored_weeks(world.storage))


def publish_weeks(catalog: GlueCatalog, *weeks: date) -> dict[str, object]:
    """Publish weeks of every table, of which nothing is stored; what changed."""
    return catalog.publish(by_table(weeks))


def count_songs(world: World) -> int:
    return int(world.catalog.query("SELECT count(*) AS n FROM songs").rows[0][0])


def change_week(world: World, week: date, **changes: object) -> None:
    """Change a week of songs in Glue, as somebody might by hand."""
    place = {"DatabaseName": world.catalog.database, "TableName": "songs"}
    found = world.catalog.glue.get_partition(**place, PartitionValues=[str(week)])["Partition"]
    storage = {**found["StorageDescriptor"], **changes}
    world.catalog.glue.update_partition(
        **place,
        PartitionValueList=[str(week)],
        PartitionInput={"Values": [str(week)], "StorageDescriptor": storage},
    )


def redeclare(monkeypatch: pytest.MonkeyPatch, *columns: Column) -> None:
    monkeypatch.setitem(EVERY_TABLE, "songs", replace(SONGS, columns=columns))


# --- What is declared ---------------------------------------------------------------------------


def test_every_table_view_and_column_is_declared_with_its_meaning(world: World) -> None:
    fill(world.storage, WEEKS[:1])
    assert publish(world) == {
        "database created": True,
        "tables created": list(EVERY_TABLE),
        "weeks added": by_table("2024-03-01"),
        "views created": [view.name for view in VIEWS],
    }
    for table in EVERY_TABLE.values():
        found = world.table(table.name)
        columns = [*found["PartitionKeys"], *found["StorageDescriptor"]["Columns"]]
        assert [(c["Name"], c["Comment"]) for c in columns] == [
            (c.name, c.meaning) for c in table.columns
        ]
        of_weeks = [{"Name": "week", "Type": "date", "Comment": WEEK.meaning}]
        assert found["PartitionKeys"] == (of_weeks if table.name in TABLES else [])
        assert found["Description"] == table.meaning
        place = world.storage.location(f"transformed_data/{table.name}/")
        assert found["StorageDescriptor"]["Location"] == place
    for view in VIEWS:
        found = world.table(view.name)
        assert found["Parameters"]["spotify_assets.meaning"] == view.meaning
        columns = found["StorageDescriptor"]["Columns"]
        assert {c["Name"]: c["Comment"] for c in columns} == view.columns


def test_a_view_that_was_given_a_description_is_created_again(
    world: World, few_views: list[str]
) -> None:
    publish(world)
    world.change(few_views[0], Description="The meaning, where Trino looks for `Presto View`")
    with pytest.raises(QueryError, match="TABLE_NOT_FOUND"):
        world.catalog.query(f"SELECT * FROM {few_views[0]}")
    assert publish(world) == {"views created": [few_views[0]]}
    assert world.catalog.query(f"SELECT * FROM {few_views[1]}").rows == []


@pytest.mark.usefixtures("no_views")
def test_publishing_lists_each_table_once_and_remembers_what_it_published(world: World) -> None:
    fill(world.storage, WEEKS[:3])
    assert world.catalog.weeks() == by_table(set())
    publish(world)
    fill(world.storage, WEEKS[3:4])
    world.calls.clear()
    assert publish(world) == {"weeks added": by_table(str(WEEKS[3]))}
    assert world.catalog.weeks()["songs"] == set(WEEKS[:4])
    assert shows_the_week(world.catalog, world.storage, WEEKS[3:4]) == {WEEKS[3]: ()}
    assert columns_as_declared(world.catalog) == ()
    of_glue = {name: n for name, n in world.calls.items() if "Query" not in name}
    assert of_glue == {
        "GetTables": 2,
        "GetPartitions": len(TABLES),
        "BatchCreatePartition": len(TABLES),
    }
    world.catalog.glue.delete_partition(
        DatabaseName=world.catalog.database, TableName="songs", PartitionValues=[str(WEEKS[0])]
    )
    with world.with_catalog() as another:
        assert another.weeks()["songs"] == set(WEEKS[1:4])
    assert publish(world) == {"weeks added": {"songs": str(WEEKS[0])}}


@pytest.mark.usefixtures("no_views")
def test_weeks_are_written_in_batches_that_glue_accepts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weeks = [date(2020, 1, 3) + ONE_WEEK * number for number in range(110)]
    in_words = {"songs": "110 weeks, 2020-01-03 to 2022-02-04"}
    with monkeypatch.context() as elsewhere:  # as the first edition had them
        elsewhere.setattr(glue, "TABLE_FILES", "published/")
        added = world.catalog.publish({**by_table(()), "songs": weeks})["weeks added"]
        assert added == in_words
    assert world.batches == [("BatchCreatePartition", n) for n in (100, 10)]
    world.batches.clear()
    assert world.catalog.publish({**by_table(()), "songs": weeks}) == {
        "tables updated": list(EVERY_TABLE),
        "weeks changed": in_words,
    }
    assert world.batches == [("BatchUpdatePartition", n) for n in (100, 10)]
    world.batches.clear()
    assert world.catalog.publish({**by_table(()), "songs": weeks[:80]})["weeks removed"]
    assert world.batches == [("BatchDeletePartition", n) for n in (25, 5)]
    with world.with_catalog() as another:
        assert another.weeks() == {**by_table(set()), "songs": set(weeks[:80])}


@pytest.mark.usefixtures("no_views")
def test_a_week_that_somebody_pointed_elsewhere_is_put_right(world: World) -> None:
    fill(world.storage, WEEKS[:2])
    publish(world)
    world.storage.client.create_bucket(Bucket="elsewhere")
    change_week(world, WEEKS[0], Location="s3://elsewhere/songs/")
    assert shows_the_week(world.catalog, world.storage, WEEKS[:2]) == {
        WEEKS[0]: (
            "the catalog counts 0 rows of songs, and the file has 2: materialize the week again",
        ),
        WEEKS[1]: (),
    }
    assert publish(world) == {"weeks changed": {"songs": "2024-03-01"}}
    assert count_songs(world) == 4


# --- When declarations change -------------------------------------------------------------------


def test_a_new_column_is_added_to_table_and_weeks_and_views_are_created_again(
    world: World, monkeypatch: pytest.MonkeyPatch, few_views: list[str]
) -> None:
    fill(world.storage, WEEKS[:2])
    publish(world)
    redeclare(monkeypatch, *SONGS.columns, Column("mood", pa.string(), "Its mood", True))
    fill(world.storage, WEEKS[1:2])
    assert columns_as_declared(world.catalog) == ("songs has no column mood",)
    assert publish(world) == {
        "tables updated": ["songs"],
        "weeks changed": {"songs": "2024-03-01 and 2024-03-08"},
        "views created": few_views,
    }
    moods = world.catalog.query("SELECT DISTINCT mood FROM songs ORDER BY mood NULLS FIRST").rows
    assert moods[0] == (None,)
    assert publish(world) == {}


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        (pa.int32(), r"songs.streams is bigint there and declared as int\."),
        (None, r"songs.streams isn't declared\."),
    ],
)
@pytest.mark.usefixtures("no_views")
def test_a_change_that_is_not_additive_is_refused_and_nothing_is_touched(
    world: World, monkeypatch: pytest.MonkeyPatch, dtype: pa.DataType | None, said: str
) -> None:
    publish_weeks(world.catalog, WEEKS[0])
    columns = [c if c.name != "streams" else replace(c, dtype=dtype) for c in SONGS.columns]
    redeclare(monkeypatch, *(c for c in columns if c.dtype))
    before = world.table("songs")
    world.calls.clear()
    with pytest.raises(UserError, match=said) as refused:
        publish_weeks(world.catalog, *WEEKS[:2])
    assert f"DROP TABLE {world.catalog.database}.songs" in str(refused.value)
    assert world.calls == {"GetTables": 1}
    assert world.table("songs") == before
    assert world.weeks() == [str(WEEKS[0])]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"PartitionKeys": [{"Name": "chart", "Type": "string"}]},
            "partitioned by chart, not by we",
        ),
        ({"TableType": "VIRTUAL_VIEW"}, "songs already, but not as an external table"),
    ],
)
@pytest.mark.usefixtures("no_views")
def test_a_table_of_somebody_elses_is_refused(
    world: World, change: dict[str, object], said: str
) -> None:
    publish_weeks(world.catalog)
    world.change("songs", **change)
    with pytest.raises(UserError, match=said):
        publish_weeks(world.catalog, WEEKS[0])
    assert world.weeks() == []


@pytest.mark.usefixtures("no_views")
def test_a_better_comment_changes_the_table_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_weeks(world.catalog, *WEEKS[:2])
    world.change("songs", Parameters={**world.table("songs")["Parameters"], "statistics": "theirs"})
    redeclare(monkeypatch, *(replace(c, meaning=f"{c.meaning}!") for c in SONGS.columns))
    assert publish_weeks(world.catalog, *WEEKS[:2]) == {"tables updated": ["songs"]}
    assert world.table("songs")["Parameters"]["statistics"] == "theirs"


@pytest.mark.usefixtures("no_views")
def test_a_type_that_the_files_do_not_have_fails_as_in_athena(world: World) -> None:
    fill(world.storage, WEEKS[:1])
    publish(world)
    storage = world.table("songs")["StorageDescriptor"]
    columns = [{**c, "Type": "bigint"} if c["Name"] == "rank" else c for c in storage["Columns"]]
    world.change("songs", StorageDescriptor={**storage, "Columns": columns})
    (finding,) = columns_as_declared(world.catalog)
    assert finding == "songs.rank is bigint there and declared as int"
    with pytest.raises(QueryError, match="HIVE_PARTITION_SCHEMA_MISMATCH"):
        count_songs(world)
    change_week(world, WEEKS[0], Columns=columns)
    with pytest.raises(QueryError, match=r"HIVE_BAD_DATA.*\nMake the week again"):
        count_songs(world)


# --- Views --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_views")
def test_a_view_is_created_again_once_it_was_changed_dropped_or_replaced(world: World) -> None:
    publish(world)
    world.athena.engine.execute(
        world.catalog.database, "CREATE OR REPLACE VIEW artist_genres AS\nSELECT 1 AS one"
    )
    theirs = world.table("artist_genres")["ViewOriginalText"]
    world.catalog.glue.delete_table(DatabaseName=world.catalog.database, Name="genre_weeks")
    assert columns_as_declared(world.catalog) == ("the view genre_weeks is missing",)
    assert publish(world) == {"views created": ["artist_genres", "genre_weeks"]}
    # Whatever marks it kept, its text counts.
    world.change("genre_weeks", ViewOriginalText=theirs)
    assert publish(world) == {"views created": ["genre_weeks"]}
    assert publish(world) == {}


@pytest.mark.usefixtures("few_views")
def test_a_view_of_ours_that_is_no_longer_declared_is_dropped_and_others_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world)
    for theirs in ("theirs", "artist_genres"):
        sql = f"CREATE OR REPLACE VIEW {theirs} AS\nSELECT 1 AS one"
        world.athena.engine.execute(world.catalog.database, sql)
    world.catalog.glue.create_table(
        DatabaseName=world.catalog.database,
        TableInput={"Name": "their_table", "Parameters": {glue.MADE_FROM: "copied"}},
    )
    monkeypatch.setattr(glue, "VIEWS", ())
    assert publish(world)["views dropped"] == ["genre_weeks"]
    left = {"theirs", "artist_genres", "their_table"}
    assert world.catalog._described().keys() - EVERY_TABLE.keys() == left
    assert publish(world) == {}


# --- What AWS refuses, as sentences with the remedy ---------------------------------------------


def answer(**content: object) -> Answer:
    return 200, {}, json.dumps(content).encode()


def refusal(code: str) -> Answer:
    return 400, {}, json.dumps({"__type": code, "Message": "What AWS says."}).encode()


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ([*["EntityNotFoundException"] * 2, "AccessDeniedException"], "may not create it"),
        (["AccessDeniedException"], "Glue denies GetTables on the database"),
        (["ExpiredTokenException"], "doesn't accept the credentials"),
    ],
)
def test_what_glue_refuses_is_said_with_the_remedy(
    world: World, monkeypatch: pytest.MonkeyPatch, codes: list[str], said: str
) -> None:
    with answering([refusal(code) for code in codes]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", address)
        with world.with_catalog() as catalog, pytest.raises(UserError, match=said):
            publish_weeks(catalog)


@pytest.mark.parametrize("code", ["InternalServiceException", "AlreadyExistsException"])
def test_what_a_batch_could_not_do_is_said_unless_another_run_has_done_it(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    detail = {"ErrorCode": code, "ErrorMessage": "What Glue says."}
    error = answer(Errors=[{"PartitionValues": ["2024-03-01"], "ErrorDetail": detail}])
    with answering([answer(Partitions=[]), error]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", address)
        with world.with_catalog() as catalog:
            if code == "AlreadyExistsException":
                done = catalog._ensure_weeks(SONGS, WEEKS[:1])
                assert done == {"weeks added": [WEEKS[0]]}
                return
            said = f"could not change week 2024-03-01 of songs: {code}: What Glue says. Publish"
            with pytest.raises(UserError, match=said):
                catalog._ensure_weeks(SONGS, WEEKS[:1])


@pytest.mark.usefixtures("no_views")
def test_another_run_that_made_the_database_and_the_tables_first_is_no_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = refusal("AlreadyExistsException")
    of_database = [answer(TableList=[]), refusal("EntityNotFoundException"), exists]
    of_table = [exists, answer(Partitions=[])]
    with answering([*of_database, *of_table * len(TABLES), exists]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", address)
        with world.with_catalog() as catalog:
            assert publish_weeks(catalog) == {"tables created": list(EVERY_TABLE)}
