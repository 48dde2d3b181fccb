"""Spotify's Web API: the account, and the way to a client, without importing HTTP libraries.

HTTP, tokens and retries are in `client`, what refusals mean in `answers`, the week's playlists in
`charts`, details of songs, artists and albums in `details`. Parsing playlists is in `raw`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from spotify_assets.charts import Chart
from spotify_assets.layout import INBOX
from spotify_assets.settings import SpotifyAccount
from spotify_assets.weeks import Clock

if TYPE_CHECKING:
    from spotify_assets.spotify.client import SpotifyClient
    from spotify_assets.web import TimeLimits

NOT_CONFIGURED = "Spotify isn't asked: SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set"
LOGIN_WAY = "run spotify-assets login, and set SPOTIFY_ASSETS_REFRESH_TOKEN to what it prints."


def csv_way(*charts: Chart) -> str:
    """Return how to get these charts without Spotify's API, after a space; nothing if there is no way.

    charts.spotify.com has CSV files of countries only.
    """
    if not any(chart.country for chart in charts):
        return ""
    return f" The weekly CSV from charts.spotify.com has the same chart: drop it below {INBOX}."


@dataclass(frozen=True)
class SpotifyAccess:
    """What assets and commands are given: an account, and the clock, sleep and limits to use.

    Those of one run share it, and so its client: Spotify's limits are the app's.
    """

    account: SpotifyAccount
    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    limits: TimeLimits | None = None

    @cached_property
    def client(self) -> SpotifyClient:
        """The client, made when it is first needed: it loads HTTP libraries."""
        from spotify_assets.spotify.client import SpotifyClient

        return SpotifyClient(self.account, clock=self.clock, sleep=self.sleep, limits=self.limits)
