"""Rules about the catalog, whichever it is: does it show what is stored, and only that?

They look at a catalog and at files, so they aren't SQL like the others, and their results aren't
rows of `check_results`: the catalog is published after these are written.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from spotify_assets.catalog.interface import Catalog
from spotify_assets.errors import UserError
from spotify_assets.layout import table_key
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES

NOT_STORED = -1
UNREADABLE = -2
REMEDY = "materialize the week again"


def shows_the_week(
    catalog: Catalog, storage: Storage, weeks: Collection[date]
) -> dict[date, tuple[str, ...]]:
    """Return what is wrong with each week: rows that the catalog lacks, or shouldn't show.

    Each table's rows have to be there, as many as in its file; a week without a file has to be absent.
    A catalog that doesn't answer is a finding of every week.
    """
    keys = {table_key(name, week): (name, week) for week in sorted(weeks) for name in TABLES}

    def rows_in(key: str) -> int:
        try:
            return int(pq.read_metadata(io.BytesIO(storage.read(key))).num_rows)
        except FileNotFoundError:
            return NOT_STORED
        except (OSError, pa.ArrowException):
            return UNREADABLE

    stored = {keys[key]: rows for key, rows in storage.together(rows_in, keys)}
    try:
        shown = catalog.weeks()
        counted = catalog.row_counts({week for (_, week), rows in stored.items() if rows >= 0})
    except UserError as error:
        return dict.fromkeys(sorted(weeks), (str(error),))
    return {
        week: tuple(
            finding
            for name in TABLES
            for finding in _of_table(
                name,
                stored[name, week],
                counted.get(name, {}).get(week, 0) if week in shown.get(name, ()) else None,
            )
        )
        for week in sorted(weeks)
    }


def columns_as_declared(catalog: Catalog) -> tuple[str, ...]:
    """Return how the catalog's columns, their types and its views differ from the declared ones."""
    try:
        return tuple(catalog.differing_columns())
    except UserError as error:
        return (str(error),)


def _of_table(name: str, stored: int, shown: int | None) -> Iterator[str]:
    """Say what is wrong with a table's week; `shown` are the rows counted, None if it isn't shown."""
    if stored == NOT_STORED:
        if shown is not None:
            yield f"{name} shows the week, which isn't stored: {REMEDY}"
    elif stored == UNREADABLE:
        yield f"the file of {name} is damaged: {REMEDY}"
    elif shown is None:
        yield f"{name} lacks the week, which is stored: {REMEDY}"
    elif shown != stored:
        yield f"the catalog counts {shown} rows of {name}, and the file has {stored}: {REMEDY}"
