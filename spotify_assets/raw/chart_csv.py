"""Parses weekly charts in CSV files, of charts.spotify.com and of the older spotifycharts.com.

Which chart and week a file is of is decided in `recognise`.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from spotify_assets.errors import UnreadableRawFile

CHART_COLUMNS = ("rank", "uri", "artist_names", "track_name",  # without these it is no chart
                 "source", "peak_rank", "previous_rank", "weeks_on_chart", "streams")  # fmt: skip
LEGACY_COLUMNS = {"Position": "rank", "URL": "uri", "Artist": "artist_names",
                  "Track Name": "track_name", "Streams": "streams"}  # fmt: skip
LARGEST_NUMBER = 2**31 - 1  # that fits the tables' columns
LARGEST_STREAMS = 2**63 - 1
PLAIN_LENGTHS = range(1, 10)  # digits of numbers that are surely below both
TRACK_LINK = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-[a-z-]+/)?track/)([A-Za-z0-9]{22})(?:\?.*)?"
)
DAMAGED = "The file is damaged or was cut off: download it again."
AS_DOWNLOADED = "Drop the file as it was downloaded."


class ChartRow(msgspec.Struct, gc=False):
    """A line of a chart file; None where a cell is blank."""

    rank: int
    song_id: str
    song_url: str | None
    song_name: str | None
    artist_names: str | None
    label: str | None = None
    streams: int | None = None
    peak_rank: int | None = None
    previous_rank: int | None = None
    weeks_on_chart: int | None = None


@dataclass(frozen=True, slots=True)
class ChartFile:
    """The rows of a chart file, in its order, and which of the two formats it has."""

    kind: Literal["chart_csv", "legacy_csv"]
    rows: list[ChartRow]


def read_chart_csv(content: bytes) -> ChartFile:
    """Parse a chart file; raise UnreadableRawFile if it is none, or one of its lines is damaged."""
    lines = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        numbered = [(lines.line_num, line) for line in lines if any(line)]
    except csv.Error as error:
        message = f"Line {lines.line_num} can't be read as CSV: {error}. {DAMAGED}"
        raise UnreadableRawFile(message) from None
    for start, (_, line) in enumerate(numbered[:2]):
        header = [name.strip() for name in line]
        if set(CHART_COLUMNS[:4]) <= set(header):
            return ChartFile("chart_csv", _rows(header, numbered[start + 1 :]))
        if LEGACY_COLUMNS.keys() <= set(header):
            header = [LEGACY_COLUMNS.get(name, name) for name in header]
            return ChartFile("legacy_csv", _rows(header, numbered[start + 1 :]))
    first = ",".join(numbered[0][1])[:80] if numbered else ""
    raise UnreadableRawFile(
        f"It is not a chart file: its first line is {first!r}. A weekly chart from charts.spotify.com "
        f"begins with {','.join(CHART_COLUMNS[:4])},…, separated by commas. {AS_DOWNLOADED}"
    )


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise UnreadableRawFile(f"It contains binary data, not text. {AS_DOWNLOADED}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableRawFile(
            f"It is not UTF-8 text: it was cut off, or saved in another encoding. {AS_DOWNLOADED}"
        ) from None


def _rows(header: list[str], numbered: list[tuple[int, list[str]]]) -> list[ChartRow]:
    if twice := [name for name in CHART_COLUMNS if header.count(name) > 1]:
        message = f"Its header has the column {twice[0]} more than once. {AS_DOWNLOADED}"
        raise UnreadableRawFile(message)
    rows: dict[int, ChartRow] = {}
    for number, line in numbered:
        if len(line) != len(header):
            raise UnreadableRawFile(
                f"Line {number} has {len(line)} columns where the header has {len(header)}. {DAMAGED}"
            )
        row = _row(dict(zip(header, line, strict=True)), number)
        if row.rank in rows:
            raise UnreadableRawFile(f"Line {number} has rank {row.rank} a second time. {DAMAGED}")
        rows[row.rank] = row
    if not rows:
        raise UnreadableRawFile("It has a header but no chart rows. Download it again.")
    return list(rows.values())


def _row(cells: dict[str, str], number: int) -> ChartRow:
    rank = _number(cells, "rank", number)
    if not rank:
        raise UnreadableRawFile(f"Line {number} has no rank: {cells['rank'][:40]!r}. {DAMAGED}")
    return ChartRow(
        rank,
        *_song(cells["uri"], number),
        song_name=cells["track_name"] or None,
        artist_names=cells["artist_names"] or None,
        label=cells.get("source") or None,
        streams=_number(cells, "streams", number),
        # Counted from 1: no song has charted for 0 weeks, and -1 is a song that wasn't in the chart.
        peak_rank=_number(cells, "peak_rank", number) or None,
        previous_rank=_number(cells, "previous_rank", number, least=-1) or None,
        weeks_on_chart=_number(cells, "weeks_on_chart", number) or None,
    )


def _song(link: str, number: int) -> tuple[str, str | None]:
    link = link.strip()
    match = TRACK_LINK.fullmatch(link)
    if match:
        return match[1], f"https://open.spotify.com/track/{match[1]}"
    if not link.startswith("spotify:local:"):
        raise UnreadableRawFile(
            f"Line {number} doesn't say which song it is: its link is {link[:80]!r}. {DAMAGED}"
        )
    return link, None


def _number(cells: dict[str, str], column: str, number: int, least: int = 0) -> int | None:
    text = cells.get(column, "")
    if len(text) in PLAIN_LENGTHS and text.isascii() and text.isdigit():  # nearly always
        return int(text)
    text = text.strip()
    if not text or (text == "-1" and least == -1):
        return None
    largest = LARGEST_STREAMS if column == "streams" else LARGEST_NUMBER
    is_number = text.isascii() and text.isdigit() and len(text) < 30
    if not is_number or int(text) > largest:
        raise UnreadableRawFile(
            f"Line {number}: {column} is {text[:40]!r}, not a whole number from {least} to {largest}. "
            f"{AS_DOWNLOADED}"
        )
    return int(text)
