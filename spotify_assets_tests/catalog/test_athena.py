"""Athena: typed answers, pages, ends that are waited for, what is refused, failures as sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from spotify_assets.catalog.athena import reader_of
from spotify_assets.catalog.interface import Answer
from spotify_assets.errors import QueryError, UserError
from spotify_assets_tests.aws_world import WEEKS, World, fill
from spotify_assets_tests.fakes.athena import FakeAthena
from spotify_assets_tests.places import on_s3
from spotify_assets_tests.s3_server import Answer as HttpAnswer
from spotify_assets_tests.s3_server import answering


@pytest.fixture(scope="module")
def shared(s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which a week is published, for all tests."""
    with on_s3(s3_endpoint, tmp_path_factory.mktemp("aws")) as place:
        assert place.world
        fill(place.storage, WEEKS[:1])
        place.publish()
        yield place.world


@pytest.fixture
def world(shared: World) -> World:
    """That world, whose Athena was asked nothing yet and allows everything."""
    vars(shared.athena).update(vars(FakeAthena(shared.athena.engine)))
    shared.calls.clear()
    return shared


ODD = "line\u2028separator\u2029 next\x85line, ø 音"


VALUES: dict[str, Any] = {
    "DATE '2024-03-01'": date(2024, 3, 1),
    "TIMESTAMP '2024-03-08 09:41:02.5'": datetime(2024, 3, 8, 9, 41, 2, 500000),  # noqa: DTZ001
    "CAST(7 AS integer)": 7,
    "CAST(9007199254740993 AS bigint)": 9007199254740993,
    "CAST(0.1 AS double)": 0.1,
    "CAST(1.50 AS decimal(5, 2))": Decimal("1.50"),
    "true": True,
    "false": False,
    "''": "",
    "CAST(NULL AS varchar)": None,
    "CAST(NULL AS date)": None,
    f"'{ODD}'": ODD,
    "['pop', 'norsk rap']": ["pop", "norsk rap"],
    "CAST([] AS varchar[])": [],
    "CAST(['a, b', 'c'] AS json)": ["a, b", "c"],
}


def test_values_come_as_what_they_are(world: World) -> None:
    columns = {f"c{number}": sql for number, sql in enumerate(VALUES)}
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    answer = world.catalog.query(f"SELECT {selected}")
    assert answer == Answer(list(columns), [tuple(VALUES.values())])
    assert list(map(type, answer.rows[0])) == list(map(type, VALUES.values()))


