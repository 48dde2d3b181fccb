"""Runs of the weekly job over a base on S3: few requests, and nothing lost.

That they leave the same bytes as in a folder is in `test_backfill`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from spotify_assets.cli.environment import base_of
from spotify_assets.defs.io_managers import RawFileIOManager, WeeklyTableIOManager
from spotify_assets.demo import sample_files
from spotify_assets.errors import SettingsError
from spotify_assets.layout import ARCHIVE, INBOX
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.inbox import scan_inbox, take_all_in
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import Storage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    WEEKS,
    drop_csv,
    instance_in,
    materialize,
)
from spotify_assets_tests.inbox_files import RULES
from spotify_assets_tests.raw_samples import WEEK, chart_csv, csv_name
from spotify_assets_tests.s3_server import count_requests

ALL_BUT_THE_CATALOG = ("raw_playlist", *CHART_TABLES)


def drop_samples(storage: Storage, weeks: int) -> list[date]:
    """Put the demo's files of the last weeks into the inbox; gives the weeks."""
    for sample in sample_files(WEEKS[-1], weeks):
        storage.write(INBOX + sample.name, sample.content)
    return [WEEKS[-1] - ONE_WEEK * back for back in reversed(range(weeks))]


@pytest.fixture
def s3_settings(s3_storage: S3Storage) -> Settings:
    """Settings whose base is the S3 of the tests."""
    return load_settings({f"{PREFIX}BASE": s3_storage.location(""), f"{PREFIX}CATALOG": "glue"})


def test_two_years_of_files_are_taken_in_with_three_requests_each(
    s3_settings: Settings, s3_storage: S3Storage, tmp_path: Path
) -> None:
    weeks = drop_samples(s3_storage, 104)
    requests = count_requests(s3_storage)
    counted = {"storage": s3_storage, "raw_io_manager": RawFileIOManager(s3_storage)}
    with instance_in(tmp_path / "home") as instance:
        assert materialize(s3_settings, instance, weeks, ["raw_playlist"], **counted).success
    sent = Counter(requests)
    files = len(list(s3_storage.files(ARCHIVE)))
    assert files >= 208
    # The inbox, the archive, and the archive again by the checks, in which each file is read; and the
    # list of what was received, which is read and written by the run and read by a check.
    each = {"GetObject": 2 * (files + 104), "PutObject": files + 104, "DeleteObject": files}
    assert sent == each | {"ListObjectsV2": 5}
    assert list(s3_storage.files(INBOX)) == []


def test_of_files_of_the_same_name_taken_in_together_the_last_counts(
    s3_storage: S3Storage,
) -> None:
    contents = [chart_csv([f"Song {number}"]) for number in range(6)]
    for number, content in enumerate(contents):
        s3_storage.write(f"{INBOX}{number}/{csv_name()}", content)
    found = list(scan_inbox(s3_storage, RULES))
    in_order = sorted(found, key=lambda file: file.file.key)
    assert len(take_all_in(s3_storage, in_order)) == 6  # type: ignore[arg-type]
    (archived,) = archived_files(s3_storage, [WEEK])
    assert s3_storage.read(archived[1].key) == contents[-1]
    assert {s3_storage.read(file.key) for file in s3_storage.files("")} == set(contents)


def test_a_table_is_made_with_one_request_for_each_file_that_it_reads_or_leaves(
    s3_settings: Settings, s3_storage: S3Storage, tmp_path: Path
) -> None:
    weeks = drop_samples(s3_storage, 4)
    with instance_in(tmp_path / "home") as instance:
        assert materialize(s3_settings, instance, weeks, ["raw_playlist"]).success
        requests = count_requests(s3_storage)
        counted = {
            "raw_io_manager": RawFileIOManager(s3_storage),
            "table_io_manager": WeeklyTableIOManager(s3_storage, "parquet"),
        }
        assert materialize(s3_settings, instance, weeks, ["songs"], **counted).success
    # For each week: its raw files are read, a table is written and what it holds is noted; the checks
    # read it by `storage`.
    sent = Counter(requests)
    files = len(list(s3_storage.files(ARCHIVE)))
    assert sent == {"ListObjectsV2": 2, "GetObject": files, "PutObject": 2 * 4}


def test_the_catalog_of_duckdb_says_that_it_reads_folders_only(
    s3_storage: S3Storage,
) -> None:
    with pytest.raises(SettingsError, match="folders only"):
        base_of(load_settings({f"{PREFIX}BASE": s3_storage.location("")}))


def test_a_run_encrypts_with_the_key_that_is_set(s3_storage: S3Storage, tmp_path: Path) -> None:
    base = {
        f"{PREFIX}BASE": s3_storage.location(""),
        f"{PREFIX}CATALOG": "glue",
        f"{PREFIX}S3_ENCRYPTION": "alias/charts",
    }
    drop_csv(s3_storage, WEEKS[0])
    with instance_in(tmp_path / "home") as instance:
        assert materialize(load_settings(base), instance, WEEKS[:1], ALL_BUT_THE_CATALOG).success
    written = [file.key for file in s3_storage.files("")]
    assert len(written) == 10  # raw file and its checksum, four tables and what was noted of each
    for key in written:
        head = s3_storage.client.head_object(Bucket=s3_storage.bucket, Key=f"some/prefix/{key}")
        assert head["SSEKMSKeyId"] == "alias/charts"
