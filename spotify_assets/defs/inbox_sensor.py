"""The sensor `new_raw_files`: requests runs for weeks that have files in the inbox.

What waits in the inbox is found out in `raw.inbox`. Dagster reads the annotations here, so they
aren't postponed.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import dagster as dg

from spotify_assets.defs import Shared
from spotify_assets.defs.resources import ChartsResource, StorageResource
from spotify_assets.defs.run_tags import run_request, weeks_by_run
from spotify_assets.layout import INBOX
from spotify_assets.raw.inbox import Waiting, about_closed, waiting_files
from spotify_assets.storage import StoredFile
from spotify_assets.weeks import Clock, latest_closed_week
from spotify_assets.words import MOST_LISTED, listed, plain

NEW_RAW_FILES = "new_raw_files"
SECONDS_BETWEEN_TICKS = 30
TO_REJECT = "to reject"


def build_inbox_sensor(job_name: str, shared: Shared, clock: Clock) -> dg.SensorDefinition:
    """Return the sensor, on the job of that name."""

    @dg.sensor(
        name=shared.name(NEW_RAW_FILES),
        job_name=job_name,
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Requests a run for weeks that have new files in the inbox.",
    )
    @shared.using
    def new_raw_files(
        context: dg.SensorEvaluationContext, storage: StorageResource, charts: ChartsResource
    ) -> dg.SensorResult:
        today = clock().date()
        waiting = waiting_files(storage.open(), charts.rules(clock))
        digests = {
            week.isoformat(): _digest_of_files(files, today)
            for week, files in sorted(waiting.weeks.items())
            # Another would fail the whole tick.
            if shared.partitions.has_partition_key(week.isoformat())
        }
        if waiting.unrecognised:
            context.log.warning(_to_reject(waiting))
            files = [rejected.file for rejected in waiting.unrecognised]
            digests[TO_REJECT] = _digest_of_files(files, today)
        before = _remembered(context.cursor)
        known = {key: digest for key, digest in digests.items() if before.get(key) == digest}
        due = [key for key in digests if key not in known]

        def request(weeks: list[date], keys: list[str]) -> dg.RunRequest:
            """Request a run; its key is the same for the same files and day."""
            mine = {key: digests[key] for key in keys}
            known.update(mine)
            return run_request(weeks, f"{weeks[0]} {weeks[-1]} {_digest(mine.values())}")

        weeks = [date.fromisoformat(key) for key in due if key != TO_REJECT]
        requests = [
            request(of_run, [week.isoformat() for week in of_run]) for of_run in weeks_by_run(weeks)
        ]
        if TO_REJECT in due:
            made = context.instance.get_materialized_partitions(shared.key("raw_playlist"))
            week = date.fromisoformat(max(made, default=str(latest_closed_week(clock()))))
            rejecting = request([week], [TO_REJECT])
            requests = requests or [rejecting]  # every run rejects; this one does nothing else
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason(_why_nothing(waiting)),
            cursor=json.dumps(known),
        )

    return new_raw_files


def _digest_of_files(files: Iterable[StoredFile], today: date) -> str:
    """Return a digest of files and day: those that still wait tomorrow get a run again."""
    texts = (f"{file.key} {file.version} {file.modified.isoformat()}" for file in files)
    return _digest([today.isoformat(), *sorted(texts)])


def _digest(texts: Iterable[str]) -> str:
    text = "\n".join(texts)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:12]


def _remembered(cursor: str | None) -> dict[str, Any]:
    """Return what the cursor says; nothing if another version of this sensor wrote it."""
    try:
        return dict(json.loads(cursor or "{}"))
    except (TypeError, ValueError):
        return {}


def _why_nothing(waiting: Waiting) -> str:
    said = []
    if waiting.weeks:
        weeks = f"{min(waiting.weeks)} to {max(waiting.weeks)}"
        said.append(f"Runs are already requested for all weeks with files, {weeks}.")
    if waiting.unsettled:
        said.append(f"Files that may still be being written: {waiting.unsettled}.")
    if waiting.unread:
        said.append(f"Files left for a later look: {waiting.unread}.")
    if waiting.unrecognised:
        said.append(_to_reject(waiting))
    said += [f"{plain(one.file.key)}: {one.reason}" for one in waiting.not_read[:MOST_LISTED]]
    if waiting.closed:
        said.append(f"Folders {about_closed(waiting.closed)}.")
    return " ".join(said) or "The inbox is empty."


def _to_reject(waiting: Waiting) -> str:
    files = waiting.unrecognised
    said = [f"{plain(one.file.key.removeprefix(INBOX))}: {one.reason}" for one in files]
    return f"The next run will reject {listed(said)}"
