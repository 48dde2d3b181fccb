"""The catalog: what makes the stored tables answer SQL. Which one it is, is decided here alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spotify_assets.catalog.interface import Answer, Catalog
from spotify_assets.settings import Settings, load_settings, require_possible
from spotify_assets.storage import Storage, open_storage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Catalog", "catalog_of", "open_catalog", "query"]


def open_catalog(settings: Settings, storage: Storage) -> Catalog:
    """Return the catalog that the settings name, over this storage. Nothing is read or asked yet.

    Raises:
        SettingsError: this catalog can't read tables from such a base.
    """
    require_possible(settings)
    if settings.catalog == "glue":
        place = (settings.glue_database, settings.athena_workgroup, settings.athena_output)
        return catalog_of("glue", storage, *place)
    return catalog_of("duckdb", storage, str(settings.database))


def catalog_of(
    kind: str, storage: Storage, database: str, workgroup: str = "", output: str = ""
) -> Catalog:
    """Return the catalog of this kind; see `interface` for what it does."""
    if kind == "glue":
        from spotify_assets.catalog.glue import GlueCatalog  # boto3 takes a second to load

        return GlueCatalog(storage, database, workgroup, output)
    from spotify_assets.catalog.duckdb import DuckDBCatalog

    return DuckDBCatalog(storage, Path(database))


def query(sql: str, settings: Settings | None = None) -> pd.DataFrame:
    """Return the answer to a statement as a frame, by default from the catalog of the environment.

    Columns have pandas' nullable types, so whole numbers stay whole beside nulls; dates are Python's.

    Raises:
        QueryError: the statement can't be answered, or does more than read.
        UserError: the catalog doesn't answer, or a setting is wrong.
    """
    import pandas as pd  # takes half a second to load, which only notebooks have to wait for

    settings = settings or load_settings()
    answer = open_catalog(settings, open_storage(settings.base)).query(sql)
    return pd.DataFrame(answer.rows, columns=pd.Index(answer.names)).convert_dtypes()
