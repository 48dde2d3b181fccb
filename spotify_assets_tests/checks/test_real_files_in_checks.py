"""Real weeks pass the checks: no false alarm that would hold a chart back, and few warnings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from spotify_assets.charts import Chart, Charts, declaration, read_charts, shipped_charts_file
from spotify_assets.checks.making import make_weeks
from spotify_assets.layout import RawName
from spotify_assets.raw.chart_csv import read_chart_csv
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.tables.names import split_artists
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.good_data import CHARTS, archive, base_in
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data

GLOBAL, LEGACY = "charts_weekly/global/*.csv", "charts_weekly_legacy/no/*.csv"
DAILY_GLOBAL = "37i9dQZEVXbMDoHDwVN2tF"
HOLES = ("WARN", "songs.ranks_without_holes")


def real_files(*patterns: str, charts: Charts = CHARTS) -> dict[RawName, bytes]:
    """Return the real files of these patterns, by what they are."""
    found = {}
    for path in sorted(path for pattern in patterns for path in REAL_DATA.glob(pattern)):
        content, name = path.read_bytes(), path.relative_to(REAL_DATA).as_posix()
        for one in recognise(name, content, charts, FIRST_DOWNLOADABLE_WEEK, NOW):
            found[one] = content
    return dict(sorted(found.items()))


def failing(
    folder: Path, files: dict[RawName, bytes], charts: Charts = CHARTS
) -> tuple[int, Counter[tuple[str, str]]]:
    """Make the weeks of these files; return how many, and how often each check fails, and print it."""
    base = replace(base_in(folder), charts=charts)
    archive(base.storage, files)
    made = make_weeks(base, {name.week for name in files})
    failed = [verdict for verdict in made.verdicts if not verdict.passed]
    said = [f"{v.week} {v.check.severity} {v.check.title}: {v.findings[0]}" for v in failed]
    print("", *said, sep="\n")  # noqa: T201
    assert (made.held_back, made.withdrawn) == ({}, [])
    return len(made.weeks), Counter((v.check.severity, v.check.title) for v in failed)


@pytest.mark.parametrize(
    ("pattern", "weeks", "warnings"), [(GLOBAL, 104, {HOLES: 2}), (LEGACY, 42, {})], ids=str
)
def test_no_real_week_fails_a_check_that_is_an_error_and_few_fail_others(
    pattern: str, weeks: int, warnings: dict[tuple[str, str], int], tmp_path: Path
) -> None:
    assert failing(tmp_path, real_files(pattern)) == (weeks, warnings)


def as_playlist(name: RawName, content: bytes) -> tuple[RawName, bytes]:
    """Return the first 50 ranks of a chart file as a playlist."""
    refreshed = raw_samples.added_at(name.week)
    listed = [
        raw_samples.track(
            row.song_name or "",
            id=row.song_id,
            artists=split_artists(row.artist_names or ""),
            album=None,
        )
        for row in read_chart_csv(content).rows
        if row.rank <= 50
    ]
    rows = [raw_samples.row(track, added_at=refreshed) for track in listed]
    document = raw_samples.playlist(rows, raw_samples.GLOBAL_PLAYLIST)
    return replace(name, kind="playlist"), raw_samples.as_json(document)


def test_playlists_of_50_between_chart_files_of_200_are_no_alarm(tmp_path: Path) -> None:
    files = list(real_files(GLOBAL).items())
    mixed = [*files[1::2], *(as_playlist(*file) for file in files[::2])]
    weeks, found = failing(tmp_path, dict(sorted(mixed)))
    assert weeks == 104
    assert found.keys() <= {HOLES}


def test_real_files_of_every_kind_together_hold_nothing_back(tmp_path: Path) -> None:
    more = (
        Chart("sweden", "Sweden", country="se"),
        Chart("daily", "Top 50", playlist_id=DAILY_GLOBAL),  # a playlist that is really a daily one
    )
    path = tmp_path / "charts.toml"
    path.write_text("\n\n".join([shipped_charts_file().read_text(), *map(declaration, more)]))
    patterns = ("charts_weekly/*/*.csv", LEGACY, "playlist_raw/*.json")
    charts = read_charts(path)
    weeks, found = failing(tmp_path / "base", real_files(*patterns, charts=charts), charts)
    assert weeks > 104
    assert [title for severity, title in found if severity == "ERROR"] == []
