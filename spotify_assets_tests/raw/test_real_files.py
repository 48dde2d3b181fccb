"""Real chart files and Web API responses, read in place; without them, these tests are skipped."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from spotify_assets.charts import Chart, Charts, declaration, read_charts, shipped_charts_file
from spotify_assets.errors import UnreadableRawFile
from spotify_assets.layout import RawName
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.schemas import CHART_TABLES
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data
from spotify_assets_tests.shapes import shape_findings

pytestmark = needs_real_data

DAILY_GLOBAL = "37i9dQZEVXbMDoHDwVN2tF"
PLAYLISTS = sorted(REAL_DATA.glob("playlist_raw/*.json"))
HAZARDS = REAL_DATA / "playlist_hazards"
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def all_charts(tmp_path: Path) -> Charts:
    """The shipped charts, Sweden, and a playlist that is really a daily one."""
    more = (
        Chart("sweden", "Sweden", country="se"),
        Chart("daily", "Top 50", playlist_id=DAILY_GLOBAL),
        Chart("hazards", "With episodes", playlist_id="23Ay9WfURne0LvtlCvYTkj"),
    )
    path = tmp_path / "charts.toml"
    path.write_text("\n\n".join([shipped_charts_file().read_text(), *map(declaration, more)]))
    return read_charts(path)


def names_of(path: Path, charts: Charts) -> list[RawName]:
    relative = path.relative_to(REAL_DATA).as_posix()
    return recognise(relative, path.read_bytes(), charts, FIRST_DOWNLOADABLE_WEEK, NOW)


def derived(files: list[tuple[RawName, bytes]], charts: Charts) -> Rows:
    tables = derive_tables(sorted(files), charts).tables
    for name, table in CHART_TABLES.items():
        assert not shape_findings(tables[name], table)
    return {name: tables[name].to_pylist() for name in CHART_TABLES}


def lines_of(path: Path) -> list[dict[str, str]]:
    """The lines of a chart file below its header, as the standard library reads them."""
    text = path.read_bytes().decode("utf-8-sig")
    start = next(text.index(h) for h in ("rank,uri", "Position,") if h in text)
    return list(csv.DictReader(text[start:].splitlines()))


@pytest.mark.parametrize(
    ("folder", "chart", "kind", "files"),
    [
        ("charts_weekly/global", "global", "chart_csv", 104),
        ("charts_weekly/no", "norway", "chart_csv", 1),
        ("charts_weekly/se", "sweden", "chart_csv", 1),
        ("charts_weekly_legacy/no", "norway", "legacy_csv", 42),
    ],
)
def test_every_chart_file_is_recognised_and_gives_its_lines(
    folder: str, chart: str, kind: str, files: int, all_charts: Charts
) -> None:
    paths = sorted((REAL_DATA / folder).glob("*.csv"))
    assert len(paths) == files
    raw = []
    for path in paths:
        (name,) = names_of(path, all_charts)
        assert (name.chart, name.kind) == (chart, kind)
        assert name.week == expected_week(path, kind)
        raw.append((name, path.read_bytes()))
    assert len({name.week for name, _ in raw}) == files
    tables = derived(raw, all_charts)
    expected = [
        (name.week, int(line["rank"]), line["uri"].rsplit(":", 1)[1], int(line["streams"]))
        if kind == "chart_csv"
        else (name.week, int(line["Position"]), line["URL"][-22:], int(line["Streams"]))
        for path, (name, _) in zip(paths, raw, strict=True)
        for line in lines_of(path)
    ]
    found = [(s["week"], s["rank"], s["song_id"], s["streams"]) for s in tables["songs"]]
    assert found == sorted(expected)
    assert all(song["song_url"] for song in tables["songs"])


def expected_week(path: Path, kind: str) -> date:
    """The week in a file's name: legacy names begin with it, the others end with its Thursday."""
    if kind == "legacy_csv":
        return date.fromisoformat(path.stem.split("_")[-2])
    return date.fromisoformat(path.stem[-10:]) - timedelta(days=6)


@pytest.mark.parametrize("path", PLAYLISTS, ids=lambda path: path.stem)
def test_rows_of_a_playlist_are_what_its_json_has(path: Path, all_charts: Charts) -> None:
    (name,) = names_of(path, all_charts)
    document = json.loads(path.read_bytes())
    items = (document if isinstance(document, dict) else document[0]["tracks"])["items"]
    tables = derived([(name, path.read_bytes())], all_charts)
    albums = {album["album_id"]: album for album in tables["albums"]}
    credits_of: dict[str, list[tuple[str, str]]] = {}
    for credit in tables["song_artists"]:
        pair = (credit["artist_id"], credit["artist_name"])
        credits_of.setdefault(credit["song_id"], []).append(pair)
    assert [song["rank"] for song in tables["songs"]] == list(range(1, 51))
    for song, item in zip(tables["songs"], items, strict=True):
        track, album = item["track"], item["track"]["album"]
        assert {
            "song_id": track["id"],
            "song_name": track["name"],
            "isrc": track["external_ids"]["isrc"],
            "artist_names": ", ".join(artist["name"] for artist in track["artists"]),
            "album_id": album["id"],
            **{key: track[key] for key in ("duration_ms", "explicit", "popularity")},
        }.items() <= song.items()
        assert credits_of[track["id"]] == [(a["id"], a["name"]) for a in track["artists"]]
        assert {
            "image_url": max(album["images"], key=lambda image: image["height"] or 0)["url"],
            **{
                k: album[k]
                for k in ("name", "album_type", "total_tracks", "release_date_precision")
            },
        }.items() <= albums[album["id"]].items()
        assert str(albums[album["id"]]["release_date"]).startswith(album["release_date"])
    assert len(albums) == len({item["track"]["album"]["id"] for item in items})
    artists = {a["id"] for item in items for a in item["track"]["artists"]}
    assert {artist["artist_id"] for artist in tables["artists"]} == artists
    assert any(len(pairs) > 1 for pairs in credits_of.values())


def test_the_tutorials_file_is_of_the_week_before_its_refresh_and_daily_ones_are_refused(
    charts: Charts,
) -> None:
    (tutorial,) = (path for path in PLAYLISTS if path.stem.startswith("spotify_raw"))
    assert names_of(tutorial, charts) == [RawName(date(2023, 10, 20), "global", "playlist")]
    daily = [path for path in PLAYLISTS if path.stem.startswith("top50")]
    assert daily
    for path in daily:
        with pytest.raises(UnreadableRawFile, match="are daily, not weekly"):
            names_of(path, charts)
