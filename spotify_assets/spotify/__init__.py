"""Spotify's Web API: the client, and what its answers mean."""
