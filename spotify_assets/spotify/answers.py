"""What Spotify answers instead of what was requested: each kind, and what to do about it in words.

Which are tried again is decided in `client`. Sources: "API calls", "Rate Limits" and "Quota modes" of
the Web API's documentation, and Spotify's developer blog of 27 November 2024 and 6 February 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from spotify_assets.errors import UserError
from spotify_assets.settings import SpotifyAccount
from spotify_assets.spotify import LOGIN_WAY
from spotify_assets.web import NoAnswer, RequestProblem, asked_wait
from spotify_assets.weeks import Clock
from spotify_assets.words import plain

LONGEST_MESSAGE = 200  # characters of what Spotify says, which may be a whole web page
LATER = "Nothing is lost: the next run tries again."


@dataclass
class Refusal(RequestProblem):
    """An error status; `retry_after` is in seconds."""

    status: int
    message: str = ""
    reason: str = ""
    retry_after: float | None = None
    of_token: bool = False

    @property
    def is_out_of_quota(self) -> bool:
        """Whether the app has used up its quota, which no wait within a run changes."""
        return "QUOTA" in f"{self.reason} {self.message}".upper()

    @property
    def needs_premium(self) -> bool:
        """Whether the app's owner no longer has Spotify Premium."""
        return self.status == 403 and "PREMIUM" in f"{self.reason} {self.message}".upper()

    @property
    def may_pass(self) -> bool:  # type: ignore[override]
        """Whether trying again may help."""
        is_passing = self.status in (408, 429) or self.status >= 500
        return is_passing and not self.is_out_of_quota

    def __str__(self) -> str:
        """Return the status and what Spotify said beside it."""
        said = " ".join(part for part in (self.reason, self.message) if part)
        return f"{self.status}{f' ({said})' if said else ''}"


class SpotifyError(UserError):
    """A request to Spotify failed for good; the message says why and what to do about it.

    `is_of_the_app` if the app is refused, whatever it requests; else `is_outage` if Spotify doesn't
    answer, or only that it is out of order.
    """

    def __init__(self, message: str, problem: RequestProblem) -> None:
        super().__init__(message)
        self.problem = problem
        refusal = problem if isinstance(problem, Refusal) else Refusal(0)
        self.status = refusal.status
        self.is_of_the_app = (
            problem.of_token
            or refusal.status == 429
            or refusal.is_out_of_quota
            or refusal.needs_premium
        )
        self.is_outage = not self.is_of_the_app and (
            isinstance(problem, NoAnswer) or refusal.status >= 500
        )


def refusal_of(
    response: requests.Response, *, of_token: bool, clock: Clock, hide: Callable[[str], str]
) -> Refusal:
    """Return what an answer with an error status says, in any of its shapes, secrets hidden."""

    def shown(said: object) -> str:
        return plain(hide(said), LONGEST_MESSAGE) if isinstance(said, str) else ""

    try:
        document = response.json()
    except ValueError:
        is_page = response.text.lstrip().startswith("<")
        document = {"error_description": "a web page" if is_page else response.text}
    error = document.get("error") if isinstance(document, dict) else {}
    if not isinstance(error, dict):  # as the token endpoint words it
        error = {"message": document.get("error_description"), "reason": error}
    seconds = asked_wait(response, clock)
    message, reason = shown(error.get("message")), shown(error.get("reason"))
    return Refusal(response.status_code, message, reason, seconds, of_token)


def in_words(problem: RequestProblem, what: str, account: SpotifyAccount, now: datetime) -> str:
    """Return why the request for `what` failed, and what to do about it.

    What concerns the app is worded without `what`: it is the same for every request.
    """
    what = "a token" if problem.of_token else what
    if isinstance(problem, Refusal):
        return f"Spotify answered {problem}{_refused(problem, what, account, now)}"
    if isinstance(problem, NoAnswer):
        return f"Spotify didn't answer the request for {what}: {problem}. {LATER}"
    return (
        f"Spotify's answer for {what} can't be used: {problem}. Is there a proxy or a log-in page in "
        f"between? Check SPOTIFY_ASSETS_SPOTIFY_API_URL and SPOTIFY_ASSETS_SPOTIFY_TOKEN_URL. {LATER}"
    )


def _refused(refusal: Refusal, what: str, account: SpotifyAccount, now: datetime) -> str:
    if refusal.is_out_of_quota:
        return f": this app has used up its quota. {_again(refusal, account, now)}"
    if refusal.needs_premium:
        return (
            ": since February 2026 an app in development mode works only while its owner has Spotify "
            "Premium. Renew the owner's subscription; that takes some hours to take effect."
        )
    if refusal.status == 429:
        return f": too many requests of this app. {_again(refusal, account, now)}"
    if refusal.of_token and "invalid_grant" in (refusal.reason, refusal.message):
        return (
            " to the refresh token: it was revoked or belongs to another app. Get a new one with "
            "spotify-assets login and set SPOTIFY_ASSETS_REFRESH_TOKEN."
        )
    if refusal.of_token and not refusal.may_pass:
        more = " and SPOTIFY_ASSETS_REFRESH_TOKEN" if account.refresh_token else ""
        return (
            f" to this app's credentials. Compare SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET{more} "
            "with the app in Spotify's developer dashboard."
        )
    request = f" to the request for {what}"
    if refusal.status == 401:
        return (
            f"{request}, with a token that it had just issued. Check the app in Spotify's developer "
            f"dashboard; for a playlist of yours, {LOGIN_WAY}"
        )
    if refusal.status == 403:
        return f"{request}: this app may not read it."
    if refusal.status == 404:
        return f"{request}: it doesn't exist, or this app may not know of it."
    if refusal.may_pass:
        return f"{request}, repeatedly: it is out of order. {_again(refusal, account, now)}"
    return f"{request}. Check the app in Spotify's developer dashboard, and the charts file."


def _again(refusal: Refusal, account: SpotifyAccount, now: datetime) -> str:
    if refusal.retry_after is None:
        return LATER
    moment = now + timedelta(seconds=refusal.retry_after)
    asks = f"It asks to wait {_duration(refusal.retry_after)}, until {moment:%Y-%m-%d %H:%M} UTC"
    if refusal.retry_after > account.longest_wait:
        most = _duration(account.longest_wait)
        asks += f", and a request waits {most} at most (SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT)"
    return f"{asks}. {LATER}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
