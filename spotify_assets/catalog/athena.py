"""Athena: a statement in, typed rows out; or a sentence that says why not.

Which statements are run is decided in `glue`, and on the command line.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import BotoCoreError, ClientError

from spotify_assets.catalog.interface import FIRST_WORD, Answer, require_reading, without_explain
from spotify_assets.errors import QueryError
from spotify_assets.storage.aws_errors import plain_errors
from spotify_assets.storage.s3 import aws_client

FIRST_WAIT, LONGEST_WAIT, SECONDS_TO_ANSWER = 0.2, 5.0, 900.0
READING = ("SELECT", "WITH", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "(")
ZONE = " with time zone"


@dataclass(frozen=True)
class Athena:
    """A work group that queries a database.

    `output` is where Athena writes its answers, `s3://…`; empty for where the work group says. `sleep`
    waits for an answer.
    """

    database: str
    workgroup: str
    output: str = ""
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def client(self) -> Any:
        """The client, made when it is first needed: definitions load without credentials."""
        with plain_errors("Athena", f"the work group {self.workgroup!r}"):
            return aws_client("athena")

    def query(self, sql: str) -> Answer:
        """Return the answer to a statement that only reads.

        Raises:
            QueryError: it does more, or as `run` does.
        """
        words = FIRST_WORD.findall(without_explain(sql))[:1]
        require_reading(map(str.upper, words), READING)
        return self.run(sql)

    def run(self, sql: str, *, seconds: float = SECONDS_TO_ANSWER) -> Answer:
        """Run a statement and return its answer; one that is given up is stopped in Athena too.

        Raises:
            QueryError: it fails, is cancelled, or takes longer than these seconds.
            UserError: AWS doesn't answer.
        """
        with plain_errors("Athena", f"the work group {self.workgroup!r}"):
            query = self._start(sql)
            try:
                status = self._wait(query, seconds)
            except BaseException:  # Ctrl-C too: an answer that nobody waits for isn't paid for
                with suppress(ClientError, BotoCoreError):
                    self.client.stop_query_execution(QueryExecutionId=query)
                raise
            if status["State"] != "SUCCEEDED":
                raise QueryError(self._failed(status["State"], status.get("StateChangeReason")))
            return self._answer(query)

    def _start(self, sql: str) -> str:
        request: dict[str, Any] = {
            "QueryString": sql,
            "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": self.database},
            "WorkGroup": self.workgroup,
        }
        if self.output:
            request["ResultConfiguration"] = {"OutputLocation": self.output}
        try:
            return str(self.client.start_query_execution(**request)["QueryExecutionId"])
        except self.client.exceptions.InvalidRequestException as error:
            raise QueryError(self._refused(error.response["Error"]["Message"])) from None

    def _wait(self, query: str, seconds: float) -> dict[str, Any]:
        """Wait for a statement's end, and return its status then."""
        waited, pause = 0.0, FIRST_WAIT
        while True:
            answer = self.client.get_query_execution(QueryExecutionId=query)
            status: dict[str, Any] = answer["QueryExecution"]["Status"]
            if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return status
            if waited >= seconds:
                raise QueryError(
                    f"Athena did not answer within {seconds:.0f} seconds, so the query was stopped. "
                    "Query fewer weeks (WHERE week >= …), or try again later."
                )
            self.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, LONGEST_WAIT)

    def _answer(self, query: str) -> Answer:
        names: list[str] = []
        readers: list[Callable[[str | None], Any]] = []
        rows: list[tuple[Any, ...]] = []
        pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        for number, page in enumerate(pages):
            result = page["ResultSet"]
            texts = [[d.get("VarCharValue") for d in row.get("Data", [])] for row in result["Rows"]]
            if number == 0:
                columns = result["ResultSetMetadata"]["ColumnInfo"]
                names = [column["Name"] for column in columns]
                readers = [reader_of(column["Type"]) for column in columns]
                if texts and texts[0] == names:  # a SELECT's answer begins with its header
                    del texts[0]
            rows += [tuple(r(text) for r, text in zip(readers, row, strict=True)) for row in texts]
        return Answer(names, rows)

    def _refused(self, message: str) -> str:
        if re.search("output location", message, re.IGNORECASE):
            return (
                "Athena has nowhere to write its answers: set SPOTIFY_ASSETS_ATHENA_OUTPUT to an s3:// "
                f"folder, or give the work group {self.workgroup!r} one."
            )
        if re.search("workgroup.*not found", message, re.IGNORECASE):
            return (
                f"There is no Athena work group {self.workgroup!r}: set "
                "SPOTIFY_ASSETS_ATHENA_WORKGROUP to one that exists."
            )
        return f"Athena refuses the query: {message}"

    def _failed(self, state: str, reason: str | None) -> str:
        reason = reason or "no reason is given"
        if re.search("scan.*(limit|cutoff)", reason, re.IGNORECASE):
            return (
                "Athena stopped the query, because it would read more than the work group "
                f"{self.workgroup!r} lets a query read ({reason}). Query fewer weeks (WHERE week >= …) "
                "or columns, or raise the limit."
            )
        if re.search(
            "access.?denied|not authorized|insufficient permission", reason, re.IGNORECASE
        ):
            return (
                f"Athena may not read or write what the query needs: {reason}\nThe policy in "
                "deploy/terraform/roles.tf has all that is needed."
            )
        if reason.startswith("HIVE_"):
            return (
                f"Athena can't read the table files as Glue declares them: {reason}\nMake the week "
                "again: spotify-assets update --weeks A..B"
            )
        was_cancelled = state == "CANCELLED"
        said = (
            "The query was cancelled in Athena"
            if was_cancelled
            else "Athena can't answer the query"
        )
        return f"{said}: {reason}"


def reader_of(athena_type: str) -> Callable[[str | None], Any]:
    """Return what reads the texts of a column of this type; texts of unknown types stay texts.

    Athena answers in texts; a null is the absence of one, so an empty text stays one. It writes arrays
    as `[a, b]`, whatever is in them, so items come as texts, and one with a comma and a blank in it
    comes as two; a query that must be exact casts the column to json.
    """
    name, _, rest = athena_type.lower().partition("(")  # timestamp(3) with time zone
    read = READERS.get(name.strip() + (ZONE if rest.endswith(ZONE) else ""), str)
    return lambda text: None if text is None else read(text)


def _array(text: str) -> list[str | None]:
    items = text.removeprefix("[").removesuffix("]")
    return [None if item == "null" else item for item in items.split(", ")] if items else []


def _moment_with_zone(text: str) -> datetime:
    moment, _, zone = text.rpartition(" ")
    if zone[:1] in "+-":
        return datetime.fromisoformat(moment + zone)
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))


READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "int", "bigint"), int),
    **dict.fromkeys(("double", "float", "real"), float),
    "decimal": Decimal,
    "boolean": lambda text: text.lower() == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    f"timestamp{ZONE}": _moment_with_zone,
    "array": _array,
    "json": json.loads,
}
