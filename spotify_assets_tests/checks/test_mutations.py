"""Good data, changed in every way that comes to mind: each change is caught, and nothing else suffers.

Changes of the catalog are in `test_catalog_checks`.
"""

from __future__ import annotations

import io

import pyarrow.parquet as pq
import pytest

from spotify_assets.layout import held_back_key, table_key
from spotify_assets.tables.schemas import CHART_TABLES, COLUMNS_KEY, TABLES
from spotify_assets_tests.damages import Mutation
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST
from spotify_assets_tests.mutation_sweep import (
    COMMAND,
    PAGE,
    SEVERITY,
    THE_WEEK,
    Outcome,
    outcome_of,
    outcome_of_nothing,
    page,
)
from spotify_assets_tests.mutations import MUTATIONS, OF_CATALOG, RECEIVED

pytestmark = pytest.mark.begins_first

ARCHIVE_INTACT = "raw_playlist.archive_intact"
MADE = [mutation for mutation in MUTATIONS if not mutation.by_hand]
of_all = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
of_made = pytest.mark.parametrize("mutation", MADE, ids=lambda mutation: mutation.what)


def rows_of(outcome: Outcome, chart: str) -> list[dict[str, object]]:
    """Return a chart's stored songs of the latest week."""
    content = outcome.files.get(table_key("songs", LATEST))
    rows = pq.read_table(io.BytesIO(content)).to_pylist() if content else []
    return [row for row in rows if row["chart"] == chart]


@pytest.mark.parametrize("by_hand", [False, True])
def test_nothing_is_found_where_nothing_was_changed(*, by_hand: bool) -> None:
    outcome = outcome_of_nothing(by_hand=by_hand)
    assert (outcome.failing, outcome.held_back, outcome.verified) == ([], [], ())
    tables = {table_key(name, w) for name in TABLES for w in GOOD_WEEKS}
    assert outcome.files.keys() == {*tables, COLUMNS_KEY}


@of_all
def test_each_mutation_is_caught_by_the_check_that_is_there_for_it(mutation: Mutation) -> None:
    outcome = outcome_of(mutation)
    if mutation.caught_by == "verify":
        assert outcome.verified
    else:
        assert mutation.caught_by in outcome.failing
    if mutation.caught_by in SEVERITY and SEVERITY[mutation.caught_by] == "ERROR":
        assert bool(outcome.held_back) == (not mutation.by_hand)


@of_made
def test_what_is_found_when_a_week_is_made_is_found_again_in_what_is_stored_or_held_back(
    mutation: Mutation,
) -> None:
    outcome = outcome_of(mutation)
    made, checked = (
        {(v.check.title, v.chart, v.findings) for v in verdicts}
        for verdicts in (outcome.made, outcome.checked)
    )
    assert checked == made


@of_made
def test_a_chart_that_fails_is_held_back_and_its_neighbours_stay_byte_for_byte(
    mutation: Mutation,
) -> None:
    outcome, good = outcome_of(mutation), outcome_of_nothing()
    held_back_files = {held_back_key(name, LATEST) for name in CHART_TABLES}
    assert {key for key in outcome.files if key in held_back_files} == (
        held_back_files if outcome.held_back else set()
    )
    of_the_week = {table_key(name, LATEST) for name in TABLES} | held_back_files
    assert {key: c for key, c in outcome.files.items() if key not in of_the_week} == {
        key: content for key, content in good.files.items() if key not in of_the_week
    }
    if outcome.held_back == [THE_WEEK]:
        assert not {table_key(name, LATEST) for name in CHART_TABLES} & outcome.files.keys()
    elif outcome.held_back:
        for chart in {"norway", "global"} - set(outcome.held_back):
            assert rows_of(outcome, chart) == rows_of(good, chart)


def test_a_chart_that_was_received_wrong_is_stored_as_it_was_received_before() -> None:
    received = [m for m in RECEIVED if outcome_of(m).held_back and m.caught_by != ARCHIVE_INTACT]
    assert len(received) == 5
    for key in (table_key(name, LATEST) for name in CHART_TABLES):
        assert {outcome_of(mutation).files[key] for mutation in received} == {
            outcome_of_nothing().files[key]
        }


def test_there_are_82_kinds() -> None:
    of_tables, of_catalog = {m.what for m in MUTATIONS}, {m.what for m in OF_CATALOG}
    assert len(of_tables | of_catalog) == len(MUTATIONS) + len(OF_CATALOG) == 82


def test_the_page_of_mutations_is_what_comes_out_today() -> None:
    is_stale = PAGE.read_text(encoding="utf-8") != page()
    assert not is_stale, f"{PAGE.name} is stale: run `{COMMAND}`"
