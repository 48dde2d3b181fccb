"""A small world of open data: songs of a chart, what MusicBrainz has of them, and runs over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spotify_assets.open_data.facts import OpenFacts, read_open_facts
from spotify_assets.open_data.look_up import Outcome, look_up
from spotify_assets.open_data.matching import Song
from spotify_assets.storage import FolderStorage
from spotify_assets.web import TimeLimits
from spotify_assets_tests.fakes.open_data_server import FakeOpenData, serving
from spotify_assets_tests.fixed_clock import NOW

WEEK = date(2026, 11, 13)
LINKED = {"Fjordlys": "Ida Nord", "Havblikk": "Ola Sund", "Nattog": "Ida Nord"}
NAMED = {"Mirror": "Lia", "Dough": "Rex, The Baker", "Northern Road": "Old Band"}


def link(text: str) -> str:
    """Return a Spotify id that is always the same for the same text."""
    return text.replace(" ", "").ljust(22, "0")


def song(title: str, artists: str, *weeks: date, **more: Any) -> Song:
    return Song(f"{title} | {artists}", title, artists, weeks or (WEEK,), (link(title),), **more)


SONGS = [
    *(song(title, artist) for title, artist in {**LINKED, **NAMED}.items()),
    song("Mirror - Remix", "Lia"),  # only Mirror is there
    song("Snow Home", "Lia, Nils Fjord"),  # its link is a slip, and it isn't there
    song("Quiet Street", "Nobody There"),
]


@dataclass
class World:
    """A server, a base beside it, and runs."""

    fake: FakeOpenData
    folder: Path
    limits: TimeLimits = field(default_factory=lambda: TimeLimits(2, 1, 2))

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(self.folder / "base")

    def run(self, songs: list[Song] | None = None, **access: Any) -> Outcome:
        return look_up(
            self.storage,
            SONGS if songs is None else songs,
            self.fake.access(**access),
            locks=self.folder,
            limits=self.limits,
        )

    def wait(self, **time: float) -> None:
        self.fake.clock.sleep(timedelta(**time).total_seconds())

    def facts(self) -> OpenFacts:
        return read_open_facts(self.storage)

    def matches(self) -> dict[str, str | None]:
        """The way in which each song was matched, or why it wasn't."""
        return {key: song.match or song.refused for key, song in self.facts().songs.items()}

    def files(self) -> list[str]:
        return [file.key for file in self.storage.files("raw/details/")]


def fill(fake: FakeOpenData) -> None:
    """Add what MusicBrainz and Wikidata have of the songs."""
    for title, artist in LINKED.items():
        fake.add(title, [artist], links=[link(title)])
    for title, artist in NAMED.items():
        fake.add(title, [artist])
    fake.add("Mirror", ["Lia"], video=True)
    fake.add("Mirror", ["Lia"], disambiguation="live, Oslo")
    fake.add("Snow Home", ["Cover Collective"], links=[link("Snow Home")])
    for mbid, artist in fake.artists.items():
        fake.wikidata[mbid] = [f"{artist['name']} sound", "pop music"]
        fake.artists[mbid]["genres"] = [{"name": "pop", "count": 2}, {"name": "test", "count": 0}]


@contextmanager
def small_world() -> Iterator[World]:
    with TemporaryDirectory() as folder, serving(FakeOpenData()) as fake:
        fill(fake)
        fake.clock.now = NOW
        yield World(fake, Path(folder))
