"""`details` against Spotify: each id is asked for once, in batches or singly, and never in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from spotify_assets.defs.io_managers import WeeklyTableIOManager
from spotify_assets.layout import DETAILS
from spotify_assets.raw.details import read_details, waiting_details
from spotify_assets.settings import load_settings
from spotify_assets.tables.schemas import TABLES
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    drop_csv,
    failures,
    instance_in,
    materializations,
    table_files,
    warnings_of,
)
from spotify_assets_tests.fakes.spotify_faults import FOREVER, answer, at, changed, error
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, Handler, serving
from spotify_assets_tests.spotify_world import PLAYLISTS, WEEK, World, settings_of

WEEKS = [WEEK - ONE_WEEK * 3, WEEK - ONE_WEEK * 2, WEEK - ONE_WEEK]  # older ones: nothing is live


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, instance_in(tmp_path / "dagster home") as instance:
        yield World(spotify, settings_of(spotify, base), instance)


def names(start: int, number: int = 70) -> list[str]:
    return [f"Song {place}x" for place in range(start, start + number)]


def drop(world: World, week: date, songs: list[str], artist: str = "Ida Nord") -> None:
    """A chart file of the week, whose songs Spotify knows."""
    drop_csv(world.storage, week, names=songs, artists=artist)
    for song in songs:
        world.spotify.add_track(raw_samples.track(song, artists=[artist]))


def rows(world: World, table: str, week: date) -> list[dict[str, object]]:
    manager = WeeklyTableIOManager(world.storage, "parquet")
    stored: pa.Table = manager.read(TABLES[table], week)
    return stored.to_pylist()


def asked(world: World) -> Counter[str]:
    return Counter(path.split("/")[2] for path in world.spotify.paths())


def test_a_chart_file_gets_durations_albums_genres_and_labels(world: World) -> None:
    drop(world, WEEKS[0], ["Fjordlys"])
    assert world.run(WEEKS[:1]).success
    (song,) = rows(world, "songs", WEEKS[0])
    assert song["duration_ms"] == 200_000
    assert song["explicit"] is False
    assert song["isrc"] == "NOXXX2600001"
    assert song["label"] == "Nord Records"  # the chart file's own
    (album,) = rows(world, "albums", WEEKS[0])
    assert (album["album_id"], album["label"]) == (song["album_id"], "Fjordlys Records")
    (artist,) = rows(world, "artists", WEEKS[0])
    assert artist["artist_id"] == raw_samples.spotify_id("Ida Nord")
    assert artist["genres"] == ["made-up pop"]


def test_figures_of_the_day_of_asking_are_not_put_under_an_older_week(world: World) -> None:
    drop(world, WEEKS[0], ["Fjordlys"])
    world.run(WEEKS[:1])
    assert rows(world, "songs", WEEKS[0])[0]["popularity"] is None
    (artist,) = rows(world, "artists", WEEKS[0])
    assert (artist["popularity"], artist["followers"]) == (None, None)


def test_a_backfill_asks_in_batches_and_once_for_every_id(world: World) -> None:
    for number, week in enumerate(WEEKS):
        drop(world, week, names(number * 10))
    assert world.run([WEEKS[0], WEEKS[-1]]).success
    # 90 songs of one artist: batches of 50, of 50 and of 20.
    assert asked(world) == {"tracks": 2, "artists": 1, "albums": 5}
    every = [
        one for request in world.spotify.asked for one in request.query.get("ids", "").split(",")
    ]
    every = [one for one in every if one]
    assert len(every) == len(set(every)) == 90 + 1 + 90


def test_the_next_week_asks_only_for_what_is_new(world: World) -> None:
    drop(world, WEEKS[0], names(0))
    world.run(WEEKS[:1])
    world.spotify.asked.clear()
    drop(world, WEEKS[1], names(3))
    world.run(WEEKS[1:2])
    ids = {
        request.path: request.query["ids"]
        for request in world.spotify.asked
        if "ids" in request.query
    }
    assert ids["/v1/tracks/"] == ",".join(
        raw_samples.spotify_id(f"Song {n}x") for n in (70, 71, 72)
    )
    assert set(ids) == {"/v1/tracks/", "/v1/albums/"}
    world.spotify.asked.clear()
    world.run(WEEKS[1:2])
    assert world.spotify.asked == []


def test_an_app_in_development_mode_is_asked_singly_and_slowly(world: World) -> None:
    world.spotify.extended = False
    drop(world, WEEKS[0], names(0, 30))
    assert world.run(WEEKS[:1]).success
    # A batch that is refused, 30 songs; the artist, who comes without genres; no albums for labels.
    assert asked(world) == {"tracks": 1 + 30, "artists": 1}
    assert all(song["duration_ms"] for song in rows(world, "songs", WEEKS[0]))
    assert rows(world, "artists", WEEKS[0])[0]["genres"] is None
    assert max(world.slept) > 5  # what 31 requests wait for at 5 a second, were it not for the test


def test_where_no_artist_has_genres_the_others_are_not_asked_for(world: World) -> None:
    world.spotify.extended = False
    songs = names(0, 30)
    drop_csv(world.storage, WEEKS[0], names=songs)
    for song in songs:
        world.spotify.add_track(raw_samples.track(song, artists=[f"{song} band"]))
    world.run(WEEKS[:1])
    assert asked(world)["artists"] == 10


def test_what_spotify_does_not_know_is_not_asked_for_again(world: World) -> None:
    drop(world, WEEKS[0], names(0, 5))
    gone = raw_samples.spotify_id("Song 3x")
    del world.spotify.objects["tracks"][gone]
    world.run(WEEKS[:1])
    assert read_details(world.storage).tracks[gone] is None
    assert [song["duration_ms"] is None for song in rows(world, "songs", WEEKS[0])] == [
        False,
        False,
        False,
        True,
        False,
    ]
    world.spotify.asked.clear()
    world.run(WEEKS[:1])
    assert world.spotify.asked == []


def test_an_interrupted_backfill_keeps_what_it_got_and_goes_on(world: World) -> None:
    for number, week in enumerate(WEEKS):
        drop(world, week, names(number * 60, 60))
    full = error(429, Retry_After="86400")
    world.spotify.faults.append(at("/v1/tracks/", full, times=FOREVER, skip=2))
    result = world.run([WEEKS[0], WEEKS[-1]])
    assert result.success
    said = " ".join(warnings_of(world.instance, result.run_id))
    assert "asks to wait 24 hours" in said
    # The newest come first: 60 and 40 of the 180.
    assert len(read_details(world.storage).tracks) == 100
    assert list(waiting_details(world.storage).weeks) == WEEKS
    assert all(song["duration_ms"] for song in rows(world, "songs", WEEKS[2]))
    assert sum(song["duration_ms"] is None for song in rows(world, "songs", WEEKS[0])) == 60
    world.spotify.faults.clear()
    world.spotify.asked.clear()
    assert world.run([WEEKS[0], WEEKS[-1]]).success
    assert asked(world) == {"tracks": 2, "artists": 1, "albums": 9}
    assert list(waiting_details(world.storage).weeks) == []
    assert all(song["duration_ms"] for week in WEEKS for song in rows(world, "songs", week))


def test_making_a_week_again_with_known_details_gives_the_same_bytes(world: World) -> None:
    drop(world, WEEKS[0], names(0))
    world.run(WEEKS[:1])
    before = table_files(world.settings.folder)
    assert world.run(WEEKS[:1]).success
    assert table_files(world.settings.folder) == before


def test_a_playlist_is_not_asked_for_what_it_says_itself(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], names(0), raw_samples.added_at(WEEK))
    world.run([WEEK])
    assert asked(world) == {"playlists": 2, "artists": 1, "albums": 4}
    assert rows(world, "artists", WEEK)[0]["genres"] == ["made-up pop"]
    songs = rows(world, "songs", WEEK)
    assert (songs[0]["label"], songs[0]["popularity"]) == ("Song 0x Records", 70)


@pytest.mark.parametrize(
    "fault",
    [
        error(500),
        error(403, "Active premium subscription required for the owner of the app."),
        answer({"tracks": []}),
        answer({"tracks": "none"}),
        answer([1, 2]),
    ],
    ids=["500", "premium", "no objects", "no list", "no object"],
)
def test_when_details_cannot_be_had_the_tables_are_made_without(
    world: World, fault: object
) -> None:
    drop(world, WEEKS[0], names(0, 3))
    world.spotify.faults.append(at("/v1/tracks", fault, times=FOREVER))  # type: ignore[arg-type]
    result = world.run(WEEKS[:1])
    assert failures(result) == {}
    assert [song["duration_ms"] for song in rows(world, "songs", WEEKS[0])] == [None] * 3
    made = materializations(world.instance, "details")[f"{WEEKS[0]}"].metadata
    assert made["interrupted"].value != "no"
    assert made["songs that wait"].value == 3
    assert list(waiting_details(world.storage).weeks) == WEEKS[:1]
    assert asked(world)["tracks"] <= 4


def test_another_songs_details_are_never_taken(world: World) -> None:
    drop(world, WEEKS[0], names(0, 3))
    turned = changed(lambda document: {"tracks": document["tracks"][::-1]})
    world.spotify.faults.append(at("/v1/tracks/?ids", turned, times=FOREVER))
    world.run(WEEKS[:1])
    details = read_details(world.storage).tracks
    assert {one: found and found.id for one, found in details.items()} == {
        one: one for one in details
    }
    assert len(details) == 3  # the two that were mixed up were asked for one by one


def test_a_replaced_songs_details_are_kept_under_the_id_of_the_chart(world: World) -> None:
    drop(world, WEEKS[0], ["Fjordlys"])
    old = raw_samples.spotify_id("Fjordlys")
    world.spotify.objects["tracks"][old] |= {"id": "New" + "0" * 19, "linked_from": {"id": old}}
    world.run(WEEKS[:1])
    (song,) = rows(world, "songs", WEEKS[0])
    assert (song["song_id"], song["duration_ms"]) == (old, 200_000)


def test_without_credentials_nothing_is_asked_and_columns_stay_null(
    world: World, base: Path
) -> None:
    drop(world, WEEKS[0], ["Fjordlys"])
    silent = World(world.spotify, load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), world.instance)
    assert silent.run(WEEKS[:1]).success
    assert world.spotify.asked == []
    assert rows(world, "songs", WEEKS[0])[0]["duration_ms"] is None
    made = materializations(world.instance, "details")[f"{WEEKS[0]}"].metadata
    assert "SPOTIPY_CLIENT_ID" in str(made["asked for"].value)
    # Once there are credentials, the next tick and the next update ask for what it lacks.
    assert waiting_details(world.storage).weeks == (WEEKS[0],)
    (request,) = [r for r in world.tick()[0] if r.partition_key != WEEK.isoformat()]
    assert request.tags["dagster/partition"] == WEEKS[0].isoformat()
    assert world.run(WEEKS[:1]).success
    assert rows(world, "songs", WEEKS[0])[0]["duration_ms"] == 200_000
    assert waiting_details(world.storage).weeks == ()


def test_an_id_that_spoils_its_batch_costs_no_other(world: World) -> None:
    drop(world, WEEKS[0], names(0, 60))
    bad = raw_samples.spotify_id("Song 7x")

    def spoil(handler: Handler) -> bool:
        if bad in handler.path:
            handler.refuse(400, "Invalid base62 id")
            return True
        return False

    world.spotify.faults.append(spoil)
    assert world.run(WEEKS[:1]).success
    known = read_details(world.storage).tracks
    assert len(known) == 60
    assert [one for one, found in known.items() if found is None] == [bad]
    assert waiting_details(world.storage).weeks == ()


def test_a_damaged_details_file_is_named_with_the_remedy(world: World) -> None:
    drop(world, WEEKS[0], ["Fjordlys"])
    world.run(WEEKS[:1])
    (file,) = world.storage.files(f"{DETAILS}tracks/")
    world.storage.write(file.key, b'{"id": "half')
    result = world.run(WEEKS[:1])
    assert not result.success
    said = next(iter(failures(result).values()))
    assert file.key in said
    assert "Take it away; what it held is asked for again" in said
    world.storage.delete(file.key)
    assert world.run(WEEKS[:1]).success


def test_a_details_file_that_somebody_changed_is_named_with_the_remedy(world: World) -> None:
    drop(world, WEEKS[0], ["Fjordlys"])
    world.run(WEEKS[:1])
    (file,) = world.storage.files(f"{DETAILS}tracks/")
    content = world.storage.read(file.key)
    world.storage.write(file.key, content.replace(b"Fjordlys", b"Fjordlyz"))
    result = world.run(WEEKS[:1])
    said = next(iter(failures(result).values()))
    assert f"{file.key}: It isn't as it was kept: its SHA-256 is another than in its name." in said
    world.storage.write(file.key, content)
    assert world.run(WEEKS[:1]).success


def test_progress_shows_in_the_log_of_the_run(world: World) -> None:
    drop(world, WEEKS[0], names(0, 600))
    result = world.run(WEEKS[:1])
    said = [entry.user_message for entry in world.instance.all_logs(result.run_id)]
    assert "Details: 500 of 600 tracks" in said
    assert "Details: 600 of 600 tracks" in said


def test_details_depend_on_raw_files_and_tables_on_details(world: World) -> None:
    graph = world.definitions.resolve_asset_graph()
    assert graph.get(dg.AssetKey("details")).parent_keys == {dg.AssetKey("raw_playlist")}
    assert dg.AssetKey("details") in graph.get(dg.AssetKey("songs")).parent_keys
