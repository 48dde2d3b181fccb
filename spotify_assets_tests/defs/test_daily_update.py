"""The schedule, tick by tick: what is stale, and a Spotify that is late, fails, or drops a chart."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import dagster as dg
import pytest

from spotify_assets.definitions import build_definitions
from spotify_assets.defs.run_tags import RANGE_END, RANGE_START
from spotify_assets.demo.marker import mark_demo
from spotify_assets.errors import SettingsError
from spotify_assets.layout import (
    ARCHIVE,
    CHECKS_PAGE,
    DASHBOARD,
    INBOX,
    TABLES,
    RawName,
    table_key,
)
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.file_names import week_in_name
from spotify_assets.raw.playlist import read_playlists
from spotify_assets.settings import Settings, load_settings
from spotify_assets.tables import schemas
from spotify_assets.tables.stale import are_reports_stale, stale_weeks
from spotify_assets.weeks import ONE_WEEK, latest_closed_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import WEEKS, digests, drop_csv, failures, instance_in
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fakes.spotify_server import FakePlaylist, FakeSpotify, serving
from spotify_assets_tests.killed_runs import kill_a_run
from spotify_assets_tests.spotify_world import FIRST_WEEK, PLAYLISTS, WEEK, World, settings_of

UNKNOWN = "1970-01-01T00:00:00Z"
NEVER = 24 * 365 * 100  # hours
SONGS = 12
TABLES_OF_A_WEEK = ("details", *schemas.TABLES)


@pytest.fixture
def world(base: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, dg.DagsterInstance.ephemeral() as instance:
        yield World(spotify, settings_of(spotify, base), instance)


def without_credentials(world: World) -> World:
    """Return the same base where Spotify isn't asked."""
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(world.settings.base)})
    return World(world.spotify, settings, world.instance, world.now)


def songs_of(chart: str, week: date) -> list[str]:
    return [f"{chart} {week:%y%m%d} {number}" for number in range(SONGS)]


def close_of(week: date) -> datetime:
    return datetime.combine(week + ONE_WEEK, datetime.min.time(), tzinfo=UTC)


