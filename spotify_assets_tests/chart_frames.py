"""Tables for tests of the views: small ones row by row, large ones made up from a seed.

What the views should make of them belongs in the tests.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.catalog.views import VIEWS
from spotify_assets.tables.identities import Facts, identities
from spotify_assets.tables.schemas import TABLES

Row = dict[str, Any]
Rows = dict[str, list[Row]]

FIRST_WEEK = date(2025, 11, 7)


def friday(number: int) -> date:
    """The first day of the made-up week of that number, from 0."""
    return FIRST_WEEK + timedelta(weeks=number)


def song(week: int, rank: int, name: str | None, *, chart: str = "norway", **other: Any) -> Row:
    """A row of songs; what isn't given is made from the name, as a playlist would have it."""
    row: Row = dict.fromkeys(TABLES["songs"].schema.names)
    song_id = other.get("song_id", f"id-{name}")
    row |= {
        "week": friday(week),
        "week_end": friday(week) + timedelta(days=6),
        "chart": chart,
        "rank": rank,
        "song_id": song_id,
        "song_key": f"{name} | someone" if name else f"id:{song_id}",
        "song_name": name,
        "artist_names": "Someone",
        "source": "playlist",
    }
    return row | other


def reported(peak: int, previous: int | None, weeks: int) -> Row:
    """Spotify's own figures, as a chart's CSV file has them."""
    return {
        "source": "chart_csv",
        "reported_peak_rank": peak,
        "reported_previous_rank": previous,
        "reported_weeks_on_chart": weeks,
    }


def chart(week: int, names: str, *, chart: str = "norway") -> list[Row]:
    """A playlist week, best first: `chart(0, "A B C")`."""
    return [song(week, rank, name, chart=chart) for rank, name in enumerate(names.split(), 1)]


def credit(week: int, song_id: str, artists: Sequence[str]) -> list[Row]:
    """The rows of song_artists of one song, lead first; an artist's id is its name in small."""
    return [
        {
            "week": friday(week),
            "song_id": song_id,
            "artist_position": place,
            "artist_id": name.lower(),
            "artist_name": name,
        }
        for place, name in enumerate(artists, 1)
    ]


def artist(
    week: int, name: str, genres: list[str] | None = None, source: str | None = "spotify"
) -> Row:
    """A row of artists."""
    return {
        "week": friday(week),
        "artist_id": name.lower(),
        "name": name,
        "genres": genres,
        "genres_source": source if genres else None,
    }


def album(week: int, album_id: str, released: date | None = None, precision: str = "day") -> Row:
    """A row of albums."""
    return {
        "week": friday(week),
        "album_id": album_id,
        "name": album_id.upper(),
        "album_type": "single",
        "artist_names": f"Makers of {album_id}",
        "album_source": "spotify",
        "release_date": released,
        "release_date_precision": precision if released else None,
    }


def identities_of(songs: pa.Table) -> pa.Table:
    """The table song_identities over these rows of songs."""
    facts = Facts()
    facts.add(songs)
    return identities(facts)


def views_over(rows: Mapping[str, Iterable[Row]], *, integer_division: bool = False) -> Any:
    """An engine that holds the rows as tables, the declared ones, and every view over them."""
    connection = duckdb.connect()
    connection.execute(f"SET integer_division = {str(integer_division).lower()}")
    for name, table in TABLES.items():
        complete = [dict.fromkeys(table.schema.names) | row for row in rows.get(name, ())]
        filled = pa.Table.from_pylist(complete, schema=table.schema)
        connection.register(name, filled)
        if name == "songs":
            connection.register("song_identities", identities_of(filled))
    for view in VIEWS:
        connection.execute(f"CREATE VIEW {view.name} AS\n{view.sql}")
    return connection


