from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from spotify_assets.demo import SampleFile, sample_files

LAST_WEEK = date(2026, 11, 13)
ONE_WEEK = timedelta(weeks=1)
Tracks = list[dict[str, Any]]
Charts = dict[str, dict[date, Tracks]]


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
def csv_rows(files: list[SampleFile]) -> dict[date, list[dict[str, str]]]:
    return {
        file.week: list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
        for file in files
        if file.name.endswith(".csv")
    }


def same_song(track: dict[str, Any]) -> tuple[str, str]:
    return track["name"], ", ".join(artist["name"] for artist in track["artists"])


def all_tracks(charts: Charts) -> Tracks:
    return [track for weeks in charts.values() for tracks in weeks.values() for track in tracks]


def test_the_same_arguments_give_the_same_bytes_and_another_seed_gives_others() -> None:
    assert list(sample_files(LAST_WEEK, 6, 1)) == list(sample_files(LAST_WEEK, 6, 1))
    assert list(sample_files(LAST_WEEK, 6, 1)) != list(sample_files(LAST_WEEK, 6, 2))


def test_every_week_gets_two_playlists_and_a_csv_file_named_by_its_thursday(
    files: list[SampleFile],
) -> None:
    weeks = [LAST_WEEK - ONE_WEEK * n for n in reversed(range(104))]
    assert [file.name for file in files] == [
        name
        for week in weeks
        for name in (
            f"week={week}/norway.playlist.json",
            f"week={week}/global.playlist.json",
            f"regional-global-weekly-{week + timedelta(days=6)}.csv",
        )
    ]
    assert max(len(file.content) for file in files) < 120_000


@pytest.mark.parametrize("weeks", [1, 2, 9])
def test_a_short_history_can_be_made_too(weeks: int) -> None:
    assert len(list(sample_files(LAST_WEEK, weeks))) == 3 * weeks


def test_a_last_week_that_is_no_friday_is_refused() -> None:
    with pytest.raises(ValueError, match="Thursday"):
        next(sample_files(date(2026, 11, 12)))


def test_no_weeks_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        next(sample_files(LAST_WEEK, 0))


def test_a_playlist_says_whose_it_is_and_was_refreshed_on_the_friday_after_its_week(
    files: list[SampleFile],
) -> None:
    playlists = [(f.week, json.loads(f.content)) for f in files if f.name.endswith(".json")]
    assert {p["id"] for _, p in playlists} == {"37i9dQZEVXbLWYFZ5CkSvr", "37i9dQZEVXbNG2KDcFcKOF"}
    for week, playlist in playlists:
        assert {i["added_at"] for i in playlist["tracks"]["items"]} == {
            f"{week + ONE_WEEK}T09:41:02Z"
        }
        assert (playlist["tracks"]["next"], playlist["tracks"]["total"]) == (None, 50)
    assert len({playlist["snapshot_id"] for _, playlist in playlists}) == len(playlists)


def test_every_chart_week_has_fifty_songs_and_none_twice(charts: Charts) -> None:
    for weeks in charts.values():
        assert len(weeks) == 104
        for tracks in weeks.values():
            assert len({track["id"] for track in tracks}) == 50
            assert len({same_song(track) for track in tracks}) == 50


def test_ids_look_like_spotifys_and_belong_to_one_thing_each(charts: Charts) -> None:
    named: dict[str, set[tuple[str, str]]] = {}
    for track in all_tracks(charts):
        for thing in (track, track["album"], *track["artists"]):
            assert len(thing["id"]) == 22
            assert thing["id"].isalnum()
            named.setdefault(thing["id"], set()).add((thing["type"], thing["name"]))
    assert {len(names) for names in named.values()} == {1}


def test_the_csv_file_agrees_with_the_playlist_of_its_week(
    charts: Charts, csv_rows: dict[date, list[dict[str, str]]]
) -> None:
    assert csv_rows.keys() == charts["global"].keys()
    for week, rows in csv_rows.items():
        tracks = charts["global"][week]
        assert [int(row["rank"]) for row in rows] == list(range(1, 51))
        assert [row["uri"] for row in rows] == [track["uri"] for track in tracks]
        assert [(r["track_name"], r["artist_names"]) for r in rows] == [
            same_song(track) for track in tracks
        ]


def test_the_csv_file_is_written_as_spotify_writes_it(files: list[SampleFile]) -> None:
    content = next(file.content for file in files if file.name.endswith(".csv"))
    header, first, *_, end = content.split(b"\r\n")
    assert header == (
        b"\xef\xbb\xbfrank,uri,artist_names,track_name,source,"
        b"peak_rank,previous_rank,weeks_on_chart,streams"
    )
    assert first.startswith(b'1,"spotify:track:')
    assert first.split(b",")[-1].strip(b'"').isdigit()
    assert first.endswith(b'"')
    assert end == b""


def test_reported_figures_are_those_that_the_ranks_give(
    csv_rows: dict[date, list[dict[str, str]]],
) -> None:
    history: dict[tuple[str, str], list[int]] = {}
    before: dict[tuple[str, str], int] = {}
    entered_here: set[tuple[str, str]] = set()
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
    assert len(entered_here) > 300


def test_the_first_week_has_songs_with_a_past(csv_rows: dict[date, list[dict[str, str]]]) -> None:
    first = next(iter(csv_rows.values()))
    assert sum(int(row["weeks_on_chart"]) > 1 for row in first) > 35
    assert sum(row["previous_rank"] != "-1" for row in first) > 35


