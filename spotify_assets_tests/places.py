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

import pytest

from spotify_assets.catalog import Catalog, open_catalog
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables.identities import store_identities
from spotify_assets.tables.store import stored_weeks
from spotify_assets_tests.aws_world import World, aws_world
from spotify_assets_tests.s3_server import new_bucket, set_aws

PLACES = ("folder", "s3")


@dataclass(frozen=True)
class Place:
    """A base, the settings that name it, and its world if it is on AWS."""

    environment: dict[str, str]
    storage: Storage
    world: World | None = None

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @cached_property
    def catalog(self) -> Catalog:
        """Its catalog; of the world on AWS, for that one doesn't wait."""
        return self.world.catalog if self.world else open_catalog(self.settings, self.storage)

    def publish(self) -> dict[str, Any]:
        store_identities(self.storage)
        return self.catalog.publish(stored_weeks(self.storage))

    def published(self) -> list[date]:
        """The weeks that the catalog shows of every table."""
        weeks = self.catalog.weeks()
        return sorted(set.intersection(*weeks.values())) if weeks else []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.catalog.query(sql).rows

    def run(self, instance: Any, weeks: Sequence[date], assets: Sequence[str] = ()) -> Any:
        """Run the weekly job, or some of its assets, over the weeks from the first to the last."""
        from spotify_assets_tests.dagster_runs import materialize

        return materialize(self.settings, instance, weeks, assets, catalog=self.catalog)

    def cli(self, home: Path, *arguments: str) -> Any:
        """Call `spotify-assets` with these settings, and Dagster's home in this folder."""
        from spotify_assets_tests.commands import cli

        others = {
            name: value for name, value in self.environment.items() if name != f"{PREFIX}BASE"
        }
        base = self.environment[f"{PREFIX}BASE"]
        return cli(base, *arguments, **others, DAGSTER_HOME=str(home))


def in_a_folder(base: Path) -> Place:
    return Place({f"{PREFIX}BASE": str(base)}, FolderStorage(base))


@contextmanager
def on_s3(endpoint: str, folder: Path, second_s3: str = "") -> Iterator[Place]:
    """A place on AWS of this address, as long as it lasts; AWS looks for its files in the folder.

    With a second S3 the base is there, and only its catalog at the first address.
    """
    with pytest.MonkeyPatch.context() as patch:
        set_aws(patch, endpoint, folder)
        if second_s3:
            patch.setenv("AWS_ENDPOINT_URL_S3", second_s3)
        with new_bucket() as storage, aws_world(storage) as world:
            yield Place(world.environment, storage, world)
