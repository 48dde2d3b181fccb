"""Requests to Spotify: spotipy on a bounded HTTP session, tokens, and what is tried again for how long.

What errors mean is in `answers`; what to request is in `charts` and `details`.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import requests
import spotipy
from tenacity import RetryCallState, Retrying, wait_exponential_jitter

from spotify_assets.settings import API_URL, SpotifyAccount
from spotify_assets.spotify.answers import Refusal, SpotifyError, in_words, refusal_of
from spotify_assets.web import (
    NoAnswer,
    RequestProblem,
    TimeLimits,
    UnusableAnswer,
    bounded_session,
    if_it_may_pass,
    wait_after,
)
from spotify_assets.weeks import Clock, system_clock

TRIES = 4
ALL_WAITS = 10  # times the longest wait of a request: the limit of all waits of a client together
JITTER = 1.0  # seconds, so that requests that failed together don't come back together
EXPIRY_MARGIN = timedelta(seconds=60)  # a token is renewed this long before it expires

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A JSON object as Spotify sent it: decoded, and byte for byte."""

    document: dict[str, Any]
    body: bytes


class SpotifyClient:
    """Sends requests on behalf of an account, from any thread.

    Tried again are 408, 429, 5xx, broken connections and unusable answers, after the wait that
    Spotify asks for or a growing one, within the account's longest wait. Meanwhile nothing else is
    requested, because Spotify's limits are the app's. What is refused to the app as a whole isn't
    requested again: every later request raises the same error.
    """

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
        self._waited = 0.0  # seconds
        self._waiting = threading.Lock()  # held during a wait
        self._refused: SpotifyError | None = None
        self._received = threading.local()
        session = account_session(account, clock, limits)
        session.hooks["response"].append(self._keep_body)
        self._tokens = _Tokens(account, session, clock)
        self._spotify = spotipy.Spotify(
            auth_manager=self._tokens, requests_session=session, requests_timeout=None
        )
        self._spotify.prefix = account.api_url

    def check_credentials(self) -> None:
        """Fetch a token, if there is none; raise SpotifyError if Spotify issues none."""
        self._insist(self._tokens.get_access_token, "a token")

    def get(self, call: Callable[[spotipy.Spotify], Any], what: str) -> Answer:
        """Return what a call of spotipy's returns; raise SpotifyError, in which `what` names it."""
        return self._insist(lambda: self._once(call), what)

    def next_page(self, link: object, what: str) -> Answer:
        """Return the page that `next` of a page links to; raise SpotifyError if that is elsewhere."""

        def call(spotify: spotipy.Spotify) -> Any:
            text = str(link)
            for known in (self.account.api_url, API_URL):
                if text.startswith(known):
                    return spotify.next({"next": self.account.api_url + text.removeprefix(known)})
            # No other host may see the token.
            raise UnusableAnswer(f"a next page that isn't at Spotify's API but at {text[:80]}")

        return self.get(call, what)

    def error(self, problem: RequestProblem, what: str) -> SpotifyError:
        """Return the error that says in words what is wrong with the answer to a request."""
        return SpotifyError(in_words(problem, what, self.account, self.clock()), problem)

    def _once(self, call: Callable[[spotipy.Spotify], Any]) -> Answer:
        token = self._tokens.get_access_token()
        try:
            document = call(self._spotify)
        except Refusal as refusal:
            if refusal.status != 401 or refusal.of_token:
                raise
            self._tokens.forget(token)  # it may expire earlier than Spotify said
            document = call(self._spotify)
        if not isinstance(document, dict):
            raise UnusableAnswer("something other than a JSON object")
        return Answer(document, self._received.body)

    def _keep_body(self, response: requests.Response, **_: object) -> None:
        self._received.body = response.content

    def _insist(self, call: Callable[[], T], what: str) -> T:
        waited_before = 0.0

        def send() -> T:
            nonlocal waited_before
            with self._waiting:
                waited_before = self._waited
            if self._refused:
                raise self._refused
            return call()

        def rest(seconds: float) -> None:
            with self._waiting:
                # Others may have waited since this request was sent.
                seconds -= self._waited - waited_before
                if seconds > 0:
                    self._waited += seconds
                    self.sleep(seconds)

        tries = Retrying(
            retry=if_it_may_pass,
            wait=self._wait,
            stop=self._is_enough,
            sleep=rest,
            reraise=True,
        )
        try:
            return tries(send)
        except spotipy.SpotifyException as error:  # spotipy sends no request for it
            raise SpotifyError(f"{what} can't be requested: {error.msg}", NoAnswer()) from None
        except RequestProblem as problem:
            final = self.error(problem, what)
            if final.is_of_the_app:
                self._refused = final
            raise final from None

    def _is_enough(self, state: RetryCallState) -> bool:
        longest = self.account.longest_wait
        return (
            longest == 0  # without waiting, nothing is tried again
            or state.attempt_number >= TRIES
            or wait_after(state) > longest
            or state.idle_for + state.upcoming_sleep > longest
            or self._waited + state.upcoming_sleep > ALL_WAITS * longest
        )

    def _wait(self, state: RetryCallState) -> float:
        wait = max(wait_after(state) + random.uniform(0, JITTER), _own_wait(state))  # noqa: S311
        return min(wait, self.account.longest_wait)


