"""How many requests MusicBrainz and Wikidata get: `python -m benchmarks.open_data_requests`.

The first base of 2 charts over 104 weeks and a later week, against the tests' servers on a clock that
only sleeping moves, in runs of ten minutes, with a quarter of all requests shed at first. What the
figures mean is in the README beside this.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from spotify_assets.layout import DETAILS
from spotify_assets.open_data.look_up import look_up
from spotify_assets.open_data.matching import Song
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.fakes.open_data_server import FakeOpenData, serving

IDS, ARTISTS, A_WEEK = 4500, 1500, 40  # of 2 charts over 104 weeks; new ids of a later week
FIRST = date(2024, 11, 22)
KINDS = {
    "links": "/url?",
    "names": "recording?query=recording",
    "facts": "recording?query=rid",
    "artists": "/artist",
}


def main() -> None:
    """Count and report, with links to half of the songs and to none."""
    for is_linked in (True, False):
        count(is_linked)


def count(is_linked: bool) -> None:
    """Count requests where MusicBrainz knows the link of every second song, or of none."""
    fake = FakeOpenData(shed=0.25)
    songs = [made_up(fake, n, is_linked) for n in range((IDS + A_WEEK) * 3 // 4)]
    with tempfile.TemporaryDirectory() as folder, serving(fake):
        storage = FolderStorage(Path(folder) / "base")
        for what, some in (("first base", songs[: IDS * 3 // 4]), ("a later week", songs)):
            fake.asked.clear()
            began, runs, waiting = fake.clock(), 0, 1
            while waiting:
                outcome = look_up(storage, some, fake.access(), locks=Path(folder))
                runs, waiting = runs + 1, len(outcome.stopped)
            _report(
                f"{what}, {'half' if is_linked else 'none'} linked",
                fake,
                runs,
                fake.clock() - began,
            )
        files = list(storage.files(DETAILS))
        size = sum(file.size for file in files) / 1e6
        sys.stdout.write(f"stored in {len(files)} files of {size:.1f} MB together\n")


def made_up(fake: FakeOpenData, n: int, is_linked: bool) -> Song:
    """Return a song that MusicBrainz has; every third has two Spotify ids."""
    title, artist = f"Made Up Song {n} x", f"Made Up Artist {n % ARTISTS}"
    ids = tuple(f"{n:021}{copy}" for copy in range(1 + (n % 3 == 0)))
    fake.add(title, [artist], links=ids if is_linked and n % 2 else [])
    week = FIRST + timedelta(weeks=n * 104 // IDS)
    return Song(f"{title} | {artist}", title, artist, (week,), ids)


def _report(what: str, fake: FakeOpenData, runs: int, took: timedelta) -> None:
    done = Counter(
        next((kind for kind, part in KINDS.items() if part in f"{a.path}?{a.query}"), "Wikidata")
        for a in fake.asked
        if a.is_true
    )
    by_kind = ", ".join(f"{done[kind]:,} {kind}" for kind in (*KINDS, "Wikidata"))
    shed = len(fake.asked) - done.total()
    minutes = took.total_seconds() / 60
    sys.stdout.write(
        f"{what}: {done.total():,} requests ({by_kind}) and {shed:,} shed, in {runs} runs, "
        f"{minutes:.1f} min; twice: {len(fake.asked_twice())}, too fast: {fake.too_fast}\n"
    )


if __name__ == "__main__":
    main()
