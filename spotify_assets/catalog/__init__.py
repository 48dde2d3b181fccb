"""The catalog, which makes the stored tables answer SQL. Which kind it is, is decided here alone.

`interface` has its promises, `duckdb` and `glue` keep them, and `views` reads the analytics views.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spotify_assets.catalog.interface import Answer, Catalog
from spotify_assets.settings import Settings, load_settings, require_possible
from spotify_assets.storage import Storage, open_storage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Catalog", "open_catalog", "query"]


def open_catalog(settings: Settings, storage: Storage) -> Catalog:
    """Return the catalog that the settings name, over this storage. Nothing is read or requested yet.

    Raises:
        SettingsError: this catalog can't read tables from such a base.
    """
    require_possible(settings)
    if settings.catalog == "glue":
        from spotify_assets.catalog.glue import GlueCatalog  # boto3 takes a second to load

        return GlueCatalog(
            storage, settings.glue_database, settings.athena_workgroup, settings.athena_output
        )
    from spotify_assets.catalog.duckdb import DuckDBCatalog

    return DuckDBCatalog(storage, settings.database)


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
