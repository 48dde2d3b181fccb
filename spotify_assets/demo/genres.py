"""The genres of the made-up artists: who makes them, and how they do over the years and seasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Genre:
    """A genre: its home chart, its artists, and its share of new songs from first to last week."""

    name: str
    wider: str
    chart: str
    names: str
    artists: int
    share: tuple[float, float]
    summer: float
    explicit: float
    recorded_in: str


GENRES = (
    Genre("norwegian pop", "scandipop", "norway", "norwegian", 24, (5.0, 3.6), 0.0, 0.08, "NO"),
    Genre("norwegian hip hop", "rap", "norway", "norwegian", 14, (2.2, 2.6), 0.5, 0.55, "NO"),
    Genre("norwegian indie", "indie pop", "norway", "norwegian", 9, (0.9, 1.7), 0.0, 0.1, "NO"),
    Genre("russelåter", "edm", "norway", "norwegian", 6, (0.7, 0.5), 1.2, 0.4, "NO"),
    Genre("visesang", "folk", "norway", "norwegian", 5, (0.4, 0.9), 0.0, 0.0, "NO"),
    Genre("pop", "dance pop", "global", "band", 22, (3.4, 2.8), 0.2, 0.2, "US"),
    Genre("hip hop", "rap", "global", "solo", 18, (3.2, 1.8), 0.0, 0.75, "US"),
    Genre("dance pop", "edm", "global", "band", 10, (1.1, 1.0), 0.9, 0.08, "GB"),
    Genre("k-pop", "pop", "global", "k-pop", 7, (0.8, 1.3), 0.0, 0.0, "KR"),
    Genre("reggaeton", "urbano latino", "global", "latin", 10, (1.2, 1.4), 0.8, 0.4, "ES"),
    Genre("afrobeats", "afropop", "global", "afro", 6, (0.4, 1.1), 0.3, 0.15, "NG"),
    Genre("country", "country pop", "global", "solo", 8, (0.5, 1.4), 0.3, 0.1, "US"),
    Genre("indie pop", "bedroom pop", "global", "band", 9, (0.8, 1.2), 0.0, 0.15, "GB"),
)
