"""What open data would say of the made-up songs, as files in the form in which answers are stored.

So the demo asks nobody, and shows what the setting is for. A song in twelve is not found.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zlib import crc32

from spotify_assets.demo.songs import GENRES
from spotify_assets.layout import OPEN_DATA
from spotify_assets.open_data.answers import Artist, Credit, Recording
from spotify_assets.open_data.matching import Match
from spotify_assets.open_data.store import Journal, Known
from spotify_assets.storage import Storage
from spotify_assets.tables.names import song_key

COUNTRIES = {genre.name: genre.recorded_in for genre in GENRES}
NOT_FOUND = 12


def store_open_data(
    storage: Storage, playlists: Iterable[tuple[date, bytes]], at: datetime
) -> None:
    """Store what is known of the songs of these playlists, the earliest week first, asked at `at`."""
    journal = Journal(storage, OPEN_DATA, Known())
    weeks: dict[str, list[date]] = {}
    tracks: dict[str, Any] = {}
    for week, content in playlists:
        for row in json.loads(content)["tracks"]["items"]:
            track = row["track"]
            names = ", ".join(artist["name"] for artist in track["artists"])
            key = song_key(track["id"], track["name"], names)
            weeks.setdefault(key, []).append(week)
            tracks.setdefault(key, track)
    artists: dict[str, Any] = {}
    for key, track in tracks.items():
        first = weeks[key][0]
        if crc32(key.encode()) % NOT_FOUND == 0:
            journal.note("matches", key, Match(first, refused="unknown"), at, weeks[key])
            continue
        named = {_id(one["id"]): one for one in track["artists"]}
        artists |= named
        recording = Recording(
            _id(key),
            track["name"],
            length=track["duration_ms"],
            artist_credit=[Credit(Artist(mbid), one["name"]) for mbid, one in named.items()],
        )
        journal.note("recordings", recording.id, recording, at)
        match = Match(first, recording.id, way="link")
        journal.note("matches", key, match, at, weeks[key])
    for mbid, one in artists.items():
        genres = one["genres"]
        country = COUNTRIES[genres[0]] if genres else None
        artist = Artist(mbid, one["name"], sort_name=one["name"], country=country)
        journal.note("artists", mbid, artist, at)
        journal.note("genres", mbid, [f"{genre} music" for genre in genres], at)
    journal.write()


def _id(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))
