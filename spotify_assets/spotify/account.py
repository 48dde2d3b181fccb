"""Who asks Spotify: the app's credentials and the addresses where they are shown.

What they are changed for is in `tokens`; how a user gives an app leave, once, in `cli.login`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

API_URL = "https://api.spotify.com/v1/"
TOKEN_URL = "https://accounts.spotify.com/api/token"  # noqa: S105 - an address


@dataclass(frozen=True)
class SpotifyAccount:
    """The app that asks, and the user it asks for where there is a refresh token.

    `longest_wait` is how many seconds Spotify may ask to wait before a chart is given up.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    api_url: str = API_URL
    token_url: str = TOKEN_URL
    longest_wait: float = 60.0

    @property
    def is_configured(self) -> bool:
        """Whether Spotify can be asked at all."""
        return bool(self.client_id and self.client_secret)

    def without_secrets(self, text: str) -> str:
        """The text with stars for every secret of this account: what is between may echo them."""
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        for secret in (pair, self.client_secret, self.refresh_token):
            text = text.replace(secret, "***") if secret else text
        return text
