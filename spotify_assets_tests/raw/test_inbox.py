"""The inbox: what becomes of each dropped file."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from spotify_assets.layout import RawName
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.inbox import HeldContents, Recognised, Rejected, scan_inbox, take_in
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.inbox_files import (
    ARCHIVE,
    HTML,
    INBOX,
    NEWER,
    NEXT_WEEK,
    NORWAY,
    RULES,
    TWO_WEEKS,
    drop,
    empty_inbox,
    files_in,
)
from spotify_assets_tests.raw_samples import (
    WEEK,
    as_json,
    csv_name,
    playlist,
    rows,
)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_a_file_is_archived_byte_for_byte(storage: FolderStorage) -> None:
    drop(storage, f"sub/folder/{csv_name()}", NORWAY)
    assert empty_inbox(storage) == [f"{ARCHIVE}/norway.chart.csv"]
    assert files_in(storage) == {f"{ARCHIVE}/norway.chart.csv": NORWAY}


def test_a_file_of_several_charts_and_weeks_is_archived_under_each(storage: FolderStorage) -> None:
    drop(storage, "all.json", TWO_WEEKS)
    empty_inbox(storage)
    assert files_in(storage) == {
        f"{ARCHIVE}/norway.playlist.json": TWO_WEEKS,
        f"raw/processed/week={NEXT_WEEK}/global.playlist.json": TWO_WEEKS,
    }


def test_a_run_of_one_week_archives_the_other_weeks_of_its_files_too(
    storage: FolderStorage,
) -> None:
    drop(storage, "all.json", TWO_WEEKS)
    (found,) = scan_inbox(storage, RULES, [WEEK])
    assert isinstance(found, Recognised)
    of_week = found.of_weeks([WEEK])
    assert of_week.names == (RawName(WEEK, "norway", "playlist"),)
    assert of_week.of_weeks([NEXT_WEEK]).names == (RawName(NEXT_WEEK, "global", "playlist"),)
    assert len(take_in(storage, of_week)) == 2
    assert set(files_in(storage).values()) == {TWO_WEEKS}
    assert len(archived_files(storage, [NEXT_WEEK])) == 1


def test_the_same_file_again_only_leaves_the_inbox(storage: FolderStorage) -> None:
    for _ in range(2):
        drop(storage, csv_name(), NORWAY)
        empty_inbox(storage)
    drop(storage, f"copy/{csv_name()}", NORWAY)
    assert empty_inbox(storage) == []
    assert files_in(storage) == {f"{ARCHIVE}/norway.chart.csv": NORWAY}


def test_a_newer_file_takes_the_place_of_the_older_which_is_kept(storage: FolderStorage) -> None:
    drop(storage, csv_name(), NORWAY)
    empty_inbox(storage)
    drop(storage, csv_name(), NEWER)
    empty_inbox(storage)
    superseded = f"{ARCHIVE}/superseded/norway.chart.{digest(NORWAY)}.csv"
    assert files_in(storage) == {f"{ARCHIVE}/norway.chart.csv": NEWER, superseded: NORWAY}
    (archived,) = archived_files(storage, [WEEK])
    assert archived[0] == RawName(WEEK, "norway", "chart_csv")


def test_of_two_files_of_the_same_chart_the_one_that_came_last_counts(
    storage: FolderStorage,
) -> None:
    drop(storage, f"a/{csv_name()}", NEWER, minute=2)
    drop(storage, f"b/{csv_name()}", NORWAY, minute=1)
    empty_inbox(storage)
    assert storage.read(f"{ARCHIVE}/norway.chart.csv") == NEWER
    assert storage.read(f"{ARCHIVE}/superseded/norway.chart.{digest(NORWAY)}.csv") == NORWAY


def test_another_kind_of_source_lies_beside(storage: FolderStorage) -> None:
    drop(storage, csv_name(), NORWAY)
    drop(storage, "x.json", as_json(playlist(rows())))
    assert len(empty_inbox(storage)) == 2
    kinds = [name.kind for name, _ in archived_files(storage, [WEEK, NEXT_WEEK])]
    assert kinds == ["chart_csv", "playlist"]


def test_a_linked_file_is_archived_as_its_content_and_the_original_stays(
    storage: FolderStorage, tmp_path: Path
) -> None:
    original = tmp_path / "downloads" / csv_name()
    original.parent.mkdir()
    original.write_bytes(NORWAY)
    (storage.root / INBOX).mkdir(parents=True)
    (storage.root / INBOX / csv_name()).symlink_to(original)
    empty_inbox(storage)
    original.write_bytes(b"changed later")
    assert files_in(storage) == {f"{ARCHIVE}/norway.chart.csv": NORWAY}


def test_a_file_that_changed_since_it_was_recognised_waits_for_another_look(
    storage: FolderStorage,
) -> None:
    drop(storage, csv_name(), NORWAY)
    (found,) = scan_inbox(storage, RULES)
    assert isinstance(found, Recognised)
    drop(storage, csv_name(), HTML)
    assert take_in(storage, found) == []
    assert files_in(storage) == {f"{INBOX}/{csv_name()}": HTML}
    storage.delete(found.file.key)
    assert take_in(storage, found) == []


def test_what_was_held_since_it_was_recognised_is_archived_and_its_change_waits(
    storage: FolderStorage,
) -> None:
    drop(storage, csv_name(), NORWAY)
    (found,) = scan_inbox(storage, RULES, held=HeldContents())
    assert isinstance(found, Recognised)
    drop(storage, csv_name(), NEWER)
    assert len(take_in(storage, found)) == 1
    assert files_in(storage) == {
        f"{ARCHIVE}/norway.chart.csv": NORWAY,
        f"{INBOX}/{csv_name()}": NEWER,
    }
    empty_inbox(storage)
    assert take_in(storage, found) == []
    assert storage.read(f"{ARCHIVE}/norway.chart.csv") == NEWER


def test_held_contents_come_back_and_what_is_beyond_the_limit_is_read_again(
    storage: FolderStorage,
) -> None:
    drop(storage, "a.json", TWO_WEEKS, minute=1)
    drop(storage, csv_name(), NORWAY, minute=2)
    held = HeldContents(at_most=len(NORWAY))
    too_large, other = scan_inbox(storage, RULES, held=held)
    assert isinstance(too_large, Recognised)
    assert isinstance(other, Recognised)
    assert (too_large.content(storage), other.content(storage)) == (TWO_WEEKS, NORWAY)
    for found in (too_large, other):
        storage.delete(found.file.key)
    assert (too_large.content(storage), other.content(storage)) == (None, NORWAY)


def test_a_broken_connection_says_nothing_of_a_file(storage: FolderStorage) -> None:
    class Broken(FolderStorage):
        def read(self, key: str) -> bytes:
            raise ConnectionResetError(104, "Connection reset by peer", key)

    drop(storage, csv_name(), NORWAY)
    with pytest.raises(ConnectionResetError):
        list(scan_inbox(Broken(storage.root), RULES))


def test_a_look_moves_nothing_and_reads_only_what_may_be_of_the_weeks(
    storage: FolderStorage,
) -> None:
    class Counting(FolderStorage):
        read_keys: list[str] = []  # noqa: RUF012 - of this test only

        def read(self, key: str) -> bytes:
            self.read_keys.append(key.removeprefix(f"{INBOX}/"))
            return super().read(key)

    counting = Counting(storage.root)
    drop(storage, csv_name(NEXT_WEEK), NORWAY, minute=1)
    drop(storage, f"week={NEXT_WEEK}/norway.playlist.json", as_json(rows()), minute=2)
    drop(storage, csv_name(WEEK), NORWAY, minute=3)
    drop(storage, "next week's.json", as_json(playlist(rows(NEXT_WEEK))), minute=4)
    before = files_in(storage)
    found = list(scan_inbox(counting, RULES, [WEEK]))
    assert [item.file.key for item in found] == [f"{INBOX}/{csv_name(WEEK)}"]
    assert counting.read_keys == [csv_name(WEEK), "next week's.json"]
    assert files_in(storage) == before
    assert list(scan_inbox(storage, RULES, [])) == []


@pytest.mark.parametrize(
    "name",
    [csv_name(date(2010, 1, 1)), csv_name(date(2026, 11, 20)), "week=2026-11-14/norway.chart.csv"],
)
def test_a_file_of_a_week_that_no_run_is_about_is_rejected_by_any_run(
    name: str, storage: FolderStorage
) -> None:
    drop(storage, name, NORWAY)
    (found,) = scan_inbox(storage, RULES, [WEEK])
    assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    "name",
    [
        f"{csv_name()}.crdownload",
        f"{csv_name()}.part",
        f"{csv_name()}.Partial",
        "a1b2c3.tmp",
        f"{csv_name()}.download",
        f"{csv_name()}.download/{csv_name()}",
        "norway/Thumbs.db",
        "desktop.ini",
    ],
)
def test_an_unfinished_download_is_left_alone_until_it_is_finished(
    storage: FolderStorage, name: str
) -> None:
    drop(storage, name, NORWAY[:100])
    assert empty_inbox(storage) == []
    assert files_in(storage) == {f"{INBOX}/{name}": NORWAY[:100]}
    storage.delete(f"{INBOX}/{name}")
    drop(storage, f"thumbs.db of tmp.part.2/{csv_name()}", NORWAY)
    assert empty_inbox(storage) == [f"{ARCHIVE}/norway.chart.csv"]


def test_a_file_of_2_gb_is_refused_without_being_read(storage: FolderStorage) -> None:
    class Unread(FolderStorage):
        def read(self, key: str) -> bytes:
            raise AssertionError(f"{key} was read")

    drop(storage, csv_name(), b"")
    os.truncate(storage.root / INBOX / csv_name(), 2 * 1024**3)
    (found,) = scan_inbox(Unread(storage.root), RULES)
    assert isinstance(found, Rejected)
    assert "It has 2,048 MB" in found.reason
    assert "It was not read" in found.reason


def test_a_file_that_may_not_be_read_is_rejected_and_one_that_is_gone_is_not(
    storage: FolderStorage,
) -> None:
    class Refusing(FolderStorage):
        def read(self, key: str) -> bytes:
            if "gone" in key:
                self.delete(key)
                return super().read(key)
            raise PermissionError(13, "Permission denied")

    drop(storage, "gone.csv", NORWAY)
    drop(storage, csv_name(), NORWAY)
    (found,) = scan_inbox(Refusing(storage.root), RULES)
    assert isinstance(found, Rejected)
    assert "It can't be read: Permission denied" in found.reason
