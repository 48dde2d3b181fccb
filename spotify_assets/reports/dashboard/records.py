"""The answers of the views as the page reads them: names once, and numbers by column.

Shapes only; what is shown of them, and how, is in the page's own files. Figures by week alone are in
`series`. A record per row instead of lists by column would make the file three times as large.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, namedtuple
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, TypeAlias

from spotify_assets.charts import Charts
from spotify_assets.reports import Row, day_label, moment_label, parsed, week_label
from spotify_assets.reports.dashboard.queries import Answers
from spotify_assets.reports.dashboard.series import (
    abroad_of,
    genres_of,
    labels_of,
    overlap_of,
    trends_of,
)
from spotify_assets.weeks import week_end, weeks_between
from spotify_assets.words import counted

SPOTIFY_LINK = re.compile(r"https://open\.spotify\.com/track/([A-Za-z0-9]+)(?:\?.*)?")
SPOTIFY_ID = re.compile(r"[A-Za-z0-9]{22}")
TOTALS_KEPT = 100  # of artists, albums and songs each, from the weeks whose rows are left out
REASONS_SHOWN = 3
IDS_AT_THE_END = re.compile(r": [A-Za-z0-9]{22}(, [A-Za-z0-9]{22})*( and \d+ more)?$")

Numbers: TypeAlias = defaultdict[Any, int]
"""Numbers for things in the order in which they come; what isn't there yet gets the next one."""

Track = namedtuple("Track", "song name artist_names url explicit credits album")
"""A song as it was named and linked in some weeks."""
Entry = namedtuple(
    "Entry", "chart week rank track previous peak weeks at_start streams figures_from move"
)
"""A row of `sql/history.sql`, with the number of its week and its track in one."""


def records_of(
    answers: Answers, charts: Charts, built: datetime, kept: int | None = None
) -> dict[str, Any]:
    """Return the page's data, with the rows of all weeks or of the `kept` latest ones.

    Weeks are counted from the first collected one, missed ones included.
    """
    weeks = collected_weeks(answers)
    number_of = {week: number for number, week in enumerate(weeks)}
    since = number_of[answers.since] if answers.since else 0
    first = max(since, len(weeks) - kept) if kept else since
    names = {chart.slug: chart.name for chart in charts.charts}
    found = {row[0] for row in answers.chart_weeks}
    slugs = [*(slug for slug in names if slug in found), *sorted(found - set(names))]
    entries = [_entry(row, number_of) for row in answers.history]
    shown: dict[str, list[Entry]] = {slug: [] for slug in slugs}
    left_out: dict[str, list[Entry]] = {slug: [] for slug in slugs}
    for entry in entries:
        (shown if entry.week >= first else left_out)[entry.chart].append(entry)
    left = [_entry(row, number_of) for row in answers.earlier_songs]
    longest = {
        slug: _longest([*(one for one in left if one.chart == slug), *of])
        for slug, of in left_out.items()
    }
    latest = {(entry.chart, entry.track.song): entry.track for entry in (*left, *entries)}
    years = [row for row in answers.years if first and row[1] <= week_end(weeks[first - 1]).year]
    named = {e.track for of in (*longest.values(), *shown.values()) for e in of}
    named |= {latest[row[0], row[4]] for row in years if (row[0], row[4]) in latest}
    tracks = _numbered(entry.track for entry in (*left, *entries) if entry.track in named)
    songs = _numbered(track.song for track in tracks)
    artists = _numbered(artist for track in tracks for artist in track.credits)
    albums = _numbered(track.album for track in tracks if track.album is not None)
    numbers = (tracks, artists, albums)
    before = _before(answers)
    earlier = {
        slug: _totals(of, before[slug], longest[slug], *numbers) for slug, of in left_out.items()
    }
    trends, genres = trends_of(answers, number_of), genres_of(answers, number_of)
    leading = _years(years, latest, *numbers)
    labels = labels_of(answers, number_of)
    overlap, abroad = overlap_of(answers, slugs, number_of), abroad_of(answers, number_of)
    artist_names: dict[str, str] = dict(answers.artists)
    album_rows = {row[0]: row[1:] for row in answers.albums}
    return {
        "built": moment_label(built),
        "sources": [source for (source,) in answers.sources],
        "weeks": [week.isoformat() for week in weeks],
        "ends": [day_label(week_end(week)) for week in weeks],
        "labels": [week_label(week) for week in weeks],
        "held": _held_back(answers, names, number_of),
        "artists": [
            [artist_names.get(artist, ""), artist if SPOTIFY_ID.fullmatch(artist) else None]
            for artist in artists
        ],
        "albums": [_album(*album_rows.get(album, (None, None, None))) for album in albums],
        "tracks": [_track(track, songs, artists, albums) for track in tracks],
        "from": first,
        "charts": [
            {
                "slug": slug,
                "name": names.get(slug, slug),
                "weeks": trends[slug]["week"],
                "rows": [
                    _week(week, list(of), tracks)
                    for week, of in groupby(shown[slug], key=lambda one: one.week)
                ],
                "trends": trends[slug],
                "genres": genres.get(slug),
                "labels": labels.get(slug),
                "shared": overlap.get(slug),
                "abroad": abroad.get(slug),
                "earlier": earlier[slug] if first else None,
                "years": leading[slug],
            }
            for slug in slugs
        ],
    }


def collected_weeks(answers: Answers) -> list[date]:
    """Return every week from the first to the last collected one."""
    collected = [row[1] for row in answers.chart_weeks]
    return weeks_between(min(collected), max(collected)) if collected else []


def _numbered(things: Iterable[Any]) -> Numbers:
    numbers: Numbers = defaultdict(lambda: len(numbers))
    numbers.update((thing, number) for number, thing in enumerate(dict.fromkeys(things)))
    return numbers


