"""The demo's files: charts as they really move. That all checks pass on them is seen in `good_data`."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from spotify_assets.demo import SampleFile, sample_files
from spotify_assets.weeks import ONE_WEEK, week_end

LAST_WEEK = date(2026, 11, 13)
Tracks = list[dict[str, Any]]
Charts = dict[str, dict[date, Tracks]]
Rows = dict[date, list[dict[str, str]]]
Song = tuple[str, str]


@pytest.fixture(scope="module")
def files() -> list[SampleFile]:
    return list(sample_files(LAST_WEEK))


@pytest.fixture(scope="module")
def playlists(files: list[SampleFile]) -> dict[str, dict[date, Any]]:
    found: dict[str, dict[date, Any]] = {"norway": {}, "global": {}}
    for file in files:
        if file.name.endswith(".json"):
            chart = file.name.split("/")[1].removesuffix(".playlist.json")
            found[chart][file.week] = json.loads(file.content)
    return found


@pytest.fixture(scope="module")
def charts(playlists: dict[str, dict[date, Any]]) -> Charts:
    return {
        chart: {week: [item["track"] for item in p["tracks"]["items"]] for week, p in weeks.items()}
        for chart, weeks in playlists.items()
    }


@pytest.fixture(scope="module")
def tracks(charts: Charts) -> Tracks:
    return [track for weeks in charts.values() for tracks in weeks.values() for track in tracks]


@pytest.fixture(scope="module")
def csv_rows(files: list[SampleFile]) -> Rows:
    return {
        file.week: list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
        for file in files
        if file.name.endswith(".csv")
    }


def same_song(track: dict[str, Any]) -> Song:
    return track["name"], ", ".join(artist["name"] for artist in track["artists"])


def test_the_same_arguments_make_the_same_bytes_and_another_seed_makes_others() -> None:
    assert list(sample_files(LAST_WEEK, 6, 1)) == list(sample_files(LAST_WEEK, 6, 1))
    assert list(sample_files(LAST_WEEK, 6, 1)) != list(sample_files(LAST_WEEK, 6, 2))
    assert len(list(sample_files(LAST_WEEK, 1))) == 3


def test_every_week_has_two_playlists_and_a_csv_file_named_by_its_thursday(
    files: list[SampleFile],
) -> None:
    names = ("week={0}/norway.playlist.json", "week={0}/global.playlist.json")
    assert [file.name for file in files] == [
        name.format(week, week_end(week))
        for week in (LAST_WEEK - ONE_WEEK * n for n in reversed(range(104)))
        for name in (*names, "regional-global-weekly-{1}.csv")
    ]
    assert max(len(file.content) for file in files) < 120_000


def test_every_id_is_of_one_thing(tracks: Tracks) -> None:
    named: dict[str, set[Song]] = defaultdict(set)
    for track in tracks:
        for thing in (track, track["album"], *track["artists"]):
            named[thing["id"]].add((thing["type"], thing["name"]))
    assert {(len(of), len(names), of.isalnum()) for of, names in named.items()} == {(22, 1, True)}


def test_the_csv_file_agrees_with_the_playlist(charts: Charts, csv_rows: Rows) -> None:
    assert {
        week: [(r["rank"], r["uri"], (r["track_name"], r["artist_names"])) for r in rows]
        for week, rows in csv_rows.items()
    } == {
        week: [(str(rank), t["uri"], same_song(t)) for rank, t in enumerate(tracks, 1)]
        for week, tracks in charts["global"].items()
    }


def test_reported_figures_follow_from_the_ranks(csv_rows: Rows) -> None:
    history: dict[Song, list[int]] = defaultdict(list)
    before: dict[Song, int] = {}
    entered_here: set[Song] = set()
    for number, rows in enumerate(csv_rows.values()):
        ranks = {(r["track_name"], r["artist_names"]): int(r["rank"]) for r in rows}
        for row, (song, rank) in zip(rows, ranks.items(), strict=True):
            peak, previous, weeks = (
                int(row[name]) for name in ("peak_rank", "previous_rank", "weeks_on_chart")
            )
            if song not in history and weeks == 1:
                entered_here.add(song)
            history[song].append(rank)
            ours = (min(history[song]), len(history[song]))
            assert previous == before.get(song, -1) or not number
            assert (peak, weeks) == ours or (
                song not in entered_here and peak <= ours[0] and weeks > ours[1]
            )
        before = ranks
        assert all(5_000_000 < int(row["streams"]) < 90_000_000 for row in rows)
    assert len(entered_here) > 300
    first = next(iter(csv_rows.values()))
    assert sum(row["previous_rank"] != "-1" for row in first) > 35  # songs with a past


def test_christmas_songs_come_in_december_leave_and_come_back(csv_rows: Rows) -> None:
    names = {"Tinsel and Rain", "Santa Lost My Number"}
    for year in (2024, 2025):
        christmas, epiphany = (
            {row["track_name"] for row in csv_rows[max(w for w in csv_rows if w <= day)]}
            for day in (date(year, 12, 23), date(year + 1, 1, 8))
        )
        assert names <= christmas
        assert not names & epiphany
        assert len(christmas - epiphany) > 8


def test_a_single_moves_to_an_album_under_another_id(charts: Charts) -> None:
    pressings: dict[Song, dict[str, dict[str, Any]]] = defaultdict(dict)
    for tracks in charts["norway"].values():
        for track in tracks:
            pressings[same_song(track)][track["id"]] = track
    moved = [list(ids.values()) for ids in pressings.values() if len(ids) > 1]
    assert moved
    for before, after in moved:
        assert before["external_ids"] == after["external_ids"]
        assert (before["album"]["album_type"], after["album"]["album_type"]) == ("single", "album")
        assert before["album"]["release_date"] < after["album"]["release_date"]


def test_some_things_are_unknown_and_some_names_are_hard(charts: Charts, tracks: Tracks) -> None:
    artists = {a["id"]: a for track in tracks for a in track["artists"]}
    assert 0.03 < sum(not a["genres"] for a in artists.values()) / len(artists) < 0.12
    popularity = [track["popularity"] for track in tracks]
    assert 0.002 < popularity.count(0) / len(popularity) < 0.1
    assert 0 <= min(popularity) < max(popularity) <= 100
    assert {t["album"]["release_date_precision"] for t in tracks} == {"day", "month", "year"}
    for week, of_week in charts["norway"].items():  # no song charts before it is out
        assert all(track["album"]["release_date"] <= str(week) for track in of_week)
    titles = "\n".join({track["name"] for track in tracks})
    for part in ("<b>Loud</b>", "夜の硝子", "💔", '"', "æ", "ø", "å", "(feat. "):
        assert part in titles
    assert "Moss, The Gardener" in {artist["name"] for artist in artists.values()}
