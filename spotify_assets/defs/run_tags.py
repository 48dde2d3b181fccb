"""What a run says about itself: the weeks in its tags, and why it failed.

Alerts, sensor, schedule and the command line share it. Launching runs belongs to `cli.runs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg

PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def range_tags(first: date, last: date) -> dict[str, str]:
    """Return the tags that give a run its partitions: one week, or all from first to last."""
    if first == last:
        return {PARTITION: first.isoformat()}
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}


def run_request(first: date, last: date, run_key: str, **more: Any) -> dg.RunRequest:
    """Return the request for one run of the weeks from first to last."""
    if first == last:
        return dg.RunRequest(run_key=run_key, partition_key=first.isoformat(), **more)
    return dg.RunRequest(run_key=run_key, tags=range_tags(first, last), **more)


def weeks_in_words(tags: Mapping[str, str]) -> str:
    """Return a run's weeks in words: `2026-11-13`, or `2026-10-02 to 2026-11-13`."""
    week = tags.get(PARTITION)
    first, last = tags.get(RANGE_START, week), tags.get(RANGE_END, week)
    if not first or not last:
        return "all stored weeks"
    return first if first == last else f"{first} to {last}"


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
