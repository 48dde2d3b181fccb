"""The schedule, tick by tick: what is stale, and what Spotify has. Whole years: `test_to_fetch`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.definitions import build_definitions
from spotify_assets.defs.run_tags import RANGE_END, RANGE_START, other_weeks
from spotify_assets.demo.marker import mark_demo
from spotify_assets.errors import SettingsError
from spotify_assets.layout import (
    ARCHIVE,
    CHECKS_PAGE,
    DASHBOARD,
    IDENTITIES,
    INBOX,
    TABLE_FILES,
    RawName,
    table_key,
)
from spotify_assets.raw.file_names import week_in_name
from spotify_assets.settings import Settings, load_settings
from spotify_assets.tables import schemas
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.stale import are_reports_stale, stale_weeks
from spotify_assets.tables.store import read_week, stored_weeks, write_week
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, weeks_between
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import WEEKS, digests, drop_csv, failures, instance_in
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, serving
from spotify_assets_tests.killed_runs import kill_a_run
from spotify_assets_tests.spotify_world import FIRST_WEEK, PLAYLISTS, WEEK, World, settings_of


@pytest.fixture
def world(base: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, dg.DagsterInstance.ephemeral() as instance:
        yield World(spotify, settings_of(spotify, base), instance)


def without_credentials(world: World) -> World:
    """Return the same base where Spotify isn't asked."""
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(world.settings.base)})
    return World(world.spotify, settings, world.instance, world.now)


def archive(world: World, *weeks: date) -> None:
    """Put a raw file of each week into the archive, of which nothing has been made."""
    for week in weeks:
        key = RawName(week, "norway", "chart_csv").archive_key
        world.storage.write(key, raw_samples.chart_csv())


def judge(world: World, *weeks: date) -> None:
    """Store tables of the weeks, newer than their raw files, publish, and store reports newer still."""
    tables = {(name, week): schema for week in weeks for name, schema in schemas.TABLES.items()}
    for (name, week), table in tables.items():
        write_week(world.storage, name, week, table.schema.empty_table())
    world.storage.write(schemas.COLUMNS_KEY, schemas.COLUMNS)
    open_catalog(world.settings, world.storage).publish(stored_weeks(world.storage))
    for report in (DASHBOARD, CHECKS_PAGE):
        world.storage.write(report, b"")
    made = [table_key(*of_week) for of_week in tables]
    store_identities(world.storage)
    for seconds, keys in ((10, made), (20, [IDENTITIES, DASHBOARD, CHECKS_PAGE])):
        for key in keys:
            moment = time.time() + seconds
            os.utime(world.settings.folder / key, (moment, moment))


def weeks_of(requests: list[dg.RunRequest]) -> list[list[date]]:
    """Return the weeks of each request."""
    found = []
    for request in requests:
        own = str(request.partition_key)
        ends = (request.tags.get(RANGE_START, own), request.tags.get(RANGE_END, own))
        of_range = weeks_between(*map(date.fromisoformat, ends))
        found.append([*other_weeks(request.tags), *of_range])
    return found


# What is stale


def test_stale_weeks_are_requested_in_one_run_at_every_tick_until_they_are_made(
    world: World,
) -> None:
    silent = without_credentials(world)
    weeks = [WEEK - ONE_WEEK * back for back in (5, 4, 2)]
    archive(silent, *weeks)
    first, _ = silent.tick()
    assert weeks_of(first) == [weeks]
    silent.now += timedelta(days=1)
    second, _ = silent.tick()
    assert weeks_of(second) == weeks_of(first)
    # Dagster launches no run of the same key twice.
    assert not {r.run_key for r in first} & {r.run_key for r in second}
    judge(silent, *weeks[1:])
    assert weeks_of(silent.tick()[0]) == [weeks[:1]]


@pytest.mark.parametrize("lost", [DASHBOARD, IDENTITIES, "spotify_charts.duckdb"])
def test_a_report_or_catalog_that_is_missing_is_made_again_without_making_weeks(
    world: World, lost: str
) -> None:
    silent = without_credentials(world)
    archive(silent, WEEK)
    judge(silent, WEEK)
    assert silent.tick()[0] == []
    silent.storage.delete(lost)
    (request,), _ = silent.tick()
    assert request.partition_key == str(WEEK)
    assert [key.to_user_string() for key in request.asset_selection or ()] == [
        "catalog",
        "dashboard",
        "check_report",
        "digest",
    ]


def test_weeks_before_the_first_that_is_collected_are_left_alone(world: World) -> None:
    archive(world, FIRST_WEEK - ONE_WEEK)
    assert weeks_of(world.tick()[0]) == [[WEEK]]


@pytest.mark.parametrize(
    ("prefix", "writes"),
    [
        (f"{ARCHIVE}week={WEEKS[1]}", 1),
        (TABLE_FILES, 1),
        (f"{TABLE_FILES}check_results/", 2),
        (DASHBOARD, 1),
    ],
)
def test_what_a_killed_run_leaves_is_made_by_the_next_tick(
    base: Path, tmp_path: Path, prefix: str, writes: int
) -> None:
    settings, home = load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), tmp_path / "home"
    with serving(FakeSpotify()) as spotify, instance_in(home) as instance:
        world = World(spotify, settings, instance, datetime(2024, 4, 1, tzinfo=UTC))
        for week in WEEKS[:2]:
            drop_csv(world.storage, week)
        kill_a_run(base, home, (str(WEEKS[0]), str(WEEKS[1])), prefix, writes)
        requests, _ = world.tick()
        waiting = {week_in_name(file.key) for file in world.storage.files(INBOX)}
        assert requests or waiting  # what is still in the inbox is for the sensor
        for request in requests:
            (weeks,) = weeks_of([request])
            selected = tuple(k.path[-1] for k in request.asset_selection or ())
            assert failures(world.run(sorted(set(weeks)), selected)) == {}
        made = [week for week in WEEKS[:2] if week not in waiting]
        assert stale_weeks(world.storage) == []
        assert not are_reports_stale(world.storage)
        assert list(digests(world.storage, f"{TABLE_FILES}songs/")) == [
            table_key("songs", week) for week in made
        ]


