"""Requests to MusicBrainz and Wikidata: one at a time, 1.1 s apart; what is tried again, for how long.

Sources: MusicBrainz' "Rate Limiting", "XML Web Service" and public captures of its two kinds of 503;
Wikidata's user manual of its query service. What to ask is in `look_up`.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from filelock import FileLock, Timeout
from requests import Response
from tenacity import RetryCallState, Retrying

from spotify_assets.settings import OpenData
from spotify_assets.web import (
    Dropped,
    NoAnswer,
    RequestProblem,
    TimeLimits,
    UnusableAnswer,
    asked_wait,
    bounded_session,
    if_it_may_pass,
    wait_after,
)

PACE = 1.1  # seconds from start to start; MusicBrainz allows one a second
SLOWER_PACE = 2.0  # once MusicBrainz said that it was too fast
OWN_503_WAIT = 5.0  # at least, in seconds
WAITS = (2.0, 4.0, 8.0, 16.0)  # seconds before a request is tried again
LONGEST_WAIT = 120.0  # that a server may ask for; more means to stop until the next run
MOST_FAILURES = 5  # in a row, then nothing more is asked in this run
MOST_DROPPED = 3  # connections in a row
LIMITS = TimeLimits(connect=10.0, silence=30.0, whole=90.0)
TURN = 300.0  # seconds to wait for other processes
LATER = "Nothing is lost: the next run continues."
OVER = f"the time of this run is over. {LATER}"

T = TypeVar("T")
Query = Mapping[str, str | Sequence[str]]


class NotUnderstood(RequestProblem):
    """The server is well, but can't answer this request, now or later."""

    may_pass = False


class Stopped(Exception):  # noqa: N818
    """Nothing more can be asked of this source in this run; the message says why and what to do."""


@dataclass
class Source:
    """A server that is asked within its limits, until `deadline`.

    `locks` is a folder that all processes of this machine share, so that together they keep the pace.
    """

    name: str
    url: str
    access: OpenData
    deadline: datetime
    locks: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    limits: TimeLimits = LIMITS
    requests: int = 0
    stopped: str = ""
    pace: float = PACE
    _failures: int = 0
    _dropped: int = 0

    def __post_init__(self) -> None:
        """Open the session, and the lock that processes share."""
        host = urlsplit(self.url).netloc.replace(":", "-")
        self._folder = self.locks / f"spotify-assets-{getattr(os, 'getuid', lambda: 'user')()}"
        self._lock = FileLock(self._folder / f"{host}.lock", timeout=TURN)
        self._last_start = self._folder / f"{host}.last"
        self._closed_until = self._folder / f"{host}.closed"
        self._session = bounded_session(self.limits)
        self._session.headers["User-Agent"] = (
            f"spotify-assets/{version('spotify-assets')} ( {self.access.contact} )"
        )

    def ask(
        self,
        path: str,
        shape: type[T],
        query: Query | None = None,
        form: Mapping[str, str] | None = None,
    ) -> T | None:
        """Return the answer to a GET, or to a POST of a form; None where the server knows no such thing.

        Raises:
            RequestProblem: it was tried for long enough, or can't be understood.
            Stopped: this source isn't asked any more in this run.
        """
        if self.stopped:
            raise Stopped(self.stopped)
        if (wait := _moment_in(self._closed_until) - self.access.clock().timestamp()) > 0:
            self._stop(f"{self.name} asks to wait {wait:.0f} s. {LATER}")
        if self.access.clock() >= self.deadline:
            raise Stopped(OVER)
        tries = Retrying(
            retry=if_it_may_pass,
            wait=_wait,
            stop=self._is_enough,
            sleep=self.access.sleep,
            reraise=True,
        )
        accepted = "application/sparql-results+json" if form else "application/json"
        send = partial(
            self._session.request,
            "POST" if form else "GET",
            self.url + path,
            params=query,
            data=form,
            headers={"Accept": accepted},
            allow_redirects=False,
        )
        try:
            answer = tries(self._once, shape, send)
        except NotUnderstood:
            self._failures = 0
            raise
        except RequestProblem as error:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self._stop(f"{self.name} failed {MOST_FAILURES} times in a row: {error}. {LATER}")
            if (wait := error.retry_after or 0) > LONGEST_WAIT:
                self._closed_until.write_text(
                    f"{self.access.clock().timestamp() + wait}", encoding="ascii"
                )
                self._stop(f"{self.name} asks to wait {wait:.0f} s. {LATER}")
            raise
        self._failures = 0
        return answer

    def _is_enough(self, state: RetryCallState) -> bool:
        wait = timedelta(seconds=state.upcoming_sleep)
        is_late = self.access.clock() + wait >= self.deadline or wait_after(state) > LONGEST_WAIT
        return state.attempt_number > len(WAITS) or is_late

    def _once(self, shape: type[T], send: Callable[[], Response]) -> T | None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with self._lock:
                self._wait_for_turn()
                self.requests += 1
                response = send()
        except Timeout:
            raise NoAnswer("other processes are asking all the time") from None
        except OSError as error:
            self._stop(
                f"{self._folder} can't be used ({error.strerror}): set TMPDIR to another folder"
            )
        except Dropped as error:
            self._dropped += 1
            if self._dropped >= MOST_DROPPED:
                self._stop(
                    f"{self.name} refused or dropped {MOST_DROPPED} connections in a row ({error}). Is "
                    f"this machine online? If it is, {self.name} may have blocked this program: set "
                    f"SPOTIFY_ASSETS_CONTACT to an address at which it can reach you. {LATER}"
                )
            raise
        self._dropped = 0
        status = response.status_code
        if status == 404:
            return None
        if status in (401, 403):
            self._stop(
                f"{self.name} refuses requests of this program ({status}). Check that "
                "SPOTIFY_ASSETS_CONTACT is a mail address or page of yours at which it can reach you."
            )
        if status in (400, 414):
            raise NotUnderstood(f"it answers {status}")
        if status != 200:
            problem = UnusableAnswer(f"it answers {status}")
            problem.retry_after = asked_wait(response, self.access.clock)
            if status == 503 and _is_ours(response):
                self.pace = SLOWER_PACE
                problem = UnusableAnswer("it says that requests come too fast")
                problem.retry_after = max(
                    OWN_503_WAIT, asked_wait(response, self.access.clock) or 0
                )
            raise problem
        try:
            return msgspec.json.decode(response.content, type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnusableAnswer(f"its answer can't be read ({error})") from None

    def _wait_for_turn(self) -> None:
        wait = _moment_in(self._last_start) + self.pace - self.access.clock().timestamp()
        if wait > 0:
            self.access.sleep(min(wait, self.pace))  # the clock may have been set back
        self._last_start.write_text(f"{self.access.clock().timestamp()}", encoding="ascii")

    def _stop(self, why: str) -> None:
        self.stopped = why
        raise Stopped(why) from None


def _moment_in(file: Path) -> float:
    try:
        return float(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0.0


def _wait(state: RetryCallState) -> float:
    own = WAITS[min(state.attempt_number, len(WAITS)) - 1] + random.uniform(0, 1)  # noqa: S311
    return max(wait_after(state), own)


def _is_ours(response: Response) -> bool:
    """Whether a 503 says that this machine was too fast, rather than that the server is busy."""
    is_of_address = response.headers.get("X-RateLimit-Zone", "").startswith("ws ip")
    return is_of_address or b"exceeding the allowable rate limit" in response.content
