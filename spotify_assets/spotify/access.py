"""Whether Spotify can be asked, and the way to do so: what assets and commands are given.

The client, and spotipy with it, is imported only when somebody asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from spotify_assets.spotify.account import SpotifyAccount
from spotify_assets.weeks import Clock

if TYPE_CHECKING:
    from spotify_assets.spotify.client import SpotifyClient
    from spotify_assets.spotify.session import TimeLimits

NOT_CONFIGURED = "Spotify isn't asked, since SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set"


@dataclass(frozen=True)
class SpotifyAccess:
    """An account and the clock it goes by; how waiting is done, and how long an answer may take."""

    account: SpotifyAccount
    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    limits: TimeLimits | None = None

    def connect(self) -> SpotifyClient:
        """The client, which keeps its token from one asset to the next; its patience begins anew."""
        self._client.forget_waits()
        return self._client

    @cached_property
    def _client(self) -> SpotifyClient:
        from spotify_assets.spotify.client import SpotifyClient

        return SpotifyClient(self.account, clock=self.clock, sleep=self.sleep, limits=self.limits)
