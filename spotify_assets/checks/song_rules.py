"""Rules about the songs of one week, chart by chart: ranks, values, streams.

Comparing with the weeks before is in `history_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.conditions import Condition, no_rows_where
from spotify_assets.checks.verdicts import SHOWN_ROWS, StoredWeek, Verdict, some_of, the_first
from spotify_assets.layout import KINDS
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.weeks import FRIDAY, latest_closed_week, week_end

SHOWN = ("chart", "rank", "song_id", "song_name")
MILLISECONDS = 1000
COMPARED_RANKS = 20


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
    twice.sort(key=lambda row: (row["chart"], row["rank_min"]))
    findings = [
        f"{row['chart']} has the song {row['song_id']} {row['rank_count']} times, at ranks "
        f"{row['rank_min']} to {row['rank_max']}"
        for row in twice
    ]
    return Verdict(
        "each song once in a chart",
        f"{len(twice)} more than once",
        the_first(findings),
        twice[:SHOWN_ROWS],
    )


def ranks_without_holes(week: StoredWeek, _: Thresholds) -> Verdict:
    """The ranks of a chart go from 1 to its last without one missing."""
    findings, missing = [], 0
    for chart, songs in by_chart(week.tables["songs"]):
        ranks = sorted({rank for rank in songs.column("rank").to_pylist() if rank > 0})
        holes = ranks[-1] - len(ranks) if ranks else 0
        if holes:
            missing += holes
            more = f" and {holes - SHOWN_ROWS} more" if holes > SHOWN_ROWS else ""
            findings.append(f"{chart} lacks rank {_first_holes(ranks)}{more}, of {ranks[-1]}")
    return Verdict("ranks from 1 without holes", f"{missing} ranks missing", tuple(findings))


def charts_differ(week: StoredWeek, _: Thresholds) -> Verdict:
    """No two charts of the week are the same, rank for rank, for 20 ranks or more."""
    by_ranks: dict[tuple[str, ...], list[str]] = {}
    songs = week.tables["songs"]
    upper = songs.filter(pc.less_equal(songs.column("rank"), COMPARED_RANKS))
    for chart, rows in by_chart(upper.sort_by([("chart", "ascending"), ("rank", "ascending")])):
        if rows.num_rows == COMPARED_RANKS:
            by_ranks.setdefault(tuple(rows.column("song_id").to_pylist()), []).append(chart)
    same = [charts for charts in by_ranks.values() if len(charts) > 1]
    return Verdict(
        "charts that differ",
        "; ".join(" as ".join(charts) for charts in same) or "they do",
        tuple(
            f"{' and '.join(charts)} are the same in their first {COMPARED_RANKS} ranks: one of the "
            "files is another chart's, so drop the good one"
            for charts in same
        ),
    )


def values_possible(week: StoredWeek, _: Thresholds) -> Verdict:
    """No rank, length, popularity, stream count or date that can't be."""
    songs = week.tables["songs"]
    popularity, thursday = songs.column("popularity"), pa.scalar(week_end(week.week), pa.date32())
    below_1 = ("rank", "reported_peak_rank", "reported_previous_rank", "reported_weeks_on_chart")
    is_friday = pa.repeat(pa.scalar(week.week.weekday() == FRIDAY), songs.num_rows)
    conditions = [
        Condition("a week that begins on no Friday", "rank", pc.invert(is_friday)),
        *(Condition(f"{n} below 1", n, pc.less(songs.column(n), 1)) for n in below_1),
        Condition(
            f"week_end that isn't {thursday}, the week's Thursday",
            "week_end",
            pc.not_equal(songs.column("week_end"), thursday),
        ),
        Condition(
            "duration_ms not above 0",
            "duration_ms",
            pc.less_equal(songs.column("duration_ms"), 0),
        ),
        Condition(
            "popularity outside 0 to 100",
            "popularity",
            pc.or_kleene(pc.less(popularity, 0), pc.greater(popularity, 100)),
        ),
        Condition("streams below 0", "streams", pc.less(songs.column("streams"), 0)),
        Condition(
            f"source other than {', '.join(KINDS)}",
            "source",
            pc.invert(pc.is_in(songs.column("source"), pa.array(KINDS))),
        ),
    ]
    return no_rows_where(songs, conditions, "values that can be", SHOWN)


def values_plausible(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """Lengths and stream counts are of the usual size."""
    songs = week.tables["songs"]
    shortest = thresholds.check_shortest_song_seconds
    longest = thresholds.check_longest_song_minutes
    length = songs.column("duration_ms")
    conditions = [
        Condition(
            f"length below {shortest:g} s",
            "duration_ms",
            pc.and_kleene(pc.less(length, shortest * MILLISECONDS), pc.greater(length, 0)),
        ),
        Condition(
            f"length above {longest:g} min",
            "duration_ms",
            pc.greater(length, longest * 60 * MILLISECONDS),
        ),
        Condition("streams of 0", "streams", pc.equal(songs.column("streams"), 0)),
    ]
    usual = f"lengths from {shortest:g} s to {longest:g} min, and streams"
    return no_rows_where(songs, conditions, usual, SHOWN)


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
    findings = [
        f"{low['chart']} rank {low['rank']} has {low['streams']:,} streams, more than rank "
        f"{high['rank']} with {high['streams']:,}"
        for high, low in pairs
    ]
    return Verdict(
        "streams that fall with rank",
        f"{len(findings)} of {songs.num_rows} rows have more than the one before",
        the_first(findings),
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


def _first_holes(ranks: Sequence[int]) -> str:
    """The first ranks that are missing; it stops looking then, for a last rank may be any number."""
    pairs = zip([0, *ranks], ranks, strict=False)
    holes = (hole for before, rank in pairs for hole in range(before + 1, rank))
    return ", ".join(str(hole) for hole in islice(holes, SHOWN_ROWS))
