"""ZIP archives and compressed files in the inbox: what is in them, and what isn't unpacked."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from spotify_assets.layout import INBOX, REJECTED
from spotify_assets.raw import packages
from spotify_assets.raw.inbox import waiting_files
from spotify_assets.raw.rejected import retry_rejected_files
from spotify_assets.storage import FolderStorage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.inbox_files import RULES, drop, empty_inbox, files_in
from spotify_assets_tests.merged_files import reasons, zipped
from spotify_assets_tests.raw.test_interrupted_runs import WHEN, assert_completed
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    WEEK,
    as_json,
    chart_csv,
    csv_name,
    playlist,
    rows,
)

GLOBAL = as_json(playlist(rows(), GLOBAL_PLAYLIST))
ARCHIVED = [
    f"raw/processed/week={WEEK}/{name}" for name in ("global.playlist.json", "norway.chart.csv")
]


def test_each_file_in_a_zip_archive_is_taken_in_as_it_is(storage: FolderStorage) -> None:
    files = {
        f"a/b/{csv_name()}": chart_csv(),
        "all.json": GLOBAL,
        "empty folder/": b"",
        "__MACOSX/a/._x.csv": b"x",
        "a/.DS_Store": b"x",
    }
    drop(storage, "from Ida/charts.zip", zipped(files))
    assert sorted(empty_inbox(storage)) == ARCHIVED
    assert sorted(files_in(storage).values()) == sorted([chart_csv(), GLOBAL])


def test_the_files_of_a_package_are_taken_in_on_s3(each_s3: S3Storage) -> None:
    files = {
        f"{n}/{csv_name(WEEK - timedelta(weeks=n))}": chart_csv([f"Song {n}"]) for n in range(9)
    }
    each_s3.write(f"{INBOX}charts.zip", zipped(files | {"bad.csv": b"x"}))
    taken_in = empty_inbox(each_s3)
    assert sorted(each_s3.read(key) for key in taken_in[:9]) == sorted(files.values())
    assert taken_in[9:] == [f"{REJECTED}charts.zip/bad.csv"]
    assert list(each_s3.files(INBOX)) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (csv_name(), chart_csv()),
        ("x.json", GLOBAL),
        (f"week={WEEK}/norway.chart.csv", chart_csv()),
        ("norway/2026-11-12.csv", chart_csv()),
    ],
)
def test_a_compressed_file_is_taken_in_as_it_was(
    name: str, content: bytes, storage: FolderStorage
) -> None:
    drop(storage, f"{name}.gz", gzip.compress(content))
    (key,) = empty_inbox(storage)
    assert key in ARCHIVED
    assert files_in(storage) == {key: content}
    drop(storage, f"{name}.gz", content)  # unpacked by a browser that kept the name
    assert empty_inbox(storage) == []
    assert files_in(storage) == {key: content}


def test_bad_files_in_a_zip_archive_are_rejected_one_by_one_and_the_others_taken_in(
    storage: FolderStorage,
) -> None:
    inner = zipped({csv_name(): chart_csv()})
    files = {
        csv_name(): chart_csv(),
        "bad/page.csv": b"<html>Log in</html>",
        "inner.zip": inner,
        "inner.csv.gz": gzip.compress(chart_csv()),
        "artist-no-weekly-2026-11-12.csv": chart_csv(),
    }
    drop(storage, "charts.zip", zipped(files))
    empty_inbox(storage)
    rejected = {
        f"charts.zip/{name}": content for name, content in files.items() if name != csv_name()
    }
    assert {path: content for path, content in files_in(storage).items() if REJECTED in path} == {
        REJECTED + path: content for path, content in rejected.items()
    }
    said = reasons(storage)
    assert said.keys() == rejected.keys()
    assert "a web page (HTML)" in said["charts.zip/bad/page.csv"]
    assert "a chart of artists" in said["charts.zip/artist-no-weekly-2026-11-12.csv"]
    assert "ZIP archive" in said["charts.zip/inner.zip"]
    before = files_in(storage)
    retry_rejected_files(storage)
    empty_inbox(storage)
    assert files_in(storage) == before


def test_paths_in_a_zip_archive_do_not_lead_out_of_its_folder(storage: FolderStorage) -> None:
    names = [
        *("../../up.csv", "/etc/root.csv", "C:\\windows\\drive.csv", "..\\..\\back.csv"),
        *(".hidden/x.csv", "a", "a/below.csv", "..", "new\nline.csv"),
        *("A" * 300 + ".csv", "/".join("abcdefghijk") + "/deep.csv"),
    ]
    drop(storage, "x/tricks.zip", zipped({name: name.encode() for name in names}))
    empty_inbox(storage)
    found = files_in(storage)
    assert sorted(found.values()) == sorted(name.encode() for name in names)
    assert all(path.startswith(f"{REJECTED}x/tricks.zip/") for path in found)


def encrypted() -> bytes:
    """A ZIP archive with a file that says it is encrypted, and a good one."""
    content = bytearray(zipped({"secret.csv": b"?", csv_name(): chart_csv()}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    return bytes(content)


def damaged() -> bytes:
    """A ZIP archive with a file whose content was altered, and a good one."""
    content = zipped({"secret.csv": b"unaltered", csv_name(): chart_csv()}, compress_type=0)
    return content.replace(b"unaltered", b"!altered!")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (encrypted(), "secret.csv (encrypted)"),
        (damaged(), "secret.csv (damaged)"),
        (
            zipped({"0.csv": bytes(2 * 1024**2), csv_name(): chart_csv()}),
            "times as large as before",
        ),
        (zipped({"x.csv.part": b"x", csv_name(): chart_csv()}), "(an unfinished download)"),
    ],
)
def test_a_zip_archive_of_which_a_file_can_not_be_unpacked_is_kept_and_the_others_taken_in(
    content: bytes, says: str, storage: FolderStorage
) -> None:
    drop(storage, "charts.zip", content)
    empty_inbox(storage)
    assert files_in(storage) == {ARCHIVED[1]: chart_csv(), f"{REJECTED}charts.zip": content}
    assert says in reasons(storage)["charts.zip"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.zip", b"PK\x03\x04 no more", "not a whole ZIP archive"),
        ("x.zip", zipped({csv_name(): chart_csv()})[:-30], "not a whole ZIP archive"),
        ("x.zip", zipped({}), "There is no file in it"),
        ("x.zip", zipped({"[Content_Types].xml": b"<x/>"}), "such as an Excel workbook"),
        ("x.zip", zipped({f"{n}.csv": b"" for n in range(11)}), "11 files, more than 10"),
        ("x.zip", zipped({f"{n}.csv": bytes(1000) for n in range(9)}), "it has more than 0 MB"),
        ("x.csv.gz", gzip.compress(chart_csv())[:-9], "not a whole gzip file"),
        ("x.csv.gz", gzip.compress(bytes(2 * 1024**2)), "more than 200 times as large"),
    ],
)
def test_a_package_that_can_not_be_opened_is_rejected_whole(
    name: str, content: bytes, says: str, storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "MOST_ENTRIES", 10)
    if "MB" in says:
        monkeypatch.setattr(packages, "LARGEST_UNPACKED", 5000)
    drop(storage, name, content)
    empty_inbox(storage)
    assert files_in(storage) == {REJECTED + name: content}
    assert says in reasons(storage)[name]


def test_the_sensor_sees_the_weeks_in_a_package(storage: FolderStorage) -> None:
    files = {csv_name(): chart_csv(), csv_name(WEEK.replace(day=13)): chart_csv(), "bad.csv": b"x"}
    drop(storage, "charts.zip", zipped(files))
    drop(storage, f"{csv_name()}.gz", gzip.compress(chart_csv()))
    drop(storage, "bad.zip", zipped({"bad.csv": b"x"}))
    waiting = waiting_files(storage, RULES)
    of_week = [file.key.removeprefix(INBOX) for file in waiting.weeks.pop(WEEK)]
    assert sorted(of_week) == ["charts.zip", f"{csv_name()}.gz"]
    assert [file.key for file in waiting.weeks.pop(WEEK.replace(day=13))] == [f"{INBOX}charts.zip"]
    assert [rejected.file.key for rejected in waiting.unrecognised] == [f"{INBOX}bad.zip"]
    assert waiting.weeks == {}


@WHEN
def test_unpacking_broken_off_at_any_change_is_completed_by_the_next_run(
    when: str, tmp_path: Path
) -> None:
    content = zipped({csv_name(): chart_csv(), "x/all.json": GLOBAL, "bad.csv": b"x"})
    assert_completed(tmp_path, when, "charts.zip", content)