MOMENT = datetime(2024, 3, 8, 9, 41, 2, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")
ZONED = "timestamp with time zone"


@pytest.mark.parametrize(
    ("athena_type", "text", "value"),
    [
        (ZONED, "2024-03-08 09:41:02.000 UTC", MOMENT),
        (ZONED, "2024-03-08 09:41:02.000 Europe/Oslo", MOMENT.replace(tzinfo=OSLO)),
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
    assert reader_of(athena_type)(text) == value
    assert reader_of(athena_type)(None) is None


def test_an_answer_of_many_pages_is_whole_and_in_order(world: World) -> None:
    answer = world.catalog.query("SELECT i AS n FROM range(2500) AS t(i) ORDER BY i")
    assert answer.rows == [(number,) for number in range(2500)]
    assert world.calls["GetQueryResults"] == 3


def test_a_row_like_the_header_stays(world: World) -> None:
    assert world.catalog.query("SELECT 'a' AS a").rows == [("a",)]
    assert world.catalog.query("SELECT 'a' AS a WHERE false").rows == []


def test_waiting_grows_longer_and_ends_with_the_query_stopped(world: World) -> None:
    waits: list[float] = []
    world.athena.never_ends = True
    with (
        world.with_catalog(sleep=waits.append) as catalog,
        pytest.raises(QueryError, match="did not answer within 900 seconds, so the query was s"),
    ):
        catalog.athena.run("SELECT 1 AS one")
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.2, 5.0)
    assert 900 <= sum(waits) < 905
    assert world.athena.calls["StopQueryExecution"] == 1


def test_a_query_that_is_interrupted_is_stopped_in_athena(world: World) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with world.with_catalog(sleep=interrupt) as catalog, pytest.raises(KeyboardInterrupt):
        catalog.query("SELECT 1 AS one")
    assert world.athena.calls["StopQueryExecution"] == 1
    (execution,) = world.athena.executions.values()
    assert execution.state == "CANCELLED"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT\n  nope FROM (SELECT 1 AS a) AS t", "SYNTAX_ERROR: line 2:3: .*nope"),
        ("SELECT * FROM nowhere", r"Table 'awsdatacatalog\.charts_\w+\.nowhere' does not exist"),
    ],
)
def test_a_wrong_query_is_said_with_its_place_and_needs_no_stopping(
    world: World, sql: str, said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        world.catalog.query(sql)
    assert world.athena.calls["StopQueryExecution"] == 0


def test_a_query_that_reads_too_much_is_said_to_with_the_work_group(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(world.athena.engine, "scan_limit", 10)
        with pytest.raises(QueryError, match=r"more than the work group 'primary' .*limit was exc"):
            world.catalog.query("SELECT * FROM songs")


def test_a_missing_place_for_answers_names_the_setting_that_helps(world: World) -> None:
    world.athena.workgroups["primary"] = ""
    with pytest.raises(QueryError, match=r"No output location .*set SPOTIFY_ASSETS_ATHENA_OUTPUT"):
        world.catalog.query("SELECT 1 AS one")
    with world.with_catalog(output="s3://answers/here/") as catalog:
        assert catalog.query("SELECT 1 AS one").rows == [(1,)]


def test_a_missing_work_group_and_missing_rights_are_said(world: World) -> None:
    with (
        world.with_catalog(workgroup="theirs") as catalog,
        pytest.raises(QueryError, match=r"no Athena work group 'theirs'.*ATHENA_WORKGROUP"),
    ):
        catalog.query("SELECT 1 AS one")
    world.athena.denied = {"StartQueryExecution"}
    with pytest.raises(UserError, match="Athena denies StartQueryExecution on the work group"):
        world.catalog.query("SELECT 1 AS one")


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        ("FAILED", "Access Denied (Service: Amazon S3)", "may not read or write what the query ne"),
        # Neither is about the setting or the limit that its words remind one of.
        ("FAILED", "Output location s3://a/ is in another region", "answer the query: Output loc"),
        ("FAILED", "Table scan failed: open files limit", "answer the query: Table scan failed"),
        ("CANCELLED", "by somebody", "was cancelled in Athena: by somebody"),
        ("FAILED", "", "can't answer the query: no reason is given"),
        ("", "What AWS says.", "Athena refuses the query: What AWS says"),
    ],
)
def test_how_a_query_ended_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str, reason: str, said: str
) -> None:
    ended = {"QueryExecution": {"Status": {"State": state, "StateChangeReason": reason}}}
    answers = [http(200, {"QueryExecutionId": "made-up"}), http(200, ended)]
    if not state:
        answers = [http(400, {"__type": "InvalidRequestException", "Message": reason})]
    with answering(answers) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", address)
        with world.with_catalog() as catalog, pytest.raises(QueryError, match=said):
            catalog.query("SELECT 1 AS one")


def test_the_columns_of_describe_come_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["col_name", "data_type", "comment"]
    lines = ["week                \tdate                \tits Friday          ", "rank\tint\t"]
    described = {
        "Rows": [{"Data": [{"VarCharValue": line}]} for line in lines],
        "ResultSetMetadata": {"ColumnInfo": [{"Name": n, "Type": "string"} for n in names]},
    }
    ended = {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}}
    answers = [{"QueryExecutionId": "made-up"}, ended, {"ResultSet": described}]
    with answering([http(200, answer) for answer in answers]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", address)
        with world.with_catalog() as catalog:
            answer = catalog.query("DESCRIBE songs")
    assert answer == Answer(names, [("week", "date", "its Friday"), ("rank", "int", "")])


def http(status: int, content: dict[str, Any]) -> HttpAnswer:
    return status, {}, json.dumps(content).encode()


READS = (
    "select 1 AS one",
    "-- why\n/* and\nhow */ WITH a AS (SELECT 1 AS one) SELECT * FROM a",
    "(SELECT 1 AS one)",
)
WRITES = (
    "EXPLAIN ANALYZE INSERT INTO songs SELECT 1",
    "EXPLAIN (TYPE IO, FORMAT JSON) DROP VIEW songs",
    "CREATE TABLE a AS SELECT 1",
    "/* SELECT */ DROP TABLE songs",
    "-- SELECT",
    "",
)


def test_only_what_reads_is_sent_and_as_it_is(world: World) -> None:
    for sql in WRITES:
        with pytest.raises(QueryError, match=r"is refused: queries only read|The query is empty"):
            world.catalog.query(sql)
    for sql in READS:
        assert world.catalog.query(sql).rows == [(1,)]
    assert world.athena.queries == list(READS)
