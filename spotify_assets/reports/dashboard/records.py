"""The answers of the views as the page reads them: names once, and numbers by column.

Shapes only; what is shown of them, and how, is in the page's own files. Figures by week alone, without
songs, are in `series`. Lists are used for columns because a record per row would make the file three
times as large.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from spotify_assets.charts import Charts
from spotify_assets.reports import Row, day_label, moment_label, week_label
from spotify_assets.reports.dashboard.queries import Answers
from spotify_assets.reports.dashboard.series import abroad_of, genres_of, overlap_of, trends_of
from spotify_assets.weeks import week_end, weeks_between

MOVES = {
    "new": "n",
    "re-entry": "r",
    "up": "u",
    "down": "d",
    "same": "s",
    "first seen": "f",
    None: "-",
}
SPOTIFY_LINK = re.compile(r"https://open\.spotify\.com/track/([A-Za-z0-9]+)(?:\?.*)?")
SPOTIFY_ID = re.compile(r"[A-Za-z0-9]{22}")
TOTALS_KEPT = 100  # of artists, albums and songs each, from the weeks whose rows are left out
REASONS_SHOWN = 3
IDS_AT_THE_END = re.compile(r": [A-Za-z0-9]{22}(, [A-Za-z0-9]{22})*( and \d+ more)?$")


class Numbers:
    """Numbers for things in the order in which they come: the same for the same."""

    def __init__(self, things: Iterable[Any] = ()) -> None:
        self.of: dict[Any, int] = {}
        for thing in things:
            self.number(thing)

    def number(self, thing: Any) -> int:
        """Return the thing's number."""
        return self.of.setdefault(thing, len(self.of))


class Track(NamedTuple):
    """A song as it was named and linked in some weeks."""

    song: str
    name: str | None
    artist_names: str | None
    url: str | None
    explicit: bool | None
    credits: tuple[str, ...]
    album: str | None


class Entry(NamedTuple):
    """A row of a chart: its week's number, its track, and the row itself."""

    week: int
    track: Track
    row: Row


def records_of(
    answers: Answers, charts: Charts, built: datetime, kept: int | None = None
) -> dict[str, Any]:
    """Return the page's data, with the rows of all weeks or of the `kept` latest ones.

    Weeks are counted from the first collected one, missed ones included.
    """
    weeks = collected_weeks(answers)
    number_of = {week: number for number, week in enumerate(weeks)}
    first = max(0, len(weeks) - kept) if kept else 0
    found = {row[0] for row in answers.chart_weeks}
    declared = [chart.slug for chart in charts.charts if chart.slug in found]
    slugs = [*declared, *sorted(found - set(declared))]
    entries = [_entry(row, number_of) for row in answers.history]
    by_chart = {slug: list(of) for slug, of in groupby(entries, key=lambda one: str(one.row[0]))}
    longest = {slug: _longest([e for e in of if e.week < first]) for slug, of in by_chart.items()}
    named = {e.track for e in entries if e.week >= first}
    named.update(e.track for of in longest.values() for e in of)
    tracks = Numbers(entry.track for entry in entries if entry.track in named)
    songs = Numbers(entry.track.song for entry in entries)
    artists = Numbers(artist for track in tracks.of for artist in track.credits)
    albums = Numbers(track.album for track in tracks.of if track.album is not None)
    earlier = {
        slug: _totals([e for e in of if e.week < first], longest[slug], tracks, artists, albums)
        for slug, of in by_chart.items()
    }
    trends, genres = trends_of(answers, number_of), genres_of(answers, number_of)
    overlap, abroad = overlap_of(answers, slugs, number_of), abroad_of(answers, number_of)
    artist_names = {row[0]: row[1] for row in answers.artists}
    album_rows = {row[0]: row[1:] for row in answers.albums}
    return {
        "built": moment_label(built),
        "weeks": [week.isoformat() for week in weeks],
        "ends": [day_label(week_end(week)) for week in weeks],
        "labels": [week_label(week) for week in weeks],
        "held": _held_back(answers, charts),
        "artists": [[artist_names.get(artist, ""), _spotify_id(artist)] for artist in artists.of],
        "albums": [_album(album_rows.get(album)) for album in albums.of],
        "tracks": [_track(track, songs, artists, albums) for track in tracks.of],
        "from": first,
        "charts": [
            {
                "slug": slug,
                "name": _name(charts, slug),
                "weeks": trends[slug]["week"],
                **_weeks_held_back(slug, answers, number_of, trends[slug]["week"]),
                "rows": _weeks([e for e in by_chart.get(slug, ()) if e.week >= first], tracks),
                "trends": trends[slug],
                "genres": genres.get(slug),
                "shared": overlap.get(slug),
                "abroad": abroad.get(slug),
                "earlier": earlier.get(slug) if first else None,
            }
            for slug in slugs
        ],
    }


def collected_weeks(answers: Answers) -> list[date]:
    """Return every week from the first to the last collected one."""
    collected = [row[1] for row in answers.chart_weeks]
    return weeks_between(min(collected), max(collected)) if collected else []


def _name(charts: Charts, slug: str) -> str:
    declared = charts.by_slug(slug)
    return declared.name if declared else slug


