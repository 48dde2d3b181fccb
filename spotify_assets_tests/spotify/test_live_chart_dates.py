"""Whether a live playlist is this week's: its dates, its snapshot id, and last week's chart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spotify_assets.raw.missing import why_missing
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    drop_csv,
    failures,
    instance_in,
    materializations,
    warnings_of,
)
from spotify_assets_tests.fakes.spotify_faults import at
from spotify_assets_tests.fakes.spotify_server import (
    FakeSpotify,
    Handler,
    serving,
)
from spotify_assets_tests.spotify_world import PLAYLISTS, WEEK, World, settings_of

REFRESHED = raw_samples.added_at(WEEK)
SONGS = ["Fjordlys", "Midnight Ferry", "Snø i mai"]


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, instance_in(tmp_path / "dagster home") as instance:
        yield World(spotify, settings_of(spotify, base), instance)


def test_a_chart_that_is_not_refreshed_yet_is_no_failure_and_is_not_stored(world: World) -> None:
    for playlist_id in PLAYLISTS.values():
        world.spotify.add_chart(playlist_id, SONGS, raw_samples.added_at(WEEK - ONE_WEEK))
    result = world.run([WEEK])
    assert result.success
    assert world.archived() == []
    assert materializations(world.instance, "raw_playlist") == {}
    assert materializations(world.instance, "songs") == {}
    said = " ".join(warnings_of(world.instance, result.run_id))
    assert "hasn't refreshed norway for the week 2024-03-01 yet" in said
    assert "it did so last on 2024-03-01 09:41 UTC" in said


def test_one_chart_too_early_does_not_hide_that_the_other_is_refused(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, raw_samples.added_at(WEEK - ONE_WEEK))
    result = world.run([WEEK])
    assert not result.success
    (said,) = failures(result).values()
    assert "hasn't refreshed norway" in said
    assert "answered 404" in said


def test_a_week_that_closes_while_a_chart_is_had_is_not_given_it(world: World) -> None:
    def midnight(_: Handler) -> bool:
        world.now = datetime(2024, 3, 15, 0, 1, tzinfo=UTC)
        return False

    world.now = datetime(2024, 3, 14, 23, 59, tzinfo=UTC)
    drop_csv(world.storage, WEEK, country="global")
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    world.spotify.faults.append(at(PLAYLISTS["norway"], midnight))
    world.run([WEEK])
    assert world.archived() == ["global.chart.csv"]
    assert "is no longer the latest" in why_missing(world.storage, WEEK)["norway"]


def test_last_weeks_snapshot_id_gives_a_chart_away_whatever_its_date(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    drop_csv(world.storage, WEEK, country="global")
    world.run([WEEK])
    world.now += ONE_WEEK
    following = WEEK + ONE_WEEK
    drop_csv(world.storage, following, country="global")
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, raw_samples.added_at(following))
    assert world.run([following]).success
    assert world.archived(following) == ["global.chart.csv"]
    world.spotify.playlists[PLAYLISTS["norway"]].snapshot_id = "another"
    assert world.run([following]).success
    assert world.archived(following) == ["global.chart.csv", "norway.playlist.json"]


def test_a_chart_without_dates_counts_once_it_differs_or_a_day_has_passed(world: World) -> None:
    unknown = "1970-01-01T00:00:00Z"
    drop_csv(world.storage, WEEK, country="global")
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, unknown, snapshot_id="one")
    world.run([WEEK])
    assert world.archived() == ["global.chart.csv"]
    assert "doesn't say when it refreshed norway" in why_missing(world.storage, WEEK)["norway"]
    world.now += timedelta(days=1)
    world.run([WEEK])
    assert world.archived() == ["global.chart.csv", "norway.playlist.json"]
    world.now += timedelta(days=6)
    following = WEEK + ONE_WEEK
    drop_csv(world.storage, following, country="global")
    world.spotify.playlists[PLAYLISTS["norway"]].snapshot_id = "renamed, but the same songs"
    world.run([following])
    assert world.archived(following) == ["global.chart.csv"]
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS[::-1], unknown, snapshot_id="two")
    world.run([following])
    assert world.archived(following) == ["global.chart.csv", "norway.playlist.json"]


@pytest.mark.parametrize("weeks_back", [1, 8])
def test_an_older_week_is_never_asked_for_and_says_why(world: World, weeks_back: int) -> None:
    for playlist_id in PLAYLISTS.values():
        world.spotify.add_chart(playlist_id, SONGS, REFRESHED)
    older = WEEK - ONE_WEEK * weeks_back
    result = world.run([older])
    assert not result.success
    (said,) = failures(result).values()
    assert "Spotify only ever gives the latest closed week's charts" in said
    assert "charts.spotify.com" in said
    assert world.spotify.asked == []
    assert list(world.storage.files("raw/processed/")) == []


def test_in_a_range_only_the_latest_closed_week_is_asked_for(world: World) -> None:
    for playlist_id in PLAYLISTS.values():
        world.spotify.add_chart(playlist_id, SONGS, REFRESHED)
    drop_csv(world.storage, WEEK - ONE_WEEK * 2)
    result = world.run([WEEK - ONE_WEEK * 2, WEEK])
    assert result.success
    assert world.archived(WEEK) == ["global.playlist.json", "norway.playlist.json"]
    assert world.archived(WEEK - ONE_WEEK) == []


def test_a_chart_without_date_is_compared_with_last_weeks_chart_file(world: World) -> None:
    world.now += timedelta(days=1)
    drop_csv(world.storage, WEEK - ONE_WEEK, names=[*SONGS, "The fourth", "The fifth"])
    drop_csv(world.storage, WEEK, country="global")
    assert world.run([WEEK - ONE_WEEK]).success
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, "1970-01-01T00:00:00Z")
    assert world.run([WEEK]).success
    assert world.archived() == ["global.chart.csv"]
    assert "the same as the chart of 2024-02-23" in why_missing(world.storage, WEEK)["norway"]


def test_a_long_playlist_without_snapshot_id_is_stored(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], [f"Song {n}" for n in range(120)], REFRESHED)
    world.spotify.playlists[PLAYLISTS["norway"]].snapshot_id = ""
    assert world.run([WEEK]).success
    assert world.archived() == ["norway.playlist.json"]
