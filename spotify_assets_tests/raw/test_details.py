"""Files of details: what is stored, read again, and of two objects the one that counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import DETAILS
from spotify_assets.raw.details import read_details, store_details
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEKS = [date(2026, 11, 13), date(2026, 10, 30)]
TRACK: dict[str, Any] = raw_samples.track("Fjordlys", available_markets=["NO"])
ID = TRACK["id"]


def store(storage: FolderStorage, name: str = "Fjordlys", now: datetime = NOW) -> str:
    store_details(storage, "tracks", [(ID, TRACK | {"name": name}), ("b" * 22, None)], WEEKS, now)
    return next(file.key for file in storage.files(f"{DETAILS}tracks/"))


def test_a_file_is_named_by_its_weeks_and_digest_and_read_again(storage: FolderStorage) -> None:
    key = store(storage)
    digest = sha256(storage.read(key)).hexdigest()[:16]
    assert key == f"raw/details/tracks/2026-10-30_2026-11-13.{digest}.jsonl"
    tracks = read_details(storage).tracks
    assert tracks["b" * 22] is None
    assert tracks[ID].duration_ms == 200_000  # type: ignore[union-attr]
    store_details(storage, "albums", [("c" * 22, {"name": "Fjord \ud83d"})], WEEKS, NOW)
    assert read_details(storage).albums["c" * 22].name == "Fjord ?"  # type: ignore[union-attr]


def test_of_two_objects_the_one_fetched_first_counts(storage: FolderStorage) -> None:
    store(storage, "Later", NOW + timedelta(days=1))
    store_details(storage, "tracks", [(ID, TRACK | {"name": "First"})], [date(2027, 1, 1)], NOW)
    assert read_details(storage).tracks[ID].name == "First"  # type: ignore[union-attr]


def test_long_lists_and_figures_of_the_day_are_left_out(storage: FolderStorage) -> None:
    assert b"available_markets" not in storage.read(store(storage))
    assert read_details(storage).tracks[ID].popularity is None  # type: ignore[union-attr]
    artist = {"id": "a" * 22, "genres": ["pop"], "popularity": 50, "followers": {"total": 9}}
    store_details(storage, "artists", [("a" * 22, artist)], WEEKS, NOW)
    found = read_details(storage).artists["a" * 22]
    assert found
    assert (found.genres, found.popularity, found.followers) == (["pop"], None, None)


@pytest.mark.parametrize(
    "damage", [lambda c: c[:40], lambda c: c.replace(b"Fjordlys", b"Fjordlyz")]
)
def test_a_damaged_file_is_named_with_the_remedy(storage: FolderStorage, damage: Any) -> None:
    key = store(storage)
    storage.write(key, damage(storage.read(key)))
    remedy = f"{key}: It was changed: .* Delete the file; its ids are looked up again"
    with pytest.raises(UnreadableRawFile, match=remedy):
        read_details(storage)
