"""From the inbox to answers of every view: on AWS's stand-ins, and on an account where one is named.

The account is named by variables of its own, because those of the settings are for bases to keep:
`TEST_SPOTIFY_ASSETS_BASE`, an `s3://bucket/prefix` below which the test makes a prefix of its own, and
`TEST_SPOTIFY_ASSETS_WORKGROUP`, by default `primary`. Region and credentials are AWS's own settings.
The identity has to be able to create and delete a Glue database. Everything is removed at the end.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.catalog.views import VIEWS
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.run_tags import run_tags
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import open_storage
from spotify_assets.storage.s3 import S3Storage, aws_client
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.aws_world import WEEKS, aws_world
from spotify_assets_tests.s3_server import closing_client

ACCOUNT_BASE = "TEST_SPOTIFY_ASSETS_BASE"
ACCOUNT_WORKGROUP = "TEST_SPOTIFY_ASSETS_WORKGROUP"
MOST_DELETED = 1000  # objects in a request, as S3 has it

pytestmark = pytest.mark.slow


@pytest.fixture(params=["stand-ins", "account"])
def settings(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of an empty base and a database of its own, which is gone when the test is over."""
    if request.param == "stand-ins":
        with aws_world(request.getfixturevalue("s3_storage")) as world:
            chosen = load_settings(world.environment)
            with removed_at_the_end(world.storage, chosen.glue_database):
                yield chosen
        return
    base = os.environ.get(ACCOUNT_BASE, "").strip().rstrip("/")
    if not base:
        pytest.skip(f"no AWS account is named: {ACCOUNT_BASE}=s3://bucket/prefix would be one")
    name = f"spotify_assets_test_{uuid4().hex[:12]}"
    storage = open_storage(f"{base}/{name}")
    assert isinstance(storage, S3Storage), f"{ACCOUNT_BASE} has to be s3://bucket/prefix"
    with closing_client(storage), removed_at_the_end(storage, name):
        yield load_settings(
            {
                f"{PREFIX}BASE": f"{base}/{name}",
                f"{PREFIX}CATALOG": "glue",
                f"{PREFIX}GLUE_DATABASE": name,
                f"{PREFIX}ATHENA_WORKGROUP": os.environ.get(ACCOUNT_WORKGROUP, "primary"),
                f"{PREFIX}ATHENA_OUTPUT": storage.location("answers/"),
            }
        )


@contextmanager
def removed_at_the_end(storage: S3Storage, database: str) -> Iterator[None]:
    """Delete the database and every version of every object of the base, come what may."""
    try:
        yield
    finally:
        glue = aws_client("glue")
        with suppress(glue.exceptions.EntityNotFoundException):  # it failed before there was one
            glue.delete_database(Name=database)
        glue.close()
        found = versions(storage)
        for start in range(0, len(found), MOST_DELETED):
            some = {"Objects": found[start : start + MOST_DELETED]}
            assert "Errors" not in storage.client.delete_objects(Bucket=storage.bucket, Delete=some)
        assert versions(storage) == []


def versions(storage: S3Storage) -> list[dict[str, str]]:
    """Return every version of every object of the base, deleted ones too."""
    prefix = storage.location("").removeprefix(f"s3://{storage.bucket}/")
    assert prefix, "whatever else the bucket holds has to stay"
    pages = storage.client.get_paginator("list_object_versions").paginate(
        Bucket=storage.bucket, Prefix=prefix
    )
    return [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for page in pages
        for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    ]


def run(settings: Settings, *weeks: date) -> dict[str, Any]:
    """Run the weekly job over these weeks; return the metadata of the catalog."""
    job = build_definitions(settings).resolve_job_def(WEEKLY_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            tags=run_tags(weeks_between(weeks[0], weeks[-1])),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        failed = [e for e in result.get_asset_check_evaluations() if not e.passed]
        assert [e.check_name for e in failed if e.severity == dg.AssetCheckSeverity.ERROR] == []
        event = result.asset_materializations_for_node("catalog")[-1]
        return {name: value.value for name, value in event.metadata.items()}


def requests_of(log: pytest.LogCaptureFixture) -> Counter[str]:
    """Return the requests about tables and their weeks that this thread has sent to Glue.

    What stands for Athena looks things up in Glue as well, in threads of its own.
    """
    names = (
        record.getMessage()
        .partition("Making request for OperationModel(name=")[2]
        .partition(")")[0]
        for record in log.records
        if record.name == "botocore.endpoint" and record.threadName == "MainThread"
    )
    return Counter(name for name in names if "Table" in name or "Partition" in name)


def test_made_up_weeks_go_the_whole_way_and_each_run_lists_glues_weeks_once(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "botocore.endpoint")
    storage = open_storage(settings.base)
    for sample in sample_files(WEEKS[2], 3):
        storage.write(INBOX + sample.name, sample.content)
    assert run(settings, *WEEKS[:2])["changes"]["views created"] == [view.name for view in VIEWS]
    stored = {file.key: file.version for file in storage.files(TABLE_FILES)}
    assert len(stored) == 2 * len(TABLES)

    caplog.clear()
    assert run(settings, WEEKS[2])["changes"] == {
        "weeks added": dict.fromkeys(TABLES, str(WEEKS[2]))
    }
    assert requests_of(caplog) == {
        "GetTables": 2,  # to publish, and for the check of the columns
        "GetPartitions": len(TABLES),
        "BatchCreatePartition": len(TABLES),
    }
    catalog = open_catalog(settings, storage)
    for name in (*TABLES, *(view.name for view in VIEWS)):
        ((rows, latest),) = catalog.query(f"SELECT count(*) AS n, max(week) AS w FROM {name}").rows
        assert rows > 0, name
        assert latest == WEEKS[2], name

    caplog.clear()
    assert run(settings, WEEKS[2])["changes"] == {}
    assert requests_of(caplog) == {"GetTables": 2, "GetPartitions": len(TABLES)}
    after = {file.key: file.version for file in storage.files(TABLE_FILES)}
    assert {key: after[key] for key in stored} == stored
