"""The sensor `weeks_behind`: asks for runs that mend what a failed or a killed run has left.

What is behind is worked out in `behind`. Dagster reads the annotations here, so they aren't postponed.
"""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from spotify_assets.catalog import published_weeks
from spotify_assets.defs.behind import PUBLISHING, weeks_behind, weeks_to_publish
from spotify_assets.defs.run_tags import is_about, range_tags, unfinished_runs
from spotify_assets.publishing.stored import look_at
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage, stamp_of
from spotify_assets.weeks import runs_of_weeks, weeks_between

WEEKS_BEHIND = "weeks_behind"
SECONDS_BETWEEN_TICKS = 900
STILL_BEHIND = timedelta(minutes=10)  # so a week is asked for at the second look, never amid a run
# After a run in vain; after each further one twice as long, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(hours=1), timedelta(days=1)
MOST_RUNS = 20  # in a tick; the weeks after them wait for the next one
SHOWN = 10
REPORTS = "catalog and reports"

Asked = dict[str, dict[str, Any]]
"""What is behind, weeks and `REPORTS`: of which raw files, when seen or asked for, how often."""


def build_weeks_behind(
    job_name: str, partitions: dg.PartitionsDefinition[str], settings: Settings
) -> dg.SensorDefinition:
    """The sensor, on the job of that name and these partitions."""

    @dg.sensor(
        name=WEEKS_BEHIND,
        job_name=job_name,
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks again for what a failed or a killed run has left: weeks whose tables are "
        "missing or older than their raw files, and a catalog or reports that are behind.",
    )
    def weeks_behind_sensor(
        context: dg.SensorEvaluationContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> dg.SensorResult:
        before, now = _remembered(context.cursor), inbox_rules.clock()
        runs = unfinished_runs(context.instance)  # before the look: one that ends meanwhile counts
        shown = published_weeks(settings, storage)
        stored = look_at(storage, settings.table_format)
        behind = weeks_behind(storage, stored, {*shown, *stored.decisions})
        to_publish = _of_partitions(weeks_to_publish(storage, stored, shown), partitions)
        asked: Asked = {}
        for name, stamp in _stamps(storage, _of_partitions(behind, partitions), to_publish):
            known = before.get(name, {})
            is_known = known.get("of") == stamp
            asked[name] = known if is_known else _entry(stamp, now, tries=0)
        busy = {name: run.run_id for name in asked for run in runs if _makes(run, name, job_name)}
        due = [name for name in asked if name not in busy and now >= _next(asked[name])]
        requests = list(_requests(asked, due, now))
        if REPORTS in due and not requests:  # else those runs publish
            requests.append(_request_to_publish(asked, max(to_publish), now))
        said = _said(asked, busy, now)
        if requests:
            context.log.info(said)
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason(said),
            cursor=json.dumps(asked, sort_keys=True),
        )

    return weeks_behind_sensor


def _requests(asked: Asked, due: Collection[str], now: datetime) -> Iterator[dg.RunRequest]:
    """The runs of weeks to ask for, which is noted."""
    for first, last in _ranges(asked, due):
        for week in weeks_between(first, last):
            of = asked[str(week)]
            asked[str(week)] = _entry(of["of"], now, of["tries"] + 1)
        key = f"{WEEKS_BEHIND} {first} to {last} at {now.isoformat()}"
        if first == last:
            yield dg.RunRequest(run_key=key, partition_key=str(first))
        else:
            yield dg.RunRequest(run_key=key, tags=range_tags(first, last))


def _request_to_publish(asked: Asked, week: date, now: datetime) -> dg.RunRequest:
    asked[REPORTS] = _entry("", now, asked[REPORTS]["tries"] + 1)
    return dg.RunRequest(
        run_key=f"{REPORTS} at {now.isoformat()}",
        partition_key=week.isoformat(),
        asset_selection=[dg.AssetKey(name) for name in PUBLISHING],
    )


def _of_partitions(weeks: Collection[date], partitions: dg.PartitionsDefinition[str]) -> set[date]:
    """Those that a run can be about: one unknown key would fail the whole tick."""
    return {week for week in weeks if partitions.has_partition_key(week.isoformat())}


def _stamps(
    storage: Storage, weeks: Collection[date], to_publish: Collection[date]
) -> Iterator[tuple[str, str]]:
    """What is behind, with what stands for its raw files: for others, it is asked for anew.

    For the catalog and the reports nothing does, as every run in vain may leave them otherwise.
    """
    if weeks:
        files = archived_files(storage, weeks)
        for week in sorted(weeks):
            of_week = (file for name, file in files if name.week == week)
            yield week.isoformat(), stamp_of(of_week)[:16]
    if to_publish:
        yield REPORTS, ""


def _makes(run: dg.DagsterRun, name: str, job_name: str) -> bool:
    """Whether a run will mend this, if it goes well: it is about the week, or publishes."""
    if name != REPORTS:
        return is_about(run, name)
    chosen = {key.to_user_string() for key in run.asset_selection or ()}
    return run.job_name == job_name or not chosen.isdisjoint(PUBLISHING)


def _entry(stamp: str, now: datetime, tries: int) -> dict[str, Any]:
    return {"of": stamp, "at": now.isoformat(), "tries": tries}


def _next(asked: dict[str, Any]) -> datetime:
    """When it is to be asked for next."""
    wait = STILL_BEHIND
    if asked["tries"]:
        wait = min(FIRST_WAIT * 2 ** min(asked["tries"] - 1, 10), LONGEST_WAIT)
    return datetime.fromisoformat(asked["at"]).astimezone(UTC) + wait


def _ranges(asked: Asked, due: Collection[str]) -> list[tuple[date, date]]:
    """The runs to ask for: ranges at first; then week by week, as one bad week fails its range."""
    weeks = {name: date.fromisoformat(name) for name in due if name != REPORTS}
    ranges = runs_of_weeks(week for name, week in weeks.items() if not asked[name]["tries"])
    again = [(week, week) for name, week in weeks.items() if asked[name]["tries"]]
    return [*ranges, *again][:MOST_RUNS]


def _remembered(cursor: str | None) -> Asked:
    """What the cursor says; nothing where it is of another version of this sensor."""
    try:
        kept = json.loads(cursor or "{}")
        return {name: of for name, of in kept.items() if _is_whole(of)}
    except (AttributeError, ValueError):
        return {}


def _is_whole(asked: Any) -> bool:
    try:
        datetime.fromisoformat(asked["at"])
        return isinstance(asked["of"], str) and isinstance(asked["tries"], int)
    except (TypeError, KeyError, ValueError):
        return False


def _said(asked: Asked, busy: dict[str, str], now: datetime) -> str:
    """What is behind, and what becomes of it."""
    said = []
    for name, of in asked.items():
        if name in busy:
            said.append(f"{name}: run {busy[name][:8]} is queued or under way.")
        elif of["at"] == now.isoformat() and of["tries"]:
            said.append(f"{name}: a run is asked for.")
        elif not of["tries"]:
            said.append(f"{name}: a run is asked for at the next look, if it still is.")
        else:
            runs = "a run" if of["tries"] == 1 else f"{of['tries']} runs"
            said.append(
                f"{name}: still is after {runs}; look at why they failed. The next is asked for "
                f"after {_next(of):%Y-%m-%d %H:%M} UTC."
            )
    shown = " ".join(said[:SHOWN]) + (
        f" And {len(said) - SHOWN} more." if len(said) > SHOWN else ""
    )
    return f"Behind: {shown}" if said else "Nothing is behind."
