"""The asset `details`: what Spotify knows of songs, artists and albums beyond the raw chart files.

What is wanted is decided in `tables.lacking`, how it is requested in `spotify.details`. Dagster reads
the annotations here, so they aren't postponed.
"""

from collections import Counter
from typing import Any

import dagster as dg

from spotify_assets.defs import FRESH, ONE_RUN, OWNERS
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import DETAILS
from spotify_assets.raw.archive import RawFiles
from spotify_assets.raw.details import Details, Wanted, read_details
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.spotify import NOT_CONFIGURED, SpotifyAccess
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import lacking_details


def build_details(partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Return the asset `details` with these partitions."""

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
        """Songs, artists and albums as Spotify describes them, each looked up once, for all weeks.

        Fills in lengths, albums, genres and labels that chart files lack. Without credentials nothing is
        requested, and those columns stay null. Where Spotify asks for a longer break, the schedule and
        the next update continue: what is still wanted shows in the tables.
        """
        metadata: dict[str, Any] = {"stored in": dg.MetadataValue.path(storage.location(DETAILS))}
        if holds_demo(storage):
            metadata["requested"] = "nothing: this is the demo"
            return dg.MaterializeResult(metadata=metadata)
        if not spotify.account.is_configured:
            metadata["requested"] = f"nothing: {NOT_CONFIGURED}"
            return dg.MaterializeResult(metadata=metadata)
        from spotify_assets.spotify.details import look_up

        known = known_details(storage)
        last: Wanted = {}

        def wanted() -> Wanted:
            last.update(lacking_details(raw_files, inbox_rules.charts, known))
            return last

        outcome = look_up(spotify.connect(), storage, known, wanted, context.log.info)
        if outcome.interrupted:
            context.log.warning(f"Stopped looking up details: {outcome.interrupted}")
        open_tracks = (
            (one, weeks) for one, weeks in last["tracks"].items() if one not in known.tracks
        )
        waiting = Counter(week for _, weeks in open_tracks for week in weeks)
        for week in raw_files.weeks:
            count = {"songs that wait": waiting[week]}
            context.add_asset_metadata(count, partition_key=week.isoformat())
        metadata |= {f"{kind} requested": count for kind, count in outcome.requested.items()}
        metadata |= {f"{kind} answered": count for kind, count in outcome.answered.items()}
        metadata["interrupted"] = outcome.interrupted or "no"
        return dg.MaterializeResult(metadata=metadata)

    return details


def known_details(storage: Storage) -> Details:
    """Return every stored detail.

    Raises:
        dagster.Failure: a file of them is damaged; names it and the remedy.
    """
    try:
        return read_details(storage)
    except UnreadableRawFile as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
