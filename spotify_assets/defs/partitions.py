"""The chart week as Dagster's partition: the one dimension of every weekly asset."""

from __future__ import annotations

from datetime import date

import dagster as dg

DAGSTER_FRIDAY = 5  # WeeklyPartitionsDefinition counts from Sunday, 0


def weekly_partitions(first_week: date) -> dg.WeeklyPartitionsDefinition:
    """The chart weeks from `first_week` (a Friday) to the latest closed one."""
    return dg.WeeklyPartitionsDefinition(
        start_date=first_week.isoformat(), day_offset=DAGSTER_FRIDAY, end_offset=0
    )
