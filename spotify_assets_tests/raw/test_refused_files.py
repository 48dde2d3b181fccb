"""What can't be taken in: each refusal says in a sentence why, and what to do about it."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from typing import Any

import pytest

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
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

SWEDEN, DENMARK = "a" * 22, "b" * 22
REMEDIES = (
    *("Download", "download it again", "Save", "Drop", "drop ", "Name it", "Rename", "Correct"),
    *("Log in", "Put ", "set SPOTIFY_ASSETS_FIRST_WEEK", "add these lines"),
)
PLAYLIST = as_json(playlist(rows()))


def zipped(content: bytes) -> bytes:
    """A ZIP archive with a file of that content in it, like an Excel workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("chart.csv", content)
    return buffer.getvalue()


def undated(**more: Any) -> Any:
    """A page of rows that don't say when they were added."""
    return page([row(track("Song"))], **more)


def refusal(path: str, content: Any, charts: Charts) -> str:
    """Why the file is refused; asserts that a remedy is given, and no word of our own code."""
    content = content if isinstance(content, bytes) else as_json(content)
    with pytest.raises(UnreadableRawFile) as error:
        recognise(path, content, charts, FIRST_DOWNLOADABLE_WEEK, NOW)
    message = str(error.value)
    assert any(remedy in message for remedy in REMEDIES)
    assert not any(word in message for word in ("Traceback", "Error(", "Exception", "RawName"))
    return message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "It is empty"),
        (b" \r\n\t\n", "It is empty"),
        (b" " * 5000, "It is empty"),
        ("\ufeff".encode(), "It is empty"),
        ("\ufeff \n".encode(), "It is empty"),
        (b"<!doctype html><html><body>Log in</body></html>", "It is a web page (HTML)"),
        (b"\xef\xbb\xbf\n  <html>", "It is a web page (HTML)"),
        (zipped(chart_csv()), "It is a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "It is an old Excel workbook"),
        (gzip.compress(chart_csv()), "It is compressed with gzip"),
        (b"%PDF-1.7", "It is a PDF document"),
        (b"PAR1\x15\x04", "It is a Parquet file"),
        (chart_csv().decode("utf-8-sig").encode("utf-16"), "It is text in UTF-16, not in UTF-8"),
        (chart_csv().decode("utf-8-sig").encode("utf-16-le"), "It holds binary data, not text"),
        (chart_csv().decode("utf-8-sig").encode("latin-1"), "It is not UTF-8 text"),
        (PLAYLIST.decode().encode("utf-16"), "It is text in UTF-16, not in UTF-8"),
        (PLAYLIST.decode().encode("latin-1"), "It is not UTF-8 text"),
        (chart_csv().replace(b",", b";"), "separated by semicolons or tabs"),
        (chart_csv()[:-20], "can't be read as CSV"),
        (chart_csv()[: chart_csv().index("ø".encode()) + 1], "It ends within a letter"),
        (chart_csv().replace(b"\n2,", b"\n1,"), "has rank 1 a second time"),
        (chart_csv().splitlines()[0], "It has a header but no chart rows"),
        (PLAYLIST[: len(PLAYLIST) // 2], "It is JSON that was cut off"),
        (track("A song"), "neither `tracks` nor `items`"),
        ({"id": "x", "type": "artist", "genres": []}, "neither `tracks` nor `items`"),
        ([1, 2, 3], "not a playlist of Spotify's"),
        (playlist([]), "It is a playlist without songs"),
        (playlist([row(None), row(track("Talk", type="episode"))]), "It is a playlist without songs"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [csv_name(), "some/folder/spotify_raw_2026-11-13.json"])
def test_content_that_is_no_chart_is_refused_whatever_its_name(
    path: str, content: Any, says: str, charts: Charts
) -> None:
    assert says in refusal(path, content, charts)


@pytest.mark.parametrize(
    "path",
    [
        "week=2026-11-13/superseded/norway.playlist.0123456789ab.json",
        f"a/week=x/superseded/{csv_name()}",
    ],
)
@pytest.mark.parametrize("content", [chart_csv(), PLAYLIST], ids=["csv", "playlist"])
def test_what_was_superseded_does_not_come_back_by_itself(
    path: str, content: bytes, charts: Charts
) -> None:
    assert "the archive keeps older versions" in refusal(path, content, charts)


@pytest.mark.parametrize(
    ("name", "says"),
    {
        "chart 2026-11-19.csv": "doesn't say which chart it is",
        "norway/chart.csv": "doesn't say which week it is",
        "regional-no-weekly-latest.csv": "doesn't say which week it is",
        "regional-no-weekly-2026-11-20.csv": "2026-11-20 is a Friday",
        "regional-no-weekly-2026-02-30.csv": "2026-02-30, which is no date",
        "regional-no-weekly-2026-11-19-2026-11-20.csv": "isn't a chart week from Friday to Friday",
        "regional-no-weekly-2026-11-12--2026-11-19.csv": "isn't a chart week from Friday to Friday",
        "regional-no-daily-2026-11-19.csv": "it is a daily chart; only weekly charts",
        "regional-no-weekly-2016-12-22.csv": "before the first week that is collected, 2016-12-23",
        "regional-no-weekly-2026-11-26.csv": "Its week 2026-11-20 isn't over before 2026-11-27",
        "regional-no-weekly-2099-12-31.csv": "Its week 2099-12-25 isn't over before",
        "week=2026-11-14/norway.chart.csv": "Its folder names the week 2026-11-14, but",
        "week=9999-12-31/norway.chart.csv": "Its folder names the week 9999-12-31, but",
        "week=2026-11-06/no.chart.csv": "calls its chart 'no', but it is declared as 'norway'",
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
        ("x.json", rows(), "doesn't say which playlist they are from"),
        ("what?.json", rows(), "doesn't say which playlist they are from"),
        ("norway and global.json", rows(), "doesn't say which playlist they are from"),
        ("x.json", undated(), "say when the playlist was saved"),
        ("spotify_raw_12.json", undated(), "say when the playlist was saved"),
        ("spotify_raw_2026-02-30.json", undated(), "2026-02-30, which is no date"),
        ("x_2026-11-27.json", undated(), "Its week 2026-11-20 isn't over before 2026-11-27"),
        ("x.json", page(rows(date(2026, 11, 20))), "isn't over before 2026-11-27"),
        ("x.json", page(rows(date(2010, 1, 1))), "before the first week that is collected"),
        ("x.json", page([row(track("Song"), added_at="9999-12-31T00:00:00Z")]), "isn't over"),
        ("global/x.json", [page(rows()), page(rows()) | {"href": ""}], "not all of them say which"),
        (f"week={WEEK}/norway.playlist.json", playlist(rows(), GLOBAL_PLAYLIST), "declared as 'global'"),
        (f"week={WEEK}/norge.playlist.json", playlist(rows()), "declared as 'norway'"),
        (f"week={WEEK}/norway.playlist.json",
         [page(rows(), SWEDEN), page(rows(), DENMARK)], "several playlists, but none of norway"),
        ("week=2026-11-13/norway.playlist.json",
         [page(rows(WEEK)), page(rows(date(2026, 10, 30)))], "none of norway in the week 2026-11-13"),
        ("regional-no-weekly-2026-11-19.csv", page(rows(WEEK)), "2026-11-13, but its content is of"),
    ],
)  # fmt: skip
def test_a_playlist_of_which_chart_or_week_are_not_known_is_refused(
    path: str, document: Any, says: str, charts: Charts
) -> None:
    assert says in refusal(path, document, charts)


def test_a_playlist_named_like_a_chart_file_of_its_week_is_taken_in(charts: Charts) -> None:
    (name,) = recognise(csv_name(WEEK), PLAYLIST, charts, FIRST_DOWNLOADABLE_WEEK, NOW)
    assert (name.week, name.chart, name.kind) == (WEEK, "norway", "playlist")
