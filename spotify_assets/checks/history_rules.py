"""Rules that hold a week's charts against the collected weeks before: size, turnover, ranks before.

What a chart is compared with is its own past, as deep as both go: a playlist of 50 rows says nothing of
the 150 below them in a CSV file. Where shares are compared, charts of fewer than 20 rows are left out:
they say nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from statistics import median

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.song_rules import by_chart
from spotify_assets.checks.verdicts import SHOWN_ROWS, Listed, StoredWeek, Verdict, listed
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.weeks import ONE_WEEK

WEEKS_COMPARED = 8
LONGEST_AGO = (
    ONE_WEEK * 26
)  # a chart of years ago says nothing of how large one is, or of what is gone
COLUMNS_COMPARED = ("chart", "rank", "song_id", "song_key", "streams", "source")
FEWEST_ROWS = 20
NOTHING_BEFORE = "nothing to compare with"


def row_count(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """A chart has about as many rows as in the weeks before, and none has gone."""
    songs = week.tables["songs"]
    change = thresholds.check_row_count_change
    now = _rows_by_chart(songs)
    recent = [e for e in week.earlier[:WEEKS_COMPARED] if week.week - e.week <= LONGEST_AGO]
    before = [_rows_by_chart(earlier.songs) for earlier in recent]
    findings, expected, actual = [], [], []
    for (chart, source), rows in sorted(now.items()):
        counts = [of_week[chart, source] for of_week in before if (chart, source) in of_week]
        if not counts:
            continue
        usual = median(counts)
        expected.append(f"{chart} {usual:g}")
        actual.append(f"{chart} {rows}")
        if abs(rows - usual) > change * usual:
            cut = ": its file may be cut, so drop it again" if rows < usual else ""
            findings.append(f"{chart} has {rows} rows, and had {usual:g} in the weeks before{cut}")
    charts = {chart for chart, _ in now}
    gone = sorted({chart for chart, _ in before[0]} - charts) if before else []
    findings += [
        f"{chart} has no rows, and had some in {recent[0].week}: drop its file" for chart in gone
    ]
    return Verdict(
        f"within {change:.0%} of " + ", ".join(expected) if expected else NOTHING_BEFORE,
        ", ".join(actual) or f"{songs.num_rows} rows",
        tuple(findings),
    )


def overlap_with_week_before(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """A chart keeps some of its songs from the week before, and doesn't keep all their ranks."""
    least, most = thresholds.check_songs_kept_least, thresholds.check_ranks_unchanged_most
    findings, actual = [], []
    for chart, rows, earlier, before in _with_chart_before(week):
        depth = max(row.rank for row in before)
        upper = [row for row in rows if row.rank <= depth]
        if len(upper) < FEWEST_ROWS or len(before) < FEWEST_ROWS:
            continue
        rank_before = _ranks(before)
        ranks = [(rank_of(rank_before, row.song_id, row.song_key), row.rank) for row in upper]
        kept = sum(was is not None for was, _ in ranks) / len(ranks)
        unchanged = sum(was == now for was, now in ranks) / len(ranks)
        actual.append(f"{chart} {kept:.1%} kept, {unchanged:.1%} at their rank")
        if kept < least and _is_the_week_before(week, earlier):
            findings.append(
                f"{chart} has {kept:.1%} of its songs from {earlier}, less than {least:.1%}: is it of "
                "another chart or week?"
            )
        if unchanged > most:
            findings.append(
                f"{chart} has {unchanged:.1%} of its songs at the rank they had in {earlier}, more "
                f"than {most:.1%}: is it that week's chart again?"
            )
    expected = f"{least:.1%} or more of the songs kept, {most:.1%} or fewer at their rank"
    return Verdict(expected, ", ".join(actual) or NOTHING_BEFORE, tuple(findings))


def not_a_copy(week: StoredWeek, _: Thresholds) -> Verdict:
    """No chart is the same, rank for rank, as in one of the weeks beside it, for 20 ranks or more.

    Ranks that only one of the two has don't count, nor do streams that only one has.
    """
    others = [*week.earlier[:WEEKS_COMPARED], *([week.following] if week.following else [])]
    if not others:
        return Verdict("no chart as in another week", NOTHING_BEFORE)
    same = [
        (chart, other.week)
        for other in others
        for chart, rows in week.charts.items()
        if _may_be_copy(week.upmost, other.upmost, chart)
        if _is_copy(rows, other.charts.get(chart, ()))
    ]
    return Verdict(
        f"no chart as in {listed(sorted({other.week for other in others}), WEEKS_COMPARED + 1)}",
        listed([f"{chart} as in {other}" for chart, other in same]) or "none",
        tuple(
            f"{chart} is the same as in {other}, rank for rank, so one of the two is under a wrong "
            "date: drop the good file of that one"
            for chart, other in same
        ),
        [{"chart": chart, **week.charts[chart][0]._asdict()} for chart, _ in same[:SHOWN_ROWS]],
    )


