"""Requests to MusicBrainz and Wikidata: one at a time, 1.1 s apart; what is tried again, for how long.

Sources: MusicBrainz' "Rate Limiting", "XML Web Service" and public captures of its two kinds of 503;
Wikidata's user manual of its query service. What to ask is in `look_up`.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from filelock import FileLock, Timeout
from tenacity import RetryCallState, Retrying, retry_if_exception

from spotify_assets.weeks import Clock

PACE = 1.1  # seconds from start to start; MusicBrainz allows one a second
SLOWER_PACE = 2.0  # once MusicBrainz said that it was too fast
OWN_503_WAIT = 5.0  # at least, in seconds
WAITS = (2.0, 4.0, 8.0, 16.0)  # seconds before a request is tried again
LONGEST_WAIT = 120.0  # that a server may ask for; more means to stop until the next run
MOST_FAILURES = 5  # in a row, then nothing more is asked in this run
MOST_DROPPED = 3  # connections in a row
TURN = 300.0  # seconds to wait for other processes
LARGEST_ANSWER = 32 * 1024 * 1024  # bytes
CHUNK = 64 * 1024
LATER = "Nothing is lost: the next run continues."

T = TypeVar("T")
Query = Mapping[str, str | Sequence[str]]


class NotAnswered(Exception):  # noqa: N818 - like the other outcomes here
    """A request was given up; the message says why. `may_pass` if trying again may help."""

    def __init__(self, why: str, *, wait: float = 0.0, may_pass: bool = True) -> None:
        super().__init__(why)
        self.wait = wait
        self.may_pass = may_pass


class Dropped(NotAnswered):
    """The connection was refused or dropped without an answer."""


class NotUnderstood(NotAnswered):
    """The server is well, but can't answer this request, now or later."""


class Stopped(Exception):  # noqa: N818
    """Nothing more can be asked of this source in this run; the message says why and what to do."""


@dataclass(frozen=True)
class TimeLimits:
    """How long an answer may take, in seconds: to connect, between two bytes, and as a whole."""

    connect: float = 10.0
    silence: float = 30.0
    whole: float = 90.0


@dataclass
class Source:
    """A server that is asked within its limits, until `deadline`.

    `locks` is a folder that all processes of this machine share, so that together they keep the pace.
    """

    name: str
    url: str
    contact: str
    clock: Clock
    sleep: Callable[[float], None]
    deadline: datetime
    locks: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    limits: TimeLimits = TimeLimits()
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
        self._session = requests.Session()
        self._session.headers["User-Agent"] = (
            f"spotify-assets/{version('spotify-assets')} ( {self.contact} )"
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
            NotAnswered: it was tried for long enough, or can't be understood.
            Stopped: this source isn't asked any more in this run.
        """
        if self.stopped:
            raise Stopped(self.stopped)
        if self.clock() >= self.deadline:
            raise Stopped("the time of this run is over")
        tries = Retrying(
            retry=retry_if_exception(lambda error: getattr(error, "may_pass", False)),
            wait=_wait,
            stop=self._is_enough,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            answer = tries(self._once, path, shape, query, form)
        except NotUnderstood:
            self._failures = 0
            raise
        except NotAnswered as error:
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self._stop(f"{self.name} failed {MOST_FAILURES} times in a row: {error}. {LATER}")
            if error.wait > LONGEST_WAIT:
                self._stop(f"{self.name} asks to wait {error.wait:.0f} s. {LATER}")
            raise
        self._failures = 0
        return answer

    def _is_enough(self, state: RetryCallState) -> bool:
        wait = timedelta(seconds=state.upcoming_sleep)
        is_late = self.clock() + wait >= self.deadline or _asked_wait(state) > LONGEST_WAIT
        return state.attempt_number > len(WAITS) or is_late

    def _once(
        self,
        path: str,
        shape: type[T],
        query: Query | None,
        form: Mapping[str, str] | None,
    ) -> T | None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with self._lock:
                self._wait_for_turn()
                status, headers, body = self._send(path, query, form)
        except Timeout:
            raise NotAnswered("other processes are asking all the time") from None
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
        if status == 404:
            return None
        if status in (401, 403):
            self._stop(
                f"{self.name} refuses requests of this program ({status}). Check that "
                "SPOTIFY_ASSETS_CONTACT is a mail address or page of yours at which it can reach you."
            )
        if status == 503 and _is_ours(headers, body):
            self.pace = SLOWER_PACE
            wait = max(OWN_503_WAIT, _seconds(headers.get("Retry-After")))
            raise NotAnswered("it says that requests come too fast", wait=wait)
        if status in (408, 429) or status >= 500:
            raise NotAnswered(f"it answers {status}", wait=_seconds(headers.get("Retry-After")))
        if status in (400, 414):
            raise NotUnderstood(f"it answers {status}", may_pass=False)
        if status != 200:
            raise NotAnswered(f"it answers {status}")
        try:
            return msgspec.json.decode(body, type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotAnswered(f"its answer can't be read ({error})") from None

    def _wait_for_turn(self) -> None:
        try:
            last = float(self._last_start.read_text(encoding="ascii"))
        except (OSError, ValueError):
            last = 0.0
        wait = last + self.pace - self.clock().timestamp()
        if wait > 0:
            self.sleep(min(wait, self.pace))  # the clock may have been set back
        self._last_start.write_text(f"{self.clock().timestamp()}", encoding="ascii")

    def _send(
        self,
        path: str,
        query: Query | None,
        form: Mapping[str, str] | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.requests += 1
        limits = self.limits
        end = time.monotonic() + limits.whole
        body = bytearray()
        try:
            with self._session.request(
                "GET" if form is None else "POST",
                self.url + path,
                params=query,
                data=form,
                headers={
                    "Accept": "application/sparql-results+json" if form else "application/json"
                },
                timeout=(limits.connect, limits.silence),
                allow_redirects=False,
                stream=True,
            ) as response:
                while chunk := response.raw.read1(CHUNK, decode_content=True):
                    body += chunk
                    if len(body) > LARGEST_ANSWER or time.monotonic() > end:
                        raise NotAnswered("its answer is too long or too slow")
                return response.status_code, response.headers, bytes(body)
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise NotAnswered(f"it said nothing for {limits.silence:g} s") from None
        except requests.ConnectionError as error:
            raise Dropped(type(error).__name__) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise NotAnswered(f"its answer broke off ({type(error).__name__})") from None

    def _stop(self, why: str) -> None:
        self.stopped = why
        raise Stopped(why) from None


def _asked_wait(state: RetryCallState) -> float:
    return getattr(state.outcome and state.outcome.exception(), "wait", None) or 0.0


def _wait(state: RetryCallState) -> float:
    own = WAITS[min(state.attempt_number, len(WAITS)) - 1] + random.uniform(0, 1)  # noqa: S311
    return max(_asked_wait(state), own)


def _is_ours(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a 503 says that this machine was too fast, rather than that the server is busy."""
    is_of_address = headers.get("X-RateLimit-Zone", "").startswith("ws ip")
    return is_of_address or b"exceeding the allowable rate limit" in body


def _seconds(header: str | None) -> float:
    text = (header or "").strip()
    return float(text[:6]) if text.isascii() and text.isdigit() else 0.0
