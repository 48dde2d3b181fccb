"""The resources that our assets and yours are handed: storage, charts, Spotify, open data, the catalog.

Each is configured by settings, and opened by the asset that uses it. Secrets are not part of their
configuration, which the UI shows. Dagster reads the annotations here, so they aren't postponed.
"""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from spotify_assets.catalog import Catalog, catalog_of
from spotify_assets.charts import Charts, read_charts
from spotify_assets.checks.making import Base
from spotify_assets.raw.inbox import InboxRules
from spotify_assets.settings import OpenData, Settings, SpotifyAccount
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.storage import RunStorage, Storage, open_storage
from spotify_assets.weeks import Clock

MOST_RUNS = 4  # of a process, whose storages are kept
_of_runs: dict[str, Storage] = {}


def use_in_run(run_id: str, storage: Storage) -> None:
    """Have a run of this process use what is listed and read already."""
    _of_runs[run_id] = storage
    while len(_of_runs) > MOST_RUNS:
        del _of_runs[next(iter(_of_runs))]


class StorageResource(dg.ConfigurableResource[Any]):
    """The base: a folder, or `s3://bucket/prefix`."""

    base: str
    s3_encryption: str = ""

    def open(self) -> Storage:
        """Return the storage; nothing is read yet."""
        return open_storage(self.base, self.s3_encryption)

    def of_run(self, run_id: str) -> Storage:
        """Return the storage that a run's assets, checks and IO managers share; see `RunStorage`."""
        found = _of_runs.get(run_id)
        if found is None:
            found = RunStorage(self.open())
            use_in_run(run_id, found)
        return found


class ChartsResource(dg.ConfigurableResource[Any]):
    """Which charts are known and expected, and what else decides about dropped files."""

    charts_file: str
    first_week: str
    expected: str = ""
    shared_songs_least: float = 0.5

    def open(self) -> Charts:
        """Return the known charts."""
        return read_charts(Path(self.charts_file), self.expected)

    def rules(self, clock: Clock) -> InboxRules:
        """Return what decides about a dropped file besides the file itself."""
        first_week = date.fromisoformat(self.first_week)
        return InboxRules(self.open(), first_week, clock, self.shared_songs_least)


class CatalogResource(dg.ConfigurableResource[Any]):
    """Where tables and views answer SQL: a DuckDB file, or a Glue database that Athena queries."""

    kind: str
    database: str
    workgroup: str = ""
    output: str = ""
    _opened: Catalog | None = PrivateAttr(default=None)

    def open(self, storage: Storage) -> Catalog:
        """Return the catalog; a run's assets and checks share one, and what it knows of Glue."""
        if self._opened is None:
            self._opened = catalog_of(
                self.kind, storage, self.database, self.workgroup, self.output
            )
        return self._opened


class SpotifyResource(dg.ConfigurableResource[Any]):
    """Spotify's Web API, by an account that is never shown: `spotify_resource` adds it."""

    api_url: str

    def open(self) -> SpotifyAccess:
        """Return the way to a client, which a run's assets share; nothing is requested yet."""
        raise NotImplementedError


def spotify_resource(
    account: SpotifyAccount, clock: Clock, sleep: Callable[[float], None] = time.sleep
) -> SpotifyResource:
    """Return the resource of an account."""

    class Spotify(SpotifyResource):
        _opened: SpotifyAccess | None = PrivateAttr(default=None)

        def open(self) -> SpotifyAccess:
            self._opened = self._opened or SpotifyAccess(account, clock, sleep)
            return self._opened

    return Spotify(api_url=account.api_url)


class OpenDataResource(dg.ConfigurableResource[Any]):
    """MusicBrainz and Wikidata, which are asked with a contact alone: `open_data_resource` adds it."""

    musicbrainz_url: str
    wikidata_url: str

    def open(self) -> OpenData:
        """Return how they are asked; nothing is requested yet."""
        raise NotImplementedError


def open_data_resource(access: OpenData) -> OpenDataResource:
    """Return the resource that asks in this way."""

    class Asked(OpenDataResource):
        def open(self) -> OpenData:
            return access

    return Asked(musicbrainz_url=access.musicbrainz_url, wikidata_url=access.wikidata_url)


def checked_base(
    run_id: str, storage: StorageResource, charts: ChartsResource, settings: Settings
) -> Base:
    """Return what a run makes weeks from and checks them with."""
    return Base(storage.of_run(run_id), charts.open(), settings.thresholds)
