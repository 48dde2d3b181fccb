"""Asking Spotify: one client on spotipy, with the policy of what is tried again, and for how long.

408, 429, 5xx, broken connections and answers that aren't JSON are tried again, after the wait that
Spotify asks for or a growing one of our own; all else is for good. A wait beyond the account's limit,
and all waits of a client together beyond ten times that, end in an error that says what to do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import spotipy
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    wait_exponential_jitter,
    wait_random,
)

from spotify_assets.spotify.account import API_URL, SpotifyAccount
from spotify_assets.spotify.answers import (
    NoAnswer,
    Refusal,
    SpotifyProblem,
    UnusableAnswer,
    refusal_of,
)
from spotify_assets.spotify.errors import SpotifyError
from spotify_assets.spotify.sentences import in_words
from spotify_assets.spotify.session import TimeLimits, bounded_session
from spotify_assets.spotify.tokens import Tokens
from spotify_assets.weeks import Clock, system_clock

TRIES = 4
ALL_WAITS = 10  # times the longest single one: what all waits of a client may add up to
JITTER = 1.0  # seconds, so that charts that failed together don't come back together

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A JSON object as Spotify sent it: decoded, and byte for byte."""

    document: dict[str, Any]
    body: bytes


class SpotifyClient:
    """Asks Spotify on behalf of an account. May be used by several threads."""

    def __init__(
        self,
        account: SpotifyAccount,
        *,
        clock: Clock = system_clock,
        sleep: Callable[[float], None] = time.sleep,
        limits: TimeLimits | None = None,
    ) -> None:
        self.account = account
        self.clock = clock
        self.sleep = sleep
        self._waited = 0.0
        self._heard = threading.local()
        session = bounded_session(limits or TimeLimits(), self._judge)
        self._tokens = Tokens(account, session)
        self._spotify = spotipy.Spotify(
            auth_manager=self._tokens, requests_session=session, requests_timeout=None
        )
        self._spotify.prefix = account.api_url

    def check_credentials(self) -> None:
        """Get a token, if there is none.

        Raises:
            SpotifyError: Spotify gives none.
        """
        self._insist(self._tokens.get_access_token, "a token")

    def ask(self, call: Callable[[spotipy.Spotify], Any], what: str) -> Answer:
        """What a call of spotipy's gives; `what` names it in errors.

        Raises:
            SpotifyError: it can't be had.
        """
        return self._insist(lambda: self._once(call), what)

    def unusable(self, problem: SpotifyProblem, what: str) -> SpotifyError:
        """The error that says in words what is wrong with an answer to the request for `what`."""
        return SpotifyError(in_words(problem, what, self.account, self.clock()), problem)

    def next_page(self, link: object, what: str) -> Answer:
        """The page that `next` of a page links to, at the address that this client asks.

        Raises:
            SpotifyError: it can't be had, or the link leads elsewhere.
        """
        return self.ask(lambda spotify: spotify.next({"next": self._own_address(link)}), what)

    def _own_address(self, link: object) -> str:
        """The link below our own API address; the token must not be shown to any other host."""
        text = link if isinstance(link, str) else ""
        for known in (self.account.api_url, API_URL):
            if text.startswith(known):
                return self.account.api_url + text.removeprefix(known)
        try:
            host = urlsplit(text).hostname
        except ValueError:
            host = None
        raise UnusableAnswer(f"a next page that isn't at Spotify's API but at {host or 'no host'}")

    def _once(self, call: Callable[[spotipy.Spotify], Any]) -> Answer:
        renewals = self._tokens.renewals
        try:
            document = call(self._spotify)
        except Refusal as refusal:
            if refusal.status != 401 or refusal.of_token:
                raise
            self._tokens.renew(renewals)  # it may have been good for less long than was said
            document = call(self._spotify)
        if not isinstance(document, dict):
            raise UnusableAnswer("something other than a JSON object")
        return Answer(document, self._heard.body)

    def _judge(self, response: requests.Response) -> None:
        url = response.request.url or ""
        of_token = url.startswith(self.account.token_url)
        if response.status_code >= 400:
            refusal = refusal_of(response, of_token=of_token, clock=self.clock)
            raise self._without_secrets(refusal, response.request)
        try:
            text = response.content.decode()
        except UnicodeDecodeError:
            raise UnusableAnswer("text that isn't UTF-8") from None
        if not of_token:
            if self._hide(text, response.request) != text:
                raise UnusableAnswer("it repeats this app's credentials, which must not be stored")
            self._heard.body = response.content

    def _without_secrets(self, refusal: Refusal, request: requests.PreparedRequest) -> Refusal:
        refusal.message = self._hide(refusal.message, request)
        refusal.reason = self._hide(refusal.reason, request)
        return refusal

    def _hide(self, text: str, request: requests.PreparedRequest) -> str:
        """The text with stars for the secrets that the request was made with."""
        token = str(request.headers.get("Authorization", "")).rpartition(" ")[2]
        text = self.account.without_secrets(text)
        return text.replace(token, "***") if token else text

    def _insist(self, call: Callable[[], T], what: str) -> T:
        """The call's result, tried again as long as that makes sense.

        Raises:
            SpotifyError: it doesn't.
        """
        tries = Retrying(
            retry=retry_if_exception(_may_pass),
            wait=self._wait,
            stop=self._is_enough,
            sleep=self._rest,
            reraise=True,
        )
        try:
            return tries(call)
        except spotipy.SpotifyException as error:  # spotipy won't even ask
            raise SpotifyError(f"{what} can't be asked for: {error.msg}", NoAnswer()) from None
        except SpotifyProblem as problem:
            raise self.unusable(problem, what) from None

    def forget_waits(self) -> None:
        """Begin to count anew how long Spotify was waited for."""
        self._waited = 0.0

    def _is_enough(self, state: RetryCallState) -> bool:
        longest = self.account.longest_wait
        return (
            longest == 0  # nothing is waited for, so nothing is tried again
            or state.attempt_number >= TRIES
            or _asked_wait(state) > longest
            or self._waited + state.upcoming_sleep > ALL_WAITS * longest
        )

    def _wait(self, state: RetryCallState) -> float:
        """The seconds that Spotify asks for, or our own growing ones, with jitter."""
        wait = max(_asked_wait(state) + _jitter(state), _own_wait(state))
        return min(wait, self.account.longest_wait)

    def _rest(self, seconds: float) -> None:
        self._waited += seconds
        self.sleep(seconds)


_own_wait = wait_exponential_jitter(jitter=JITTER)  # 1 s, doubled at each try
_jitter = wait_random(max=JITTER)


def _asked_wait(state: RetryCallState) -> float:
    problem = state.outcome.exception() if state.outcome else None
    return (problem.retry_after or 0.0) if isinstance(problem, Refusal) else 0.0


def _may_pass(error: BaseException) -> bool:
    """Whether asking again may help."""
    if isinstance(error, Refusal):
        if error.is_out_of_quota:
            return False
        return error.status in (408, 429) or error.status >= 500
    return isinstance(error, NoAnswer | UnusableAnswer)
