"""Publishing to Glue: what it is told, how little of it twice, and what it is not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from spotify_assets.catalog.athena_views import publish_views
from spotify_assets.catalog.glue_catalog import (
    Changes,
    described_tables,
    publish,
    published_weeks,
)

from spotify_assets.catalog import athena_views, glue_partitions
from spotify_assets.catalog.athena import ask
from spotify_assets.errors import QueryError, UserError
from spotify_assets.layout import table_key
from spotify_assets.publishing.publish import publish_weeks
from spotify_assets.sql import VIEWS
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.tables.schemas import SONGS, TABLES, WEEK, Column
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.aws_world import World, aws_world, fill
from spotify_assets_tests.dagster_runs import WEEKS

LOOKS = {"GetDatabase": 1, "GetTables": 1, "GetPartitions": 4}


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


def publish_all(world: World) -> Changes:
    """Publish what is stored, tables and views."""
    weeks = publish_weeks(world.storage, "parquet", lambda _: None).weeks
    changes = publish(world.catalog, world.storage, "parquet", weeks)
    changes.views, changes.views_dropped = publish_views(world.catalog)
    return changes


def count_songs(world: World) -> int:
    """How many songs Athena counts."""
    return int(ask(world.catalog, "SELECT count(*) AS n FROM songs").rows[0][0])


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


def test_every_table_and_column_is_declared_with_its_meaning(world: World) -> None:
    fill(world.storage, WEEKS[:1])
    changes = publish_all(world)
    assert changes.database_created
    assert changes.tables_created == list(TABLES)
    assert changes.views == [view.name for view in VIEWS]
    for table in TABLES.values():
        found = world.table(table.name)
        columns = [*found["PartitionKeys"], *found["StorageDescriptor"]["Columns"]]
        assert [(c["Name"], c["Comment"]) for c in columns] == [
            (c.name, c.meaning) for c in table.columns
        ]
        assert found["PartitionKeys"] == [{"Name": "week", "Type": "date", "Comment": WEEK.meaning}]
        assert found["Description"] == table.meaning
        place = world.storage.location(f"published/{table.name}/")
        assert found["StorageDescriptor"]["Location"] == place
    for view in VIEWS:
        found = world.table(view.name)
        assert found["Description"] == view.meaning
        columns = found["StorageDescriptor"]["Columns"]
        assert {c["Name"]: c["Comment"] for c in columns} == view.columns


def test_a_second_publishing_makes_no_change_and_few_calls(world: World) -> None:
    fill(world.storage, WEEKS[:3])
    assert publish_all(world)
    world.calls.clear()
    assert not publish_all(world)
    assert world.calls == Counter(LOOKS) + Counter(GetTables=1)


def test_weeks_are_written_in_batches_that_glue_accepts(world: World) -> None:
    weeks = [date(2020, 1, 3) + ONE_WEEK * number for number in range(250)]
    publish(world.catalog, world.storage, "parquet", weeks)
    assert world.batches == [("BatchCreatePartition", n) for n in (100, 100, 50)] * len(TABLES)
    assert published_weeks(world.catalog) == weeks
    world.batches.clear()
    moved = S3Storage(world.storage.bucket, "moved", resource=world.storage._resource)
    publish(world.catalog, moved, "parquet", weeks)
    assert world.batches == [("BatchUpdatePartition", n) for n in (100, 100, 50)] * len(TABLES)
    world.batches.clear()
    publish(world.catalog, moved, "parquet", weeks[:190])
    deleted = [("BatchDeletePartition", n) for n in (25, 25, 10)]
    assert world.batches == deleted * len(TABLES)
    assert published_weeks(world.catalog) == weeks[:190]


def test_new_weeks_come_and_those_that_are_gone_leave(world: World) -> None:
    fill(world.storage, WEEKS[:2])
    publish_all(world)
    fill(world.storage, WEEKS[2:3])
    for table in TABLES:
        world.storage.delete(table_key(table, WEEKS[0], "parquet"))
    changes = publish_all(world)
    assert changes.weeks_added == {table: [str(WEEKS[2])] for table in TABLES}
    assert changes.weeks_removed == {table: [str(WEEKS[0])] for table in TABLES}
    assert not changes.weeks_changed
    assert world.weeks() == [str(WEEKS[1]), str(WEEKS[2])]
    assert count_songs(world) == 4


def test_a_week_that_somebody_pointed_elsewhere_is_put_right(world: World) -> None:
    fill(world.storage, WEEKS[:2])
    publish_all(world)
    world.storage.client.create_bucket(Bucket="elsewhere")
    change_week(world, WEEKS[0], Location="s3://elsewhere/songs/")
    assert count_songs(world) == 2, "a bad path shows too few rows"
    assert publish_all(world).weeks_changed == {"songs": [str(WEEKS[0])]}
    assert count_songs(world) == 4


def test_a_new_column_is_added_to_table_and_weeks_and_views_are_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world.storage, WEEKS[:2])
    publish_all(world)
    wider = replace(SONGS, columns=(*SONGS.columns, Column("mood", pa.string(), "Its mood", True)))
    monkeypatch.setitem(TABLES, "songs", wider)
    fill(world.storage, WEEKS[1:2])
    changes = publish_all(world)
    assert changes.tables_updated == ["songs"]
    assert changes.weeks_changed == {"songs": [str(week) for week in WEEKS[:2]]}
    assert changes.views == [view.name for view in VIEWS]
    assert ask(world.catalog, "SELECT DISTINCT mood FROM songs").rows == [(None,)]
    assert not publish_all(world)


@pytest.mark.parametrize(
    ("name", "dtype", "said"),
    [
        ("streams", pa.int32(), "streams is bigint there and declared as int"),
        ("streams", None, r"streams \(bigint\) isn't declared any more"),
    ],
)
def test_a_change_that_is_not_additive_is_refused_and_nothing_is_touched(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    dtype: pa.DataType | None,
    said: str,
) -> None:
    fill(world.storage, WEEKS[:2])
    publish(world.catalog, world.storage, "parquet", WEEKS[:1])
    columns = [replace(c, dtype=dtype or c.dtype) if c.name == name else c for c in SONGS.columns]
    kept = tuple(c for c in columns if c.name != name or dtype)
    monkeypatch.setitem(TABLES, "songs", replace(SONGS, columns=kept))
    before = world.table("songs")
    world.calls.clear()
    with pytest.raises(UserError, match=said) as refused:
        publish(world.catalog, world.storage, "parquet", WEEKS[:2])
    assert f"DROP TABLE {world.catalog.database}.songs" in str(refused.value)
    assert world.calls == {"GetDatabase": 1, "GetTables": 1}
    assert world.table("songs") == before
    assert world.weeks() == [str(WEEKS[0])]


def test_a_table_that_is_split_by_something_else_is_refused(world: World) -> None:
    publish(world.catalog, world.storage, "parquet", [])
    world.change("albums", PartitionKeys=[{"Name": "chart", "Type": "string"}])
    said = r"chart \(string\) isn't declared any more; week isn't a partition key there"
    with pytest.raises(UserError, match=said):
        publish(world.catalog, world.storage, "parquet", WEEKS[:1])
    assert world.weeks() == []


def test_a_better_comment_changes_the_table_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world.catalog, world.storage, "parquet", WEEKS[:2])
    world.change("songs", Parameters={**world.table("songs")["Parameters"], "statistics": "theirs"})
    reworded = tuple(replace(c, meaning=f"{c.meaning}!") for c in SONGS.columns)
    monkeypatch.setitem(TABLES, "songs", replace(SONGS, columns=reworded))
    changes = publish(world.catalog, world.storage, "parquet", WEEKS[:2])
    assert changes == Changes(tables_updated=["songs"])
    assert world.table("songs")["Parameters"]["statistics"] == "theirs"


def test_a_view_of_that_name_is_not_replaced_by_a_table(world: World) -> None:
    publish(world.catalog, world.storage, "parquet", [])
    world.change("songs", TableType="VIRTUAL_VIEW")
    with pytest.raises(UserError, match=r"songs already, but not as an external table"):
        publish(world.catalog, world.storage, "parquet", [])


def test_csv_tables_are_refused(world: World) -> None:
    with pytest.raises(UserError, match="SPOTIFY_ASSETS_TABLE_FORMAT=parquet"):
        publish(world.catalog, world.storage, "csv", [])
    assert not world.calls


def test_a_view_is_made_again_once_it_was_changed_dropped_or_replaced(world: World) -> None:
    publish_all(world)
    ask(world.catalog, "CREATE OR REPLACE VIEW genre_weeks AS\nSELECT 1 AS one")
    world.catalog.glue.delete_table(DatabaseName=world.catalog.database, Name="chart_overlap")
    assert publish_all(world).views == ["genre_weeks", "chart_overlap"]
    assert publish_all(world).views == []


def test_a_view_whose_text_was_changed_is_made_again_whatever_marks_it_kept(world: World) -> None:
    publish_all(world)
    theirs = world.table("genre_weeks")["ViewOriginalText"]
    world.change("chart_overlap", ViewOriginalText=theirs)
    assert publish_all(world).views == ["chart_overlap"]
    assert publish_all(world).views == []


def test_a_view_over_one_that_was_changed_is_stale_as_in_athena(world: World) -> None:
    publish_all(world)
    ask(world.catalog, "CREATE OR REPLACE VIEW chart_history AS\nSELECT *, 1 AS one FROM songs")
    with pytest.raises(QueryError, match="View 'latest_chart' is stale"):
        ask(world.catalog, "SELECT * FROM latest_chart")
    publish_all(world)
    assert ask(world.catalog, "SELECT * FROM latest_chart").rows == []


def test_a_view_of_ours_that_is_declared_no_more_is_dropped_and_others_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_all(world)
    ask(world.catalog, "CREATE OR REPLACE VIEW theirs AS\nSELECT week FROM songs")
    ask(world.catalog, "CREATE OR REPLACE VIEW genre_weeks AS\nSELECT 1 AS one")
    world.catalog.glue.create_table(
        DatabaseName=world.catalog.database,
        TableInput={"Name": "their_table", "Parameters": {athena_views.DIGEST: "copied"}},
    )
    gone = {"chart_overlap", "genre_weeks"}
    kept = tuple(view for view in VIEWS if view.name not in gone)
    monkeypatch.setattr(athena_views, "VIEWS", kept)
    assert publish_all(world) == Changes(views_dropped=["chart_overlap"])
    shown = described_tables(world.catalog).keys() - TABLES.keys()
    assert shown == {view.name for view in kept} | {"theirs", "genre_weeks", "their_table"}
    assert not publish_all(world)


@pytest.mark.parametrize("declared", ["bigint", "string"])
def test_a_type_that_the_files_do_not_hold_fails_as_in_athena(world: World, declared: str) -> None:
    fill(world.storage, WEEKS[:1])
    publish_all(world)
    columns = _columns(world, "rank", declared)
    storage = {**world.table("songs")["StorageDescriptor"], "Columns": columns}
    world.change("songs", StorageDescriptor=storage)
    with pytest.raises(QueryError, match="HIVE_PARTITION_SCHEMA_MISMATCH"):
        count_songs(world)
    change_week(world, WEEKS[0], Columns=columns)
    with pytest.raises(QueryError, match=r"HIVE_BAD_DATA.*\nMake the week anew"):
        count_songs(world)


def _columns(world: World, name: str, declared: str) -> list[dict[str, str]]:
    columns = world.table("songs")["StorageDescriptor"]["Columns"]
    return [{**c, "Type": declared} if c["Name"] == name else c for c in columns]


def test_the_limits_are_those_of_glue(world: World) -> None:
    shapes = world.catalog.glue.meta.service_model
    for operation, member, limit in (
        ("BatchCreatePartition", "PartitionInputList", glue_partitions.MOST_WRITTEN),
        ("BatchUpdatePartition", "Entries", glue_partitions.MOST_WRITTEN),
        ("BatchDeletePartition", "PartitionsToDelete", glue_partitions.MOST_DELETED),
    ):
        shape = shapes.operation_model(operation).input_shape.members[member]
        assert shape.metadata["max"] == limit
