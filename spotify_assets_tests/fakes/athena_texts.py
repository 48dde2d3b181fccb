"""Athena's words: its types, its failures, and values as it writes them; for `athena_engine`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

SCALARS = {
    "VARCHAR": ("varchar", "string"),
    "INTEGER": ("integer", "int"),
    "BIGINT": ("bigint", "bigint"),
    "DOUBLE": ("double", "double"),
    "BOOLEAN": ("boolean", "boolean"),
    "DATE": ("date", "date"),
    "TIMESTAMP": ("timestamp", "timestamp"),
    "TIMESTAMP_MS": ("timestamp", "timestamp"),
    "JSON": ("json", "string"),
    "VARCHAR[]": ("array(varchar)", "array<string>"),
}


class Failed(Exception):  # noqa: N818 - a query's end, not an error of ours
    """A query that ended without an answer: its state, and the reason as Athena gives it."""

    def __init__(self, reason: str, state: str = "FAILED") -> None:
        super().__init__(reason)
        self.state = state


def trino(duckdb_type: str) -> str:
    if duckdb_type.startswith("DECIMAL"):
        return duckdb_type.lower()
    if duckdb_type not in SCALARS:
        raise Failed(f"NOT_SUPPORTED: nothing of Athena's is a {duckdb_type}")
    return SCALARS[duckdb_type][0]


def where(message: str) -> str:
    """DuckDB's message as Athena words it, with line and column."""
    first = message.splitlines()[0].split(": ", 1)[-1]
    place = re.search(r"LINE (\d+): (.*)\n( *)\^", message)
    if place is None:
        return f"SYNTAX_ERROR: {first}"
    column = len(place[3]) - len(f"LINE {place[1]}: ") + 1
    return f"SYNTAX_ERROR: line {place[1]}:{column}: {first}"


def as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    if isinstance(value, list):
        return f"[{', '.join('null' if v is None else str(as_text(v)) for v in value)}]"
    return str(value)
