"""What a catalog can do, whichever it is: the promises that DuckDB's and AWS's both keep.

How each keeps them is in `duckdb` and in `glue`. Which of them the settings name is decided in
`catalog.open_catalog`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol


@dataclass(frozen=True)
class Answer:
    """The answer to a query: the names of its columns, and its rows."""

    names: list[str]
    rows: list[tuple[Any, ...]]


class Catalog(Protocol):
    """The tables as SQL sees them. Whatever keeps a catalog from answering is a UserError."""

    @property
    def kinds(self) -> frozenset[str]:
        """What it is made of, as Dagster's UI shows it: duckdb, or glue and athena."""

    @property
    def location(self) -> str:
        """Where it is: the path of a file, or the name of a database."""

    def publish(self, stored: Mapping[str, Collection[date]]) -> dict[str, Any]:
        """Show these weeks of each table and no others, and every view; return what changed.

        Tables that aren't named show no week. What changed is in words, like `{"weeks added": {"songs":
        "2026-11-13"}}`; it is empty if nothing did.
        """

    def weeks(self) -> dict[str, set[date]]:
        """Return the weeks that each table shows; none of any table where there is no catalog yet."""

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """Return how many rows each table has, by week; weeks without rows are left out."""

    def differing_columns(self) -> list[str]:
        """Return a sentence for each column or view that isn't as declared."""

    def query(self, sql: str) -> Answer:
        """Return the answer to a statement.

        Raises:
            QueryError: it can't be answered, or does more than read.
        """