def streams_as_usual(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """The first ranks of a chart have about as many streams as in the weeks before."""
    times = thresholds.check_streams_change
    now = _streams_of_first(week.tables["songs"])
    recent = [e for e in week.earlier[:WEEKS_COMPARED] if week.week - e.week <= LONGEST_AGO]
    before = [_streams_of_first(earlier.songs) for earlier in recent]
    findings, expected, actual = [], [], []
    for chart, streams in sorted(now.items()):
        counts = [of_week[chart] for of_week in before if chart in of_week]
        if not counts:
            continue
        usual = median(counts)
        expected.append(f"{chart} {usual:,.0f}")
        actual.append(f"{chart} {streams:,}")
        if not usual / times <= streams <= usual * times:
            findings.append(
                f"the first {FEWEST_ROWS} ranks of {chart} have {streams:,} streams, and had "
                f"{usual:,.0f} in the weeks before: is it another chart's file?"
            )
    return Verdict(
        f"within {times:g} times of " + ", ".join(expected) if expected else NOTHING_BEFORE,
        ", ".join(actual) or "no streams",
        tuple(findings),
    )


def previous_rank_agreement(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """The ranks of the week before are those that Spotify reports in its CSV file."""
    least = thresholds.check_previous_rank_agreement
    findings, actual, shown = [], [], []
    for chart, songs in by_chart(_reported(week.tables["songs"])):
        before = next((e.charts[chart] for e in week.earlier if chart in e.charts), [])
        latest = next((e.week for e in week.earlier if chart in e.charts), None)
        if latest is None or not _is_the_week_before(week, latest):
            continue
        depth, rank_before = max(row.rank for row in before), _ranks(before)
        rows = [
            {**row, "rank_before": rank_of(rank_before, row["song_id"], row["song_key"])}
            for row in songs.to_pylist()
            if (row["reported_previous_rank"] or 0) <= depth  # else it was below what we have
        ]
        if len(rows) < FEWEST_ROWS:
            continue
        differing = [row for row in rows if row["rank_before"] != row["reported_previous_rank"]]
        agreeing = 1 - len(differing) / len(rows)
        actual.append(f"{chart} {agreeing:.1%}")
        if agreeing < least:
            findings.append(
                f"in {chart} {agreeing:.1%} of the ranks in {latest} are as Spotify reports them, "
                f"fewer than {least:.1%}: one of the two weeks may be under a wrong date"
            )
            shown += differing[:SHOWN_ROWS]
    expected = f"{least:.1%} or more as Spotify reports"
    return Verdict(expected, ", ".join(actual) or NOTHING_BEFORE, tuple(findings), shown)


def rank_of(rank_before: Mapping[str, int], song_id: str, song_key: str) -> int | None:
    """Where a song was, by its id, else by its key; None where it wasn't there."""
    found = rank_before.get(song_id)
    return rank_before.get(song_key) if found is None else found


def _with_chart_before(
    week: StoredWeek,
) -> Iterator[tuple[str, list[Listed], date, list[Listed]]]:
    """Each chart's rows, and those of the collected week before that has the chart, and which it is."""
    for chart, rows in week.charts.items():
        for earlier in week.earlier:
            if chart in earlier.charts:
                yield chart, rows, earlier.week, earlier.charts[chart]
                break


def _is_the_week_before(week: StoredWeek, earlier: date) -> bool:
    return earlier == week.week - ONE_WEEK


def _rows_by_chart(songs: pa.Table) -> dict[tuple[str, str], int]:
    """Rows by chart and source: a playlist of 50 isn't a CSV file of 200 that was cut."""
    counts = songs.group_by(["chart", "source"], use_threads=False).aggregate([([], "count_all")])
    return {(row["chart"], row["source"]): row["count_all"] for row in counts.to_pylist()}


def _streams_of_first(songs: pa.Table) -> dict[str, int]:
    """The streams of each chart's first ranks, of charts that have streams for all of them."""
    first = songs.filter(
        pc.and_(
            pc.less_equal(songs.column("rank"), FEWEST_ROWS), pc.is_valid(songs.column("streams"))
        )
    )
    sums = first.group_by("chart", use_threads=False).aggregate(
        [("streams", "sum"), ([], "count_all")]
    )
    return {
        row["chart"]: row["streams_sum"]
        for row in sums.to_pylist()
        if row["count_all"] == FEWEST_ROWS
    }


def _reported(songs: pa.Table) -> pa.Table:
    """The rows of which Spotify says how long they have been there, and so where they were."""
    columns = ["chart", "rank", "song_id", "song_key", "reported_previous_rank"]
    return songs.filter(pc.is_valid(songs.column("reported_weeks_on_chart"))).select(columns)


def _ranks(rows: Sequence[Listed]) -> dict[str, int]:
    """The best rank of each song id and of each song key."""
    falling = sorted(rows, key=lambda row: -row.rank)
    by_key = {row.song_key: row.rank for row in falling}
    return by_key | {row.song_id: row.rank for row in falling}


def _may_be_copy(
    now: Mapping[str, Sequence[Listed]], other: Mapping[str, Sequence[Listed]], chart: str
) -> bool:
    """A look at the first ranks, which tells nearly all charts apart in a fraction of the time."""
    at_rank = {row.rank: row for row in other.get(chart, ())}
    pairs = [(row, at_rank[row.rank]) for row in now.get(chart, ()) if row.rank in at_rank]
    return bool(pairs) and all(_is_same(*pair) for pair in pairs)


def _is_copy(now: Sequence[Listed], before: Sequence[Listed]) -> bool:
    """Whether all ranks that both have, 20 or more, hold the same songs with the same streams."""
    at_rank = {row.rank: row for row in before}
    pairs = [(row, at_rank[row.rank]) for row in now if row.rank in at_rank]
    return len(pairs) >= FEWEST_ROWS and all(_is_same(row, was) for row, was in pairs)


def _is_same(row: Listed, was: Listed) -> bool:
    same_song = row.song_id == was.song_id or row.song_key == was.song_key
    return same_song and (None in (row.streams, was.streams) or row.streams == was.streams)
