"""The asset `raw_playlist`: everything known about a week, as it was received.

It reads archive and inbox; what a dropped file is, is decided in `sources.inbox`, and the files are
archived by the raw IO manager. Dagster reads the annotations here, so they aren't postponed.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import dagster as dg

from spotify_assets.assets import ONE_RUN, OWNERS, damaged_file, run_weeks
from spotify_assets.assets.descriptions import markdown_table
from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.io_managers import IncomingFiles
from spotify_assets.layout import INBOX, RawName
from spotify_assets.payloads.raw_files import RawSummary, summarize
from spotify_assets.sources.archive import archived_files
from spotify_assets.sources.inbox import InboxRules, Recognised, reject, scan_inbox
from spotify_assets.sources.inbox_contents import HeldContents
from spotify_assets.storage import Storage


def build_raw_playlist(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `raw_playlist`, on these partitions."""

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        group_name="raw",
        kinds={"spotify", "file"},
        owners=OWNERS,
        io_manager_key="raw_io_manager",
    )
    def raw_playlist(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
    ) -> IncomingFiles:
        """Every raw chart file of a week, byte for byte as received: one per chart and source.

        Takes in what lies in the inbox for the week and keeps what the archive holds. A newer file of
        the same chart and source takes the older one's place, which is kept as superseded. Files that
        can't be read are moved to `raw/rejected`, each with its reason.
        """
        weeks = run_weeks(context)
        found = []
        for file in scan_inbox(storage, inbox_rules, weeks, HeldContents()):
            if isinstance(file, Recognised):
                found.append(file.of_weeks(weeks))
            else:
                context.log.warning(f"Rejected {reject(storage, file)}: {file.reason}")
        known = known_files(storage, weeks, found)
        absent = sorted(set(weeks) - {name.week for name in known})
        if absent:
            _report_absent(context, absent, everything=len(absent) == len(weeks))
        summaries = dict(_summaries(storage, known, found, inbox_rules.charts))
        for week in weeks:
            of_week = {name: summary for name, summary in summaries.items() if name.week == week}
            context.add_asset_metadata(_metadata(of_week), partition_key=week.isoformat())
        return IncomingFiles(found)

    return raw_playlist


def known_files(
    storage: Storage, weeks: Iterable[date], found: Iterable[Recognised]
) -> dict[RawName, str]:
    """The raw files of the weeks and where each lies now: the archive's, then the inbox's newest."""
    weeks = list(weeks)
    known = {name: file.key for name, file in archived_files(storage, weeks)}
    known |= {name: file.file.key for file in found for name in file.names}
    return dict(sorted(known.items()))


def _summaries(
    storage: Storage, known: dict[RawName, str], found: Iterable[Recognised], charts: Charts
) -> Iterator[tuple[RawName, RawSummary]]:
    """What each file holds; those of the archive are read ahead, the inbox's only once."""
    incoming = {name: file for file in found for name in file.names}
    archived = storage.read_many([key for name, key in known.items() if name not in incoming])
    for name, key in known.items():
        content = incoming[name].content(storage) if name in incoming else next(archived)[1]
        if content is None:  # another run has archived it since it was found
            content = storage.read(name.archive_key)
        try:
            yield name, summarize(name, content, charts)
        except UnreadableRawFile as error:
            raise damaged_file(f"{key}: {error}") from error


def _metadata(files: dict[RawName, RawSummary]) -> dict[str, dg.MetadataValue]:
    rows = [
        (name.chart, name.kind, summary.rows, summary.sha256[:8]) for name, summary in files.items()
    ]
    return {
        "dagster/partition_row_count": dg.MetadataValue.int(sum(s.rows for s in files.values())),
        "files": dg.MetadataValue.int(len(files)),
        "charts": dg.MetadataValue.text(", ".join(sorted({name.chart for name in files}))),
        "rows without a song": dg.MetadataValue.int(sum(s.dropped for s in files.values())),
        "preview": dg.MetadataValue.md(
            markdown_table(("chart", "source", "rows", "sha256"), rows)
            if rows
            else "Nothing was collected for this week."
        ),
    }


def _report_absent(
    context: dg.AssetExecutionContext, absent: list[date], *, everything: bool
) -> None:
    weeks = ", ".join(str(week) for week in absent[:10]) + (" …" if len(absent) > 10 else "")
    what = (
        f"There are no raw files for {weeks}, neither in the archive nor in the inbox. Download the "
        f"weekly chart from charts.spotify.com, drop it below {INBOX} and materialize again."
    )
    if everything:
        raise dg.Failure(description=what, allow_retries=False)
    context.log.warning(f"{what} The other weeks go on; these stay without rows.")
