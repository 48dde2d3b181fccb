"""What the views answered, as the page reads it: names once, and numbers by column.

Shapes only; what is shown of them, and how, is in the page's own files. Figures by week alone, without
songs, are in `series`. Lists are used for columns
because a record per row would make the file three times as large.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from spotify_assets.charts import Charts
from spotify_assets.reports.dashboard.dates import day_label, moment_label, week_label
from spotify_assets.reports.dashboard.findings import told
from spotify_assets.reports.dashboard.queries import Answers, Row
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


@dataclass(frozen=True)
class HeldBack:
    """A week that is stored but not published as it is, what was found, and which charts it holds.

    Where it isn't known which, it is taken to hold every chart.
    """

    week: date
    reasons: tuple[str, ...]
    charts: frozenset[str] = frozenset()


class Numbers:
    """Numbers for things as they are met: 0 for the first, the same for the same."""

    def __init__(self) -> None:
        self.of: dict[Any, int] = {}

    def number(self, thing: Any) -> int:
        """The thing's number."""
        return self.of.setdefault(thing, len(self.of))


def records_of(
    answers: Answers, charts: Charts, built: datetime, held_back: Sequence[HeldBack] = ()
) -> dict[str, Any]:
    """The page's data. Weeks are counted from the first collected one, missed ones included."""
    weeks = _weeks(answers)
    number_of = {week: number for number, week in enumerate(weeks)}
    found = {row[0] for row in answers.chart_weeks}
    declared = [chart.slug for chart in charts.charts if chart.slug in found]
    slugs = [*declared, *sorted(found - set(declared))]
    songs, artists, albums, tracks = Numbers(), Numbers(), Numbers(), Numbers()
    rows = {
        slug: _history(list(of_chart), number_of, tracks, songs)
        for slug, of_chart in groupby(answers.history, key=lambda row: str(row[0]))
    }
    listed = [_track(track, artists, albums) for track in tracks.of]
    names = {row[0]: row[1] for row in answers.artists}
    album_rows = {row[0]: row[1:] for row in answers.albums}
    trends, genres = trends_of(answers, number_of), genres_of(answers, number_of)
    overlap, abroad = overlap_of(answers, slugs, number_of), abroad_of(answers, number_of)
    held = sorted(held_back, key=lambda one: one.week)
    shown = {(str(row[0]), row[1]) for row in answers.chart_weeks}
    return {
        "built": moment_label(built),
        "weeks": [week.isoformat() for week in weeks],
        "ends": [day_label(week_end(week)) for week in weeks],
        "labels": [week_label(week) for week in weeks],
        "held": [_held(one, number_of, {week for _, week in shown}) for one in held],
        "artists": [[names.get(artist, ""), _spotify_id(artist)] for artist in artists.of],
        "albums": [_album(album_rows.get(album)) for album in albums.of],
        "tracks": listed,
        "from": 0,
        "charts": [
            {
                "slug": slug,
                "name": _name(charts, slug),
                "weeks": trends[slug]["week"],
                "held": [
                    number_of[one.week]
                    for one in held
                    if one.week in number_of
                    and (slug, one.week) not in shown
                    and (slug in one.charts or not one.charts)
                ],
                "rows": rows.get(slug, []),
                "trends": trends[slug],
                "genres": genres.get(slug),
                "shared": overlap.get(slug),
                "abroad": abroad.get(slug),
                "earlier": None,
            }
            for slug in slugs
        ],
    }


def _weeks(answers: Answers) -> list[date]:
    collected = [row[1] for row in answers.chart_weeks]
    return weeks_between(min(collected), max(collected)) if collected else []


def _held(one: HeldBack, number_of: Mapping[date, int], shown: Collection[date]) -> list[Any]:
    """Its days, why it is held back, and the week's number where an older state of it is shown."""
    return [
        week_label(one.week),
        told(one.reasons),
        number_of[one.week] if one.week in shown else None,
    ]


def _name(charts: Charts, slug: str) -> str:
    declared = charts.by_slug(slug)
    return declared.name if declared else slug


def _history(
    rows: Sequence[Row], number_of: Mapping[date, int], tracks: Numbers, songs: Numbers
) -> list[dict[str, Any]]:
    """A chart's weeks, each with its columns; a column of which nothing is known is left out."""
    weeks = []
    for week, of_week in groupby(rows, key=lambda row: row[1]):
        entries = list(of_week)
        columns = list(zip(*entries, strict=True))
        ranks, streams, since = columns[2], columns[14], columns[13]
        record: dict[str, Any] = {
            "w": number_of[week],
            "t": [
                tracks.number((songs.number(e[3]), *e[4:8], _credits(e[8]), e[9])) for e in entries
            ],
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


def _credits(answer: str | Sequence[str] | None) -> tuple[str, ...]:
    """The credited artists, each once; DuckDB answers JSON as a text, Athena's comes as a list."""
    return tuple(dict.fromkeys(json.loads(answer) if isinstance(answer, str) else answer or ()))


def _track(track: tuple[Any, ...], artists: Numbers, albums: Numbers) -> list[Any]:
    song, name, artist_names, url, explicit, credited, album = track
    link = SPOTIFY_LINK.fullmatch(url or "")
    return [
        song,
        name,
        artist_names,
        link[1] if link else None,
        None if explicit is None else int(explicit),
        [artists.number(artist) for artist in credited],
        None if album is None else albums.number(album),
    ]


def _spotify_id(artist: str) -> str | None:
    return artist if SPOTIFY_ID.fullmatch(artist) else None


def _album(row: Sequence[Any] | None) -> list[Any]:
    """Its name, its artists, and whether it is more than a single; null where that isn't known."""
    name, artist_names, kind = row or (None, None, None)
    return [name, artist_names, None if kind is None else int(kind != "single")]
