"""The assets: what is made, from what, and what the Dagster UI says about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from spotify_assets.defs.run_tags import DAMAGED_WEEKS

OWNERS = ["team:charts"]
ONE_RUN = dg.BackfillPolicy.single_run()
"""A range of weeks is one run, whatever its length. Every asset has it, or ranges are split."""
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=9), warn_window=timedelta(days=8))
"""Every asset is made once a week. Dagster goes by the last materialization of any partition, so that
making an old week again counts: the check `latest_week_present` asks for the latest one."""


def run_weeks(context: dg.AssetExecutionContext) -> list[date]:
    """The weeks that a run is about, in order."""
    return [date.fromisoformat(key) for key in context.partition_keys]


def damaged_file(what: str, weeks: Sequence[date] = ()) -> dg.Failure:
    """A raw file was taken in once and can't be read any more: what ends the run, and how to mend it.

    `what` names the file and says what is wrong with it; `weeks` are those that can't be made for it.
    """
    return dg.Failure(
        description=f"{what} It was good when it was taken in, so it has been damaged since. Put a good "
        "copy into the inbox, which takes its place, or take the file away; then materialize again.",
        metadata={DAMAGED_WEEKS: " ".join(map(str, weeks))} if weeks else None,
        allow_retries=False,
    )
