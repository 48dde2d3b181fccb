"""The asset `raw_playlist`: every raw chart file of a week, as it was received.

What a dropped file is, is decided in `raw.inbox`; whether a live playlist is this week's, in
`spotify.charts`; the raw IO manager archives both. Dagster reads the annotations here, so they aren't
postponed.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

import dagster as dg
from pydantic import Field

from spotify_assets.charts import Charts
from spotify_assets.defs import Shared, run_weeks
from spotify_assets.defs.descriptions import raw_metadata
from spotify_assets.defs.io_managers import IncomingFiles
from spotify_assets.defs.resources import ChartsResource, SpotifyResource, StorageResource
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, RawName
from spotify_assets.raw.archive import Fetched, RawFile, archived_files, summarize
from spotify_assets.raw.inbox import Recognised, reject, scan_inbox
from spotify_assets.raw.missing import note_missing
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.spotify.charts import LiveCharts, fetch_charts
from spotify_assets.storage import Storage
from spotify_assets.weeks import Clock, describe_weeks, latest_closed_week

MOST_SHOWN = 5


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
        "raw_playlist",
        group_name="raw",
        kinds={"spotify", "file"},
        io_manager_key="raw_io_manager",
        output_required=False,
    )
    def raw_playlist(
        context: dg.AssetExecutionContext,
        config: RawPlaylistConfig,
        storage: StorageResource,
        charts: ChartsResource,
        spotify: SpotifyResource,
    ) -> Iterator[dg.Output[IncomingFiles]]:
        """Every raw chart file of a week, byte for byte as received: one per chart and source.

        Takes in the inbox's files of the week and keeps what is archived; charts that the latest closed
        week still lacks are fetched from Spotify. A newer file of the same chart and source replaces
        the older one, which is kept as superseded. Files that can't be read are moved to
        `raw/rejected`, each with its reason.
        """
        weeks, rules, base, access = (
            run_weeks(context),
            charts.rules(clock),
            storage.open(),
            spotify.open(),
        )
        found = []
        for file in scan_inbox(base, rules, weeks):
            if isinstance(file, Recognised):
                found.append(file)
            else:
                context.log.warning(f"Rejected {reject(base, file)}: {file.reason}")
        known, damaged = known_files(base, weeks, found, rules.charts)
        latest = latest_closed_week(clock())
        live, again = LiveCharts(), set[RawName]()
        if latest in weeks and access.account.is_configured and not holds_demo(base):
            present, dropped = {*known, *damaged}, {name for file in found for name in file.names}
            if config.refetch_latest_week:
                again = present - dropped
            live = fetch_missing(access, base, rules.charts, latest, present, again)
            known |= {one.name: _fetched_file(one, rules.charts) for one in live.fetched}
        for reason in (*damaged.values(), *live.reasons.values()):
            context.log.warning(reason)
        absent = sorted(set(weeks) - {name.week for name in (*known, *damaged)})
        if absent == weeks and live.only_early:
            context.log.warning(f"Nothing is stored for {latest} yet, and that is no failure.")
            return  # what is downstream is skipped, and the run succeeds
        if absent == weeks:
            description = why_absent(absent, live, latest)
            raise dg.Failure(description=description, allow_retries=False)
        if absent:
            context.log.warning(
                f"{why_absent(absent, live, latest)} The other weeks are made; these have no rows."
            )
        known = dict(sorted(known.items()))
        for week in weeks:
            files = [file for name, file in known.items() if name.week == week]
            context.add_asset_metadata(raw_metadata(files), partition_key=week.isoformat())
        digests = {name: file.summary.sha256 for name, file in known.items()}
        yield dg.Output(IncomingFiles(found, live.fetched, digests))

    return raw_playlist


def known_files(
    storage: Storage, weeks: Sequence[date], found: Iterable[Recognised], charts: Charts
) -> tuple[dict[RawName, RawFile], dict[RawName, str]]:
    """Return the weeks' raw files, the inbox's before the archive's, and those damaged with a message.

    A damaged file was good when it was taken in; the check `archive_intact` is about it.
    """
    incoming = {name: file for file in found for name in file.names}
    files = {name: ("archive", file) for name, file in archived_files(storage, weeks)}
    files |= {name: ("inbox", file.file) for name, file in incoming.items()}
    archived = storage.read_many([f.key for name, (_, f) in files.items() if name not in incoming])
    known: dict[RawName, RawFile] = {}
    damaged: dict[RawName, str] = {}
    for name, (source, file) in files.items():
        content = incoming[name].content(storage) if name in incoming else next(archived)[1]
        if content is None:  # another run has archived it since it was found
            content = storage.read(name.archive_key)
        try:
            known[name] = RawFile(name, source, file.modified, summarize(name, content, charts))
        except UnreadableRawFile as error:
            damaged[name] = (
                f"{file.key} is damaged: {error} Put a good copy into the inbox, which replaces it, or "
                "delete the file; then materialize again."
            )
    return known, damaged


def fetch_missing(
    spotify: SpotifyAccess,
    storage: Storage,
    charts: Charts,
    week: date,
    present: Collection[RawName],
    again: Collection[RawName],
) -> LiveCharts:
    """Fetch the charts without a present file, and those whose playlist is to be fetched again.

    Playlists that are the same as archived aren't returned. Why others are missing is noted.
    """
    of_week = {name for name in present if name.week == week}
    complete = {name.chart for name in of_week}
    repeated = {name.chart for name in of_week & set(again) if name.kind == "playlist"}
    wanted = [c for c in charts.charts if c.slug not in complete or c.slug in repeated]
    live = (
        fetch_charts(spotify.connect(), storage, wanted, charts, week) if wanted else LiveCharts()
    )
    live.fetched = [
        one
        for one in live.fetched
        if one.name not in present or storage.read(one.name.archive_key) != one.content
    ]
    missing = {slug: reason for slug, reason in live.reasons.items() if slug not in complete}
    note_missing(storage, week, missing, live.refused & missing.keys())
    return live


def why_absent(absent: Sequence[date], live: LiveCharts, latest: date) -> str:
    """Return why there are no raw files for these weeks, and what to do."""
    weeks = describe_weeks(absent)
    what = [f"There are no raw files for {weeks}, neither in the archive nor in the inbox."]
    if latest in absent:
        reasons = list(live.reasons.values()) or [f"{NOT_CONFIGURED}."]
        what += [f"Of {latest}:", *reasons[:MOST_SHOWN]]
        if more := len(reasons[MOST_SHOWN:]):
            what.append(f"And {more} more charts.")
    if absent[0] != latest:
        what.append("Spotify serves the latest closed week's charts only, never older ones.")
    what.append(
        f"Download the weekly chart from charts.spotify.com, drop it below {INBOX} and materialize "
        "again."
    )
    return " ".join(what)


def _fetched_file(snapshot: Fetched, charts: Charts) -> RawFile:
    summary = summarize(snapshot.name, snapshot.content, charts)
    return RawFile(snapshot.name, "spotify", snapshot.fetched_at, summary)
