"""`spotify-assets details --song`, and `doctor` on open data: why a song has its match, or none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import OPEN_DATA
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.store import write_week
from spotify_assets_tests.chart_frames import friday, song
from spotify_assets_tests.commands import cli
from spotify_assets_tests.fakes.open_data_server import CONTACT
from spotify_assets_tests.open_data.world import SONGS, link, small_world
from spotify_assets_tests.stored_samples import table_of


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base whose songs were asked for, and one that wasn't."""
    base = tmp_path_factory.mktemp("asked")
    storage = FolderStorage(base)
    rows = [
        song(0, rank, one.title, song_id=one.ids[0], artist_names=one.artists, song_key=one.key)
        for rank, one in enumerate(SONGS, 1)
    ]
    rows.append(song(0, 99, "Unasked", song_id=link("Unasked")))
    write_week(storage, "songs", friday(0), table_of("songs", rows))
    with small_world() as world:
        world.run()
        for key, content in world.storage.read_many(world.files()):
            storage.write(key, content)
    return base


@pytest.mark.parametrize(
    ("title", "says"),
    [
        (
            "Fjordlys",
            ("MusicBrainz links it to the song's Spotify id", "album: Fjordlys, 2010-05-07"),
        ),
        (
            "Dough",
            (
                "title, version and artists agree",
                "artist: Rex, The Baker (Person; NO; rex, the baker sound, pop)",
            ),
        ),
        ("Mirror - Remix", ("It has no match: candidates are another version", "Mirror by Lia")),
        ("Quiet Street", ("It has no match: MusicBrainz has no candidate",)),
        ("Unasked", ("Nothing is known: SPOTIFY_ASSETS_CONTACT isn't set",)),
    ],
)
def test_details_say_why_a_song_has_its_match_or_none(
    asked: Path, title: str, says: tuple[str, ...]
) -> None:
    ended = cli(asked, "details", "--song", f"https://open.spotify.com/track/{link(title)}?si=x")
    assert ended.exit_code == 0
    assert ended.stdout.startswith(f"{title} by ")
    for said in says:
        assert said in ended.stdout


def test_of_the_demo_it_says_that_ids_are_made_up(asked: Path, tmp_path: Path) -> None:
    demo = shutil.copytree(asked, tmp_path / "demo")
    mark_demo(FolderStorage(demo), friday(0), friday(0))
    assert "This is the demo" in cli(demo, "details", "--song", link("Fjordlys")).stdout
    assert "This is the demo" not in cli(asked, "details", "--song", link("Fjordlys")).stdout


def test_a_song_that_no_chart_has_is_named(asked: Path) -> None:
    ended = cli(asked, "details", "--song", "x" * 22)
    assert (ended.exit_code, "no stored chart has a song" in ended.stderr) == (2, True)


def test_doctor_says_what_is_known_from_where(asked: Path) -> None:
    said = cli(asked, "doctor", SPOTIFY_ASSETS_CONTACT=CONTACT).stdout
    for line in (
        "ok    open data    10 songs: 3 by link, 3 by names",
        "note  open data    songs that weren't asked yet: 1",
        "ok    not found    1: candidates are another version: live, remix, edit and the like",
        "ok    open data    5 artists; genres of 5 from Wikidata",
    ):
        assert line in said
    assert "CONTACT isn't set" in cli(asked, "doctor").stdout
    FolderStorage(asked).write(f"{OPEN_DATA}no-weeks.0123456789abcdef.jsonl", b"{")
    said = cli(asked, "doctor").stdout
    assert (
        "FIX   open data    raw/details/open_data/no-weeks.0123456789abcdef.jsonl: It was" in said
    )
