"""The checks of the catalog: it shows the stored weeks, with their rows, and only these.

The last tests do all of the mutations of `mutations` to it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.catalog.duckdb import DuckDBCatalog
from spotify_assets.checks.catalog import columns_as_declared, shows_the_week
from spotify_assets.layout import table_key
from spotify_assets.settings import load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import CHECK_RESULTS, TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets_tests.aws_world import WEEKS, fill
from spotify_assets_tests.mutation_sweep import found_in_catalog
from spotify_assets_tests.mutations import OF_CATALOG, CatalogMutation

REMEDY = ": materialize the week again"


@pytest.fixture
def catalog(base: Path) -> DuckDBCatalog:
    """A catalog that shows the two stored weeks."""
    storage = FolderStorage(base)
    fill(storage, WEEKS[:2])
    catalog = open_catalog(load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), storage)
    assert isinstance(catalog, DuckDBCatalog)
    catalog.publish(stored_weeks(storage))
    return catalog


def found(catalog: DuckDBCatalog) -> list[tuple[str, ...]]:
    """What is wrong with the two weeks, and with one that was never stored."""
    findings = shows_the_week(catalog, catalog.storage, WEEKS[:3])
    assert list(findings) == list(WEEKS[:3])
    return list(findings.values())


def test_what_is_stored_and_not_shown_is_found_and_nothing_else(catalog: DuckDBCatalog) -> None:
    fill(catalog.storage, WEEKS[2:3])
    lacks = tuple(f"{name} lacks the week, which is stored{REMEDY}" for name in TABLES)
    assert found(catalog) == [(), (), lacks]
    fill(catalog.storage, WEEKS[:1], rows=3)  # made again, which needs no publishing
    for name in TABLES.keys() - {CHECK_RESULTS.name}:  # held back, so neither stored nor shown
        catalog.storage.delete(table_key(name, WEEKS[1]))
    catalog.publish(stored_weeks(catalog.storage))
    assert found(catalog) == [(), (), ()]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"no database")])
def test_a_catalog_that_is_gone_or_damaged_says_what_to_do(
    catalog: DuckDBCatalog, damage: Callable[[Path], object]
) -> None:
    damage(catalog.database)
    for (finding,) in [*found(catalog), columns_as_declared(catalog)]:
        assert "spotify-assets update" in finding


def test_nothing_is_found_in_a_good_catalog() -> None:
    assert found_in_catalog() == {}


@pytest.mark.parametrize("mutation", OF_CATALOG, ids=lambda mutation: mutation.what)
def test_each_mutation_is_caught_by_the_check_that_is_there_for_it(
    mutation: CatalogMutation,
) -> None:
    assert mutation.caught_by in found_in_catalog(mutation)
