"""Mutations of whole weeks and charts, of raw files and of the catalog. All are in `mutations`."""

from __future__ import annotations

from typing import Any

from spotify_assets.layout import REJECTED, published_key, table_key
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.damages import (
    GLOBAL_CSV,
    NORWAY_PLAYLIST,
    Mutation,
    Rows,
    by_sql,
    copied_from_week_before,
    csv_lines,
    deleted,
    playlist,
    raw_gone,
    rows_of,
    torn,
)
from spotify_assets_tests.good_data import LATEST, Base
from spotify_assets_tests.raw_samples import spotify_id

LATEST_RAW = (NORWAY_PLAYLIST, GLOBAL_CSV, "global.playlist.json")


def _norway_as_global(rows: Rows) -> Rows:
    of_global = [row for row in rows if row["chart"] == "global"]
    return [row for row in rows if row["chart"] != "norway"] + [
        row | {"chart": "norway"} for row in of_global
    ]


def _tenth_of_streams(lines: list[list[str]]) -> None:
    place = lines[0].index("streams")
    for line in lines[1:]:
        line[place] = str(int(line[place]) // 10)


def _shorter(rows: Rows, chart: str, last: int) -> Rows:
    return [row for row in rows if row["chart"] != chart or row["rank"] <= last]


def _new_songs(document: dict[str, Any]) -> None:
    for number, row in enumerate(document["tracks"]["items"]):
        title = f"Another Song {number}"
        row["track"] |= {"id": spotify_id(f"{number} {title}"), "name": title}


def _later_ranks(lines: list[list[str]]) -> None:
    for line in lines[1:]:
        line[6] = str(int(line[6]) % 40 + 3)


def _same_ranks(lines: list[list[str]], before: list[list[str]]) -> None:
    for line, was in zip(lines[1:], before[1:], strict=True):
        line[1:4] = was[1:4]


def _week_moved(base: Base) -> None:
    for name in ("songs", "albums", "artists", "song_artists"):
        source = table_key(name, LATEST - ONE_WEEK * 2, "parquet")
        base.storage.copy(source, table_key(name, LATEST, "parquet"))


def _rejected(base: Base) -> None:
    base.storage.write(f"{REJECTED}chart.csv", b"")


OF_WEEKS = (
    Mutation("a week moved to another", "songs.values_possible", _week_moved),
    Mutation(
        "a stale copy: last week's chart file",
        "songs.not_a_copy",
        copied_from_week_before(GLOBAL_CSV),
    ),
    Mutation(
        "a stale copy: last week's playlist",
        "raw_playlist.refreshed_this_week",
        copied_from_week_before(NORWAY_PLAYLIST),
    ),
    Mutation(
        "a stale copy that doesn't say when it was refreshed",
        "songs.not_a_copy",
        copied_from_week_before(NORWAY_PLAYLIST, added_at="1970-01-01T00:00:00Z"),
    ),
    Mutation(
        "last week's snapshot id",
        "raw_playlist.refreshed_this_week",
        copied_from_week_before(NORWAY_PLAYLIST, only_id=True),
    ),
    Mutation("all of a chart's songs new", "songs.overlap_with_week_before", playlist(_new_songs)),
    Mutation(
        "all of a chart's ranks as last week",
        "songs.overlap_with_week_before",
        csv_lines(_same_ranks, with_week_before=True),
    ),
    Mutation(
        "Spotify's ranks of the week before all others",
        "songs.previous_rank_agreement",
        csv_lines(_later_ranks),
    ),
    Mutation(
        "one chart under the other's name, too",
        "songs.charts_differ",
        rows_of("songs", _norway_as_global),
    ),
    Mutation(
        "a chart with a tenth of its streams",
        "songs.streams_as_usual",
        csv_lines(_tenth_of_streams),
    ),
    Mutation(
        "a chart cut",
        "songs.row_count",
        rows_of("songs", lambda rows: _shorter(rows, "norway", 20)),
    ),
    Mutation(
        "a chart file cut",
        "songs.row_count",
        csv_lines(lambda lines: lines.__delitem__(slice(21, None))),
    ),
    Mutation(
        "a chart gone from the table",
        "songs.row_count",
        rows_of("songs", lambda rows: _shorter(rows, "norway", 0)),
    ),
    Mutation(
        "a chart never received",
        "raw_playlist.expected_charts_present",
        raw_gone(NORWAY_PLAYLIST, noted=False),
    ),
)

OF_RAW_FILES = (
    Mutation(
        "a byte of the archive changed",
        "raw_playlist.archive_intact",
        torn(f"raw/processed/week={LATEST}/{GLOBAL_CSV}", last_byte=True),
    ),
    Mutation("a file gone from the archive", "raw_playlist.archive_intact", raw_gone(GLOBAL_CSV)),
    Mutation(
        "a week gone from the archive", "raw_playlist.latest_week_present", raw_gone(*LATEST_RAW)
    ),
    Mutation(
        "a page of a playlist missing",
        "raw_playlist.charts_complete",
        playlist(lambda document: document["tracks"].update(total=100)),
    ),
    Mutation("a rejected file waiting", "raw_playlist.no_rejected_files", _rejected),
)

NEXT_WEEK = LATEST + ONE_WEEK
OF_CATALOG = (
    Mutation(
        "a week dropped from the catalog",
        "catalog.same_weeks",
        by_sql(f"DELETE FROM published_weeks WHERE week = DATE '{LATEST}'"),
        True,
    ),
    Mutation(
        "a week in the catalog that was never stored",
        "catalog.same_weeks",
        by_sql(f"INSERT INTO published_weeks VALUES (DATE '{NEXT_WEEK}', '')"),
        True,
    ),
    Mutation(
        "rows that the catalog doesn't show",
        "catalog.row_counts",
        by_sql(
            "ALTER VIEW songs RENAME TO every_song",
            "CREATE VIEW songs AS SELECT * FROM every_song WHERE rank > 1",
        ),
        True,
    ),
    Mutation(
        "a column's type changed in the catalog",
        "catalog.column_types",
        by_sql(
            "ALTER VIEW albums RENAME TO every_album",
            "CREATE VIEW albums AS SELECT * REPLACE (CAST(total_tracks AS VARCHAR) AS total_tracks) "
            "FROM every_album",
        ),
        True,
    ),
    Mutation(
        "a published file gone",
        "catalog.row_counts",
        deleted(published_key("songs", LATEST, "parquet")),
        True,
    ),
    Mutation(
        "a published file torn",
        "catalog.row_counts",
        torn(published_key("songs", LATEST, "parquet")),
        True,
    ),
)
