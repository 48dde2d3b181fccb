"""What a dropped file is: every kind that users were promised, and every refusal with its remedy."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName
from spotify_assets.raw.file_names import week_in_name
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.tables.derive import derive_tables
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    SONGS,
    WEEK,
    as_json,
    chart_csv,
    csv_name,
    legacy_csv,
    page,
    playlist,
    row,
    rows,
    track,
)

PLAYLIST = as_json(playlist(rows()))
LATEST = date(2026, 11, 13)
FOLDERS = pytest.mark.parametrize("folder", ["", "from Ida/week 45/"])


def names_of(path: str, content: Any, charts: Charts) -> list[RawName]:
    """What a file of that path is; bytes as they are, a document as JSON."""
    content = content if isinstance(content, bytes) else as_json(content)
    return recognise(path, content, charts, FIRST_DOWNLOADABLE_WEEK, NOW)


@FOLDERS
@pytest.mark.parametrize(
    "name",
    [
        "regional-no-weekly-2026-11-19.csv",
        "regional-no-weekly-2026-11-19(2).csv",
        "REGIONAL-NO-WEEKLY-2026-11-19.CSV",
        "regional_no_weekly_20261119.csv",
        "norway top 200 2026-11-19.csv",
    ],
)
def test_a_weekly_file_is_of_its_country_and_the_week_of_its_thursday(
    name: str, folder: str, charts: Charts
) -> None:
    expected = [RawName(LATEST, "norway", "chart_csv")]
    assert names_of(folder + name, chart_csv(), charts) == expected
    if "regional" in name.lower():
        assert week_in_name(folder + name) == LATEST


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("regional-global-weekly-2026-11-12.csv", chart_csv(), ("global", "chart_csv")),
        ("Norway/chart of 2026-11-12.csv", chart_csv(), ("norway", "chart_csv")),
        (csv_name(), chart_csv().replace(b"\n2,", b"\n20,"), ("norway", "chart_csv")),
        (csv_name(), playlist(rows()), ("norway", "playlist")),
        (csv_name(), chart_csv().decode().encode("utf-16-le"), ("norway", "chart_csv")),
        ("x.json", PLAYLIST.decode().encode("utf-16"), ("norway", "playlist")),
        ("spotify_raw_2026-11-20.json", page(rows()), ("norway", "playlist")),
        ("page 2.json", page(rows(), offset=100), ("norway", "playlist", 100)),
        ("x.json", [playlist(rows()), playlist([row(None)], GLOBAL_PLAYLIST)], ("norway", "playlist")),
    ],
    ids=["the world", "a folder's name", "holes in the ranks", "UTF-16",
         "a playlist in UTF-16", "a playlist named like a chart file",
         "refreshed before it was saved", "a later page", "two charts, one without songs"],
)  # fmt: skip
def test_a_file_is_of_the_chart_and_week_that_its_content_or_else_its_path_states(
    path: str, content: Any, expected: tuple[Any, ...], charts: Charts
) -> None:
    assert names_of(path, content, charts) == [RawName(WEEK, *expected)]


@FOLDERS
@pytest.mark.parametrize("note", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        "regional-no-weekly-2017-05-05--2017-05-12.csv",
        "no_regional_top200_2017-05-05_2017-05-12.csv",
        "regional-no-weekly-2017-05-05--2017-05-11.csv",
        "regional-no-weekly-2017-05-11.csv",
    ],
)
def test_a_legacy_file_is_of_the_friday_that_its_name_begins_with(
    name: str, note: bool, folder: str, charts: Charts
) -> None:
    found = names_of(folder + name, legacy_csv(note=note), charts)
    assert found == [RawName(date(2017, 5, 5), "norway", "legacy_csv")]


@FOLDERS
@pytest.mark.parametrize("row_key", ["track", "item"])
@pytest.mark.parametrize("key", ["tracks", "items"])
def test_a_playlist_is_of_its_id_and_of_the_week_before_its_refresh(
    key: str, row_key: str, folder: str, charts: Charts
) -> None:
    document = playlist(rows(key=row_key), GLOBAL_PLAYLIST, key)
    expected = [RawName(WEEK, "global", "playlist")]
    assert names_of(f"{folder}anything.txt", document, charts) == expected
    assert names_of(f"{folder}anything.json", [document], charts) == expected


def test_a_list_may_hold_several_charts_and_several_weeks(charts: Charts) -> None:
    document = [
        playlist(rows(WEEK)),
        playlist(rows(LATEST), GLOBAL_PLAYLIST),
        playlist(rows(WEEK), GLOBAL_PLAYLIST),
        page([row(track("On page two"))], GLOBAL_PLAYLIST, offset=3),
    ]
    assert names_of("all.json", document, charts) == [
        RawName(WEEK, "global", "playlist"),
        RawName(WEEK, "norway", "playlist"),
        RawName(LATEST, "global", "playlist"),
    ]


@pytest.mark.parametrize("added_at", [None, "1970-01-01T00:00:00Z"])
@pytest.mark.parametrize(
    "name",
    [
        "spotify_raw_2023-10-28 10:21:34.123456.json",
        "spotify_raw_2023-10-28_10-21-34.json",
        "spotify_raw_20231028102134.json",
        "spotify_raw_1698488494.json",
        "spotify_raw_1698488494.123456.json",
        "spotify_raw_1698488494123456.json",
        "2023-10-28.json",
    ],
)
def test_rows_that_do_not_say_when_are_of_the_day_in_the_name(
    name: str, added_at: str | None, charts: Charts
) -> None:
    undated = [row(track(song), added_at=added_at) for song in SONGS]
    expected = [RawName(date(2023, 10, 20), "global", "playlist")]
    assert names_of(name, page(undated, GLOBAL_PLAYLIST), charts) == expected
    assert names_of(f"{GLOBAL_PLAYLIST}/{name}", undated, charts) == expected
    assert names_of(f"global/{name}", undated, charts) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (RawName(LATEST, "norway", "playlist"), playlist(rows(WEEK))),
        (RawName(LATEST, "norway", "playlist"), rows(WEEK)),
        (RawName(LATEST, "norway", "playlist", 100), page(rows(WEEK), offset=100)),
        (RawName(LATEST, "global", "playlist"), [playlist(rows()), page(rows(), GLOBAL_PLAYLIST)]),
        (RawName(LATEST, "norway", "chart_csv"), chart_csv()),
        (RawName(LATEST, "norway", "legacy_csv"), legacy_csv()),
    ],
)  # fmt: skip
def test_a_path_like_the_archives_is_taken_at_its_word(
    name: RawName, content: Any, charts: Charts
) -> None:
    for path in (name.path, f"backup/2025/{name.path}"):
        assert names_of(path, content, charts) == [name]
        assert week_in_name(path) == LATEST


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("regional-xx-weekly-2026-11-19.csv", chart_csv()),
        ("xx_regional_top200_2026-11-13_2026-11-20.csv", legacy_csv()),
        ("x.json", playlist(rows(), "0" * 22, name='Top "50" \\ Sverige\n')),
        ("x.json", playlist(rows(), "0" * 22, name="Norway")),
        ("x.json", page(rows(), "0" * 22)),
        (f"week={WEEK}/utopia.playlist.json", playlist(rows(), "0" * 22)),
        (f"week={WEEK}/utopia.playlist.json", rows()),
        (f"week={WEEK}/utopia.chart.csv", chart_csv()),
    ],
)
def test_the_lines_that_a_rejection_gives_make_the_file_recognised(
    path: str, content: Any, charts: Charts, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableRawFile, match="and add these lines to it") as error:
        names_of(path, content, charts)
    assert f"copy the shipped charts file ({shipped_charts_file()})" in str(error.value)
    assert "set SPOTIFY_ASSETS_CHARTS_FILE to the copy" in str(error.value)
    lines = str(error.value).split("\n\n", maxsplit=1)[1]
    mine = tmp_path / "charts.toml"
    mine.write_text(shipped_charts_file().read_text() + "\n" + lines + "\n")
    with_it = read_charts(mine)
    (name,) = names_of(path, content, with_it)
    assert name.chart == with_it.charts[2].slug, "after those of the shipped file"
    content = content if isinstance(content, bytes) else as_json(content)
    assert derive_tables([(name, content)], with_it).tables["songs"].num_rows == 3


# Refusals.

SWEDEN, DENMARK = "a" * 22, "b" * 22
REMEDIES = (
    *("Download", "download", "Save", "Drop", "drop ", "Name it", "Rename", "Correct", "Put "),
    *("set SPOTIFY_ASSETS_FIRST_WEEK", "add these lines"),
)


def undated(**more: Any) -> Any:
    """A page of rows that don't say when they were added."""
    return page([row(track("Song"))], **more)