def test_streams_fall_with_rank_and_are_of_the_global_charts_size(
    csv_rows: dict[date, list[dict[str, str]]],
) -> None:
    for rows in csv_rows.values():
        streams = [int(row["streams"]) for row in rows]
        assert streams == sorted(streams, reverse=True)
        assert 5_000_000 < streams[-1] < streams[0] < 90_000_000


@pytest.mark.parametrize("chart", ["norway", "global"])
def test_some_songs_enter_each_week_and_a_few_stay_all_the_time(charts: Charts, chart: str) -> None:
    weeks = [{same_song(track) for track in tracks} for tracks in charts[chart].values()]
    seen: set[tuple[str, str]] = set()
    new = []
    for songs in weeks:
        new.append(len(songs - seen))
        seen |= songs
    assert 3 <= sum(new[1:]) / 103 <= 8
    assert max(new[1:]) <= 15
    stayed = Counter(song for songs in weeks for song in songs)
    assert sum(count > 95 for count in stayed.values()) >= 2


@pytest.mark.parametrize("year", [2024, 2025])
def test_christmas_songs_come_in_december_and_are_gone_in_january(
    csv_rows: dict[date, list[dict[str, str]]], year: int
) -> None:
    def songs(day: date) -> set[str]:
        week = max(week for week in csv_rows if week <= day)
        return {row["track_name"] for row in csv_rows[week]}

    december, january = songs(date(year, 12, 23)), songs(date(year + 1, 1, 8))
    assert {"Tinsel and Rain", "Santa Lost My Number"} <= december
    assert not {"Tinsel and Rain", "Santa Lost My Number"} & january
    assert len(december - january) > 8


def test_a_christmas_song_of_last_year_is_a_re_entry(
    csv_rows: dict[date, list[dict[str, str]]],
) -> None:
    back = [
        row
        for week, rows in csv_rows.items()
        if date(2025, 11, 20) <= week <= date(2025, 12, 25)
        for row in rows
        if row["track_name"] == "Tinsel and Rain"
    ]
    assert back[0]["previous_rank"] == "-1"
    assert int(back[0]["weeks_on_chart"]) > 1


def test_some_singles_move_to_an_album_under_another_id(charts: Charts) -> None:
    pressings: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for tracks in charts["norway"].values():
        for track in tracks:
            pressings.setdefault(same_song(track), {})[track["id"]] = track
    moved = [list(ids.values()) for ids in pressings.values() if len(ids) > 1]
    assert 1 <= len(moved) <= 2
    for before, after in moved:
        assert before["external_ids"] == after["external_ids"]
        assert (before["album"]["album_type"], after["album"]["album_type"]) == ("single", "album")
        assert before["album"]["id"] != after["album"]["id"]
        assert before["album"]["release_date"] < after["album"]["release_date"]


def test_some_albums_enter_with_several_songs_at_once(charts: Charts) -> None:
    for weeks in charts.values():
        biggest = 0
        for before, after in pairwise(weeks.values()):
            entered = {t["id"]: t["album"]["id"] for t in after}
            for track in before:
                entered.pop(track["id"], None)
            biggest = max(biggest, *Counter(entered.values()).values(), 0)
        assert biggest >= 3


def test_the_charts_share_about_a_third_of_their_songs(charts: Charts) -> None:
    shared = [
        len({track["id"] for track in tracks} & {t["id"] for t in charts["global"][week]}) / 50
        for week, tracks in charts["norway"].items()
    ]
    assert 0.28 < sum(shared) / len(shared) < 0.42


def test_a_song_is_as_popular_in_one_chart_as_in_the_other_and_sometimes_0(charts: Charts) -> None:
    for week, tracks in charts["norway"].items():
        elsewhere = {track["id"]: track["popularity"] for track in charts["global"][week]}
        for track in tracks:
            assert track["popularity"] == elsewhere.get(track["id"], track["popularity"])
    popularity = [track["popularity"] for track in all_tracks(charts)]
    assert 0 <= min(popularity) < max(popularity) <= 100
    assert 0.002 < popularity.count(0) / len(popularity) < 0.1


def test_most_artists_have_genres_and_a_few_have_none(charts: Charts) -> None:
    artists = {a["id"]: a for track in all_tracks(charts) for a in track["artists"]}
    without = sum(not artist["genres"] for artist in artists.values())
    assert 0.03 < without / len(artists) < 0.12
    assert all(artist["followers"]["total"] > 0 for artist in artists.values())
    assert all(0 <= artist["popularity"] <= 100 for artist in artists.values())


def test_no_song_charts_before_it_is_out_and_old_albums_are_dated_less_exactly(
    charts: Charts,
) -> None:
    lengths = {"day": 10, "month": 7, "year": 4}
    seen = set()
    for weeks in charts.values():
        for week, tracks in weeks.items():
            for album in (track["album"] for track in tracks):
                assert len(album["release_date"]) == lengths[album["release_date_precision"]]
                assert album["release_date"] <= str(week)
                seen.add(album["release_date_precision"])
    assert seen == set(lengths)


def test_names_that_tables_and_pages_must_bear_are_on_the_charts(charts: Charts) -> None:
    titles = {track["name"] for track in all_tracks(charts)}
    assert any(title.startswith("<b>Loud</b>") for title in titles)
    assert any("夜の硝子" in title for title in titles)
    assert any("💔" in title for title in titles)
    assert any('"' in title for title in titles)
    assert any(letter in title for title in titles for letter in "æøå")
    artists = {artist["name"] for track in all_tracks(charts) for artist in track["artists"]}
    assert "Moss, The Gardener" in artists
    assert sum("(feat. " in title for title in titles) > 50
