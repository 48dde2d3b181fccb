"""The catalogs that tables can be published to, so that they answer SQL."""

from __future__ import annotations

from datetime import date

from spotify_assets.catalog.interface import CatalogContents
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage


def published_weeks(settings: Settings, storage: Storage) -> list[date]:
    """The weeks that the catalog of the settings shows, in order; none where there is none yet.

    Raises:
        UserError: it lies on AWS and can't be asked.
    """
    if settings.catalog == "glue":
        from spotify_assets.catalog import glue_catalog
        from spotify_assets.catalog.aws import aws_catalog

        return glue_catalog.published_weeks(aws_catalog(settings))
    from spotify_assets.catalog import duckdb_catalog

    return duckdb_catalog.published_weeks(settings.database, storage)


def contents_of(settings: Settings) -> CatalogContents:
    """What the catalog of the settings shows, as checks ask it; nothing is asked of it yet."""
    if settings.catalog == "glue":
        from spotify_assets.catalog.aws import aws_catalog
        from spotify_assets.catalog.glue_contents import GlueContents

        return GlueContents(aws_catalog(settings))
    from spotify_assets.catalog.duckdb_contents import DuckDBContents

    return DuckDBContents(settings.database)
