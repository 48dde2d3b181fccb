"""The inbox: what happens to each dropped file, taken in or rejected, and back from there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from spotify_assets.layout import INBOX, REJECTED, RawName, sums_key
from spotify_assets.raw.archive import sums
from spotify_assets.raw.inbox import NotRead, Recognised, scan_inbox
from spotify_assets.raw.rejected import Rejected, reject, retry_rejected_files
from spotify_assets.raw.taking_in import take_all_in
from spotify_assets.storage import FolderStorage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.inbox_files import (
    ARCHIVE,
    HTML,
    NEWER,
    NEXT_WEEK,
    NORWAY,
    RULES,
    drop,
    empty_inbox,
    files_in,
)
from spotify_assets_tests.raw_samples import WEEK, as_json, chart_csv, csv_name, playlist, rows
from spotify_assets_tests.s3_server import changing

CSV = RawName(WEEK, "norway", "chart_csv")


def superseded(content: bytes) -> str:
    return f"{ARCHIVE}/superseded/norway.chart.{hashlib.sha256(content).hexdigest()[:12]}.csv"


def recognised(storage: FolderStorage) -> Recognised:
    """The one file in the inbox."""
    (found,) = scan_inbox(storage, RULES)
    assert isinstance(found, Recognised)
    return found


def test_a_file_is_archived_byte_for_byte_and_again_only_leaves_the_inbox(
    storage: FolderStorage,
) -> None:
    drop(storage, f"sub/folder/{csv_name()}", NORWAY)
    assert empty_inbox(storage) == [f"{ARCHIVE}/norway.chart.csv"]
    drop(storage, f"copy/{csv_name()}", NORWAY)
    assert empty_inbox(storage) == []
    assert files_in(storage) == {f"{ARCHIVE}/norway.chart.csv": NORWAY}


def test_of_versions_of_a_file_the_last_one_counts_and_the_others_are_kept(
    storage: FolderStorage,
) -> None:
    drop(storage, csv_name(), b"\n".join([NORWAY, b""]))
    empty_inbox(storage)
    drop(storage, f"a/{csv_name()}", NEWER, minute=2)
    drop(storage, f"b/{csv_name()}", NORWAY, minute=1)
    assert empty_inbox(storage) == [CSV.archive_key] * 2
    oldest = NORWAY + b"\n"
    assert files_in(storage) == {
        CSV.archive_key: NEWER,
        superseded(NORWAY): NORWAY,
        superseded(oldest): oldest,
    }


def test_of_files_of_one_name_that_are_taken_in_together_on_s3_the_last_counts(
    each_s3: S3Storage,
) -> None:
    contents = [chart_csv([f"Song {number}"]) for number in range(6)]
    for number, content in enumerate(contents):
        each_s3.write(f"{INBOX}{number}/{csv_name()}", content)
    found = [file for file in scan_inbox(each_s3, RULES) if isinstance(file, Recognised)]
    assert take_all_in(each_s3, sorted(found, key=lambda file: file.file.key)) == [CSV] * 6
    assert each_s3.read(CSV.archive_key) == contents[-1]
    kept = {each_s3.read(file.key) for file in each_s3.files("raw/")}
    assert kept == {*contents, each_s3.read(sums_key(WEEK))}
    assert sums(each_s3, WEEK) == {CSV: hashlib.sha256(contents[-1]).hexdigest()}


@pytest.mark.parametrize(("name", "content"), [(csv_name(), NORWAY), ("page.html", HTML)])
def test_a_link_is_kept_as_its_content_and_the_original_stays(
    name: str, content: bytes, storage: FolderStorage, tmp_path: Path
) -> None:
    original = tmp_path / name
    original.write_bytes(content)
    (storage.root / INBOX).mkdir(parents=True)
    (storage.root / INBOX / name).symlink_to(original)
    (key,) = empty_inbox(storage)
    original.write_bytes(b"changed later")
    assert files_in(storage) == {key: content}


def test_a_file_that_is_replaced_after_it_was_recognised_waits_for_another_look(
    storage: FolderStorage,
) -> None:
    drop(storage, csv_name(), NORWAY)
    older = recognised(storage)
    drop(storage, csv_name(), HTML)
    assert take_all_in(storage, [older]) == []
    assert files_in(storage) == {f"{INBOX}{csv_name()}": HTML}
    drop(storage, csv_name(), NEWER)
    empty_inbox(storage)
    assert take_all_in(storage, [older]) == []
    assert files_in(storage) == {CSV.archive_key: NEWER}
    assert sums(storage, WEEK) == {CSV: hashlib.sha256(NEWER).hexdigest()}


def test_another_run_that_is_faster_with_another_version_loses_nothing(
    storage: FolderStorage,
) -> None:
    class Overtaken(FolderStorage):
        def write_once(self, key: str, content: bytes) -> str:
            super().write_once(key, NEWER)
            return super().write_once(key, content)

    drop(storage, csv_name(), NORWAY)
    assert take_all_in(Overtaken(storage.root), [recognised(storage)]) == []
    assert empty_inbox(storage) == [CSV.archive_key]
    assert files_in(storage) == {CSV.archive_key: NORWAY, superseded(NEWER): NEWER}
    assert sums(storage, WEEK) == {CSV: hashlib.sha256(NORWAY).hexdigest()}


def test_a_look_moves_nothing_and_reads_only_what_may_be_of_the_weeks(
    storage: FolderStorage,
) -> None:
    class Counting(FolderStorage):
        read_keys: list[str] = []  # noqa: RUF012 - of this test only

        def read(self, key: str) -> bytes:
            self.read_keys.append(key.removeprefix(INBOX))
            return super().read(key)

    drop(storage, csv_name(NEXT_WEEK), NORWAY, minute=1)
    drop(storage, f"week={NEXT_WEEK}/norway.playlist.json", as_json(rows()), minute=2)
    drop(storage, csv_name(WEEK), NORWAY, minute=3)
    drop(storage, "next week's.json", as_json(playlist(rows(NEXT_WEEK))), minute=4)
    before = files_in(storage)
    counting = Counting(storage.root)
    assert [found.file.key for found in scan_inbox(counting, RULES, [WEEK])] == [INBOX + csv_name()]
    assert counting.read_keys == [csv_name(WEEK), "next week's.json"]
    assert files_in(storage) == before
    assert list(scan_inbox(storage, RULES, [])) == []


@pytest.mark.parametrize(
    "name",
    [
        f"{csv_name()}.crdownload",
        f"{csv_name()}.Partial",
        f"{csv_name()}.download/{csv_name()}",
        "norway/Thumbs.db",
    ],
)
def test_an_unfinished_download_is_left_alone(storage: FolderStorage, name: str) -> None:
    drop(storage, name, NORWAY[:100])
    drop(storage, f"thumbs.db of tmp.part.2/{csv_name()}", NORWAY)
    assert empty_inbox(storage) == [CSV.archive_key]
    assert files_in(storage) == {CSV.archive_key: NORWAY, INBOX + name: NORWAY[:100]}


def test_a_file_that_is_too_large_is_rejected_and_one_that_cannot_be_read_stays(
    storage: FolderStorage,
) -> None:
    class Refusing(FolderStorage):
        def read(self, key: str) -> bytes:
            assert "large" not in key
            if "gone" in key:
                self.delete(key)
                return super().read(key)
            raise {"a": PermissionError(13, "Denied"), "b": TimeoutError(), "c": OSError(5, "EIO")}[
                key.removeprefix(INBOX)[0]
            ]

    drop(storage, "gone.csv", NORWAY)
    for folder in "abc":
        drop(storage, f"{folder}/{csv_name()}", NORWAY)
    drop(storage, "large.csv", b"")
    os.truncate(storage.root / INBOX / "large.csv", 2 * 1024**3)
    found = list(scan_inbox(Refusing(storage.root), RULES))
    (large,) = [one.reason for one in found if isinstance(one, Rejected)]
    assert large.startswith("It has 2,048 MB, more than 64. ")
    not_read = [one for one in found if isinstance(one, NotRead)]
    assert [one.file.key.removeprefix(INBOX)[0] for one in not_read] == ["a", "b", "c"]
    assert "It can't be read: Denied. It stays in the inbox" in not_read[0].reason


@pytest.mark.parametrize("failing", [1, 2, 3, 4])  # which of the reads of the older file
def test_a_newer_file_waits_for_an_older_one_of_its_chart_and_week_that_cannot_be_read(
    storage: FolderStorage, failing: int
) -> None:
    """Else the older one replaces it, once it can be read."""

    class FailingOnce(FolderStorage):
        reads = 0

        def read(self, key: str) -> bytes:
            self.reads += key == INBOX + csv_name()
            if key == INBOX + csv_name() and self.reads == failing:
                raise OSError(5, "Input/output error")
            return super().read(key)

    drop(storage, csv_name(), NORWAY)
    drop(storage, f"again/{csv_name()}", NEWER, minute=1)
    drop(storage, csv_name(country="global"), NORWAY, minute=2)
    once = FailingOnce(storage.root)
    found = list(scan_inbox(once, RULES))
    take_all_in(once, [one for one in found if isinstance(one, Recognised)])
    assert list(storage.files(INBOX)), "a file wasn't read"
    empty_inbox(storage)
    assert storage.read(CSV.archive_key) == NEWER
    assert storage.exists(superseded(NORWAY))


@pytest.mark.parametrize("first_denied", [0, 1, 2])
def test_on_s3_a_file_whose_read_is_denied_at_any_moment_stays_and_costs_no_other(
    s3_storage: S3Storage,
    s3_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
    first_denied: int,
) -> None:
    norway, other = (INBOX + csv_name(country=country) for country in ("no", "global"))
    for key in (norway, other):
        s3_storage.write(key, NORWAY)
    reads: list[str] = []

    def is_denied(method: str, path: str, _: int) -> bool:
        if method != "GET" or norway not in path:
            return False
        reads.append(path)
        return len(reads) > first_denied

    with changing(s3_endpoint, is_denied) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        denied = S3Storage(s3_storage.bucket, s3_storage.prefix)
        found = list(scan_inbox(denied, RULES))
        taken = take_all_in(denied, [one for one in found if isinstance(one, Recognised)])
    not_read = [one.reason for one in found if isinstance(one, NotRead)]
    assert ["S3 denies GetObject" in reason for reason in not_read] == [True] * (not first_denied)
    assert [name.chart for name in taken] == ["global"]
    assert [file.key for file in s3_storage.files(INBOX)] == [norway]


# Rejected files.


def test_a_rejected_file_keeps_its_path_and_has_its_reason_beside_it(
    storage: FolderStorage,
) -> None:
    drop(storage, f"from Ida/{csv_name()}", HTML)
    assert empty_inbox(storage) == [f"{REJECTED}from Ida/{csv_name()}"]
    reason = storage.read(f"{REJECTED}from Ida/{csv_name()}.reason.txt").decode()
    name, why, remedy = reason.rstrip().split("\n\n")
    assert name == f"from Ida/{csv_name()}"
    assert why.startswith("It is a web page (HTML)")
    assert "spotify-assets update --retry-rejected" in remedy
    assert retry_rejected_files(storage) == 1
    assert [file.key for file in storage.files("")] == [f"{INBOX}from Ida/{csv_name()}"]
    assert retry_rejected_files(storage) == 0


@pytest.mark.parametrize(
    "moves", [1, 2]
)  # of the other run, before this one chooses a key or after
def test_a_file_that_another_run_rejects_meanwhile_is_there_once_with_its_reason(
    storage: FolderStorage, moves: int
) -> None:
    class Overtaken(FolderStorage):
        def move(self, source: str, destination: str) -> None:
            for _ in range(moves):
                super().move(source, destination)

    drop(storage, "bad.csv", HTML)
    (found,) = scan_inbox(storage, RULES)
    assert isinstance(found, Rejected)
    if moves == 1:
        reject(storage, found)
    assert reject(Overtaken(storage.root), found)
    keys = [file.key for file in storage.files("")]
    assert keys == [f"{REJECTED}bad.csv", f"{REJECTED}bad.csv.reason.txt"]


def test_rejected_files_overwrite_no_others_and_all_come_back(storage: FolderStorage) -> None:
    """Not even where a file is named like a folder, or like the reason of another."""
    dropped = ("norway", "global/x.csv", "norway", "global", "norway/deep/x.csv", "norway",
               "bad.csv.reason.txt", "bad.csv", "b/bad.csv")  # fmt: skip
    for number, path in enumerate(dropped):
        drop(storage, path, HTML + bytes([number]))
        empty_inbox(storage)
    assert [key.removeprefix(REJECTED) for key in files_in(storage)] == [
        "again-2/global",
        "again-2/norway",
        "again-3/norway/deep/x.csv",
        "again-4/norway",
        "b/bad.csv",
        "bad.csv",
        "bad.csv.reason.txt.dropped",
        "global/x.csv",
        "norway",
    ]
    assert retry_rejected_files(storage) == len(dropped)
    assert len({*files_in(storage).values()}) == len(dropped)
    assert all(key.startswith(INBOX) for key in files_in(storage))


def test_any_name_that_a_disk_takes_can_be_rejected_and_its_reason_printed(
    storage: FolderStorage,
) -> None:
    names = ["x" * 251 + ".csv", "ø" * 125 + ".csv", os.fsdecode(b"caf\xe9.json"), "a\nb.csv"]
    for name in names:
        drop(storage, name, b'[{"added_at": "x", "track": {"id": "x"}}]')
    (storage.root / INBOX / os.fsdecode(b"caf\xe9")).mkdir()
    drop(storage, os.fsdecode(b"caf\xe9/x.csv"), HTML)
    for found in list(scan_inbox(storage, RULES)):
        assert isinstance(found, Rejected)
        key = reject(storage, found)
        assert key.encode()
        assert storage.read(f"{key}.reason.txt").decode()
    assert len(files_in(storage)) == 5
    assert all(key.startswith(REJECTED) for key in files_in(storage))


def test_a_file_renamed_among_the_rejected_is_taken_in_and_its_lone_reason_is_dropped(
    storage: FolderStorage,
) -> None:
    drop(storage, "unknown.csv", chart_csv())
    empty_inbox(storage)
    (storage.root / REJECTED / "unknown.csv").rename(storage.root / REJECTED / csv_name())
    assert retry_rejected_files(storage) == 1
    assert [file.key for file in storage.files("")] == [INBOX + csv_name()]
    assert empty_inbox(storage) == [CSV.archive_key]
