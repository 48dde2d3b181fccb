"""Where each column comes from: the fields of raw files and of details that its values are made of.

For Dagster's columns and their lineage, and for the docs. It stands beside `schemas`, not in it: saying
better where a column is from is no other table, and nothing has to be audited again for it. A test
changes each field and sees which columns change.

`file.` is what a raw file's name says, `playlist.` a row of a playlist (its song is `track` or `item`),
`csv.` a line of a chart file, `details.` what Spotify said when it was asked about a single thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Origins = Mapping[str, Mapping[str, tuple[str, ...]]]
DETAILS = "details."


def _declared(**tables: dict[str, str]) -> Origins:
    return MappingProxyType(
        {
            table: MappingProxyType({name: tuple(said.split()) for name, said in columns.items()})
            for table, columns in tables.items()
        }
    )


_SONG_ID = "csv.uri playlist.track.linked_from.id playlist.track.id playlist.track.uri"
_SONG_NAME = "csv.track_name playlist.track.name details.tracks.name"
_ARTIST_NAME = "csv.artist_names playlist.track.artists.name details.tracks.artists.name"
_ARTIST_ID = f"playlist.track.artists.id details.tracks.artists.id {_ARTIST_NAME}"
_ALBUM = "playlist.track.album.{0} details.tracks.album.{0}"

ORIGINS = _declared(
    songs={
        "week": "file.week",
        "week_end": "file.week",
        "chart": "file.chart",
        "rank": "csv.rank playlist.position",
        "song_id": _SONG_ID,
        "song_key": f"{_SONG_NAME} {_ARTIST_NAME} {_SONG_ID}",
        "song_name": _SONG_NAME,
        "artist_names": _ARTIST_NAME,
        "album_id": _ALBUM.format("id"),
        "duration_ms": "playlist.track.duration_ms details.tracks.duration_ms",
        "explicit": "playlist.track.explicit details.tracks.explicit",
        "popularity": "playlist.track.popularity",
        "isrc": "playlist.track.external_ids.isrc details.tracks.external_ids.isrc",
        "label": f"csv.source {_ALBUM.format('label')} details.albums.label",
        "streams": "csv.streams",
        "reported_peak_rank": "csv.peak_rank",
        "reported_previous_rank": "csv.previous_rank",
        "reported_weeks_on_chart": "csv.weeks_on_chart",
        "added_at": "playlist.added_at",
        "song_url": "csv.uri playlist.track.linked_from.id playlist.track.id",
        "source": "file.kind",
    },
    albums={
        "week": "file.week",
        "album_id": _ALBUM.format("id"),
        "name": _ALBUM.format("name"),
        "album_type": _ALBUM.format("album_type"),
        "release_date": _ALBUM.format("release_date"),
        "release_date_precision": f"{_ALBUM.format('release_date_precision')} "
        f"{_ALBUM.format('release_date')}",
        "total_tracks": _ALBUM.format("total_tracks"),
        "artist_names": _ALBUM.format("artists.name"),
        "label": f"{_ALBUM.format('label')} details.albums.label",
        "album_url": _ALBUM.format("id"),
        "image_url": _ALBUM.format("images.url"),
    },
    artists={
        "week": "file.week",
        "artist_id": _ARTIST_ID,
        "name": _ARTIST_NAME,
        "genres": "playlist.track.artists.genres details.artists.genres",
        "popularity": "playlist.track.artists.popularity",
        "followers": "playlist.track.artists.followers.total",
        "artist_url": "playlist.track.artists.id details.tracks.artists.id",
        "image_url": "playlist.track.artists.images.url details.artists.images.url",
    },
    song_artists={
        "week": "file.week",
        "song_id": _SONG_ID,
        "artist_position": "csv.artist_names playlist.track.artists details.tracks.artists",
        "artist_id": _ARTIST_ID,
        "artist_name": _ARTIST_NAME,
    },
)
"""By table and column: the fields that its values are made of."""


def asset_of(field: str) -> str:
    """The asset that a field comes with."""
    return "details" if field.startswith(DETAILS) else "raw_playlist"
