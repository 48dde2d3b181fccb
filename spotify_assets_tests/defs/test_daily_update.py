"""The schedule, tick by tick, against a Spotify that is late, out of order, or lets a chart vanish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import dagster as dg
import pytest

from spotify_assets.defs.run_tags import RANGE_END, RANGE_START
from spotify_assets.demo.marker import mark_demo
from spotify_assets.errors import SettingsError
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.details import note_waiting
from spotify_assets.raw.playlist import read_playlists
from spotify_assets.settings import load_settings
from spotify_assets.weeks import ONE_WEEK, latest_closed_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import CHART_TABLES
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fakes.spotify_server import FakePlaylist, FakeSpotify, serving
from spotify_assets_tests.spotify_world import FIRST_WEEK, PLAYLISTS, WEEK, World, settings_of

UNKNOWN = "1970-01-01T00:00:00Z"
NEVER = 24 * 365 * 100  # hours
SONGS = 12


@pytest.fixture
def world(base: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, dg.DagsterInstance.ephemeral() as instance:
        yield World(spotify, settings_of(spotify, base), instance)


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

    def can_be_had(self, chart: str, moment: datetime) -> bool:
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


def test_in_a_year_of_ticks_each_week_ends_with_what_could_be_had(base: Path) -> None:
    year = Year(seed=1)
    could_be_had: set[tuple[date, str]] = set()
    needless = runs = 0
    with serving(FakeSpotify()) as spotify, dg.DagsterInstance.ephemeral() as instance:
        world = World(spotify, settings_of(spotify, base), instance)
        for number in range(364):
            world.now = close_of(FIRST_WEEK) + timedelta(days=number, hours=12)
            year.set_up(spotify, world.now)
            week = latest_closed_week(world.now)
            could_be_had |= {(week, c) for c in PLAYLISTS if year.can_be_had(c, world.now)}
            # Global doesn't say when it was refreshed: without the week before, only a day tells.
            sure = (week - ONE_WEEK, "global") in could_be_had or number % 7 > 0
            if not sure:
                could_be_had.discard((week, "global"))
            requests, reason = world.tick()
            needless += not requests
            assert requests or f"Every chart of {week} is stored" in reason
            for request in requests:
                runs += 1
                assert request.partition_key == week.isoformat()
                world.run([week], ("raw_playlist", *CHART_TABLES))
    stored = {}
    for name, file in archived_files(world.storage, None):
        pages = read_playlists((base / file.key).read_bytes())
        songs = [track.name for page in pages for _, _, track in page.ranked()]
        stored[name.week, name.chart] = songs
    # Not one chart of another week, although Spotify showed those for days.
    assert stored == {(week, chart): songs_of(chart, week) for week, chart in could_be_had}
    assert len(stored) > 80
    assert needless > 150
    assert runs < 150


def test_a_tick_asks_for_the_latest_closed_week_until_every_chart_is_there(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], ["Fjordlys"], raw_samples.added_at(WEEK))
    requests, _ = world.tick()
    assert [request.partition_key for request in requests] == ["2024-03-01"]
    assert world.run([WEEK]).success
    assert [request.partition_key for request in world.tick()[0]] == ["2024-03-01"]
    world.spotify.add_chart(PLAYLISTS["global"], ["Ferry"], raw_samples.added_at(WEEK))
    assert world.run([WEEK]).success
    assert world.tick() == ([], "Every chart of 2024-03-01 is stored.")


def test_a_tick_asks_again_for_a_week_whose_tables_were_not_made(world: World) -> None:
    for chart, playlist_id in PLAYLISTS.items():
        world.spotify.add_chart(playlist_id, [chart], raw_samples.added_at(WEEK))
    world.run([WEEK], ("raw_playlist",))
    assert [request.partition_key for request in world.tick()[0]] == ["2024-03-01"]


def test_a_tick_asks_for_the_weeks_whose_details_wait(world: World) -> None:
    for chart, playlist_id in PLAYLISTS.items():
        world.spotify.add_chart(playlist_id, [chart], raw_samples.added_at(WEEK))
    world.run([WEEK])
    waiting = [WEEK - ONE_WEEK * 3, WEEK - ONE_WEEK]
    note_waiting(world.storage, waiting, waiting)
    (request,) = world.tick()[0]
    assert request.partition_key is None
    assert (request.tags[RANGE_START], request.tags[RANGE_END]) == ("2024-02-09", "2024-02-23")
    note_waiting(world.storage, waiting, [WEEK])
    assert [request.partition_key for request in world.tick()[0]] == ["2024-03-01"]


def test_weeks_whose_details_wait_are_asked_for_anew_at_every_tick(world: World) -> None:
    for chart, playlist_id in PLAYLISTS.items():
        world.spotify.add_chart(playlist_id, [chart], raw_samples.added_at(WEEK))
    world.run([WEEK])
    note_waiting(world.storage, [FIRST_WEEK], [FIRST_WEEK])
    (first,) = world.tick()[0]
    world.now += timedelta(days=1)
    (second,) = world.tick()[0]
    assert first.tags == second.tags
    assert first.run_key != second.run_key  # Dagster launches no run of the same key twice


def test_without_credentials_no_tick_asks_for_details(world: World, base: Path) -> None:
    note_waiting(world.storage, [FIRST_WEEK], [FIRST_WEEK])
    silent = World(world.spotify, load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), world.instance)
    assert silent.tick()[0] == []


def test_every_tick_of_a_day_may_launch_a_run_of_its_own(world: World) -> None:
    first = world.tick()[0][0].run_key
    world.now += timedelta(days=1)
    assert world.tick()[0][0].run_key != first


def test_without_credentials_a_tick_says_what_is_missing_and_how_to_get_it(
    world: World, base: Path
) -> None:
    silent = World(world.spotify, load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), world.instance)
    requests, reason = silent.tick()
    assert requests == []
    assert reason.startswith("Of 2024-03-01, norway, global is missing. Spotify isn't asked")
    assert "SPOTIPY_CLIENT_ID" in reason
    assert "charts.spotify.com" in reason


def test_a_tick_skips_the_demo_and_weeks_before_the_first(world: World) -> None:
    world.now = datetime(2024, 1, 3, tzinfo=UTC)
    assert world.tick() == ([], "The first week that is collected, 2024-01-05, isn't over.")
    world.now = datetime(2024, 3, 8, 12, tzinfo=UTC)
    mark_demo(world.storage, FIRST_WEEK, WEEK)
    requests, reason = world.tick()
    assert requests == []
    assert "demo" in reason


def test_a_chart_without_playlist_is_not_asked_for(world: World, base: Path) -> None:
    charts = base / "charts.toml"
    charts.write_text('[[charts]]\nslug = "norway"\ncountry = "no"\n')
    environment = world.spotify.environment | {
        "SPOTIFY_ASSETS_BASE": str(base),
        "SPOTIFY_ASSETS_CHARTS_FILE": str(charts),
    }
    requests, reason = World(world.spotify, load_settings(environment), world.instance).tick()
    assert requests == []
    assert "norway is missing, and has no playlist_id" in reason


def test_the_schedule_runs_by_itself_only_where_spotify_can_be_asked(
    world: World, base: Path
) -> None:
    def status(environment: dict[str, str]) -> dg.DefaultScheduleStatus:
        settings = load_settings(environment | {"SPOTIFY_ASSETS_BASE": str(base)})
        definitions = World(world.spotify, settings, world.instance).definitions
        schedule = definitions.resolve_schedule_def("daily_update")
        assert schedule.cron_schedule == environment.get(
            "SPOTIFY_ASSETS_SCHEDULE_CRON", "0 12 * * *"
        )
        assert schedule.execution_timezone == "UTC"
        return schedule.default_status

    assert status(world.spotify.environment) == dg.DefaultScheduleStatus.RUNNING
    assert status({"SPOTIFY_ASSETS_SCHEDULE_CRON": "5 6 * * 5"}) == dg.DefaultScheduleStatus.STOPPED


def test_the_schedule_goes_by_the_time_zone_that_is_set(world: World, base: Path) -> None:
    environment = {
        "SPOTIFY_ASSETS_BASE": str(base),
        "SPOTIFY_ASSETS_SCHEDULE_TIMEZONE": "Europe/Oslo",
    }
    definitions = World(world.spotify, load_settings(environment), world.instance).definitions
    assert definitions.resolve_schedule_def("daily_update").execution_timezone == "Europe/Oslo"


def test_a_cron_schedule_that_dagster_cannot_read_is_named(world: World, base: Path) -> None:
    environment = {
        "SPOTIFY_ASSETS_BASE": str(base),
        "SPOTIFY_ASSETS_SCHEDULE_CRON": "61 12 * * *",
    }
    with pytest.raises(SettingsError, match=r"SCHEDULE_CRON holds '61 12 \* \* \*'"):
        World(world.spotify, load_settings(environment), world.instance)
