"""The asset `raw_playlist`: every raw chart file of a week, as it was received.

What a dropped file is, is decided in `raw.inbox`; whether a live playlist is this week's, in
`spotify.charts`; how files are archived, in `raw.archive`. Dagster reads the annotations here, so they
aren't postponed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import dagster as dg
from pydantic import Field

from spotify_assets.charts import Charts, by_sentence
from spotify_assets.defs import Shared, add_metadata, record_others, run_weeks
from spotify_assets.defs.descriptions import raw_metadata
from spotify_assets.defs.resources import ChartsResource, SpotifyResource, StorageResource
from spotify_assets.layout import INBOX, RawName
from spotify_assets.raw.archive import archived_files, note_sums, read_raw
from spotify_assets.raw.inbox import NOT_TAKEN, InboxRules, NotRead, Recognised, scan_inbox
from spotify_assets.raw.rejected import reject
from spotify_assets.raw.taking_in import take_all_in
from spotify_assets.spotify import NOT_CONFIGURED
from spotify_assets.spotify.charts import LiveCharts
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import describe_raw_files
from spotify_assets.to_fetch import fetch_latest
from spotify_assets.weeks import Clock, describe_weeks, latest_closed_week
from spotify_assets.words import MOST_LISTED, plain

FETCHED = "charts fetched from Spotify"


class RawPlaylistConfig(dg.Config):
    """What a run of `raw_playlist` may be told in the Launchpad."""

    refetch_latest_week: bool = Field(
        default=False,
        description="Fetch the latest closed week's playlists again, also those that are archived. An "
        "answer that differs replaces the archived file, which is kept as superseded.",
    )


def build_raw_playlist(shared: Shared, clock: Clock) -> dg.AssetsDefinition:
    """Return the asset `raw_playlist`."""

    @shared.asset(
        "raw_playlist", group_name="raw", kinds={"spotify", "file"}, output_required=False
    )
    def raw_playlist(
        context: dg.AssetExecutionContext,
        config: RawPlaylistConfig,
        storage: StorageResource,
        charts: ChartsResource,
        spotify: SpotifyResource,
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Every raw chart file of a week, byte for byte as received: one per chart and source.

        Takes in the inbox's files of the week and keeps what is archived; charts that the latest closed
        week lacks or holds back are fetched from Spotify. A newer file of the same chart and source
        replaces the older one, which is kept as superseded. Files that can't be read are moved to
        `raw/rejected`, each with its reason.
        """
        weeks, rules = run_weeks(context), charts.rules(clock)
        base = storage.of_run(context.run.run_id)
        found, left = _take_in(base, rules, weeks, context.log.warning)
        dropped = {name for file in found for name in file.names}
        latest, live = latest_closed_week(clock()), LiveCharts()
        if latest in weeks:
            again = config.refetch_latest_week
            live = fetch_latest(base, rules, spotify.open(), dropped, refetch=again)
        fetched = {one.name: one.fetched_at for one in [*live.fetched, *live.older]}
        sources = dict.fromkeys(dropped, "inbox") | dict.fromkeys(fetched, "spotify")
        files = _described(base, weeks, rules.charts, sources, fetched)
        damaged = [  # each was good when it was taken in; the check `archive_intact` is about it
            f"{name.archive_key} is damaged: {said['problem']} Put a good copy into the inbox, which "
            "replaces it, or delete the file; then materialize again."
            for name, said in files.items()
            if said["problem"]
        ]
        for reason in (*left, *damaged, *by_sentence(live.reasons.items())):
            context.log.warning(reason)
        present = {name.week for name in files}
        files = {name: said for name, said in files.items() if not said["problem"]}
        absent = sorted(set(weeks) - present)
        if absent == weeks and live.only_early:
            context.log.warning(f"Nothing is stored for {latest} yet, and that is no failure.")
            return  # what is downstream is skipped, and the run succeeds
        if absent:
            why = " ".join([_why_absent(absent, live, latest), *left[:MOST_LISTED]])
            if absent == weeks:
                raise dg.Failure(why, allow_retries=False)
            context.log.warning(f"{why} The other weeks are made; these have no rows.")
        note_sums(base, {name: said["sha256"] for name, said in files.items()})
        metadata = {
            week: raw_metadata([said for said in files.values() if said["week"] == week])
            for week in weeks
        }
        key = shared.key("raw_playlist")
        add_metadata(context, key, metadata)
        record_others(context, key, present, metadata)
        yield dg.MaterializeResult(
            metadata={
                "inbox files taken in": len(found),
                FETCHED: len(live.fetched),
            }
        )

    return raw_playlist


def _take_in(
    storage: Storage, rules: InboxRules, weeks: Sequence[date], warn: Callable[[str], object]
) -> tuple[list[Recognised], list[str]]:
    """Take in or reject the inbox's files of the weeks; return those taken in, and why others stay."""
    found, left = list[Recognised](), list[str]()
    for file in scan_inbox(storage, rules, weeks):
        if isinstance(file, Recognised):
            found.append(file)
        elif isinstance(file, NotRead):
            left.append(f"{plain(file.file.key)}: {file.reason}")
        else:
            warn(f"Rejected {plain(reject(storage, file))}: {file.reason}")
    take_all_in(storage, found)
    still_there = {file.key for file in storage.files(INBOX)} if found else set()
    keys = [file.file.key for file in found]
    left += [f"{plain(key)}: {NOT_TAKEN}" for key in keys if key in still_there]
    return [file for file in found if file.file.key not in still_there], left


def _described(
    storage: Storage,
    weeks: Sequence[date],
    charts: Charts,
    sources: Mapping[RawName, str],
    fetched: Mapping[RawName, datetime],
) -> dict[RawName, dict[str, Any]]:
    """Return what the weeks' archived files say, as `raw_metadata` takes it."""
    archived = archived_files(storage, weeks)
    raw_files = read_raw(storage, [(name, file.key) for name, file in archived])
    rows = describe_raw_files(raw_files, charts).to_pylist()
    return {
        name: said
        | {
            "source": sources.get(name, "archive"),
            "fetched_at": fetched.get(name, file.modified),
        }
        for (name, file), said in zip(archived, rows, strict=True)
    }


def _why_absent(absent: Sequence[date], live: LiveCharts, latest: date) -> str:
    """Return why there are no raw files for these weeks, and what to do."""
    weeks = describe_weeks(absent)
    said = [f"There are no raw files for {weeks}, neither in the archive nor in the inbox."]
    if latest in absent:
        reasons = by_sentence(live.reasons.items()) or [f"{NOT_CONFIGURED}."]
        said += [f"Of {latest}:"] if absent[0] != latest else []
        said += reasons[:MOST_LISTED]
        if more := len(reasons[MOST_LISTED:]):
            said.append(f"And {more} more reasons.")
    if absent[0] != latest:
        said.append("Spotify serves the latest closed week's charts only, never older ones.")
    if absent[0] != latest or not live.reasons:  # those say what to do
        said.append(
            f"Download the weekly chart from charts.spotify.com, drop it below {INBOX} and materialize "
            "again."
        )
    return " ".join(said)
