"""Asking Spotify for many tracks, artists or albums: in batches where the app may, else one by one.

Apps in development mode lost the batch endpoints in February 2026 (Spotify's migration guide); then a
few are asked for at a time, so many a second and no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import spotipy

from spotify_assets.raw.details_format import DetailKind
from spotify_assets.spotify.answers import UnusableAnswer
from spotify_assets.spotify.client import SpotifyClient
from spotify_assets.spotify.errors import SpotifyError

# Sources: "Get Several Tracks", "... Artists", "... Albums" of Spotify's Web API reference.
MOST_IDS: dict[DetailKind, int] = {"tracks": 50, "artists": 50, "albums": 20}
AT_ONCE = 4
PER_SECOND = 5.0  # Spotify states no figure; half of what draws a 429 in development mode
BATCHES_REFUSED = (403, 404, 405, 410)
SPOILED = 400  # of a batch: one of its ids isn't one
UNKNOWN = (400, 404)  # of a single id
SKIPPED = 3  # ids of a group that may fail by themselves; more of them are an outage

Found = tuple[str, dict[str, Any] | None]
"""An id as it was asked for, and what Spotify has of it; None where it knows none."""


class Lookup:
    """Looks up ids of one kind after the other; remembers whether batches are allowed."""

    def __init__(self, client: SpotifyClient) -> None:
        self.client = client
        self._pace = Pace(PER_SECOND, client.sleep)
        self.batches_allowed: bool | None = None  # not known before the first

    def find(
        self, kind: DetailKind, ids: Sequence[str], *, singly: bool = True
    ) -> Iterator[list[Found]]:
        """What Spotify has of the ids, some at a time; those it gave no answer for are left out.

        Where batches aren't allowed they are asked for one by one, unless `singly` is false.

        Raises:
            SpotifyError: Spotify can't be asked any further. What came before is good.
        """
        size = MOST_IDS[kind]
        groups = [ids[place : place + size] for place in range(0, len(ids), size)]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookup") as workers:
            for group in groups:
                found = self._in_a_batch(kind, group) if self.batches_allowed is not False else None
                if found is None and not singly and self.batches_allowed is False:
                    return
                if found is None:
                    found = []
                yield found
                answered = {asked for asked, _ in found}
                left = [one for one in group if one not in answered]
                answers = list(workers.map(lambda one: self._single(kind, one), left))
                yield [answer for answer in answers if isinstance(answer, tuple)]
                troubles = [answer for answer in answers if isinstance(answer, SpotifyError)]
                if len(troubles) > SKIPPED or any(_concerns_all(trouble) for trouble in troubles):
                    raise troubles[0]

    def _in_a_batch(self, kind: DetailKind, ids: Sequence[str]) -> list[Found] | None:
        """What a batch gives, without the ids that have to be asked for one by one.

        None where it gives nothing: batches aren't allowed, or one of the ids spoils it.
        """
        try:
            found = self._batch(kind, ids)
        except SpotifyError as error:
            if error.status == SPOILED:
                return None
            if self.batches_allowed or error.status not in BATCHES_REFUSED or error.is_of_the_app:
                raise
            self.batches_allowed = False
            return None
        self.batches_allowed = True
        return found

    def _batch(self, kind: DetailKind, ids: Sequence[str]) -> list[Found]:
        answer = self.client.ask(lambda spotify: getattr(spotify, kind)(ids), f"{len(ids)} {kind}")
        objects = answer.document.get(kind)
        if not isinstance(objects, list) or len(objects) != len(ids):
            raise self.client.unusable(
                UnusableAnswer(f"not one object for each of {len(ids)} ids"), f"{len(ids)} {kind}"
            )
        pairs = zip(ids, objects, strict=True)
        return [(asked, found) for asked, found in pairs if _is_answer(asked, found)]

    def _single(self, kind: DetailKind, asked: str) -> Found | SpotifyError:
        """What Spotify has of an id, or why it can't be asked.

        An object under another id may be anything: the id then counts as unknown.
        """
        self._pace.wait()

        def call(spotify: spotipy.Spotify) -> Any:
            return getattr(spotify, kind.removesuffix("s"))(asked)

        try:
            found = self.client.ask(call, f"{kind.removesuffix('s')} {asked}").document
        except SpotifyError as error:
            return (asked, None) if error.status in UNKNOWN else error
        if _is_answer(asked, found):
            return asked, found
        if isinstance(found.get("id"), str):
            return asked, None
        return self.client.unusable(UnusableAnswer("an object without id"), asked)


def _concerns_all(trouble: SpotifyError) -> bool:
    """Whether every other id would meet the same."""
    return trouble.is_of_the_app or trouble.status in (401, 429)


def _is_answer(asked: str, found: object) -> bool:
    """Whether an object is what was asked for, maybe under the id that it was replaced by."""
    if found is None:
        return True
    if not isinstance(found, dict):
        return False
    linked = found.get("linked_from")
    return asked in (found.get("id"), linked.get("id") if isinstance(linked, dict) else None)


class Pace:
    """Lets so many pass in a second, over all threads."""

    def __init__(self, per_second: float, sleep: Callable[[float], None]) -> None:
        self._gap = 1 / per_second
        self._sleep = sleep
        self._lock = Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Return when it is this caller's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            self._sleep(turn - now)
