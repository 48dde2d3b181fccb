"""Keys below the base: what each is called, and what a name says again when read back."""

from __future__ import annotations

from datetime import date

import pytest

from spotify_assets.layout import RawName, raw_name_of, table_key, week_of_table_key

WEEK = date(2026, 11, 13)
NAMES = {
    RawName(WEEK, "norway", "chart_csv"): "raw/processed/week=2026-11-13/norway.chart.csv",
    RawName(WEEK, "global", "legacy_csv"): "raw/processed/week=2026-11-13/global.legacy.csv",
    RawName(WEEK, "a_b-2", "playlist"): "raw/processed/week=2026-11-13/a_b-2.playlist.json",
    RawName(
        WEEK, "norway", "playlist", 100
    ): "raw/processed/week=2026-11-13/norway.playlist.offset-100.json",
}


@pytest.mark.parametrize(("name", "key"), NAMES.items())
def test_the_archive_is_named_by_week_chart_and_kind(name: RawName, key: str) -> None:
    assert name.archive_key == key
    assert raw_name_of(key) == name


def test_a_name_is_read_wherever_the_file_lies() -> None:
    name = RawName(WEEK, "norway", "playlist")
    assert raw_name_of("from my backup/week=2026-11-13/norway.playlist.json") == name


@pytest.mark.parametrize(
    "key",
    [
        "week=2026-02-30/norway.playlist.json",
        "week=2026-11-13/Norway.playlist.json",
        "week=2026-11-13/norway.json",
        "week=2026-11-13/norway.playlist.json.reason.txt",
        "week=2026-11-13/superseded/norway.playlist.0123456789ab.json",
        "week=2026-11-13/more/norway.playlist.json",
        "norway.playlist.json",
    ],
)
def test_other_names_say_nothing(key: str) -> None:
    assert raw_name_of(key) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_superseded_file_is_kept_beside_and_is_no_file_of_the_week(name: RawName) -> None:
    key = name.superseded_key("0123456789abcdef")
    assert key.startswith("raw/processed/week=2026-11-13/superseded/")
    assert "0123456789ab." in key
    assert raw_name_of(key) is None


def test_names_sort_by_week_chart_kind_and_offset() -> None:
    later = RawName(date(2026, 11, 20), "global", "chart_csv")
    second_page = RawName(WEEK, "norway", "playlist", 100)
    playlist = RawName(WEEK, "norway", "playlist")
    chart_file = RawName(WEEK, "norway", "chart_csv")
    of_global = RawName(WEEK, "global", "playlist")
    names = [later, second_page, playlist, chart_file, of_global]
    assert sorted(names) == [of_global, chart_file, playlist, second_page, later]


def test_a_table_has_one_file_a_week() -> None:
    key = table_key("songs", WEEK, "parquet")
    assert key == "transformed_data/songs/week=2026-11-13/songs.parquet"
    assert week_of_table_key(key) == WEEK
    assert week_of_table_key("transformed_data/songs/readme.txt") is None
    assert week_of_table_key("transformed_data/songs/week=2026-02-30/songs.parquet") is None
