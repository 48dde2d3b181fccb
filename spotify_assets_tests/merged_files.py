"""Files that contain several charts or other files, for tests: tables, data of pages, ZIP archives."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from typing import Any

from spotify_assets.layout import REJECTED
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.raw_samples import WEEK, spotify_id

WEEKS = [date(2026, 10, 30), WEEK]
THURSDAYS = [str(week + timedelta(days=6)) for week in WEEKS]
FRIDAYS = [str(week) for week in WEEKS]
RANGES = [f"{week}--{week + timedelta(days=7)}" for week in WEEKS]
COLUMNS = {
    "rank": "{rank}",
    "uri": "spotify:track:{song_id}",
    "artist_names": "Ida Nord, Duo",
    "track_name": "{song}",
    "source": "Nord Records",
    "weeks_on_chart": "3",
    "streams": "{streams}",
    "danceability": "0.5",
}


def table(
    country: str | None = "country",
    week: str | None = "week",
    *,
    of: tuple[str, ...] = ("Norway", "Global"),
    dates: list[str] = THURSDAYS,
    but: str = "",
    called: dict[str, str] | None = None,
) -> bytes:
    """A table of charts of two songs each, of these countries and dates, in columns of these names."""
    called = called or {}
    columns = [column for column in COLUMNS if column != but]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*filter(None, (country, week)), *(called.get(name, name) for name in columns)])
    for where in of if country else of[:1]:
        for day in dates:
            for rank, song in enumerate((f"Hit of {where}", f"Song of {day[:10]}"), start=1):
                values = {"rank": rank, "song": song, "song_id": spotify_id(song)}
                streams = 1_000_000 - rank
                cells = [COLUMNS[name].format(**values, streams=streams) for name in columns]
                writer.writerow([*([where] if country else []), *([day] if week else []), *cells])
    return text.getvalue().encode()


def page_data(
    alias: str = "REGIONAL_NO_WEEKLY", day: str = THURSDAYS[1], **more: Any
) -> dict[str, Any]:
    """What a page of charts.spotify.com receives."""
    entries = [
        {
            "chartEntryData": {
                "currentRank": rank,
                "previousRank": 4,
                "peakRank": 1,
                "appearancesOnChart": 9,
                "rankingMetric": {"value": str(1000 - rank), "type": "STREAMS"},
                "entryStatus": "MOVED_UP",
            },
            "missingRequiredFields": False,
            "trackMetadata": {
                "trackName": name,
                "trackUri": f"spotify:track:{spotify_id(name)}",
                "artists": [
                    {"name": "Ida Nord", "spotifyUri": "spotify:artist:x"},
                    {"name": "Duo"},
                ],
                "labels": [{"name": "Nord Records", "spotifyUri": ""}],
            },
        }
        for rank, name in enumerate(("Fjordlys", "Snø"), start=1)
    ]
    chart = {"date": day, "chartMetadata": {"alias": alias, "entityType": "TRACK"}}
    return {"displayChart": chart, "entries": entries} | more


def zipped(files: dict[str, bytes], **how: int) -> bytes:
    """A ZIP archive of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, inside in files.items():
            package.writestr(name, inside, **how)
    return content.getvalue()


def reasons(storage: FolderStorage) -> dict[str, str]:
    """Each rejected file's path with its reason."""
    return {
        file.key.removeprefix(REJECTED).removesuffix(".reason.txt"): storage.read(file.key).decode()
        for file in storage.files(REJECTED)
        if file.key.endswith(".reason.txt")
    }
