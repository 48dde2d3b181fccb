"""Keys below the base: what each is called, and what a name says when it is read back."""

from __future__ import annotations

from datetime import date

import pytest

from spotify_assets.layout import (
    RawName,
    held_back_key,
    raw_name_of,
    sums_key,
    table_key,
    week_of_table_key,
)
from spotify_assets.weeks import ONE_WEEK

WEEK = date(2026, 11, 13)
FOLDER, NEXT_FOLDER = "raw/processed/week=2026-11-13", "raw/processed/week=2026-11-20"
NAMES = {
    RawName(WEEK, "global", "legacy_csv"): f"{FOLDER}/global.legacy.csv",
    RawName(WEEK, "norway", "chart_csv"): f"{FOLDER}/norway.chart.csv",
    RawName(WEEK, "norway", "playlist"): f"{FOLDER}/norway.playlist.json",
    RawName(WEEK, "norway", "playlist", 100): f"{FOLDER}/norway.playlist.offset-100.json",
    RawName(WEEK + ONE_WEEK, "a_b-2", "playlist"): f"{NEXT_FOLDER}/a_b-2.playlist.json",
}


@pytest.mark.parametrize(("name", "key"), NAMES.items())
def test_an_archived_file_is_named_by_week_chart_and_kind(name: RawName, key: str) -> None:
    assert name.archive_key == key
    assert raw_name_of(key) == raw_name_of(key.replace("raw/processed", "my backup")) == name
    superseded = name.superseded_key("0123456789abcdef")
    assert superseded.startswith(f"raw/processed/week={name.week}/superseded/")
    assert "0123456789ab." in superseded
    assert raw_name_of(superseded) is None  # it is no file of the week


@pytest.mark.parametrize(
    "key",
    [
        "week=2026-02-30/norway.playlist.json",
        "week=2026-11-13/Norway.playlist.json",
        "week=2026-11-13/norway.json",
        "week=2026-11-13/norway.playlist.json.reason.txt",
        "week=2026-11-13/more/norway.playlist.json",
        "norway.playlist.json",
        sums_key(WEEK),
    ],
)
def test_other_names_are_no_raw_files(key: str) -> None:
    assert raw_name_of(key) is None


def test_names_sort_by_week_chart_kind_and_offset() -> None:
    names = list(NAMES)
    assert sorted([*names[2:], *names[:2]]) == names


def test_a_table_has_one_file_a_week_stored_or_held_back() -> None:
    key = table_key("songs", WEEK)
    assert key == "transformed_data/songs/week=2026-11-13/songs.parquet"
    assert held_back_key("songs", WEEK) == "held_back/week=2026-11-13/songs.parquet"
    assert week_of_table_key(key) == WEEK
    assert week_of_table_key("transformed_data/songs/readme.txt") is None
    assert week_of_table_key("transformed_data/songs/week=2026-02-30/songs.parquet") is None
