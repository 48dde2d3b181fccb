"""Looking up details: each id is requested once, in batches where the app may, else one by one.

Apps in development mode lost the batch endpoints in February 2026 (Spotify's migration guide). What
arrives is stored at once, so an interrupted lookup continues where it stopped. Which ids are wanted
is decided in `tables.lacking`; how they are stored, in `raw.details`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Any

from spotify_assets.raw.details import DETAIL_KINDS, DetailKind, Details, Wanted, store_details
from spotify_assets.spotify.answers import SpotifyError
from spotify_assets.spotify.client import SpotifyClient
from spotify_assets.storage import Storage
from spotify_assets.web import UnusableAnswer

# Sources: "Get Several Tracks", "... Artists", "... Albums" of Spotify's Web API reference.
MOST_IDS: dict[DetailKind, int] = {"tracks": 50, "artists": 50, "albums": 20}
AT_ONCE = 4  # single requests at the same time
PER_SECOND = 5.0  # Spotify states no limit; half of what draws a 429 in development mode
BATCHES_REFUSED = (403, 404, 405, 410)
UNKNOWN = (400, 404)  # of a single id
SKIPPED = 3  # ids of a group that may fail on their own; more of them are an outage
ALL_UNKNOWN = 10  # ids of a group, if not one is known: then it isn't the ids that are at fault
IN_A_FILE = 500  # objects, at least ten requests: what is lost when a run is killed
IN_A_FILE_SINGLY = 50  # where each object is a request of its own
ARTISTS_TO_TRY = 10  # without batches, before concluding that Spotify tells this app no genres

Found = tuple[str, dict[str, Any] | None]
"""An id as requested, and Spotify's object; None where Spotify doesn't know the id."""


@dataclass
class LookUp:
    """How many ids were requested and answered, by kind, and what interrupted the lookup."""

    requested: dict[DetailKind, int] = field(default_factory=lambda: dict.fromkeys(DETAIL_KINDS, 0))
    answered: dict[DetailKind, int] = field(default_factory=lambda: dict.fromkeys(DETAIL_KINDS, 0))
    interrupted: str = ""


def look_up(
    client: SpotifyClient,
    storage: Storage,
    known: Details,
    wanted: Callable[[], Wanted],
    log: Callable[[str], object],
) -> LookUp:
    """Request all that is wanted, store it and add it to `known`; `log` receives the progress.

    `wanted` is called again once the tracks are known, which bring artists and albums of their own.
    """
    outcome = LookUp()
    source = _Source(client)

    def request(kind: DetailKind, ids: Sequence[str], *, singly: bool = True) -> None:
        if not singly and source.batches_allowed is False:
            return
        outcome.requested[kind] += len(ids)
        for objects in _in_files(source, source.find(kind, ids, singly=singly)):
            weeks = [week for one, _ in objects for week in open_ids[kind][one]]
            store_details(storage, kind, objects, weeks, client.clock(), known)
            outcome.answered[kind] += len(objects)
            log(f"Details: {outcome.answered[kind]:,} of {outcome.requested[kind]:,} {kind}")

    open_ids = wanted()
    try:
        if open_ids["tracks"]:
            request("tracks", newest_first(open_ids["tracks"]))
            open_ids = wanted()
        artists = newest_first(open_ids["artists"])
        tells_genres = known.tells_genres
        if tells_genres and not source.batches_allowed:
            tried, artists = artists[:ARTISTS_TO_TRY], artists[ARTISTS_TO_TRY:]
            request("artists", tried)
            tells_genres = any(artist and artist.genres for artist in map(known.artists.get, tried))
        if artists and not tells_genres and source.batches_allowed is False:
            log(f"Spotify tells this app no genres: {len(artists):,} artists aren't requested")
        request("artists", artists, singly=tells_genres)
        request("albums", newest_first(open_ids["albums"]), singly=False)  # for labels
    except SpotifyError as error:
        outcome.interrupted = str(error)
    return outcome


def newest_first(open_ids: dict[str, list[date]]) -> list[str]:
    """Return the ids, those that the latest weeks want first, in order within a week."""
    return sorted(open_ids, key=lambda one: (-max(open_ids[one]).toordinal(), one))


def _in_files(source: _Source, batches: Iterator[list[Found]]) -> Iterator[list[Found]]:
    """Yield the batches, joined to files; what arrived before an error comes before it."""
    joined: list[Found] = []
    try:
        for batch in batches:
            joined += batch
            if len(joined) >= (IN_A_FILE_SINGLY if source.batches_allowed is False else IN_A_FILE):
                whole, joined = joined, []
                yield whole
    finally:
        if joined:
            yield joined


class _Source:
    """Spotify as the source of objects; remembers whether batches are allowed."""

    def __init__(self, client: SpotifyClient) -> None:
        self.client = client
        self.batches_allowed: bool | None = None  # unknown before the first
        self._lock = Lock()
        self._free_from = 0.0  # the moment of the next single request

    def find(self, kind: DetailKind, ids: Sequence[str], *, singly: bool) -> Iterator[list[Found]]:
        """Yield what Spotify has of the ids, some at a time, until it can't be asked any further.

        Without batches, it isn't asked for each id unless `singly`: no such app gets genres or labels.
        """
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="details") as workers:
            for start in range(0, len(ids), MOST_IDS[kind]):
                group = ids[start : start + MOST_IDS[kind]]
                found = self._batch(kind, group) if self.batches_allowed is not False else []
                if self.batches_allowed is False and not singly:
                    return
                yield found
                answered = {asked for asked, _ in found}
                left = [one for one in group if one not in answered]
                answers = list(workers.map(lambda one: self._single(kind, one), left))
                errors = [answer for answer in answers if isinstance(answer, SpotifyError)]
                refused = [error for error in errors if error.status in UNKNOWN]
                if len(refused) < len(left) or len(left) < ALL_UNKNOWN:
                    errors = [error for error in errors if error not in refused]
                    answers = [
                        (one, None) if answer in refused else answer
                        for one, answer in zip(left, answers, strict=True)
                    ]
                yield [answer for answer in answers if isinstance(answer, tuple)]
                concern_all = (e for e in errors if e.is_of_the_app or e.status == 401)
                if len(errors) > SKIPPED or any(concern_all):
                    raise errors[0]

    def _batch(self, kind: DetailKind, ids: Sequence[str]) -> list[Found]:
        """Return what a batch has; ids that aren't among it have to be requested one by one."""
        what = f"{len(ids)} {kind}"
        try:
            answer = self.client.get(lambda spotify: getattr(spotify, kind)(ids), what)
        except SpotifyError as error:
            if error.status == 400:  # one of the ids is invalid
                return []
            if self.batches_allowed or error.status not in BATCHES_REFUSED or error.is_of_the_app:
                raise
            self.batches_allowed = False
            return []
        objects = answer.document.get(kind)
        if not isinstance(objects, list) or len(objects) != len(ids):
            problem = UnusableAnswer(f"not one object for each of {len(ids)} ids")
            raise self.client.error(problem, what)
        self.batches_allowed = True
        return [pair for pair in zip(ids, objects, strict=True) if _is_answer(*pair)]

    def _single(self, kind: DetailKind, asked: str) -> Found | SpotifyError:
        """Return what Spotify has of an id, or the error; another id's object makes it unknown."""
        self._wait_for_turn()
        one = kind.removesuffix("s")
        try:
            answer = self.client.get(lambda s: getattr(s, one)(asked), f"{one} {asked}")
        except SpotifyError as error:
            return error
        if isinstance(answer.document.get("id"), str):
            return asked, answer.document if _is_answer(asked, answer.document) else None
        return self.client.error(UnusableAnswer("an object without id"), f"{one} {asked}")

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = time.monotonic()
            mine = max(now, self._free_from)
            self._free_from = mine + 1 / PER_SECOND
        if mine > now:
            self.client.sleep(mine - now)


def _is_answer(asked: str, found: object) -> bool:
    """Whether an object is the one requested, perhaps under the id that replaced it."""
    if not isinstance(found, dict):
        return found is None
    linked = found.get("linked_from")
    return asked in (found.get("id"), linked.get("id") if isinstance(linked, dict) else None)
