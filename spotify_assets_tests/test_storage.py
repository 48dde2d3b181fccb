"""Files on a folder: whole or not there, listed in order, never lost on the way."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spotify_assets.errors import SettingsError
from spotify_assets.storage import FolderStorage, open_storage

LONG_AGO = 1_000_000_000.0


def keys(storage: FolderStorage, prefix: str = "") -> list[str]:
    return [file.key for file in storage.files(prefix)]


def everything_in(folder: Path) -> list[str]:
    """All files below the folder, the hidden ones, too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which no file can be put into place."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)


@pytest.fixture
def two_file_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that lie on file systems of their own, between which nothing can be renamed."""
    replace = os.replace

    def within_a_folder(source: Path, target: Path) -> None:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(os, "replace", within_a_folder)


def test_what_is_written_can_be_read_and_is_replaced_as_a_whole(storage: FolderStorage) -> None:
    storage.write("a/b/c.txt", b"a long old content")
    storage.write("a/b/c.txt", b"new")
    assert storage.read("a/b/c.txt") == b"new"
    assert storage.exists("a/b/c.txt")
    assert everything_in(storage.root) == ["a/b/c.txt"]


@pytest.mark.usefixtures("full_disk")
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(storage: FolderStorage) -> None:
    (storage.root / "a.txt").write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        storage.write("a.txt", b"new")
    assert storage.read("a.txt") == b"old"
    assert everything_in(storage.root) == ["a.txt"]


@pytest.mark.usefixtures("full_disk")
def test_a_move_that_fails_leaves_both_files_as_they_were(storage: FolderStorage) -> None:
    (storage.root / "a.txt").write_bytes(b"source")
    (storage.root / "b.txt").write_bytes(b"target")
    with pytest.raises(OSError, match="No space"):
        storage.move("a.txt", "b.txt")
    assert (storage.read("a.txt"), storage.read("b.txt")) == (b"source", b"target")
    assert everything_in(storage.root) == ["a.txt", "b.txt"]


def test_a_copy_leaves_its_source_and_replaces_its_destination(storage: FolderStorage) -> None:
    storage.write("a.txt", b"new")
    storage.write("deep/er/b.txt", b"old")
    storage.copy("a.txt", "deep/er/b.txt")
    assert (storage.read("a.txt"), storage.read("deep/er/b.txt")) == (b"new", b"new")


def test_a_moved_file_is_where_it_was_moved_to_only(storage: FolderStorage) -> None:
    storage.write("a.txt", b"content")
    storage.move("a.txt", "deep/er/b.txt")
    assert storage.read("deep/er/b.txt") == b"content"
    assert everything_in(storage.root) == ["deep/er/b.txt"]


@pytest.mark.usefixtures("two_file_systems")
def test_a_file_is_moved_to_another_file_system_by_copying(storage: FolderStorage) -> None:
    storage.write("a/x.txt", b"content")
    storage.move("a/x.txt", "b/x.txt")
    assert storage.read("b/x.txt") == b"content"
    assert everything_in(storage.root) == ["b/x.txt"]


def test_a_moved_file_counts_as_arrived_now(storage: FolderStorage) -> None:
    storage.write("a.txt", b"content")
    os.utime(storage.root / "a.txt", (LONG_AGO, LONG_AGO))
    storage.move("a.txt", "b.txt")
    (moved,) = storage.files("")
    assert moved.modified - datetime.fromtimestamp(LONG_AGO, tz=UTC) > timedelta(days=365)


def test_a_link_is_moved_as_the_content_it_leads_to(storage: FolderStorage, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"content")
    (storage.root / "link.txt").symlink_to(outside)
    storage.move("link.txt", "moved.txt")
    outside.write_bytes(b"changed later")
    assert storage.read("moved.txt") == b"content"
    assert not (storage.root / "moved.txt").is_symlink()
    assert everything_in(storage.root) == ["moved.txt"]


def test_files_are_listed_in_order_of_their_keys(storage: FolderStorage) -> None:
    for key in ("b/x.txt", "a.txt", "a/z.txt", "a-b.txt", "B.txt", "é.txt"):
        storage.write(key, b"12345")
    listed = list(storage.files(""))
    assert [f.key for f in listed] == ["B.txt", "a-b.txt", "a.txt", "a/z.txt", "b/x.txt", "é.txt"]
    assert {file.size for file in listed} == {5}
    assert all(file.modified.tzinfo is UTC for file in listed)


def test_a_prefix_narrows_to_a_folder_or_to_the_start_of_a_name(storage: FolderStorage) -> None:
    for key in ("raw/a.txt", "raw/ab/c.txt", "raw/b.txt", "rawer/a.txt"):
        storage.write(key, b"")
    assert keys(storage, "raw/") == ["raw/a.txt", "raw/ab/c.txt", "raw/b.txt"]
    assert keys(storage, "raw/a") == ["raw/a.txt", "raw/ab/c.txt"]
    assert keys(storage, "not there/") == []


def test_hidden_files_and_whatever_is_no_file_are_not_listed(storage: FolderStorage) -> None:
    for key in (".DS_Store", ".hidden/a.txt", "a/.b.txt", "a/b.txt"):
        storage.write(key, b"")
    (storage.root / "broken").symlink_to("not there")
    (storage.root / "circle").symlink_to("circle")
    os.mkfifo(storage.root / "pipe")
    assert keys(storage) == ["a/b.txt"]


def test_a_file_that_is_gone_by_the_time_it_is_looked_at_is_not_listed(
    storage: FolderStorage,
) -> None:
    storage.write("a.txt", b"")
    storage.write("b.txt", b"")
    found = []
    for file in storage.files(""):
        storage.delete("b.txt")
        found.append(file.key)
    assert found == ["a.txt"]


def test_empty_folders_are_nothing_and_never_in_the_way(storage: FolderStorage) -> None:
    (storage.root / "a.txt" / "b" / "c").mkdir(parents=True)
    (storage.root / "d.txt" / "e").mkdir(parents=True)
    storage.write("a.txt", b"content")
    storage.move("a.txt", "d.txt")
    assert storage.read("d.txt") == b"content"
    (storage.root / "f.txt").mkdir()
    (storage.root / "f.txt" / "kept").write_bytes(b"here")
    with pytest.raises(OSError, match="not empty"):
        storage.write("f.txt", b"content")
    assert storage.read("f.txt/kept") == b"here"


def test_a_missing_key_is_no_file_that_can_be_read_copied_or_moved(storage: FolderStorage) -> None:
    storage.write("b.txt", b"old")
    with pytest.raises(FileNotFoundError):
        storage.read("a.txt")
    with pytest.raises(FileNotFoundError):
        storage.copy("a.txt", "b.txt")
    with pytest.raises(FileNotFoundError):
        storage.move("a.txt", "b.txt")
    assert storage.read("b.txt") == b"old"
    assert not storage.exists("a.txt")
    assert everything_in(storage.root) == ["b.txt"]


def test_deleting_twice_is_no_error_and_a_folder_is_no_file(storage: FolderStorage) -> None:
    storage.write("a/b.txt", b"")
    assert not storage.exists("a")
    storage.delete("a/b.txt")
    storage.delete("a/b.txt")
    assert keys(storage) == []


def test_a_folder_is_opened_and_s3_is_refused_by_name(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    assert storage.location("a/b.txt") == str(tmp_path / "a" / "b.txt")
    with pytest.raises(SettingsError, match="SPOTIFY_ASSETS_BASE holds 's3://bucket'"):
        open_storage("s3://bucket")
