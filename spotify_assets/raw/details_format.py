"""Details of songs, artists and albums that were asked for one by one, as they are kept.

A file holds a JSON object a line: `id` as it was asked for, `fetched_at`, and Spotify's `object`, null
where Spotify knows none. What a week makes of them is in `week_rows`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.raw.web_api import Album, Artist, Track

DetailKind = Literal["tracks", "artists", "albums"]
DETAIL_KINDS: tuple[DetailKind, ...] = ("tracks", "artists", "albums")

# Long lists that no table has: where something may be played, and an album's other tracks.
LEFT_OUT = ("available_markets", "tracks")


class TrackDetail(msgspec.Struct, gc=False):
    """What is known of a track that was asked for."""

    id: str
    object: Track | None = None


class ArtistDetail(msgspec.Struct, gc=False):
    """What is known of an artist that was asked for."""

    id: str
    object: Artist | None = None


class AlbumDetail(msgspec.Struct, gc=False):
    """What is known of an album that was asked for."""

    id: str
    object: Album | None = None


_decoders: dict[DetailKind, msgspec.json.Decoder[Any]] = {
    "tracks": msgspec.json.Decoder(TrackDetail, strict=False),
    "artists": msgspec.json.Decoder(ArtistDetail, strict=False),
    "albums": msgspec.json.Decoder(AlbumDetail, strict=False),
}


@dataclass(frozen=True)
class Details:
    """What is known by id; None for ids that Spotify doesn't know.

    Popularity and followers are left out: they are of the day of asking, not of any chart week.
    """

    tracks: dict[str, Track | None] = field(default_factory=dict)
    artists: dict[str, Artist | None] = field(default_factory=dict)
    albums: dict[str, Album | None] = field(default_factory=dict)

    def of(self, kind: DetailKind) -> dict[str, Any]:
        """Those of a kind, by id."""
        known: dict[str, Any] = getattr(self, kind)
        return known

    def add(self, kind: DetailKind, content: bytes) -> None:
        """Read a file of this kind; an id that is known already stays as it is.

        Raises:
            UnreadableRawFile: it can't be read.
        """
        known = self.of(kind)
        try:
            details = _decoders[kind].decode_lines(content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableRawFile(f"It holds no {kind} as they were fetched: {error}.") from None
        for detail in details:
            _forget_the_day(detail.object)
            known.setdefault(detail.id, detail.object)


def encode_details(objects: Iterable[tuple[str, dict[str, Any] | None]], now: datetime) -> bytes:
    """The file that keeps these objects, by the ids that they were asked for with."""
    fetched_at = now.isoformat(timespec="seconds")
    lines = (
        json.dumps(
            {"id": asked, "fetched_at": fetched_at, "object": _kept(found)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for asked, found in objects
    )
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def _kept(found: dict[str, Any] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    kept = {key: value for key, value in found.items() if key not in LEFT_OUT}
    if isinstance(kept.get("album"), dict):
        kept["album"] = _kept(kept["album"])
    return kept


def _forget_the_day(found: Track | Artist | Album | None) -> None:
    if isinstance(found, Track | Artist):
        found.popularity = None
    if isinstance(found, Artist):
        found.followers = None
