"""Runs broken off at any change of the storage: nothing is lost, and the next run ends the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from spotify_assets.layout import ARCHIVE, INBOX, REJECTED, RawName
from spotify_assets.raw.archive import Fetched, archive_fetched, archived_files, note_sums, sums
from spotify_assets.raw.rejected import retry_rejected_files
from spotify_assets.storage import FolderStorage, StoredFile
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.inbox_files import (
    HTML,
    NEWER,
    NORWAY,
    TWO_WEEKS,
    drop,
    empty_inbox,
    files_in,
)
from spotify_assets_tests.raw_samples import WEEK, as_json, chart_csv, csv_name, playlist, rows

Result = TypeVar("Result")
WHEN = pytest.mark.parametrize("when", ["before", "after", "amid"])


class BrokenOff(Exception):  # noqa: N818 - it is no error of ours
    """The run ended here."""


class Breaking(FolderStorage):
    """A folder that breaks off at a change: before it, after it, or amid it where it has two steps."""

    def __init__(self, root: Path, changes: int, when: str) -> None:
        super().__init__(root)
        self.changes, self.when = changes, when

    def _change(self, change: Callable[[], Result]) -> Result:
        self.changes -= 1
        if self.changes == 0 and self.when == "before":
            raise BrokenOff
        result = change()
        if self.changes == 0:
            raise BrokenOff
        return result

    def write(self, key: str, content: bytes) -> str:
        return self._change(lambda: super(Breaking, self).write(key, content))

    def write_once(self, key: str, content: bytes) -> str:
        return self._change(lambda: super(Breaking, self).write_once(key, content))

    def copy(self, source: str, destination: str) -> None:
        self._change(lambda: super(Breaking, self).copy(source, destination))

    def delete(self, key: str) -> None:
        self._change(lambda: super(Breaking, self).delete(key))

    def delete_unchanged(self, file: StoredFile) -> bool:
        return self._change(lambda: super(Breaking, self).delete_unchanged(file))

    def move(self, source: str, destination: str) -> None:
        if self.when == "amid":  # as on S3, where a move is two requests
            self.copy(source, destination)
            self.delete(source)
        else:
            self._change(lambda: super(Breaking, self).move(source, destination))


def prepared(folder: Path) -> FolderStorage:
    """A base with an archived file, and in its inbox newer, older, other and unreadable ones."""
    storage = FolderStorage(folder)
    drop(storage, csv_name(), NORWAY)
    drop(storage, "bad.csv", HTML)
    empty_inbox(storage)
    drop(storage, csv_name(), NEWER, minute=1)
    drop(storage, f"a/{csv_name()}", chart_csv(["Newest"]), minute=2)
    drop(storage, f"b/{csv_name()}", NORWAY, minute=3)
    drop(storage, f"c/{csv_name()}", NEWER, minute=4)
    drop(storage, "all.json", TWO_WEEKS, minute=5)
    drop(storage, "bad.csv", HTML + b"again", minute=6)
    drop(storage, "worse.csv", HTML + b"worse", minute=7)
    return storage


def archive_of(storage: FolderStorage) -> dict[str, bytes]:
    return {file.key: storage.read(file.key) for file in storage.files(ARCHIVE)}


def run(storage: FolderStorage) -> None:
    """Take in what waits, and note the sums of what the archive has, as a run does."""
    empty_inbox(storage)
    note_sums(storage, digests(storage))


def digests(storage: FolderStorage) -> dict[RawName, str]:
    """The SHA-256 of each current file of the archive."""
    files = archived_files(storage, None)
    return {name: hashlib.sha256(storage.read(file.key)).hexdigest() for name, file in files}


def broken_off(
    tmp_path: Path, when: str, do: Callable[[FolderStorage], object]
) -> Iterator[FolderStorage]:
    """Prepared bases in which `do` was broken off at its first change, its second, … and not at all.

    Asserts that no content is lost there.
    """
    for changes in range(1, 100):
        storage = prepared(tmp_path / f"{changes}")
        before = {*files_in(storage).values()}
        breaking = Breaking(storage.root, changes, when)
        with suppress(BrokenOff):
            do(breaking)
        assert before <= {*files_in(storage).values()}, f"lost at change {changes}"
        yield storage
        if breaking.changes > 0:
            assert changes > 10
            return


def assert_completed(tmp_path: Path, when: str, key: str, content: bytes) -> None:
    """Assert that taking in this file, which contains others, may be broken off at any change."""

    def dropped(folder: str) -> FolderStorage:
        storage = FolderStorage(tmp_path / folder)
        drop(storage, key, content)
        return storage

    undisturbed = dropped("undisturbed")
    empty_inbox(undisturbed)
    for changes in range(1, 100):
        storage = dropped(f"{changes}")
        breaking = Breaking(storage.root, changes, when)
        with suppress(BrokenOff):
            empty_inbox(breaking)
        empty_inbox(storage)
        assert archive_of(storage) == archive_of(undisturbed)
        assert {*files_in(storage).values()} == {*files_in(undisturbed).values()}
        assert not list(storage.files(INBOX))
        if breaking.changes > 0:
            assert changes > 8
            return


@WHEN
def test_a_run_broken_off_at_any_change_is_completed_by_the_next(when: str, tmp_path: Path) -> None:
    undisturbed = prepared(tmp_path / "undisturbed")
    run(undisturbed)
    expected = archive_of(undisturbed)
    assert len(expected) == 8, "three current files, three superseded ones, two lists"
    for storage in broken_off(tmp_path, when, run):
        run(storage)
        assert archive_of(storage) == expected
        assert {*files_in(storage).values()} == {*files_in(undisturbed).values()}


@WHEN
def test_no_sum_contradicts_the_archive_even_if_the_inbox_is_emptied_after_a_broken_off_run(
    when: str, tmp_path: Path
) -> None:
    """The sum of a file that never arrived may stay: the check then says that it is gone."""
    for storage in broken_off(tmp_path, when, run):
        for file in list(storage.files(INBOX)):
            storage.delete(file.key)
        run(storage)
        found = {name: digest for name, digest in digests(storage).items() if name.week == WEEK}
        assert found.items() <= sums(storage, WEEK).items()


@WHEN
def test_no_rejected_file_is_lost_when_putting_it_back_is_broken_off(
    when: str, tmp_path: Path
) -> None:
    def run_and_retry(storage: FolderStorage) -> None:
        empty_inbox(storage)
        retry_rejected_files(storage)

    for storage in broken_off(tmp_path, when, run_and_retry):
        before = {*files_in(storage).values()}
        retry_rejected_files(storage)
        assert {*files_in(storage).values()} == before
        assert list(storage.files(REJECTED)) == []


@WHEN
def test_a_snapshot_whose_storing_was_broken_off_leaves_no_sum_without_a_file(
    when: str, tmp_path: Path
) -> None:
    snapshot = Fetched(RawName(WEEK, "norway", "playlist"), as_json(playlist(rows())), NOW)
    for changes in (1, 2):
        storage = FolderStorage(tmp_path / str(changes))
        with pytest.raises(BrokenOff):
            archive_fetched(Breaking(storage.root, changes, when), snapshot)
        assert set(sums(storage, WEEK)) <= {n for n, _ in archived_files(storage, [WEEK])}
        run(storage)
        assert set(sums(storage, WEEK)) == {n for n, _ in archived_files(storage, [WEEK])}
