"""The asset `raw_playlist`: everything known about a week, as it was received.

It reads archive and inbox, and asks Spotify for what the latest closed week still lacks. What a
dropped file is, is decided in `sources.inbox`, what a live answer is worth in `sources.spotify`; the
files are archived by the raw IO manager. Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

import dagster as dg

from spotify_assets.charts import Charts
from spotify_assets.checks.verdicts import listed
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS, damaged_file, run_weeks
from spotify_assets.defs.descriptions import raw_metadata
from spotify_assets.defs.io_managers import IncomingFiles
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import INBOX, RawName
from spotify_assets.raw.archive import RawFile, archived_files, summarize
from spotify_assets.raw.inbox import InboxRules, Recognised, reject, scan_inbox
from spotify_assets.raw.missing import note_missing
from spotify_assets.spotify.access import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.spotify.snapshots import LiveCharts, fetch_charts
from spotify_assets.storage import Storage
from spotify_assets.weeks import latest_closed_week

SHOWN_REASONS = 5


def build_raw_playlist(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `raw_playlist`, on these partitions."""

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        group_name="raw",
        kinds={"spotify", "file"},
        owners=OWNERS,
        freshness_policy=FRESH,
        io_manager_key="raw_io_manager",
        output_required=False,
    )
    def raw_playlist(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
        spotify: dg.ResourceParam[SpotifyAccess],
    ) -> Iterator[dg.Output[IncomingFiles]]:
        """Every raw chart file of a week, byte for byte as received: one per chart and source.

        Takes in what lies in the inbox for the week and keeps what the archive holds; of the latest
        closed week, Spotify is asked for the charts still missing. A newer file of the same chart and
        source takes the older one's place, which is kept as superseded. Files that can't be read are
        moved to `raw/rejected`, each with its reason.
        """
        weeks = run_weeks(context)
        found = []
        for file in scan_inbox(storage, inbox_rules, weeks):
            if isinstance(file, Recognised):
                found.append(file)
            else:
                context.log.warning(f"Rejected {reject(storage, file)}: {file.reason}")
        known = known_files(storage, weeks, found, inbox_rules.charts)
        latest = latest_closed_week(inbox_rules.clock())
        live = LiveCharts()
        if latest in weeks and spotify.account.is_configured and not holds_demo(storage):
            live = _fetch(context, spotify, storage, inbox_rules.charts, latest, known)
            for snapshot in live.fetched:
                summary = summarize(snapshot.name, snapshot.content, inbox_rules.charts)
                known.append(RawFile(snapshot.name, "spotify", snapshot.fetched_at, summary))
        absent = sorted(set(weeks) - {file.name.week for file in known})
        if absent and len(absent) == len(weeks) and live.only_early:
            context.log.warning(f"Nothing is stored for {latest} yet, and that is no failure.")
            return  # what is downstream is skipped, and the run succeeds
        if absent:
            _report_absent(context, absent, len(weeks), live, latest)
        for week in weeks:
            files = [file for file in known if file.name.week == week]
            context.add_asset_metadata(raw_metadata(files), partition_key=week.isoformat())
        digests = {file.name: file.summary.sha256 for file in known}
        yield dg.Output(IncomingFiles(found, live.fetched, digests))

    return raw_playlist


def known_files(
    storage: Storage, weeks: Collection[date], found: Iterable[Recognised], charts: Charts
) -> list[RawFile]:
    """The raw files of the weeks, in order of names: the archive's, or the inbox's newer ones.

    Raises:
        dagster.Failure: archived ones can't be read any more; names the first.
    """
    incoming = {name: file for file in found for name in file.names if name.week in weeks}
    known = {name: ("archive", file) for name, file in archived_files(storage, weeks)}
    known |= {name: ("inbox", file.file) for name, file in incoming.items()}
    known = dict(sorted(known.items()))
    archived = storage.read_many([f.key for name, (_, f) in known.items() if name not in incoming])
    files = []
    damaged: dict[RawName, str] = {}
    for name, (source, file) in known.items():
        content = incoming[name].content(storage) if name in incoming else next(archived)[1]
        if content is None:  # another run has archived it since it was found
            content = storage.read(name.archive_key)
        try:
            summary = summarize(name, content, charts)
        except UnreadableRawFile as error:
            damaged[name] = f"{file.key}: {error}"
        else:
            files.append(RawFile(name, source, file.modified, summary))
    if damaged:
        what, *others = damaged.values()
        if others:
            what += f" (So are others: {listed([name.path for name in damaged][1:])}.)"
        raise damaged_file(what, sorted({name.week for name in damaged}))
    return files


def _fetch(
    context: dg.AssetExecutionContext,
    spotify: SpotifyAccess,
    storage: Storage,
    charts: Charts,
    week: date,
    known: Iterable[RawFile],
) -> LiveCharts:
    """What Spotify has of the charts that nothing is known of; the reasons for the rest are noted."""
    have = {file.name.chart for file in known if file.name.week == week}
    lacking = [chart for chart in charts.charts if chart.slug not in have]
    if not lacking:
        note_missing(storage, week, {})
        return LiveCharts()
    context.log.info(f"Asking Spotify for {len(lacking)} charts of {week}")
    live = fetch_charts(spotify.connect(), storage, lacking, charts, week)
    for reason in live.not_had.values():
        context.log.warning(reason)
    note_missing(storage, week, live.not_had, live.refused)
    return live


def _report_absent(
    context: dg.AssetExecutionContext,
    absent: list[date],
    asked: int,
    live: LiveCharts,
    latest: date,
) -> None:
    weeks = ", ".join(str(week) for week in absent[:10]) + (" …" if len(absent) > 10 else "")
    what = f"There are no raw files for {weeks}, neither in the archive nor in the inbox. "
    if latest in absent and live.not_had:
        what += f"Of {latest}: {' '.join(list(live.not_had.values())[:SHOWN_REASONS])} "
        if len(live.not_had) > SHOWN_REASONS:
            what += f"And {len(live.not_had) - SHOWN_REASONS} more charts. "
    elif latest in absent:
        what += f"{NOT_CONFIGURED}. "
    if set(absent) - {latest}:
        what += (
            "Spotify only ever gives the latest closed week's charts: asked for an older one, it would "
            "answer with those. "
        )
    what += (
        f"Download the weekly chart from charts.spotify.com, drop it below {INBOX} and materialize "
        "again."
    )
    if len(absent) == asked:
        raise dg.Failure(description=what, allow_retries=False)
    context.log.warning(f"{what} The other weeks go on; these stay without rows.")
