"""The schedule, tick by tick, against a Spotify that is late, out of order, or lets a chart vanish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import dagster as dg
import pytest

from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.payloads.playlist import read_playlists
from spotify_assets.schedules import DAILY_UPDATE
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.sources.archive import archived_files
from spotify_assets.sources.spotify.access import SpotifyAccess
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import CHART_TABLES, QUIET, tags_of
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fakes.spotify_server import FakePlaylist, FakeSpotify, serving

PLAYLISTS = {"norway": raw_samples.NORWAY_PLAYLIST, "global": raw_samples.GLOBAL_PLAYLIST}
FIRST_WEEK = date(2024, 1, 5)
LAST_WEEK = FIRST_WEEK + ONE_WEEK * 51
UNKNOWN = "1970-01-01T00:00:00Z"
NEVER = 24 * 365 * 100  # hours
SONGS = 12


@dataclass
class World:
    """A Spotify and a pipeline that live at `now`, which the test moves on."""

    spotify: FakeSpotify
    settings: Settings
    instance: dg.DagsterInstance
    now: datetime = datetime(2024, 3, 8, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        access = SpotifyAccess(self.settings.spotify, self.clock, self.slept.append)
        self.definitions = build_definitions(
            self.settings, clock=self.clock, resource_overrides={"spotify": access}
        )
        self.resources = {
            name: self.definitions.resources[name] for name in ("storage", "inbox_rules", "spotify")
        }

    def clock(self) -> datetime:
        return self.now

    def tick(self) -> tuple[list[dg.RunRequest], str]:
        """What the schedule asks for, and why if for nothing."""
        schedule = self.definitions.resolve_schedule_def(DAILY_UPDATE)
        context = dg.build_schedule_context(
            self.instance,
            scheduled_execution_time=self.now,
            resources=self.resources,
            repository_def=self.definitions.get_repository_def(),
        )
        data = schedule.evaluate_tick(context)
        return list(data.run_requests or []), data.skip_message or ""

    def run(self, request: dg.RunRequest, assets: tuple[str, ...] = ()) -> bool:
        """The run that was asked for; gives whether it succeeded."""
        weeks = [date.fromisoformat(request.partition_key)] if request.partition_key else []
        return (
            self.definitions.resolve_job_def(WEEKLY_JOB)
            .execute_in_process(
                instance=self.instance,
                raise_on_error=False,
                asset_selection=[dg.AssetKey(name) for name in assets] or None,
                run_config=QUIET,
                tags=tags_of(weeks) | dict(request.tags),
            )
            .success
        )


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, instance_in(tmp_path / "dagster home") as instance:
        yield World(spotify, settings_of(spotify, base), instance)


def settings_of(spotify: FakeSpotify, base: Path) -> Settings:
    names = {f"{PREFIX}BASE": str(base), f"{PREFIX}FIRST_WEEK": FIRST_WEEK.isoformat()}
    return load_settings(spotify.environment | names)


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
                world.run(request, ("raw_playlist", *CHART_TABLES))
    stored = {}
    for name, file in archived_files(FolderStorage(base), None):
        pages = read_playlists((base / file.key).read_bytes())
        songs = [track.name for page in pages for _, _, track in page.ranked()]
        stored[name.week, name.chart] = songs
    # Not one chart of another week, although Spotify showed those for days.
    assert stored == {(week, chart): songs_of(chart, week) for week, chart in could_be_had}
    assert len(stored) > 80
    assert needless > 150
    assert runs < 150
