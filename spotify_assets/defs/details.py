"""The asset `details`: what Spotify and open data know of songs beyond the raw chart files.

What is wanted is decided in `tables.lacking`, how it is requested in `spotify.details` and
`open_data.look_up`. Dagster reads the annotations here, so they aren't postponed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from spotify_assets.charts import Charts
from spotify_assets.defs import Shared, add_metadata, record_others, run_weeks
from spotify_assets.defs.resources import (
    ChartsResource,
    OpenDataResource,
    SpotifyResource,
    StorageResource,
)
from spotify_assets.defs.run_tags import FOLLOW_UP
from spotify_assets.demo.marker import holds_demo
from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import DETAILS, RawName
from spotify_assets.open_data import NOT_ASKED
from spotify_assets.open_data.facts import read_open_facts
from spotify_assets.open_data.look_up import look_up
from spotify_assets.open_data.matching import Song
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.details import Details, Wanted, read_details
from spotify_assets.settings import OpenData
from spotify_assets.spotify import NOT_CONFIGURED
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import derived_now, lacking_details, songs_to_match
from spotify_assets.words import counted

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
        open_data: OpenDataResource,
    ) -> dg.MaterializeResult[None]:
        """Songs, artists and albums as Spotify and open data describe them, each looked up once.

        Fills in lengths, albums, genres and labels that chart files lack. Spotify is asked with
        credentials, MusicBrainz and Wikidata with a contact; without either nothing is requested, and
        those columns stay null. Where a server asks for a longer break, the schedule and the next
        update continue: what is still wanted shows in the tables.
        """
        base, declared = storage.of_run(context.run.run_id), charts.open()
        key, weeks = shared.key("details"), run_weeks(context)
        metadata: dict[str, Any] = {"stored in": dg.MetadataValue.path(base.location(DETAILS))}
        for damaged in read_open_facts(base).damaged:
            context.log.warning(damaged)
        is_demo, has_contact = holds_demo(base), bool(open_data.open().contact)
        asks_spotify = not is_demo and spotify.open().account.is_configured
        asks_open_data = not is_demo and has_contact and FOLLOW_UP not in context.run.tags
        why = "nothing: this is the demo" if is_demo else ""
        metadata["requested of Spotify"] = why or f"nothing: {NOT_CONFIGURED}"
        metadata["requested of open data"] = why or f"nothing: {NOT_ASKED}"
        if not asks_spotify and not asks_open_data:
            record_others(context, key, weeks)
            return dg.MaterializeResult(metadata=metadata)
        try:
            known = read_details(base)
        except UnreadableRawFile as error:  # names the file and the remedy
            raise dg.Failure(str(error), allow_retries=False) from error
        files = [(name, file.key) for name, file in archived_files(base, weeks)]
        waits: Mapping[date, dict[str, Any]] = {}
        if asks_spotify:
            del metadata["requested of Spotify"]
            waits = _ask_spotify(context, spotify, base, files, declared, known, metadata)
        if asks_open_data:
            del metadata["requested of open data"]
            songs = songs_to_match(base, derived_now(base, files, declared, known))
            told = _ask_open_data(context, open_data.open(), base, songs)
            stops = [one[INTERRUPTED] for one in (metadata, told) if INTERRUPTED in one]
            metadata |= told | ({INTERRUPTED: " ".join(stops)} if stops else {})
        add_metadata(context, key, waits)
        record_others(context, key, {name.week for name, _ in files}, waits)
        return dg.MaterializeResult(metadata=metadata)

    return details


def _ask_spotify(
    context: dg.AssetExecutionContext,
    spotify: SpotifyResource,
    storage: Storage,
    files: Sequence[tuple[RawName, str]],
    charts: Charts,
    known: Details,
    metadata: dict[str, Any],
) -> Mapping[date, dict[str, Any]]:
    """Look up what Spotify knows, and return how many songs of each week wait."""
    from spotify_assets.spotify import details

    last: Wanted = {}

    def wanted() -> Wanted:
        last.update(lacking_details(storage, files, charts, known))
        return last

    outcome = details.look_up(spotify.open().client, storage, known, wanted, context.log.info)
    if outcome.interrupted:
        context.log.warning(f"Stopped looking up details: {outcome.interrupted}")
        metadata[INTERRUPTED] = outcome.interrupted
    metadata |= {f"{kind} requested": count for kind, count in outcome.requested.items()}
    metadata |= {f"{kind} answered": count for kind, count in outcome.answered.items()}
    still_wanted = last["tracks"].keys() - known.tracks.keys()
    waiting = Counter(week for song in still_wanted for week in last["tracks"][song])
    return {week: {"songs that wait": waiting[week]} for week in {name.week for name, _ in files}}


def _ask_open_data(
    context: dg.AssetExecutionContext, access: OpenData, storage: Storage, songs: Sequence[Song]
) -> dict[str, Any]:
    """Look up songs in open data, and return what came of it; that it can't be done fails no week."""
    try:
        outcome = look_up(storage, songs, access, context.log.info)
    except UserError as error:  # of the corrections
        context.log.warning(f"Open data wasn't asked: {error}")
        return {"requested of open data": f"nothing: {error}"}
    said = [*filter(None, [*outcome.stopped, outcome.advice])]
    for one in said:
        context.log.warning(f"Open data: {one}")
    if outcome.stopped and outcome.waiting:
        said.append(f"{counted(outcome.waiting, 'song')} wait.")
    return {
        **({INTERRUPTED: " ".join(said)} if said else {}),
        **{f"requests to {name}": count for name, count in outcome.requests.items()},
        **{f"songs found by {way}": count for way, count in outcome.matched.items()},
        "songs without a match": sum(outcome.missed.values()),
        "songs that open data wasn't asked yet": outcome.waiting,
        "weeks that gained": len(outcome.gained),
    }
