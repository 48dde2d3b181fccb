"""What MusicBrainz and Wikidata answer, in the fields that rules and tables read.

A field that a server leaves out, because it doesn't know, is None or empty here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec


class Shape(msgspec.Struct, rename="kebab", omit_defaults=True, gc=False):
    """The base of all shapes: MusicBrainz writes `artist-credit` for `artist_credit`."""


class Artist(Shape):
    """An artist; in a credit only with id, name and aliases."""

    id: str
    name: str | None = None
    sort_name: str | None = None
    country: str | None = None
    type: str | None = None
    aliases: list[dict[str, Any]] | None = None


class Credit(Shape):
    """An artist as named on a recording."""

    artist: Artist
    name: str | None = None

    @property
    def names(self) -> list[str]:
        """Return every name that the artist goes by, the credited one first."""
        others = [self.artist.name, *(alias.get("name") for alias in self.artist.aliases or ())]
        return [name for name in (self.name, *others) if name]


class Group(Shape):
    """A release group: an album, single or EP with all its editions."""

    id: str
    title: str | None = None
    primary_type: str | None = None
    secondary_types: list[str] | None = None


class Release(Shape):
    """A release that a recording is on."""

    title: str | None = None
    status: str | None = None
    date: str | None = None
    release_group: Group | None = None


class Recording(Shape):
    """A recording; `length` in milliseconds, dates as `2004`, `2004-03` or `2004-03-17`."""

    id: str
    title: str | None = None
    disambiguation: str | None = None
    video: bool | None = None
    length: int | None = None
    isrcs: list[str] | None = None
    first_release_date: str | None = None
    artist_credit: list[Credit] | None = None
    releases: list[Release] | None = None

    @property
    def credits(self) -> list[Credit]:
        """Return who is credited, lead first."""
        return self.artist_credit or []

    @property
    def first_release(self) -> str:
        """Return the date of its first release anywhere, empty if no date is known."""
        dates = (release.date for release in self.releases or ())
        return self.first_release_date or min(filter(None, dates), default="")

    def shortened(self) -> Recording:
        """Return it with the first release of each group, status and title: some have hundreds."""
        first: dict[tuple[object, ...], Release] = {}
        for release in sorted(self.releases or (), key=lambda one: one.date or "9"):
            group = release.release_group.id if release.release_group else None
            first.setdefault((group, release.status), release)
        return msgspec.structs.replace(self, releases=list(first.values()) or None)


class Relation(Shape):
    """What a link belongs to."""

    ended: bool | None = None
    recording: Recording | None = None


class Link(Shape):
    """An address and what it belongs to."""

    resource: str
    relations: list[Relation] | None = None

    @property
    def recordings(self) -> list[str]:
        """Return the ids of the recordings that it still belongs to."""
        return sorted({r.recording.id for r in self.relations or () if r.recording and not r.ended})


class Links(Shape):
    """The answer to several links."""

    urls: list[Link]


class Recordings(Shape):
    """The answer to a search for recordings."""

    recordings: list[Recording]


class Artists(Shape):
    """The answer to a search for artists."""

    artists: list[Artist]


class Genre(Shape):
    """A genre and how many gave it."""

    name: str
    count: int = 0


class ArtistGenres(Shape):
    """The answer to a lookup of an artist's genres."""

    id: str
    genres: list[Genre]


class Sparql(msgspec.Struct):
    """The answer to a SPARQL query: rows of columns, whose text is at `value`."""

    results: dict[str, list[dict[str, dict[str, str]]]]

    def pairs(self, first: str, second: str) -> Iterable[tuple[str, str]]:
        """Yield two columns of every row that has both."""
        for row in self.results["bindings"]:
            if first in row and second in row:
                yield row[first]["value"], row[second]["value"]
