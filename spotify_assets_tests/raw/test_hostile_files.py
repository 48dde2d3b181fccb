"""Whatever is in the inbox is either recognised or refused, and what is recognised can be derived.

A file that came into the archive and could not be derived would block its week for ever.
"""

from __future__ import annotations

import copy
import io
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.charts import Charts
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import CHART_TABLES
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    WEEK,
    added_at,
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
from spotify_assets_tests.shapes import shape_findings

FULL_SONG = track(
    "Fjordlys",
    artists=("Ida Nord", "Tyler, The Creator"),
    linked_from={"id": "before", "uri": "spotify:track:before"},
)
FULL_SONG["artists"][0] |= {
    "genres": ["nordic pop"],
    "popularity": 50,
    "followers": {"total": 1000},
    "images": [{"url": "https://i.scdn.co/image/made-up"}],
}
FULL_SONG["album"]["label"] = "Nord Records"
FULL_ROWS = [row(FULL_SONG, added_at=added_at(WEEK)), row(track("Midnight Ferry"))]

DOCUMENTS: dict[str, Any] = {
    "norway.json": playlist(FULL_ROWS),
    "global.json": [playlist(rows(key="item")[:1], GLOBAL_PLAYLIST, key="items")],
    "page.json": [page(rows()[:1]), page(rows()[:1], offset=1)],
    "norway/spotify_raw_20261120.json": rows()[:2],
    f"week={WEEK}/norway.playlist.json": page(rows()[:1], offset=100),
}
FILES: dict[str, bytes] = {
    **{name: as_json(document) for name, document in DOCUMENTS.items()},
    csv_name(): chart_csv(artists="Ida Nord, Tyler, The Creator"),
    "no_regional_top200_2026-11-06_2026-11-13.csv": legacy_csv(note=True),
}
HOSTILE_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**31 - 1, 2**31, 2**63, -(2**63) - 1, 10**30),
    *("", " ", "x", "\0", "\r", '"', "a\nb", "\u2028", "🎵", "null", "7", "-0", "1e5", "9" * 5000),
    *("2026", "2026-02-30", "99999999999", "0000", "0001-01-01", "9999-12-31", "-1-1-1"),
    *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
    *([], [None], [[]], [{}], {}, {"id": None}, {"items": []}, {"total": 2**40}),
)
HOSTILE_TEXTS = (
    *("\0", '"', ",", "\r", "\n", "{", "]", "-", "9", "9" * 20, "null", "NaN", "1e400", "\\ud800"),
    *("[" * 5000, "\ufeff", "\u2028", "\\u0000"),
)
HOSTILE_BYTES = (b"\xff", b"\xed\xa0\x80", *(text.encode() for text in HOSTILE_TEXTS))
CELLS = (
    *("", " ", "0", "-1", "-2", "1.5", "1_0", "٣", "2147483647", "2147483648", "9" * 5000),
    *("spotify:episode:x", "spotify:local:a:b:c:1", "🎵", '""', '"a\nb"', '"a\rb"', "x" * 200_000),
)
PARTS_OF_NAMES = (
    *("week=", "2026-11-06", "9999-12-31", "0001-01-01", "2026-02-30", "20261119", "1700000000"),
    *("/", "-", "_", " ", "regional-", "no", "global", "-weekly-", "norway.", "playlist.json"),
    *(".chart.csv", ".offset-", "99999999999999999999", "\udce9", "é", "?", "(1)", "٢"),
)


