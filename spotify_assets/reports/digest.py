"""The weekly digest: what a week brought in each expected chart, as text and as HTML.

A move counts only against the week before: where that wasn't collected, and Spotify reports nothing, no
song is called new, back or a climber. Moves are the dashboard's. Titles are foreign text: each stays on
one line, and is escaped in HTML. Where a digest is sent is decided in `defs`.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from spotify_assets.charts import Chart
from spotify_assets.raw.missing import why_missing
from spotify_assets.reports import Query, day_label, source, week_label
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK, week_end
from spotify_assets.words import counted, plain

SHOWN = 3  # of a kind
IN_FULL = 10  # charts; of more, only number one, so that a message stays small
LONGEST_NAME = 100  # characters
LONGEST_REASON = 200
SPOTIFY = "spotify"

# `sql/history.sql` of the dashboard, whose moves are letters: new, re-entry, up, down, same, first seen.
ENTRIES = """
SELECT chart, rank, song_name, artist_names, previous_rank, peak_rank, weeks_on_chart,
    on_chart_at_start, figures_from, move
FROM ({history}) AS history
WHERE week = DATE '{week}'
ORDER BY chart, rank
"""
CHARTS_OF = "SELECT DISTINCT chart FROM songs WHERE week = DATE '{week}'"
HELD_BACK = "SELECT chart FROM ({held_back}) AS held_back WHERE week = DATE '{week}'"


class Entry(NamedTuple):
    """A row of ENTRIES, without its chart."""

    rank: int
    title: str | None
    artists: str | None
    previous: int | None
    peak: int
    weeks: int
    is_since_start: bool
    figures_from: str
    move: str | None

    @property
    def song(self) -> str:
        """Its names on one line."""
        title, artists = (plain(name or "?", LONGEST_NAME) for name in (self.title, self.artists))
        return f"“{title}” by {artists}"


@dataclass(frozen=True)
class Part:
    """What there is to say of one chart: who leads, then lines below headings, or a remark."""

    chart: str
    number_one: str
    lists: Mapping[str, Sequence[str]]
    remark: str = ""


@dataclass(frozen=True)
class Digest:
    """A week's digest; `missing` has the charts that it lacks, each with the reason."""

    week: date
    parts: Sequence[Part]
    missing: Sequence[str]
    dashboard: str

    @property
    def subject(self) -> str:
        """One line that says what it is about."""
        return f"Spotify charts of the week to {day_label(week_end(self.week))}"


def digest_of(
    query: Query, storage: Storage, week: date, charts: Sequence[Chart], dashboard: str
) -> Digest:
    """Return the digest of a week for these charts; `dashboard` is where the dashboard is.

    Raises:
        UserError: the catalog can't be queried.
    """
    history = source("dashboard/sql/history.sql")
    rows: dict[str, list[Entry]] = {}
    for chart, *row in query(ENTRIES.format(history=history, week=week)).rows:
        rows.setdefault(chart, []).append(Entry(*row))
    before = {chart for (chart,) in query(CHARTS_OF.format(week=week - ONE_WEEK)).rows}
    holding = source("dashboard/sql/held_back.sql")
    held_back = {chart for (chart,) in query(HELD_BACK.format(held_back=holding, week=week)).rows}
    reasons = why_missing(storage, week)

    def why(slug: str) -> str:
        if held_back & {slug, None}:
            return "held back by the checks"
        return plain(reasons.get(slug, "not collected"), LONGEST_REASON)

    there = [chart for chart in charts if chart.slug in rows]
    return Digest(
        week,
        [
            _part(chart, rows[chart.slug], chart.slug in before, is_in_full=place < IN_FULL)
            for place, chart in enumerate(there)
        ],
        [f"{plain(chart.name)}: {why(chart.slug)}" for chart in charts if chart.slug not in rows],
        dashboard,
    )


def _part(
    chart: Chart, rows: Sequence[Entry], is_week_before_there: bool, *, is_in_full: bool
) -> Part:
    known = [row for row in rows if row.figures_from == SPOTIFY or is_week_before_there]
    name, number_one = plain(chart.name), _number_one(rows[0], is_move_known=rows[0] in known)
    if not is_in_full:
        return Part(name, number_one, {})
    if not any(row.move for row in known):
        return Part(name, number_one, {}, "What is new is not known: the week before is not there.")
    climbs = [(r.previous - r.rank, r) for r in known if r.previous and r.move == "u"]
    climbs.sort(key=lambda climb: (-climb[0], climb[1].rank))
    lists = {
        "Biggest climbers": [f"{r.song}: {r.previous} to {r.rank} (up {up})" for up, r in climbs],
        "Highest new entries": [f"{r.song}: in at {r.rank}" for r in known if r.move == "n"],
        "Comebacks": [f"{r.song}: back at {r.rank}, peak {r.peak}" for r in known if r.move == "r"],
    }
    return Part(name, number_one, {title: lines[:SHOWN] for title, lines in lists.items()})


def _number_one(first: Entry, *, is_move_known: bool) -> str:
    if first.rank != 1:
        return f"not there; the highest is {first.song} at {first.rank}"
    said = {"n": "new", "r": "back", "s": "as the week before", "u": f"up from {first.previous}"}
    notes = [said[first.move]] if is_move_known and first.move in said else []
    if first.weeks > 1:
        notes.append(f"{first.weeks}{'+' if first.is_since_start else ''} weeks on the chart")
    return f"{first.song} ({', '.join(notes)})" if notes else first.song


def as_text(digest: Digest) -> str:
    """Return the digest as plain text."""
    lines = [f"Spotify charts, {week_label(digest.week)}"]
    for part in digest.parts:
        lines += ["", part.chart, f"  Number one: {part.number_one}"]
        lines += [f"  {part.remark}"] if part.remark else []
        for title, entries in part.lists.items():
            lines += [f"  {title}:{'' if entries else ' none'}", *(f"    {e}" for e in entries)]
    if digest.missing:
        charts = counted(len(digest.missing), "chart")
        lines += ["", f"Missing, {charts}:", *(f"  {one}" for one in digest.missing)]
    return "\n".join([*lines, "", f"Dashboard: {digest.dashboard}", ""])


def as_html(digest: Digest) -> str:
    """Return the digest as HTML, for the body of a mail: no script, no style, no link."""

    def listed(items: Sequence[str]) -> str:
        return f"<ul>{''.join(f'<li>{html.escape(item)}</li>' for item in items)}</ul>"

    says = [f"<h2>Spotify charts, {html.escape(week_label(digest.week))}</h2>"]
    for part in digest.parts:
        says.append(f"<h3>{html.escape(part.chart)}</h3>")
        says.append(f"<p><b>Number one:</b> {html.escape(part.number_one)}</p>")
        says += [f"<p>{html.escape(part.remark)}</p>"] if part.remark else []
        for title, entries in part.lists.items():
            says.append(f"<p><b>{title}:</b>{'' if entries else ' none'}</p>")
            says += [listed(entries)] if entries else []
    if digest.missing:
        says.append(f"<h3>Missing</h3>{listed(digest.missing)}")
    return "".join([*says, f"<p>Dashboard: {html.escape(digest.dashboard)}</p>"])
