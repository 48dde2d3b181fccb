"""The analytics views: what each gives, its columns, and the order to create them in.

The statements are the `.sql` files beside this one: one SELECT each, in the subset of SQL that
Trino and DuckDB read alike. Creating them in an engine is the catalogs' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from spotify_assets.tables.schemas import ALBUMS, SONGS


@dataclass(frozen=True)
class View:
    """A view: its name, what it gives and its grain, and its columns with their meanings."""

    name: str
    meaning: str
    columns: dict[str, str]


_SONGS = {column.name: column.meaning for column in SONGS.columns}
_ALBUMS = {column.name: column.meaning for column in ALBUMS.columns}

_PREVIOUS_WEEK = {
    "previous_week": "The collected week of this chart before; null in the first",
    "weeks_since_previous": "Weeks from previous_week to week: 1 unless weeks were missed",
}

_HISTORY = {
    **_SONGS,
    "song": "The same for a song over the weeks and charts, whatever its ids and names",
    "tracked_since": "First collected week of this chart",
    **_PREVIOUS_WEEK,
    "counted_previous_rank": "The song's best rank in previous_week; null where it was not there",
    "counted_peak_rank": "The song's best rank in the weeks collected so far",
    "counted_weeks_on_chart": "Collected weeks with the song in this chart, this one included",
    "previous_rank": "Rank before: as Spotify reports, else counted; null where it was not there",
    "peak_rank": "Best rank so far: as Spotify reports, else counted on from it; never above rank",
    "weeks_on_chart": "Weeks so far: as Spotify reports, else counted on from its last figure",
    "figures_from": "Who says the three above: spotify or counted",
    "on_chart_at_start": "There since tracked_since and never reported on: weeks may be more",
    "first_week": "First collected week of the song in this chart",
    "move": "new, re-entry, up, down or same; null in a first week not reported, or reported as all new",
    "rank_change": "previous_rank - rank, positive upwards; null without previous_rank",
}

_LEADER_RANK = "Place by songs, then best_rank; equals share it"

VIEWS: tuple[View, ...] = (
    View(
        "artist_genres",
        "The genres of every artist, flat: one row per week, artist and genre",
        {
            "week": _SONGS["week"],
            "artist_id": "As in artists",
            "artist_name": "Name as received",
            "genre": "One of the artist's genres, as received",
            "genre_order": "Its place among the artist's genres; 1 is the first",
        },
    ),
    View(
        "chart_history",
        "Every entry with its move, peak and weeks on chart: one row per week, chart and rank",
        _HISTORY,
    ),
    View(
        "latest_chart",
        "Each chart's latest collected week of chart_history: one row per chart and rank",
        _HISTORY,
    ),
    View(
        "chart_weeks",
        "How new, long, old and varied a chart was: one row per week and chart",
        {
            "week": _SONGS["week"],
            "chart": _SONGS["chart"],
            "week_end": _SONGS["week_end"],
            **_PREVIOUS_WEEK,
            "entries": "Rows of the chart",
            "new_entries": "Entries whose move is new; null where no move is known",
            "re_entries": "Entries whose move is re-entry; null where no move is known",
            "departures": "Songs of previous_week no longer there; null in the first week",
            "moves_reported": "Entries whose move goes by Spotify's own figures, not by previous_week",
            "turnover": "Share new or re-entry of entries whose move is known; null where none is",
            "median_duration_ms": "Median length in milliseconds; null where none is known",
            "duration_known": "Entries whose length is known",
            "explicit_share": "Share of explicit ones of explicit_known; null where that is 0",
            "explicit_known": "Entries of which it is known whether they are explicit",
            "fresh_share": "Share released under 28 days before week_end, of fresh_known",
            "fresh_known": "Entries whose release date tells whether they are fresh",
            "catalogue_share": "Share released over 548 days before week_end, of catalogue_known",
            "catalogue_known": "Entries whose release date tells whether they are catalogue",
            "distinct_lead_artists": "Different lead artists",
            "lead_artists_known": "Entries whose lead artist is known",
            "variety": "Effective number of lead artists: 1 / sum of their squared shares",
            "streams": "Plays of all entries; null where the source gives none",
        },
    ),
    View(
        "artist_leaders",
        "Artists by the places they are credited on: one row per week, chart and artist",
        {
            "week": _SONGS["week"],
            "chart": _SONGS["chart"],
            "artist_id": "As in artists",
            "artist_name": "Name in artists, else as credited",
            "songs": "Places of the chart that the artist is credited on",
            "lead_songs": "Those of them where the artist is the lead artist",
            "place_share": "songs as a share of the chart's entries",
            "best_rank": "Best of those places",
            "streams": "Plays of those entries; null where the source gives none",
            "chart_places_to_date": "Sum of songs over this chart's collected weeks so far",
            "leader_rank": _LEADER_RANK,
        },
    ),
    View(
        "album_leaders",
        "Albums by the places their songs take: one row per week, chart and album",
        {
            "week": _SONGS["week"],
            "chart": _SONGS["chart"],
            "album_id": _ALBUMS["album_id"],
            "album_name": _ALBUMS["name"],
            "artist_names": _ALBUMS["artist_names"],
            "album_type": _ALBUMS["album_type"],
            "songs": "Places of the chart that are from the album",
            "best_rank": "Best of those places",
            "place_share": "songs as a share of the chart's entries",
            "chart_weeks_to_date": "Sum of songs over this chart's collected weeks so far",
            "leader_rank": _LEADER_RANK,
        },
    ),
    View(
        "genre_weeks",
        "Entries by their lead artist's first genre: one row per week, chart and genre",
        {
            "week": _SONGS["week"],
            "chart": _SONGS["chart"],
            "genre": "First genre of the lead artist, or unknown",
            "songs": "Entries of that genre",
            "share": "songs as a share of the chart's entries",
            "known_share": "Share of the chart's entries whose genre is known; same in every row",
        },
    ),
    View(
        "chart_overlap",
        "Songs that two charts share: one row per week, chart and other chart",
        {
            "week": _SONGS["week"],
            "chart": _SONGS["chart"],
            "other_chart": "Any other chart collected that week",
            "shared_songs": "Songs that stand in both",
            "share": "shared_songs as a share of this chart's songs",
        },
    ),
)


def view_sql(name: str) -> str:
    """The SELECT statement of a view, with its leading comment; KeyError for any other name."""
    if name not in {view.name for view in VIEWS}:
        raise KeyError(name)
    return resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
