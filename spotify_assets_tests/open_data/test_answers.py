"""The shapes that answers are read in, against answers of the real servers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from spotify_assets.open_data.answers import Artist, ArtistGenres, Links, Recording, Recordings
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data


def read(name: str, shape: Any) -> Any:
    path = REAL_DATA / "open_metadata" / "musicbrainz" / f"{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=shape, strict=False)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("constructed_url_by_resource_spotify_tracks", Links),
        ("mbs_url_by_resource_multi_hit", Links),
        ("mbs_url_by_resource_multi_none", Links),
        ("credits_spot_recording_search", Recordings),
        ("mbs_recording_releases_release_groups_artists", Recording),
        ("picard_recording", Recording),
        ("picard_recording_video", Recording),
        ("mbs_artist_all_null", Artist),
        ("mbs_artist_tags_genres_ratings", ArtistGenres),
    ],
)
def test_real_answers_are_read(name: str, shape: Any) -> None:
    read(name, shape)


def test_a_real_recording_has_what_the_tables_take() -> None:
    found = read("credits_spot_recording_search", Recordings).recordings[0]
    assert (found.length, found.isrcs) == (331026, ["JPPI00152140"])
    assert found.first_release == "2001-11-22"
    assert "Erie" in found.credits[0].names
    assert found.releases
    assert found.releases[0].release_group
