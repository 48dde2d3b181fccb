"""Filling in what raw files leave open: each id is asked for once, and what comes is kept at once.

Interrupted, it goes on where it stopped, since what is known isn't asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from spotify_assets.raw.details import keep_details
from spotify_assets.raw.details_format import DETAIL_KINDS, DetailKind, Details
from spotify_assets.raw.web_api import Artist
from spotify_assets.spotify.client import SpotifyClient
from spotify_assets.spotify.errors import SpotifyError
from spotify_assets.spotify.lookup import Found, Lookup
from spotify_assets.storage import Storage
from spotify_assets.tables.lacking import Lacking, newest_first, weeks_without

IN_A_FILE = 500  # objects: ten requests or more, which is what is lost when a run is killed
IN_A_FILE_SINGLY = 50  # where each of them is a request of its own
ARTISTS_TO_TRY = 10  # in development mode, before it is taken that the app isn't told genres


@dataclass
class Enrichment:
    """What an enrichment came to: how many ids were asked for and found, and what stopped it.

    `interrupted` says why Spotify could not be asked any further, and is empty where it could;
    `waiting` are the weeks that lack details for that reason.
    """

    asked: dict[DetailKind, int] = field(default_factory=lambda: dict.fromkeys(DETAIL_KINDS, 0))
    found: dict[DetailKind, int] = field(default_factory=lambda: dict.fromkeys(DETAIL_KINDS, 0))
    interrupted: str = ""
    waiting: list[date] = field(default_factory=list)


def enrich(
    client: SpotifyClient,
    storage: Storage,
    details: Details,
    look: Callable[[], Mapping[date, Lacking]],
    tell: Callable[[str], None],
) -> Enrichment:
    """Ask for all that `look` finds lacking, and add it to `details`; `tell` hears of the progress.

    `look` is called again once the tracks are known, which bring artists and albums of their own.
    """
    outcome = Enrichment()
    lookup = Lookup(client)
    lacking = look()
    try:
        if ids := newest_first(lacking, "tracks"):
            _ask("tracks", ids, lookup, storage, details, outcome, tell)
            lacking = look()
        artists: Sequence[str] = newest_first(lacking, "artists")
        if not lookup.batches_allowed:
            artists = _while_told(artists, lookup, storage, details, outcome, tell)
        _ask("artists", artists, lookup, storage, details, outcome, tell)
        if lookup.batches_allowed is not False:  # in development mode no app is told labels
            albums = newest_first(lacking, "albums")
            _ask("albums", albums, lookup, storage, details, outcome, tell, singly=False)
    except SpotifyError as error:
        outcome.interrupted = str(error)
        outcome.waiting = weeks_without(look(), details, DETAIL_KINDS)
    return outcome


def _while_told(
    artists: Sequence[str],
    lookup: Lookup,
    storage: Storage,
    details: Details,
    outcome: Enrichment,
    tell: Callable[[str], None],
) -> Sequence[str]:
    """The artists yet to be asked for: none where the first few show that the app isn't told genres."""
    first, rest = artists[:ARTISTS_TO_TRY], artists[ARTISTS_TO_TRY:]
    _ask("artists", first, lookup, storage, details, outcome, tell)
    told = any((details.artists.get(one) or Artist()).genres for one in first)
    if rest and not told:
        tell(f"This app isn't told the genres of artists, so {len(rest):,} more aren't asked for")
        return []
    return rest


def _ask(
    kind: DetailKind,
    ids: Sequence[str],
    lookup: Lookup,
    storage: Storage,
    details: Details,
    outcome: Enrichment,
    tell: Callable[[str], None],
    *,
    singly: bool = True,
) -> None:
    outcome.asked[kind] += len(ids)
    for objects in _in_files(lookup, lookup.find(kind, ids, singly=singly)):
        details.add(kind, keep_details(storage, kind, objects, lookup.client.clock()))
        outcome.found[kind] += len(objects)
        tell(f"Details: {outcome.found[kind]:,} of {outcome.asked[kind]:,} {kind}")


def _in_files(lookup: Lookup, batches: Iterator[list[Found]]) -> Iterator[list[Found]]:
    """The batches put together to files; where they break off, what came before comes first."""
    together: list[Found] = []
    broken: SpotifyError | None = None
    while broken is None:
        try:
            together += next(batches)
        except StopIteration:
            break
        except SpotifyError as error:
            broken = error
        enough = IN_A_FILE_SINGLY if lookup.batches_allowed is False else IN_A_FILE
        if together and (broken or len(together) >= enough):
            yield together
            together = []
    if together:
        yield together
    if broken:
        raise broken
