"""The one rule of which weeks are stale: by the times of files, without reading any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from spotify_assets.layout import (
    CHECKS_PAGE,
    DASHBOARD,
    IDENTITIES,
    RawName,
    held_back_key,
    sums_key,
    table_key,
)
from spotify_assets.storage import FolderStorage, StoredFile
from spotify_assets.tables.schemas import CHART_TABLES, TABLES
from spotify_assets.tables.stale import are_reports_stale, stale_weeks, week_to_publish
from spotify_assets.weeks import ONE_WEEK

WEEK = date(2026, 11, 6)
NEXT_WEEK = WEEK + ONE_WEEK
RAW = RawName(WEEK, "norway", "playlist")
VERDICTS = table_key("check_results", WEEK)
DIGEST = "0123456789abcdef"


class Unread(FolderStorage):
    """A folder that may be listed and not read; it counts its listings."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.listings = 0

    def files(self, prefix: str) -> Iterator[StoredFile]:
        self.listings += 1
        return super().files(prefix)

    def read(self, key: str) -> bytes:
        raise AssertionError(f"{key} is read")


@pytest.fixture
def base(tmp_path: Path) -> Unread:
    return Unread(tmp_path)


def put(storage: FolderStorage, key: str, second: int) -> None:
    """Store a file as if at that second."""
    storage.write(key, b"")
    os.utime(storage.location(key), (second, second))


def put_tables(storage: FolderStorage, week: date, second: int) -> None:
    """Store all tables of a week as if at that second."""
    for name in TABLES:
        put(storage, table_key(name, week), second)


@pytest.mark.parametrize(
    ("received", "judged", "stale"),
    [
        (2, 1, True),
        (1, 1, True),  # S3 tells whole seconds: which came first is not known
        (1, 2, False),
        (1, None, True),
    ],
    ids=["newer", "of the same second", "older", "never judged"],
)
def test_a_week_is_stale_unless_its_verdicts_are_newer_than_its_files(
    base: Unread, received: int, judged: int | None, stale: bool
) -> None:
    put(base, RAW.archive_key, received)
    if judged is not None:
        put_tables(base, WEEK, judged)
    assert stale_weeks(base) == ([WEEK] if stale else [])
    assert base.listings == 4


def test_the_newest_of_a_weeks_files_counts_and_no_other_weeks(base: Unread) -> None:
    for name, second in (
        (RAW, 1),
        (RawName(WEEK, "global", "chart_csv"), 5),
        (RawName(NEXT_WEEK, "norway", "playlist", 50), 9),
    ):
        put(base, name.archive_key, second)
    put_tables(base, WEEK, 3)
    put_tables(base, NEXT_WEEK, 10)
    assert stale_weeks(base) == [WEEK]


@pytest.mark.parametrize(
    "key",
    [
        RAW.superseded_key(DIGEST),
        sums_key(WEEK),
        f"raw/processed/week={WEEK}/missing.json",
        f"raw/processed/week={WEEK}/notes.txt",
        "raw/processed/week=2026-11-31/norway.playlist.json",
        f"raw/to_be_processed/week={WEEK}/norway.playlist.json",
        f"raw/details/tracks/{WEEK}.{DIGEST}.jsonl",  # as the first edition named them: of any week
        "raw/details/waiting.json",
    ],
)
def test_other_files_make_no_week_stale(base: Unread, key: str) -> None:
    put(base, RAW.archive_key, 1)
    put_tables(base, WEEK, 2)
    put(base, key, 3)
    assert stale_weeks(base) == []


@pytest.mark.parametrize(
    ("first", "last", "second", "stale"),
    [
        (WEEK, WEEK, 3, True),
        (WEEK - 5 * ONE_WEEK, NEXT_WEEK, 3, True),
        (WEEK, WEEK, 2, True),
        (WEEK, WEEK, 1, False),
        (NEXT_WEEK, NEXT_WEEK, 3, False),
        (WEEK - 5 * ONE_WEEK, WEEK - ONE_WEEK, 3, False),
    ],
)
def test_newer_details_make_the_weeks_stale_that_wanted_them(
    base: Unread, first: date, last: date, second: int, stale: bool
) -> None:
    put(base, RAW.archive_key, 1)
    put_tables(base, WEEK, 2)
    put(base, f"raw/details/artists/{first}_{last}.{DIGEST}.jsonl", second)
    assert stale_weeks(base) == ([WEEK] if stale else [])


def test_only_the_verdicts_themselves_mark_a_week_as_done(base: Unread) -> None:
    put(base, RAW.archive_key, 1)
    put(base, table_key("songs", WEEK), 2)
    put(base, f"{VERDICTS}.bak", 2)
    assert stale_weeks(base) == [WEEK]


@pytest.mark.parametrize("lost", CHART_TABLES)
def test_a_week_of_which_a_table_is_gone_is_stale(base: Unread, lost: str) -> None:
    put(base, RAW.archive_key, 1)
    put_tables(base, WEEK, 2)
    base.delete(table_key(lost, WEEK))
    assert stale_weeks(base) == [WEEK]


def test_a_week_without_tables_is_stale_unless_all_of_it_is_held_back(base: Unread) -> None:
    put(base, RAW.archive_key, 1)
    put(base, VERDICTS, 2)
    assert stale_weeks(base) == [WEEK]
    put(base, held_back_key("songs", WEEK), 2)
    assert stale_weeks(base) == []


def test_weeks_before_the_first_that_is_collected_are_not_asked_for(base: Unread) -> None:
    put(base, RAW.archive_key, 1)
    assert stale_weeks(base, since=NEXT_WEEK) == []


def test_a_week_without_raw_files_is_not_stale(base: Unread) -> None:
    put(base, f"raw/details/artists/{WEEK}_{WEEK}.{DIGEST}.jsonl", 3)
    put(base, table_key("songs", WEEK), 2)
    assert stale_weeks(base) == []


@pytest.mark.parametrize(
    ("seconds", "stale"),
    [
        ((3, 3, 3), False),
        ((2, 2, 2), False),
        *(((s, 3, 3), True) for s in (1, None)),
        *(((3, s, 3), True) for s in (1, None)),
        *(((3, 3, s), True) for s in (1, None)),
    ],
)
def test_reports_are_stale_where_one_is_missing_or_older_than_verdicts(
    base: Unread, seconds: tuple[int | None, ...], stale: bool
) -> None:
    assert not are_reports_stale(base)  # there is nothing to report yet
    put(base, VERDICTS, 2)
    for key, second in zip((IDENTITIES, DASHBOARD, CHECKS_PAGE), seconds, strict=True):
        if second is not None:
            put(base, key, second)
    assert are_reports_stale(base) == stale


def test_what_the_catalog_or_a_report_lacks_is_published_by_a_run_of_a_week_that_is_collected(
    base: Unread,
) -> None:
    shown = {name: {WEEK} for name in TABLES}
    assert week_to_publish(base, {}, WEEK) is None
    put_tables(base, WEEK, 2)
    assert week_to_publish(base, shown, WEEK) == WEEK  # there is no report
    for key in (IDENTITIES, DASHBOARD, CHECKS_PAGE):
        put(base, key, 3)
    assert week_to_publish(base, shown, WEEK) is None
    assert week_to_publish(base, shown | {"songs": set()}, WEEK) == WEEK
    assert week_to_publish(base, shown | {"songs": {WEEK, NEXT_WEEK}}, WEEK) == NEXT_WEEK
    assert week_to_publish(base, {}, NEXT_WEEK) == NEXT_WEEK
