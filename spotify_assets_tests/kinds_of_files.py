"""Files of every kind, and what becomes of them: `docs/files.md` is made of these tables.

`python -m spotify_assets_tests.kinds_of_files` writes the page; a test compares.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from spotify_assets.charts import shipped_charts_file
from spotify_assets.layout import REASON, REJECTED
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.other_charts import KEPT
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.inbox_files import drop, empty_inbox
from spotify_assets_tests.merged_files import page_data, table, zipped
from spotify_assets_tests.raw_samples import (
    as_json,
    chart_csv,
    legacy_csv,
    page,
    playlist,
    row,
    rows,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "files.md"
INTRODUCTION = f"""\
# Which files are taken in

What a file is follows from its own name and its content; folders' names only count where these say
nothing. Each of these files was dropped into an empty base. The tests do that again, and fail if this
page isn't what comes out; `python -m spotify_assets_tests.kinds_of_files` writes it.

A file that would replace another of the same chart and week is rejected if it has too few of its songs
(`SPOTIFY_ASSETS_SHARED_SONGS_LEAST`), unless it is in a folder `replace/`. Unfinished downloads,
what has a name or a folder that begins with a dot, and links of one user to files of another stay where
they are.

Where a reason below ends with "…", it goes on: "{KEPT.replace("<", "&lt;")}"
"""
HEADINGS = ("file", "content", "what becomes of it")

WEEKLY, LEGACY = chart_csv(), legacy_csv()
DAILY = WEEKLY.replace(b"weeks_on_chart", b"days_on_chart")
CITY = b"\n".join(line.rpartition(b",")[0] for line in WEEKLY.splitlines())
ALBUM = WEEKLY.replace(b"track_name", b"album_name").replace(b"spotify:track", b"spotify:album")
ARTIST = (
    b"rank,uri,artist_name,peak_rank,previous_rank,weeks_on_chart\n1,spotify:artist:" + b"a" * 22
)
LINKED = WEEKLY.replace(b"spotify:track", b"spotify:artist")
VIRAL = b"Position,Track Name,Artist,URL\n1,A,B,https://open.spotify.com/track/" + b"a" * 22
LIST = as_json(rows())
CONTENTS = {
    WEEKLY: "weekly CSV",
    LEGACY: "CSV of spotifycharts.com",
    DAILY: "CSV with days_on_chart",
    DAILY.replace(b",", b";"): "CSV with days_on_chart, semicolons",
    CITY: "CSV without streams",
    ALBUM: "CSV with album_name",
    ARTIST: "CSV with artist_name",
    LINKED: "CSV with artists' links",
    VIRAL: "CSV of spotifycharts.com without streams",
    LIST: "list of a playlist's rows",
}

TAKEN = [
    ("regional-no-weekly-2024-01-04.csv", WEEKLY, "norway"),
    ("regional-no-weekly-2024-01-04.csv", CITY, "norway"),  # its own name says what it is
    ("regional-kr-weekly-2024-01-04.csv", WEEKLY, "south-korea"),
    ("Copy of regional-no-weekly-2024-01-04 (1).csv", WEEKLY, "norway"),
    ("Kopi av regional-global-weekly-2024-01-04.csv", WEEKLY, "global"),
    ("REGIONAL-NO-WEEKLY-2024-01-04.CSV", WEEKLY, "norway"),
    ("2024-01-04_regional-no-weekly (Ida's).csv", WEEKLY, "norway"),
    ("no_regional_top200_2023-12-29_2024-01-04.csv", LEGACY, "norway"),
    ("regional-no-2024-01-04.csv", WEEKLY, "norway"),
    ("norway/regional-global-weekly-2024-01-04.csv", WEEKLY, "global"),
    ("artists/regional-no-weekly-2024-01-04 (artists corrected).csv", WEEKLY, "norway"),
    ("norway/2024-01-04.csv", WEEKLY, "norway"),
    ("norway.zip.unpacked/2024-01-04.csv", WEEKLY, "norway"),
    ("Ida/norway/2024/January/Weekly charts/2024-01-04.csv", WEEKLY, "norway"),
    ("South Korea/weekly chart of 2024-01-04.csv", WEEKLY, "south-korea"),
    ("viral and others/norway top 200 2024-01-04.csv", WEEKLY, "norway"),
    ("norway/global top songs 2024-01-04.csv", WEEKLY, "global"),
    ("week=2023-12-29/norway.chart.csv", WEEKLY, "norway"),
]
REFUSED = [
    ("norway/citytoptrack-oslo-weekly-2024-01-04.csv", WEEKLY, "a chart of a city"),
    ("norway/Copy of citytoptrack-oslo-weekly-2024-01-04.csv", WEEKLY, "a chart of a city"),
    ("norway/citypulsetrack-bergen-weekly-2024-01-11.csv", CITY, "what is special to a city"),
    ("viral-global-weekly-2024-01-04.csv", WEEKLY, "a viral chart"),
    ("norway/viral50 2024-01-04.csv", WEEKLY, "a viral chart"),
    ("norway/viral_2024-01-05.json", LIST, "a viral chart"),
    ("norway/2024-01-04.csv", VIRAL, "a viral chart"),
    ("genre-pop-global-weekly-2024-01-25.csv", WEEKLY, "a chart of a genre"),
    ("genresongs-dance-weekly-2024-01-25.csv", WEEKLY, "a chart of a genre"),
    ("regional-global-2024-01-18.csv", DAILY, "a daily chart"),
    ("regional-no-2024-09-19.csv", DAILY, "a daily chart"),
    ("regional-no-weekly-2024-09-19.csv", DAILY.replace(b",", b";"), "a daily chart"),
    ("week=2023-12-29/norway.chart.csv", DAILY, "a daily chart"),
    ("regional-no-daily-2024-01-04.csv", WEEKLY, "a daily chart"),
    ("2024-01-04-regional-no-daily.csv", WEEKLY, "a daily chart"),
    ("artist-no-weekly-2024-01-04.csv", ARTIST, "a chart of artists"),
    ("artist-global-weekly-2024-01-04.csv", WEEKLY, "a chart of artists"),
    ("regional-no-weekly-2024-01-04.csv", ARTIST, "a chart of artists"),
    ("regional-no-weekly-2024-01-04.csv", LINKED, "a chart of artists"),
    ("album-global-weekly-2024-01-04.csv", WEEKLY, "a chart of albums"),
    ("regional-no-weekly-2024-01-04.csv", ALBUM, "a chart of albums"),
    ("trackdebut-global-weekend-2024-01-04.csv", WEEKLY, "a chart of debuts"),
    ("music-video-global-daily-2024-01-04.csv", WEEKLY, "a chart of music videos"),
    ("norway/2024-01-04.csv", CITY, "a chart without streams"),
    ("norway/oslo-2024-01-04.csv", WEEKLY, "'oslo'"),
    ("norway/de-2024-01-04.csv", WEEKLY, "'de'"),
    ("norway/oslo/2024-01-04.csv", WEEKLY, "'oslo'"),
    ("viral/norway/2024-01-04.csv", WEEKLY, "a viral chart"),
    ("norway/daily/saved 2024-01-05.json", LIST, "a daily chart"),
    ("fandom-global-weekly-2024-01-04.csv", WEEKLY, "'fandom'"),
    ("norway/fandom-no-weekly-2024-01-04.csv", WEEKLY, "'fandom'"),
    ("regional-no-oslo-weekly-2024-01-04.csv", WEEKLY, "'oslo'"),
]
OTHERS = [  # whose content is described here
    ("anything.json", "response of `GET /playlists/{id}`", as_json(playlist(rows()))),
    ("spotify_raw_1794500000.json", "page of rows, undated", as_json(page([row(rows()[0]["track"])]))),
    ("norway/saved 2026-11-13.json", "list of a playlist's rows", LIST),
    ("saved.json", "data of a page of charts.spotify.com", as_json(page_data())),
    ("saved.json", "the same of a daily chart", as_json(page_data("REGIONAL_NO_DAILY"))),
    ("charts.csv", "table with country and week", table()),
    ("charts.csv", "table with week, of one country", table(None)),
    ("global/charts.csv", "table with week, of one country", table(None)),
    ("charts.csv", "table with country, of several weeks", table(week=None)),
    ("charts.csv", "table with country, week and trend",
     table().replace(b"danceability", b"trend")),
    ("charts.csv", "table with country, week and city",
     table().replace(b"danceability", b"city")),
    ("regional-no-weekly-2024-01-04.csv", "weekly CSV whose column country has se",
     WEEKLY.replace(b"\n", b",se\n").replace(b",se", b",country", 1)),
    ("regional-no-weekly-2024-01-04.csv", "header of a weekly CSV", WEEKLY.splitlines()[0]),
    ("charts.csv", "table with country and day", table(dates=["2026-11-04", "2026-11-05"])),
    ("regional-no-weekly-2024-01-04.csv.gz", "weekly CSV, compressed", gzip.compress(WEEKLY)),
    ("charts.zip", "weekly CSV and a web page",
     zipped({"a/regional-no-weekly-2024-01-04.csv": WEEKLY, "b.csv": b"<html>"})),
    ("charts.zip", "a ZIP archive with a CSV", zipped({"inner.zip": zipped({"x.csv": WEEKLY})})),
    ("charts.zip", "not all of it", zipped({"x.csv": WEEKLY})[:-30]),
    ("regional-xx-weekly-2024-01-04.csv", "weekly CSV", WEEKLY),
    ("regional-no-weekly-2024-01-05.csv", "weekly CSV", WEEKLY),
    ("regional-no-weekly-2024-01-04.csv", "web page", b"<html>Log in</html>"),
    ("regional-no-weekly-2024-01-04.csv", "half of a weekly CSV", WEEKLY[:-20]),
    ("regional-no-weekly-2024-01-04.xlsx", "workbook", b"PK\x03\x04" + bytes(100)),
]  # fmt: skip


def outcomes(path: str, content: bytes) -> Iterator[str]:
    """Yield what becomes of a file that is dropped into an empty base, in words."""
    with TemporaryDirectory() as folder:
        storage = FolderStorage(Path(folder))
        drop(storage, path, content)
        empty_inbox(storage)
        for name, _ in archived_files(storage, None):
            yield f"`{name.path}`"
        for file in storage.files(REJECTED):
            if file.key.endswith(REASON):
                reason = storage.read(file.key).decode().split("\n\n")[1].replace(KEPT, "…")
                reason = reason.replace(str(shipped_charts_file()), "charts.toml")
                where = (
                    f" `{Path(file.key.removesuffix(REASON)).name}`" if path.endswith("zip") else ""
                )
                yield f"rejected{where}: {reason.replace('<', '&lt;')}"


def as_page() -> str:
    """Return the page."""
    described = [(path, CONTENTS[content], content) for path, content, _ in [*TAKEN, *REFUSED]]
    lines = [HEADINGS, ("---",) * 3]
    lines += [
        (f"`{path}`", what, "<br>".join(outcomes(path, content)))
        for path, what, content in [*described, *OTHERS]
        if ".unpacked" not in path
    ]
    return "\n".join([INTRODUCTION, *(f"| {' | '.join(line)} |" for line in lines), ""])


if __name__ == "__main__":
    PAGE.write_text(as_page(), encoding="utf-8")
