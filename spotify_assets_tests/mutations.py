"""What can happen to good data, and the check that is there for it: all mutations.

Each is done to the week that closed last of `good_data`. How data is changed is in `damages`, what
becomes of it in `mutation_sweep`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from spotify_assets.catalog import Catalog
from spotify_assets.checks.making import Base
from spotify_assets.layout import ARCHIVE, CORRECTIONS, REJECTED, table_key, week_folder
from spotify_assets.settings import Settings
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import CHART_TABLES, TABLES
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.damages import (
    GLOBAL_CSV,
    NORWAY_PLAYLIST,
    Change,
    Mutation,
    Rows,
    by_hand,
    changed,
    changed_by_hand,
    copied_from_week_before,
    csv_lines,
    deleted,
    derived,
    doubled,
    dropped,
    forgotten,
    playlist,
    playlist_of_week_before,
    raw_by_hand,
    rows_of,
    swapped_by_hand,
    torn,
    written,
)
from spotify_assets_tests.good_data import CHARTS, LATEST, good_raw_files
from spotify_assets_tests.raw_samples import spotify_id

GOOD = derive_tables(
    [raw for raw in good_raw_files().items() if raw[0].week == LATEST], CHARTS
).tables
FOLDER = ARCHIVE + week_folder(LATEST)
SONGS, ALBUMS = table_key("songs", LATEST), table_key("albums", LATEST)
THURSDAY_AFTER = LATEST + timedelta(days=13)
OTHER_CHART = {"norway": "global", "global": "norway"}


def _only_on_norway() -> dict[str, Any]:
    """Return a song of Norway that shares no album and no artist with Global."""
    songs, credits_of = GOOD["songs"].to_pylist(), GOOD["song_artists"].to_pylist()
    charts = Counter(row["song_id"] for row in songs)
    on_global = {row["song_id"] for row in songs if row["chart"] == "global"}
    albums = {row["album_id"] for row in songs if row["song_id"] in on_global}
    artists = {row["artist_id"] for row in credits_of if row["song_id"] in on_global}
    return next(
        song | {"artist_id": own[0]}
        for song in songs
        if song["chart"] == "norway"
        and charts[song["song_id"]] == 1
        and song["album_id"] not in albums
        if (own := [c["artist_id"] for c in credits_of if c["song_id"] == song["song_id"]])
        if not artists & set(own)
    )


def at(chart: str, rank: int) -> dict[str, Any]:
    """Return where a song is; of Global, as its chart file has it, and not its playlist."""
    return {"chart": chart, "rank": rank, "source": {"global": "chart_csv"}.get(chart, "playlist")}


ALONE = _only_on_norway()
SONG, ALBUM, ARTIST = ({key: ALONE[key]} for key in ("song_id", "album_id", "artist_id"))
CREDIT = SONG | {"artist_position": 1}


def _cast(column: str, dtype: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        place = rows.column_names.index(column)
        return rows.set_column(place, column, rows.column(column).cast(dtype))

    return change


def _two_ranks_swapped(rows: Rows) -> Rows:
    other = {5: 10, 10: 5}
    return [
        row | {"rank": other.get(row["rank"], row["rank"])} if row["source"] == "chart_csv" else row
        for row in rows
    ]


def _with_a_mood(rows: pa.Table) -> pa.Table:
    return rows.append_column("mood", pa.nulls(len(rows), pa.string()))


def _norway_cut(rows: Rows) -> Rows:
    return [row for row in rows if row["chart"] != "norway" or row["rank"] <= 20]


def _names_swapped(rows: Rows) -> Rows:
    return [row | {"chart": OTHER_CHART[row["chart"]]} for row in rows]


def _week_moved(base: Base) -> None:
    for name in CHART_TABLES:
        base.storage.copy(table_key(name, LATEST - ONE_WEEK * 2), table_key(name, LATEST))


def _undated(was: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    for row in was["tracks"]["items"]:
        row["added_at"] = "1970-01-01T00:00:00Z"
    return was | {"snapshot_id": "another"}


def _new_songs(document: dict[str, Any], _: object) -> None:
    for number, row in enumerate(document["tracks"]["items"]):
        title = f"Another Song {number}"
        row["track"] |= {"id": spotify_id(f"{number} {title}"), "name": title}


def _same_ranks(lines: list[list[str]], before: list[list[str]]) -> None:
    for line, was in zip(lines[1:], before[1:], strict=True):
        line[1:4] = was[1:4]


def _later_ranks(lines: list[list[str]], _: object) -> None:
    for line in lines[1:]:
        line[6] = str(int(line[6]) % 40 + 3)


def _tenth_of_streams(lines: list[list[str]], _: object) -> None:
    place = lines[0].index("streams")
    for line in lines[1:]:
        line[place] = str(int(line[place]) // 10)


def _songs_of_global(norway: dict[str, Any], of_global: dict[str, Any]) -> None:
    norway["tracks"]["items"] = of_global["tracks"]["items"]


def _more_popular(document: dict[str, Any]) -> None:
    document["tracks"]["items"][0]["track"]["popularity"] += 1


def _caught_by(title: str, changes: dict[str, Change], *, by_hand: bool = False) -> list[Mutation]:
    return [Mutation(what, title, change, by_hand) for what, change in changes.items()]


DERIVED = (
    *_caught_by(
        "songs.as_declared",
        {
            "a row doubled": doubled("songs", at("global", 4)),
            "a rank nulled": changed("songs", at("global", 4), rank=None),
            "a song's id nulled": changed("songs", at("global", 4), song_id=None),
            "a column's type shifted: ranks as text": derived("songs", _cast("rank", pa.string())),
            "a column's type shifted: streams as fractions": derived(
                "songs", _cast("streams", pa.float64())
            ),
            "a column dropped": derived("songs", lambda rows: rows.drop_columns("label")),
            "a column added": derived("songs", _with_a_mood),
            "a rank of 0": changed("songs", at("global", 1), rank=0),
            "streams below 0": changed("songs", at("global", 50), streams=-1),
            "a popularity of 200": changed("songs", at("norway", 11), popularity=200),
            "a length of 0": changed("songs", at("norway", 11), duration_ms=0),
            "an unknown source": changed("songs", at("norway", 11), source="guess"),
            "a peak rank of 0": changed("songs", at("global", 4), reported_peak_rank=0),
            "the week's end a week late": changed("songs", {}, week_end=THURSDAY_AFTER),
        },
    ),
    *_caught_by(
        "songs.references_resolve",
        {
            "a row dropped": dropped("songs", SONG),
            "a chart's last row dropped": dropped("songs", at("norway", 50)),
            "all rows dropped": dropped("songs", {}),
            "an album dropped": dropped("albums", ALBUM),
            "an album of no song": doubled("albums", ALBUM, album_id="zzz"),
            "an artist dropped": dropped("artists", ARTIST),
            "a song's credits dropped": dropped("song_artists", SONG),
        },
    ),
    *_caught_by(
        "songs.song_once_per_chart",
        {"a song at a second rank": doubled("songs", at("norway", 50), rank=51)},
    ),
    *_caught_by(
        "songs.streams_fall_with_rank",
        {
            "two ranks swapped, in a chart with streams": rows_of("songs", _two_ranks_swapped),
            "a song's streams raised": changed("songs", at("global", 10), streams=10**9),
        },
    ),
    *_caught_by(
        "songs.values_plausible",
        {
            "a length of one second": changed("songs", at("norway", 11), duration_ms=1000),
            "a length of an hour": changed("songs", at("norway", 11), duration_ms=3_600_000),
            "the last song without streams": changed("songs", at("global", 50), streams=0),
        },
    ),
    *_caught_by(
        "songs.row_count",
        {
            "a chart cut": rows_of("songs", _norway_cut),
            "a chart gone from the table": dropped("songs", {"chart": "norway"}),
        },
    ),
    *_caught_by(
        "albums.as_declared",
        {
            "an album doubled": doubled("albums", ALBUM),
            "an album's id nulled": changed("albums", ALBUM, album_id=None),
            "a year's release in March": changed(
                "albums", ALBUM, release_date=date(2020, 3, 1), release_date_precision="year"
            ),
        },
    ),
    *_caught_by(
        "albums.release_dates",
        {
            "an album of next year": changed(
                "albums", ALBUM, release_date=date(2027, 3, 5), release_date_precision="day"
            )
        },
    ),
    *_caught_by(
        "artists.as_declared",
        {
            "an artist doubled": doubled("artists", ARTIST),
            "an artist's name nulled": changed("artists", ARTIST, name=None),
            "an artist's popularity below 0": changed("artists", ARTIST, popularity=-1),
            "followers below 0": changed("artists", ARTIST, followers=-1),
        },
    ),
    *_caught_by(
        "artists.genre_coverage", {"no artist's genres given": changed("artists", {}, genres=None)}
    ),
    *_caught_by(
        "song_artists.as_declared",
        {
            "a credit doubled": doubled("song_artists", CREDIT),
            "a credit's name nulled": changed("song_artists", CREDIT, artist_name=None),
        },
    ),
    *_caught_by(
        "song_artists.positions_from_one",
        {"a credit's place shifted": changed("song_artists", CREDIT, artist_position=7)},
    ),
)
RECEIVED = (
    *_caught_by(
        "songs.not_a_copy",
        {
            "a stale copy: last week's chart file": copied_from_week_before(GLOBAL_CSV),
            "a stale copy that doesn't say when it was refreshed": playlist_of_week_before(
                _undated
            ),
        },
    ),
    *_caught_by(
        "raw_playlist.refreshed_this_week",
        {
            "a stale copy: last week's playlist": copied_from_week_before(NORWAY_PLAYLIST),
            "last week's snapshot id": playlist_of_week_before(
                lambda was, now: now | {"snapshot_id": was["snapshot_id"]}
            ),
        },
    ),
    *_caught_by(
        "songs.overlap_with_week_before",
        {
            "all of a chart's songs new": playlist(_new_songs),
            "all of a chart's ranks as last week": csv_lines(_same_ranks),
        },
    ),
    *_caught_by(
        "songs.previous_rank_agreement",
        {"Spotify's ranks of the week before all others": csv_lines(_later_ranks)},
    ),
    *_caught_by(
        "songs.charts_differ",
        {"one chart under the other's name, too": playlist(_songs_of_global)},
    ),
    *_caught_by(
        "songs.streams_as_usual",
        {"a chart with a tenth of its streams": csv_lines(_tenth_of_streams)},
    ),
    *_caught_by(
        "songs.row_count",
        {"a chart file cut": csv_lines(lambda lines, _: lines.__delitem__(slice(21, None)))},
    ),
    *_caught_by(
        "songs.ranks_without_holes",
        {"a line of the chart file dropped": csv_lines(lambda lines, _: lines.pop(7))},
    ),
    *_caught_by(
        "raw_playlist.charts_complete",
        {
            "a page of a playlist missing": playlist(
                lambda norway, _: norway["tracks"].update(total=99)
            )
        },
    ),
    *_caught_by(
        "raw_playlist.expected_charts_present",
        {"a chart never received": forgotten(NORWAY_PLAYLIST)},
    ),
    *_caught_by(
        "raw_playlist.archive_intact",
        {
            "the archive changed by hand, and tables made of it": raw_by_hand(_more_popular),
            "a file gone from the archive, and tables made without it": deleted(
                FOLDER + NORWAY_PLAYLIST
            ),
        },
    ),
)
BY_HAND = (
    *_caught_by(
        "songs.as_declared",
        {
            "a table's file gone": deleted(SONGS),
            "a table's file torn": torn(SONGS),
            "a week moved to another": _week_moved,
        },
        by_hand=True,
    ),
    *_caught_by(
        "albums.as_declared", {"a table's file gone: albums": deleted(ALBUMS)}, by_hand=True
    ),
    *_caught_by(
        "raw_playlist.archive_intact",
        {
            "a byte of the archive changed": torn(FOLDER + GLOBAL_CSV, last_byte=True),
            "a file gone from the archive": deleted(FOLDER + GLOBAL_CSV),
        },
        by_hand=True,
    ),
    *_caught_by(
        "raw_playlist.latest_week_present",
        {
            "a week gone from the archive": deleted(
                *(FOLDER + file for file in (NORWAY_PLAYLIST, GLOBAL_CSV, "global.playlist.json"))
            )
        },
        by_hand=True,
    ),
    *_caught_by(
        "raw_playlist.no_rejected_files",
        {"a rejected file waiting": written(f"{REJECTED}chart.csv")},
        by_hand=True,
    ),
    *_caught_by(
        "details.corrections_apply",
        {"a correction of a song of no chart": written(CORRECTIONS, b"a" * 22 + b",none")},
        by_hand=True,
    ),
    *_caught_by(
        "verify",
        {
            "two ranks swapped by hand, in a chart without streams": swapped_by_hand(
                "songs", "rank", 60, 65
            ),
            "two titles swapped by hand": swapped_by_hand("songs", "song_name", 60, 65),
            "a title nulled by hand": changed_by_hand("songs", at("norway", 11), song_name=None),
            "a popularity changed by hand": changed_by_hand(
                "songs", at("norway", 11), popularity=1
            ),
            "all streams nulled by hand": changed_by_hand("songs", {}, streams=None),
            "two charts' names swapped by hand": by_hand("songs", _names_swapped),
            "rows put in another order by hand": by_hand("songs", lambda rows: rows[::-1]),
            "a release date changed by hand": changed_by_hand(
                "albums", ALBUM, release_date=date(2020, 3, 5)
            ),
            "two artists' genres swapped by hand": swapped_by_hand("artists", "genres", 0, 1),
            "a credit's name changed by hand": changed_by_hand(
                "song_artists", CREDIT, artist_name="Nobody"
            ),
            "a verdict changed by hand": changed_by_hand(
                "check_results", {"check_name": "row_count"}, severity="ERROR"
            ),
        },
        by_hand=True,
    ),
)
MUTATIONS = (*DERIVED, *RECEIVED, *BY_HAND)


@dataclass(frozen=True)
class CatalogMutation:
    """What is done to the catalog of a good base, or beneath it, and the check that should catch it."""

    what: str
    caught_by: str
    change: Callable[[Base, Settings, Catalog], object]


def _published_without_the_week(base: Base, _: Settings, catalog: Catalog) -> None:
    stored = stored_weeks(base.storage)
    catalog.publish({name: [week for week in stored[name] if week != LATEST] for name in TABLES})


def _published_with_a_week_too_many(base: Base, _: Settings, catalog: Catalog) -> None:
    keys = {name: table_key(name, LATEST + ONE_WEEK) for name in TABLES}
    for name, key in keys.items():
        base.storage.copy(table_key(name, LATEST), key)
    catalog.publish(stored_weeks(base.storage))
    deleted(*keys.values())(base)


def _by_sql(*statements: str) -> Callable[[Base, Settings, Catalog], None]:
    def change(_: Base, settings: Settings, __: Catalog) -> None:
        with duckdb.connect(str(settings.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    return change


ROWS_HIDDEN = (
    "ALTER VIEW songs RENAME TO every_song",
    "CREATE VIEW songs AS SELECT * FROM every_song WHERE rank > 1",
)
TYPE_CHANGED = (
    "ALTER VIEW albums RENAME TO every_album",
    "CREATE VIEW albums AS SELECT * REPLACE (CAST(total_tracks AS VARCHAR) AS total_tracks) "
    "FROM every_album",
)
SHOWS, COLUMNS = "catalog.shows_the_week", "catalog.columns_as_declared"
OF_CATALOG = tuple(
    CatalogMutation(what, title, change)
    for what, (title, change) in {
        "a week dropped from the catalog": (SHOWS, _published_without_the_week),
        "a week in the catalog that isn't stored": (SHOWS, _published_with_a_week_too_many),
        "rows that the catalog doesn't show": (SHOWS, _by_sql(*ROWS_HIDDEN)),
        "a column's type changed in the catalog": (COLUMNS, _by_sql(*TYPE_CHANGED)),
        "a file gone that the catalog shows": (SHOWS, lambda base, *_: deleted(SONGS)(base)),
        "a file torn that the catalog shows": (SHOWS, lambda base, *_: torn(SONGS)(base)),
    }.items()
)
