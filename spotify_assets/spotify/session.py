"""HTTP towards Spotify: a session in which nothing can take for ever, grow without end or go astray.

The time limit is on the whole of an answer, where that of `requests` begins anew with every byte.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from spotify_assets.spotify.answers import (
    NoAnswer,
    RedirectedElsewhere,
    UnusableAnswer,
)

CHUNK = 64 * 1024  # bytes
LARGEST_ANSWER = 32 * 1024 * 1024  # bytes; a page of a hundred songs has below 1 MB


@dataclass(frozen=True)
class TimeLimits:
    """How long an answer may take, in seconds: to connect, between two bytes, and as a whole."""

    connect: float = 5.0
    silence: float = 15.0
    whole: float = 45.0


class BoundedAdapter(HTTPAdapter):
    """Reads every answer whole, within the limits of time and size."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        super().__init__(pool_maxsize=16)

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - answers are always read whole
        timeout: object = None,  # noqa: ARG002 - the limits are the session's
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer to a request.

        Raises:
            NoAnswer: none came, or not within the limits.
            UnusableAnswer: it is too large.
        """
        deadline = monotonic() + self._limits.whole
        timeouts = (self._limits.connect, self._limits.silence)

        def begin() -> requests.Response:
            return super(BoundedAdapter, self).send(
                request, stream=True, timeout=timeouts, verify=verify, cert=cert, proxies=proxies
            )

        try:
            response = _within(self._limits.whole, begin)
            with response.raw:
                body = _read(response.raw, deadline)
        except requests.ConnectTimeout:
            raise NoAnswer(f"no connection within {self._limits.connect:g} s") from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise NoAnswer(f"nothing came for {self._limits.silence:g} s") from None
        except TimeoutError:
            raise NoAnswer(f"the answer wasn't there within {self._limits.whole:g} s") from None
        except requests.exceptions.SSLError:
            raise NoAnswer(
                "the connection isn't secure: its certificate can't be trusted"
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise NoAnswer(f"the connection failed or broke ({type(error).__name__})") from None
        response.raw = io.BytesIO(body)
        return response


def _within(seconds: float, call: Callable[[], requests.Response]) -> requests.Response:
    """The call's result; looking up a name and reading headers have no time limit of their own.

    Raises:
        TimeoutError: it takes longer. It then goes on in the background, where nobody waits for it.
    """
    result: Future[requests.Response] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:
            result.set_exception(error)

    Thread(target=run, daemon=True, name="request to Spotify").start()
    try:
        return result.result(timeout=seconds)
    except TimeoutError:
        result.add_done_callback(_close)
        raise


def _close(late: Future[requests.Response]) -> None:
    if late.exception() is None:
        late.result().close()


def _read(raw: Any, deadline: float) -> bytes:
    body = bytearray()
    while chunk := raw.read1(CHUNK, decode_content=True):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise UnusableAnswer(f"an answer of more than {LARGEST_ANSWER // 1024**2} MB")
        if monotonic() > deadline:
            raise TimeoutError
    return bytes(body)


def bounded_session(
    limits: TimeLimits, judge: Callable[[requests.Response], None]
) -> requests.Session:
    """A session that follows no redirect and hands every answer to `judge` before anybody sees it."""
    session = requests.Session()
    adapter = BoundedAdapter(limits)
    session.mount("https://", adapter)
    session.mount("http://", adapter)

    def look(response: requests.Response, **_: object) -> None:
        if 300 <= response.status_code < 400:
            raise RedirectedElsewhere(f"{response.status_code}, to {_host(response)}")
        judge(response)

    session.hooks["response"].append(look)
    keep_headers_out_of_logs()
    return session


def _host(response: requests.Response) -> str:
    try:
        return urlsplit(response.headers.get("Location", "")).hostname or "no other host"
    except ValueError:
        return "no readable address"


def keep_headers_out_of_logs() -> None:
    """Drop spotipy's debug records, whatever level is set: they hold the Authorization header."""
    for name in ("spotipy.client", "spotipy.oauth2"):
        logger = logging.getLogger(name)
        if _is_no_debug_record not in logger.filters:
            logger.addFilter(_is_no_debug_record)


def _is_no_debug_record(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
