"""The asset `catalog`: every stored week, shown by whichever catalog is set.

What a catalog does is in the package `catalog`. Dagster reads the annotations here, so they aren't
postponed.
"""

from collections.abc import Collection

import dagster as dg

from spotify_assets.catalog.interface import Catalog
from spotify_assets.catalog.views import VIEWS
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import describe_weeks


def build_catalog(
    partitions: dg.PartitionsDefinition[str], kinds: Collection[str]
) -> dg.AssetsDefinition:
    """Return the asset `catalog` on these partitions; `kinds` are those of the catalog."""

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        deps=list(TABLES),
        group_name="catalog",
        kinds=set(kinds),
        owners=OWNERS,
        freshness_policy=FRESH,
    )
    def catalog(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        catalog: dg.ResourceParam[Catalog],
    ) -> dg.MaterializeResult[None]:
        """Every table and every analytics view, over all stored weeks, to be queried in SQL.

        The catalog is compared with what is stored each time, so weeks that were moved or deleted by
        hand are put right too.
        """
        stored = stored_weeks(storage)
        changes = catalog.publish(stored)
        context.log.info(f"Published to {catalog.location}: {changes or 'nothing had to change'}")
        shown = {name: describe_weeks(weeks) for name, weeks in stored.items()}
        return dg.MaterializeResult(
            metadata={
                "catalog": catalog.location,
                "weeks": dg.MetadataValue.json(shown),
                "changes": dg.MetadataValue.json(changes),
                "views": ", ".join(view.name for view in VIEWS),
            }
        )

    return catalog
