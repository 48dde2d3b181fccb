"""No check without a week in which it passes and one in which it fails."""

from __future__ import annotations

from spotify_assets.checks.catalog_rules import CATALOG_CHECKS
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.raw_rules import RAW_CHECKS
from spotify_assets_tests import (
    test_catalog_checks,
    test_detail_rules,
    test_history_rules,
    test_raw_rules,
    test_reference_rules,
    test_song_rules,
    test_table_origins,
)

MODULES = (
    test_song_rules,
    test_history_rules,
    test_reference_rules,
    test_detail_rules,
    test_raw_rules,
    test_catalog_checks,
    test_table_origins,
)
ALL_CHECKS = (*TABLE_CHECKS, *RAW_CHECKS, *CATALOG_CHECKS)


def test_every_declared_check_has_its_examples_and_no_example_is_of_another() -> None:
    titles = [title for module in MODULES for title in module.EXAMPLES]
    assert sorted(titles) == sorted(check.title for check in ALL_CHECKS)


def test_every_check_says_what_it_asserts_and_why_it_is_as_bad_as_it_is() -> None:
    for check in ALL_CHECKS:
        assert check.asserts.endswith(".")
        assert check.why.endswith(".")
        assert check.description.startswith(f"{check.asserts} {check.severity}: {check.why}")
