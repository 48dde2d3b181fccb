"""Which week a chart shows that Spotify gives: told by its date, its snapshot and earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spotify_assets.settings import load_settings
from spotify_assets.spotify.access import SpotifyAccess
from spotify_assets.spotify.snapshots import LiveCharts, fetch_charts
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, changed
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, serving
from spotify_assets_tests.fixed_clock import fixed_clock
from spotify_assets_tests.spotify_world import PLAYLISTS

WEEK = date(2026, 11, 13)  # it closed at midnight
NORWAY = PLAYLISTS["norway"]
UNKNOWN = "1970-01-01T00:00:00Z"
SONGS = ["Fjordlys", "Midnight Ferry"]


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with serving(FakeSpotify()) as server:
        for playlist_id in PLAYLISTS.values():
            server.add_chart(playlist_id, SONGS, raw_samples.added_at(WEEK), snapshot_id="new")
        yield server


def archive(storage: FolderStorage, week: date, songs: list[str], **more: Any) -> None:
    """Norway's chart as it was had in an earlier week."""
    document = raw_samples.playlist(raw_samples.rows(week, songs), **more)
    storage.write(f"raw/processed/week={week}/norway.playlist.json", raw_samples.as_json(document))


def fetch(spotify: FakeSpotify, storage: FolderStorage, **environment: str) -> LiveCharts:
    settings = load_settings(spotify.environment | environment)
    client = SpotifyAccess(settings.spotify, fixed_clock, lambda _: None).connect()
    return fetch_charts(client, storage, settings.charts.charts, settings.charts, WEEK)


def had(live: LiveCharts) -> set[str]:
    return {snapshot.name.chart for snapshot in live.fetched}


def test_a_chart_without_dates_that_differs_from_an_older_one_may_be_last_weeks(
    spotify: FakeSpotify, storage: FolderStorage
) -> None:
    archive(storage, WEEK - ONE_WEEK * 2, ["Another"])
    spotify.add_chart(NORWAY, SONGS, UNKNOWN, snapshot_id="new")
    live = fetch(spotify, storage)
    assert had(live) == {"global"}
    assert "So soon after the end of 2026-11-13 it may be that one" in live.not_had["norway"]


@pytest.mark.parametrize(("weeks_back", "charts"), [(4, {"global"}), (5, {"global", "norway"})])
def test_a_snapshot_of_the_last_four_weeks_is_known_again(
    spotify: FakeSpotify, storage: FolderStorage, weeks_back: int, charts: set[str]
) -> None:
    archive(storage, WEEK - ONE_WEEK * weeks_back, SONGS, snapshot_id="new")
    assert had(fetch(spotify, storage)) == charts


def test_a_chart_that_was_refreshed_without_any_change_is_stored(
    spotify: FakeSpotify, storage: FolderStorage
) -> None:
    archive(storage, WEEK - ONE_WEEK, SONGS, snapshot_id="old")
    assert had(fetch(spotify, storage)) == {"global", "norway"}


def test_charts_without_snapshot_ids_are_told_apart_by_their_dates(
    spotify: FakeSpotify, storage: FolderStorage
) -> None:
    archive(storage, WEEK - ONE_WEEK, ["Another"], snapshot_id=None)
    without = changed(lambda document: document | {"snapshot_id": None})
    spotify.faults.append(at(NORWAY, without, times=FOREVER))
    assert had(fetch(spotify, storage)) == {"global", "norway"}


def test_a_chart_without_playlist_says_so_and_keeps_back_no_other(
    spotify: FakeSpotify, storage: FolderStorage, tmp_path: Path
) -> None:
    charts = tmp_path / "charts.toml"
    charts.write_text(
        '[[charts]]\nslug = "norway"\ncountry = "no"\n\n'
        f'[[charts]]\nslug = "global"\nplaylist_id = "{PLAYLISTS["global"]}"\n'
    )
    live = fetch(spotify, storage, SPOTIFY_ASSETS_CHARTS_FILE=str(charts))
    assert had(live) == {"global"}
    assert live.not_had["norway"].startswith(f"norway has no playlist_id in {charts}")
    assert "charts.spotify.com" in live.not_had["norway"]


def test_pages_that_never_end_are_given_up(spotify: FakeSpotify, storage: FolderStorage) -> None:
    def one_row(page: dict[str, Any]) -> dict[str, Any]:
        following = (
            f"{spotify.api_url}playlists/{NORWAY}/tracks?offset={page['offset'] + 1}&limit=1"
        )
        row = raw_samples.row(raw_samples.track("Fjordlys"))
        rows = [row] if page["offset"] < 500 else []
        return page | {"items": rows, "next": following, "total": 500}

    spotify.add_chart(NORWAY, [str(n) for n in range(120)], raw_samples.added_at(WEEK))
    spotify.faults.append(at(f"{NORWAY}/tracks", changed(one_row), times=FOREVER))
    live = fetch(spotify, storage)
    assert had(live) == {"global"}
    assert "lead nowhere" in live.not_had["norway"]
    # Twice, since pages that don't make up one playlist are had once more.
    assert len(spotify.paths(f"playlists/{NORWAY}")) <= 2 * 221


def test_a_playlist_is_asked_for_with_its_episodes(
    spotify: FakeSpotify, storage: FolderStorage
) -> None:
    fetch(spotify, storage)
    asked = [one.query for one in spotify.asked if "playlists" in one.path]
    assert [query.get("additional_types") for query in asked] == ["track,episode"] * 2
