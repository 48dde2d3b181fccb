"""The tables: columns, types, keys, what each column means and where it comes from.

Parquet files, checks, catalogs, Dagster's column schema and the docs all read this declaration. How
rows are derived is in `derive`, how they are stored in `store`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

TEXT = pa.string()
DATE = pa.date32()
INTEGER = pa.int32()
# Without a zone on purpose, meaning UTC: every engine reads it as the same wall-clock time.
MOMENT = pa.timestamp("ms")


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, what it means in one line, and whether it may be null.

    `origin` names the fields that its values are made of: `file.` is what a raw file's name says,
    `csv.` a line of a chart file, `playlist.` a row of a playlist (its song is `track` or `item`),
    `details.` what Spotify answered about a single thing. `allowed` is a condition in SQL that every
    value passes that is not null.
    """

    name: str
    dtype: pa.DataType
    meaning: str
    nullable: bool = False
    origin: str = ""
    allowed: str = ""


@dataclass(frozen=True)
class Table:
    """A table: what it holds, its columns, the columns that are unique together, and its order."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """All columns, `week` first, as frames carry them."""
        return pa.schema([pa.field(c.name, c.dtype, c.nullable) for c in self.columns])

    @cached_property
    def file_schema(self) -> pa.Schema:
        """The columns inside a file: all but `week`, which the path says."""
        return pa.schema([field for field in self.schema if field.name != "week"])


_SONG_ID = "csv.uri playlist.track.linked_from.id playlist.track.id playlist.track.uri"
_SONG_NAME = "csv.track_name playlist.track.name details.tracks.name"
_ARTIST_NAME = "csv.artist_names playlist.track.artists.name details.tracks.artists.name"
_ARTIST_ID = f"playlist.track.artists.id details.tracks.artists.id {_ARTIST_NAME}"


def _album(*fields: str) -> str:
    return " ".join(f"playlist.track.album.{f} details.tracks.album.{f}" for f in fields)


WEEK = Column(
    "week",
    DATE,
    "Friday on which the chart week begins; the partition key",
    origin="file.week",
    allowed="isodow(week) = 5",
)

SONGS = Table(
    name="songs",
    meaning="Every entry of every chart: one row per week, chart and rank.",
    columns=(
        WEEK,
        Column(
            "week_end",
            DATE,
            "Thursday on which the chart week ends",
            origin="file.week",
            allowed="week_end = week + 6",
        ),
        Column("chart", TEXT, "Slug of the chart: norway, global", origin="file.chart"),
        Column(
            "rank",
            INTEGER,
            "Place in the chart; 1 is best",
            origin="csv.rank playlist.position",
            allowed="rank >= 1",
        ),
        Column(
            "song_id",
            TEXT,
            "Spotify track id, before relinking; a local file's uri",
            origin=_SONG_ID,
        ),
        Column(
            "song_key",
            TEXT,
            "Same for the same song under other ids: tidied name and artists",
            origin=f"{_SONG_NAME} {_ARTIST_NAME} {_SONG_ID}",
        ),
        Column(
            "song_name",
            TEXT,
            "Title as received; null where the source left it blank",
            True,
            origin=_SONG_NAME,
        ),
        Column(
            "artist_names",
            TEXT,
            "All credited artists, for people; as received",
            True,
            origin=_ARTIST_NAME,
        ),
        Column(
            "album_id",
            TEXT,
            "Spotify album id; null where the source names no album",
            True,
            origin=_album("id"),
        ),
        Column(
            "duration_ms",
            INTEGER,
            "Length in milliseconds; playlists and details only",
            True,
            origin="playlist.track.duration_ms details.tracks.duration_ms",
            allowed="duration_ms > 0",
        ),
        Column(
            "explicit",
            pa.bool_(),
            "Marked as explicit; playlists and details only",
            True,
            origin="playlist.track.explicit details.tracks.explicit",
        ),
        Column(
            "popularity",
            INTEGER,
            "Spotify's 0 to 100 in that week, where a playlist says",
            True,
            origin="playlist.track.popularity",
            allowed="popularity BETWEEN 0 AND 100",
        ),
        Column(
            "isrc",
            TEXT,
            "International Standard Recording Code; playlists and details only",
            True,
            origin="playlist.track.external_ids.isrc details.tracks.external_ids.isrc",
        ),
        Column(
            "label",
            TEXT,
            "Record label, the CSV's `source`",
            True,
            origin=f"csv.source {_album('label')} details.albums.label",
        ),
        Column(
            "streams",
            pa.int64(),
            "Plays in the chart week; CSV files only",
            True,
            origin="csv.streams",
            allowed="streams >= 0",
        ),
        Column(
            "reported_peak_rank",
            INTEGER,
            "Best rank ever, as Spotify's CSV says",
            True,
            origin="csv.peak_rank",
            allowed="reported_peak_rank >= 1",
        ),
        Column(
            "reported_previous_rank",
            INTEGER,
            "Rank the week before, as Spotify's CSV says; null where it says -1, not in the chart",
            True,
            origin="csv.previous_rank",
            allowed="reported_previous_rank >= 1",
        ),
        Column(
            "reported_weeks_on_chart",
            INTEGER,
            "Weeks so far, as Spotify's CSV says",
            True,
            origin="csv.weeks_on_chart",
            allowed="reported_weeks_on_chart >= 1",
        ),
        Column(
            "added_at",
            MOMENT,
            "When the playlist was refreshed, UTC; null where unknown",
            True,
            origin="playlist.added_at",
        ),
        Column(
            "song_url",
            TEXT,
            "Link to the song on open.spotify.com",
            True,
            origin="csv.uri playlist.track.linked_from.id playlist.track.id",
        ),
        Column(
            "source",
            TEXT,
            "Which raw file decided the rank: chart_csv, legacy_csv, playlist",
            origin="file.kind",
            allowed="source IN ('chart_csv', 'legacy_csv', 'playlist')",
        ),
    ),
    key=("week", "chart", "rank"),
    order=("chart", "rank"),
)

SONG_ARTISTS = Table(
    name="song_artists",
    meaning="Every credited artist of every song, features included: one row per week, song, artist.",
    columns=(
        WEEK,
        Column("song_id", TEXT, "As in songs", origin=_SONG_ID),
        Column(
            "artist_position",
            INTEGER,
            "Place in the credits; 1 is the lead artist",
            origin="csv.artist_names playlist.track.artists details.tracks.artists",
            allowed="artist_position >= 1",
        ),
        Column("artist_id", TEXT, "As in artists", origin=_ARTIST_ID),
        Column("artist_name", TEXT, "Name as credited", origin=_ARTIST_NAME),
    ),
    key=("week", "song_id", "artist_position"),
    order=("song_id", "artist_position"),
)

ALBUMS = Table(
    name="albums",
    meaning="Every album that a charting song is from: one row per week and album.",
    columns=(
        WEEK,
        Column("album_id", TEXT, "Spotify album id", origin=_album("id")),
        Column("name", TEXT, "Title as received", True, origin=_album("name")),
        Column(
            "album_type", TEXT, "album, single or compilation", True, origin=_album("album_type")
        ),
        Column(
            "release_date",
            DATE,
            "First day of the year or month where only that is known",
            True,
            origin=_album("release_date"),
            allowed="""release_date_precision IS NOT NULL AND release_date = CASE release_date_precision
                WHEN 'year' THEN date_trunc('year', release_date)
                WHEN 'month' THEN date_trunc('month', release_date) ELSE release_date END""",
        ),
        Column(
            "release_date_precision",
            TEXT,
            "year, month or day",
            True,
            origin=_album("release_date_precision", "release_date"),
            allowed="release_date_precision IN ('year', 'month', 'day') AND release_date IS NOT NULL",
        ),
        Column(
            "total_tracks",
            INTEGER,
            "Number of tracks on the album",
            True,
            origin=_album("total_tracks"),
        ),
        Column(
            "artist_names",
            TEXT,
            "The album's artists, for people",
            True,
            origin=_album("artists.name"),
        ),
        Column(
            "label",
            TEXT,
            "Record label; null where Spotify does not tell the app",
            True,
            origin=f"{_album('label')} details.albums.label",
        ),
        Column(
            "album_url", TEXT, "Link to the album on open.spotify.com", True, origin=_album("id")
        ),
        Column(
            "image_url",
            TEXT,
            "Largest cover image that Spotify names",
            True,
            origin=_album("images.url"),
        ),
    ),
    key=("week", "album_id"),
    order=("album_id",),
)

ARTISTS = Table(
    name="artists",
    meaning="Every credited artist of the week's songs: one row per week and artist.",
    columns=(
        WEEK,
        Column(
            "artist_id",
            TEXT,
            "Spotify artist id; `name:` and the folded name without one",
            origin=_ARTIST_ID,
        ),
        Column("name", TEXT, "Name as received", origin=_ARTIST_NAME),
        Column(
            "genres",
            pa.list_(TEXT),
            "Spotify's genres; null where Spotify does not tell the app",
            True,
            origin="playlist.track.artists.genres details.artists.genres",
        ),
        Column(
            "popularity",
            INTEGER,
            "Spotify's 0 to 100 in that week, where a playlist says",
            True,
            origin="playlist.track.artists.popularity",
            allowed="popularity BETWEEN 0 AND 100",
        ),
        Column(
            "followers",
            pa.int64(),
            "Followers in that week, where a playlist says",
            True,
            origin="playlist.track.artists.followers.total",
            allowed="followers >= 0",
        ),
        Column(
            "artist_url",
            TEXT,
            "Link to the artist on open.spotify.com",
            True,
            origin="playlist.track.artists.id details.tracks.artists.id",
        ),
        Column(
            "image_url",
            TEXT,
            "Largest portrait that Spotify names",
            True,
            origin="playlist.track.artists.images.url details.artists.images.url",
        ),
    ),
    key=("week", "artist_id"),
    order=("artist_id",),
)

CHECK_RESULTS = Table(
    name="check_results",
    meaning="What every check found: one row per week, table and check, and per chart where it fails.",
    columns=(
        WEEK,
        Column("table_name", TEXT, "The table, or the asset, that was checked"),
        Column("check_name", TEXT, "The check's name"),
        Column("chart", TEXT, "The chart that the finding is about; null for no single one", True),
        Column("severity", TEXT, "ERROR holds the chart back, WARN is only shown"),
        Column("passed", pa.bool_(), "Whether nothing was found"),
        Column("findings", INTEGER, "How many things were found; 0 where it passed"),
        Column("finding", TEXT, "What was found, in words; null where it passed", True),
        Column("examples", pa.list_(TEXT), "Some of the rows concerned, each as JSON", True),
    ),
    key=("week", "table_name", "check_name", "chart"),
    order=("table_name", "check_name", "chart"),
)

CHART_TABLES: dict[str, Table] = {t.name: t for t in (SONGS, ALBUMS, ARTISTS, SONG_ARTISTS)}
"""The tables that are derived from raw files."""
TABLES: dict[str, Table] = {**CHART_TABLES, CHECK_RESULTS.name: CHECK_RESULTS}
"""Every table that is stored."""


def type_name(dtype: pa.DataType) -> str:
    """Return a type in words, the same for equal types: Parquet names the items of lists differently."""
    return f"list of {dtype.value_type}" if pa.types.is_list(dtype) else str(dtype)
