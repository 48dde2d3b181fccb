"""What the checks of `raw_playlist` have to say of the archive. What they assert is in `raw_rules`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from spotify_assets.charts import Charts
from spotify_assets.checks import raw_rules
from spotify_assets.checks.raw_rules import RawWeek
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import REASON, REJECTED, RawName
from spotify_assets.raw.archive import RawSummary, archived_files, summarize, sums
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.raw.missing import why_missing
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week


def judge_raw_weeks(
    storage: Storage, inbox_rules: InboxRules, weeks: Collection[date] | None
) -> dict[str, dict[date, Verdict]]:
    """What the checks have to say of each week's raw files, by the check's name; of None, all weeks.

    A week of several that nothing is known of is left out, but for the latest.

    Raises:
        OSError: the storage can't be reached.
    """
    latest = latest_closed_week(inbox_rules.clock())
    charts = inbox_rules.charts
    rules: dict[str, Callable[[RawWeek], Verdict]] = {
        raw_rules.PRESENT.name: lambda raw: raw_rules.charts_present(raw, charts),
        raw_rules.COMPLETE.name: raw_rules.charts_complete,
        raw_rules.REFRESHED.name: raw_rules.refreshed,
        raw_rules.INTACT.name: raw_rules.intact,
    }
    verdicts: dict[str, dict[date, Verdict]] = {name: {} for name in rules}
    for raw in read_raw_weeks(storage, charts, weeks):
        is_known = bool(raw.files or raw.unreadable or raw.received)
        if is_known or raw.week == latest or (weeks is not None and len(weeks) == 1):
            for name, rule in rules.items():
                verdicts[name][raw.week] = rule(raw)
    return verdicts


def judge_all_raw(
    storage: Storage, inbox_rules: InboxRules, thresholds: Thresholds
) -> dict[str, Verdict]:
    """What the checks of the whole have to say, by the check's name."""
    now = inbox_rules.clock()
    latest = latest_closed_week(now)
    stored = max((name.week for name, _ in archived_files(storage, None)), default=None)
    close = datetime.combine(latest + ONE_WEEK, time(), UTC)
    rejected = [f.key for f in storage.files(REJECTED) if not f.key.endswith(REASON)]
    return {
        raw_rules.NONE_REJECTED.name: raw_rules.none_rejected(rejected),
        raw_rules.LATEST.name: raw_rules.latest_present(
            stored, latest, (now - close) / timedelta(days=1), thresholds.check_latest_week_days
        ),
    }


def read_raw_weeks(
    storage: Storage, charts: Charts, weeks: Collection[date] | None
) -> Iterator[RawWeek]:
    """Each week's raw files, in order; of None, every week that the archive has."""
    asked = None if weeks is None else {*weeks, *(week - ONE_WEEK for week in weeks)}
    archived = archived_files(storage, asked)
    wanted = {name.week for name, _ in archived} if weeks is None else set(weeks)
    # Of a week before that isn't asked for, its playlists are enough.
    files = [(n, f) for n, f in archived if n.week in wanted or n.kind == "playlist"]
    contents = storage.read_many(file.key for _, file in files)
    named = {
        week: list(of_week) for week, of_week in groupby((n for n, _ in files), lambda n: n.week)
    }
    slugs = {chart.slug for chart in charts.charts}
    snapshots: dict[date, dict[str, str]] = {}
    for week in sorted(wanted | named.keys()):
        raw = RawWeek(week, snapshots_before=snapshots.get(week - ONE_WEEK, {}))
        if week in wanted:
            raw.received.update(sums(storage, week))
        ids: dict[str, str] = {}
        for name in named.get(week, []):
            content = next(contents)[1]
            try:
                if week in wanted:
                    raw.files[name] = _summary(name, content, charts, raw.received.get(name))
                    ids[name.chart] = raw.files[name].snapshot_id or ids.get(name.chart, "")
                else:
                    ids[name.chart] = summarize(name, content, charts).snapshot_id
            except UnreadableRawFile as error:
                raw.unreadable[name] = str(error)
        snapshots = {week: {chart: one for chart, one in ids.items() if one}}
        if week in wanted:
            if slugs - {name.chart for name in named.get(week, [])}:
                raw.why_missing.update(why_missing(storage, week))
            yield raw


def _summary(name: RawName, content: bytes, charts: Charts, received_as: str | None) -> RawSummary:
    """What a raw file says; of a chart file that is as it was received only that, for it says no more.

    Raises:
        UnreadableRawFile: it can't be read.
    """
    if name.kind != "playlist" and hashlib.sha256(content).hexdigest() == received_as:
        return RawSummary(0, 0, None, None, "", received_as)
    return summarize(name, content, charts)
