"""The tokens that the app's credentials are changed for; they live in memory only."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

import requests
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from spotify_assets.sources.spotify.account import SpotifyAccount
from spotify_assets.sources.spotify.answers import UnusableAnswer

SCOPE = "playlist-read-private playlist-read-collaborative"
REDIRECT_URI = "http://127.0.0.1:8888/callback"
"""What has to be registered with the app for `spotify-assets login`; nothing listens there."""


class Tokens:
    """Access tokens for several threads: one is asked for at a time, and none twice.

    Stands between spotipy's client and its managers of tokens.
    """

    def __init__(self, account: SpotifyAccount, session: requests.Session) -> None:
        self._manager = _manager(account, session)
        self._lock = Lock()
        self._renewals = 0

    def get_access_token(self, as_dict: bool = False) -> str:  # noqa: ARG002 - spotipy says it
        """A token, from memory or from Spotify.

        Raises:
            SpotifyProblem: Spotify gives none.
        """
        with self._lock:
            return self._ask(check_cache=True)

    @property
    def renewals(self) -> int:
        """How often a token was found to be no longer good."""
        return self._renewals

    def renew(self, seen: int) -> None:
        """Get another token, unless that was done since `renewals` was `seen`."""
        with self._lock:
            if self._renewals == seen:
                self._ask(check_cache=False)
                self._renewals += 1

    def _ask(self, *, check_cache: bool) -> str:
        try:
            token = self._manager(check_cache)
        except (KeyError, TypeError, ValueError, AttributeError):
            # spotipy takes for granted that the answer is JSON and has all that it needs
            raise UnusableAnswer("an answer without a token") from None
        if not token or not isinstance(token, str):
            raise UnusableAnswer("an answer without a token")
        return token


def _manager(account: SpotifyAccount, session: requests.Session) -> Callable[[bool], Any]:
    """How to get a token, from memory if `check_cache` and it is still good."""
    if not account.refresh_token:
        app = SpotifyClientCredentials(
            account.client_id,
            account.client_secret,
            requests_session=session,
            cache_handler=MemoryCacheHandler(),
        )
        app.OAUTH_TOKEN_URL = account.token_url
        return lambda check_cache: app.get_access_token(as_dict=False, check_cache=check_cache)
    # Without this, spotipy would ask a person on standard input.
    seed = {"refresh_token": account.refresh_token, "expires_at": 0, "scope": SCOPE}
    memory = MemoryCacheHandler(seed)
    user = user_manager(account, session, memory)

    def refresh(check_cache: bool) -> Any:
        if not check_cache:
            memory.save_token_to_cache({**memory.get_cached_token(), "expires_at": 0})
        return user.get_access_token(as_dict=False)

    return refresh


def user_manager(
    account: SpotifyAccount, session: requests.Session, memory: MemoryCacheHandler
) -> SpotifyOAuth:
    """Spotipy's manager of the tokens of a user, which it keeps in `memory` alone."""
    user = SpotifyOAuth(
        account.client_id,
        account.client_secret,
        REDIRECT_URI,
        scope=SCOPE,
        requests_session=session,
        open_browser=False,
        cache_handler=memory,
    )
    user.OAUTH_TOKEN_URL = account.token_url
    return user
