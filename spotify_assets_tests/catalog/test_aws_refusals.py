"""What Glue and Athena refuse, as sentences with the remedy; what another run may have done first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest

from spotify_assets.catalog.athena import ask
from spotify_assets.catalog.glue_catalog import publish
from spotify_assets.catalog.glue_partitions import reconcile
from spotify_assets.errors import QueryError, UserError
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.tables.schemas import SONGS, TABLES
from spotify_assets_tests.aws_world import World, aws_world
from spotify_assets_tests.s3_server import Answer, answering

WEEK = date(2024, 3, 1)


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


def answer(**content: object) -> Answer:
    return 200, {}, json.dumps(content).encode()


def refusal(code: str) -> Answer:
    return 400, {}, json.dumps({"__type": code, "Message": "What AWS says."}).encode()


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["EntityNotFoundException", "AccessDeniedException"], "may not create it"),
        (["AccessDeniedException"], "Glue denies GetDatabase on the database"),
        (["ExpiredTokenException"], "doesn't accept the credentials"),
    ],
)
def test_what_glue_refuses_is_said_with_the_remedy(
    world: World, monkeypatch: pytest.MonkeyPatch, codes: list[str], said: str
) -> None:
    with answering([refusal(code) for code in codes]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", address)
        catalog = world.with_catalog()
        with pytest.raises(UserError, match=said):
            publish(catalog, world.storage, "parquet", [])
        catalog.glue.close()


def batch_error(code: str) -> Answer:
    detail = {"ErrorCode": code, "ErrorMessage": "What Glue says."}
    return answer(Errors=[{"PartitionValues": [str(WEEK)], "ErrorDetail": detail}])


@pytest.mark.parametrize("code", ["InternalServiceException", "AlreadyExistsException"])
def test_what_a_batch_could_not_do_is_said_unless_another_run_has_done_it(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    with answering([answer(Partitions=[]), batch_error(code)]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", address)
        catalog = world.with_catalog()
        if code == "AlreadyExistsException":
            added, changed, removed = reconcile(catalog, world.storage, SONGS, [WEEK])
            assert (added, changed, removed) == ([str(WEEK)], [], [])
        else:
            said = f"could not change week {WEEK} of songs: {code}: What Glue says. Publish again"
            with pytest.raises(UserError, match=said):
                reconcile(catalog, world.storage, SONGS, [WEEK])
        catalog.glue.close()


def test_another_run_that_made_the_database_and_the_tables_first_is_no_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = refusal("AlreadyExistsException")
    of_table = [exists, answer(Partitions=[])]
    of_database = [refusal("EntityNotFoundException"), exists, answer(TableList=[])]
    with answering([*of_database, *of_table * len(TABLES)]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", address)
        catalog = world.with_catalog()
        assert not publish(catalog, world.storage, "parquet", []).database_created
        catalog.glue.close()


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (
            "FAILED",
            "Access Denied (Service: Amazon S3)",
            "may not read or write what the query needs",
        ),
        ("CANCELLED", "by somebody", "was cancelled in Athena: by somebody"),
        ("FAILED", "", "can't answer the query: no reason is given"),
    ],
)
def test_how_a_query_ended_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str, reason: str, said: str
) -> None:
    status = {"State": state, "StateChangeReason": reason}
    ended = answer(QueryExecution={"Status": status})
    with answering([answer(QueryExecutionId="made-up"), ended]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", address)
        catalog = world.with_catalog()
        with pytest.raises(QueryError, match=said):
            ask(catalog, "SELECT 1 AS one")
        catalog.athena.close()


def test_a_query_that_athena_does_not_take_is_said_in_its_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering([refusal("InvalidRequestException")]) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", address)
        catalog = world.with_catalog()
        with pytest.raises(QueryError, match="Athena refuses the query: What AWS says"):
            ask(catalog, "SELECT 1 AS one")
        catalog.athena.close()
