"""The dashboard's queries: the SQL views for figures, the tables for names and for what is held back.

All of it is in the subset of SQL that DuckDB and Athena share. Statements and their answers belong
here; what is made of them is in `records` and `series`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from spotify_assets.charts import Charts
from spotify_assets.reports import Query, Row

DAYS_OUT = 90
YEAR = 364

# A song that is counted for the first time isn't called new if it has been out for long and counting
# began less than a year ago: it may well have been there before. If only the year or month of a release
# is known, its last day counts.
HISTORY = f"""
WITH credits AS (
    SELECT week, song_id, CAST(array_agg(artist_id ORDER BY artist_position) AS json) AS artists
    FROM song_artists
    GROUP BY week, song_id
)
SELECT
    h.chart, h.week, h.rank, h.song, h.song_name, h.artist_names, h.song_url, h.explicit,
    c.artists, h.album_id,
    h.previous_rank, h.peak_rank, h.weeks_on_chart, h.on_chart_at_start, h.streams, h.figures_from,
    CASE
        WHEN h.move = 'new' AND h.figures_from = 'counted'
            AND date_diff('day', h.tracked_since, h.week) < {YEAR}
            AND date_diff('day', a.release_date, h.week) > CASE a.release_date_precision
                WHEN 'year' THEN {DAYS_OUT + 366} WHEN 'month' THEN {DAYS_OUT + 31} ELSE {DAYS_OUT} END
            THEN 'first seen'
        ELSE h.move
    END AS move
FROM chart_history AS h
LEFT JOIN credits AS c ON c.week = h.week AND c.song_id = h.song_id
LEFT JOIN albums AS a ON a.week = h.week AND a.album_id = h.album_id
ORDER BY h.chart, h.week, h.rank
"""  # noqa: S608 - our own numbers

# What is counted after a long gap says more about the gap than about the week; Spotify's figures don't.
CHART_WEEKS = """
SELECT
    chart, week, entries,
    CASE WHEN moves_reported > 0 OR weeks_since_previous <= 4 THEN new_entries END AS new_entries,
    CASE WHEN moves_reported > 0 OR weeks_since_previous <= 4 THEN turnover END AS turnover,
    median_duration_ms, duration_known, explicit_share, explicit_known, fresh_share, fresh_known,
    catalogue_share, catalogue_known, variety, lead_artists_known, streams
FROM chart_weeks
ORDER BY chart, week
"""

GENRES = """
SELECT chart, week, genre, songs, share FROM genre_weeks ORDER BY chart, week, genre
"""

ARTISTS = """
SELECT artist_id, max_by(name, week) AS artist_name
FROM artists GROUP BY artist_id ORDER BY artist_id
"""

ALBUMS = """
SELECT
    album_id,
    max_by(name, week) AS album_name,
    max_by(artist_names, week) AS artist_names,
    max_by(album_type, week) AS album_type
FROM albums GROUP BY album_id ORDER BY album_id
"""

OVERLAP = """
SELECT chart, week, other_chart, share
FROM chart_overlap
WHERE chart = {anchor} OR other_chart = {anchor}
ORDER BY chart, week, other_chart
"""

# How many recording codes (ISRC) are known of each chart in a week, and how many of them are its own
# country's. Their first two letters name the country whose agency registered the recording: a stand-in
# for where music is from, and no more than that. The chart that all are compared with is counted once
# for each of the others' countries.
RECORDINGS = """
WITH homes (home, codes) AS (VALUES {homes})
SELECT
    s.chart, h.home, s.week, count(nullif(s.isrc, '')) AS known,
    count(CASE WHEN contains(h.codes, upper(substr(s.isrc, 1, 2))) THEN 1 END) AS of_home
FROM songs AS s
INNER JOIN homes AS h ON h.home = s.chart OR s.chart = {anchor}
GROUP BY s.chart, h.home, s.week
ORDER BY s.chart, h.home, s.week
"""
COUNTRY = re.compile(r"[a-z]{2}")  # not `global`
FURTHER_CODES: Mapping[str, tuple[str, ...]] = {
    "br": ("BC", "BK", "BP", "BX"),
    "ca": ("CB",),
    "dk": ("FO", "GL"),
    "fr": ("FX",),
    "gb": ("GX", "UK"),
    "kr": ("KS",),
    "us": ("PR", "QM", "QT", "QZ"),
    "za": ("ZB",),
}
"""What agencies assign besides their country's own two letters, as the ISRC authority listed in 2025."""

HELD_BACK = """
SELECT week, chart, table_name, check_name, finding
FROM check_results
WHERE severity = 'ERROR' AND NOT passed
ORDER BY week, chart, table_name, check_name
"""


@dataclass(frozen=True)
class Answers:
    """The answers to the statements above, in their order. `anchor` is the chart compared with."""

    history: Sequence[Row] = ()
    chart_weeks: Sequence[Row] = ()
    genres: Sequence[Row] = ()
    artists: Sequence[Row] = ()
    albums: Sequence[Row] = ()
    overlap: Sequence[Row] = ()
    recordings: Sequence[Row] = ()
    held_back: Sequence[Row] = ()
    anchor: str = ""


def query_views(query: Query, charts: Charts, weeks: Mapping[str, Collection[date]]) -> Answers:
    """Return everything that the page needs; `weeks` are those that the catalog shows, by table.

    Charts are compared with `global`, or with the first where that isn't collected: all with all would
    be as many figures as charts squared.

    Raises:
        UserError: the catalog can't be queried.
    """
    held_back = query(HELD_BACK).rows if weeks.get("check_results") else ()
    if not weeks.get("songs"):
        return Answers(held_back=held_back)
    chart_weeks = query(CHART_WEEKS).rows
    slugs = sorted({row[0] for row in chart_weeks})
    anchor = "global" if "global" in slugs else next(iter(slugs), "")
    of_recordings = recordings_statement(charts, slugs, anchor)
    return Answers(
        history=query(HISTORY).rows,
        chart_weeks=chart_weeks,
        genres=query(GENRES).rows,
        artists=query(ARTISTS).rows,
        albums=query(ALBUMS).rows,
        overlap=query(OVERLAP.format(anchor=_quoted(anchor))).rows,
        recordings=query(of_recordings).rows if of_recordings else (),
        held_back=held_back,
        anchor=anchor,
    )


def recordings_statement(charts: Charts, collected: Collection[str], anchor: str) -> str | None:
    """Return the statement for these charts, compared with `anchor`; None where none has a country."""
    homes = []
    for chart in charts.charts:
        if chart.slug in collected and COUNTRY.fullmatch(chart.country):
            codes = (chart.country.upper(), *FURTHER_CODES.get(chart.country, ()))
            homes.append(f"({_quoted(chart.slug)}, ARRAY[{', '.join(map(_quoted, codes))}])")
    return RECORDINGS.format(homes=", ".join(homes), anchor=_quoted(anchor)) if homes else None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
