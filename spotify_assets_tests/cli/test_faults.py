"""Updates whose storage fails: nothing is lost, all is said, and the next update ends the same.

These are a few of the cases of `benchmarks.faults`, on both kinds of storage.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from benchmarks.faults import KINDS, STORES, cases, golden_of, outcome_of, run_plainly

CASES = 15  # of each storage


@pytest.mark.parametrize("store", STORES)
def test_an_update_that_fails_at_any_operation_is_completed_by_the_next(
    store: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("spotify_assets.cli.update"), "run_all", run_plainly)
    golden, operations = golden_of(store, s3_endpoint)
    every = len(list(cases(store, operations, list(KINDS)))) // CASES
    for fault in cases(store, operations, list(KINDS), every):
        outcome = outcome_of(store, s3_endpoint, fault, golden)
        assert (fault.kind, fault.failed, outcome.wrong) == (fault.kind, fault.failed, [])
