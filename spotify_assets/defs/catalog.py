"""The asset `catalog` on one machine: publishes the tables to DuckDB, so that they answer SQL.

What it publishes to is in `catalogs`; the asset on AWS is in `glue_catalog`. Dagster reads the
annotations here, so they aren't postponed.
"""

from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource

from spotify_assets.catalog.duckdb_catalog import publish
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.defs.audited import publish_audited
from spotify_assets.defs.descriptions import published_metadata
from spotify_assets.publishing.publish import withdraw
from spotify_assets.settings import TableFormat
from spotify_assets.sql import VIEWS
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES


def build_catalog(
    partitions: dg.PartitionsDefinition[str], table_format: TableFormat
) -> dg.AssetsDefinition:
    """The asset `catalog`, on these partitions."""

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        deps=list(TABLES),
        group_name="catalog",
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        freshness_policy=FRESH,
    )
    def catalog(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        duckdb: DuckDBResource,
    ) -> dg.MaterializeResult[None]:
        """Every table and every analytics view, to be asked in SQL, over all weeks that pass the audit.

        Made anew from what lies in storage each time, so it also mends what was moved or lost. A week
        that fails the audit is held back; what was published of it before stays.
        """
        database = Path(duckdb.database)
        published = publish_audited(context, storage, table_format)
        publish(storage, table_format, published.weeks, database)
        withdraw(storage, published)
        context.log.info(f"Published {len(published.weeks)} weeks to {database}")
        return dg.MaterializeResult(
            metadata={
                "database": dg.MetadataValue.path(str(database)),
                **published_metadata(published),
                "tables": ", ".join(TABLES),
                "views": ", ".join(view.name for view in VIEWS),
            }
        )

    return catalog
