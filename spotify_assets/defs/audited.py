"""What both assets `catalog` begin with: publishing what passes the audit, and telling what doesn't."""

from __future__ import annotations

import dagster as dg

from spotify_assets.publishing.ledger import Published
from spotify_assets.publishing.publish import publish_weeks
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage

FINDINGS_TOLD = 3


def publish_audited(
    context: dg.AssetExecutionContext, storage: Storage, table_format: TableFormat
) -> Published:
    """The weeks that the catalog is to show; each that is held back is logged as a warning."""
    published = publish_weeks(storage, table_format, context.log.info)
    for week, findings in published.held_back.items():
        context.log.warning(f"{week} is held back: {'; '.join(findings[:FINDINGS_TOLD])}")
    return published
