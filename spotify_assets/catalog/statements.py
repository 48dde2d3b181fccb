"""What a statement is, told by its text alone, for every engine."""

from __future__ import annotations

import re

BLANKS_AND_COMMENTS = re.compile(r"(\s+|--[^\n]*(\n|$)|/\*.*?\*/)+", re.DOTALL)
EXPLAIN = re.compile(r"EXPLAIN(\s+(ANALYZE|VERBOSE)\b|\s*\([^)]*\))*", re.IGNORECASE)


def without_explain(sql: str) -> str:
    """The statement that is explained, or the statement itself, without comments before it."""
    while True:
        blanks = BLANKS_AND_COMMENTS.match(sql)
        left = sql[blanks.end() :] if blanks else sql
        explain = EXPLAIN.match(left)
        if explain is None:
            return left
        sql = left[explain.end() :]
