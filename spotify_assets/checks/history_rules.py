"""Rules that hold a week's charts against the collected weeks before: size, turnover, ranks before.

What a chart is compared with is its own past. Charts of fewer than 20 rows are left out where shares
are compared: they say nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spotify_assets.checks.song_rules import by_chart
from spotify_assets.checks.verdicts import SHOWN_ROWS, EarlierWeek, StoredWeek, Verdict
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.weeks import ONE_WEEK

WEEKS_COMPARED = 8
COLUMNS_COMPARED = ("chart", "rank", "song_id", "song_key", "streams", "source")
FEWEST_ROWS = 20


def row_count(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """A chart has about as many rows as in the weeks before, and none has gone."""
    songs = week.tables["songs"]
    change = thresholds.check_row_count_change
    now = _rows_by_chart(songs)
    before = [_rows_by_chart(earlier.songs) for earlier in week.earlier[:WEEKS_COMPARED]]
    findings, expected, actual = [], [], []
    for (chart, source), rows in sorted(now.items()):
        usual = [counts[chart, source] for counts in before if (chart, source) in counts]
        if not usual:
            continue
        expected.append(f"{chart} {median(usual):g}")
        actual.append(f"{chart} {rows}")
        if abs(rows - median(usual)) > change * median(usual):
            findings.append(
                f"{chart} has {rows} rows; in the weeks before it had {median(usual):g}"
            )
    charts = {chart for chart, _ in now}
    gone = sorted({chart for chart, _ in before[0]} - charts) if before else []
    findings += [f"{chart} has no rows; it had some in the week before" for chart in gone]
    return Verdict(
        f"within {change:.0%} of " + ", ".join(expected) if expected else NOTHING_BEFORE,
        ", ".join(actual) or f"{songs.num_rows} rows",
        tuple(findings),
    )


def overlap_with_week_before(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """A chart keeps some of its songs from the week before, and doesn't keep all their ranks."""
    least, most = thresholds.check_songs_kept_least, thresholds.check_ranks_unchanged_most
    findings, actual = [], []
    for chart, songs, earlier, before in _with_chart_before(week):
        if songs.num_rows < FEWEST_ROWS or before.num_rows < FEWEST_ROWS:
            continue
        rank_before = _ranks(before)
        ranks = [(rank_of(rank_before, row), row["rank"]) for row in _compared(songs)]
        kept = sum(was is not None for was, _ in ranks) / len(ranks)
        unchanged = sum(was == now for was, now in ranks) / len(ranks)
        actual.append(f"{chart} {kept:.0%} kept, {unchanged:.0%} at their rank")
        if kept < least and _is_the_week_before(week, earlier):
            findings.append(f"{chart} keeps {kept:.0%} of its songs, less than {least:.0%}")
        if unchanged > most:
            findings.append(
                f"{chart} has {unchanged:.0%} of its songs at the rank they had in {earlier}, more "
                f"than {most:.0%}"
            )
    expected = f"{least:.0%} or more of the songs kept, {most:.0%} or fewer at their rank"
    return Verdict(expected, ", ".join(actual) or NOTHING_BEFORE, tuple(findings))


def not_a_copy(week: StoredWeek, _: Thresholds) -> Verdict:
    """No chart of 20 rows or more is the same, rank for rank, as in the collected week before."""
    findings = []
    for chart, songs, earlier, before in _with_chart_before(week):
        if songs.num_rows >= FEWEST_ROWS and _as_listed(songs) == _as_listed(before):
            findings.append(f"{chart} is the same as in {earlier}, rank for rank")
    return Verdict("no chart as in the week before", f"{len(findings)} charts", tuple(findings))


def previous_rank_agreement(week: StoredWeek, thresholds: Thresholds) -> Verdict:
    """The ranks of the week before are those that Spotify reports in its CSV file."""
    least = thresholds.check_previous_rank_agreement
    findings, actual, shown = [], [], []
    for chart, songs, earlier, before in _with_chart_before(week):
        reported = songs.filter(pc.is_valid(songs.column("reported_weeks_on_chart")))
        if not reported.num_rows or not _is_the_week_before(week, earlier):
            continue
        rank_before = _ranks(before)
        differing = [
            {"chart": chart, **row, "rank before": rank_of(rank_before, row)}
            for row in _compared(reported, "reported_previous_rank")
            if rank_of(rank_before, row) != row["reported_previous_rank"]
        ]
        agreeing = 1 - len(differing) / reported.num_rows
        actual.append(f"{chart} {agreeing:.1%}")
        if agreeing < least:
            findings.append(
                f"in {chart} {agreeing:.1%} of the ranks in {earlier} are as Spotify reports them, "
                f"fewer than {least:.0%}"
            )
            shown += differing[:SHOWN_ROWS]
    expected = f"{least:.0%} or more as Spotify reports"
    return Verdict(expected, ", ".join(actual) or NOTHING_BEFORE, tuple(findings), shown)


NOTHING_BEFORE = "nothing to compare with"


def rank_of(rank_before: Mapping[str, int], row: Mapping[str, Any]) -> int | None:
    """Where a row's song was, by its id, else by its key; None where it wasn't there."""
    found = rank_before.get(row["song_id"])
    return rank_before.get(row["song_key"]) if found is None else found


def _with_chart_before(week: StoredWeek) -> Iterator[tuple[str, pa.Table, date, pa.Table]]:
    """Each chart's rows, and those of the collected week before that has the chart, and which it is."""
    for chart, songs in by_chart(week.tables["songs"]):
        for earlier in week.earlier:
            before = _of_chart(earlier, chart)
            if before.num_rows:
                yield chart, songs, earlier.week, before
                break


def _of_chart(earlier: EarlierWeek, chart: str) -> pa.Table:
    return earlier.songs.filter(pc.equal(earlier.songs.column("chart"), chart))


def _is_the_week_before(week: StoredWeek, earlier: date) -> bool:
    return earlier == week.week - ONE_WEEK


def _rows_by_chart(songs: pa.Table) -> dict[tuple[str, str], int]:
    """Rows by chart and source: a playlist of 50 isn't a CSV file of 200 that was cut."""
    counts = songs.group_by(["chart", "source"], use_threads=False).aggregate([([], "count_all")])
    return {(row["chart"], row["source"]): row["count_all"] for row in counts.to_pylist()}


def _compared(songs: pa.Table, *more: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = songs.select(["rank", "song_id", "song_key", *more]).to_pylist()
    return rows


def _ranks(songs: pa.Table) -> dict[str, int]:
    """The best rank of each song id and of each song key."""
    rows = sorted(_compared(songs), key=lambda row: -row["rank"])
    return {row[key]: row["rank"] for key in ("song_key", "song_id") for row in rows}


def _as_listed(songs: pa.Table) -> list[tuple[Any, ...]]:
    names = ["rank", "song_id", "streams"]
    return sorted(
        zip(*(songs.column(name).to_pylist() for name in names), strict=True),
        key=lambda row: (row[0], row[1]),
    )
