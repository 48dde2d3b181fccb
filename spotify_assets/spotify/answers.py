"""What can come back from Spotify instead of what was asked for, each kind an exception of its own.

What they mean to people is in `sentences`, which of them are worth another try in `client`.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from spotify_assets.weeks import Clock

LONGEST_MESSAGE = 200  # characters of what Spotify says, which may be a whole web page


class SpotifyProblem(Exception):  # noqa: N818 - the base of what is no answer
    """Spotify was asked and gave nothing that can be used."""


class NoAnswer(SpotifyProblem):
    """The connection failed, broke, or was too slow; the message says which."""


class UnusableAnswer(SpotifyProblem):
    """An answer came, but not what the Web API's reference promises; the message says what came."""


class RedirectedElsewhere(SpotifyProblem):
    """The answer points to another address, which isn't followed: it would be shown the token."""


@dataclass
class Refusal(SpotifyProblem):
    """An answer with an error status.

    `retry_after` is the wait in seconds that Spotify asks for, None where it says nothing; `of_token`
    is true where the token endpoint answered.
    """

    status: int
    message: str = ""
    reason: str = ""
    retry_after: float | None = None
    of_token: bool = False

    @property
    def is_out_of_quota(self) -> bool:
        """Whether the app has used up what it is given, which no wait of a run changes."""
        return "QUOTA" in f"{self.reason} {self.message}".upper()

    @property
    def needs_premium(self) -> bool:
        """Whether the app's owner has let Spotify Premium lapse."""
        return self.status == 403 and "PREMIUM" in f"{self.reason} {self.message}".upper()

    @property
    def is_of_the_app(self) -> bool:
        """Whether it is the app itself that is refused, whatever it asks for."""
        return self.of_token or self.is_out_of_quota or self.needs_premium

    def __str__(self) -> str:
        """The status and what Spotify said beside it."""
        said = " ".join(part for part in (self.reason, self.message) if part)
        return f"{self.status}{f' ({said})' if said else ''}"


def refusal_of(response: requests.Response, *, of_token: bool, clock: Clock) -> Refusal:
    """What an answer with an error status says, in whichever of its shapes.

    The Web API sends `{"error": {"status", "message", "reason"}}`, the token endpoint `{"error",
    "error_description"}`, and what lies between sends anything. Source: "API calls" of Spotify's Web
    API documentation, section "Response Error".
    """
    message, reason = _said(response)
    return Refusal(
        response.status_code,
        _short(message),
        _short(reason),
        _seconds(response.headers.get("Retry-After"), clock),
        of_token,
    )


def _said(response: requests.Response) -> tuple[str, str]:
    try:
        document = response.json()
    except ValueError:
        kind = response.headers.get("Content-Type", "")
        is_page = "html" in kind or response.text.lstrip().startswith("<")
        return ("a web page" if is_page else response.text), ""
    error: Any = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        return _text(error.get("message")), _text(error.get("reason"))
    if isinstance(document, dict):
        return _text(document.get("error_description") or document.get("message")), _text(error)
    return "", ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _short(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _seconds(header: str | None, clock: Clock) -> float | None:
    """The wait that a `Retry-After` header names, in seconds or as a date (RFC 9110, 10.2.3)."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock()).total_seconds())
    except (TypeError, ValueError):
        return None
