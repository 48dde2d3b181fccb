"""The tokens that the app's credentials are changed for; they live in memory only."""

from __future__ import annotations

from threading import Lock

import requests
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from spotify_assets.spotify.account import SpotifyAccount
from spotify_assets.spotify.answers import UnusableAnswer

SCOPE = "playlist-read-private playlist-read-collaborative"
REDIRECT_URI = "http://127.0.0.1:8888/callback"
"""What has to be registered with the app for `spotify-assets login`; nothing listens there."""


class Tokens:
    """Access tokens for several threads: one is asked for at a time, and none twice.

    Stands between spotipy's client and its managers of tokens.
    """

    def __init__(self, account: SpotifyAccount, session: requests.Session) -> None:
        # Without a seed that only has to be renewed, spotipy would ask a person on standard input.
        self._seed = (
            {"refresh_token": account.refresh_token, "expires_at": 0, "scope": SCOPE}
            if account.refresh_token
            else None
        )
        self._memory = MemoryCacheHandler(self._seed)
        make = user_manager if account.refresh_token else _app_manager
        self._manager = make(account, session, self._memory)
        self._lock = Lock()
        self._renewals = 0

    def get_access_token(self, as_dict: bool = False) -> str:  # noqa: ARG002 - spotipy says it
        """A token, from memory or from Spotify.

        Raises:
            SpotifyProblem: Spotify gives none.
        """
        with self._lock:
            return self._ask()

    @property
    def renewals(self) -> int:
        """How often a token was found to be no longer good."""
        return self._renewals

    def renew(self, seen: int) -> None:
        """Get another token, unless that was done since `renewals` was `seen`."""
        with self._lock:
            if self._renewals == seen:
                self._memory.save_token_to_cache(self._seed)
                self._ask()
                self._renewals += 1

    def _ask(self) -> str:
        try:
            token = self._manager.get_access_token(as_dict=False)
        except (KeyError, TypeError, ValueError, AttributeError):
            token = None  # spotipy takes for granted that the answer is JSON and has what it needs
        if not token or not isinstance(token, str):
            self._memory.save_token_to_cache(self._seed)
            raise UnusableAnswer("an answer without a token")
        return token


def _app_manager(
    account: SpotifyAccount, session: requests.Session, memory: MemoryCacheHandler
) -> SpotifyClientCredentials:
    app = SpotifyClientCredentials(
        account.client_id,
        account.client_secret,
        requests_session=session,
        cache_handler=memory,
    )
    app.OAUTH_TOKEN_URL = account.token_url
    return app


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
