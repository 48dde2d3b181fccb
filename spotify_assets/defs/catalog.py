"""The asset `catalog`: every stored week, shown by whichever catalog is set.

What a catalog does is in the package `catalog`. Dagster reads the annotations here, so they aren't
postponed.
"""

import dagster as dg

from spotify_assets.catalog.views import VIEWS
from spotify_assets.defs import Shared
from spotify_assets.defs.resources import CatalogResource, StorageResource
from spotify_assets.settings import Settings
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import describe_weeks


def build_catalog(shared: Shared, settings: Settings) -> dg.AssetsDefinition:
    """Return the asset `catalog`."""

    @shared.asset(
        "catalog",
        deps=shared.keys(list(TABLES)),
        group_name="catalog",
        kinds={"glue", "athena"} if settings.catalog == "glue" else {"duckdb", "sql"},
    )
    def catalog(
        context: dg.AssetExecutionContext, storage: StorageResource, catalog: CatalogResource
    ) -> dg.MaterializeResult[None]:
        """Every table and every analytics view, over all stored weeks, to be queried in SQL.

        The catalog is compared with what is stored each time, so weeks that were moved or deleted by
        hand are put right too.
        """
        base = storage.open()
        opened, stored = catalog.open(base), stored_weeks(base)
        changes = opened.publish({name: stored.get(name, []) for name in TABLES})
        context.log.info(f"Published to {opened.location}: {changes or 'nothing had to change'}")
        shown = {name: describe_weeks(stored.get(name, [])) for name in TABLES}
        return dg.MaterializeResult(
            metadata={
                "catalog": opened.location,
                "weeks": dg.MetadataValue.json(shown),
                "changes": dg.MetadataValue.json(changes),
                "views": ", ".join(view.name for view in VIEWS),
            }
        )

    return catalog
