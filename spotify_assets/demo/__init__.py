"""Made-up chart data to try the project with: what a newcomer's inbox is filled with.

Songs, charts and files are each made in the module of that name; nothing in any of them is real.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from spotify_assets.demo.charts import move_singles_to_albums, popularity_of, simulate
from spotify_assets.demo.files import chart_csv, playlist_json
from spotify_assets.demo.songs import Studio
from spotify_assets.weeks import ONE_WEEK, week_end


class SampleFile(NamedTuple):
    """A made-up raw file: its chart week, its path relative to the inbox, and its bytes."""

    week: date
    name: str
    content: bytes


def sample_files(last_week: date, weeks: int = 104, seed: int = 2026) -> Iterator[SampleFile]:
    """Yield made-up raw files of the `weeks` weeks up to `last_week`, in order: playlists and a CSV.

    The same arguments result in the same bytes.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret
    studio = Studio(rng)
    charted = simulate(studio, last_week - ONE_WEEK * (weeks - 1), weeks)
    move_singles_to_albums(studio, charted)
    for number, (week, charts) in enumerate(charted.items()):
        popularity = popularity_of(rng, charts)
        for chart, lines in charts.items():
            content = playlist_json(rng, chart, week, lines, popularity, growth=1.003**number)
            yield SampleFile(week, f"week={week}/{chart}.playlist.json", content)
        name = f"regional-global-weekly-{week_end(week)}.csv"
        yield SampleFile(week, name, chart_csv(week, charts["global"]))
