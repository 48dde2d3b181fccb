"""The made-up genres, artists, albums and songs, and the studio that makes them; nobody here exists.

Their names are made of the words in `words.toml`; how the songs do is in `charts`.
"""

from __future__ import annotations

import math
import random
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import chain, count
from typing import Any, NamedTuple

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Genre(NamedTuple):
    """A genre: its home chart, its artists, and its share of new songs from first to last week."""

    name: str
    wider: str
    chart: str
    names: str
    artists: int
    share: tuple[float, float]
    summer: float
    explicit: float
    recorded_in: str


GENRES = (
    Genre("norwegian pop", "scandipop", "norway", "norwegian", 24, (5.0, 3.6), 0.0, 0.08, "NO"),
    Genre("norwegian hip hop", "rap", "norway", "norwegian", 14, (2.2, 2.6), 0.5, 0.55, "NO"),
    Genre("norwegian indie", "indie pop", "norway", "norwegian", 9, (0.9, 1.7), 0.0, 0.1, "NO"),
    Genre("russelåter", "edm", "norway", "norwegian", 6, (0.7, 0.5), 1.2, 0.4, "NO"),
    Genre("visesang", "folk", "norway", "norwegian", 5, (0.4, 0.9), 0.0, 0.0, "NO"),
    Genre("pop", "dance pop", "global", "band", 22, (3.4, 2.8), 0.2, 0.2, "US"),
    Genre("hip hop", "rap", "global", "solo", 18, (3.2, 1.8), 0.0, 0.75, "US"),
    Genre("dance pop", "edm", "global", "band", 10, (1.1, 1.0), 0.9, 0.08, "GB"),
    Genre("k-pop", "pop", "global", "k-pop", 7, (0.8, 1.3), 0.0, 0.0, "KR"),
    Genre("reggaeton", "urbano latino", "global", "latin", 10, (1.2, 1.4), 0.8, 0.4, "ES"),
    Genre("afrobeats", "afropop", "global", "afro", 6, (0.4, 1.1), 0.3, 0.15, "NG"),
    Genre("country", "country pop", "global", "solo", 8, (0.5, 1.4), 0.3, 0.1, "US"),
    Genre("indie pop", "bedroom pop", "global", "band", 9, (0.8, 1.2), 0.0, 0.15, "GB"),
)


class Artist(NamedTuple):
    """An artist; `followers` is the number in the first week."""

    id: str
    name: str
    genre: Genre
    genres: tuple[str, ...]
    popularity: int
    followers: int
    label: str


class Album(NamedTuple):
    """An album, compilation or single; `released` is a day, a month or a year."""

    id: str
    name: str
    kind: str
    released: str
    tracks: int
    artists: tuple[Artist, ...]
    cover: str


class Pressing(NamedTuple):
    """The form in which a song is played from a week on: its id, and its place on an album."""

    since: date
    id: str
    album: Album
    number: int


@dataclass(eq=False)
class Song:
    """A song; `pressings` is more than one when the single has moved to an album."""

    name: str
    artists: tuple[Artist, ...]
    duration_ms: int
    explicit: bool
    isrc: str
    pressings: list[Pressing]

    def pressing(self, week: date) -> Pressing:
        """Return the form in which it is played in that week."""
        return [p for p in self.pressings if p.since <= week or p is self.pressings[0]][-1]


def spotify_id(rng: random.Random) -> str:
    """Return an id like Spotify's; 22 characters, so that no two are the same."""
    return "".join(rng.choices(BASE62, k=22))


def artist_name(rng: random.Random, names: str) -> str:
    """Return a name for an artist of the kind that a genre calls `names`."""
    if names == "norwegian" and rng.random() < 0.3:
        return str(rng.choice(WORDS["norwegian_bands"]))
    return f"{rng.choice(WORDS['first_names'][names])} {rng.choice(WORDS['last_names'][names])}".strip()


def song_title(rng: random.Random, names: str) -> str:
    """Return a title for a song by an artist of that kind."""
    roll, forms = rng.random(), WORDS["title_forms"]
    lists = next(of for limit, of in [*forms.get(names, ()), *forms["any"]] if roll < limit)
    return " ".join(rng.choice(WORDS["titles"][name]) for name in lists.split())


