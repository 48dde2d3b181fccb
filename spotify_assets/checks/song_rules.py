"""Rules about the songs of one week, chart by chart: ranks, values, streams.

Comparing with the weeks before is in `history_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.verdicts import Rows, StoredWeek, Verdict, listed, some_of
from spotify_assets.layout import KINDS
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.weeks import latest_closed_week, week_end

SHOWN = ("chart", "rank", "song_id", "song_name")
MILLISECONDS = 1000


def not_empty(week: StoredWeek, _: Thresholds) -> Verdict:
    """The week has songs."""
    rows = week.tables["songs"].num_rows
    findings = () if rows else ("the week is stored without a single song",)
    return Verdict("1 row or more", f"{rows} rows", findings)


def song_once_per_chart(week: StoredWeek, _: Thresholds) -> Verdict:
    """No song id stands twice in a chart."""
    songs = week.tables["songs"]
    counts = songs.group_by(["chart", "song_id"], use_threads=False).aggregate(
        [("rank", "count"), ("rank", "min"), ("rank", "max")]
    )
    twice = counts.filter(pc.greater(counts.column("rank_count"), 1)).to_pylist()
    findings = tuple(
        f"{row['chart']} has the song {row['song_id']} {row['rank_count']} times, at ranks "
        f"{row['rank_min']} to {row['rank_max']}"
        for row in twice
    )
    return Verdict(
        "each song once in a chart", f"{len(twice)} songs more than once", findings, twice
    )


def ranks_without_holes(week: StoredWeek, _: Thresholds) -> Verdict:
    """The ranks of a chart go from 1 to its last without one missing."""
    findings, missing = [], 0
    for chart, songs in by_chart(week.tables["songs"]):
        ranks = set(songs.column("rank").to_pylist())
        holes = [rank for rank in range(1, max(ranks, default=0)) if rank not in ranks]
        if holes:
            missing += len(holes)
            findings.append(f"{chart} lacks rank {listed(holes)}")
    return Verdict("ranks from 1 without holes", f"{missing} ranks missing", tuple(findings))


def values_possible(week: StoredWeek, _: Thresholds) -> Verdict:
    """No rank, length, popularity, stream count or date that can't be."""
    songs = week.tables["songs"]
    popularity = songs.column("popularity")
    return _no_rows_where(
        songs,
        {
            "rank below 1": pc.less(songs.column("rank"), 1),
            "week_end that isn't the week's Thursday": pc.not_equal(
                songs.column("week_end"), pa.scalar(week_end(week.week), pa.date32())
            ),
            "duration_ms not above 0": pc.less_equal(songs.column("duration_ms"), 0),
            "popularity outside 0 to 100": pc.or_kleene(
                pc.less(popularity, 0), pc.greater(popularity, 100)
            ),
            "streams below 0": pc.less(songs.column("streams"), 0),
            "reported_peak_rank below 1": pc.less(songs.column("reported_peak_rank"), 1),
            "reported_previous_rank below 1": pc.less(songs.column("reported_previous_rank"), 1),
            "reported_weeks_on_chart below 1": pc.less(songs.column("reported_weeks_on_chart"), 1),
            f"source other than {', '.join(KINDS)}": pc.invert(
                pc.is_in(songs.column("source"), pa.array(KINDS))
            ),
        },
        "values that can be",
    )


def values_plausible(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """Lengths and stream counts are of the usual size."""
    songs = week.tables["songs"]
    shortest = thresholds.check_shortest_song_seconds
    longest = thresholds.check_longest_song_minutes
    length = songs.column("duration_ms")
    return _no_rows_where(
        songs,
        {
            f"length below {shortest:g} s": pc.and_kleene(
                pc.less(length, shortest * MILLISECONDS), pc.greater(length, 0)
            ),
            f"length above {longest:g} min": pc.greater(length, longest * 60 * MILLISECONDS),
            "streams of 0": pc.equal(songs.column("streams"), 0),
        },
        f"lengths from {shortest:g} s to {longest:g} min, and streams",
    )


def streams_fall_with_rank(week: StoredWeek, _: Thresholds) -> Verdict:
    """No song has more streams than the one ranked before it in its chart."""
    songs = week.tables["songs"]
    songs = songs.filter(pc.is_valid(songs.column("streams")))
    songs = songs.sort_by([("chart", "ascending"), ("rank", "ascending")])
    before, after = songs.slice(0, max(songs.num_rows - 1, 0)), songs.slice(1)
    rises = pc.and_(
        pc.equal(before.column("chart"), after.column("chart")),
        pc.and_(
            pc.greater(after.column("streams"), before.column("streams")),
            pc.greater(after.column("rank"), before.column("rank")),
        ),
    )
    pairs = zip(before.filter(rises).to_pylist(), after.filter(rises).to_pylist(), strict=True)
    findings = tuple(
        f"{low['chart']} rank {low['rank']} has {low['streams']:,} streams, more than rank "
        f"{high['rank']} with {high['streams']:,}"
        for high, low in pairs
    )
    return Verdict(
        "streams that fall with rank",
        f"{len(findings)} of {songs.num_rows} rows have more than the one before",
        findings,
        some_of(after.filter(rises), (*SHOWN, "streams")),
    )


def refreshed_for_week(week: StoredWeek, _: Thresholds) -> Verdict:
    """Charts from playlists were refreshed for this week, where Spotify says when."""
    songs = week.tables["songs"]
    songs = songs.filter(pc.equal(songs.column("source"), "playlist"))
    latest = songs.group_by(["chart"], use_threads=False).aggregate([("added_at", "max")])
    shown = {
        row["chart"]: latest_closed_week(row["added_at_max"].replace(tzinfo=UTC))
        for row in latest.to_pylist()
        if row["added_at_max"] is not None
    }
    findings = tuple(
        f"{chart} was refreshed for the week {of}" for chart, of in shown.items() if of != week.week
    )
    return Verdict(
        f"playlists of the week {week.week}",
        f"{len(findings)} of {len(shown)} playlists of another week",
        findings,
    )


def by_chart(songs: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Each chart, in order, with its rows."""
    charts = songs.column("chart")
    for chart in sorted(pc.unique(charts).to_pylist()):
        yield chart, songs.filter(pc.equal(charts, chart))


def rows_where(songs: pa.Table, conditions: dict[str, pa.ChunkedArray]) -> tuple[list[str], Rows]:
    """A sentence for each condition that rows meet, and some of those rows; null meets none."""
    findings: list[str] = []
    shown: list[Rows] = []
    for what, is_met in conditions.items():
        meeting = songs.filter(is_met)  # nulls are left out
        if meeting.num_rows:
            findings.append(f"{what} in {_count(meeting.num_rows)}")
            shown.append(some_of(meeting, songs.column_names[:8]))
    return findings, [row for rows in shown for row in rows]


def _no_rows_where(
    songs: pa.Table, conditions: dict[str, pa.ChunkedArray], expected: str
) -> Verdict:
    findings, rows = rows_where(songs, conditions)
    return Verdict(expected, "; ".join(findings) or "as expected", tuple(findings), rows)


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"
