"""How well songs are matched: `python -m benchmarks.matching`.

The titles and artists of the real chart files, against a made-up MusicBrainz with all that is easily
taken for them, over HTTP; once with Spotify links and once by names alone. Needs the real files beside
this folder.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from spotify_assets.open_data.facts import OpenFacts, read_open_facts
from spotify_assets.open_data.look_up import look_up
from spotify_assets.open_data.matching import Song
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.fakes.open_data_server import serving
from spotify_assets_tests.made_up_catalogue import Catalogue, build, real_songs


def main() -> None:
    """Match and report."""
    songs = real_songs()
    for by in ("links and names", "names alone"):
        catalogue = build(songs)
        if by == "names alone":
            catalogue.server.links.clear()
        _report(by, catalogue, matched(catalogue, songs))


def matched(catalogue: Catalogue, songs: list[Song]) -> OpenFacts:
    """Return what is known of the songs after one run without limit of time."""
    fake = catalogue.server
    with tempfile.TemporaryDirectory() as folder, serving(fake):
        storage = FolderStorage(Path(folder) / "base")
        look_up(storage, songs, fake.access(seconds=1e6), locks=Path(folder))
        return read_open_facts(storage)


def _report(by: str, catalogue: Catalogue, facts: OpenFacts) -> None:
    matches = {key: song.recording for key, song in facts.songs.items()}
    wrong = set(catalogue.wrong(matches))
    lines = [f"{len(matches):,} songs by {by}: recall {catalogue.recall(matches):.1%}"]
    for way, count in Counter(song.match for song in facts.songs.values() if song.match).items():
        bad = sum(facts.songs[key].match == way for key in wrong)
        lines.append(f"  matched by {way}: {count:,}, of them wrong: {bad} ({bad / count:.2%})")
    refused = {key: song.refused for key, song in facts.songs.items() if song.refused}
    for rule, count in Counter(refused.values()).most_common():
        lost = sum(why == rule and bool(catalogue.truth[key]) for key, why in refused.items())
        lines.append(f"  refused, {rule}: {count:,}, of them truly there: {lost}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