@pytest.mark.parametrize("name", FILES)
def test_what_is_recognised_can_be_derived_whatever_happened_to_its_bytes(
    name: str, accepted: Accepted
) -> None:
    content = FILES[name]
    accepted.add_if_recognised(name, content)
    assert accepted.count == 1
    for changed in damaged(content, random.Random(name)):
        accepted.add_if_recognised(name, changed)
    assert accepted.count > 20
    for end in range(0, len(content), max(1, len(content) // 150)):  # cut off anywhere
        accepted.add_if_recognised(name, content[:end])
    accepted.assert_storable()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_recognised_can_be_derived_whatever_a_field_holds(
    name: str, accepted: Accepted
) -> None:
    for document in documents_with_hostile_values(DOCUMENTS[name]):
        accepted.add_if_recognised(name, as_json(document))
    assert accepted.count > 300
    accepted.assert_storable()


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".csv")])
def test_what_is_recognised_can_be_derived_whatever_a_cell_holds(
    name: str, accepted: Accepted
) -> None:
    lines = FILES[name].decode().splitlines()
    cells = lines[-1].split(",")
    for place in range(len(cells)):
        for hostile in CELLS:
            changed = [*cells[:place], hostile, *cells[place + 1 :]]
            content = "\n".join([*lines[:-1], ",".join(changed)]).encode()
            accepted.add_if_recognised(name, content)
    assert accepted.count > 20
    accepted.assert_storable()


def test_no_name_of_a_file_breaks_its_recognition(accepted: Accepted) -> None:
    randomness = random.Random(7)
    contents = (FILES["norway.json"], as_json(rows()), chart_csv(), legacy_csv())
    for _ in range(300):
        name = "".join(randomness.choices(PARTS_OF_NAMES, k=randomness.randrange(1, 9)))
        for content in contents:
            accepted.add_if_recognised(name, content)
    assert accepted.count > 100
    accepted.assert_storable()


def documents_with_hostile_values(document: Any) -> Iterator[Any]:
    """The document with one of its values at a time replaced, in many ways."""
    for path in paths(document):
        for value in HOSTILE_VALUES:
            changed = copy.deepcopy(document)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            yield changed


def paths(document: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value below the document; of lists, to the first and the last."""
    below: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(document, dict):
        below = iter(document.items())
    elif isinstance(document, list) and document:
        below = iter(sorted({0: document[0], len(document) - 1: document[-1]}.items()))
    for step, value in below:
        yield (step,)
        yield from ((step, *further) for further in paths(value))


def damaged(content: bytes, randomness: random.Random) -> Iterator[bytes]:
    """The content with bytes changed, put in, taken out or repeated, at many places."""
    for _ in range(100):
        place = randomness.randrange(len(content))
        end = min(len(content), place + randomness.choice((1, 1, 2, 20, 200)))
        yield content[:place] + bytes([randomness.randrange(256)]) + content[place + 1 :]
        yield content[:place] + randomness.choice(HOSTILE_BYTES) + content[place:]
        yield content[:place] + content[end:]
        yield content[:end] + content[place:]


class Accepted:
    """The rows of all files that were recognised, put together: storing them one by one is slow."""

    def __init__(self, charts: Charts) -> None:
        self.charts = charts
        self.beside: tuple[tuple[RawName, bytes], ...] = ()
        self.count = 0
        self.rows: dict[str, list[pa.Table]] = {name: [] for name in CHART_TABLES}

    def add_if_recognised(self, name: str, content: bytes) -> None:
        """Derive the file's tables, each as those of a week of its own, unless it is refused."""
        try:
            for found in recognise(name, content, self.charts, FIRST_DOWNLOADABLE_WEEK, NOW):
                tables = derive_tables([*self.beside, (found, content)], self.charts).tables
                assert tables["songs"].num_rows > 0
                self.count += 1
                week = pa.scalar(date.fromordinal(self.count), pa.date32())
                for table, derived in tables.items():
                    weeks, column = pa.repeat(week, len(derived)), derived.schema.field("week")
                    self.rows[table].append(derived.set_column(0, column, weeks))
        except UnreadableRawFile:
            return
        except Exception as error:
            error.add_note(f"{name!r}: {content[:3000]!r}")
            raise

    def assert_storable(self) -> None:
        """Assert that all rows are as declared, and come back whole from a Parquet file."""
        for name, table in CHART_TABLES.items():
            derived = pa.concat_tables(self.rows[name])
            assert not shape_findings(derived, table)
            file = io.BytesIO()
            pq.write_table(derived.cast(table.schema), file)
            assert pq.read_table(file).equals(derived)


@pytest.fixture
def accepted(charts: Charts) -> Accepted:
    return Accepted(charts)
