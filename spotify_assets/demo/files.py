"""The made-up charts as files in two of Spotify's formats: playlists and weekly CSV files.

A playlist is the answer to `GET /playlists/{id}` for an app with extended quota; its artists also have
the genres, popularity and followers that Spotify reports elsewhere.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from spotify_assets.demo.charts import Line
from spotify_assets.demo.songs import Album, Artist, Song, spotify_id
from spotify_assets.weeks import ONE_WEEK

PLAYLIST_IDS = {"norway": "37i9dQZEVXbLWYFZ5CkSvr", "global": "37i9dQZEVXbNG2KDcFcKOF"}
MARKETS = ["GB", "NO", "US"]
STREAMS_AT_ZERO = 5_200_000  # of a score of 0; rank 50 of the global chart has about 0.45


def playlist_json(
    rng: random.Random, chart: str, week: date, lines: Sequence[Line],
    popularity: dict[Song, int], growth: float,
) -> bytes:  # fmt: skip
    """Return a chart as a playlist; its artists' followers have grown by `growth`."""
    rows = [_row(week, line.song, popularity[line.song], growth) for line in lines]
    reference = _reference("playlist", PLAYLIST_IDS[chart])
    playlist = {
        "collaborative": False,
        "description": "Made-up sample data: no real artists, songs or ranks.",
        "external_urls": reference["external_urls"],
        "followers": {"href": None, "total": 1_000_000},
        "href": reference["href"],
        "id": reference["id"],
        "images": [],
        "name": f"Top Songs - {chart.title()}",
        "owner": {"display_name": "Spotify", **_reference("user", "spotify")},
        "public": True,
        "snapshot_id": spotify_id(rng) + "AAAAAAAAAA",
        "tracks": {
            "href": f"{reference['href']}/tracks?offset=0&limit=100",
            "items": rows,
            "limit": 100,
            "next": None,
            "offset": 0,
            "previous": None,
            "total": len(rows),
        },
        "type": "playlist",
        "uri": reference["uri"],
    }
    return json.dumps(playlist, ensure_ascii=False, separators=(",", ":")).encode()


def _row(week: date, song: Song, popularity: int, growth: float) -> dict[str, Any]:
    pressing = song.pressing(week)
    return {
        "added_at": f"{week + ONE_WEEK}T09:41:02Z",
        "added_by": _reference("user", ""),
        "is_local": False,
        "track": {
            "album": _album(pressing.album),
            "artists": [_artist(artist, growth) for artist in song.artists],
            "available_markets": MARKETS,
            "disc_number": 1,
            "duration_ms": song.duration_ms,
            "explicit": song.explicit,
            "external_ids": {"isrc": song.isrc},
            **_reference("track", pressing.id),
            "is_local": False,
            "name": song.name,
            "popularity": popularity,
            "preview_url": None,
            "track_number": pressing.number,
        },
    }


def _album(album: Album) -> dict[str, Any]:
    image = "https://i.scdn.co/image/ab67616d0000"
    return {
        "album_type": album.kind,
        "artists": [{**_reference("artist", a.id), "name": a.name} for a in album.artists],
        "available_markets": MARKETS,
        **_reference("album", album.id),
        "images": [
            {"height": size, "url": f"{image}{code}{album.cover}", "width": size}
            for size, code in ((640, "b273"), (300, "1e02"), (64, "4851"))
        ],
        "name": album.name,
        "release_date": album.released,
        "release_date_precision": {4: "year", 7: "month", 10: "day"}[len(album.released)],
        "total_tracks": album.tracks,
    }


def _artist(artist: Artist, growth: float) -> dict[str, Any]:
    return {
        **_reference("artist", artist.id),
        "name": artist.name,
        "genres": artist.genres,
        "popularity": artist.popularity,
        "followers": {"href": None, "total": int(artist.followers * growth)},
    }


def _reference(kind: str, spotify: str) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{spotify}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{spotify}",
        "id": spotify,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify}",
    }


def chart_csv(week: date, lines: Sequence[Line]) -> bytes:
    """Return a chart as charts.spotify.com writes it: byte order mark, quoted texts, CRLF."""
    text = io.StringIO(newline="")
    text.write("\ufeffrank,uri,artist_names,track_name,source,peak_rank,previous_rank,")
    text.write("weeks_on_chart,streams\r\n")
    rows = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    for line in lines:
        song, streams = line.song, round(STREAMS_AT_ZERO * math.exp(1.4 * line.score))
        names = ", ".join(artist.name for artist in song.artists)
        named = (f"spotify:track:{song.pressing(week).id}", names, song.name, song.artists[0].label)
        rows.writerow((line.rank, *named, line.peak, line.previous, line.weeks, str(streams)))
    return text.getvalue().encode()
