"""The demo's files: in the formats that Spotify has, and as charts really move."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
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
def charts(files: list[SampleFile]) -> Charts:
    charts: Charts = {"norway": {}, "global": {}}
    for file in files:
        if file.name.endswith(".json"):
            chart = file.name.split("/")[1].removesuffix(".playlist.json")
            items = json.loads(file.content)["tracks"]["items"]
            charts[chart][file.week] = [item["track"] for item in items]
    return charts


@pytest.fixture(scope="module")
def csv_rows(files: list[SampleFile]) -> Rows:
    return {
        file.week: list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
        for file in files
        if file.name.endswith(".csv")
    }


def same_song(track: dict[str, Any]) -> Song:
    return track["name"], ", ".join(artist["name"] for artist in track["artists"])


def all_tracks(charts: Charts) -> Tracks:
    return [track for weeks in charts.values() for tracks in weeks.values() for track in tracks]


# --- Files --------------------------------------------------------------------------------------


def test_the_same_arguments_make_the_same_bytes_and_another_seed_makes_others() -> None:
    assert list(sample_files(LAST_WEEK, 6, 1)) == list(sample_files(LAST_WEEK, 6, 1))
    assert list(sample_files(LAST_WEEK, 6, 1)) != list(sample_files(LAST_WEEK, 6, 2))


def test_every_week_has_two_playlists_and_a_csv_file_named_by_its_thursday(
    files: list[SampleFile],
) -> None:
    weeks = [LAST_WEEK - ONE_WEEK * n for n in reversed(range(104))]
    names = ("week={0}/norway.playlist.json", "week={0}/global.playlist.json")
    assert [file.name for file in files] == [
        name.format(week, week_end(week))
        for week in weeks
        for name in (*names, "regional-global-weekly-{1}.csv")
    ]
    assert max(len(file.content) for file in files) < 120_000
    assert len(list(sample_files(LAST_WEEK, 1))) == 3


@pytest.mark.parametrize(
    ("last_week", "weeks", "says"),
    [(date(2026, 11, 12), 1, "Thursday"), (LAST_WEEK, 0, "1 or more")],
)
def test_what_is_no_friday_and_no_weeks_are_refused(last_week: date, weeks: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        next(sample_files(last_week, weeks))


def test_a_playlist_was_refreshed_on_the_friday_after_its_week(files: list[SampleFile]) -> None:
    playlists = [(f.week, json.loads(f.content)) for f in files if f.name.endswith(".json")]
    assert {p["id"] for _, p in playlists} == {"37i9dQZEVXbLWYFZ5CkSvr", "37i9dQZEVXbNG2KDcFcKOF"}
    for week, playlist in playlists:
        refreshed = {item["added_at"] for item in playlist["tracks"]["items"]}
        assert refreshed == {f"{week + ONE_WEEK}T09:41:02Z"}
        assert (playlist["tracks"]["next"], playlist["tracks"]["total"]) == (None, 50)
    assert len({playlist["snapshot_id"] for _, playlist in playlists}) == len(playlists)


def test_the_csv_file_agrees_with_the_playlist_and_is_written_as_spotify_writes_it(
    charts: Charts, csv_rows: Rows, files: list[SampleFile]
) -> None:
    assert csv_rows.keys() == charts["global"].keys()
    for week, rows in csv_rows.items():
        assert [
            (row["rank"], row["uri"], (row["track_name"], row["artist_names"])) for row in rows
        ] == [
            (str(rank), track["uri"], same_song(track))
            for rank, track in enumerate(charts["global"][week], 1)
        ]
    header, first, *_, end = files[2].content.split(b"\r\n")
    assert header == (
        b"\xef\xbb\xbfrank,uri,artist_names,track_name,source,"
        b"peak_rank,previous_rank,weeks_on_chart,streams"
    )
    assert first.startswith(b'1,"spotify:track:')
    assert first.split(b',"')[-1].rstrip(b'"').isdigit()
    assert end == b""


def test_every_chart_week_has_fifty_songs_and_every_id_is_of_one_thing(charts: Charts) -> None:
    for weeks in charts.values():
        for tracks in weeks.values():
            assert len({track["id"] for track in tracks}) == 50
            assert len({same_song(track) for track in tracks}) == 50
    named: dict[str, set[Song]] = defaultdict(set)
    for track in all_tracks(charts):
        for thing in (track, track["album"], *track["artists"]):
            assert len(thing["id"]) == 22
            assert thing["id"].isalnum()
            named[thing["id"]].add((thing["type"], thing["name"]))
    assert {len(names) for names in named.values()} == {1}


# --- Figures ------------------------------------------------------------------------------------


def test_reported_figures_follow_from_the_ranks(csv_rows: Rows) -> None:
    history: dict[Song, list[int]] = {}
    before: dict[Song, int] = {}
    entered_here: set[Song] = set()
    for number, rows in enumerate(csv_rows.values()):
        ranks = {(r["track_name"], r["artist_names"]): int(r["rank"]) for r in rows}
        for row, (song, rank) in zip(rows, ranks.items(), strict=True):
            if song not in history and row["weeks_on_chart"] == "1":
                entered_here.add(song)
            past = history.setdefault(song, [])
            past.append(rank)
            if number:
                assert int(row["previous_rank"]) == before.get(song, -1)
            if song in entered_here:
                assert int(row["weeks_on_chart"]) == len(past)
                assert int(row["peak_rank"]) == min(past)
            else:
                assert int(row["weeks_on_chart"]) > len(past)
                assert int(row["peak_rank"]) <= min(past)
        before = ranks
        streams = [int(row["streams"]) for row in rows]
        assert streams == sorted(streams, reverse=True)
        assert 5_000_000 < streams[-1] < streams[0] < 90_000_000
    assert len(entered_here) > 300
    first = next(iter(csv_rows.values()))
    assert sum(row["previous_rank"] != "-1" for row in first) > 35  # songs with a past


@pytest.mark.parametrize("chart", ["norway", "global"])
def test_songs_enter_alone_and_by_the_album_and_a_few_stay(charts: Charts, chart: str) -> None:
    weeks = [{same_song(track): track for track in tracks} for tracks in charts[chart].values()]
    seen = set(weeks[0])
    new, of_an_album = [], 0
    for before, songs in pairwise(weeks):
        new.append(len(songs.keys() - seen))
        seen |= songs.keys()
        entered = Counter(songs[s]["album"]["id"] for s in songs.keys() - before.keys())
        of_an_album = max(of_an_album, *entered.values(), 0)
    assert 3 <= sum(new) / len(new) <= 8
    assert max(new) <= 15
    assert of_an_album >= 3
    stayed = Counter(song for songs in weeks for song in songs)
    assert sum(count > 95 for count in stayed.values()) >= 2


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
    back = next(
        row
        for week, rows in csv_rows.items()
        for row in rows
        if week >= date(2025, 11, 20) and row["track_name"] == "Tinsel and Rain"
    )
    assert back["previous_rank"] == "-1"
    assert int(back["weeks_on_chart"]) > 1


# --- Songs, albums, artists ---------------------------------------------------------------------


def test_some_singles_move_to_an_album_under_another_id(charts: Charts) -> None:
    pressings: dict[Song, dict[str, dict[str, Any]]] = defaultdict(dict)
    for tracks in charts["norway"].values():
        for track in tracks:
            pressings[same_song(track)][track["id"]] = track
    moved = [list(ids.values()) for ids in pressings.values() if len(ids) > 1]
    assert 1 <= len(moved) <= 2
    for before, after in moved:
        assert before["external_ids"] == after["external_ids"]
        assert (before["album"]["album_type"], after["album"]["album_type"]) == ("single", "album")
        assert before["album"]["id"] != after["album"]["id"]
        assert before["album"]["release_date"] < after["album"]["release_date"]


def test_the_charts_share_songs_which_are_as_popular_in_both(charts: Charts) -> None:
    shared = []
    for week, tracks in charts["norway"].items():
        elsewhere = {track["id"]: track["popularity"] for track in charts["global"][week]}
        both = [track for track in tracks if track["id"] in elsewhere]
        assert all(track["popularity"] == elsewhere[track["id"]] for track in both)
        shared.append(len(both) / 50)
    assert 0.28 < sum(shared) / len(shared) < 0.42
    popularity = [track["popularity"] for track in all_tracks(charts)]
    assert 0 <= min(popularity) < max(popularity) <= 100
    assert 0.002 < popularity.count(0) / len(popularity) < 0.1


def test_most_artists_have_genres_and_a_few_have_none(charts: Charts) -> None:
    artists = {a["id"]: a for track in all_tracks(charts) for a in track["artists"]}
    without = sum(not artist["genres"] for artist in artists.values())
    assert 0.03 < without / len(artists) < 0.12
    assert all(artist["followers"]["total"] > 0 for artist in artists.values())
    assert all(0 <= artist["popularity"] <= 100 for artist in artists.values())


def test_no_song_charts_before_it_is_out_and_some_dates_are_only_a_month_or_a_year(
    charts: Charts,
) -> None:
    lengths = {"day": 10, "month": 7, "year": 4}
    seen = set()
    for week in charts["norway"]:
        for track in charts["norway"][week] + charts["global"][week]:
            released, precision = (track["album"][f"release_date{of}"] for of in ("", "_precision"))
            assert len(released) == lengths[precision]
            assert released <= str(week)
            seen.add(precision)
    assert seen == set(lengths)


def test_names_that_are_hard_on_tables_and_pages_are_on_the_charts(charts: Charts) -> None:
    titles = "\n".join({track["name"] for track in all_tracks(charts)})
    for part in ("<b>Loud</b>", "夜の硝子", "💔", '"', "æ", "ø", "å", "(feat. "):
        assert part in titles
    artists = {artist["name"] for track in all_tracks(charts) for artist in track["artists"]}
    assert "Moss, The Gardener" in artists
