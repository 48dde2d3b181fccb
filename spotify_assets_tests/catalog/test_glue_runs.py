"""The weekly job with the catalog on AWS, and the commands on it; `test_catalogs` has what is alike."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spotify_assets.catalog.glue_contents import GlueContents
from spotify_assets.checks.catalog_rules import count_verdicts

from spotify_assets.defs.io_managers import RawFileIOManager, WeeklyTableIOManager
from spotify_assets.demo import sample_files
from spotify_assets.layout import CHECKSUMS, INBOX, published_key
from spotify_assets.publishing.ledger import published
from spotify_assets.settings import Settings, load_settings
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.aws_world import World, aws_world
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import (
    ALL_CHECKS,
    CHECKS_OF,
    WEEKS,
    drop_playlist,
    evaluations,
    failures,
    instance_in,
    materializations,
    materialize,
)
from spotify_assets_tests.s3_server import count_requests_by_key

LAST = WEEKS[-1]
FOUR_WEEKS = [LAST - ONE_WEEK * back for back in reversed(range(4))]


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


def run(settings: Settings, home: Path, weeks: list[Any], **resources: Any) -> list[Any]:
    """Run everything over the weeks; gives the check evaluations of the catalog."""
    with instance_in(home) as instance:
        result = materialize(settings, instance, weeks, **resources)
        assert failures(result) == {}
        found = evaluations(instance, result.run_id)
        assert len(materializations(instance, "catalog")) == len(weeks)
    return [e for e in found if e.asset_key.path == ["catalog"]]


def test_no_file_of_a_run_costs_more_than_four_requests(world: World, tmp_path: Path) -> None:
    for sample in sample_files(LAST, 4):
        world.storage.write(INBOX + sample.name, sample.content)
    requests = count_requests_by_key(world.storage)
    run(
        load_settings(world.environment),
        tmp_path / "home",
        FOUR_WEEKS,
        aws_catalog=world.catalog,
        storage=world.storage,
        raw_io_manager=RawFileIOManager(world.storage),
        table_io_manager=WeeklyTableIOManager(world.storage, "parquet"),
    )
    of_weeks = {key: count for key, count in requests.items() if "week=" in key}
    assert len(of_weeks) > 4 * 4 * 2  # tables, their copies, raw files
    # Of a week that is new to it, the check report reads each file once more. The list of checksums is
    # begun and read to be written, when tables are made, by the raw files' checks and by the report.
    lists = {key: count for key, count in of_weeks.items() if CHECKSUMS in key}
    assert set(lists.values()) == {5}
    assert {k: count for k, count in of_weeks.items() if count > 4 and k not in lists} == {}


def test_the_check_names_a_week_that_athena_counts_otherwise(world: World, tmp_path: Path) -> None:
    drop_playlist(world.storage, LAST)
    checked = run(
        load_settings(world.environment), tmp_path / "home", [LAST], aws_catalog=world.catalog
    )
    assert {e.check_name: e.passed for e in checked} == dict.fromkeys(CHECKS_OF["catalog"], True)

    def findings() -> tuple[str, ...]:
        contents = GlueContents(world.catalog)
        return count_verdicts(contents, world.storage, "parquet", published(world.storage), [LAST])[
            LAST
        ].findings

    assert findings() == ()
    key = published_key("songs", LAST, "parquet")
    world.storage.copy(key, key.replace("songs.parquet", "again.parquet"))
    assert findings() == ("the catalog counts 6 rows of songs, and the file has 3",)
    world.catalog.glue.delete_partition(
        DatabaseName=world.catalog.database, TableName="songs", PartitionValues=[str(LAST)]
    )
    assert findings() == ("the catalog counts 0 rows of songs, and the file has 3",)


def test_update_query_and_doctor_work_on_aws(world: World, base: Path) -> None:
    drop_playlist(world.storage, WEEKS[0])
    drop_playlist(world.storage, WEEKS[1])
    here = {**world.environment, "DAGSTER_HOME": str(base / "home")}
    s3 = here.pop("SPOTIFY_ASSETS_BASE")
    updated = cli(s3, "update", **here)
    assert updated.exit_code == 0, updated.output
    assert f"{ALL_CHECKS - 4} of {ALL_CHECKS} checks passed on 2 weeks, 4 warned" in updated.output
    assert cli(s3, "update", **here).output.startswith("Nothing to do")
    columns = "week, rank, explicit, streams, CAST(rank AS double) / 4 AS share, added_at"
    sql = f"SELECT {columns}, '' AS empty, ['a', 'b'] AS genres FROM songs ORDER BY week, rank"
    as_json = json.loads(cli(s3, "query", "--json", sql, **here).stdout)
    assert len(as_json) == 6
    assert as_json[0] == {
        "week": str(WEEKS[0]),
        "rank": 1,
        "explicit": as_json[0]["explicit"],
        "streams": None,
        "share": 0.25,
        "added_at": as_json[0]["added_at"],
        "empty": "",
        "genres": ["a", "b"],
    }
    assert isinstance(as_json[0]["explicit"], bool)
    assert as_json[0]["added_at"][10] == "T"
    asked = cli(s3, "query", "--csv", sql, **here)
    assert "CAST(column AS JSON) gives them exactly" in asked.stderr
    as_csv = list(csv.DictReader(io.StringIO(asked.stdout)))
    assert (as_csv[0]["genres"], as_csv[0]["rank"]) == ('["a", "b"]', "1")
    doctor = cli(s3, "doctor", **here)
    assert doctor.exit_code == 0, doctor.output
    assert f"Athena answers of {world.catalog.database}" in doctor.output


def test_query_refuses_what_does_not_only_read_and_says_what_is_wrong(world: World) -> None:
    here = world.environment
    s3 = here.pop("SPOTIFY_ASSETS_BASE")
    for sql in ("DROP TABLE songs", "CREATE TABLE a AS SELECT 1"):
        refused = cli(s3, "query", sql, **here)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert f"{sql.split()[0]} is refused: queries only read." in refused.stderr
    assert world.athena.queries == []
    wrong = cli(s3, "query", "SELECT nope", **here)
    assert wrong.exit_code == 1
    assert "line 1:8" in wrong.stderr


def test_doctor_finds_a_week_that_glue_lacks_and_update_publishes_it(
    world: World, base: Path
) -> None:
    drop_playlist(world.storage, WEEKS[0])
    here = {**world.environment, "DAGSTER_HOME": str(base / "home")}
    s3 = here.pop("SPOTIFY_ASSETS_BASE")
    assert cli(s3, "update", **here).exit_code == 0
    world.catalog.glue.delete_partition(
        DatabaseName=world.catalog.database, TableName="albums", PartitionValues=[str(WEEKS[0])]
    )
    doctor = cli(s3, "doctor", **here)
    assert doctor.exit_code == 1
    assert f"MEND  catalog      lacks: {WEEKS[0]}" in doctor.output
    updated = cli(s3, "update", **here)
    assert updated.exit_code == 0, updated.output
    assert cli(s3, "doctor", **here).exit_code == 0
