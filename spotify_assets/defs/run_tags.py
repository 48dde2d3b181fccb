"""What a run says about itself: the weeks in its tags, whether it has ended, why it failed.

The alerts, the schedule and the command line read it here. Launching runs belongs to `cli.runs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg

PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
DAMAGED_WEEKS = "damaged weeks"
"""The metadata of a failure that only concerns some of the run's weeks."""
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def range_tags(first: date, last: date) -> dict[str, str]:
    """Return the tags that give a run its partitions: one week, or all from first to last."""
    if first == last:
        return {PARTITION: first.isoformat()}
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}


def first_and_last(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the first and the last week of a run, by its tags; None for a run without weeks."""
    first, last = tags.get(RANGE_START), tags.get(RANGE_END)
    if first and last:
        return first, last
    week = tags.get(PARTITION)
    return (week, week) if week else None


def weeks_in_words(tags: Mapping[str, str]) -> str:
    """Return a run's weeks in words: `2026-11-13`, or `2026-10-02 to 2026-11-13`."""
    weeks = first_and_last(tags)
    if weeks is None:
        return "all stored weeks"
    first, last = weeks
    return first if first == last else f"{first} to {last}"


def is_about(run: dg.DagsterRun, partition_key: str) -> bool:
    """Return whether a run is about this week, alone or in a range."""
    weeks = first_and_last(run.tags)
    return weeks is not None and weeks[0] <= partition_key <= weeks[1]


def unfinished_runs(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    """Return the runs that are queued or in progress, as far as Dagster knows."""
    return instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))


def reason_of(event: dg.DagsterEvent) -> str:
    """Return why a step or a run failed: its own description, else the innermost error's message."""
    data = event.event_specific_data
    failure = getattr(data, "user_failure_data", None)
    if failure is not None and failure.description:
        return str(failure.description)
    error = getattr(data, "error", None)
    while error is not None and error.cause:  # Dagster wraps what our code raises
        error = error.cause
    return error.message.strip() if error is not None else event.message or "no reason given"
