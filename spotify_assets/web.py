"""HTTP for Spotify and open data alike: no answer takes for ever, or grows without end."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, retry_if_exception

from spotify_assets.weeks import Clock

CHUNK = 64 * 1024  # bytes
LARGEST_ANSWER = 32 * 1024 * 1024  # bytes


class RequestProblem(Exception):  # noqa: N818 - the base of what is no usable answer
    """A request brought nothing that can be used; the message says why.

    `may_pass` if trying again may help, after `retry_after` seconds where the server asks for a wait;
    `of_token` if Spotify's token endpoint was asked.
    """

    may_pass = True
    of_token = False
    retry_after: float | None = None


class NoAnswer(RequestProblem):
    """The connection failed, broke, or was too slow."""


class Dropped(NoAnswer):
    """The connection was refused, or dropped without an answer."""


class UnusableAnswer(RequestProblem):
    """An answer came, but not what the server's reference promises."""


@dataclass(frozen=True)
class TimeLimits:
    """How long an answer may take, in seconds: to connect, between two bytes, and as a whole."""

    connect: float = 5.0
    silence: float = 15.0
    whole: float = 45.0


def bounded_session(limits: TimeLimits) -> requests.Session:
    """Return a session that reads every answer whole, within the limits of time and size.

    Its requests raise NoAnswer or UnusableAnswer.
    """
    session = requests.Session()
    session.mount("https://", _BoundedAdapter(limits))
    session.mount("http://", _BoundedAdapter(limits))
    return session


class _BoundedAdapter(HTTPAdapter):
    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        super().__init__(pool_maxsize=16)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        limits = self._limits
        options |= {"stream": True, "timeout": (limits.connect, limits.silence)}
        deadline = time.monotonic() + limits.whole
        try:
            response = super().send(request, **options)
            with response.raw:
                response.raw = io.BytesIO(_read(response.raw, deadline))
            return response
        except requests.ConnectTimeout:
            raise NoAnswer(f"no connection within {limits.connect:g} s") from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise NoAnswer(f"nothing came for {limits.silence:g} s") from None
        except TimeoutError:
            raise NoAnswer(f"the answer wasn't complete within {limits.whole:g} s") from None
        except requests.exceptions.SSLError:
            raise Dropped("the connection isn't secure: its certificate isn't trusted") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            kind = Dropped if isinstance(error, requests.ConnectionError) else NoAnswer
            raise kind(f"the connection failed or broke ({type(error).__name__})") from None


def _read(raw: Any, deadline: float) -> bytes:
    body = bytearray()
    while chunk := raw.read1(CHUNK, decode_content=True):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise UnusableAnswer(f"an answer of more than {LARGEST_ANSWER // 1024**2} MB")
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body)


def asked_wait(response: requests.Response, clock: Clock) -> float | None:
    """Return the wait that `Retry-After` names, in seconds or as a date (RFC 9110, 10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock()).total_seconds())
    except (TypeError, ValueError):
        return None


if_it_may_pass = retry_if_exception(lambda error: getattr(error, "may_pass", False))
"""What is tried again: to be tenacity's `retry`."""


def wait_after(state: RetryCallState) -> float:
    """Return the seconds that the server asked to wait, in tenacity's state of a request."""
    return getattr(state.outcome and state.outcome.exception(), "retry_after", None) or 0.0
