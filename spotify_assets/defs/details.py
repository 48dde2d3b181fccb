"""The asset `details`: what Spotify knows of songs, artists and albums beyond the raw chart files.

What is asked for, and how, is in `sources.spotify.enrichment`. Dagster reads the annotations here, so
they aren't postponed.
"""

from collections.abc import Mapping
from datetime import date

import dagster as dg

from spotify_assets.charts import Charts
from spotify_assets.defs import FRESH, ONE_RUN, OWNERS, damaged_file, run_weeks
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import DETAILS
from spotify_assets.raw.archive import RawFiles, slices
from spotify_assets.raw.details import note_waiting, read_details
from spotify_assets.raw.details_format import Details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.spotify.access import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.lacking import Lacking, lacking_details


def build_details(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The asset `details`, on these partitions."""

    @dg.asset(
        partitions_def=partitions,
        backfill_policy=ONE_RUN,
        ins={"raw_files": dg.AssetIn("raw_playlist", input_manager_key="raw_io_manager")},
        group_name="raw",
        kinds={"spotify"},
        owners=OWNERS,
        freshness_policy=FRESH,
    )
    def details(
        context: dg.AssetExecutionContext,
        raw_files: RawFiles,
        storage: dg.ResourceParam[Storage],
        inbox_rules: dg.ResourceParam[InboxRules],
        spotify: dg.ResourceParam[SpotifyAccess],
    ) -> dg.MaterializeResult[None]:
        """Songs, artists and albums as Spotify describes them, each asked for once, for all weeks.

        Fills in durations, albums, genres and labels that chart files lack. Without credentials nothing
        is asked for, and those columns stay null. Where Spotify wants a longer break, the weeks that
        wait for details are noted, and the next run goes on.
        """
        place = {"kept in": dg.MetadataValue.path(storage.location(DETAILS))}
        if holds_demo(storage):
            return dg.MaterializeResult(
                metadata={"asked for": "nothing: this is the demo", **place}
            )
        if not spotify.account.is_configured:  # once it is, these weeks are asked for
            note_waiting(storage, run_weeks(context), raw_files.weeks, f"{NOT_CONFIGURED}.")
            return dg.MaterializeResult(
                metadata={"asked for": f"nothing: {NOT_CONFIGURED}", **place}
            )
        known = known_details(storage)
        lacking: Mapping[date, Lacking] = {}

        def look() -> Mapping[date, Lacking]:
            nonlocal lacking
            lacking = _lacking(raw_files, inbox_rules.charts, known)
            return lacking

        from spotify_assets.spotify.enrichment import enrich

        outcome = enrich(spotify.connect(), storage, known, look, context.log.info)
        if outcome.interrupted:
            context.log.warning(
                f"Stopped asking for details: {outcome.interrupted} Weeks that wait for theirs: "
                f"{len(outcome.waiting)}; what they lack stays null until then."
            )
        note_waiting(storage, run_weeks(context), outcome.waiting, outcome.interrupted)
        for week, of_week in lacking.items():
            count = len(of_week["tracks"] - known.tracks.keys())
            context.add_asset_metadata({"songs that wait": count}, partition_key=week.isoformat())
        return dg.MaterializeResult(
            metadata={
                **{f"{kind} asked for": number for kind, number in outcome.asked.items()},
                **{f"{kind} answered": number for kind, number in outcome.found.items()},
                "interrupted": outcome.interrupted or "no",
                **place,
            }
        )

    return details


def known_details(storage: Storage) -> Details:
    """Every detail that is kept.

    Raises:
        dagster.Failure: a file of them can't be read any more; names it.
    """
    try:
        return read_details(storage)
    except UnreadableRawFile as error:
        raise damaged_file(str(error)) from error


def _lacking(raw_files: RawFiles, charts: Charts, known: Details) -> dict[date, Lacking]:
    lacking: dict[date, Lacking] = {}
    for weeks in slices(raw_files):
        try:
            lacking |= lacking_details(derive_tables(raw_files.read(weeks), charts, known), known)
        except UnreadableRawFile as error:
            raise damaged_file(str(error)) from error
    return lacking
