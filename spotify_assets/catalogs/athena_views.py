"""The analytics views in Athena: made by its own statement, from the `.sql` files as they are.

A view bears the digest of all it was made from, so it is made again only once that has changed, or
once somebody else has made it otherwise. The tables below are `glue_catalog`'s business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from spotify_assets.catalogs.athena import ask
from spotify_assets.catalogs.aws import AwsCatalog
from spotify_assets.catalogs.glue_catalog import described_tables, glue_errors
from spotify_assets.catalogs.glue_tables import glue_type
from spotify_assets.schemas import TABLES
from spotify_assets.sql import VIEWS, View, view_sql

DIGEST = "spotify_assets.made_from"
GLUE_TAKES_BACK = (  # of what it describes
    *("Name", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType"),
    *("ViewOriginalText", "ViewExpandedText", "Parameters"),
)


def publish_views(catalog: AwsCatalog) -> list[str]:
    """Have Athena know every view as it is now; gives the names of those that had to be made.

    Raises:
        UserError: Athena or Glue refuses.
    """
    with glue_errors(catalog):
        found = described_tables(catalog)
    made = []
    for view, digest in _digests():
        if found.get(view.name, {}).get("Parameters", {}).get(DIGEST) == digest:
            continue
        ask(catalog, f"CREATE OR REPLACE VIEW {view.name} AS\n{view_sql(view.name)}")
        with glue_errors(catalog):
            _sign(catalog, view, digest)
        made.append(view.name)
    return made


def _digests() -> Iterator[tuple[View, str]]:
    """Each view with the digest of its text, of all tables, and of the views before it.

    For a view that selects from another has to be made again once that one's columns change.
    """
    columns = [[t.name, [[c.name, glue_type(c)] for c in t.columns]] for t in TABLES.values()]
    digest = sha256(json.dumps(columns).encode())
    for view in VIEWS:
        digest.update(json.dumps([view.name, view_sql(view.name), view.columns]).encode())
        yield view, digest.hexdigest()


def _sign(catalog: AwsCatalog, view: View, digest: str) -> None:
    """Put the digest, the view's meaning and its columns' meanings to what Athena has made."""
    answer = catalog.glue.get_table(DatabaseName=catalog.database, Name=view.name)
    table: dict[str, Any] = {k: v for k, v in answer["Table"].items() if k in GLUE_TAKES_BACK}
    storage = table.get("StorageDescriptor", {})
    columns = [
        {**column, "Comment": view.columns[column["Name"]]}
        if column["Name"] in view.columns
        else column
        for column in storage.get("Columns", [])
    ]
    catalog.glue.update_table(
        DatabaseName=catalog.database,
        TableInput={
            **table,
            "Description": view.meaning,
            "Parameters": {**table.get("Parameters", {}), DIGEST: digest},
            "StorageDescriptor": {**storage, "Columns": columns},
        },
    )
