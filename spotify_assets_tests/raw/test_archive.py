"""The archive: its files of each week, their older versions, and their SHA-256 sums."""

from __future__ import annotations

import hashlib
import os
import subprocess
from datetime import date

import pytest

from spotify_assets.layout import ARCHIVE, RawName, sums_key
from spotify_assets.raw.archive import (
    archived_files,
    missing_files,
    note_sums,
    slices,
    sums,
    superseded_files,
)
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.inbox_files import (
    NEWER,
    NORWAY,
    TWO_WEEKS,
    drop,
    empty_inbox,
)
from spotify_assets_tests.raw_samples import WEEK, as_json, chart_csv, csv_name, page, rows

CSV = RawName(WEEK, "norway", "chart_csv")
PLAYLIST = RawName(WEEK, "norway", "playlist")
OLD_LIST = f"raw/checksums/week={WEEK}.sha256"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def take_in(storage: FolderStorage, *contents: bytes, name: str = csv_name()) -> None:
    """Take in versions of a file, one after the other."""
    for content in contents:
        drop(storage, name, content)
        empty_inbox(storage)


def lines(storage: Storage) -> list[str]:
    return storage.read(sums_key(WEEK)).decode().splitlines()


def test_sha256sum_checks_a_week_where_it_lies(storage: FolderStorage) -> None:
    take_in(storage, NORWAY, NEWER)
    take_in(storage, as_json(page(rows(), offset=100)), as_json(page(rows()[:1], offset=100)))
    folder = storage.root / ARCHIVE / f"week={WEEK}"
    command = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [
        "norway.chart.csv: OK",
        "norway.playlist.offset-100.json: OK",
        f"superseded/norway.chart.{digest(NORWAY)[:12]}.csv: OK",
        "superseded/norway.playlist.offset-100."
        f"{digest(as_json(page(rows(), offset=100)))[:12]}.json: OK",
    ]
    found = superseded_files(storage, [WEEK])
    assert found == superseded_files(storage, None)
    assert {name for name, _ in found} == {CSV, RawName(WEEK, "norway", "playlist", 100)}


def test_a_sum_that_is_noted_stays_unless_the_file_is_new(storage: FolderStorage) -> None:
    note_sums(storage, {CSV: "a" * 64})
    note_sums(storage, {CSV: "b" * 64, PLAYLIST: "c" * 64})
    assert sums(storage, WEEK) == {CSV: "a" * 64, PLAYLIST: "c" * 64}
    note_sums(storage, {CSV: "b" * 64, PLAYLIST: "d" * 64}, [CSV])
    assert sums(storage, WEEK) == {CSV: "b" * 64, PLAYLIST: "c" * 64}


def test_dropping_a_good_copy_of_an_archived_file_corrects_its_sum(storage: FolderStorage) -> None:
    take_in(storage, NORWAY)
    note_sums(storage, {CSV: "0" * 64}, [CSV])
    take_in(storage, NORWAY)
    assert sums(storage, WEEK) == {CSV: digest(NORWAY)}


def test_a_good_file_replaces_a_damaged_one_whose_remains_are_noted_as_they_are(
    storage: FolderStorage,
) -> None:
    take_in(storage, NORWAY)
    storage.write(CSV.archive_key, NORWAY[:-5])
    take_in(storage, NORWAY)
    assert lines(storage) == [
        f"{digest(NORWAY)}  norway.chart.csv",
        f"{digest(NORWAY[:-5])}  superseded/norway.chart.{digest(NORWAY[:-5])[:12]}.csv",
    ]


@pytest.mark.parametrize("takes_in", [True, False], ids=["new file", "run without new files"])
def test_the_list_of_a_first_edition_counts_and_is_taken_over(
    takes_in: bool, storage: FolderStorage
) -> None:
    take_in(storage, NORWAY, NEWER)
    storage.delete(sums_key(WEEK))
    storage.write(OLD_LIST, f"{digest(NEWER)}  {CSV.path}\n{'1' * 64}  {PLAYLIST.path}\n".encode())
    noted = {CSV: digest(NEWER), PLAYLIST: "1" * 64}
    assert sums(storage, WEEK) == noted
    assert missing_files(storage) == [PLAYLIST]
    if takes_in:
        take_in(storage, TWO_WEEKS, name="all.json")
        noted[PLAYLIST] = digest(TWO_WEEKS)
    else:
        note_sums(storage, {CSV: digest(NEWER)})
    assert sums(storage, WEEK) == noted
    assert f"{digest(NORWAY)}  superseded/norway.chart.{digest(NORWAY)[:12]}.csv" in lines(storage)


@pytest.mark.parametrize("loses_its_list", [True, False])
def test_older_versions_are_listed_in_the_order_in_which_they_were_replaced(
    storage: FolderStorage, loses_its_list: bool
) -> None:
    versions = [chart_csv([f"Song {number}"]) for number in range(6)]
    for content in versions[:5]:
        take_in(storage, content)
    if loses_its_list:  # as the first edition's base has none; then the files' times count
        for number, content in enumerate(versions[:4]):
            key = CSV.superseded_key(digest(content))
            os.utime(storage.location(key), (number, number))
        storage.delete(sums_key(WEEK))
        storage.write(OLD_LIST, b"")
    take_in(storage, versions[5])
    replaced = [digest(content) for content in versions[:5]]
    assert [line[:64] for line in lines(storage)[1:]] == replaced
    found = [file.key.split(".")[-2] for _, file in superseded_files(storage, [WEEK])]
    assert found == [sha256[:12] for sha256 in reversed(replaced)]


def test_lines_that_are_no_sums_of_raw_files_are_ignored(storage: FolderStorage) -> None:
    binary = f"{'1' * 64} *norway.chart.csv"  # as sha256sum writes it on Windows
    odd = ["", "# note", "0" * 64, f"{'0' * 64}  ../x", f"{'0' * 64}  missing.json", binary]
    storage.write(sums_key(WEEK), b"\xff\xfe no list\n" + "\n".join(odd).encode())
    assert sums(storage, WEEK) == {CSV: "1" * 64}
    note_sums(storage, {PLAYLIST: "2" * 64})
    assert lines(storage) == [f"{'1' * 64}  norway.chart.csv", f"{'2' * 64}  norway.playlist.json"]


def test_weeks_come_in_slices_of_some_150_files(storage: FolderStorage) -> None:
    weeks = [date(2024, 3, 1) + ONE_WEEK * number for number in range(4)]
    for week, files in zip(weeks, (100, 50, 1, 200), strict=True):
        for number in range(files):
            storage.write(RawName(week, f"chart{number}", "chart_csv").archive_key, b"x")
    assert [len(files) for files in slices(archived_files(storage, weeks))] == [150, 1, 200]
    assert archived_files(storage, []) == superseded_files(storage, []) == []
