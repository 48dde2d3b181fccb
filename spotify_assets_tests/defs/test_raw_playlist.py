"""`raw_playlist` and the tables after it, where files are missing, damaged, replaced or raced for.

What comes from Spotify is tested in `spotify/test_assets.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.errors import UserError
from spotify_assets.layout import ARCHIVE, INBOX, TABLE_FILES, RawName
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    ALL_ASSETS,
    WEEKS,
    drop_csv,
    failures,
    instance_in,
    materializations,
    materialize,
    warnings_of,
)
from spotify_assets_tests.s3_server import count_requests

RAW = ("raw_playlist",)
TABLES_ALONE = ("songs", "albums", "artists", "song_artists", "check_results")
NORWAY = RawName(WEEKS[0], "norway", "chart_csv")


def test_a_single_week_without_raw_files_fails_and_says_what_to_do(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    said = failures(materialize(settings, instance, WEEKS[:1]))
    assert list(said) == ["raw_playlist"]
    for words in ("no raw files for 2024-03-01", "charts.spotify.com", INBOX):
        assert words in said["raw_playlist"]
    assert all(not materializations(instance, asset) for asset in ALL_ASSETS)
    said = failures(materialize(settings, instance, WEEKS[:2], TABLES_ALONE))
    assert "no raw files for 2024-03-01 and 2024-03-08" in said["chart_tables"]
    assert "materialize raw_playlist first" in said["chart_tables"]
    assert list(storage.files(TABLE_FILES)) == []


def test_a_newer_file_replaces_the_older_one_which_is_kept(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    both = [raw_samples.playlist(raw_samples.rows(week)) for week in WEEKS[:2]]
    storage.write(INBOX + "norway.json", raw_samples.as_json(both))  # for the next week as well
    drop_csv(storage, WEEKS[0])
    assert materialize(settings, instance, WEEKS[:1], RAW).success
    older = storage.read(NORWAY.archive_key)
    drop_csv(storage, WEEKS[0], names=["Midnight Ferry", "Fjordlys"])
    assert materialize(settings, instance, WEEKS[:2], RAW).success
    kept = [file.key for file in storage.files(ARCHIVE) if "/superseded/" in file.key]
    assert [storage.read(key) for key in kept] == [older]
    assert storage.exists(RawName(WEEKS[1], "norway", "playlist").archive_key)
    assert list(storage.files(INBOX)) == []


def test_a_file_damaged_in_the_archive_is_named_with_its_remedy_and_the_run_goes_on(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    for country in ("no", "global"):
        drop_csv(storage, WEEKS[0], country=country)
    assert materialize(settings, instance, WEEKS[:1], RAW).success
    storage.write(NORWAY.archive_key, b"rank,uri\nnonsense")
    result = materialize(settings, instance, WEEKS[:1], RAW)
    assert failures(result) == {}
    (said,) = warnings_of(instance, result.run_id)
    assert said.startswith(f"{NORWAY.archive_key} is damaged: ")
    assert "Put a good copy into the inbox" in said
    failed = {e.check_name: e for e in result.get_asset_check_evaluations() if not e.passed}
    assert failed["archive_intact"].severity == dg.AssetCheckSeverity.ERROR
    assert "norway" in str(failed["archive_intact"].description)


@pytest.mark.parametrize(
    "error", [OSError(28, "It is full", "a.csv"), UserError("It is full: 'a.csv'")]
)
def test_a_run_says_why_it_failed_without_class_and_number(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance, error: Exception
) -> None:
    class Failing(FolderStorage):
        def write_once(self, *_: object) -> bool:
            raise error

    drop_csv(storage, WEEKS[0])
    result = materialize(settings, instance, WEEKS[:1], RAW, storage=Failing(storage.root))
    assert failures(result) == {"raw_playlist": "It is full: 'a.csv'"}


class _Overtaken(FolderStorage):
    """A folder where something happens once, at a moment between the inbox and the archive."""

    def __init__(self, root: Path, moment: str, then: Callable[[], object]) -> None:
        super().__init__(root)
        self.moment, self.then = moment, then

    def _now(self, moment: str) -> None:
        if moment == self.moment:
            self.moment = "over"
            self.then()

    def read(self, key: str) -> bytes:
        content = super().read(key)
        if key.startswith(INBOX):
            self._now("the inbox was read")
        return content

    def write_once(self, key: str, content: bytes) -> str:
        self._now("before archiving")
        wrote = super().write_once(key, content)
        self._now("after archiving")
        return wrote


@pytest.mark.parametrize("moment", ["the inbox was read", "before archiving", "after archiving"])
def test_of_two_runs_that_race_for_an_inbox_file_neither_loses_it(
    settings: Settings,
    storage: FolderStorage,
    instance: dg.DagsterInstance,
    tmp_path: Path,
    moment: str,
) -> None:
    drop_csv(storage, WEEKS[0])
    (file,) = storage.files(INBOX)
    content, others = storage.read(file.key), []

    def other_run() -> None:
        with instance_in(tmp_path / "other home") as other:
            others.append(materialize(settings, other, WEEKS[:1], RAW).success)

    overtaken = _Overtaken(settings.folder, moment, other_run)
    result = materialize(settings, instance, WEEKS[:1], RAW, storage=overtaken)
    assert others == [True], "the other run didn't come in between"
    assert failures(result) == {}
    assert list(storage.files(INBOX)) == []
    assert storage.read(NORWAY.archive_key) == content
    made = materializations(instance, "raw_playlist")["2024-03-01"]
    assert made.metadata["dagster/partition_row_count"].value == 3


def test_on_s3_each_file_costs_few_requests_and_is_encrypted_with_the_key_that_is_set(
    s3_storage: S3Storage, instance: dg.DagsterInstance
) -> None:
    values = {"BASE": s3_storage.location(""), "CATALOG": "glue", "S3_ENCRYPTION": "alias/charts"}
    settings = load_settings({f"{PREFIX}{name}": value for name, value in values.items()})
    weeks, countries = WEEKS[:4], ("no", "global")
    for week in weeks:
        for country in countries:
            drop_csv(s3_storage, week, country=country)
    assert materialize(settings, instance, weeks[:1], RAW).success
    for file in s3_storage.files(ARCHIVE):
        head = s3_storage.client.head_object(
            Bucket=s3_storage.bucket, Key=f"some/prefix/{file.key}"
        )
        assert head["SSEKMSKeyId"] == "alias/charts"
    requests = count_requests(s3_storage)
    assert materialize(settings, instance, weeks[1:], RAW, storage=s3_storage).success
    files = len(countries) * len(weeks[1:])
    # One that deletes nothing, and up to two that write: whether the store carries out conditions.
    assert requests["DeleteObject"] == files + 1
    assert requests["PutObject"] <= files + len(weeks) + 2  # each file, and the sums of each week
    assert requests["ListObjectsV2"] <= 25, "listings don't grow with the files"
    assert requests["GetObject"] <= 9 * files