def select(connection: Any, query: str) -> list[Row]:
    """What a query gives, a dict per row."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


# Which weeks each chart was collected in; norway misses week 5, sweden has one week only.
COLLECTED = {
    "norway": [0, 1, 2, 3, 4, 6, 7, 8, 9, 10],
    "global": [3, 4, 5, 6, 9, 10, 11],
    "sweden": [6],
}
CSV_WEEKS = {
    ("norway", 2),
    ("norway", 3),
    ("norway", 8),
    ("global", 3),
    ("global", 9),
    ("sweden", 6),
}
LEGACY_WEEKS = {("norway", 1), ("global", 5)}
ENTRIES = 11
GENRES: dict[str, list[str] | None] = {
    "Ada": ["rock", "pop"],
    "Bo": ["pop"],
    "Cy": [],
    "Di": None,
    "Ed": ["", "hip hop", "pop"],
    "Flo": ["rock"],
}
# Gus has no row in artists, and song 5 no credits at all.
CREDITS = [
    ["Ada"], ["Ada", "Bo"], ["Bo"], ["Cy"], ["Di", "Gus"], [], ["Ed", "Ed"], ["Flo", "Ada", "Ed"],
    ["Gus"], ["Bo", "Flo"], ["Ada"], ["Ed"], ["Di"], ["Gus", "Ada"], ["Flo"], ["Bo"],
]  # fmt: skip
# Song 4 has no album, and the album of song 8 has no row.
ALBUM_OF = ["x", "x", "y", "z", None, "y", "x", "u", "no row", "v", "w", "w", "t", "t", "x", "y"]
LABELS = ["Republic Records", "Kite/Columbia", "Epic / ATLANTIC Records", "Moss & Co.", "", None]


def made_up(seed: int) -> Rows:
    """Charts with everything that goes wrong: see the tests for what each oddity should give."""
    dice = random.Random(seed)
    releases: dict[str, tuple[date | None, str]] = {
        "x": (friday(dice.randrange(-3, 9)) + timedelta(days=dice.randrange(7)), "day"),
        "y": (friday(dice.randrange(-85, -70)), "day"),
        "z": (None, "day"),
        "u": (date(2026, dice.randrange(1, 3), dice.randrange(1, 28)), "month"),
        "v": (date(dice.choice([1984, 2024, 2025]), 1, 1), "year"),
        "w": (friday(-1), "day"),
        "t": (date(2024, dice.randrange(4, 9), 1), "month"),
    }
    rows: Rows = {name: [] for name in TABLES}
    for slug, weeks in COLLECTED.items():
        for week in weeks:
            for rank, number in enumerate(_line_up(dice), 1):
                # Ranks have holes, as in real files.
                rows["songs"].append(_made_up_song(dice, slug, week, 2 * rank - 1, number))
    for week in sorted({week for weeks in COLLECTED.values() for week in weeks}):
        charting = [row for row in rows["songs"] if row["week"] == friday(week)]
        for song_id in sorted({row["song_id"] for row in charting}):
            rows["song_artists"] += credit(week, song_id, CREDITS[int(song_id.split("-")[1])])
        rows["artists"] += [
            artist(week, name, genres if dice.random() < 0.9 else None)
            for name, genres in GENRES.items()
        ]
        # The name on a credit is not always the name that the artist goes by.
        rows["artists"][-1]["name"] = "Florence"
        rows["albums"] += [album(week, name, *release) for name, release in releases.items()]
    return rows


def _line_up(dice: random.Random) -> list[int]:
    """Numbers of songs, best first; one of them sometimes stands there twice."""
    numbers = dice.sample(range(len(CREDITS)), ENTRIES)
    if dice.random() < 0.5:
        numbers[-1] = numbers[dice.randrange(ENTRIES - 1)]
    return numbers


def _made_up_song(dice: random.Random, slug: str, week: int, rank: int, number: int) -> Row:
    # Songs 0 to 2 move to an album some time, 1 and 2 in some rows before others.
    moved = number < 3 and (dice.random() < 0.5 if number else week > 5)
    # Songs 9 and 10 are renamed and keep their ids, 10 in one chart alone; 2 does both.
    renamed = number in (2, 9, 10) and (week > 6 if number < 10 else slug == "global")
    name = None if number == 3 else f"Song {number}" + (" (edited)" if renamed else "")
    known = dice.random() < 0.8
    row = song(
        week,
        rank,
        name,
        chart=slug,
        song_id=f"id-{number}" + ("-album" if moved else ""),
        album_id=ALBUM_OF[number],
        duration_ms=dice.randrange(150_000, 150_010) if known else None,
        explicit=dice.random() < 0.5 if known else None,
        label=LABELS[number % len(LABELS)],
    )
    if (slug, week) in LEGACY_WEEKS:
        row |= {"source": "legacy_csv", "streams": dice.randrange(1000, 9000)}
    elif (slug, week) in CSV_WEEKS:
        row |= {"source": "chart_csv", "streams": dice.randrange(1000, 9000)}
        if dice.random() < 0.9:
            previous = dice.choice([None, dice.randrange(1, 25)])
            row |= reported(dice.randrange(1, 20), previous, dice.choice([1, 2, 5, 20]))
    return row
