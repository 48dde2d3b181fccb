"""How the made-up songs do on two charts of 50, week after week.

The songs are made in `songs`, the charts become files in `files`.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from spotify_assets.demo.songs import WORDS, Pressing, Song, Studio, spotify_id
from spotify_assets.weeks import ONE_WEEK

CHARTS = ("norway", "global")
PLACES = 50
EARLIER_WEEKS = 60  # simulated but not returned, so that the first week's songs have a past
SINGLES_A_WEEK = {"norway": (3, 4), "global": (4, 6)}  # least and most, by its own artists
SURE_ENTRIES = 3  # of these, strong enough for the chart


@dataclass
class Past:
    """What a chart remembers of a song."""

    peak: int = PLACES
    weeks: int = 0
    rank: int = -1
    week: date = date.min


@dataclass(eq=False)
class Run:
    """How a song does: its best score per chart and the curve below it; about 0.45 is rank 50."""

    song: Song
    start: int
    best: dict[str, float]
    rise: int = 0
    drop: float = 0.0
    fade: float = 0.0
    christmas: bool = False
    mood: dict[str, float] = field(default_factory=dict)
    past: dict[str, Past] = field(default_factory=dict)

    def curve(self, index: int, week: date) -> float:
        """Return how far below its best the song is in a week, moods aside."""
        if self.christmas:
            days = (date(week.year, 12, 25) - week).days
            return -0.05 * max(0, days - 6) if days > 0 else -4.0
        age = index - self.start - self.rise
        if age < 0:
            return 0.25 * age
        return -self.drop * (1 - math.exp(-age / 2)) - self.fade * age


class Line(NamedTuple):
    """A line of a chart; `previous` is -1 for a song that wasn't there the week before."""

    song: Song
    rank: int
    score: float
    peak: int
    previous: int
    weeks: int


ChartWeek = dict[str, list[Line]]


def simulate(studio: Studio, first_week: date, weeks: int) -> dict[date, ChartWeek]:
    """Return the charts of so many weeks from the first, in order."""
    runs = [run for chart in CHARTS for run in _catalogue(studio, chart, first_week)]
    charted: dict[date, ChartWeek] = {}
    for index in range(-EARLIER_WEEKS, weeks):
        week = first_week + ONE_WEEK * index
        for chart in CHARTS:
            runs += _releases(studio, chart, week, index, max(0.0, index / weeks))
        runs = [r for r in runs if r.christmas or index < r.start + 5 or r.curve(index, week) > -4]
        charts = {chart: _ranked(studio.rng, chart, runs, index, week) for chart in CHARTS}
        if index >= 0:
            charted[week] = charts
    return charted


def _catalogue(studio: Studio, chart: str, first_week: date) -> list[Run]:
    rng = studio.rng
    runs: list[Run] = []
    evergreens = [*(1.0, 0.85, 0.7), *(rng.uniform(0.2, 0.8) for _ in range(12))]
    christmas = WORDS["christmas_titles"][chart]
    for name, level in [*(("", level) for level in evergreens), *((t, 0.0) for t in christmas)]:
        released = str(first_week - timedelta(days=int(1200 + rng.expovariate(1 / 3500))))
        released = released[: rng.choices((10, 7, 4), (80, 8, 12))[0]]
        artist = studio.artist(chart, first_week, 0.0)
        title = name or studio.title(artist)
        kind = rng.choices(("single", "album", "compilation"), (25, 65, 10))[0]
        album = studio.album((artist,), title, released, kind)
        song = studio.song(artist, released, 212, album, title, 1 if kind == "single" else 4)
        best = rng.uniform(0.5, 2.0) if name else level
        peak, charted = rng.randint(1, 30), rng.randint(20, 60 if name else 220)
        levels = {chart: best}
        if chart == "global" and rng.random() < 0.5:
            levels["norway"] = best - 0.1
        past = {of: Past(peak, charted) for of in levels}
        runs.append(Run(song, -EARLIER_WEEKS, levels, christmas=bool(name), past=past))
    return runs


