"""Who asks Spotify; declared with the settings."""

from spotify_assets.settings import API_URL, TOKEN_URL, SpotifyAccount

__all__ = ["API_URL", "TOKEN_URL", "SpotifyAccount"]
