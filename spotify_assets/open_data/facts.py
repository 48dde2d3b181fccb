"""What open data says about songs and artists, as stored: for the tables to fill nulls with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from spotify_assets.open_data.answers import Artist, Recording
from spotify_assets.open_data.matching import Match, Way, is_after
from spotify_assets.open_data.store import Known, read_known
from spotify_assets.raw.web_api import Album
from spotify_assets.storage import Storage
from spotify_assets.weeks import week_end

SHORTEST = 10_000  # milliseconds; anything less is a placeholder
LONGEST = 24 * 3600 * 1000
SAME_LENGTH = 2_000  # milliseconds by which recordings of a song may differ
TYPES = ("Album", "EP", "Single")
SECOND_CHOICE = {"Compilation", "DJ-mix", "Live", "Demo", "Remix", "Interview", "Mixtape/Street"}


@dataclass(frozen=True)
class ArtistFacts:
    """An artist; MusicBrainz' genre with the most votes is first, and Wikidata's best known one."""

    mbid: str
    name: str
    sort_name: str | None = None
    country: str | None = None  # ISO 3166-1
    type: str | None = None  # Person, Group and so on
    genres: tuple[str, ...] = ()
    genres_source: Literal["wikidata", "musicbrainz"] | None = None


@dataclass(frozen=True)
class SongFacts:
    """A song's match; `match` is None where there is none, and `refused` says why.

    `artists` are MBID and name as credited, lead first; `length_ms` and `isrc` are None where recordings
    of the song differ. The id of `album`, on which it was first, is `mbid:<release group>`.
    """

    match: Way | None = None
    refused: str = ""
    recording: str | None = None
    length_ms: int | None = None
    isrc: str | None = None
    album: Album | None = None
    artists: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class OpenFacts:
    """What is known: songs by song key, artists by MBID; `damaged` are the files that weren't read."""

    songs: dict[str, SongFacts] = field(default_factory=dict)
    artists: dict[str, ArtistFacts] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


def read_open_facts(storage: Storage) -> OpenFacts:
    """Return what is known of songs and artists.

    It depends on what is stored alone, not on settings: an artist's genres are MusicBrainz' where any
    are, else Wikidata's. Without the folder of MusicBrainz' genres, all are Wikidata's.
    """
    known = read_known(storage)
    songs = {key: _song(match, known) for key, match in known.found["matches"].items()}
    ids = sorted({mbid for song in songs.values() for mbid, _ in song.artists})
    names = {mbid: name for song in songs.values() for mbid, name in song.artists}
    artists = {one: _artist(one, names[one], known) for one in ids}
    return OpenFacts(songs, artists, known.damaged)


def _song(match: Match, known: Known) -> SongFacts:
    recordings: list[Recording] = [
        recording
        for one in (match.recording, *match.others)
        if one and (recording := known.found["recordings"].get(one))
    ]
    if not recordings:
        return SongFacts(refused=match.refused)
    best = recordings[0]
    lengths = [one.length for one in recordings if one.length and SHORTEST <= one.length <= LONGEST]
    isrcs = {isrc for one in recordings for isrc in one.isrcs or ()}
    return SongFacts(
        match=match.way,
        recording=best.id,
        length_ms=lengths[0] if lengths and max(lengths) - min(lengths) <= SAME_LENGTH else None,
        isrc=isrcs.pop() if len(isrcs) == 1 else None,
        album=_album(recordings, match.first_week),
        artists=tuple((c.artist.id, c.names[0] if c.names else "") for c in best.credits),
    )


def _album(recordings: Iterable[Recording], first_week: date) -> Album | None:
    """Return the earliest official album, EP or single that was out when the song first charted."""
    choices: list[tuple[bool, str, int, str, Album]] = []
    for release in (release for one in recordings for release in one.releases or ()):
        group, day = release.release_group, release.date
        if not group or not day or release.status != "Official" or group.primary_type not in TYPES:
            continue
        if not is_after(day, week_end(first_week)):
            album = Album(f"mbid:{group.id}", group.title or None, group.primary_type.lower(), day)
            is_second = not SECOND_CHOICE.isdisjoint(group.secondary_types or ())
            # A day is before its month, which may be any day of it.
            whole_day = day if len(day) == 10 else f"{day}-99"
            place = TYPES.index(group.primary_type)
            choices.append((is_second, whole_day, place, group.id, album))
    return min(choices, key=lambda choice: choice[:4])[4] if choices else None


def _artist(mbid: str, name: str, known: Known) -> ArtistFacts:
    artist: Artist = known.found["artists"].get(mbid) or Artist(mbid, name)
    counted = known.found["musicbrainz_genres"].get(mbid, ())
    genres = [one.name for one in sorted(counted, key=lambda one: (-one.count, one.name))]
    source: Literal["wikidata", "musicbrainz"] = "musicbrainz" if genres else "wikidata"
    # Wikidata's label is "pop music" for what Spotify and MusicBrainz call "pop".
    labels = (label.casefold() for label in known.found["genres"].get(mbid, ()))
    genres = genres or list(dict.fromkeys(label.removesuffix(" music") for label in labels))
    return ArtistFacts(
        mbid=mbid,
        name=artist.name or name,
        sort_name=artist.sort_name,
        country=artist.country,
        type=artist.type,
        genres=tuple(genres),
        genres_source=source if genres else None,
    )
