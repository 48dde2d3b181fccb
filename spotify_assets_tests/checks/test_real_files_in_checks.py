"""Real weeks pass the checks: no false alarm that would hold one back, and few that only warn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from spotify_assets.charts import Chart, Charts, declaration, read_charts, shipped_charts_file
from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.stored_weeks import judge, read_table, read_weeks, weeks_with_songs
from spotify_assets.layout import RawName
from spotify_assets.publishing.publish import publish_weeks
from spotify_assets.raw.recognise import recognise
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import write_week
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data
from spotify_assets_tests.stored_samples import store_tables, table_of

pytestmark = needs_real_data

DAILY_GLOBAL = "37i9dQZEVXbMDoHDwVN2tF"
CSV_ONLY = ("streams", "reported_peak_rank", "reported_previous_rank", "reported_weeks_on_chart")
RawFiles = dict[RawName, bytes]


@pytest.fixture
def all_charts(tmp_path: Path) -> Charts:
    """The shipped charts, Sweden, and a playlist that is really a daily one."""
    more = (
        Chart("sweden", "Sweden", country="se"),
        Chart("daily", "Top 50", playlist_id=DAILY_GLOBAL),
    )
    path = tmp_path / "charts.toml"
    path.write_text("\n\n".join([shipped_charts_file().read_text(), *map(declaration, more)]))
    return read_charts(path)


def raw_files(charts: Charts, *patterns: str) -> RawFiles:
    """The real files of these patterns, by what they are."""
    found = {}
    for pattern in patterns:
        for path in sorted(REAL_DATA.glob(pattern)):
            content, name = path.read_bytes(), path.relative_to(REAL_DATA).as_posix()
            for one in recognise(name, content, charts, FIRST_DOWNLOADABLE_WEEK, NOW):
                found[one] = content
    return dict(sorted(found.items()))


def failing(storage: FolderStorage) -> Counter[tuple[str, str]]:
    """In how many of the stored weeks each check fails, with its severity; printed, too."""
    weeks, found, said = weeks_with_songs(storage, "parquet"), Counter[tuple[str, str]](), {}
    for week in read_weeks(storage, "parquet", weeks, list(TABLES)):
        for check in TABLE_CHECKS:
            verdict = judge(check, week, Thresholds())
            if not verdict.passed:
                found[check.severity, check.title] += 1
                said.setdefault(check.title, f"{week.week}: {verdict.findings[0]}")
    print(f"\n{len(weeks)} weeks")  # noqa: T201
    for (severity, title), count in sorted(found.items()):
        print(f"  {severity} {title}: {count}, the first {said[title]}")  # noqa: T201
    return found


NO_GENRES, HOLES = ("WARN", "artists.genre_coverage"), ("WARN", "songs.ranks_without_holes")


@pytest.mark.parametrize(
    ("pattern", "weeks", "warnings"),
    [
        ("charts_weekly/global/*.csv", 104, {NO_GENRES: 104, HOLES: 2}),
        ("charts_weekly_legacy/no/*.csv", 42, {NO_GENRES: 42}),
    ],
    ids=["global", "legacy"],
)
def test_no_real_week_fails_a_check_that_is_an_error_nor_is_one_held_back(
    pattern: str,
    weeks: int,
    warnings: dict[tuple[str, str], int],
    charts: Charts,
    storage: FolderStorage,
) -> None:
    store_tables(storage, raw_files(charts, pattern), charts)
    assert failing(storage) == warnings
    published = publish_weeks(storage, "parquet", lambda _: None)
    assert published.held_back == {}
    assert len(published.weeks) == weeks


def test_playlists_of_50_between_chart_files_of_200_are_no_alarm(
    charts: Charts, storage: FolderStorage
) -> None:
    store_tables(storage, raw_files(charts, "charts_weekly/global/*.csv"), charts)
    for week in weeks_with_songs(storage, "parquet")[::2]:
        songs = read_table(storage, "parquet", week, "songs")
        assert isinstance(songs, pa.Table)
        rows = songs.filter(pc.less_equal(songs.column("rank"), 50)).to_pylist()
        nothing = dict.fromkeys(name for name in songs.column_names if name in CSV_ONLY)
        listed = [row | nothing | {"source": "playlist"} for row in rows]
        kept = {row["song_id"] for row in listed}
        write_week(storage, TABLES["songs"], "parquet", week, table_of("songs", listed))
        credited = read_table(storage, "parquet", week, "song_artists")
        assert isinstance(credited, pa.Table)
        of_them = credited.filter(pc.is_in(credited.column("song_id"), pa.array(list(kept))))
        write_week(storage, TABLES["song_artists"], "parquet", week, of_them)
        artists = read_table(storage, "parquet", week, "artists")
        assert isinstance(artists, pa.Table)
        named = pc.unique(of_them.column("artist_id"))
        of_them = artists.filter(pc.is_in(artists.column("artist_id"), named))
        write_week(storage, TABLES["artists"], "parquet", week, of_them)
    found = failing(storage)
    assert found.keys() == {NO_GENRES, HOLES}


def test_real_files_of_every_kind_together_fail_no_check_that_is_an_error(
    all_charts: Charts, storage: FolderStorage
) -> None:
    patterns = ("charts_weekly/*/*.csv", "charts_weekly_legacy/no/*.csv", "playlist_raw/*.json")
    files = raw_files(all_charts, *patterns)
    assert {name.kind for name in files} == {"chart_csv", "legacy_csv", "playlist"}
    store_tables(storage, files, all_charts)
    found = failing(storage)
    assert [title for severity, title in found if severity == "ERROR"] == []
    assert publish_weeks(storage, "parquet", lambda _: None).held_back == {}