def refusal(path: str, content: Any, charts: Charts) -> str:
    """Why the file is refused; asserts that a remedy is given, and no word of our own code."""
    with pytest.raises(UnreadableRawFile) as error:
        names_of(path, content, charts)
    message = str(error.value)
    assert any(remedy in message for remedy in REMEDIES)
    assert not any(word in message for word in ("Traceback", "Error(", "Exception", "RawName"))
    return message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "It is empty"),
        ("\ufeff \n".encode(), "It is empty"),
        (b"<!doctype html><html><body>Log in</body></html>", "It is a web page (HTML)"),
        (b"PK\x03\x04" + bytes(100), "It is a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "It is an old Excel workbook"),
        (gzip.compress(chart_csv()), "It is compressed with gzip"),
        (chart_csv().decode("utf-8-sig").encode("utf-16-le"), "It contains binary data, not text"),
        (chart_csv()[:-20], "can't be read as CSV"),
        (PLAYLIST[: len(PLAYLIST) // 2], "It is JSON that was cut off"),
        ({"id": "x", "type": "artist", "genres": []}, "neither `tracks` nor `items`"),
        (playlist([]), "It is a playlist without songs"),
        (playlist([row(None), row(track("Talk", type="episode"))]), "It is a playlist without songs"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [csv_name(), "some/folder/spotify_raw_2026-11-13.json"])
def test_content_that_is_no_chart_is_refused_whatever_its_name(
    path: str, content: Any, says: str, charts: Charts
) -> None:
    assert says in refusal(path, content, charts)


@pytest.mark.parametrize("name", ["norway.playlist.0123456789ab.json", csv_name()])
@pytest.mark.parametrize("content", [chart_csv(), PLAYLIST], ids=["csv", "playlist"])
def test_what_was_superseded_does_not_come_back_by_itself(
    name: str, content: bytes, charts: Charts
) -> None:
    path = f"copy/week=2026-11-13/superseded/{name}"
    assert "the archive keeps older versions" in refusal(path, content, charts)


@pytest.mark.parametrize(
    ("name", "says"),
    {
        "chart 2026-11-19.csv": "doesn't say which chart it is",
        "regional-no-weekly-latest.csv": "doesn't say which week it is",
        "regional-no-weekly-2026-11-20.csv": "2026-11-20 is a Friday",
        "regional-no-weekly-2026-02-30.csv": "2026-02-30, which is no date",
        "regional-no-weekly-2026-11-12--2026-11-19.csv": "isn't a chart week from Friday to Friday",
        "regional-no-daily-2026-11-19.csv": "Its name says: a daily chart. Only weekly song charts",
        "regional-no-weekly-2016-12-22.csv": "before the first week that is collected, 2016-12-23",
        "regional-no-weekly-2026-11-26.csv": "Its week 2026-11-20 isn't over before 2026-11-27",
        "week=2026-11-14/norway.chart.csv": "Its folder names the week 2026-11-14, but",
        "week=2026-11-06/no.chart.csv": "calls the chart 'no', but it is declared as 'norway'",
    }.items(),
)
def test_a_chart_file_whose_name_does_not_fit_is_refused(
    name: str, says: str, charts: Charts
) -> None:
    for content in (chart_csv(), legacy_csv()):
        assert says in refusal(name, content, charts)


@pytest.mark.parametrize(
    ("path", "document", "says"),
    [
        ("x.json", playlist(rows(), "x" * 22, name="Top 50"), "playlists are daily, not weekly"),
        ("norway and global.json", rows(), "nothing says which playlist they are from"),
        ("x.json", undated(), "say when the playlist was saved"),
        ("x_2026-11-27.json", undated(), "Its week 2026-11-20 isn't over before 2026-11-27"),
        ("x.json", page(rows(date(2026, 11, 20))), "isn't over before 2026-11-27"),
        ("x.json", page(rows(date(2010, 1, 1))), "before the first week that is collected"),
        ("global/x.json", [page(rows()), page(rows()) | {"href": ""}], "not all of them name theirs"),
        (f"week={WEEK}/norway.playlist.json", playlist(rows(), GLOBAL_PLAYLIST), "declared as 'global'"),
        (f"week={WEEK}/norge.playlist.json", playlist(rows()), "declared as 'norway'"),
        (f"week={WEEK}/norway.playlist.json",
         [page(rows(), SWEDEN), page(rows(), DENMARK)], "several playlists, but none of norway"),
        ("week=2026-11-13/norway.playlist.json",
         [page(rows(WEEK)), page(rows(date(2026, 10, 30)))], "none of norway in the week 2026-11-13"),
        ("regional-no-weekly-2026-11-19.csv", page(rows(WEEK)), "the week 2026-11-13, but"),
    ],
)  # fmt: skip
def test_a_playlist_of_which_chart_or_week_are_not_known_is_refused(
    path: str, document: Any, says: str, charts: Charts
) -> None:
    assert says in refusal(path, document, charts)
