"""The asset `catalog` on AWS: publishes the tables to Glue, so that Athena answers SQL.

What it publishes to is in `catalogs`; the asset on one machine is in `catalog`. Dagster reads the
annotations here, so they aren't postponed.
"""

import dagster as dg

from spotify_assets.catalog.athena_views import publish_views
from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.catalog.glue_catalog import publish
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.defs.audited import publish_audited
from spotify_assets.defs.descriptions import published_metadata
from spotify_assets.publishing.publish import withdraw
from spotify_assets.settings import TableFormat
from spotify_assets.sql import VIEWS
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES


def build_glue_catalog(
    partitions: dg.PartitionsDefinition[str], table_format: TableFormat
) -> dg.AssetsDefinition:
    """The asset `catalog`, on these partitions."""

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        deps=list(TABLES),
        group_name="catalog",
        kinds={"glue", "athena"},
        owners=OWNERS,
        freshness_policy=FRESH,
    )
    def catalog(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        aws_catalog: dg.ResourceParam[AwsCatalog],
    ) -> dg.MaterializeResult[None]:
        """Every table and every analytics view, to be asked in SQL, over all weeks that pass the audit.

        Glue is compared with what lies in storage each time, so it also mends what was moved or lost. A
        week that fails the audit is held back; what was published of it before stays.
        """
        published = publish_audited(context, storage, table_format)
        changes = publish(aws_catalog, storage, table_format, published.weeks)
        withdraw(storage, published)
        changes.views, changes.views_dropped = publish_views(aws_catalog)
        weeks = len(published.weeks)
        context.log.info(f"Published {weeks} weeks to {aws_catalog.database}: {changes}")
        return dg.MaterializeResult(
            metadata={
                "database": aws_catalog.database,
                "work group": aws_catalog.workgroup,
                **published_metadata(published),
                "changes": dg.MetadataValue.json({k: v for k, v in vars(changes).items() if v}),
                "tables": ", ".join(TABLES),
                "views": ", ".join(view.name for view in VIEWS),
            }
        )

    return catalog
