"""What checks ask of a catalog, whichever it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol


class CatalogContents(Protocol):
    """What a catalog shows of the tables.

    Whatever keeps it from answering is a UserError.
    """

    def weeks(self) -> dict[str, set[date]]:
        """The weeks that it has, by table."""

    def row_counts(self, weeks: Collection[date]) -> dict[str, dict[date, int]]:
        """How many rows it counts, by table and week; weeks without rows are left out."""

    def differing_columns(self) -> list[str]:
        """A sentence for each column of any table that isn't as declared."""
