"""Asking Athena: typed answers, pages, ends that are waited for, and failures as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from spotify_assets.catalog.athena_values import typed
from spotify_assets.catalog.glue_catalog import publish

from spotify_assets.catalog.athena import Answer, ask, reads_only
from spotify_assets.errors import QueryError, UserError
from spotify_assets.publishing.publish import publish_weeks
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.aws_world import World, aws_world, fill
from spotify_assets_tests.dagster_runs import WEEKS


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


ODD = "line\u2028separator\u2029 next\x85line, ø 音"


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("DATE '2024-03-01'", date(2024, 3, 1)),
        ("TIMESTAMP '2024-03-08 09:41:02.5'", datetime(2024, 3, 8, 9, 41, 2, 500000)),  # noqa: DTZ001
        ("CAST(7 AS integer)", 7),
        ("CAST(9007199254740993 AS bigint)", 9007199254740993),
        ("CAST(0.1 AS double)", 0.1),
        ("CAST(1.50 AS decimal(5, 2))", Decimal("1.50")),
        ("true", True),
        ("false", False),
        ("''", ""),
        ("CAST(NULL AS varchar)", None),
        ("CAST(NULL AS date)", None),
        (f"'{ODD}'", ODD),
        ("['pop', 'norsk rap']", ["pop", "norsk rap"]),
        ("CAST([] AS varchar[])", []),
        ("CAST(['a, b', 'c'] AS json)", ["a, b", "c"]),
    ],
)
def test_values_come_as_what_they_are(world: World, sql: str, value: Any) -> None:
    answer = ask(world.catalog, f"SELECT {sql} AS value")
    assert answer == Answer(["value"], [(value,)])
    assert type(answer.rows[0][0]) is type(value)


MOMENT = datetime(2024, 3, 8, 9, 41, 2, tzinfo=UTC)
ZONED = "timestamp with time zone"


@pytest.mark.parametrize(
    ("athena_type", "text", "value"),
    [
        (ZONED, "2024-03-08 09:41:02.000 UTC", MOMENT),
        (
            ZONED,
            "2024-03-08 09:41:02.000 Europe/Oslo",
            MOMENT.replace(tzinfo=ZoneInfo("Europe/Oslo")),
        ),
        (ZONED, "2024-03-08 11:41:02.000 +02:00", MOMENT),
        ("timestamp(3) with time zone", "2024-03-08 09:41:02.000 UTC", MOMENT),
        ("timestamp(3)", "2024-03-08 09:41:02.000", MOMENT.replace(tzinfo=None)),
        ("decimal(10,3)", "1.250", Decimal("1.250")),
        ("array(varchar)", "[pop, null]", ["pop", None]),
        ("double", "1.0E10", 1e10),
        ("interval day to second", "1 00:00:00.000", "1 00:00:00.000"),
    ],
)
def test_further_types_of_athena_are_read(athena_type: str, text: str, value: object) -> None:
    assert typed(athena_type)(text) == value
    assert typed(athena_type)(None) is None


def test_an_answer_of_many_pages_is_whole_and_in_order(world: World) -> None:
    answer = ask(world.catalog, "SELECT i AS n FROM range(2500) AS t(i) ORDER BY i")
    assert answer.rows == [(number,) for number in range(2500)]
    assert world.calls["GetQueryResults"] == 3


def test_a_row_like_the_header_stays(world: World) -> None:
    assert ask(world.catalog, "SELECT 'a' AS a").rows == [("a",)]
    assert ask(world.catalog, "SELECT 'a' AS a WHERE false").rows == []


def test_waiting_grows_longer_and_ends_with_the_query_stopped(world: World) -> None:
    waits: list[float] = []
    world.athena.never_ends = True
    catalog = world.with_catalog(sleep=waits.append)
    with pytest.raises(QueryError, match="did not answer within 30 seconds, so the query was st"):
        ask(catalog, "SELECT 1 AS one", seconds=30)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.2, 5.0)
    assert 30 <= sum(waits) < 35
    assert world.athena.calls["StopQueryExecution"] == 1
    close(catalog)


def test_a_query_that_is_interrupted_is_stopped_in_athena(world: World) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    catalog = world.with_catalog(sleep=interrupt)
    with pytest.raises(KeyboardInterrupt):
        ask(catalog, "SELECT 1 AS one")
    assert world.athena.calls["StopQueryExecution"] == 1
    (execution,) = world.athena.executions.values()
    assert execution.state == "CANCELLED"
    close(catalog)


def test_a_query_that_ended_is_not_stopped(world: World) -> None:
    with pytest.raises(QueryError):
        ask(world.catalog, "SELECT nope")
    assert world.athena.calls["StopQueryExecution"] == 0


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT\n  nope FROM (SELECT 1 AS a) AS t", "SYNTAX_ERROR: line 2:3: .*nope"),
        ("SELECT 1 +", "SYNTAX_ERROR: line 1:10"),
        ("SELECT * FROM nowhere", r"Table 'awsdatacatalog\.charts_\w+\.nowhere' does not exist"),
    ],
)
def test_a_wrong_query_is_said_with_its_place(world: World, sql: str, said: str) -> None:
    publish(world.catalog, world.storage, "parquet", [])
    with pytest.raises(QueryError, match=said):
        ask(world.catalog, sql)


def test_a_query_that_reads_too_much_is_said_to_with_the_work_group(world: World) -> None:
    fill(world.storage, WEEKS[:2])
    weeks = publish_weeks(world.storage, "parquet", print).weeks
    publish(world.catalog, world.storage, "parquet", weeks)
    world.athena.engine.scan_limit = 10
    with pytest.raises(QueryError, match="more than the work group 'primary' lets a query read"):
        ask(world.catalog, "SELECT * FROM songs")


def test_a_missing_place_for_answers_names_the_setting_that_helps(world: World) -> None:
    world.athena.workgroups["primary"] = ""
    with pytest.raises(QueryError, match="set SPOTIFY_ASSETS_ATHENA_OUTPUT"):
        ask(world.catalog, "SELECT 1 AS one")
    catalog = world.with_catalog(output="s3://answers/here/")
    assert ask(catalog, "SELECT 1 AS one").rows == [(1,)]
    close(catalog)


def test_a_missing_work_group_and_missing_rights_are_said(world: World) -> None:
    catalog = world.with_catalog(workgroup="theirs")
    with pytest.raises(QueryError, match=r"no Athena work group 'theirs'.*ATHENA_WORKGROUP"):
        ask(catalog, "SELECT 1 AS one")
    close(catalog)
    world.athena.denied = {"StartQueryExecution"}
    with pytest.raises(UserError, match="Athena denies StartQueryExecution on the work group"):
        ask(world.catalog, "SELECT 1 AS one")


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("select 1", True),
        ("-- why\n/* and\nhow */ WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("(SELECT 1)", True),
        ("EXPLAIN ANALYZE VERBOSE SELECT 1", True),
        ("EXPLAIN (TYPE IO, FORMAT JSON) SELECT 1", True),
        ("SHOW PARTITIONS songs", True),
        ("EXPLAIN ANALYZE INSERT INTO songs SELECT 1", False),
        ("CREATE TABLE a AS SELECT 1", False),
        ("/* SELECT */ DROP TABLE songs", False),
        ("-- SELECT", False),
        ("", False),
    ],
)
def test_only_reading_counts_as_reading(sql: str, *, reads: bool) -> None:
    assert reads_only(sql) is reads


def close(catalog: Any) -> None:
    """End the connections of a catalog of a test's own."""
    catalog.athena.close()