# What Spotify has


def test_the_latest_closed_week_is_requested_until_every_chart_is_stored(world: World) -> None:
    archive(world, WEEK)
    judge(world, WEEK)
    assert weeks_of(world.tick()[0]) == [[WEEK]]
    world.storage.write(RawName(WEEK, "global", "chart_csv").archive_key, raw_samples.chart_csv())
    judge(world, WEEK)
    assert world.tick() == ([], f"No week is stale. Every chart of {WEEK} is stored.")


def test_a_chart_that_is_held_back_is_requested_until_spotify_has_mended_it(world: World) -> None:
    names = [f"Song {number:02}" for number in range(25)]
    assets = ("raw_playlist", "details", *schemas.TABLES, "catalog")

    def run(day: datetime, norway: list[str]) -> None:
        world.now, week = day, latest_closed_week(day)
        for chart, songs in {
            "norway": norway,
            "global": [f"{week} {n:02}" for n in range(25)],
        }.items():
            refreshed = raw_samples.added_at(week)
            world.spotify.add_chart(PLAYLISTS[chart], songs, refreshed, snapshot_id=str(day))
        assert [week] in weeks_of(world.tick()[0])
        assert failures(world.run([week], assets)) == {}

    def stored() -> set[str]:
        return set(read_week(world.storage, "songs", WEEK).column("chart").to_pylist())

    run(world.now - ONE_WEEK, names)
    run(world.now + ONE_WEEK, ["Swapped in", *names[1:]])
    assert stored() == {"global"}
    run(world.now + timedelta(days=1), names[::-1])
    assert stored() == {"global", "norway"}
    for report in (DASHBOARD, CHECKS_PAGE):
        world.storage.write(report, b"")
    world.now += timedelta(days=1)
    assert f"Every chart of {WEEK} is stored." in world.tick()[1]


def test_the_weeks_that_want_details_are_requested_where_spotify_is_asked(world: World) -> None:
    drop_csv(world.storage, WEEK - ONE_WEEK, names=["Fjordlys"])
    silent = without_credentials(world)
    assert silent.run([WEEK - ONE_WEEK]).success
    assert silent.tick()[0] == []
    assert weeks_of(world.tick()[0]) == [[WEEK - ONE_WEEK], [WEEK]]
    world.settings = world.settings.model_copy(update={"first_week": WEEK})
    later = World(world.spotify, world.settings, world.instance)  # collects from then on
    assert weeks_of(later.tick()[0]) == [[WEEK]]


def test_without_credentials_a_tick_says_what_is_missing_and_how_to_get_it(world: World) -> None:
    requests, reason = without_credentials(world).tick()
    assert requests == []
    assert "Of 2024-03-01, norway, global is missing. Spotify isn't asked" in reason
    for words in ("SPOTIPY_CLIENT_ID", "charts.spotify.com"):
        assert words in reason


def test_the_demo_a_first_week_that_is_not_over_and_charts_without_playlist_are_not_fetched(
    world: World, base: Path
) -> None:
    charts = base / "charts.toml"
    charts.write_text('[[charts]]\nslug = "norway"\ncountry = "no"\n')
    names = {"SPOTIFY_ASSETS_BASE": str(base), "SPOTIFY_ASSETS_CHARTS": ""}
    names["SPOTIFY_ASSETS_CHARTS_FILE"] = str(charts)
    settings = load_settings(world.spotify.environment | names)
    requests, reason = World(world.spotify, settings, world.instance).tick()
    assert requests == []
    assert "norway is missing, and has no playlist_id" in reason
    world.now = datetime(2024, 1, 3, tzinfo=UTC)
    assert world.tick()[1].endswith("The first week that is collected, 2024-01-05, isn't over.")
    mark_demo(world.storage, FIRST_WEEK, WEEK)
    assert "demo" in world.tick()[1]


# When it runs


@pytest.mark.parametrize("at", [("0 12 * * *", "UTC"), ("5 6 * * 5", "Europe/Oslo")])
def test_the_schedule_runs_by_itself_at_the_time_that_is_set(
    settings: Settings, at: tuple[str, str]
) -> None:
    if at[0] != settings.schedule_cron:
        names = {"schedule_cron": at[0], "schedule_timezone": at[1]}
        settings = settings.model_copy(update=names)
    schedule = build_definitions(settings).resolve_schedule_def("daily_update")
    assert (schedule.cron_schedule, schedule.execution_timezone) == at
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_a_cron_schedule_that_dagster_cannot_read_is_named(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"SCHEDULE_CRON .*'61 12 \* \* \*'"):
        build_definitions(settings.model_copy(update={"schedule_cron": "61 12 * * *"}))
