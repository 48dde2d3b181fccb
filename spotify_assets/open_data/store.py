"""What was asked of open data, and the answers: files in `raw/details/`, a line for each thing asked.

A file is named by the weeks whose songs gained something by it, so that these become stale, and by its
digest. MusicBrainz' genres are in a folder of their own, which can be deleted or left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import msgspec

from spotify_assets.errors import UnreadableRawFile, UserError
from spotify_assets.layout import CORRECTIONS, MUSICBRAINZ_GENRES, OPEN_DATA
from spotify_assets.open_data.answers import Artist, Genre, Recording
from spotify_assets.open_data.matching import RULES_VERSION, Match
from spotify_assets.raw.details import DIGEST, digest_of
from spotify_assets.storage import Storage
from spotify_assets.weeks import runs_of_weeks

Kind = Literal[
    "links", "isrcs", "names", "recordings", "artists", "genres", "musicbrainz_genres", "matches"
]
MISSES = tuple(timedelta(weeks=n) for n in (4, 8, 16, 32))  # after which a miss is asked again
LARGEST_FILE = 1_000_000  # bytes; it is written again with each answer until it has so many
MOST_RANGES = 8  # of weeks in a name, which has to stay short
SPOTIFY_ID = re.compile(r"[A-Za-z0-9]{22}")
MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Line(msgspec.Struct):
    """A line of a file: what was asked, when, and what was found."""

    kind: Kind
    asked: str
    at: str
    rules: int
    found: msgspec.Raw


_decoders: dict[Kind, msgspec.json.Decoder[Any]] = {
    "links": msgspec.json.Decoder(list[str]),
    "isrcs": msgspec.json.Decoder(list[str]),
    "names": msgspec.json.Decoder(list[str]),
    "recordings": msgspec.json.Decoder(Recording | None),
    "artists": msgspec.json.Decoder(Artist | None),
    "genres": msgspec.json.Decoder(list[str]),
    "musicbrainz_genres": msgspec.json.Decoder(list[Genre]),
    "matches": msgspec.json.Decoder(Match),
}


@dataclass
class Known:
    """The last answer to each thing asked, by kind, and when it was asked."""

    found: dict[Kind, dict[str, Any]] = field(default_factory=lambda: {k: {} for k in _decoders})
    times: dict[tuple[Kind, str], list[str]] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)  # by which a song was judged
    damaged: list[str] = field(default_factory=list)  # which files, why, and the remedy

    def add(self, line: Line, found: Any) -> None:
        """Add what a line says was found; it must be no older than those before."""
        times = self.times.setdefault((line.kind, line.asked), [])
        if not times or times[-1] != line.at:  # a file of a killed run may say the same again
            times.append(line.at)
        self.found[line.kind][line.asked] = found
        if line.kind == "matches":
            self.rules[line.asked] = line.rules

    def is_due(self, kind: Kind, asked: str, now: datetime, last_week: date) -> bool:
        """Whether it was never asked, or was missed long enough ago; at last only while it charts."""
        times = self.times.get((kind, asked))
        if not times:
            return True
        last = datetime.fromisoformat(times[-1]).date()
        wait = MISSES[min(len(times), len(MISSES)) - 1]
        return now.date() >= last + wait and (len(times) <= len(MISSES) or last_week > last)


def read_known(storage: Storage) -> Known:
    """Return everything that was asked; a damaged file is left out and named, for a week needs none."""
    lines: list[tuple[Line, Any]] = []
    decoder = msgspec.json.Decoder(Line)
    keys = [f.key for folder in (OPEN_DATA, MUSICBRAINZ_GENRES) for f in storage.files(folder)]
    known = Known()
    for key, content in storage.read_many(key for key in keys if key.endswith(".jsonl")):
        try:
            if not (noted := DIGEST.search(key)) or noted[1] != digest_of(content):
                raise UnreadableRawFile("It was changed: its SHA-256 isn't that in its name.")
            lines += [(line, _found(line)) for line in decoder.decode_lines(content)]
        except (msgspec.DecodeError, UnicodeDecodeError, UnreadableRawFile) as error:
            known.damaged.append(f"{key}: {error} Delete the file; what it has is asked again.")
    for line, found in sorted(lines, key=lambda noted: noted[0].at):
        known.add(line, found)
    return known


def _found(line: Line) -> Any:
    return _decoders[line.kind].decode(line.found)


def read_corrections(storage: Storage) -> dict[str, str]:
    """Return what people correct: recording ids by Spotify song id, empty where a song is none.

    Raises:
        UserError: a line of the file isn't a song id and a recording id, or `none`.
    """
    corrections: dict[str, str] = {}
    if not any(storage.files(CORRECTIONS)):
        return corrections
    text = storage.read(CORRECTIONS).decode("utf-8-sig", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        song, _, recording = (part.strip() for part in line.partition(","))
        is_none = recording.casefold() == "none"
        if line.strip() and not song.casefold().startswith("song"):  # its header
            if not SPOTIFY_ID.fullmatch(song) or not (is_none or MBID.fullmatch(recording)):
                raise UserError(
                    f"{CORRECTIONS}, line {number}: {line!r} is no song id and recording id. Write "
                    "Spotify's song id, a comma, and the MBID of the recording, or none."
                )
            corrections[song] = "" if is_none else recording
    return corrections


@dataclass
class Journal:
    """Writes answers as they come, into few files, and adds them to what is known."""

    storage: Storage
    folder: str
    known: Known
    gained: set[date] = field(default_factory=set)
    _lines: list[bytes] = field(default_factory=list)
    _weeks: set[date] = field(default_factory=set)
    _key: str = ""

    def note(
        self, kind: Kind, asked: str, found: Any, at: datetime, weeks: Iterable[date] = ()
    ) -> None:
        """Note an answer; `weeks` are those whose songs gain something by it."""
        raw = msgspec.Raw(msgspec.json.encode(found))
        line = Line(kind, asked, at.isoformat(timespec="seconds"), RULES_VERSION, raw)
        self.known.add(line, _found(line))
        self._lines.append(msgspec.json.encode(line) + b"\n")
        self._weeks.update(weeks)

    def write(self) -> None:
        """Write what was noted since; it is stored when this returns."""
        content = b"".join(self._lines)
        key = f"{self.folder}{_name(self._weeks)}.{digest_of(content)}.jsonl"
        if not self._lines or key == self._key:
            return
        self.storage.write(key, content)
        if self._key:
            self.storage.delete(self._key)
        self._key = key
        self.gained |= self._weeks
        if len(content) > LARGEST_FILE:
            self._key, self._lines, self._weeks = "", [], set()


def _name(weeks: set[date]) -> str:
    """Return the weeks as `2026-10-02_2026-11-13+2026-12-04_2026-12-04`, or `no-weeks`."""
    ranges = runs_of_weeks(weeks)
    while len(ranges) > MOST_RANGES:
        pairs = enumerate(pairwise(ranges))
        _, n = min((after[0] - before[1], n) for n, (before, after) in pairs)
        ranges[n : n + 2] = [(ranges[n][0], ranges[n + 1][1])]
    return "+".join(f"{first}_{last}" for first, last in ranges) or "no-weeks"
