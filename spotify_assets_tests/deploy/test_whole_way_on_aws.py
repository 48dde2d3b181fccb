"""From the inbox to answers of every view: on AWS's stand-ins, and on an account where one is named.

The account is named by variables of its own, for those of the settings are for bases to keep:
`TEST_SPOTIFY_ASSETS_BASE`, an `s3://bucket/prefix` below which the test makes a prefix of its own, and
`TEST_SPOTIFY_ASSETS_WORKGROUP`, by default `primary`. Region and credentials are AWS's own settings.
The identity has to be able to create and delete a Glue database. Everything is removed at the end.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from spotify_assets.catalog.athena import ask
from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX, TABLES
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.sql import VIEWS
from spotify_assets.storage import open_storage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.tables.schemas import TABLES as TABLE_NAMES
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.aws_world import aws_world, count_calls
from spotify_assets_tests.dagster_runs import (
    WEEKS,
    evaluations,
    failures,
    instance_in,
    materializations,
    materialize,
)
from spotify_assets_tests.s3_server import closing_client

ACCOUNT_BASE = "TEST_SPOTIFY_ASSETS_BASE"
ACCOUNT_WORKGROUP = "TEST_SPOTIFY_ASSETS_WORKGROUP"
LAST = WEEKS[-1]
THREE_WEEKS = [LAST - ONE_WEEK * back for back in (2, 1, 0)]
LOOKS = {"GetDatabase", "GetTables", "GetTable", "GetPartitions"}
MOST_DELETED = 1000  # objects in a request, as S3 has it
COUNT = "row_counts"
# The check counts rows by one query, the dashboard asks seven.
QUERIES = dict.fromkeys(("StartQueryExecution", "GetQueryResults"), 1 + 7)


@dataclass
class Place:
    """Where it all happens, and the calls of Glue and Athena there."""

    storage: S3Storage
    catalog: AwsCatalog
    calls: Counter[str]

    @property
    def environment(self) -> dict[str, str]:
        """The settings."""
        return {
            f"{PREFIX}BASE": self.storage.location("").rstrip("/"),
            f"{PREFIX}CATALOG": "glue",
            f"{PREFIX}GLUE_DATABASE": self.catalog.database,
            f"{PREFIX}ATHENA_WORKGROUP": self.catalog.workgroup,
        }

    @property
    def prefix(self) -> str:
        """What the key of every object of the place begins with."""
        return self.storage.location("").removeprefix(f"s3://{self.storage.bucket}/")

    def stored(self) -> dict[str, str]:
        """Every table file and a digest of its content."""
        keys = [file.key for file in self.storage.files(TABLES)]
        return {key: sha256(content).hexdigest() for key, content in self.storage.read_many(keys)}


@pytest.fixture(params=["stand-ins", "account"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "stand-ins":
        with aws_world(request.getfixturevalue("s3_storage")) as world:
            yield Place(world.storage, world.catalog, world.calls)
        return
    base = os.environ.get(ACCOUNT_BASE, "").strip().rstrip("/")
    if not base:
        pytest.skip(f"no AWS account is named: {ACCOUNT_BASE}=s3://bucket/prefix would be one")
    name = f"spotify_assets_test_{uuid4().hex[:12]}"
    storage = open_storage(f"{base}/{name}")
    assert isinstance(storage, S3Storage), f"{ACCOUNT_BASE} has to be s3://bucket/prefix"
    workgroup = os.environ.get(ACCOUNT_WORKGROUP, "").strip() or "primary"
    catalog = AwsCatalog(name, workgroup, output=storage.location("answers/"))
    calls, _ = count_calls(catalog)
    with closing_client(storage):
        yield Place(storage, catalog, calls)
    catalog.glue.close()
    catalog.athena.close()


def test_made_up_weeks_go_the_whole_way_and_a_second_run_changes_nothing(
    place: Place, tmp_path: Path
) -> None:
    settings = load_settings(place.environment)
    with removed_at_the_end(place), instance_in(tmp_path / "home") as instance:
        for sample in sample_files(LAST, len(THREE_WEEKS)):
            place.storage.write(INBOX + sample.name, sample.content)

        first = materialize(settings, instance, THREE_WEEKS, aws_catalog=place.catalog)
        assert failures(first) == {}
        counted = [e for e in evaluations(instance, first.run_id) if e.check_name == COUNT]
        assert {e.partition: e.passed for e in counted if e.partition} == {
            str(week): True for week in THREE_WEEKS
        }
        published = materializations(instance, "catalog")[str(LAST)].metadata
        assert published["weeks published"].value == len(THREE_WEEKS)
        changes = published["changes"].value
        assert isinstance(changes, dict)
        assert changes["views"] == [view.name for view in VIEWS]

        for name in (*TABLE_NAMES, *(view.name for view in VIEWS)):
            (row,) = ask(place.catalog, f"SELECT count(*) AS n, max(week) AS week FROM {name}").rows
            assert row[0] > 0, name
            assert row[1] == LAST, name
        stored = place.stored()
        assert len(stored) == len(TABLE_NAMES) * len(THREE_WEEKS)

        place.calls.clear()
        second = materialize(settings, instance, THREE_WEEKS, aws_catalog=place.catalog)
        assert failures(second) == {}
        assert materializations(instance, "catalog")[str(LAST)].metadata["changes"].value == {}
        assert place.stored() == stored
        del place.calls["GetQueryExecution"]  # as often as it takes
        assert {k: n for k, n in place.calls.items() if k not in LOOKS} == QUERIES
    assert versions(place) == []
    with pytest.raises(place.catalog.glue.exceptions.EntityNotFoundException):
        place.catalog.glue.get_database(Name=place.catalog.database)


@contextmanager
def removed_at_the_end(place: Place) -> Iterator[None]:
    """Delete the database and every version of every object of the place, come what may."""
    try:
        yield
    finally:
        glue = place.catalog.glue
        with suppress(glue.exceptions.EntityNotFoundException):  # it failed before there was one
            glue.delete_database(Name=place.catalog.database)
        found = versions(place)
        for start in range(0, len(found), MOST_DELETED):
            done = place.storage.client.delete_objects(
                Bucket=place.storage.bucket, Delete={"Objects": found[start : start + MOST_DELETED]}
            )
            assert not done.get("Errors")


def versions(place: Place) -> list[dict[str, str]]:
    """Every version of every object of the place, deleted ones too."""
    assert place.prefix, "whatever else the bucket holds has to stay"
    pages = place.storage.client.get_paginator("list_object_versions").paginate(
        Bucket=place.storage.bucket, Prefix=place.prefix
    )
    return [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for page in pages
        for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    ]
