"""A good catalog, changed in every way that comes to mind: a check of the catalog catches each."""

from __future__ import annotations

import pytest

from spotify_assets_tests.mutation_sweep import found_in_catalog
from spotify_assets_tests.mutations import OF_CATALOG, CatalogMutation


def test_nothing_is_found_where_nothing_was_changed() -> None:
    assert found_in_catalog() == {}


@pytest.mark.parametrize("mutation", OF_CATALOG, ids=lambda mutation: mutation.what)
def test_each_mutation_is_caught_by_the_check_that_is_there_for_it(
    mutation: CatalogMutation,
) -> None:
    assert mutation.caught_by in found_in_catalog(mutation)