class Year:
    """What Spotify shows in a year: when it refreshes each chart, and what goes wrong on which days."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        weeks = [FIRST_WEEK + ONE_WEEK * number for number in range(-2, 53)]
        # Global says nothing of its refreshes, and so is never later than a day.
        delays = {"norway": (3, 6, 9, 9, 9, 9, 9, 30, 54, 130, NEVER), "global": (3, 6, 9, 20)}
        self.refreshed = {
            (chart, week): close_of(week) + timedelta(hours=random.choice(hours))
            for chart, hours in delays.items()
            for week in weeks
        }
        for key in [key for key, moment in self.refreshed.items() if moment.year > 2100]:
            del self.refreshed[key]
        days = [close_of(FIRST_WEEK) + timedelta(days=number) for number in range(366)]
        self.outages = {day.date() for day in random.sample(days, 8)}
        first = random.randrange(300)
        self.outages |= {(days[first] + timedelta(days=n)).date() for n in range(10)}
        start = random.randrange(280)
        self.vanished = {(days[start] + timedelta(days=n)).date() for n in range(10)}

    def shown(self, chart: str, moment: datetime) -> date:
        """The week that a chart shows at a moment."""
        return max(
            week for (name, week), at in self.refreshed.items() if name == chart and at <= moment
        )

    def is_available(self, chart: str, moment: datetime) -> bool:
        """Whether Spotify shows the week that closed last, and can be asked."""
        gone = chart == "norway" and moment.date() in self.vanished
        away = moment.date() in self.outages
        return not (gone or away) and self.shown(chart, moment) == latest_closed_week(moment)

    def set_up(self, spotify: FakeSpotify, moment: datetime) -> None:
        """Make the server what it is on that day."""
        spotify.playlists.clear()
        for chart, playlist_id in PLAYLISTS.items():
            if chart == "norway" and moment.date() in self.vanished:
                continue
            week = self.shown(chart, moment)
            refreshed = self.refreshed[chart, week]
            added_at = UNKNOWN if chart == "global" else f"{refreshed:%Y-%m-%dT%H:%M:%SZ}"
            tracks = [raw_samples.track(name) for name in songs_of(chart, week)]
            rows = [raw_samples.row(track, added_at=added_at) for track in tracks]
            spotify.playlists[playlist_id] = FakePlaylist(rows, snapshot_id=f"{chart} {week}")
        spotify.faults[:] = (
            [at("/", error(503), times=FOREVER)] if moment.date() in self.outages else []
        )


@pytest.mark.slow
def test_in_a_year_of_ticks_each_week_ends_with_what_available(base: Path) -> None:
    year = Year(seed=1)
    available: set[tuple[date, str]] = set()
    needless = runs = 0
    with serving(FakeSpotify()) as spotify, dg.DagsterInstance.ephemeral() as instance:
        world = World(spotify, settings_of(spotify, base), instance)
        for number in range(364):
            world.now = close_of(FIRST_WEEK) + timedelta(days=number, hours=12)
            year.set_up(spotify, world.now)
            week = latest_closed_week(world.now)
            available |= {(week, c) for c in PLAYLISTS if year.is_available(c, world.now)}
            # Global doesn't say when it was refreshed: without the week before, only a day tells.
            sure = (week - ONE_WEEK, "global") in available or number % 7 > 0
            if not sure:
                available.discard((week, "global"))
            requests, reason = world.tick()
            needless += not requests
            assert requests or f"Every chart of {week} is stored" in reason
            for request in requests:
                runs += 1
                assert request.partition_key == week.isoformat()
                world.run([week], ("raw_playlist", *TABLES_OF_A_WEEK))
            for report in (DASHBOARD, CHECKS_PAGE):  # drawing them here would take minutes
                world.storage.write(report, b"")
    stored = {}
    for name, file in archived_files(world.storage, None):
        pages = read_playlists((base / file.key).read_bytes())
        songs = [track.name for page in pages for _, _, track in page.ranked()]
        stored[name.week, name.chart] = songs
    # Not one chart of another week, although Spotify showed those for days.
    assert stored == {(week, chart): songs_of(chart, week) for week, chart in available}
    assert len(stored) > 80
    assert needless > 150
    assert runs < 150


def archive(world: World, *weeks: date) -> None:
    """Put a raw file of each week into the archive, of which nothing has been made."""
    for week in weeks:
        key = RawName(week, "norway", "chart_csv").archive_key
        world.storage.write(key, raw_samples.chart_csv())


def judge(world: World, *weeks: date) -> None:
    """Store the tables of the weeks, newer than their raw files, and reports that are newer still."""
    made = [table_key(name, week) for week in weeks for name in schemas.TABLES]
    for seconds, keys in ((10, made), (20, [DASHBOARD, CHECKS_PAGE])):
        for key in keys:
            world.storage.write(key, b"")
            moment = time.time() + seconds
            os.utime(world.settings.folder / key, (moment, moment))


def weeks_of(requests: list[dg.RunRequest]) -> list[tuple[str, str]]:
    """Return the first and the last week of each request."""
    return [
        (r.tags.get(RANGE_START, str(r.partition_key)), r.tags.get(RANGE_END, str(r.partition_key)))
        for r in requests
    ]


# What is stale


def test_stale_weeks_are_requested_in_ranges_at_every_tick_until_they_are_made(
    world: World,
) -> None:
    silent = without_credentials(world)
    weeks = [WEEK - ONE_WEEK * back for back in (5, 4, 2)]
    archive(silent, *weeks)
    first, _ = silent.tick()
    assert weeks_of(first) == [("2024-01-26", "2024-02-02"), ("2024-02-16", "2024-02-16")]
    silent.now += timedelta(days=1)
    second, _ = silent.tick()
    assert weeks_of(second) == weeks_of(first)
    # Dagster launches no run of the same key twice.
    assert not {r.run_key for r in first} & {r.run_key for r in second}
    judge(silent, *weeks[1:])
    assert weeks_of(silent.tick()[0]) == [("2024-01-26", "2024-01-26")]


def test_a_report_that_is_missing_is_made_again_without_making_weeks(world: World) -> None:
    silent = without_credentials(world)
    archive(silent, WEEK)
    judge(silent, WEEK)
    assert silent.tick()[0] == []
    silent.storage.delete(DASHBOARD)
    (request,), _ = silent.tick()
    assert request.partition_key == str(WEEK)
    assert [key.to_user_string() for key in request.asset_selection or ()] == [
        "catalog",
        "dashboard",
        "check_report",
    ]


def test_weeks_before_the_first_that_is_collected_are_left_alone(world: World) -> None:
    archive(world, FIRST_WEEK - ONE_WEEK)
    assert weeks_of(world.tick()[0]) == [(str(WEEK), str(WEEK))]


@pytest.mark.parametrize(
    ("prefix", "writes"),
    [
        (f"{ARCHIVE}week={WEEKS[1]}", 1),
        (TABLES, 1),
        (f"{TABLES}check_results/", 2),
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
            weeks = [date.fromisoformat(week) for week in weeks_of([request])[0]]
            selected = tuple(k.path[-1] for k in request.asset_selection or ())
            assert failures(world.run(sorted(set(weeks)), selected)) == {}
        made = [week for week in WEEKS[:2] if week not in waiting]
        assert stale_weeks(world.storage) == []
        assert not are_reports_stale(world.storage)
        assert list(digests(world.storage, f"{TABLES}songs/")) == [
            table_key("songs", week) for week in made
        ]


# What Spotify has


def test_the_latest_closed_week_is_requested_until_every_chart_is_stored(world: World) -> None:
    archive(world, WEEK)
    judge(world, WEEK)
    assert weeks_of(world.tick()[0]) == [(str(WEEK), str(WEEK))]
    world.storage.write(RawName(WEEK, "global", "chart_csv").archive_key, raw_samples.chart_csv())
    judge(world, WEEK)
    assert world.tick() == ([], f"No week is stale. Every chart of {WEEK} is stored.")


def test_the_weeks_that_want_details_are_requested_where_spotify_is_asked(world: World) -> None:
    drop_csv(world.storage, WEEK - ONE_WEEK, names=["Fjordlys"])
    silent = without_credentials(world)
    assert silent.run([WEEK - ONE_WEEK]).success
    assert silent.tick()[0] == []
    assert weeks_of(world.tick()[0]) == [(str(WEEK - ONE_WEEK), str(WEEK))]


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
