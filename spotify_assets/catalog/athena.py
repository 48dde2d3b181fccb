"""Athena: a statement in, its answer out, typed; or a sentence that says why not.

How Athena's texts become values is in `athena_values`, what it is asked in `athena_views`, in
`glue_contents` and on the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from spotify_assets.catalog.athena_values import typed
from spotify_assets.catalog.aws import AwsCatalog, plain_errors
from spotify_assets.catalog.statements import without_explain
from spotify_assets.errors import QueryError

FIRST_WAIT = 0.2
LONGEST_WAIT = 5.0
SECONDS_TO_ANSWER = 900.0
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
READING = ("SELECT", "WITH", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "(")


@dataclass(frozen=True)
class Answer:
    """An answer: the names of its columns, and its rows."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def ask(catalog: AwsCatalog, sql: str, *, seconds: float = SECONDS_TO_ANSWER) -> Answer:
    """Run a statement and give its answer; a statement that is given up is stopped in Athena too.

    Raises:
        QueryError: it fails, is cancelled, or takes longer than these seconds.
        UserError: AWS can't be asked.
    """
    with plain_errors("Athena", f"the work group {catalog.workgroup!r}"):
        query = _start(catalog, sql)
        try:
            status = _ended(catalog, query, seconds)
        except BaseException:  # Ctrl-C as well: what nobody waits for need not be paid for
            with suppress(ClientError, BotoCoreError):
                catalog.athena.stop_query_execution(QueryExecutionId=query)
            raise
        if status["State"] != "SUCCEEDED":
            reason = status.get("StateChangeReason") or "no reason is given"
            raise QueryError(_failed(catalog, status["State"], reason))
        return _answer(catalog, query)


def reads_only(sql: str) -> bool:
    """Whether a statement only reads; `EXPLAIN` of one that reads does too."""
    word = re.match(r"\(|\w+", without_explain(sql))
    return word is not None and word[0].upper() in READING


def _start(catalog: AwsCatalog, sql: str) -> str:
    request: dict[str, Any] = {
        "QueryString": sql,
        "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": catalog.database},
        "WorkGroup": catalog.workgroup,
    }
    if catalog.output:
        request["ResultConfiguration"] = {"OutputLocation": catalog.output}
    try:
        return str(catalog.athena.start_query_execution(**request)["QueryExecutionId"])
    except catalog.athena.exceptions.InvalidRequestException as error:
        raise QueryError(_refused(catalog, str(error.response["Error"]["Message"]))) from None


def _ended(catalog: AwsCatalog, query: str, seconds: float) -> dict[str, Any]:
    """Wait for a statement's end; gives its status then."""
    waited, pause = 0.0, FIRST_WAIT
    while True:
        execution = catalog.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        status: dict[str, Any] = execution["Status"]
        if status["State"] in ENDED:
            return status
        if waited >= seconds:
            raise QueryError(
                f"Athena did not answer within {seconds:.0f} seconds, so the query was stopped. Ask "
                "for fewer weeks (WHERE week >= …), or try again later."
            )
        catalog.sleep(pause)
        waited += pause
        pause = min(pause * 1.5, LONGEST_WAIT)


def _answer(catalog: AwsCatalog, query: str) -> Answer:
    names: list[str] = []
    read: list[Callable[[str | None], Any]] = []
    rows: list[tuple[Any, ...]] = []
    pages = catalog.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    for number, page in enumerate(pages):
        result = page["ResultSet"]
        texts = [[d.get("VarCharValue") for d in row.get("Data", [])] for row in result["Rows"]]
        if number == 0:
            columns = result["ResultSetMetadata"]["ColumnInfo"]
            names = [column["Name"] for column in columns]
            read = [typed(column["Type"]) for column in columns]
            if texts and texts[0] == names:  # a SELECT's answer begins with its header
                del texts[0]
        rows += [tuple(to(text) for to, text in zip(read, row, strict=True)) for row in texts]
    return Answer(names, rows)


def _refused(catalog: AwsCatalog, said: str) -> str:
    if "output location" in said.lower():
        return (
            f"Athena has nowhere to put its answers: set SPOTIFY_ASSETS_ATHENA_OUTPUT to an s3:// "
            f"folder, or give the work group {catalog.workgroup!r} one."
        )
    if "workgroup" in said.lower() and "not found" in said.lower():
        return (
            f"There is no Athena work group {catalog.workgroup!r}: set "
            "SPOTIFY_ASSETS_ATHENA_WORKGROUP to one that is there."
        )
    return f"Athena refuses the query: {said}"


def _failed(catalog: AwsCatalog, state: str, reason: str) -> str:
    if "scan" in reason.lower() and ("limit" in reason.lower() or "cutoff" in reason.lower()):
        return (
            f"Athena stopped the query, for it would read more than the work group "
            f"{catalog.workgroup!r} lets a query read ({reason}). Ask for fewer weeks (WHERE week >= "
            "…) or columns, or raise the limit."
        )
    if re.search(r"access.?denied|not authorized|insufficient permission", reason, re.IGNORECASE):
        return (
            f"Athena may not read or write what the query needs: {reason}\nThe policy in "
            "deploy/terraform/roles.tf has all that is needed."
        )
    if reason.startswith("HIVE_"):
        return (
            f"Athena can't read the table files as Glue declares them: {reason}\nMake the week anew: "
            "spotify-assets update --weeks A..B"
        )
    if state == "CANCELLED":
        return f"The query was cancelled in Athena: {reason}"
    return f"Athena can't answer the query: {reason}"
