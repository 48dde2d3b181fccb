"""Details of songs, artists and albums: files in `raw/details/<kind>/`, shared by all weeks.

A file is named by the first and last week that wanted its ids and by its digest, and never changes.
Those in `names/` have artists' names with a comma that a week knew; see `checks.storing`.
Requesting details is done in `spotify.details`; what a week's rows take from them is in `tables`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import DETAILS
from spotify_assets.raw.web_api import Album, Artist, Track
from spotify_assets.storage import Storage

DetailKind = Literal["tracks", "artists", "albums"]
DETAIL_KINDS: tuple[DetailKind, ...] = ("tracks", "artists", "albums")
Wanted = dict[DetailKind, dict[str, list[date]]]
"""The ids to look up, by kind, each with the weeks that want it."""

# Long lists that no table has: where something may be played, and an album's other tracks.
LEFT_OUT = ("available_markets", "tracks")
NAMES = "names"
DELETE = "Delete the file; its ids are looked up again."
DIGEST = re.compile(r"\.([0-9a-f]{16})\.jsonl$")

Object = TypeVar("Object")


class Detail(msgspec.Struct, Generic[Object], gc=False):
    """A line of a file: the id as requested; no object where Spotify doesn't know it."""

    id: str
    fetched_at: str = ""
    object: Object | None = None


_decoders: dict[DetailKind, msgspec.json.Decoder[Any]] = {
    "tracks": msgspec.json.Decoder(Detail[Track], strict=False),
    "artists": msgspec.json.Decoder(Detail[Artist], strict=False),
    "albums": msgspec.json.Decoder(Detail[Album], strict=False),
}


@dataclass(frozen=True)
class Details:
    """What is known by id, without figures of the day; None for ids that Spotify doesn't know."""

    tracks: dict[str, Track | None] = field(default_factory=dict)
    artists: dict[str, Artist | None] = field(default_factory=dict)
    albums: dict[str, Album | None] = field(default_factory=dict)
    single_artists: set[str] = field(default_factory=set)  # names with a comma

    @property
    def tells_genres(self) -> bool:
        """Whether Spotify may tell this app genres: it told some, or wasn't asked for any artist yet."""
        artists = [artist for artist in self.artists.values() if artist]
        return not artists or any(artist.genres for artist in artists)

    def of(self, kind: DetailKind) -> dict[str, Any]:
        """Return those of a kind, by id."""
        known: dict[str, Any] = getattr(self, kind)
        return known

    def add(self, kind: DetailKind, content: bytes) -> None:
        """Add what a file of this kind has; an id that is known already stays as it is."""
        for line in _decode(kind, content):
            self.of(kind).setdefault(line.id, line.object)


def read_details(storage: Storage) -> Details:
    """Return everything that is known; raise UnreadableRawFile if a file is damaged.

    Of two objects of an id, the one that was fetched first counts.
    """
    details = Details()
    for kind in DETAIL_KINDS:
        found: list[Detail[Any]] = []
        for key, content in _unchanged(storage, kind):
            try:
                found += _decode(kind, content)
            except UnreadableRawFile as error:
                raise UnreadableRawFile(f"{key}: {error} {DELETE}") from None
        for line in sorted(found, key=lambda line: line.fetched_at):
            details.of(kind).setdefault(line.id, line.object)
    for _, content in _unchanged(storage, NAMES):
        details.single_artists.update(msgspec.json.Decoder(str).decode_lines(content))
    return details


def _unchanged(storage: Storage, folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a kind, each with the content that it was stored with."""
    keys = [file.key for file in storage.files(f"{DETAILS}{folder}/")]
    for key, content in storage.read_many(keys):
        if (noted := DIGEST.search(key)) and noted[1] != digest_of(content):
            why = "It was changed: its SHA-256 isn't that in its name."
            raise UnreadableRawFile(f"{key}: {why} {DELETE}")
        yield key, content


def store_single_artists(storage: Storage, names: Iterable[str], weeks: Collection[date]) -> None:
    """Store names with a comma that one artist has; those weeks are then stale."""
    content = "".join(f"{json.dumps(name)}\n" for name in sorted(names)).encode()
    key = f"{DETAILS}{NAMES}/{min(weeks)}_{max(weeks)}.{digest_of(content)}.jsonl"
    storage.write(key, content)


def store_details(
    storage: Storage,
    kind: DetailKind,
    objects: Sequence[tuple[str, dict[str, Any] | None]],
    weeks: Collection[date],
    now: datetime,
    known: Details | None = None,
) -> None:
    """Store objects by the ids they were requested with, and add them to `known`."""
    content = encode_details(objects, now)
    key = f"{DETAILS}{kind}/{min(weeks)}_{max(weeks)}.{digest_of(content)}.jsonl"
    storage.write(key, content)
    if known is not None:
        known.add(kind, content)


def encode_details(objects: Iterable[tuple[str, dict[str, Any] | None]], now: datetime) -> bytes:
    """Return the content of the file that stores these objects."""
    at = now.isoformat(timespec="seconds")
    lines = ({"id": asked, "fetched_at": at, "object": _short(found)} for asked, found in objects)
    # Half a character, which Spotify can send, becomes a question mark.
    texts = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in lines)
    return "".join(f"{text}\n" for text in texts).encode(errors="replace")


def _decode(kind: DetailKind, content: bytes) -> list[Detail[Any]]:
    try:
        lines: list[Detail[Any]] = _decoders[kind].decode_lines(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableRawFile(f"It has no {kind} as they were fetched: {error}.") from None
    for line in lines:
        if isinstance(line.object, Track | Artist):
            line.object.popularity = None
        if isinstance(line.object, Artist):
            line.object.followers = None
    return lines


def digest_of(content: bytes) -> str:
    """Return the digest that a file of details has in its name; `DIGEST` finds it."""
    return hashlib.sha256(content).hexdigest()[:16]


def _short(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    short = {key: value for key, value in found.items() if key not in LEFT_OUT}
    return short | ({"album": _short(short["album"])} if "album" in short else {})