def _releases(studio: Studio, chart: str, week: date, index: int, progress: float) -> list[Run]:
    rng = studio.rng
    length = 198 - 14 * progress
    runs: list[Run] = []
    album = None
    if rng.random() < 0.15:
        artist = studio.artist(chart, week, progress)
        album = studio.album((artist,), studio.title(artist), str(week), "album")
    album_songs = rng.randint(3, 6) if album else 0
    singles = rng.randint(*SINGLES_A_WEEK[chart]) - album_songs // 3
    for place in range(album_songs + singles):
        if album and place < album_songs:
            song = studio.song(album.artists[0], str(week), length, album, number=2 * place + 1)
            best, rise, drop, fade = 1.5 - 0.2 * place, 0, 0.8, 0.03 + 0.03 * place
        else:
            rise = rng.choices((0, rng.randint(1, 2), rng.randint(3, 9)), (40, 35, 25))[0]
            best = min(1.7, rng.gauss(0.45, 0.5) + 0.03 * rise)
            if place < album_songs + SURE_ENTRIES:
                best, rise = max(best, rng.uniform(0.6, 0.95)), min(rise, 1)
            drop, fade = rng.uniform(0.0, 0.4), 0.012 + rng.expovariate(45)
            released = str(week - timedelta(days=rng.choice((0, 0, 0, 1, 2)) + 9 * rise))
            artist = studio.artist(chart, week, progress)
            odd_titles = studio.odd_titles[chart] if best > 1.1 and index > 0 else []
            odd = odd_titles.pop(0) if odd_titles else ""
            song = studio.song(artist, released, length, name=odd)
        levels = {chart: best}
        if chart == "global" and rng.random() < 0.85:
            levels["norway"] = min(1.1, best + rng.gauss(0.0, 0.3))
        runs.append(Run(song, index, levels, rise, drop, fade))
    return runs


def _ranked(rng: random.Random, chart: str, runs: list[Run], index: int, week: date) -> list[Line]:
    scored: list[tuple[float, int]] = []
    for number, run in enumerate(runs):
        if chart in run.best:
            run.mood[chart] = 0.85 * run.mood.get(chart, 0.0) + rng.gauss(0.0, 0.05)
            score = run.best[chart] + run.mood[chart] + run.curve(index, week)
            scored.append((-score, number))
    lines = []
    for rank, (negative, number) in enumerate(sorted(scored)[:PLACES], start=1):
        run = runs[number]
        past = run.past.setdefault(chart, Past())
        previous = past.rank if past.week == week - ONE_WEEK else -1
        past.peak = min(past.peak, rank) if past.weeks else rank
        past.weeks, past.rank, past.week = past.weeks + 1, rank, week
        lines.append(Line(run.song, rank, -negative, past.peak, previous, past.weeks))
    return lines


def move_singles_to_albums(studio: Studio, charted: dict[date, ChartWeek]) -> None:
    """Give the longest-running new single of each chart a second id, halfway through its run."""
    for chart in CHARTS:
        seen: dict[Song, list[date]] = {}
        for week, charts in charted.items():
            for line in charts[chart]:
                if line.weeks <= len(seen.get(line.song, ())) + 1:
                    seen.setdefault(line.song, []).append(week)
        singles = [s for s in seen if len(s.pressings) == 1 and s.pressings[0].album.tracks == 1]
        song = max(singles, key=lambda s: len(seen[s]), default=None)
        if song is None or len(seen[song]) < 8:
            continue
        week = seen[song][len(seen[song]) // 2]
        title = studio.title(song.artists[0])
        album = studio.album(song.artists[:1], title, str(week), "album")
        song.pressings.append(Pressing(week, spotify_id(studio.rng), album, 3))


def popularity_of(rng: random.Random, charts: ChartWeek) -> dict[Song, int]:
    """Return Spotify's 0 to 100, the same in every chart; it lags, so now and then it is 0."""
    popularity: dict[Song, int] = {}
    for lines in charts.values():
        for line in lines:
            unknown = rng.random() < (0.15 if line.weeks == 1 else 0.004)
            home = 68 if line.song.artists[0].genre.chart == "global" else 52
            value = 0 if unknown else min(99, round(home + 12 * line.score + rng.gauss(0, 2)))
            popularity.setdefault(line.song, value)
    return popularity
