"""The pace of requests, shared by all that ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from spotify_assets.open_data.answers import Recordings
from spotify_assets.open_data.gate import Source, Stopped
from spotify_assets_tests.fakes.open_data_server import CONTACT, FakeOpenData, serving


@pytest.fixture
def fake() -> Iterator[FakeOpenData]:
    with serving(FakeOpenData()) as fake:
        yield fake


def source(fake: FakeOpenData, locks: Path, contact: str = CONTACT) -> Source:
    access = fake.access(contact=contact)
    deadline = fake.clock() + timedelta(hours=1)
    return Source("MusicBrainz", access.musicbrainz_url, access, deadline, locks)


def ask(one: Source, n: int) -> Recordings | None:
    query = {"query": f"isrc:(NOABC17000{n:02})", "fmt": "json"}
    return one.ask("recording", Recordings, query)


def test_two_that_ask_at_once_take_turns_and_keep_one_pace(
    fake: FakeOpenData, tmp_path: Path
) -> None:
    sources = [source(fake, tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: ask(sources[n % 4], n), range(16)))
    assert len(fake.asked) == 16
    assert not fake.too_fast
    assert fake.shortest_gap() > 1.0999


def test_a_clock_that_was_set_back_costs_one_pause(fake: FakeOpenData, tmp_path: Path) -> None:
    ask(source(fake, tmp_path), 1)
    fake.clock.now -= timedelta(days=1)
    before = fake.clock()
    ask(source(fake, tmp_path), 2)
    assert (fake.clock() - before).total_seconds() == pytest.approx(1.1)


def test_a_contact_is_in_every_request(fake: FakeOpenData, tmp_path: Path) -> None:
    ask(source(fake, tmp_path), 1)
    with pytest.raises(Stopped, match="refuses requests of this program"):
        ask(source(fake, tmp_path, contact=""), 2)


def test_a_blocked_program_stops_after_three_dropped_connections(
    fake: FakeOpenData, tmp_path: Path
) -> None:
    fake.drop_connections = True
    one = source(fake, tmp_path)
    for _ in range(2):
        with pytest.raises(
            Stopped, match=r"may have blocked this program: set SPOTIFY_ASSETS_CONTACT"
        ):
            ask(one, 1)
    assert len(fake.asked) == 3


def test_a_folder_for_locks_that_cannot_be_used_stops_and_says_so(
    fake: FakeOpenData, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Stopped, match=rf"spotify-assets-{os.getuid()} can't be used .* set TMPDIR"):
        ask(source(fake, tmp_path / "file"), 1)
