"""A base with its catalog, in each of the two places: a folder with DuckDB, or S3 with Glue and Athena.

What both promise alike is tested on a `Place`, each test on both. What only one does has tests of its
own; those of the catalog on AWS stand on `aws_world`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import Result
from spotify_assets.catalog.athena_views import publish_views

from spotify_assets.catalog import duckdb_catalog, glue_catalog
from spotify_assets.catalog.athena import Answer, ask
from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.layout import published_key, table_key
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.aws_world import aws_world
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import failures, materialize
from spotify_assets_tests.s3_server import new_bucket, set_aws

PLACES = ("folder", "s3")


@dataclass(frozen=True)
class Place:
    """A base, the settings that name it, and the catalog if it lies on AWS."""

    environment: dict[str, str]
    storage: Storage
    on_aws: AwsCatalog | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings of this base and this catalog."""
        return load_settings(self.environment)

    def run(
        self, instance: dg.DagsterInstance, weeks: Sequence[date], assets: Sequence[str] = ()
    ) -> dg.ExecuteInProcessResult:
        """Run the weekly job, or some of its assets, over the weeks from the first to the last."""
        resources = {"aws_catalog": self.on_aws} if self.on_aws else {}
        return materialize(self.settings, instance, weeks, assets, **resources)

    def publish(self, week: date) -> None:
        """Have the catalog show what is stored, by a run of its asset for this week."""
        with dg.DagsterInstance.ephemeral() as instance:
            assert failures(self.run(instance, [week], ["catalog"])) == {}

    def show_unaudited(self, weeks: Sequence[date]) -> None:
        """Have the catalog show these weeks' tables as they are stored, whatever the audit would say."""
        for name in TABLES:
            for week in weeks:
                keys = table_key(name, week, "parquet"), published_key(name, week, "parquet")
                self.storage.copy(*keys)
        if self.on_aws:
            glue_catalog.publish(self.on_aws, self.storage, "parquet", weeks)
            publish_views(self.on_aws)
        else:
            duckdb_catalog.publish(self.storage, "parquet", weeks, self.settings.database)

    def published(self) -> list[date]:
        """The weeks that the catalog shows."""
        if self.on_aws:
            return glue_catalog.published_weeks(self.on_aws)
        return duckdb_catalog.published_weeks(self.settings.database, self.storage)

    def ask(self, sql: str) -> Answer:
        """What the catalog answers."""
        if self.on_aws:
            return ask(self.on_aws, sql)
        with duckdb_catalog.open_catalog(self.settings.database) as connection:
            answer = connection.execute(sql)
            names = [column[0] for column in answer.description or ()]
            return Answer(names, answer.fetchall())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of that answer."""
        return self.ask(sql).rows

    def cli(self, home: Path, *arguments: str) -> Result:
        """Call `spotify-assets` with these settings, and Dagster's home in this folder."""
        others = {
            name: value for name, value in self.environment.items() if name != f"{PREFIX}BASE"
        }
        base = self.environment[f"{PREFIX}BASE"]
        return cli(base, *arguments, **others, DAGSTER_HOME=str(home))


def in_a_folder(base: Path) -> Place:
    """The place that this folder is."""
    return Place({f"{PREFIX}BASE": str(base)}, FolderStorage(base))


@contextmanager
def on_s3(endpoint: str, folder: Path) -> Iterator[Place]:
    """A place on the S3 of this address, as long as it lasts; AWS looks for its files in the folder."""
    with pytest.MonkeyPatch.context() as patch:
        set_aws(patch, endpoint, folder)
        with new_bucket() as storage, aws_world(storage) as world:
            yield Place(world.environment, storage, world.catalog)
