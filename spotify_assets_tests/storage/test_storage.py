"""Files below a base: complete or not there, listed in order, never lost on the way.

What every storage promises is tested on the folder and on S3; what only S3 does, in `test_s3`.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from spotify_assets.storage import FolderStorage, Storage, open_storage

LONG_AGO = 1_000_000_000.0


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return [file.key for file in storage.files(prefix)]


def everything_in(folder: Path) -> list[str]:
    """Return all files below the folder, including the hidden ones."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, on which no file can be renamed."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)


@pytest.fixture
def two_file_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders on file systems of their own, between which nothing can be renamed."""
    replace = os.replace

    def within_a_folder(source: Path, target: Path) -> None:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(os, "replace", within_a_folder)


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without links."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)


def test_a_file_is_written_copied_moved_and_deleted_as_a_whole(either: Storage) -> None:
    either.write("a/b/c.txt", b"a long old content")
    either.write("a/b/c.txt", b"new")
    either.write("deep/er/d.txt", b"old")
    either.copy("a/b/c.txt", "deep/er/d.txt")
    assert dict(either.read_many(keys(either))) == {"a/b/c.txt": b"new", "deep/er/d.txt": b"new"}
    either.move("a/b/c.txt", "e.txt")
    assert either.read("e.txt") == b"new"
    assert keys(either) == ["deep/er/d.txt", "e.txt"]
    assert not either.exists("deep")
    for key in ("e.txt", "e.txt", "deep/er/d.txt"):  # deleting twice is no error
        either.delete(key)
    assert keys(either) == []


@pytest.mark.usefixtures("full_disk")
def test_a_write_or_move_that_fails_leaves_the_old_files_and_nothing_else(
    storage: FolderStorage,
) -> None:
    (storage.root / "a.txt").write_bytes(b"source")
    (storage.root / "b.txt").write_bytes(b"target")
    with pytest.raises(OSError, match="No space") as raised:
        storage.write("b.txt", b"new")
    assert raised.value.filename == storage.location("b.txt")
    with pytest.raises(OSError, match="No space"):
        storage.move("a.txt", "b.txt")
    assert (storage.read("a.txt"), storage.read("b.txt")) == (b"source", b"target")
    assert everything_in(storage.root) == ["a.txt", "b.txt"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[FolderStorage]:
    """A disk of 64 kB, or skip."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        subprocess.run(mounted, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted: {error}")
    yield FolderStorage(disk)
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_named_and_keeps_the_files_that_it_has(small_disk: FolderStorage) -> None:
    there = {"a/a.txt": b"a" * 30_000, "a/b.txt": b"b" * 10_000}
    for key, content in there.items():
        small_disk.write(key, content)
    for write in (
        lambda: small_disk.write("a/b.txt", b"c" * 30_000),
        lambda: small_disk.write_once("c/d/e.txt", b"c" * 30_000),
        lambda: small_disk.copy("a/a.txt", "a/b.txt"),
    ):
        with pytest.raises(OSError, match=r"No space left on device\. .* free some") as raised:
            write()
        assert raised.value.errno == errno.ENOSPC
        assert str(small_disk.root) in str(raised.value)
        assert everything_in(small_disk.root) == sorted(there)
    small_disk.move("a/a.txt", "moved.txt")  # needs no space
    assert small_disk.read("moved.txt") == there["a/a.txt"]


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


def test_a_link_is_moved_as_the_content_behind_it(storage: FolderStorage, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"content")
    (storage.root / "link.txt").symlink_to(outside)
    storage.move("link.txt", "moved.txt")
    outside.write_bytes(b"changed later")
    assert storage.read("moved.txt") == b"content"
    assert not (storage.root / "moved.txt").is_symlink()
    assert everything_in(storage.root) == ["moved.txt"]


