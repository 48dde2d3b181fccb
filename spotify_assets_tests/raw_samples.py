"""Small raw files of every kind, with fictional songs: what tests drop into inboxes."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

# Titles that quoting, escaping or a terminal could trip over.
UNUSUAL = ("Sør for «sola»", "Comma, \"quote\" & 'apostrophe'", "\u001b[31mred")
NORWAY_PLAYLIST = "37i9dQZEVXbLWYFZ5CkSvr"
GLOBAL_PLAYLIST = "37i9dQZEVXbNG2KDcFcKOF"
WEEK = date(2026, 11, 6)
SONGS = ("Fjordlys", "Midnight Ferry", "Snø i mai")


def track(name: str, *, artists: Sequence[str] = ("Ida Nord",), **more: Any) -> dict[str, Any]:
    """A track object as playlists carry it, its ids made of its names."""
    return {
        "id": spotify_id(name),
        "uri": f"spotify:track:{spotify_id(name)}",
        "name": name,
        "type": "track",
        "artists": [{"id": spotify_id(artist), "name": artist} for artist in artists],
        "album": {
            "id": spotify_id(f"{name} album"),
            "name": name,
            "album_type": "single",
            "release_date": "2026-10-30",
            "release_date_precision": "day",
            "total_tracks": 1,
            "artists": [{"id": spotify_id(artists[0]), "name": artists[0]}],
            "images": [{"url": "https://i.scdn.co/image/made-up", "height": 640, "width": 640}],
        },
        "duration_ms": 200_000,
        "explicit": False,
        "popularity": 70,
        "external_ids": {"isrc": "NOXXX2600001"},
        "is_local": False,
    } | more


def spotify_id(text: str) -> str:
    """22 characters made of a text, like Spotify's ids."""
    letters = "".join(c for c in text.title() if c.isascii() and c.isalnum())
    return (letters + "0" * 22)[:22]


def row(song: dict[str, Any] | None, *, key: str = "track", added_at: str | None = None) -> Any:
    """A playlist row, of either generation by its `key`."""
    return {"added_at": added_at, "added_by": {"id": ""}, "is_local": False, key: song}


def added_at(week: date) -> str:
    """The moment at which Spotify refreshes a weekly chart: the Friday after the week."""
    return f"{week + timedelta(weeks=1)}T09:41:02Z"


def rows(week: date = WEEK, names: Sequence[str] = SONGS, key: str = "track") -> list[Any]:
    """The rows of a chart with these songs, refreshed for the week."""
    return [row(track(name), key=key, added_at=added_at(week)) for name in names]


def page(
    playlist_rows: list[Any], playlist_id: str = NORWAY_PLAYLIST, offset: int = 0, **more: Any
) -> dict[str, Any]:
    """A page of `GET /playlists/{id}/tracks`."""
    return {
        "href": f"https://api.spotify.com/v1/playlists/{playlist_id}/tracks?offset={offset}",
        "items": playlist_rows,
        "limit": 100,
        "next": None,
        "offset": offset,
        "total": offset + len(playlist_rows),
    } | more


def playlist(
    playlist_rows: list[Any], playlist_id: str = NORWAY_PLAYLIST, key: str = "tracks", **more: Any
) -> dict[str, Any]:
    """A `GET /playlists/{id}` response, of either generation by its `key`."""
    return {
        "id": playlist_id,
        "name": "Top Songs - Made Up",
        "href": f"https://api.spotify.com/v1/playlists/{playlist_id}",
        "snapshot_id": snapshot_of(playlist_rows),
        key: page(playlist_rows, playlist_id),
    } | more


def snapshot_of(playlist_rows: list[Any]) -> str:
    """A snapshot's id: another one whenever the playlist was refreshed."""
    moments = [row["added_at"] for row in playlist_rows if row and row.get("added_at")]
    return b64encode(f"snapshot {max(moments, default='')}".encode()).decode()


def as_json(document: Any) -> bytes:
    """A document as the bytes of a file."""
    return json.dumps(document, ensure_ascii=False).encode()


def chart_csv(names: Sequence[str] = SONGS, *, artists: str = "Ida Nord", start: int = 1) -> bytes:
    """A charts.spotify.com weekly file, with its byte-order mark."""
    header = (
        "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
    )
    lines = [
        f'{rank},"spotify:track:{spotify_id(name)}","{artists}","{name}","Nord Records",'
        f'{rank},-1,1,"{1_000_000 - rank}"'
        for rank, name in enumerate(names, start=start)
    ]
    return ("\ufeff" + "\n".join([header, *lines]) + "\n").encode()


def legacy_csv(names: Sequence[str] = SONGS, *, note: bool = False) -> bytes:
    """A spotifycharts.com file, with or without the note line above its header."""
    head = [',,,"Note that these figures are generated using a formula.",'] if note else []
    lines = [
        f'{rank},"{name}","Ida Nord",{1_000_000 - rank},'
        f"https://open.spotify.com/track/{spotify_id(name)}"
        for rank, name in enumerate(names, start=1)
    ]
    return "\r\n".join([*head, 'Position,"Track Name",Artist,Streams,URL', *lines, ""]).encode()


def csv_name(week: date = WEEK, country: str = "no") -> str:
    """What charts.spotify.com calls the file of a chart week."""
    return f"regional-{country}-weekly-{week + timedelta(days=6)}.csv"
