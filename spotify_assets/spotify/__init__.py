"""Spotify's Web API: the account, and the way to a client, without importing HTTP libraries.

HTTP, tokens and retries are in `client`, what refusals mean in `answers`, the week's playlists in
`charts`, details of songs, artists and albums in `details`. Parsing playlists is in `raw`.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from spotify_assets.weeks import Clock

if TYPE_CHECKING:
    from spotify_assets.spotify.client import SpotifyClient, TimeLimits

API_URL = "https://api.spotify.com/v1/"
TOKEN_URL = "https://accounts.spotify.com/api/token"  # noqa: S105 - an address
NOT_CONFIGURED = "Spotify isn't asked: SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set"
CSV_WAY = (
    "The weekly CSV from charts.spotify.com has the same chart: drop it below raw/to_be_processed/."
)


@dataclass(frozen=True)
class SpotifyAccount:
    """The app that sends requests, and, with a refresh token, the user it sends them for.

    `longest_wait` is how many seconds Spotify may ask to wait before a request is given up.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    api_url: str = API_URL
    token_url: str = TOKEN_URL
    longest_wait: float = 60.0

    @property
    def is_configured(self) -> bool:
        """Whether requests can be sent at all."""
        return bool(self.client_id and self.client_secret)

    @property
    def basic_credentials(self) -> str:
        """Id and secret as HTTP's basic authentication has them."""
        return base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()

    def without_secrets(self, text: str) -> str:
        """Return the text with stars for every secret of this account, which a server may echo."""
        for secret in (self.basic_credentials, self.client_secret, self.refresh_token):
            text = text.replace(secret, "***") if secret else text
        return text


@dataclass(frozen=True)
class SpotifyAccess:
    """What assets and commands are given: an account, and the clock, sleep and limits to use."""

    account: SpotifyAccount
    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    limits: TimeLimits | None = None

    def connect(self) -> SpotifyClient:
        """Return the client, which keeps its token between assets; its total wait starts at zero."""
        self._client.reset_waits()
        return self._client

    @cached_property
    def _client(self) -> SpotifyClient:
        from spotify_assets.spotify.client import SpotifyClient

        return SpotifyClient(self.account, clock=self.clock, sleep=self.sleep, limits=self.limits)
