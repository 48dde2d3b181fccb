"""Updates whose storage fails: nothing is lost, all is said, and the next update ends the same.

These are a few of the cases of `benchmarks.faults`, on both kinds of storage.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import pytest

from benchmarks.faults import FAULTS, OTHERS, STORES, cases, golden_of, outcome_of, run_plainly

CASES = {"folder": 10, "s3": 4}


def assert_nothing_wrong(store: str, moto: str, kinds: Sequence[str], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("spotify_assets.cli.update"), "run_all", run_plainly)
        golden, operations = golden_of(store, moto)
        every = len(cases(store, operations, kinds)) // most
        for fault in cases(store, operations, kinds, every):
            _, said, wrong = outcome_of(store, moto, fault, golden)
            assert wrong == [], f"{fault.kind} at {fault.failed or fault.planned}: {said}"


@pytest.mark.parametrize("store", STORES)
def test_an_update_that_fails_at_any_operation_is_completed_by_the_next(
    store: str, s3_endpoint: str
) -> None:
    assert_nothing_wrong(store, s3_endpoint, FAULTS, CASES[store])


@pytest.mark.slow
@pytest.mark.parametrize("store", STORES)
def test_an_update_that_is_killed_or_overtaken_or_read_from_at_any_operation_ends_the_same(
    store: str, s3_endpoint: str
) -> None:
    assert_nothing_wrong(store, s3_endpoint, OTHERS, CASES[store])
