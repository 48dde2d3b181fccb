"""`details` where batches are refused, and what is kept of answers that aren't as they should be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_assets.layout import DETAILS
from spotify_assets.raw.details import note_waiting, read_details, waiting_details
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import drop_csv, failures, instance_in, warnings_of
from spotify_assets_tests.fakes.spotify_faults import FOREVER, Act, answer, at, error, text
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, serving
from spotify_assets_tests.spotify_world import PLAYLISTS, WEEK, World, settings_of

OLDER = WEEK - ONE_WEEK  # nothing is live
SONGS = [f"Song {number}x" for number in range(12)]
IDS = [raw_samples.spotify_id(song) for song in SONGS]
ASSETS = ("raw_playlist", "details")


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Iterator[World]:
    """An app in development mode, and a chart file whose songs are each by another artist."""
    with (
        serving(FakeSpotify(extended=False)) as spotify,
        instance_in(tmp_path / "dagster home") as instance,
    ):
        world = World(spotify, settings_of(spotify, base), instance)
        drop_csv(world.storage, OLDER, names=SONGS)
        for song in SONGS:
            spotify.add_track(raw_samples.track(song, artists=[f"{song} band"]))
        yield world


def asked(world: World) -> Counter[str]:
    return Counter(path.split("/")[2] for path in world.spotify.paths())


def test_what_spotify_does_not_know_stops_no_other_and_is_not_asked_for_again(
    world: World,
) -> None:
    del world.spotify.objects["tracks"][IDS[3]]
    assert world.run([OLDER], ASSETS).success
    tracks = read_details(world.storage).tracks
    assert [one for one in IDS if tracks[one] is None] == [IDS[3]]
    world.spotify.asked.clear()
    world.run([OLDER], ASSETS)
    assert IDS[3] not in " ".join(world.spotify.paths())


@pytest.mark.parametrize("status", [404, 405, 410])
def test_batches_may_be_refused_as_an_address_that_is_gone(world: World, status: int) -> None:
    world.spotify.extended = True
    world.spotify.faults.append(at("?ids=", error(status), times=FOREVER))
    assert world.run([OLDER], ASSETS).success
    assert set(read_details(world.storage).tracks) == set(IDS)
    # One refused batch; and all artists, more than the ten to try, for this app is told genres.
    assert asked(world) == {"tracks": 1 + 12, "artists": 12}


@pytest.mark.parametrize(
    "act",
    [
        error(403, "Active premium subscription required for the owner of the app."),
        error(403, "", "QUOTA_EXCEEDED"),
    ],
    ids=["premium", "quota"],
)
def test_where_the_app_itself_is_refused_nothing_is_asked_for_singly(
    world: World, act: Act
) -> None:
    world.spotify.faults.append(at("/v1/tracks", act, times=FOREVER))
    assert world.run([OLDER], ASSETS).success
    assert asked(world) == {"tracks": 1}
    assert list(waiting_details(world.storage).weeks) == [OLDER]


def test_labels_are_never_asked_for_singly(world: World) -> None:
    world.run([OLDER], ASSETS)
    world.run([OLDER], ASSETS)  # the artists beyond the ten to try
    world.spotify.asked.clear()
    assert world.run([OLDER], ASSETS).success
    assert asked(world) == {"albums": 1}  # a batch, which is refused


def test_what_came_before_a_refusal_is_kept(world: World) -> None:
    full = error(429, Retry_After="86400")
    world.spotify.faults.append(at(f"/v1/tracks/{IDS[5]}", full, times=FOREVER))
    result = world.run([OLDER], ASSETS)
    assert "asks to wait 24 hours" in " ".join(warnings_of(world.instance, result.run_id))
    assert set(read_details(world.storage).tracks) == set(IDS) - {IDS[5]}
    assert list(waiting_details(world.storage).weeks) == [OLDER]


def test_a_song_that_is_refused_is_not_taken_for_unknown(world: World) -> None:
    refusal = error(403, "Forbidden")
    world.spotify.faults.append(at(f"/v1/tracks/{IDS[5]}", refusal, times=FOREVER))
    world.run([OLDER], ASSETS)
    assert IDS[5] not in read_details(world.storage).tracks


def test_another_songs_details_are_not_taken_and_stop_no_other(world: World) -> None:
    other = answer(raw_samples.track("Other"))
    world.spotify.faults.append(at(f"/v1/tracks/{IDS[5]}", other, times=FOREVER))
    result = world.run([OLDER], ASSETS)
    assert read_details(world.storage).tracks[IDS[5]] is None
    assert set(read_details(world.storage).tracks) == set(IDS)
    assert warnings_of(world.instance, result.run_id) == []
    assert asked(world)["artists"] == 10


@pytest.mark.parametrize(
    "fault",
    [answer({"notice": "Please log in"}), error(500), error(403)],
    ids=["no id", "500", "403"],
)
def test_an_id_that_fails_by_itself_keeps_back_no_other_and_is_asked_for_again(
    world: World, fault: Act
) -> None:
    world.spotify.faults.append(at(f"/v1/tracks/{IDS[5]}", fault, times=FOREVER))
    assert world.run([OLDER], ASSETS).success
    assert set(read_details(world.storage).tracks) == set(IDS) - {IDS[5]}
    assert asked(world)["artists"] == 10
    assert waiting_details(world.storage).weeks == ()
    world.spotify.faults.clear()
    assert world.run([OLDER], ASSETS).success
    assert set(read_details(world.storage).tracks) == set(IDS)


def test_many_ids_that_fail_are_an_outage_and_interrupt(world: World) -> None:
    world.spotify.faults.append(at("/v1/tracks/", error(500), times=FOREVER, skip=1))
    result = world.run([OLDER], ASSETS)
    assert "out of order" in " ".join(warnings_of(world.instance, result.run_id))
    waiting = waiting_details(world.storage)
    assert waiting.weeks == (OLDER,)
    assert "out of order" in waiting.why


def test_weeks_of_other_runs_go_on_waiting(world: World) -> None:
    other = OLDER - ONE_WEEK
    note_waiting(world.storage, [other, OLDER], [other, OLDER])
    assert world.run([OLDER], ASSETS).success
    assert list(waiting_details(world.storage).weeks) == [other]


def test_a_name_that_is_half_a_character_is_kept_as_well_as_it_can_be(world: World) -> None:
    world.spotify.extended = True
    track = world.spotify.objects["tracks"][IDS[0]] | {"name": "Fjord \ud83d"}
    known = [track] + [world.spotify.objects["tracks"][one] for one in IDS[1:]]
    ids = sorted(range(len(IDS)), key=lambda place: IDS[place])
    body = json.dumps({"tracks": [known[place] for place in ids]})  # with \ud83d escaped
    world.spotify.faults.append(at("/v1/tracks/?ids", text(body), times=FOREVER))
    assert failures(world.run([OLDER], ASSETS)) == {}
    found = read_details(world.storage).tracks[IDS[0]]
    assert found is not None
    assert found.name == "Fjord ?"


def test_lists_that_no_table_has_are_not_kept(world: World) -> None:
    for track in world.spotify.objects["tracks"].values():
        track["available_markets"] = ["NO", "SE"]
        track["album"]["available_markets"] = ["NO", "SE"]
    world.run([OLDER], ASSETS)
    (file,) = world.storage.files(f"{DETAILS}tracks/")
    assert b"available_markets" not in world.storage.read(file.key)


def test_what_is_no_id_of_spotifys_is_not_asked_for(world: World) -> None:
    world.spotify.extended = True
    local = {"id": None, "uri": "spotify:local:Ida::Demo:180", "name": "Demo", "type": "track"}
    row = raw_samples.row(local | {"artists": [{"id": None, "name": "Ida"}], "is_local": True})
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, raw_samples.added_at(WEEK))
    world.spotify.playlists[PLAYLISTS["norway"]].rows.append(row)
    world.run([WEEK], ASSETS)
    ids = [one.query["ids"] for one in world.spotify.asked if "ids" in one.query]
    assert ids
    assert list(waiting_details(world.storage).weeks) == []
    assert all(len(one) == 22 for some in ids for one in some.split(","))
