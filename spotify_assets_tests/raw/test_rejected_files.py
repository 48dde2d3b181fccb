"""Rejected files: kept with their reasons, never overwritten, taken back when asked to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spotify_assets.raw.inbox import reject, retry_rejected_files, scan_inbox
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.inbox_files import HTML, INBOX, RULES, drop, empty_inbox, files_in
from spotify_assets_tests.raw_samples import chart_csv, csv_name

REJECTED = "raw/rejected"


def test_a_rejected_file_keeps_its_path_and_has_its_reason_beside_it(
    storage: FolderStorage,
) -> None:
    drop(storage, f"from Ida/{csv_name()}", HTML)
    assert empty_inbox(storage) == [f"{REJECTED}/from Ida/{csv_name()}"]
    assert files_in(storage) == {f"{REJECTED}/from Ida/{csv_name()}": HTML}
    reason = storage.read(f"{REJECTED}/from Ida/{csv_name()}.reason.txt").decode()
    name, why, remedy = reason.rstrip().split("\n\n")
    assert name == f"from Ida/{csv_name()}"
    assert why.startswith("It is a web page (HTML)")
    assert "spotify-assets update --retry-rejected" in remedy


def test_rejected_files_of_the_same_name_are_all_kept(storage: FolderStorage) -> None:
    for number in range(3):
        drop(storage, "a/bad.csv", HTML + bytes([number]))
        empty_inbox(storage)
    drop(storage, "b/bad.csv", HTML)
    empty_inbox(storage)
    assert files_in(storage) == {
        f"{REJECTED}/a/bad.csv": HTML + b"\0",
        f"{REJECTED}/again-2/a/bad.csv": HTML + b"\1",
        f"{REJECTED}/again-3/a/bad.csv": HTML + b"\2",
        f"{REJECTED}/b/bad.csv": HTML,
    }
    assert len(list(storage.files(f"{REJECTED}/"))) == 8


def test_a_file_named_like_a_folder_is_rejected_and_so_is_what_is_in_that_folder(
    storage: FolderStorage,
) -> None:
    for path in ("norway", "global/x.csv", "norway", "global"):
        drop(storage, path, HTML)
        empty_inbox(storage)
    drop(storage, "norway/deep/x.csv", HTML)
    empty_inbox(storage)
    assert sorted(files_in(storage)) == [
        f"{REJECTED}/again-2/global",
        f"{REJECTED}/again-2/norway",
        f"{REJECTED}/again-3/norway/deep/x.csv",
        f"{REJECTED}/global/x.csv",
        f"{REJECTED}/norway",
    ]
    assert retry_rejected_files(storage) == 5
    assert list(storage.files(f"{REJECTED}/")) == []


def test_a_file_named_like_a_reason_overwrites_none_and_is_kept(storage: FolderStorage) -> None:
    drop(storage, "bad.csv.reason.txt", b"my own notes")
    empty_inbox(storage)
    drop(storage, "bad.csv", HTML)
    empty_inbox(storage)
    assert b"my own notes" in files_in(storage).values()
    assert retry_rejected_files(storage) == 2
    assert sorted(files_in(storage).values()) == [HTML, b"my own notes"]


def test_any_name_that_a_disk_takes_can_be_rejected_and_its_reason_printed(
    storage: FolderStorage,
) -> None:
    names = ["x" * 251 + ".csv", "ø" * 125 + ".csv", os.fsdecode(b"caf\xe9.json"), "a\nb.csv"]
    for name in names:
        drop(storage, name, b'[{"added_at": "x", "track": {"id": "x"}}]')
    (storage.root / INBOX / os.fsdecode(b"caf\xe9")).mkdir()
    drop(storage, os.fsdecode(b"caf\xe9/x.csv"), HTML)
    for found in list(scan_inbox(storage, RULES)):
        key = reject(storage, found)  # type: ignore[arg-type]
        assert key.encode()
        assert storage.exists(key)
        assert storage.read(f"{key}.reason.txt").decode()
    assert len(files_in(storage)) == 5
    assert all(key.startswith(REJECTED) for key in files_in(storage))


def test_a_rejected_link_is_kept_as_its_content(storage: FolderStorage, tmp_path: Path) -> None:
    original = tmp_path / "page.html"
    original.write_bytes(HTML)
    (storage.root / INBOX).mkdir(parents=True)
    (storage.root / INBOX / "page.html").symlink_to(original)
    empty_inbox(storage)
    original.unlink()
    assert files_in(storage) == {f"{REJECTED}/page.html": HTML}


@pytest.mark.parametrize("folder", ["", "norway/", "from Ida/week 45/"])
def test_retrying_puts_files_back_where_they_lay_without_their_reasons(
    folder: str, storage: FolderStorage
) -> None:
    drop(storage, f"{folder}bad.csv", HTML)
    empty_inbox(storage)
    assert retry_rejected_files(storage) == 1
    assert [file.key for file in storage.files("")] == [f"{INBOX}/{folder}bad.csv"]
    assert retry_rejected_files(storage) == 0


def test_retrying_overwrites_no_file_that_came_into_the_inbox_since(storage: FolderStorage) -> None:
    drop(storage, "bad.csv", HTML)
    empty_inbox(storage)
    drop(storage, "bad.csv", b"new")
    drop(storage, "retried-2/bad.csv", b"newer")
    retry_rejected_files(storage)
    assert files_in(storage) == {
        f"{INBOX}/bad.csv": b"new",
        f"{INBOX}/retried-2/bad.csv": b"newer",
        f"{INBOX}/retried-3/bad.csv": HTML,
    }


def test_a_reason_whose_file_was_taken_away_is_dropped(storage: FolderStorage) -> None:
    drop(storage, "bad.csv", HTML)
    empty_inbox(storage)
    storage.delete(f"{REJECTED}/bad.csv")
    assert retry_rejected_files(storage) == 0
    assert list(storage.files("")) == []


def test_a_file_whose_cause_was_mended_is_taken_in(storage: FolderStorage) -> None:
    drop(storage, "unknown.csv", chart_csv())
    empty_inbox(storage)
    (storage.root / REJECTED / "unknown.csv").rename(storage.root / REJECTED / csv_name())
    retry_rejected_files(storage)
    assert empty_inbox(storage) == ["raw/processed/week=2026-11-06/norway.chart.csv"]
