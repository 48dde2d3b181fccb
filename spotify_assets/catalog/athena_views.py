"""The analytics views in Athena: made by its own statement, from the `.sql` files as they are.

A view bears the digest of all it was made from, so it is made again only once that has changed, or
once somebody else has made it otherwise. By the same mark ours are told from others' once they are
no longer declared. The tables below are `glue_catalog`'s business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

from spotify_assets.catalog.athena import ask
from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.catalog.glue_catalog import described_tables, glue_errors
from spotify_assets.catalog.glue_tables import glue_type
from spotify_assets.sql import VIEWS, View, view_sql
from spotify_assets.tables.schemas import TABLES

VIEW = "VIRTUAL_VIEW"
DIGEST = "spotify_assets.made_from"
RESULT = "spotify_assets.made_into"  # a digest of what Athena made of it
GLUE_TAKES_BACK = (  # of what it describes
    *("Name", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType"),
    *("ViewOriginalText", "ViewExpandedText", "Parameters"),
)


def publish_views(catalog: AwsCatalog) -> tuple[list[str], list[str]]:
    """Have Athena know every view as it is now, and none of ours that is declared no more.

    Gives the names of those that had to be made, and of those that were dropped. A view that
    somebody else made, or made otherwise, stays unless it bears the name of one of ours.

    Raises:
        UserError: Athena or Glue refuses.
    """
    with glue_errors(catalog):
        found = described_tables(catalog)
    made = []
    for view, digest in _digests():
        if _mark(found.get(view.name)) == digest:
            continue
        ask(catalog, f"CREATE OR REPLACE VIEW {view.name} AS\n{view_sql(view.name)}")
        with glue_errors(catalog):
            _sign(catalog, view, digest)
        made.append(view.name)
    declared = {view.name for view in VIEWS}
    dropped = sorted(name for name in found.keys() - declared if _mark(found[name]))
    for name in dropped:
        with glue_errors(catalog), suppress(catalog.glue.exceptions.EntityNotFoundException):
            catalog.glue.delete_table(DatabaseName=catalog.database, Name=name)
    return made, dropped


def _mark(described: dict[str, Any] | None) -> str | None:
    """The digest that a view of ours bears; None for all else, and where its text was changed since."""
    if described is None or described.get("TableType") != VIEW:
        return None
    parameters = described.get("Parameters", {})
    if parameters.get(RESULT) != _text_digest(described):
        return None
    digest: str | None = parameters.get(DIGEST)
    return digest


def _text_digest(described: dict[str, Any]) -> str:
    return sha256(described.get("ViewOriginalText", "").encode()).hexdigest()


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
            "Parameters": {
                **table.get("Parameters", {}),
                DIGEST: digest,
                RESULT: _text_digest(table),
            },
            "StorageDescriptor": {**storage, "Columns": columns},
        },
    )
