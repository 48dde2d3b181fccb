"""The sensor `new_raw_files`: asks for a run for every week that has files in the inbox.

What waits there is found out in `sources.pending`. Dagster reads the annotations here, so they aren't
postponed.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.pending import (
    Pending,
    about_closed,
    about_hidden,
    pending_files,
)
from spotify_assets.storage import Storage

NEW_RAW_FILES = "new_raw_files"
SECONDS_BETWEEN_TICKS = 30
MOST_RUNS = 100  # in a tick; the weeks after them wait for the next one
TRY_AGAIN_AFTER = timedelta(hours=1)  # where the files still lie there: the run must have failed
MOST_TRIES = 6
SHOWN_FILES = 5

Asked = dict[str, dict[str, Any]]
"""For each week with files what was asked for, when, and how often; likewise for files to reject."""
TO_REJECT = "to reject"


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
        asked, read_to = _remembered(context.cursor)
        pending = pending_files(storage, inbox_rules, read_to)
        requests: list[dg.RunRequest] = []
        still: Asked = {}
        now = inbox_rules.clock()
        for week in sorted(pending.weeks):
            key = week.isoformat()
            if not partitions.has_partition_key(key):  # one unknown key would fail the whole tick
                continue
            before = asked.get(key, {})
            if len(requests) >= MOST_RUNS:
                still |= {key: before} if before else {}
                continue
            still[key], is_new = _ask(before, pending.digest(week), now)
            if is_new:
                run_key = f"{key} {still[key]['files']} {still[key]['tries']}"
                requests.append(dg.RunRequest(run_key=run_key, partition_key=key))
        if pending.unrecognised:
            context.log.warning(_to_reject(pending))
            before = asked.get(TO_REJECT, {})
            still |= {TO_REJECT: before} if before else {}
            if not requests and _is_due(before, now):  # else those runs reject them
                tidying = _run_that_rejects(storage, pending, before, now)
                if tidying:
                    still[TO_REJECT], request = tidying
                    requests.append(request)
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason(_why_nothing(pending, still)),
            cursor=json.dumps({"asked": still, "read_to": pending.read_to}, sort_keys=True),
        )

    return new_raw_files


def _ask(before: dict[str, Any], digest: str, now: datetime) -> tuple[dict[str, Any], bool]:
    """What is to be remembered of a week's files, and whether a run is to be asked for."""
    if before.get("files") != digest:
        return {"files": digest, "at": now.isoformat(), "tries": 1}, True
    if not _is_due(before, now):
        return before, False
    return {"files": digest, "at": now.isoformat(), "tries": before["tries"] + 1}, True


def _is_due(before: dict[str, Any], now: datetime) -> bool:
    """Whether enough time has gone since what was asked before, and not too often in vain."""
    if not before:
        return True
    waited = now - datetime.fromisoformat(before["at"]).astimezone(UTC)
    return waited >= TRY_AGAIN_AFTER and before["tries"] < MOST_TRIES


def _run_that_rejects(
    storage: Storage, pending: Pending, before: dict[str, Any], now: datetime
) -> tuple[dict[str, Any], dg.RunRequest] | None:
    """A run that moves aside what no run takes in: every run does, so one of the latest week we have.

    None where there is no week yet that can be made.
    """
    week = max((name.week for name, _ in archived_files(storage, None)), default=None)
    if week is None:
        return None
    digest = hashlib.sha256("\n".join(pending.unrecognised).encode(errors="replace")).hexdigest()[
        :16
    ]
    tries = before["tries"] + 1 if before.get("files") == digest else 1
    remembered = {"files": digest, "at": now.isoformat(), "tries": tries}
    run_key = f"{TO_REJECT} {digest} {now.isoformat()}"
    return remembered, dg.RunRequest(run_key=run_key, partition_key=week.isoformat())


def _remembered(cursor: str | None) -> tuple[Asked, str]:
    """What the cursor says; nothing where it is of another version of this sensor."""
    try:
        kept = json.loads(cursor or "{}")
        asked, read_to = kept.get("asked", {}), kept.get("read_to", "")
        return {name: of for name, of in asked.items() if _is_whole(of)}, str(read_to)
    except (AttributeError, ValueError):
        return {}, ""


def _is_whole(asked: Any) -> bool:
    try:
        datetime.fromisoformat(asked["at"])
        return isinstance(asked["files"], str) and isinstance(asked["tries"], int)
    except (TypeError, KeyError, ValueError):
        return False


def _why_nothing(pending: Pending, asked: Asked) -> str:
    said = []
    if pending.weeks:
        said.append(f"Runs were asked for already for {len(pending.weeks)} weeks with files.")
    given_up = [
        name for name, of in asked.items() if of["tries"] >= MOST_TRIES and name != TO_REJECT
    ]
    if given_up:
        said.append(f"Look at the runs of {', '.join(given_up)}: their files weren't taken in.")
    if pending.unsettled:
        said.append(f"Files that may still be written: {pending.unsettled}.")
    if pending.unread:
        said.append(f"Files left for the next look: {pending.unread}.")
    if pending.unrecognised:
        said.append(_to_reject(pending))
    if pending.hidden:
        said.append(f"Files {about_hidden(pending.hidden)}.")
    if pending.closed:
        said.append(f"Folders {about_closed(pending.closed)}.")
    return " ".join(said) or "The inbox is empty."


def _to_reject(pending: Pending) -> str:
    shown = [f"{p}: {r}" for p, r in list(pending.unrecognised.items())[:SHOWN_FILES]]
    more = len(pending.unrecognised) - len(shown)
    return f"The next run will reject {'; '.join(shown)}{f'; and {more} more' if more else ''}"
