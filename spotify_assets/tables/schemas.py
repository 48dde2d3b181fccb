"""What each table holds: the one declaration that Parquet files, checks, catalogs and docs read.

Names, types, meanings and keys belong here. How rows are derived is in `payloads`, how they are
laid out on disk in `table_files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

TEXT = pa.string()
DATE = pa.date32()
# Without a zone on purpose, meaning UTC: every engine reads it as the same wall-clock time.
MOMENT = pa.timestamp("ms")


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, whether it may be null, and what it means in one line."""

    name: str
    dtype: pa.DataType
    meaning: str
    nullable: bool = False


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


WEEK = Column("week", DATE, "Friday on which the chart week begins; the partition key")

SONGS = Table(
    name="songs",
    meaning="Every entry of every chart: one row per week, chart and rank.",
    columns=(
        WEEK,
        Column("week_end", DATE, "Thursday on which the chart week ends"),
        Column("chart", TEXT, "Slug of the chart, as in the charts file: norway, global"),
        Column("rank", pa.int32(), "Place in the chart; 1 is best"),
        Column("song_id", TEXT, "Spotify track id, before relinking; a local file's uri"),
        Column("song_key", TEXT, "Same for the same song under other ids: tidied name and artists"),
        Column("song_name", TEXT, "Title as received; null where the source left it blank", True),
        Column("artist_names", TEXT, "All credited artists, for people; as received", True),
        Column("album_id", TEXT, "Spotify album id; null where the source gives no album", True),
        Column(
            "duration_ms", pa.int32(), "Length in milliseconds; playlists and details only", True
        ),
        Column("explicit", pa.bool_(), "Marked as explicit; playlists and details only", True),
        Column(
            "popularity", pa.int32(), "Spotify's 0 to 100 in that week, where a playlist says", True
        ),
        Column(
            "isrc", TEXT, "International Standard Recording Code; playlists and details only", True
        ),
        Column("label", TEXT, "Record label, the CSV's `source`", True),
        Column("streams", pa.int64(), "Plays in the chart week; CSV files only", True),
        Column("reported_peak_rank", pa.int32(), "Best rank ever, as Spotify's CSV says", True),
        Column(
            "reported_previous_rank",
            pa.int32(),
            "Rank the week before, as Spotify's CSV says; null where it says -1, not in the chart",
            True,
        ),
        Column("reported_weeks_on_chart", pa.int32(), "Weeks so far, as Spotify's CSV says", True),
        Column(
            "added_at", MOMENT, "When the playlist was refreshed, UTC; null where unknown", True
        ),
        Column("song_url", TEXT, "Link to the song on open.spotify.com", True),
        Column("source", TEXT, "Which raw file ruled the rank: chart_csv, legacy_csv, playlist"),
    ),
    key=("week", "chart", "rank"),
    order=("chart", "rank"),
)

SONG_ARTISTS = Table(
    name="song_artists",
    meaning="Every credited artist of every song, features included: one row per week, song, artist.",
    columns=(
        WEEK,
        Column("song_id", TEXT, "As in songs"),
        Column("artist_position", pa.int32(), "Place in the credits; 1 is the lead artist"),
        Column("artist_id", TEXT, "As in artists"),
        Column("artist_name", TEXT, "Name as credited"),
    ),
    key=("week", "song_id", "artist_position"),
    order=("song_id", "artist_position"),
)

ALBUMS = Table(
    name="albums",
    meaning="Every album that a charting song is from: one row per week and album.",
    columns=(
        WEEK,
        Column("album_id", TEXT, "Spotify album id"),
        Column("name", TEXT, "Title as received", True),
        Column("album_type", TEXT, "album, single or compilation", True),
        Column(
            "release_date", DATE, "First day of the year or month where only that is known", True
        ),
        Column("release_date_precision", TEXT, "year, month or day", True),
        Column("total_tracks", pa.int32(), "Number of tracks on the album", True),
        Column("artist_names", TEXT, "The album's artists, for people", True),
        Column("label", TEXT, "Record label; null where the app isn't told", True),
        Column("album_url", TEXT, "Link to the album on open.spotify.com", True),
        Column("image_url", TEXT, "Largest cover image that Spotify names", True),
    ),
    key=("week", "album_id"),
    order=("album_id",),
)

ARTISTS = Table(
    name="artists",
    meaning="Every credited artist of the week's songs: one row per week and artist.",
    columns=(
        WEEK,
        Column("artist_id", TEXT, "Spotify artist id; `name:` and the folded name without one"),
        Column("name", TEXT, "Name as received"),
        Column("genres", pa.list_(TEXT), "Spotify's genres; null where the app isn't told", True),
        Column(
            "popularity", pa.int32(), "Spotify's 0 to 100 in that week, where a playlist says", True
        ),
        Column("followers", pa.int64(), "Followers in that week, where a playlist says", True),
        Column("artist_url", TEXT, "Link to the artist on open.spotify.com", True),
        Column("image_url", TEXT, "Largest portrait that Spotify names", True),
    ),
    key=("week", "artist_id"),
    order=("artist_id",),
)

CHECK_RESULTS = Table(
    name="check_results",
    meaning="What every check found: one row per week, table, check and, where it fails, chart.",
    columns=(
        WEEK,
        Column("table_name", TEXT, "The table, or the asset, that was checked"),
        Column("check_name", TEXT, "The check's name"),
        Column("chart", TEXT, "The chart that the finding is about; null for no single one", True),
        Column("severity", TEXT, "ERROR holds the chart back, WARN is only shown"),
        Column("passed", pa.bool_(), "Whether nothing was found"),
        Column("findings", pa.int32(), "How many things were found; 0 where it passed"),
        Column("finding", TEXT, "What was found, in words; null where it passed", True),
        Column("examples", pa.list_(TEXT), "Some of the rows concerned, each as JSON", True),
    ),
    key=("week", "table_name", "check_name", "chart"),
    order=("table_name", "check_name", "chart"),
)

CHART_TABLES: dict[str, Table] = {t.name: t for t in (SONGS, ALBUMS, ARTISTS, SONG_ARTISTS)}
"""The tables that are derived from raw files."""
TABLES: dict[str, Table] = CHART_TABLES


def type_name(dtype: pa.DataType) -> str:
    """A type in words that are the same for equal types: Parquet calls the items of a list otherwise."""
    return f"list of {dtype.value_type}" if pa.types.is_list(dtype) else str(dtype)