def test_files_are_listed_in_order_of_their_keys(either: Storage) -> None:
    for key in ("b/x.txt", "a.txt", "a/z.txt", "a-b.txt", "B.txt", "é.txt"):
        either.write(key, b"12345")
    listed = list(either.files(""))
    assert [f.key for f in listed] == ["B.txt", "a-b.txt", "a.txt", "a/z.txt", "b/x.txt", "é.txt"]
    assert {file.size for file in listed} == {5}
    assert all(file.modified.tzinfo is UTC for file in listed)


def test_hidden_files_are_not_listed(either: Storage) -> None:
    for key in (".b/c.txt", ".a", "b/.c/d.txt", "b/d.txt"):
        either.write(key, b"")
    assert keys(either, "b/") == ["b/d.txt"]
    assert keys(either, "") == ["b/d.txt"]
    assert keys(either, ".b/") == [".b/c.txt"]  # below the prefix nothing is hidden


def test_a_prefix_narrows_to_a_folder_or_to_the_start_of_a_name(either: Storage) -> None:
    for key in ("raw/a.txt", "raw/ab/c.txt", "raw/b.txt", "rawer/a.txt"):
        either.write(key, b"")
    assert keys(either, "raw/") == ["raw/a.txt", "raw/ab/c.txt", "raw/b.txt"]
    assert keys(either, "raw/a") == ["raw/a.txt", "raw/ab/c.txt"]
    assert keys(either, "not there/") == []


def test_pipes_links_to_nothing_and_files_deleted_during_the_listing_are_not_listed(
    storage: FolderStorage,
) -> None:
    storage.write("a.txt", b"")
    storage.write("b.txt", b"")
    (storage.root / "broken").symlink_to("not there")
    (storage.root / "circle").symlink_to("circle")
    os.mkfifo(storage.root / "pipe")
    found = []
    for file in storage.files(""):
        storage.delete("b.txt")
        found.append(file.key)
    assert found == ["a.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to other users")
def test_a_link_of_somebody_to_a_file_of_somebody_else_is_not_listed(
    storage: FolderStorage, tmp_path: Path
) -> None:
    for owner, name in ((1001, "theirs"), (0, "ours"), (1002, "of a third")):
        file, link = tmp_path / name, storage.root / f"{name}.csv"
        file.write_bytes(b"private")
        os.chown(file, owner, -1)
        link.symlink_to(file)
        os.chown(link, 1001, -1, follow_symlinks=False)
    (storage.root / "made by us.csv").symlink_to(tmp_path / "of a third")
    (storage.root / "environment.csv").symlink_to("/proc/self/environ")
    os.chown(storage.root / "environment.csv", 1001, -1, follow_symlinks=False)
    assert [file.key for file in storage.files("")] == ["made by us.csv", "theirs.csv"]


