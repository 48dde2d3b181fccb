"""Good data, changed in every way that comes to mind: a check catches each, and nothing bad is shown."""

from __future__ import annotations

import pytest

from spotify_assets.checks.catalog_rules import NOT_HELD_BACK
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.damages import Mutation
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST
from spotify_assets_tests.mutation_sweep import (
    CHECKS,
    COMMAND,
    HOLD_BACK,
    PAGE,
    outcome_of,
    outcome_of_nothing,
    page,
)
from spotify_assets_tests.mutations import ALL_MUTATIONS

pytestmark = pytest.mark.begins_first

every_mutation = pytest.mark.parametrize("mutation", ALL_MUTATIONS, ids=lambda m: m.what)


def test_no_check_fails_where_nothing_was_changed() -> None:
    outcome = outcome_of_nothing()
    assert outcome.findings == {}
    assert outcome.held_back == []
    assert sorted(outcome.shown) == sorted((name, week) for name in TABLES for week in GOOD_WEEKS)


@every_mutation
def test_each_mutation_is_caught_by_the_check_that_is_there_for_it(mutation: Mutation) -> None:
    findings = outcome_of(mutation).findings
    assert mutation.check in findings
    assert all(said for of_check in findings.values() for said in of_check)


@every_mutation
def test_a_week_that_fails_a_blocking_check_is_not_shown_and_all_others_stay(
    mutation: Mutation,
) -> None:
    outcome, good = outcome_of(mutation), outcome_of_nothing()
    blocked = HOLD_BACK & outcome.findings.keys()
    assert outcome.held_back == ([LATEST] if blocked else [])
    assert (NOT_HELD_BACK.title in outcome.findings) == bool(blocked)
    if mutation.of_catalog:
        assert not blocked
        return
    for place, digest in good.shown.items():
        if blocked or place[1] != LATEST:
            assert outcome.shown[place] == digest
    assert outcome.shown.keys() <= good.shown.keys()


def test_there_are_at_least_25_kinds_and_every_check_catches_one() -> None:
    assert len({mutation.what for mutation in ALL_MUTATIONS}) == len(ALL_MUTATIONS) >= 25
    caught = {title for mutation in ALL_MUTATIONS for title in outcome_of(mutation).findings}
    assert caught == CHECKS.keys()


def test_the_page_of_mutations_is_what_comes_out_today() -> None:
    today = page()
    print(f"\n{today}")  # noqa: T201 - the table of mutations by check
    is_stale = PAGE.read_text(encoding="utf-8") != today
    assert not is_stale, f"{PAGE.name} is stale: run `{COMMAND}`"
