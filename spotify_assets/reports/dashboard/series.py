"""A chart's figures by week, as the page reads them: trends, genres, what two charts share.

The values are the views'; only genres that aren't among the largest are added up here. What has songs
in it is in `records`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, TypeAlias

from spotify_assets.reports.dashboard.queries import Answers

Lists: TypeAlias = dict[str, dict[str, list[Any]]]
"""By chart, lists of equal length by name."""
GENRES_SHOWN = 12
UNKNOWN = "unknown"
TREND_COLUMNS = (
    *("entries", "new", "turnover", "length", "length_known", "explicit", "explicit_known"),
    *("fresh", "fresh_known", "catalogue", "catalogue_known", "variety", "lead_known", "streams"),
)


def trends_of(answers: Answers, number_of: Mapping[date, int]) -> Lists:
    """Return, by chart, what `chart_weeks` says: a list for each column."""
    homes = {
        (chart, week): found for chart, home, week, *found in answers.recordings if chart == home
    }
    at_home: dict[tuple[str, date], tuple[int, float | None]] = {
        (chart, week): (known, share) for chart, week, known, share in answers.countries
    }
    trends: Lists = {}
    for slug, rows in groupby(answers.chart_weeks, key=lambda row: str(row[0])):
        _, weeks, *columns = zip(*rows, strict=True)
        named = {"week": [number_of[week] for week in weeks]}
        for name, column in zip(TREND_COLUMNS, columns, strict=True):
            named[name] = [_short(value) for value in column]
        if any(chart == slug for chart, _ in homes):
            found = [homes[slug, week] for week in weeks]
            named["home"] = [_short(share) for _, share in found]
            named["home_known"] = [known for known, _ in found]
            named["local"] = [_short(at_home.get((slug, week), (0, None))[1]) for week in weeks]
            named["local_known"] = [at_home.get((slug, week), (0, None))[0] for week in weeks]
        trends[slug] = named
    return trends


def abroad_of(answers: Answers, number_of: Mapping[date, int]) -> Lists:
    """Return, by chart with a country, the share of its recordings in the chart compared with."""
    rows = ((h, week, share) for chart, h, week, _, share in answers.recordings if chart != h)
    return _shares(rows, number_of)


def genres_of(answers: Answers, number_of: Mapping[date, int]) -> dict[str, dict[str, Any]]:
    """Return, by chart, the genres shown, and each week's share of each, of others and of unknown."""
    genres: dict[str, dict[str, Any]] = {}
    for slug, rows in groupby(answers.genres, key=lambda row: str(row[0])):
        places: Counter[str] = Counter()
        shares: dict[date, dict[str, float]] = defaultdict(dict)
        for _, week, genre, songs, share in rows:
            places[genre] += songs
            shares[week][genre] = share
        del places[UNKNOWN]
        ranked = sorted(places, key=lambda genre: (-places[genre], genre))
        shown, others = ranked[:GENRES_SHOWN], ranked[GENRES_SHOWN:]
        bands = [*([genre] for genre in shown), others, [UNKNOWN]]
        genres[slug] = {
            "names": shown,
            "week": [number_of[week] for week in sorted(shares)],
            "shares": [
                [_short(sum(shares[w].get(genre, 0.0) for genre in band)) for w in sorted(shares)]
                for band in bands
            ],
        }
    return genres


def labels_of(answers: Answers, number_of: Mapping[date, int]) -> dict[str, dict[str, Any]]:
    """Return, by chart with labels, their families, and each week's shares of places and of streams."""
    labels: dict[str, dict[str, Any]] = {}
    for slug, rows in groupby(answers.labels, key=lambda row: str(row[0])):
        shares = {(family, week): found for _, week, family, *found in rows}
        names = sorted({family for family, _ in shares})
        weeks = sorted({week for _, week in shares})
        if names == [UNKNOWN]:
            continue
        labels[slug] = {"names": names, "week": [number_of[week] for week in weeks]} | {
            column: [[_short(shares.get((n, w), (0.0, 0.0))[place]) for w in weeks] for n in names]
            for place, column in enumerate(("shares", "streams"))
        }
    return labels


def overlap_of(
    answers: Answers, slugs: Sequence[str], number_of: Mapping[date, int]
) -> dict[str, dict[str, Any]]:
    """Return, by chart, which one it is compared with, the weeks of both, and the share in each."""
    second = next((slug for slug in slugs if slug != answers.anchor), "")
    other_of = dict.fromkeys(slugs, answers.anchor) | {answers.anchor: second}
    rows = ((c, week, share) for c, week, other, share in answers.overlap if other == other_of[c])
    shares = _shares(rows, number_of)
    return {chart: {"with": slugs.index(other_of[chart]), **of} for chart, of in shares.items()}


def _shares(rows: Iterable[tuple[str, date, Any]], number_of: Mapping[date, int]) -> Lists:
    shares: Lists = {}
    for chart, week, share in rows:
        found = shares.setdefault(chart, {"week": [], "share": []})
        found["week"].append(number_of[week])
        found["share"].append(_short(share))
    return shares


def _short(value: Any) -> Any:
    """Rounded to four digits after the point, which is more than is drawn."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, 4)
