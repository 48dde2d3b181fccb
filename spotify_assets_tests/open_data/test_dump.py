"""The canonical dump of MusicBrainz: made up, but packed as the real one is."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from spotify_assets_tests.open_data.world import World, small_world, song

HEADER = (
    "id,artist_credit_id,artist_mbids,artist_credit_name,release_mbid,release_name,recording_mbid,"
    "recording_name,combined_lookup,score"
)


@pytest.fixture
def world() -> Iterator[World]:
    with small_world() as world:
        yield world


def dump(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    """Write a dump of rows: artist, recording's id, title."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(HEADER.split(","))
    for n, (artist, mbid, title) in enumerate(rows):
        lines.writerow([n, n, mbid, artist, mbid, "An Album", mbid, title, "lookup", 1000 + n])
    content = text.getvalue().encode()
    with (
        pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        for name, body in (
            ("musicbrainz-canonical-dump/COPYING", b"CC0"),
            ("musicbrainz-canonical-dump/canonical/canonical_musicbrainz_data.csv", content),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return path


def whole(world: World) -> list[tuple[str, str, str]]:
    """The rows of all that the server has."""
    return [
        (" & ".join(part["name"] for part in one["artist-credit"]), mbid, one["title"])
        for mbid, one in world.fake.recordings.items()
    ]


def test_names_are_looked_up_in_the_dump_and_judged_by_facts(world: World) -> None:
    world.fake.add('Say "Å" (Now)', ["Lía"])
    world.run([])
    path = dump(world.folder / "dump.tar.zst", whole(world))
    songs = [
        song("Mirror", "Lia"),  # a video and a live recording are beside it
        song("SAY “Å” (NOW) - Remastered 2011", "Lia"),
        song("Quiet Street", "Nobody There"),
        song("Fjordlys", "Ida Nord"),
    ]
    outcome = world.run(songs, dump=path)
    assert outcome.matched == {"names": 2, "link": 1}
    assert outcome.missed == {"unknown": 1}
    assert not world.fake.requests("query=recording")
    before = len(world.fake.asked)
    assert world.run(songs, dump=path).stopped == []
    assert len(world.fake.asked) == before


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_dump_that_cannot_be_read_is_named_and_the_rest_goes_on(
    world: World, damage: str
) -> None:
    path = dump(world.folder / "dump.tar.zst", whole(world) * 500)
    if damage == "empty":
        path = dump(path, [])
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"not a dump")
    outcome = world.run(dump=path)
    says = "has no canonical_musicbrainz" if damage == "empty" else "can't be read as MusicBrainz'"
    assert outcome.stopped[0].startswith(f"{path} {says}")
    assert outcome.matched == {"link": 3}
