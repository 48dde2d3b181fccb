"""Parses weekly charts in CSV files, of charts.spotify.com and of the older spotifycharts.com.

What spreadsheets and pandas make of such a file is read where nothing is lost: other separators, UTF-16,
whole numbers written otherwise, columns that are added. A number that was rounded, or that can be read
in two ways, makes the file unreadable. Which chart and week a file is of is decided in `recognise`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import msgspec

from spotify_assets.errors import UnreadableRawFile
from spotify_assets.raw.encoding import as_utf8

CHART_COLUMNS = ("rank", "uri", "artist_names", "track_name",  # without these it is no chart
                 "source", "peak_rank", "previous_rank", "weeks_on_chart", "streams")  # fmt: skip
LEGACY_COLUMNS = {"Position": "rank", "URL": "uri", "Artist": "artist_names",
                  "Track Name": "track_name", "Streams": "streams"}  # fmt: skip
LARGEST_NUMBER = 2**31 - 1  # that fits the tables' columns
LARGEST_STREAMS = 2**63 - 1
BLANK = ("", "nan", "none", "null", "<na>")  # how pandas writes a figure that isn't there
WHOLE = re.compile(r"(-?\d+)[.,]0{1,2}")  # not 1.000, which may be 1000
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3}(?:\1\d{3})*|(?:[ '’\xa0\u2009\u202f]\d{3})+)")
SCIENTIFIC = re.compile(r"-?\d+(?:[.,]\d+)?[eE][+-]?\d+")
PLAIN_LENGTHS = range(1, 10)  # digits of numbers that are surely below both
TRACK_LINK = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-[a-z-]+/)?track/)([A-Za-z0-9]{22})(?:\?.*)?"
)
DAMAGED = "The file is damaged or was cut off: download it again."
BEFORE_ROWS = 5000  # characters in which a header ends, with what may be above it
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
    text = _text(content)
    separator = _separator(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        numbered = [(lines.line_num, line) for line in lines if any(line)]
    except csv.Error as error:
        message = f"Line {lines.line_num} can't be read as CSV: {error}. {DAMAGED}"
        raise UnreadableRawFile(message) from None
    for start, (_, line) in enumerate(numbered[:2]):
        header = [name.strip() for name in line]
        if set(CHART_COLUMNS[:4]) <= set(header):
            return ChartFile("chart_csv", _rows(header, numbered[start + 1 :], separator))
        if LEGACY_COLUMNS.keys() <= set(header):
            header = [LEGACY_COLUMNS.get(name, name) for name in header]
            return ChartFile("legacy_csv", _rows(header, numbered[start + 1 :], separator))
    first = ",".join(numbered[0][1])[:80] if numbered else ""
    raise UnreadableRawFile(
        f"It is not a chart file: its first line is {first!r}. A weekly chart from charts.spotify.com "
        f"begins with {','.join(CHART_COLUMNS[:4])},…, separated by commas, semicolons or tabs. "
        f"{AS_DOWNLOADED}"
    )


def _text(content: bytes) -> str:
    content = as_utf8(content)
    if b"\0" in content:
        raise UnreadableRawFile(f"It contains binary data, not text. {AS_DOWNLOADED}")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UnreadableRawFile(
            f"It is not UTF-8 text: it was cut off, or saved in another encoding. {AS_DOWNLOADED}"
        ) from None


def _separator(text: str) -> str:
    """Return what separates the names of the header, which is among the first lines."""
    for line in text[:BEFORE_ROWS].splitlines():
        for separator in ",;\t":
            names = {name.strip(' "') for name in line.split(separator)}
            if set(CHART_COLUMNS[:4]) <= names or LEGACY_COLUMNS.keys() <= names:
                return separator
    return ","


def _rows(
    header: list[str], numbered: list[tuple[int, list[str]]], separator: str
) -> list[ChartRow]:
    if twice := [name for name in CHART_COLUMNS if header.count(name) > 1]:
        message = f"Its header has the column {twice[0]} more than once. {AS_DOWNLOADED}"
        raise UnreadableRawFile(message)
    place = header.index("streams") if "streams" in header else len(header)
    streams = [line[place] for _, line in numbered if len(line) > place]
    # What is twice in a number marks thousands, and so it does in the file's other numbers.
    marks = {mark for mark in ",." if any(cell.count(mark) > 1 for cell in streams)}
    if separator == ",":  # then a comma is no decimal point
        marks.add(",")
    rows: dict[int, ChartRow] = {}
    for number, line in numbered:
        while len(line) > len(header) and not line[-1]:
            line.pop()
        if len(line) != len(header):
            raise UnreadableRawFile(
                f"Line {number} has {len(line)} columns where the header has {len(header)}. {DAMAGED}"
            )
        row = _row(dict(zip(header, line, strict=True)), number, marks)
        if row.rank in rows:
            raise UnreadableRawFile(f"Line {number} has rank {row.rank} a second time. {DAMAGED}")
        rows[row.rank] = row
    if not rows:
        raise UnreadableRawFile("It has a header but no chart rows. Download it again.")
    return list(rows.values())


def _row(cells: dict[str, str], number: int, marks: Collection[str]) -> ChartRow:
    rank = _number(cells, "rank", number)
    if not rank:
        raise UnreadableRawFile(f"Line {number} has no rank: {cells['rank'][:40]!r}. {DAMAGED}")
    return ChartRow(
        rank,
        *_song(cells["uri"], number),
        song_name=cells["track_name"] or None,
        artist_names=cells["artist_names"] or None,
        label=cells.get("source") or None,
        streams=_number(cells, "streams", number, marks=marks),
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


def _number(
    cells: dict[str, str], column: str, number: int, least: int = 0, marks: Collection[str] = ()
) -> int | None:
    """Return a whole number, however it is written; a comma or point in `marks` marks thousands."""
    text = cells.get(column, "")
    if len(text) in PLAIN_LENGTHS and text.isascii() and text.isdigit():  # nearly always
        return int(text)
    text = text.strip()
    if text.lower() in BLANK:
        return None
    digits, why = text, ""
    if whole := WHOLE.fullmatch(text):
        digits = whole[1]
    elif groups := THOUSANDS.fullmatch(text):
        if column == "streams" and (not groups[1] or groups[1] in marks):
            digits = re.sub(r"\D", "", text)
        else:
            why = f", and {groups[1]!r} can be a decimal point as well as a mark of thousands"
    elif SCIENTIFIC.fullmatch(text):
        why = ": a spreadsheet has rounded it, and its last digits are lost"
    if digits == "-1" and least == -1:
        return None
    largest = LARGEST_STREAMS if column == "streams" else LARGEST_NUMBER
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 30
    if not is_number or int(digits) > largest:
        raise UnreadableRawFile(
            f"Line {number}: {column} is {text[:40]!r}, not a whole number from {least} to {largest}"
            f"{why}. {AS_DOWNLOADED}"
        )
    return int(digits)
