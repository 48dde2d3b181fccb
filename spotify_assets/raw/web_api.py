"""Objects of Spotify's Web API, with only the fields that the tables need; all of them may be missing.

Source: the object model of Spotify's Web API reference ("Get Playlist", "Get Track", "Get Artist").
How they make up a playlist is read in `playlist`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]  # what the tables' columns can hold
Offset = Annotated[int, msgspec.Meta(ge=0, le=100_000)]  # ten times what a playlist may hold


class Image(msgspec.Struct, gc=False):
    """An image in one of its sizes; Spotify lists the largest first."""

    url: str | None = None


class Followers(msgspec.Struct, gc=False):
    """The number of followers, where the app is told."""

    total: Count | None = None


class Artist(msgspec.Struct, gc=False):
    """An artist, simplified in playlists (id and name) or full."""

    id: str | None = None
    name: str | None = None
    genres: list[str] | None = None
    popularity: Count | None = None
    followers: Followers | None = None
    images: list[Image] | None = None


class Album(msgspec.Struct, gc=False):
    """An album, simplified in playlists or full."""

    id: str | None = None
    name: str | None = None
    album_type: str | None = None
    release_date: str | None = None
    release_date_precision: str | None = None
    total_tracks: Count | None = None
    artists: list[Artist] | None = None
    label: str | None = None
    images: list[Image] | None = None


class ExternalIds(msgspec.Struct, gc=False):
    """Codes from outside Spotify."""

    isrc: str | None = None


class LinkedFrom(msgspec.Struct, gc=False):
    """The track that the playlist names, where Spotify plays another in its place."""

    id: str | None = None


class Track(msgspec.Struct, gc=False):
    """A song, or an episode (`type` tells)."""

    id: str | None = None
    uri: str | None = None
    name: str | None = None
    type: str | None = None
    artists: list[Artist] | None = None
    album: Album | None = None
    duration_ms: Count | None = None
    explicit: bool | None = None
    popularity: Count | None = None
    external_ids: ExternalIds | None = None
    linked_from: LinkedFrom | None = None

    @property
    def song_id(self) -> str:
        """The id that the playlist names, before relinking; a local file's uri."""
        linked = self.linked_from.id if self.linked_from else None
        return linked or self.id or self.uri or ""


class Row(msgspec.Struct, gc=False):
    """A row of a playlist; newer apps get the song as `item`."""

    added_at: str | None = None
    track: Track | bool | None = None
    item: Track | None = None

    @property
    def song(self) -> Track | None:
        """The song, unless the row holds none or an episode."""
        track = self.item if self.item is not None else self.track
        if not isinstance(track, Track) or track.type == "episode":
            return None
        return track if track.id or track.uri else None


class Page(msgspec.Struct, gc=False):
    """A page of rows."""

    href: str | None = None
    items: list[Row | None] | None = None
    offset: Offset | None = None
    total: Count | None = None
    next: str | None = None


class Refusal(msgspec.Struct, gc=False):
    """What Spotify answers instead, with its status."""

    status: int | str | None = None
    message: str | None = None


class Document(msgspec.Struct, gc=False):
    """A playlist, a page, a row or a refusal: told apart by what is there."""

    href: str | None = None
    id: str | None = None
    name: str | None = None
    snapshot_id: str | None = None
    tracks: Page | None = None
    items: list[Row | None] | Page | None = None
    offset: Offset | None = None
    total: Count | None = None
    next: str | None = None
    added_at: str | None = None
    track: Track | bool | None = None
    item: Track | None = None
    error: Refusal | str | None = None