def _held_back(answers: Answers, charts: Charts) -> list[list[Any]]:
    """Each week's chart that is held back: its days, its name, why, and whether an older state is shown.

    Without a name it is the whole week.
    """
    shown: set[tuple[str | None, date]] = {(row[0], row[1]) for row in answers.chart_weeks}
    shown |= {(None, week) for _, week in shown}
    return [
        [
            week_label(week),
            None if chart is None else _name(charts, chart),
            _reasons([(row[4], f"{row[2]}.{row[3]}") for row in rows]),
            (chart, week) in shown,
        ]
        for (week, chart), rows in groupby(answers.held_back, key=lambda row: row[:2])
    ]


def _weeks_held_back(
    slug: str, answers: Answers, number_of: Mapping[date, int], shown: Collection[int]
) -> dict[str, list[int]]:
    """The weeks in which a chart is held back: those not shown, and those shown in an older state."""
    weeks = {row[0] for row in answers.held_back if row[1] in (None, slug)}
    numbers = sorted(number_of[week] for week in weeks if week in number_of)
    return {
        "held": [number for number in numbers if number not in shown],
        "older": [number for number in numbers if number in shown],
    }


def _reasons(findings: Sequence[tuple[str, str]]) -> list[list[str | None]]:
    """The first findings, each as a sentence and its check; and how many more there are."""
    reasons: list[list[str | None]] = [
        [_sentence(finding), check] for finding, check in findings[:REASONS_SHOWN]
    ]
    if more := len(findings) - len(reasons):
        reasons.append([f"{more} more finding{'' if more == 1 else 's'}.", None])
    return reasons


def _sentence(text: str) -> str:
    """With a capital and a full stop, without ids: they say nothing to a reader of charts."""
    says = IDS_AT_THE_END.sub("", text.strip())
    if "_" not in says.split(" ", 1)[0]:  # the name of a column stays as it is
        says = says[:1].upper() + says[1:]
    return says + ("" if says.endswith((".", "!", "?", "…")) else ".")


def _entry(row: Row, number_of: Mapping[date, int]) -> Entry:
    return Entry(number_of[row[1]], Track._make((*row[3:8], _credits(row[8]), row[9])), row)


def _credits(answer: str | Sequence[str] | None) -> tuple[str, ...]:
    """The credited artists, each once; JSON comes from DuckDB as a text, from Athena as a list."""
    return tuple(dict.fromkeys(json.loads(answer) if isinstance(answer, str) else answer or ()))


def _weeks(entries: Sequence[Entry], tracks: Numbers) -> list[dict[str, Any]]:
    """A chart's weeks, each with its columns; a column of which nothing is known is left out."""
    weeks = []
    for week, of_week in groupby(entries, key=lambda one: one.week):
        found = list(of_week)
        columns = list(zip(*(entry.row for entry in found), strict=True))
        ranks, streams, since = columns[2], columns[14], columns[13]
        record: dict[str, Any] = {
            "w": week,
            "t": [tracks.number(entry.track) for entry in found],
            "p": list(columns[10]),
            "k": list(columns[11]),
            "n": list(columns[12]),
            "m": "".join(MOVES[move] for move in columns[16]),
        }
        if ranks != tuple(range(1, len(ranks) + 1)):
            record["r"] = list(ranks)
        if any(value is not None for value in streams):
            record["s"] = list(streams)
        if any(since):
            record["b"] = "".join("1" if value else "0" for value in since)
        if "spotify" in columns[15]:
            record["c"] = 1
        weeks.append(record)
    return weeks


def _longest(entries: Iterable[Entry]) -> list[Entry]:
    """The songs that were longest on a chart, each as it was listed last."""
    latest = {entry.track.song: entry for entry in entries}
    ordered = sorted(latest.values(), key=lambda one: (one.row[12], one.week), reverse=True)
    return ordered[:TOTALS_KEPT]


def _totals(
    entries: Sequence[Entry], longest: Sequence[Entry], tracks: Numbers, artists: Numbers,
    albums: Numbers,
) -> dict[str, Any]:  # fmt: skip
    """Places by artist, chart-weeks by album, and the longest-running songs; the largest of each."""
    places = Counter(artist for entry in entries for artist in entry.track.credits)
    of_albums = Counter(e.track.album for e in entries if e.track.album is not None)
    return {
        "places": len(entries),
        "weeks": len({entry.week for entry in entries}),
        "artists": [[artists.number(a), count] for a, count in places.most_common(TOTALS_KEPT)],
        "albums": [[albums.number(a), count] for a, count in of_albums.most_common(TOTALS_KEPT)],
        "songs": [[tracks.number(e.track), e.row[12], e.week] for e in longest],
    }


def _track(track: Track, songs: Numbers, artists: Numbers, albums: Numbers) -> list[Any]:
    link = SPOTIFY_LINK.fullmatch(track.url or "")
    return [
        songs.number(track.song),
        track.name,
        track.artist_names,
        link[1] if link else None,
        None if track.explicit is None else int(track.explicit),
        [artists.number(artist) for artist in track.credits],
        None if track.album is None else albums.number(track.album),
    ]


def _spotify_id(artist: str) -> str | None:
    return artist if SPOTIFY_ID.fullmatch(artist) else None


def _album(row: Sequence[Any] | None) -> list[Any]:
    """Its name, its artists, and whether it is more than a single; null where that isn't known."""
    name, artist_names, kind = row or (None, None, None)
    return [name, artist_names, None if kind is None else int(kind != "single")]
