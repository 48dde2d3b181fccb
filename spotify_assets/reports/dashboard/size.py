"""How large the page may get, and what is left out of it beyond that: the oldest weeks' rows.

Trends, genres and what the page compares go on over all weeks. Of the rows left out, the totals that
"all weeks" needs are kept.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from spotify_assets.reports.dashboard.document import document

MOST_BYTES = 5_900_000
MOST_ROWS = 150_000
WEEKS_KEPT = 104
TOTALS_KEPT = 100  # of artists, albums and songs each


def fitting_document(records: dict[str, Any]) -> bytes:
    """The page; above the limits, with the rows of as many of the latest weeks as fit."""
    rows = sum(len(week["t"]) for chart in records["charts"] for week in chart["rows"])
    kept = len(records["weeks"])
    if rows > MOST_ROWS and kept > WEEKS_KEPT:
        kept = WEEKS_KEPT
    while True:
        page = document(latest_rows(records, kept))
        if len(page) <= MOST_BYTES or kept <= 1:
            return page
        kept = max(1, min(kept - 1, int(kept * 0.97 * MOST_BYTES / len(page))))


def latest_rows(records: dict[str, Any], kept: int) -> dict[str, Any]:
    """The records with the rows of this many latest weeks, and with the names that those need."""
    first = len(records["weeks"]) - kept
    if first <= 0:
        return records
    tracks = records["tracks"]
    charts = [
        {
            **chart,
            "rows": [week for week in chart["rows"] if week["w"] >= first],
            "earlier": _totals([week for week in chart["rows"] if week["w"] < first], tracks),
        }
        for chart in records["charts"]
    ]
    return _renumbered({**records, "charts": charts, "from": first})


def _totals(weeks: list[dict[str, Any]], tracks: list[list[Any]]) -> dict[str, Any]:
    """Places by artist, chart-weeks by album, and each song as it last stood; the largest of each."""
    artists: Counter[int] = Counter()
    albums: Counter[int] = Counter()
    songs: dict[int, tuple[int, int, int]] = {}
    for week in weeks:
        for place, number in enumerate(week["t"]):
            song, *_, credited, album = tracks[number]
            artists.update(credited)
            if album is not None:
                albums[album] += 1
            songs[song] = (week["n"][place], number, week["w"])
    longest = sorted(songs.values(), reverse=True)[:TOTALS_KEPT]
    return {
        "places": sum(len(week["t"]) for week in weeks),
        "weeks": len(weeks),
        "artists": artists.most_common(TOTALS_KEPT),
        "albums": albums.most_common(TOTALS_KEPT),
        "songs": [[track, count, week] for count, track, week in longest],
    }


def _renumbered(records: dict[str, Any]) -> dict[str, Any]:
    """The same with only the tracks, artists and albums that are still named, in their order."""
    charts = records["charts"]
    earlier = [chart["earlier"] for chart in charts]
    named = {number for chart in charts for week in chart["rows"] for number in week["t"]}
    named |= {song[0] for totals in earlier for song in totals["songs"]}
    tracks = _new_numbers(named)
    kept = [records["tracks"][number] for number in tracks]
    artists = _new_numbers(
        {number for track in kept for number in track[5]}
        | {number for totals in earlier for number, _ in totals["artists"]}
    )
    albums = _new_numbers(
        {track[6] for track in kept if track[6] is not None}
        | {number for totals in earlier for number, _ in totals["albums"]}
    )
    return {
        **records,
        "tracks": [
            [*t[:5], [artists[a] for a in t[5]], None if t[6] is None else albums[t[6]]]
            for t in kept
        ],
        "artists": [records["artists"][number] for number in artists],
        "albums": [records["albums"][number] for number in albums],
        "charts": [_chart_renumbered(chart, tracks, artists, albums) for chart in charts],
    }


def _chart_renumbered(
    chart: dict[str, Any], tracks: dict[int, int], artists: dict[int, int], albums: dict[int, int]
) -> dict[str, Any]:
    totals = chart["earlier"]
    return {
        **chart,
        "rows": [{**week, "t": [tracks[number] for number in week["t"]]} for week in chart["rows"]],
        "earlier": {
            **totals,
            "artists": [[artists[number], count] for number, count in totals["artists"]],
            "albums": [[albums[number], count] for number, count in totals["albums"]],
            "songs": [[tracks[number], *rest] for number, *rest in totals["songs"]],
        },
    }


def _new_numbers(kept: set[int]) -> dict[int, int]:
    return {number: place for place, number in enumerate(sorted(kept))}
