"""Athena over real HTTP: it executes queries over what Glue declares, and only that.

The protocol is here, the execution in `athena_engine`. No place for answers and an unknown work group
are refused; a query is queued before it ends; a SELECT's answer begins with its header, comes in pages
of 1,000 rows, all as texts. Source: Athena's API reference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

from spotify_assets_tests.fakes.athena_engine import AthenaEngine, Failed, Result
from spotify_assets_tests.fakes.http_server import serving

MOST_ROWS = 1000  # in a page, the header among them


@dataclass
class Execution:
    """A query, and what became of it; `polls` are those until it is seen to have ended."""

    state: str
    result: Result | None = None
    reason: str = ""
    polls: int = 1


@dataclass
class FakeAthena:
    """What this Athena allows, and which queries it got.

    `workgroups` are its work groups with where each puts answers. `never_ends` has every query
    running until it is stopped. `denied` are operations that this identity may not call.
    """

    engine: AthenaEngine
    workgroups: dict[str, str] = field(default_factory=lambda: {"primary": "s3://answers/"})
    never_ends: bool = False
    denied: set[str] = field(default_factory=set)
    queries: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    executions: dict[str, Execution] = field(default_factory=dict)

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What is answered to an operation; raises Refused where it isn't."""
        self.calls[operation] += 1
        if operation in self.denied:
            raise Refused("AccessDeniedException", f"not authorized to perform athena:{operation}")
        if operation == "StartQueryExecution":
            return {"QueryExecutionId": self._start(asked)}
        execution = self.executions.get(asked["QueryExecutionId"])
        if execution is None:
            raise Refused("InvalidRequestException", "QueryExecution was not found")
        if operation == "StopQueryExecution":
            execution.state, execution.reason, execution.polls = "CANCELLED", "Query cancelled!", 0
            return {}
        if operation == "GetQueryExecution":
            execution.polls -= not self.never_ends
            state = "RUNNING" if execution.polls >= 0 and execution.state != "CANCELLED" else ""
            status = {"State": state or execution.state}
            if not state and execution.reason:
                status["StateChangeReason"] = execution.reason
            return {"QueryExecution": {**asked, "Status": status}}
        return _page(execution, int(asked.get("NextToken", 0)), asked.get("MaxResults", MOST_ROWS))

    def _start(self, asked: dict[str, Any]) -> str:
        workgroup = asked.get("WorkGroup", "primary")
        if workgroup not in self.workgroups:
            raise Refused("InvalidRequestException", f"WorkGroup {workgroup} is not found.")
        given = asked.get("ResultConfiguration", {}).get("OutputLocation", "")
        if not (self.workgroups[workgroup] or given).startswith("s3://"):
            raise Refused(
                "InvalidRequestException",
                "No output location provided. An output location is required either through the "
                "Workgroup result configuration setting or as an API input.",
            )
        if asked["QueryExecutionContext"].get("Catalog") != "AwsDataCatalog":
            raise Refused("InvalidRequestException", "Catalog is not found")
        self.queries.append(asked["QueryString"])
        try:
            database = asked["QueryExecutionContext"]["Database"]
            result = self.engine.execute(database, asked["QueryString"])
            execution = Execution("SUCCEEDED", result)
        except Failed as failed:
            execution = Execution(failed.state, None, str(failed))
        key = str(uuid4())
        self.executions[key] = execution
        return key


class Refused(Exception):  # noqa: N818 - an answer, not an error of ours
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _page(execution: Execution, start: int, size: int) -> dict[str, Any]:
    if execution.state != "SUCCEEDED" or execution.result is None:
        raise Refused("InvalidRequestException", f"Query has not yet finished: {execution.state}")
    result = execution.result
    header = [[name for name, _ in result.columns]] if result.has_header else []
    lines = [*header, *result.rows]
    data = [
        {"Data": [{} if text is None else {"VarCharValue": text} for text in line]}
        for line in lines[start : start + size]
    ]
    columns = [{"Name": n, "Label": n, "Type": t} for n, t in result.columns]
    result_set: dict[str, Any] = {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}}
    answer: dict[str, Any] = {"ResultSet": result_set}
    if start + size < len(lines):
        answer["NextToken"] = str(start + size)
    return answer


@contextmanager
def athena_server(fake: FakeAthena) -> Iterator[str]:
    """Run a server; yields its address, for AWS_ENDPOINT_URL_ATHENA."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
            assert service == "AmazonAthena"
            assert self.headers["Content-Type"] == "application/x-amz-json-1.1"
            try:
                self._send(200, fake.answer(operation, json.loads(body)))
            except Refused as refused:
                self._send(400, {"__type": refused.code, "message": str(refused)})

        def _send(self, status: int, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            pass

    with serving(Handler) as address:
        yield address