def test_a_folder_that_cannot_be_listed_counts_as_empty_only_if_it_is_closed_or_gone(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.write("a/b.txt", b"b")
    for number in (errno.EACCES, errno.ENOENT, errno.EIO):

        def fail(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "scandir", fail)
        if number == errno.EIO:
            with pytest.raises(OSError, match="Input/output error"):
                keys(storage)
        else:
            assert keys(storage) == []


def test_a_file_that_cannot_be_looked_at_is_not_left_out_of_a_listing(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.write("a.txt", b"a")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "stat", fail)
    with pytest.raises(OSError, match="Input/output error"):
        keys(storage)


def test_empty_folders_are_never_in_the_way(storage: FolderStorage) -> None:
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


def test_a_missing_file_cannot_be_read_copied_or_moved(either: Storage) -> None:
    either.write("b.txt", b"old")
    with pytest.raises(FileNotFoundError):
        either.read("a.txt")
    with pytest.raises(FileNotFoundError):
        either.copy("a.txt", "b.txt")
    with pytest.raises(FileNotFoundError):
        either.move("a.txt", "b.txt")
    assert either.read("b.txt") == b"old"
    assert not either.exists("a.txt")
    assert keys(either) == ["b.txt"]


def test_a_file_is_written_only_once(either: Storage) -> None:
    assert either.write_once("deep/er/a.txt", b"first")
    assert not either.write_once("deep/er/a.txt", b"second")
    assert either.read("deep/er/a.txt") == b"first"
    either.delete("deep/er/a.txt")
    assert either.write_once("deep/er/a.txt", b"third")
    assert keys(either) == ["deep/er/a.txt"]


def test_of_many_threads_that_write_once_at_the_same_moment_one_does(
    storage: FolderStorage,
) -> None:
    start = Barrier(8)

    def write(number: int) -> str:
        start.wait()
        return storage.write_once("a.txt", b"%d" % number)

    with ThreadPoolExecutor(8) as pool:
        wrote = list(pool.map(write, range(8)))
    assert sum(map(bool, wrote)) == 1
    assert storage.read("a.txt") == b"%d" % next(n for n, version in enumerate(wrote) if version)
    assert everything_in(storage.root) == ["a.txt"]


@pytest.mark.usefixtures("no_links")
def test_a_file_is_written_once_on_a_file_system_without_links(storage: FolderStorage) -> None:
    assert storage.write_once("a.txt", b"first")
    assert not storage.write_once("a.txt", b"second")
    assert storage.read("a.txt") == b"first"
    assert everything_in(storage.root) == ["a.txt"]


def test_what_was_replaced_since_it_was_listed_is_not_deleted(either: Storage) -> None:
    either.write("a.txt", b"old")
    (listed,) = either.files("")
    either.write("a.txt", b"new")
    assert not either.delete_unchanged(listed)
    assert either.read("a.txt") == b"new"
    (listed,) = either.files("")
    assert either.delete_unchanged(listed)
    assert keys(either) == []
    assert either.delete_unchanged(listed)


def test_many_are_read_in_the_given_order(either: Storage) -> None:
    wanted = [f"{number}.txt" for number in range(50)]
    for key in wanted:
        either.write(key, key.encode())
    wanted = [*reversed(wanted), "7.txt"]
    assert list(either.read_many(wanted)) == [(key, key.encode()) for key in wanted]
    assert list(either.read_many([])) == []


def test_a_missing_one_of_many_is_an_error_when_its_turn_comes(either: Storage) -> None:
    either.write("a.txt", b"a")
    reading = either.read_many(["a.txt", "not there.txt", "a.txt"])
    assert next(reading) == ("a.txt", b"a")
    with pytest.raises(FileNotFoundError):
        next(reading)


UNUSUAL = [
    "été/Ænima 周.json",
    "a b+c%2Fd%.csv",
    "a&b=c?d#e;f,g.txt",
    "quo'te\"<x>.json",
    "tilde~(1)[2]{3}.html",
    "back\\slash.csv",
]


def test_a_key_can_have_any_characters(either: Storage) -> None:
    for key in UNUSUAL:
        either.write(key, b"content")
    assert keys(either) == sorted(UNUSUAL, key=str.encode)
    for key in UNUSUAL:
        assert either.exists(key)
        either.copy(key, f"copied/{key}")
        either.move(key, f"moved/{key}")
    assert len(keys(either, "moved/")) == len(keys(either, "copied/")) == len(UNUSUAL)
    assert dict(either.read_many(keys(either))) == dict.fromkeys(keys(either), b"content")
    for listed in list(either.files("")):
        assert either.delete_unchanged(listed)
    assert keys(either) == []


def test_a_base_is_opened_as_a_folder_or_s3(tmp_path: Path) -> None:
    assert open_storage(str(tmp_path)).location("a/b.txt") == str(tmp_path / "a" / "b.txt")
    assert open_storage("s3://bucket").location("a/b.txt") == "s3://bucket/a/b.txt"
    assert open_storage("s3://bucket/x/y").location("a.txt") == "s3://bucket/x/y/a.txt"
