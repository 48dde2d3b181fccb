"""What the dashboard asks: the SQL views for figures, the tables for names.

It is all in the subset of SQL that DuckDB and Athena read alike.
Statements and their answers belong here; what is made of them is in `records`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from spotify_assets.charts import Charts
from spotify_assets.reports.dashboard import recordings

Row = tuple[Any, ...]
Ask = Callable[[str], Sequence[Row]]
"""Asks the catalog a statement and gives the rows of its answer."""

DAYS_OUT = 90
YEAR = 364

# A song that counting sees for the first time isn't new when it has been out for long and counting has
# not gone on for a year: it may well have been there before. Of a release known by its year or month
# alone, the last day counts.
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

# What is counted after a long gap says more of the gap than of the week; what Spotify reports doesn't.
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
SELECT chart, week, genre, songs, share
FROM genre_weeks
ORDER BY chart, week, genre
"""

ARTISTS = """
SELECT artist_id, max_by(name, week) AS artist_name
FROM artists
GROUP BY artist_id
ORDER BY artist_id
"""

ALBUMS = """
SELECT
    album_id,
    max_by(name, week) AS album_name,
    max_by(artist_names, week) AS artist_names,
    max_by(album_type, week) AS album_type
FROM albums
GROUP BY album_id
ORDER BY album_id
"""

OVERLAP = """
SELECT chart, week, other_chart, share
FROM chart_overlap
WHERE chart = {anchor} OR other_chart = {anchor}
ORDER BY chart, week, other_chart
"""


@dataclass(frozen=True)
class Answers:
    """The views' answers, in the order of the statements above. `anchor` is the chart compared with."""

    history: Sequence[Row]
    chart_weeks: Sequence[Row]
    genres: Sequence[Row]
    artists: Sequence[Row]
    albums: Sequence[Row]
    overlap: Sequence[Row]
    recordings: Sequence[Row]
    anchor: str


NOTHING = Answers((), (), (), (), (), (), (), "")


def ask_views(ask: Ask, charts: Charts) -> Answers:
    """Everything the page needs of the views: seven statements.

    Charts are compared with `global`, or with the first where that isn't collected: all with all would
    be as many figures as charts squared.
    """
    chart_weeks = ask(CHART_WEEKS)
    slugs = sorted({row[0] for row in chart_weeks})
    anchor = "global" if "global" in slugs else next(iter(slugs), "")
    quoted = "'" + anchor.replace("'", "''") + "'"
    of_recordings = recordings.statement(charts, slugs, anchor)
    return Answers(
        history=ask(HISTORY),
        chart_weeks=chart_weeks,
        genres=ask(GENRES),
        artists=ask(ARTISTS),
        albums=ask(ALBUMS),
        overlap=ask(OVERLAP.format(anchor=quoted)),
        recordings=ask(of_recordings) if of_recordings else (),
        anchor=anchor,
    )
