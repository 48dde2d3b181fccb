"""What both catalogs read alike: whether a statement only reads, row counts, columns that differ.

Pure functions of texts and answers. Asking an engine is in `duckdb` and `athena`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date

from spotify_assets.catalog.interface import Answer
from spotify_assets.errors import QueryError
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import describe_weeks

BLANKS_AND_COMMENTS = re.compile(r"(\s+|--[^\n]*(\n|$)|/\*.*?\*/)+", re.DOTALL)
EXPLAIN = re.compile(r"EXPLAIN(\s+(ANALYZE|VERBOSE)\b|\s*\([^)]*\))*", re.IGNORECASE)
FIRST_WORD = re.compile(r"\(|\w+")


def without_explain(sql: str) -> str:
    """Return the statement that is explained, or the statement itself, without comments before it."""
    while True:
        blanks = BLANKS_AND_COMMENTS.match(sql)
        rest = sql[blanks.end() :] if blanks else sql
        explain = EXPLAIN.match(rest)
        if explain is None:
            return rest
        sql = rest[explain.end() :]


def first_word(sql: str) -> str:
    """Return the word that says what a statement does, in capitals, whether it is explained or not.

    Raises:
        QueryError: there is none.
    """
    word = FIRST_WORD.match(without_explain(sql))
    if word is None:
        raise QueryError("The query is empty.")
    return word[0].upper()


def refusal(what: str) -> QueryError:
    """Return the error that says why a statement like `DROP` isn't run."""
    return QueryError(
        f"{what} is refused: queries only read. Tables are made from the raw files by "
        "`spotify-assets update`; --csv and --json print an answer that you can keep."
    )


def count_rows(
    query: Callable[[str], Answer], weeks: Collection[date]
) -> dict[str, dict[date, int]]:
    """Return the rows of each table by week, counted by a single query."""
    counts: dict[str, dict[date, int]] = {name: {} for name in TABLES}
    if weeks:
        of_weeks = f"WHERE week BETWEEN DATE '{min(weeks)}' AND DATE '{max(weeks)}' GROUP BY week"
        sql = " UNION ALL ".join(
            f"SELECT '{name}' AS table_name, week, count(*) AS row_count FROM {name} {of_weeks}"  # noqa: S608
            for name in TABLES
        )
        for name, week, count in query(sql).rows:
            if week in weeks:
                counts[name][week] = count
    return counts


def changed_weeks(
    before: Mapping[str, Collection[date]], after: Mapping[str, Collection[date]]
) -> dict[str, dict[str, str]]:
    """Return the weeks that came and went, as `Catalog.publish` reports them."""
    changes: dict[str, dict[str, str]] = {}
    for what, old, new in (("weeks added", before, after), ("weeks removed", after, before)):
        for name in TABLES:
            if weeks := {*new.get(name, ())} - {*old.get(name, ())}:
                changes.setdefault(what, {})[name] = describe_weeks(weeks)
    return changes


def column_differences(
    table: str, found: Mapping[str, str], declared: Mapping[str, str]
) -> list[str]:
    """Return a sentence for each column that is missing, not declared, or of another type."""
    sentences = [f"{table} has no column {name}" for name in declared if name not in found]
    sentences += [f"{table}.{name} isn't declared" for name in found if name not in declared]
    sentences += [
        f"{table}.{name} is {found[name]} there and declared as {sql_type}"
        for name, sql_type in declared.items()
        if found.get(name, sql_type) != sql_type
    ]
    return sentences
