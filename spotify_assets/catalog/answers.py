"""The catalog that is set, asked by our own code: one way for DuckDB and Athena.

What people ask goes through `asking`, which refuses all that doesn't only read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_duckdb import DuckDBResource

from spotify_assets.catalog import duckdb_catalog
from spotify_assets.storage import Storage

if TYPE_CHECKING:
    from spotify_assets.catalog.aws import AwsCatalog

Answering = Callable[[str], Sequence[tuple[Any, ...]]]


@contextmanager
def answering(catalog: DuckDBResource | AwsCatalog, storage: Storage) -> Iterator[Answering | None]:
    """What gives the rows that a statement answers; None while the catalog shows no week.

    Raises:
        UserError: the catalog can't be asked.
    """
    if isinstance(catalog, DuckDBResource):
        database = Path(catalog.database)
        if not duckdb_catalog.published_weeks(database, storage):
            yield None
            return
        with duckdb_catalog.open_catalog(database) as connection:

            def answer(sql: str) -> Sequence[tuple[Any, ...]]:
                with duckdb_catalog.published_files_named():
                    return connection.execute(sql).fetchall()

            yield answer
        return
    from spotify_assets.catalog import glue_catalog
    from spotify_assets.catalog.athena import ask

    weeks = glue_catalog.published_weeks(catalog)
    yield (lambda sql: ask(catalog, sql).rows) if weeks else None
