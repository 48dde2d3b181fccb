"""The asset `details`: what Spotify knows of songs, artists and albums beyond the raw chart files.

What is wanted is decided in `tables.lacking`, how it is requested in `spotify.details`. Dagster reads
the annotations here, so they aren't postponed.
"""

from collections import Counter
from typing import Any

import dagster as dg

from spotify_assets.defs import Shared, add_metadata, record_others, run_weeks
from spotify_assets.defs.resources import ChartsResource, SpotifyResource, StorageResource
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import DETAILS
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.details import Wanted, read_details
from spotify_assets.spotify import NOT_CONFIGURED
from spotify_assets.tables.lacking import lacking_details

INTERRUPTED = "interrupted"


def build_details(shared: Shared) -> dg.AssetsDefinition:
    """Return the asset `details`."""

    @shared.asset(
        "details",
        deps=[shared.key("raw_playlist")],
        group_name="raw",
        kinds={"spotify"},
    )
    def details(
        context: dg.AssetExecutionContext,
        storage: StorageResource,
        charts: ChartsResource,
        spotify: SpotifyResource,
    ) -> dg.MaterializeResult[None]:
        """Songs, artists and albums as Spotify describes them, each looked up once, for all weeks.

        Fills in lengths, albums, genres and labels that chart files lack. Without credentials nothing is
        requested, and those columns stay null. Where Spotify asks for a longer break, the schedule and
        the next update continue: what is still wanted shows in the tables.
        """
        base, declared = storage.open(), charts.open()
        key, weeks = shared.key("details"), run_weeks(context)
        metadata: dict[str, Any] = {"stored in": dg.MetadataValue.path(base.location(DETAILS))}
        is_demo = holds_demo(base)
        if is_demo or not spotify.open().account.is_configured:
            why = "this is the demo" if is_demo else NOT_CONFIGURED
            record_others(context, key, weeks)
            return dg.MaterializeResult(metadata=metadata | {"requested": f"nothing: {why}"})
        from spotify_assets.spotify.details import look_up

        try:
            known = read_details(base)
        except UnreadableRawFile as error:  # names the file and the remedy
            raise dg.Failure(str(error), allow_retries=False) from error
        files = [(name, file.key) for name, file in archived_files(base, weeks)]
        last: Wanted = {}

        def wanted() -> Wanted:
            last.update(lacking_details(base, files, declared, known))
            return last

        outcome = look_up(spotify.open().client, base, known, wanted, context.log.info)
        if outcome.interrupted:
            context.log.warning(f"Stopped looking up details: {outcome.interrupted}")
            metadata[INTERRUPTED] = outcome.interrupted
        still_wanted = last["tracks"].keys() - known.tracks.keys()
        waiting = Counter(week for song in still_wanted for week in last["tracks"][song])
        archived = {name.week for name, _ in files}
        waits = {week: {"songs that wait": waiting[week]} for week in archived}
        add_metadata(context, key, waits)
        record_others(context, key, archived, waits)
        metadata |= {f"{kind} requested": count for kind, count in outcome.requested.items()}
        metadata |= {f"{kind} answered": count for kind, count in outcome.answered.items()}
        return dg.MaterializeResult(metadata=metadata)

    return details
