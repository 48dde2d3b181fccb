"""A Spotify and a pipeline whose clock the test sets, schedule and runs included."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.resources import spotify_resource
from spotify_assets.defs.schedule import DAILY_UPDATE
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import QUIET, tags_of
from spotify_assets_tests.fakes.spotify_server import FakeSpotify

FIRST_WEEK = date(2024, 1, 5)
WEEK = date(2024, 3, 1)
PLAYLISTS = {"norway": raw_samples.NORWAY_PLAYLIST, "global": raw_samples.GLOBAL_PLAYLIST}


@dataclass
class World:
    """A Spotify and a pipeline whose clock shows `now`, which the test moves on."""

    spotify: FakeSpotify
    settings: Settings
    instance: dg.DagsterInstance
    now: datetime = datetime(2024, 3, 8, 12, tzinfo=UTC)  # WEEK closed that morning
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        spotify = spotify_resource(self.settings.spotify, self.clock, self.slept.append)
        self.definitions = build_definitions(
            self.settings, clock=self.clock, resource_overrides={"spotify": spotify}
        )
        resources = self.definitions.resources or {}
        names = ("storage", "charts", "spotify", "catalog", "open_data")
        self.resources = {name: resources[name] for name in names}

    def clock(self) -> datetime:
        return self.now

    def tick(self) -> tuple[list[dg.RunRequest], str]:
        """Return the runs that the schedule requests, or else the reason."""
        schedule = self.definitions.resolve_schedule_def(DAILY_UPDATE)
        with dg.build_schedule_context(
            self.instance,
            scheduled_execution_time=self.now,
            resources=self.resources,
            repository_def=self.definitions.get_repository_def(),
        ) as context:
            data = schedule.evaluate_tick(context)
        return list(data.run_requests or []), data.skip_message or ""

    def run(
        self,
        weeks: list[date],
        assets: tuple[str, ...] = (),
        config: dict[str, Any] | None = None,
        **tags: str,
    ) -> dg.ExecuteInProcessResult:
        """Run the weekly job, or some of its assets, from the first week to the last."""
        return self.definitions.resolve_job_def(WEEKLY_JOB).execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(name) for name in assets] or None,
            run_config=QUIET | (config or {}),
            tags=tags_of(weeks) | tags,
        )

    @property
    def storage(self) -> FolderStorage:
        """Where the pipeline stores its files."""
        return FolderStorage(self.settings.folder)

    def archived(self, week: date = WEEK) -> list[str]:
        """Return the names of a week's archived files."""
        files = self.storage.files(f"raw/processed/week={week}/")
        return [file.key.rsplit("/", 1)[1] for file in files]


def settings_of(spotify: FakeSpotify, base: Path) -> Settings:
    names = {f"{PREFIX}BASE": str(base), f"{PREFIX}FIRST_WEEK": FIRST_WEEK.isoformat()}
    return load_settings(spotify.environment | names)