_own_wait = wait_exponential_jitter(jitter=JITTER)  # 1 s, doubled at each try


class _Tokens:
    """The access token, in memory only, fetched once for all threads: spotipy's `auth_manager`."""

    def __init__(self, account: SpotifyAccount, session: requests.Session, clock: Clock) -> None:
        self._account, self._session, self._clock = account, session, clock
        self._lock = threading.Lock()
        self._token = ""
        self._good_until: datetime | None = None

    def get_access_token(self, as_dict: bool = False) -> str:  # noqa: ARG002 - spotipy passes it
        """Return the token, a new one where there is none or it is about to expire."""
        with self._lock:
            if self._good_until is None or self._clock() >= self._good_until:
                try:
                    self._fetch()
                except RequestProblem as problem:
                    problem.of_token = True
                    raise
            return self._token

    def forget(self, token: str) -> None:
        """Make sure that this token, which was refused, isn't used again."""
        with self._lock:
            if self._token == token:  # or another thread has renewed it already
                self._good_until = None

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"}
        if refresh_token := self._account.refresh_token:
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = fetch_token(self._session, self._account, form)
        try:
            lasts = timedelta(seconds=float(answer["expires_in"])) - EXPIRY_MARGIN
            token, good_until = str(answer["access_token"]), self._clock() + lasts
        except (KeyError, TypeError, ValueError, OverflowError):
            raise UnusableAnswer("an answer without a token") from None
        self._token, self._good_until = token, good_until


def fetch_token(
    session: requests.Session, account: SpotifyAccount, form: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the token endpoint answers to a form; raise RequestProblem if it refuses."""
    headers = {"Authorization": f"Basic {account.basic_credentials}"}
    response = session.post(account.token_url, data=form, headers=headers)
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def account_session(
    account: SpotifyAccount, clock: Clock, limits: TimeLimits | None = None
) -> requests.Session:
    """Return a bounded session in which no answer shows a secret.

    It follows no redirect, and raises a RequestProblem for every answer that can't be used.
    """

    def judge(response: requests.Response, **_: object) -> None:
        of_token = (response.url or "").startswith(account.token_url)
        token = str(response.request.headers.get("Authorization", "")).rpartition(" ")[2]

        def hide(text: str) -> str:
            text = account.without_secrets(text)
            return text.replace(token, "***") if token else text

        if 300 <= response.status_code < 400:  # that address would see the token
            location = hide(response.headers.get("Location", "nowhere"))[:80]
            raise UnusableAnswer(f"a redirect ({response.status_code}, to {location})")
        if response.status_code >= 400:
            raise refusal_of(response, of_token=of_token, clock=clock, hide=hide)
        try:
            text = response.content.decode()
        except UnicodeDecodeError:
            raise UnusableAnswer("text that isn't UTF-8") from None
        if not of_token and hide(text) != text:
            raise UnusableAnswer("it repeats this app's credentials, which must not be stored")

    session = bounded_session(limits or TimeLimits())
    session.hooks["response"].append(judge)
    for name in ("spotipy.client", "spotipy.oauth2"):  # debug records have the Authorization header
        logging.getLogger(name).setLevel(logging.INFO)
    return session
