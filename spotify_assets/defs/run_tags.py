"""What a run says about itself: the weeks in its tags, and why it failed.

Alerts, sensor, schedule and the command line share it. Launching runs belongs to `cli.runs`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import dagster as dg

from spotify_assets.weeks import describe_weeks, runs_of_weeks, weeks_between

PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
OTHER_WEEKS = "spotify_assets/other_weeks"
"""The weeks of a run besides Dagster's range, as ranges `A..B` with a space between them: to Dagster, a
run has partitions of one range only. Our assets record these themselves, with `record_others`."""
FOLLOW_UP = "spotify_assets/follow_up"
"""The tag of a run that makes what the run before it made stale: it asks open data for nothing more, or
the weeks of that run would be stale in turn."""
MOST_RANGES = 80  # in a tag: an index of Postgres refuses texts of more than 2,700 bytes

FOR_USERS = re.compile(r"\A(spotify_assets\.errors\.\w+: |\w+: \[Errno \d+\] )")


def run_tags(weeks: Collection[date]) -> dict[str, str]:
    """Return the tags that give a run these weeks: Dagster's are of the last range without a gap."""
    *others, (first, last) = runs_of_weeks(weeks)
    tags = {}
    if others:
        tags[OTHER_WEEKS] = " ".join(f"{a}" if a == b else f"{a}..{b}" for a, b in others)
    if first == last:
        return tags | {PARTITION: first.isoformat()}
    return tags | {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}


def weeks_by_run(weeks: Collection[date], unsure: Collection[date] = ()) -> list[list[date]]:
    """Return the weeks of each run: one run, unless there are very many gaps.

    Those that may turn out to have no chart are a run of their own, because Dagster shows all of a
    range as made.
    """
    ranges = runs_of_weeks({*weeks} - {*unsure})
    runs = [
        [week for ends in ranges[place : place + MOST_RANGES] for week in weeks_between(*ends)]
        for place in range(0, len(ranges), MOST_RANGES)
    ]
    return [*runs, sorted(unsure)] if unsure else runs


def run_request(weeks: Collection[date], run_key: str, **more: Any) -> dg.RunRequest:
    """Return the request for one run of these weeks."""
    tags = run_tags(weeks)
    partition = tags.pop(PARTITION, None)
    return dg.RunRequest(run_key=run_key, partition_key=partition, tags=tags, **more)


def other_weeks(tags: Mapping[str, str]) -> list[date]:
    """Return the weeks of a run besides those of Dagster's range, in order."""
    ranges = (text.partition("..") for text in tags.get(OTHER_WEEKS, "").split())
    ends = ((date.fromisoformat(a), date.fromisoformat(b or a)) for a, _, b in ranges)
    return [week for first, last in ends for week in weeks_between(first, last)]


def weeks_in_words(tags: Mapping[str, str]) -> str:
    """Return a run's weeks in words: `2026-11-13`, or `2026-10-02 to 2026-11-13`."""
    week = tags.get(PARTITION)
    first, last = tags.get(RANGE_START, week), tags.get(RANGE_END, week)
    if not first or not last:
        return "all stored weeks"
    if others := other_weeks(tags):
        of_range = weeks_between(date.fromisoformat(first), date.fromisoformat(last))
        return describe_weeks([*others, *of_range])
    return first if first == last else f"{first} to {last}"


def reason_of(event: dg.DagsterEvent) -> str:
    """Return why a step or a run failed: its own description, else the innermost error's message.

    Of errors whose messages are for users, the class isn't part of it.
    """
    data = event.event_specific_data
    failure = getattr(data, "user_failure_data", None)
    if failure is not None and failure.description:
        return str(failure.description)
    error = getattr(data, "error", None)
    while error is not None and error.cause:  # Dagster wraps what our code raises
        error = error.cause
    if error is None:
        return event.message or "no reason given"
    return FOR_USERS.sub("", error.message.strip())