class Studio:
    """Where songs are made: knows the artists, and the titles that are taken."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: set[tuple[str, str]] = set()
        self.titles: set[str] = set()
        self.signed: set[str] = set()
        self.words: Counter[str] = Counter()
        self.odd_titles = {chart: list(titles) for chart, titles in WORDS["odd_titles"].items()}
        self.rosters = {genre.name: self._roster(genre) for genre in GENRES}

    def artist(self, chart: str, week: date, progress: float) -> Artist:
        """Return an artist for a new song: genres have seasons, and drift as `progress` goes to 1."""
        genres = [genre for genre in GENRES if genre.chart == chart]
        summer = max(0.0, math.cos((week.timetuple().tm_yday - 175) / 58))
        drifts = [g.share[0] + (g.share[1] - g.share[0]) * progress for g in genres]
        shares = [drift + g.summer * summer for drift, g in zip(drifts, genres, strict=True)]
        roster = self.rosters[self.rng.choices(genres, shares)[0].name]
        fame = [1 / (place + 4) for place in range(len(roster))]
        return self.rng.choices(roster, fame)[0]

    def album(
        self, artists: tuple[Artist, ...], name: str, released: str, kind: str = "single"
    ) -> Album:
        """Return a release."""
        tracks = 1 if kind == "single" else self.rng.randint(9, 17)
        cover = f"{self.rng.getrandbits(96):024x}"
        return Album(spotify_id(self.rng), name, kind, released, tracks, artists, cover)

    def song(
        self, artist: Artist, released: str, length: float, album: Album | None = None,
        name: str = "", number: int = 1,
    ) -> Song:  # fmt: skip
        """Return a song by that artist, of about `length` seconds; a single, unless given an album."""
        rng, genre = self.rng, artist.genre
        everybody = chain.from_iterable(self.rosters.values())
        others = [a for a in everybody if a.genre.chart == genre.chart and a is not artist]
        guests = rng.sample(others, rng.choices((0, 1, 2), (75, 20, 5))[0])
        name = name or self.title(artist)
        credit = " & ".join(guest.name for guest in guests)
        full_name = f"{name} (feat. {credit})" if credit and rng.random() < 0.6 else name
        album = album or self.album((artist,), full_name, released)
        code = "".join(rng.choices(BASE62[10:36], k=3))
        recorded_in = genre.recorded_in if rng.random() < 0.9 else "SE"
        return Song(
            name=full_name,
            artists=(artist, *guests),
            duration_ms=round(1000 * max(95.0, rng.gauss(length, 21))),
            explicit=rng.random() < genre.explicit,
            isrc=f"{recorded_in}{code}{released[2:4]}{rng.randrange(100_000):05}",
            pressings=[Pressing(date.min, spotify_id(rng), album, number)],
        )

    def title(self, artist: Artist) -> str:
        """Return a title that the artist hasn't used yet, and as a rule nobody else either."""
        for attempt in count():
            name = song_title(self.rng, artist.genre.names)
            if (artist.name, name) not in self.taken and (attempt > 20 or name not in self.titles):
                break
        self.taken.add((artist.name, name))
        self.titles.add(name)
        return name

    def _name(self, genre: Genre) -> str:
        while True:
            name = artist_name(self.rng, genre.names)
            if name not in self.signed and all(self.words[word] < 3 for word in name.split()):
                self.words.update(name.split())
                return name

    def _roster(self, genre: Genre) -> list[Artist]:
        rng, roster = self.rng, list[Artist]()
        reach, best = (40, 76) if genre.chart == "global" else (1, 60)
        for place in range(genre.artists):
            name = (WORDS["odd_artists"].get(genre.name) if place == 1 else "") or self._name(genre)
            self.signed.add(name)
            genres = (genre.name, genre.wider) if rng.random() < 0.6 else (genre.name,)
            roster.append(
                Artist(
                    id=spotify_id(rng),
                    name=name,
                    genre=genre,
                    genres=() if len(self.signed) % 14 == 0 else genres,
                    popularity=best + rng.randrange(18) - place // 2,
                    followers=int(reach * rng.uniform(150_000, 700_000) / (place + 2)),
                    label=rng.choice(WORDS["labels"][genre.chart]),
                )
            )
        return roster
