"""Objects and dates of Spotify's Web API reference, with only the fields that the tables need.

Every field can be missing. How a playlist is put together from these objects is in `playlist`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any

import msgspec

Count = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]  # what fits the tables' columns
Offset = Annotated[int, msgspec.Meta(ge=0, le=100_000)]  # ten times a playlist's longest length
UNKNOWN_MOMENTS_END = datetime(1971, 1, 1, tzinfo=UTC)  # Spotify writes 1970 for "unknown"
PARTS_OF_PRECISION = {"year": 1, "month": 2, "day": 3}


class Image(msgspec.Struct, gc=False):
    """An image in one of its sizes; Spotify lists the largest first."""

    url: str | None = None


class Followers(msgspec.Struct, gc=False):
    """The number of followers."""

    total: Count | None = None


class Artist(msgspec.Struct, gc=False):
    """An artist: in playlists only id and name."""

    id: str | None = None
    name: str | None = None
    genres: list[str] | None = None
    popularity: Count | None = None
    followers: Followers | None = None
    images: list[Image] | None = None


class Album(msgspec.Struct, gc=False):
    """An album: in playlists without its label."""

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


class Track(msgspec.Struct, gc=False):
    """A song, or an episode (see `type`)."""

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
    linked_from: Track | None = None  # what the playlist names, where Spotify plays another

    @property
    def song_id(self) -> str:
        """The id that the playlist names, before relinking; of a local file, its uri."""
        linked = self.linked_from.id if self.linked_from else None
        return linked or self.id or self.uri or ""


class Row(msgspec.Struct, gc=False):
    """A row of a playlist; newer apps receive the song as `item`."""

    added_at: str | None = None
    track: Track | bool | None = None
    item: Track | None = None

    @property
    def song(self) -> Track | None:
        """The song; None for an episode and for a row without a song."""
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


class Document(msgspec.Struct, gc=False):
    """A playlist, a page, a row or a refusal: which one shows in the fields that are set."""

    href: str | None = None
    id: str | None = None
    name: str | None = None
    snapshot_id: str | None = None
    tracks: Page | None = None
    items: list[Row | None] | Page | None = None
    offset: Offset | None = None
    total: Count | None = None
    added_at: str | None = None
    track: Track | bool | None = None
    item: Track | None = None
    error: dict[str, Any] | str | None = None


@lru_cache(maxsize=10_000)
def aware_moment(text: str | None) -> datetime | None:
    """Return the moment that an ISO text names, in UTC; None for 1970 and where it names none."""
    try:
        parsed = datetime.fromisoformat(text or "")
        parsed = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed >= UNKNOWN_MOMENTS_END else None


@lru_cache(maxsize=10_000)
def moment(text: str | None) -> datetime | None:
    """Return the same moment as the tables store it: without its zone, cut to milliseconds."""
    aware = aware_moment(text)
    return aware and aware.replace(tzinfo=None, microsecond=aware.microsecond // 1000 * 1000)


@lru_cache(maxsize=50_000)
def release_day(text: str | None, precision: str | None) -> tuple[date | None, str | None]:
    """Return a release date as a day and its precision: of `1984`, 1984-01-01 and `year`.

    The text decides where it is less precise than `precision`. (None, None) where it is no date.
    """
    parts = (text or "").split("-")
    try:
        numbers = [int(part) for part in parts[:3]]
        day = date(*[*numbers, 1, 1][:3])
    except (ValueError, OverflowError):
        return None, None
    known = min(len(numbers), PARTS_OF_PRECISION.get(precision or "", 3))
    return day, ("year", "month", "day")[known - 1]
