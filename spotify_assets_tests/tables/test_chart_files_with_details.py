"""Chart files in the tables: they rule ranks and streams, playlists of their week add details."""

from __future__ import annotations

from typing import Any

from spotify_assets.charts import Charts
from spotify_assets_tests.raw_samples import (
    GLOBAL_PLAYLIST,
    SONGS,
    WEEK,
    added_at,
    chart_csv,
    legacy_csv,
    page,
    row,
    rows,
    spotify_id,
    track,
)
from spotify_assets_tests.tables.test_derive import REFRESHED, Rows, derive, raw


def with_playlist(charts: Charts, content: bytes, *songs: dict[str, Any]) -> Rows:
    """The tables of a chart file and a playlist of the same chart and week."""
    in_playlist = page([row(song, added_at=added_at(WEEK)) for song in songs])
    return derive(charts, raw(content, kind="chart_csv"), raw(in_playlist))


def test_a_chart_file_alone_gives_ranks_streams_and_artists_by_name(charts: Charts) -> None:
    content = chart_csv(["Fjordlys"], artists="Ida Nord, Tyler, The Creator", start=12)
    tables = derive(charts, raw(content, kind="chart_csv"))
    (song,) = tables["songs"]
    assert (song["rank"], song["streams"], song["label"]) == (12, 999_988, "Nord Records")
    assert (song["reported_peak_rank"], song["reported_weeks_on_chart"]) == (12, 1)
    assert song["reported_previous_rank"] is None
    assert song["song_key"] == "Fjordlys | Ida Nord, Tyler, The Creator"
    assert (song["album_id"], song["duration_ms"], song["added_at"]) == (None, None, None)
    assert song["source"] == "chart_csv"
    assert [(r["artist_id"], r["artist_name"]) for r in tables["song_artists"]] == [
        ("name:ida nord", "Ida Nord"),
        ("name:tyler, the creator", "Tyler, The Creator"),
    ]
    assert [artist["name"] for artist in tables["artists"]] == ["Ida Nord", "Tyler, The Creator"]
    assert tables["albums"] == []


def test_holes_in_the_ranks_stay_holes(charts: Charts) -> None:
    content = chart_csv().replace(b"\n2,", b"\n20,")
    songs = derive(charts, raw(content, kind="chart_csv"))["songs"]
    assert [(song["rank"], song["song_name"]) for song in songs] == [
        (1, SONGS[0]),
        (3, SONGS[2]),
        (20, SONGS[1]),
    ]


def test_the_chart_file_rules_which_songs_there_are_and_their_ranks(charts: Charts) -> None:
    tables = with_playlist(charts, chart_csv(["A", "B"]), track("B"), track("C"), track("A"))
    assert [(song["rank"], song["song_name"]) for song in tables["songs"]] == [(1, "A"), (2, "B")]
    assert {album["name"] for album in tables["albums"]} == {"A", "B"}


def test_a_playlist_adds_details_by_the_songs_id(charts: Charts) -> None:
    song = track("Another spelling", id=spotify_id("Fjordlys"), artists=["Ida Nord", "Kalle"])
    song["album"]["label"] = "not the chart's"
    tables = with_playlist(charts, chart_csv(["Fjordlys"]), song)
    (found,) = tables["songs"]
    assert (found["song_name"], found["artist_names"]) == ("Fjordlys", "Ida Nord")
    assert (found["rank"], found["streams"], found["label"]) == (1, 999_999, "Nord Records")
    assert (found["duration_ms"], found["isrc"]) == (200_000, "NOXXX2600001")
    assert found["album_id"] == spotify_id("Another spelling album")
    assert found["added_at"] == REFRESHED
    assert [credit["artist_id"] for credit in tables["song_artists"]] == [
        spotify_id("Ida Nord"),
        spotify_id("Kalle"),
    ]


def test_a_relinked_song_gets_its_details_by_the_id_before(charts: Charts) -> None:
    song = track("Other", linked_from={"id": spotify_id("Fjordlys")})
    (found,) = with_playlist(charts, chart_csv(["Fjordlys"]), song)["songs"]
    assert (found["song_id"], found["duration_ms"]) == (spotify_id("Fjordlys"), 200_000)


def test_a_playlist_adds_details_by_name_and_artists_under_another_id(charts: Charts) -> None:
    (found,) = with_playlist(charts, chart_csv(["Fjordlys"]), track("Fjordlys", id="b" * 22))[
        "songs"
    ]
    assert found["song_id"] == spotify_id("Fjordlys")
    assert (found["duration_ms"], found["popularity"]) == (200_000, 70)
    assert found["added_at"] == REFRESHED


def test_the_playlist_of_another_chart_adds_details_too_but_not_its_refresh(charts: Charts) -> None:
    in_global = page(rows(names=["Fjordlys"]), GLOBAL_PLAYLIST)
    tables = derive(
        charts, raw(in_global, "global"), raw(chart_csv(["Fjordlys"]), kind="chart_csv")
    )
    of_norway = tables["songs"][1]
    assert of_norway["chart"] == "norway"
    assert (of_norway["duration_ms"], of_norway["added_at"]) == (200_000, None)


def test_an_artist_known_from_any_playlist_of_the_week_gets_that_id(charts: Charts) -> None:
    tables = with_playlist(charts, chart_csv(["Solo"], artists="IDA NORD, Kalle"), track("Duet"))
    assert [(r["artist_id"], r["artist_name"]) for r in tables["song_artists"]] == [
        (spotify_id("Ida Nord"), "IDA NORD"),
        ("name:kalle", "Kalle"),
    ]


def test_a_legacy_file_with_blank_names_takes_them_from_a_playlist(charts: Charts) -> None:
    content = legacy_csv(["Fjordlys", "Unknown"])
    content = content.replace(b'"Fjordlys","Ida Nord"', b",").replace(b'"Unknown","Ida Nord"', b",")
    known = raw(page(rows(names=["Fjordlys"])))
    songs = derive(charts, raw(content, kind="legacy_csv"), known)["songs"]
    assert [(s["song_name"], s["artist_names"], s["song_key"], s["source"]) for s in songs] == [
        ("Fjordlys", "Ida Nord", "Fjordlys | Ida Nord", "legacy_csv"),
        (None, None, f"id:{spotify_id('Unknown')}", "legacy_csv"),
    ]
