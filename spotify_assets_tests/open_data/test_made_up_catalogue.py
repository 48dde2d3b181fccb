"""Real titles and artists, in a made-up MusicBrainz full of what is easily taken for them.

`python -m benchmarks.matching` does the same with all songs, and counts by rule.
"""

from __future__ import annotations

import pytest

from benchmarks.matching import matched
from spotify_assets_tests.made_up_catalogue import build, real_songs
from spotify_assets_tests.real_data import needs_real_data


@needs_real_data
@pytest.mark.parametrize("has_links", [True, False])
def test_hardly_any_match_is_wrong_and_nearly_all_songs_are_found(has_links: bool) -> None:
    songs = real_songs()[::10]
    catalogue = build(songs, seed=4)
    if not has_links:
        catalogue.server.links.clear()
    found = matched(catalogue, songs).songs
    matches = {key: song.recording for key, song in found.items()}
    wrong = [found[key].match for key in catalogue.wrong(matches)]
    assert "link" not in wrong
    assert len(wrong) <= len(songs) / 200
    assert catalogue.recall(matches) > 0.9
    assert not catalogue.server.too_fast
    assert not catalogue.server.asked_twice()