def _entry(row: Row, number_of: Mapping[date, int]) -> Entry:
    each_once = tuple(dict.fromkeys(parsed(row[8])))
    track = Track._make((*row[3:8], each_once, row[9]))
    return Entry(row[0], number_of[row[1]], row[2], track, *row[10:])


def _held_back(
    answers: Answers, names: Mapping[str, str], number_of: Mapping[date, int]
) -> list[list[Any]]:
    """Each week's chart that is held back: its days, its name, why, and whether another file is shown.

    Then its slug and its week's number, if it has one. Without a slug it is the whole week.
    """
    shown: set[tuple[str | None, date]] = {(row[0], row[1]) for row in answers.chart_weeks}
    shown |= {(None, week) for _, week in shown}
    held = []
    for (week, chart), rows in groupby(answers.held_back, key=lambda row: row[:2]):
        reasons: list[list[str | None]]
        reasons = [[_sentence(said), f"{table}.{check}"] for _, _, table, check, said in rows]
        if more := len(reasons[REASONS_SHOWN:]):
            reasons[REASONS_SHOWN:] = [[f"{counted(more, 'more finding')}.", None]]
        name, is_shown = names.get(chart, chart), (chart, week) in shown
        held.append([week_label(week), name, reasons, is_shown, chart, number_of.get(week)])
    return held


def _sentence(text: str) -> str:
    """With a capital and a full stop, without ids: they say nothing to a reader of charts."""
    says = IDS_AT_THE_END.sub("", text.strip())
    if "_" not in says.split(" ", 1)[0]:  # the name of a column stays as it is
        says = says[:1].upper() + says[1:]
    return says + ("" if says.endswith((".", "!", "?", "…")) else ".")


def _week(week: int, entries: Sequence[Entry], tracks: Numbers) -> dict[str, Any]:
    """A chart's week by columns; a column of which nothing is known is left out."""
    record: dict[str, Any] = {
        "w": week,
        "t": [tracks[entry.track] for entry in entries],
        "p": [entry.previous for entry in entries],
        "k": [entry.peak for entry in entries],
        "n": [entry.weeks for entry in entries],
        "m": "".join(entry.move or "-" for entry in entries),
    }
    ranks = [entry.rank for entry in entries]
    if ranks != list(range(1, len(ranks) + 1)):
        record["r"] = ranks
    if any(entry.streams is not None for entry in entries):
        record["s"] = [entry.streams for entry in entries]
    if any(entry.at_start for entry in entries):
        record["b"] = "".join("1" if entry.at_start else "0" for entry in entries)
    if any(entry.figures_from == "spotify" for entry in entries):
        record["c"] = 1
    return record


def _longest(entries: Iterable[Entry]) -> list[Entry]:
    """The songs that were longest on a chart, each as it was listed last."""
    latest = {entry.track.song: entry for entry in entries}
    ordered = sorted(latest.values(), key=lambda one: (one.weeks, one.week), reverse=True)
    return ordered[:TOTALS_KEPT]


def _before(answers: Answers) -> defaultdict[str, Counter[tuple[str, str]]]:
    """How many places artists and albums had in the weeks of which there are no rows, by chart.

    ("all", "") are all places.
    """
    places: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for chart, kind, key, count in answers.earlier:
        places[chart][kind, key] = count
    for chart, week, entries, *_ in answers.chart_weeks:
        if answers.since and week < answers.since:
            places[chart]["all", ""] += entries
    return places


def _totals(
    entries: Sequence[Entry], before: Counter[tuple[str, str]], longest: Sequence[Entry],
    tracks: Numbers, artists: Numbers, albums: Numbers,
) -> dict[str, Any]:  # fmt: skip
    """Places by artist, chart-weeks by album, and the longest-running songs; the largest of each."""
    places = Counter({key: count for (kind, key), count in before.items() if kind == "artist"})
    places.update(artist for entry in entries for artist in entry.track.credits)
    of_albums = Counter({key: count for (kind, key), count in before.items() if kind == "album"})
    of_albums.update(e.track.album for e in entries if e.track.album is not None)
    return {
        "places": len(entries) + before["all", ""],
        "artists": [[artists[a], count] for a, count in places.most_common(TOTALS_KEPT)],
        "albums": [[albums[a], count] for a, count in of_albums.most_common(TOTALS_KEPT)],
        "songs": [[tracks[e.track], e.weeks, e.week] for e in longest],
    }


def _years(
    rows: Iterable[Row], latest: Mapping[tuple[str, str], Track], tracks: Numbers, artists: Numbers,
    albums: Numbers,
) -> defaultdict[str, dict[int, dict[str, Any]]]:  # fmt: skip
    """The leaders of years that aren't wholly on the page, by chart, year and kind; numbers first."""
    numbers = {"artist": artists, "album": albums}
    years: defaultdict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for chart, year, measure, kind, key, *figures in rows:
        number = tracks[latest[chart, key]] if kind == "song" else numbers[kind][key]
        of_year = years[chart].setdefault(year, {"measure": measure})
        of_year.setdefault(f"{kind}s", []).append([number, *figures])
    return years


def _track(track: Track, songs: Numbers, artists: Numbers, albums: Numbers) -> list[Any]:
    link = SPOTIFY_LINK.fullmatch(track.url or "")
    return [
        songs[track.song],
        track.name,
        track.artist_names,
        link[1] if link else None,
        None if track.explicit is None else int(track.explicit),
        [artists[artist] for artist in track.credits],
        None if track.album is None else albums[track.album],
    ]


def _album(name: str | None, artist_names: str | None, kind: str | None) -> list[Any]:
    """Its name, its artists, and whether it is more than a single; null where that isn't known."""
    return [name, artist_names, None if kind is None else int(kind != "single")]
