"""Tests of spotify_assets, laid out like it."""
