"""Athena: a statement in, typed rows out; or a sentence that says why not."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError

from spotify_assets.catalog.interface import FIRST_WORD, Answer, require_reading, without_explain
from spotify_assets.errors import QueryError
from spotify_assets.storage.aws_errors import plain_errors
from spotify_assets.storage.s3 import aws_client

FIRST_WAIT, LONGEST_WAIT, SECONDS_TO_ANSWER = 0.2, 5.0, 900.0
READING = ("SELECT", "WITH", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "(")
ZONE = " with time zone"
KNOWN_REASONS = {  # what Athena's reason matches, and what to say instead
    "no output location": "Athena has nowhere to write its answers ({reason}): set "
    "SPOTIFY_ASSETS_ATHENA_OUTPUT to an s3:// folder, or give the work group {workgroup} one.",
    "workgroup.*not found": "There is no Athena work group {workgroup}: set "
    "SPOTIFY_ASSETS_ATHENA_WORKGROUP to one that exists.",
    "bytes scanned.*(limit|cutoff)": "Athena stopped the query, because it would read more than "
    "the work group {workgroup} lets a query read ({reason}). Query fewer weeks (WHERE week >= …) or "
    "columns, or raise the limit.",
    "access.?denied|not authorized|insufficient permission": "Athena may not read or write what the "
    "query needs: {reason}\nThe policy in deploy/terraform/roles.tf has all that is needed.",
    "^HIVE_": "Athena can't read the table files as Glue declares them: {reason}\nMake the week "
    "again: spotify-assets update --weeks A..B",
}


@dataclass(frozen=True)
class Athena:
    """A work group that queries a database, and writes its answers to `output`, `s3://…`, if set."""

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
        """Return the answer to a statement as `run` does; a QueryError if it does more than read."""
        require_reading(FIRST_WORD.findall(without_explain(sql).upper()), READING)
        return self.run(sql)

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Yield the answer to a statement, typed, a batch per page; what `query` refuses is refused.

        Of what Arrow has no type for, such as json, the text is kept.
        """
        require_reading(FIRST_WORD.findall(without_explain(sql).upper()), READING)
        for columns, rows in self._pages(sql):
            fields = [pa.field(column["Name"], arrow_type_of(column)) for column in columns]
            texts = zip(*rows, strict=True) if rows else [()] * len(columns)
            arrays = [
                pa.array(
                    of if field.type == pa.string() else map(reader_of(c["Type"]), of), field.type
                )
                for field, c, of in zip(fields, columns, texts, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))

    def run(self, sql: str) -> Answer:
        """Run a statement and return its answer, as `_pages` does."""
        pages = [*self._pages(sql)]
        columns = pages[0][0]
        readers = [reader_of(column["Type"]) for column in columns]
        texts = (row for _, rows in pages for row in rows)
        rows = [tuple(r(text) for r, text in zip(readers, row, strict=False)) for row in texts]
        return Answer([column["Name"] for column in columns], rows)

    def _pages(self, sql: str) -> Iterator[tuple[list[dict[str, Any]], list[list[str | None]]]]:
        """Run a statement, and yield pages of its answer: what its columns are, and rows of texts.

        One that is given up is stopped in Athena too.

        Raises:
            QueryError: it fails, is cancelled, or takes too long.
            UserError: AWS doesn't answer.
        """
        request: dict[str, Any] = {
            "QueryString": sql,
            "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": self.database},
            "WorkGroup": self.workgroup,
        }
        if self.output:
            request["ResultConfiguration"] = {"OutputLocation": self.output}
        with plain_errors("Athena", f"the work group {self.workgroup!r}"):
            try:
                query = self.client.start_query_execution(**request)["QueryExecutionId"]
            except self.client.exceptions.InvalidRequestException as error:
                reason = error.response["Error"]["Message"]
                raise QueryError(self._in_words("Athena refuses the query", reason)) from None
            try:
                status = self._wait(query)
            except BaseException:  # Ctrl-C too: an answer that nobody waits for isn't paid for
                with suppress(ClientError, BotoCoreError):
                    self.client.stop_query_execution(QueryExecutionId=query)
                raise
            if status["State"] == "SUCCEEDED":
                pages = self.client.get_paginator("get_query_results")
                for number, page in enumerate(pages.paginate(QueryExecutionId=query)):
                    yield _columns_and_texts(page["ResultSet"], is_first=number == 0)
                return
        cancelled = status["State"] == "CANCELLED"
        what = "The query was cancelled in Athena" if cancelled else "Athena can't answer the query"
        reason = status.get("StateChangeReason") or "no reason is given"
        raise QueryError(self._in_words(what, reason))

    def _wait(self, query: str) -> dict[str, Any]:
        """Wait for a statement's end, and return its status then."""
        waited, pause = 0.0, FIRST_WAIT
        while True:
            answer = self.client.get_query_execution(QueryExecutionId=query)
            status: dict[str, Any] = answer["QueryExecution"]["Status"]
            if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return status
            if waited >= SECONDS_TO_ANSWER:
                raise QueryError(
                    f"Athena did not answer within {SECONDS_TO_ANSWER:.0f} seconds, so the query was "
                    "stopped. Query fewer weeks (WHERE week >= …), or try again later."
                )
            self.sleep(pause)
            waited += pause
            pause = min(pause * 1.5, LONGEST_WAIT)

    def _in_words(self, what: str, reason: str) -> str:
        """Return a sentence for the reason that Athena has, with a remedy where one is known."""
        for pattern, sentence in KNOWN_REASONS.items():
            if re.search(pattern, reason, re.IGNORECASE):
                return sentence.format(reason=reason, workgroup=repr(self.workgroup))
        return f"{what}: {reason}"


def _columns_and_texts(
    result: Mapping[str, Any], *, is_first: bool
) -> tuple[list[dict[str, Any]], list[list[str | None]]]:
    columns = result["ResultSetMetadata"]["ColumnInfo"]
    texts = [[value.get("VarCharValue") for value in row.get("Data", [])] for row in result["Rows"]]
    if is_first and texts[:1] == [[column["Name"] for column in columns]]:
        del texts[0]  # a SELECT's answer begins with its header
    if len(columns) > 1 and all(len(row) == 1 for row in texts):
        # each row of DESCRIBE is one text, with tabs between its columns
        texts = [[text.strip() for text in (row[0] or "").split("\t")] for row in texts]
    return columns, texts


def arrow_type_of(column: Mapping[str, Any]) -> pa.DataType:
    """Return Arrow's type for a column as Athena describes it; text where there is none."""
    name, _, rest = column["Type"].lower().partition("(")
    if name == "decimal":
        return pa.decimal128(column.get("Precision") or 38, column.get("Scale") or 0)
    return ARROW_TYPES.get(name.strip() + (ZONE if rest.endswith(ZONE) else ""), pa.string())


def reader_of(athena_type: str) -> Callable[[str | None], Any]:
    """Return what reads the texts of a column of this type; texts of unknown types stay texts.

    Athena writes arrays as `[a, b]`, whatever is in them, so an item with a comma and a blank comes as
    two; a query that must be exact casts the column to json.
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

ARROW_TYPES: dict[str, pa.DataType] = {
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    **dict.fromkeys(("integer", "int"), pa.int32()),
    "bigint": pa.int64(),
    "double": pa.float64(),
    **dict.fromkeys(("float", "real"), pa.float32()),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    f"timestamp{ZONE}": pa.timestamp("us", "UTC"),
    "array": pa.list_(pa.string()),
}
