"""Why charts of a week are missing: stored in its folder of the archive."""

from __future__ import annotations

import pytest

from spotify_assets.charts import Charts
from spotify_assets.raw.missing import missing_charts, note_missing, only_refused, why_missing
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.raw_samples import WEEK

KEY = f"raw/processed/week={WEEK}/missing.json"


def test_reasons_are_stored_until_nothing_is_missing(
    storage: FolderStorage, charts: Charts
) -> None:
    note_missing(storage, WEEK, {"norway": "Snø", "global": "404"}, {"global"})
    assert why_missing(storage, WEEK) == {"global": "404", "norway": "Snø"}
    assert not only_refused(storage, WEEK)
    storage.write(f"raw/processed/week={WEEK}/norway.legacy.csv", b"")
    assert [chart.slug for chart in missing_charts(storage, charts, WEEK)] == ["global"]
    held_back = {(WEEK, "norway"), (WEEK - ONE_WEEK, "global")}
    found = missing_charts(storage, charts, WEEK, held_back)
    assert [chart.slug for chart in found] == ["norway", "global"]
    note_missing(storage, WEEK, {"global": "404"}, {"global"})
    assert only_refused(storage, WEEK)
    note_missing(storage, WEEK, {})
    assert not storage.exists(KEY)
    assert why_missing(storage, WEEK) == {}
    assert not only_refused(storage, WEEK)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"reasons": 1, "refused": 2}'])
def test_a_damaged_note_says_nothing(storage: FolderStorage, content: bytes) -> None:
    storage.write(KEY, content)
    assert why_missing(storage, WEEK) == {}
    assert not only_refused(storage, WEEK)
