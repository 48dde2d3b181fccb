"""A base as one run sees it: how often it is listed and read, and what shows of others' changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from spotify_assets.layout import ARCHIVE, INBOX, TABLE_FILES
from spotify_assets.storage import FolderStorage, RunStorage, StoredFile

ONE, TWO = (
    f"{ARCHIVE}week=2024-03-01/norway.chart.csv",
    f"{ARCHIVE}week=2024-03-08/norway.chart.csv",
)


@dataclass(eq=False)
class Asked(FolderStorage):
    """A folder that notes what is listed and read."""

    asked: list[str] = field(default_factory=list)
    full: bool = False

    def files(self, prefix: str) -> Iterator[StoredFile]:
        self.asked.append(prefix)
        return super().files(prefix)

    def read(self, key: str) -> bytes:
        self.asked.append(key)
        return super().read(key)

    def write(self, key: str, content: bytes) -> str:
        version = super().write(key, content)
        if self.full:
            raise OSError(28, "No space left on device", key)
        return version


@pytest.fixture
def folder(storage: FolderStorage) -> Asked:
    storage.write(ONE, b"one")
    return Asked(storage.root)


def keys(storage: RunStorage, prefix: str = ARCHIVE) -> list[str]:
    return [file.key for file in storage.files(prefix)]


def test_a_folder_is_listed_once_whatever_part_is_asked_for_and_contents_are_read_once(
    folder: Asked,
) -> None:
    run = RunStorage(folder)
    assert keys(run, f"{ARCHIVE}week=2024-03-01/") == keys(run) == keys(run, ONE) == [ONE]
    assert keys(run, f"{ARCHIVE}week=2024-03-08/") == keys(run, f"{ARCHIVE}x") == []
    assert run.read(ONE) == run.read(ONE) == b"one"
    with pytest.raises(FileNotFoundError):
        run.read(TWO)
    assert folder.asked == [ARCHIVE, ONE]


def test_its_own_changes_show_and_what_it_wrote_is_not_read_again(folder: Asked) -> None:
    run = RunStorage(folder)
    assert keys(run) == [ONE]
    run.write(TWO, b"two")
    assert run.write_once(INBOX + "a.csv", b"a")
    assert (keys(run), keys(run, INBOX), run.read(TWO)) == ([ONE, TWO], [INBOX + "a.csv"], b"two")
    run.write(TWO, b"newer")
    assert (keys(run), run.read(TWO)) == ([ONE, TWO], b"newer")
    run.delete(ONE)
    assert keys(run) == [TWO]
    run.move(TWO, ONE)
    assert (keys(run), run.read(ONE)) == ([ONE], b"newer")
    run.copy(ONE, TWO)
    (copied, _) = run.files(ARCHIVE)
    assert run.delete_unchanged(copied)
    assert Counter(folder.asked) == {ARCHIVE: 6, INBOX: 1, ONE: 1}
    assert keys(run) == [TWO]


def test_what_others_change_shows_now_and_once_something_is_changed_there(folder: Asked) -> None:
    run = RunStorage(folder)
    assert (keys(run), run.read(ONE)) == ([ONE], b"one")
    FolderStorage(folder.root).write(ONE, b"theirs")
    FolderStorage(folder.root).write(TWO, b"two")
    assert (keys(run), run.read(ONE)) == ([ONE], b"one")
    assert ([file.key for file in run.now.files(ARCHIVE)], run.now.read(ONE)) == (
        [ONE, TWO],
        b"theirs",
    )
    run.write(f"{TABLE_FILES}a.txt", b"")  # elsewhere
    assert keys(run) == [ONE]
    run.delete(f"{ARCHIVE}nothing")
    assert (keys(run), run.read(ONE)) == ([ONE, TWO], b"theirs")


def test_a_change_that_fails_may_have_been_made(folder: Asked) -> None:
    run = RunStorage(folder)
    assert keys(run) == [ONE]
    folder.full = True
    with pytest.raises(OSError, match="No space left"):
        run.write(TWO, b"two")
    assert keys(run) == [ONE, TWO]


def test_few_contents_are_held(folder: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spotify_assets.storage.run.MOST_HELD", 5)
    run = RunStorage(folder)
    run.write(TWO, b"two")
    assert keys(run) == [ONE, TWO]
    assert [run.read(key) for key in (TWO, ONE, ONE, TWO)] == [b"two", b"one", b"one", b"two"]
    assert folder.asked == [ARCHIVE, ONE, TWO]
