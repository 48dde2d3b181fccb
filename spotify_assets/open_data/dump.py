"""Reads MusicBrainz' canonical dump as a stream: which recordings have a song's title and lead artist.

The dump is a `.tar.zst` with `canonical/canonical_musicbrainz_data.csv`. It is never unpacked. What it
lacks, such as dates and disambiguations, is asked for before a candidate is judged.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from spotify_assets.errors import UserError
from spotify_assets.open_data.matching import Song
from spotify_assets.titles import names_in, parse_title

TABLE = "canonical_musicbrainz_data.csv"
COLUMNS = ["artist_credit_name", "recording_mbid", "recording_name", "score"]
MOST = 10  # candidates of a song, the best first
EXTRAS = r"\s*[(\[].*$|\s+[-–—]\s.*$| (?i:feat\.?|ft\.?) .*$"


class _Stream(io.RawIOBase):
    """A file of a tar stream: Python 3.11's own has no `seekable`, which pyarrow asks for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        return self._file.read(size)


def candidates_in_dump(
    path: Path, songs: Iterable[Song], log: Callable[[str], object]
) -> dict[str, list[str]]:
    """Return recordings that have a song's title base and lead artist, by the song's key.

    Raises:
        UserError: the file is no canonical dump, or is damaged.
    """
    parsed = [(song, parse_title(song.title, song.artists)) for song in songs]
    wanted: dict[str, list[tuple[Song, str]]] = {}
    plain = _plain(pa.array([title.written for _, title in parsed], pa.string()))
    for text, (song, title) in zip(plain.to_pylist(), parsed, strict=True):
        wanted.setdefault(text, []).append((song, title.base))
    titles = pa.array(list(wanted))
    found: dict[str, list[tuple[int, str]]] = {}
    rows = 0
    try:
        for batch in _batches(path):
            rows += batch.num_rows
            names = batch["recording_name"]
            theirs = [_plain(names), _plain(pc.replace_substring_regex(names, EXTRAS, ""))]
            chosen = pc.or_(*(pc.is_in(one, value_set=titles) for one in theirs))
            hits = (one.filter(chosen).to_pylist() for one in (*theirs, batch))
            for whole, cut, row in zip(*hits, strict=True):
                credited = names_in(row["artist_credit_name"])
                for song, base in {
                    id(p): p for t in (whole, cut) for p in wanted.get(t, ())
                }.values():
                    lead = names_in(song.artists)[:1]
                    its_base = parse_title(row["recording_name"], row["artist_credit_name"]).base
                    if lead and credited and lead[0] in credited[0] and its_base == base:
                        ranked = (row["score"], row["recording_mbid"])
                        found.setdefault(song.key, []).append(ranked)
    except (pa.ArrowException, tarfile.TarError, OSError, KeyError) as error:
        raise UserError(
            f"{path} can't be read as MusicBrainz' canonical dump: {error}. Download "
            "musicbrainz-canonical-dump-….tar.zst again, and compare its SHA-256."
        ) from None
    if not rows:
        raise UserError(f"{path} has no {TABLE}: it is no canonical dump of MusicBrainz'.")
    log(f"Open data: {rows:,} recordings in the dump, {len(found):,} songs have candidates")
    return {key: [one for _, one in sorted(ranked)[:MOST]] for key, ranked in found.items()}


def _batches(path: Path) -> Iterable[pa.RecordBatch]:
    with (
        pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as plain,
        tarfile.open(fileobj=plain, mode="r|") as tar,
    ):
        for member in tar:
            if member.name.endswith(TABLE) and (file := tar.extractfile(member)):
                options = csv.ConvertOptions(
                    include_columns=COLUMNS,
                    column_types=dict.fromkeys(COLUMNS[:3], pa.string()) | {"score": pa.int64()},
                )
                stream = pa.PythonFile(_Stream(file), mode="r")
                parse = csv.ParseOptions(newlines_in_values=True)
                yield from csv.open_csv(stream, parse_options=parse, convert_options=options)


def _plain(names: pa.Array) -> pa.Array:
    """Return names roughly folded, all at once: what is equal by `fold` is equal here."""
    text = pc.utf8_lower(pc.utf8_normalize(names, form="NFKD"))
    return pc.replace_substring_regex(text, r"[^\p{L}\p{N}]", "")
