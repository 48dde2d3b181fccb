"""The sensor `new_raw_files`: asks for a run for every week that has files in the inbox.

What waits there is found out in `sources.pending`. Dagster reads the annotations here, so they aren't
postponed.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from spotify_assets.sources.inbox import InboxRules
from spotify_assets.sources.pending import Pending, pending_files
from spotify_assets.storage import Storage

NEW_RAW_FILES = "new_raw_files"
SECONDS_BETWEEN_TICKS = 30
MOST_RUNS = 100  # in a tick; the weeks after them wait for the next one
TRY_AGAIN_AFTER = timedelta(hours=1)  # where the files still lie there: the run must have failed
MOST_TRIES = 6
SHOWN_FILES = 5

Asked = dict[str, dict[str, Any]]
"""The cursor: for each week with files what was asked for, when, and how often."""


def build_new_raw_files(
    job_name: str, partitions: dg.PartitionsDefinition[str]
) -> dg.SensorDefinition:
    """The sensor, on the job of that name and these partitions."""

    @dg.sensor(
        name=NEW_RAW_FILES,
        job_name=job_name,
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a run for every week that has new files in the inbox.",
    )
    def new_raw_files(
        context: dg.SensorEvaluationContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> dg.SensorResult:
        pending = pending_files(storage, inbox_rules)
        asked = _asked_before(context.cursor)
        requests: list[dg.RunRequest] = []
        still: Asked = {}
        for week in sorted(pending.weeks):
            key = week.isoformat()
            if not partitions.has_partition_key(key):  # one unknown key would fail the whole tick
                continue
            before = asked.get(key, {})
            if len(requests) >= MOST_RUNS:
                still |= {key: before} if before else {}
                continue
            still[key], is_new = _ask(before, pending.digest(week), inbox_rules.clock())
            if is_new:
                run_key = f"{key} {still[key]['files']} {still[key]['tries']}"
                requests.append(dg.RunRequest(run_key=run_key, partition_key=key))
        for path, reason in list(pending.unrecognised.items())[:SHOWN_FILES]:
            context.log.warning(f"{path} will be rejected by the next run: {reason}")
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason(_why_nothing(pending, still)),
            cursor=json.dumps(still, sort_keys=True),
        )

    return new_raw_files


def _ask(before: dict[str, Any], digest: str, now: datetime) -> tuple[dict[str, Any], bool]:
    """What is to be remembered of a week's files, and whether a run is to be asked for."""
    if before.get("files") != digest:
        return {"files": digest, "at": now.isoformat(), "tries": 1}, True
    waited = now - datetime.fromisoformat(before["at"]).astimezone(UTC)
    if waited < TRY_AGAIN_AFTER or before["tries"] >= MOST_TRIES:
        return before, False
    return {"files": digest, "at": now.isoformat(), "tries": before["tries"] + 1}, True


def _asked_before(cursor: str | None) -> Asked:
    try:
        asked = json.loads(cursor or "{}")
        return {week: asked[week] for week in asked if date.fromisoformat(week)}
    except (TypeError, ValueError):  # of another version of this sensor
        return {}


def _why_nothing(pending: Pending, asked: Asked) -> str:
    said = []
    if pending.weeks:
        said.append(f"Runs were asked for already for {len(pending.weeks)} weeks with files.")
    given_up = [week for week, of_week in asked.items() if of_week["tries"] >= MOST_TRIES]
    if given_up:
        said.append(f"Look at the runs of {', '.join(given_up)}: their files weren't taken in.")
    if pending.unsettled:
        said.append(f"Files that may still be written: {pending.unsettled}.")
    if pending.unrecognised:
        shown = [f"{p}: {r}" for p, r in list(pending.unrecognised.items())[:SHOWN_FILES]]
        more = len(pending.unrecognised) - len(shown)
        said.append(
            f"The next run will reject {'; '.join(shown)}{f'; and {more} more' if more else ''}"
        )
    return " ".join(said) or "The inbox is empty."
