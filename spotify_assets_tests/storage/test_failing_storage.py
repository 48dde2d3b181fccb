"""A storage that fails: at whatever step, no dropped file is lost, and a later try succeeds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spotify_assets.raw.inbox import retry_rejected_files
from spotify_assets.storage import FolderStorage, StoredFile
from spotify_assets_tests.inbox_files import (
    ARCHIVE,
    HTML,
    NEWER,
    NORWAY,
    TWO_WEEKS,
    drop,
    empty_inbox,
    files_in,
)
from spotify_assets_tests.raw_samples import csv_name


class Failing(FolderStorage):
    """A folder on which one change fails, counted from `countdown`; before, after or amid it."""

    def __init__(self, root: Path, countdown: int, when: str) -> None:
        super().__init__(root)
        self.countdown = countdown
        self.when = when

    def _change(self, change: Callable[[], None]) -> None:
        self.countdown -= 1
        if self.countdown != 0:
            change()
            return
        if self.when != "before":
            change()
        raise OSError(5, "Input/output error")

    def write(self, key: str, content: bytes) -> None:
        self._change(lambda: super(Failing, self).write(key, content))

    def write_once(self, key: str, content: bytes) -> bool:
        wrote: list[bool] = []
        self._change(lambda: wrote.append(super(Failing, self).write_once(key, content)))
        return wrote[0]

    def delete_unchanged(self, file: StoredFile) -> bool:
        deleted: list[bool] = []
        self._change(lambda: deleted.append(super(Failing, self).delete_unchanged(file)))
        return deleted[0]

    def copy(self, source: str, destination: str) -> None:
        self._change(lambda: super(Failing, self).copy(source, destination))

    def delete(self, key: str) -> None:
        self._change(lambda: super(Failing, self).delete(key))

    def move(self, source: str, destination: str) -> None:
        if self.when == "amid":  # as on S3, where a move is two requests
            self.copy(source, destination)
            self.delete(source)
        else:
            self._change(lambda: super(Failing, self).move(source, destination))


@pytest.mark.parametrize("when", ["before", "after", "amid"])
def test_nothing_is_lost_at_whatever_step_the_storage_fails(when: str, tmp_path: Path) -> None:
    def prepared(name: str) -> FolderStorage:
        storage = FolderStorage(tmp_path / name)
        drop(storage, csv_name(), NORWAY)
        empty_inbox(storage)
        drop(storage, "bad.csv", HTML)
        empty_inbox(storage)
        drop(storage, csv_name(), NEWER, minute=1)
        drop(storage, "all.json", TWO_WEEKS, minute=2)
        drop(storage, "bad.csv", HTML + b"again", minute=3)
        drop(storage, "worse.csv", HTML + b"worse", minute=4)
        return storage

    undisturbed = prepared("undisturbed")
    empty_inbox(undisturbed)
    retry_rejected_files(undisturbed)
    failures = 0
    for countdown in range(1, 100):
        storage = prepared(f"{when}-{countdown}")
        contents = set(files_in(storage).values())
        failing = Failing(storage.root, countdown, when)
        try:
            empty_inbox(failing)
            retry_rejected_files(failing)
        except OSError:
            failures += 1
        assert contents <= set(files_in(storage).values())
        empty_inbox(storage)
        retry_rejected_files(storage)
        assert set(files_in(storage).values()) == contents
        archived = {k: v for k, v in files_in(undisturbed).items() if k.startswith(ARCHIVE)}
        assert archived.items() <= files_in(storage).items()
        if failing.countdown > 0:
            break
    assert failures > 10
