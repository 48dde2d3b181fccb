"""How many requests Spotify gets: `python -m benchmarks.spotify_requests`.

A week of 73 charts, and the first enrichment of two years of chart files, each for an app with extended
quota and for one in development mode, against the tests' Spotify, without waiting. What the figures
mean is in the README beside this.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from spotify_assets.charts import Chart, Charts
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.details import Details
from spotify_assets.settings import load_settings
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.spotify.charts import fetch_charts
from spotify_assets.spotify.client import SpotifyClient
from spotify_assets.spotify.details import PER_SECOND, look_up
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.lacking import lacking_details
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, serving

WEEK = date(2026, 11, 13)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEEKS = 104
NEW_A_WEEK = 20  # of 200 songs
MODES = {True: "extended quota", False: "development mode"}


def main() -> None:
    """Count and report."""
    for extended in MODES:
        _report("73 charts of 50 songs, one week", extended, a_week(73, extended))
    for extended in MODES:
        of_two_years = two_years(extended)
        _report("2 charts of 200 songs, first two years of CSV files", extended, of_two_years)


def a_week(number: int, extended: bool) -> list[str]:
    """The requests for so many charts of one week, and for what their songs lack."""
    charts = Charts(
        tuple(
            Chart(f"chart-{n}", f"Chart {n}", playlist_id=f"MadeUp{n:016}") for n in range(number)
        ),
        "made up",
    )
    with _connected(extended) as (spotify, client, storage):
        for n, chart in enumerate(charts.charts):
            songs = [f"{n if place > 10 else 0} {place} x" for place in range(50)]
            bands = [f"Band of {song}" for song in songs]
            refreshed = raw_samples.added_at(WEEK)
            spotify.add_chart(chart.playlist_id, songs, refreshed, bands, is_own=True)
        live = fetch_charts(client, storage, charts.charts, charts, WEEK)
        for snapshot in live.fetched:
            storage.write(snapshot.name.archive_key, snapshot.content)
        assert len(live.fetched) == number
        _enrich(client, storage, charts)
        return _asked(spotify)


def two_years(extended: bool) -> list[str]:
    """The requests for what 104 weeks of two charts' CSV files lack."""
    with _connected(extended) as (spotify, client, storage):
        charts = load_settings({}).charts
        for number in range(WEEKS):
            week = WEEK - ONE_WEEK * number
            for chart in charts.charts:
                first = number * NEW_A_WEEK
                songs = [f"{chart.slug} {place} x" for place in range(first, first + 200)]
                for place, song in enumerate(songs, start=first):
                    artist = f"{chart.slug} band {place % 400} x"
                    spotify.add_track(raw_samples.track(song, artists=[artist]))
                key = f"raw/processed/week={week}/{chart.slug}.chart.csv"
                storage.write(key, raw_samples.chart_csv(songs))
        _enrich(client, storage, charts)
        return _asked(spotify)


@contextmanager
def _connected(extended: bool) -> Iterator[tuple[FakeSpotify, SpotifyClient, FolderStorage]]:
    with (
        tempfile.TemporaryDirectory(prefix="spotify-assets-benchmark-") as folder,
        serving(FakeSpotify(extended=extended)) as spotify,
    ):
        account = load_settings(spotify.environment).spotify
        access = SpotifyAccess(account, lambda: NOW, sleep=lambda _: None)
        yield spotify, access.client, FolderStorage(Path(folder))


def _enrich(client: SpotifyClient, storage: FolderStorage, charts: Charts) -> None:
    files = [(name, file.key) for name, file in archived_files(storage, None)]
    known = Details()
    outcome = look_up(
        client,
        storage,
        known,
        lambda: lacking_details(storage, files, charts, known),
        lambda _: None,
    )
    assert not outcome.interrupted


def _asked(spotify: FakeSpotify) -> list[str]:
    """Every request, with all that tells it from others."""
    return [f"{a.path} {sorted(a.query.items())}" for a in spotify.asked]


def _report(what: str, extended: bool, asked: list[str]) -> None:
    kinds = Counter(request.split("/")[2].split(" ")[0] for request in asked)
    again = sum(count - 1 for count in Counter(asked).values())
    details = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    shortest = timedelta(seconds=round(len(asked) / PER_SECOND)) if not extended else None
    pace = f"; at {PER_SECOND:g} a second at least {shortest}" if shortest else ""
    sys.stdout.write(
        f"{what}, {MODES[extended]}: {len(asked):,} requests ({details}), made twice: {again}{pace}\n"
    )


if __name__ == "__main__":
    main()
