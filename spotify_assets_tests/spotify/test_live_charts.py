"""`raw_playlist` against Spotify: what is stored of the latest closed week, and what never is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import table_key
from spotify_assets.raw.missing import why_missing
from spotify_assets.settings import load_settings
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    drop_csv,
    evaluations,
    failures,
    instance_in,
    materializations,
)
from spotify_assets_tests.fakes.spotify_faults import FOREVER, answer, at, changed, error, with_rows
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
    serving,
)
from spotify_assets_tests.spotify_world import FIRST_WEEK, PLAYLISTS, WEEK, World, settings_of

REFRESHED = raw_samples.added_at(WEEK)
SONGS = ["Fjordlys", "Midnight Ferry", "Snø i mai"]


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Iterator[World]:
    with serving(FakeSpotify()) as spotify, instance_in(tmp_path / "dagster home") as instance:
        yield World(spotify, settings_of(spotify, base), instance)


def facts(world: World) -> dict[str, dict[str, object]]:
    """What the week's materialization says of each raw file."""
    made = materializations(world.instance, "raw_playlist")[WEEK.isoformat()]
    snapshots = made.metadata["snapshots"].value
    assert isinstance(snapshots, list)
    return {str(fact["file"]).rsplit("/", 1)[1]: fact for fact in snapshots}


@pytest.mark.parametrize(("extended", "generation"), [(True, "tracks"), (False, "items")])
def test_a_chart_is_stored_byte_for_byte_with_where_it_is_from(
    world: World, extended: bool, generation: str
) -> None:
    world.spotify.extended = extended
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED, is_own=True)
    assert world.run([WEEK]).success
    stored = world.storage.read(f"raw/processed/week={WEEK}/norway.playlist.json")
    document = json.loads(stored)
    assert [row[generation[:-1]]["name"] for row in document[generation]["items"]] == SONGS
    assert facts(world)["norway.playlist.json"] == {
        "file": f"week={WEEK}/norway.playlist.json",
        "source": "spotify",
        "fetched_at": "2024-03-08T12:00:00+00:00",
        "rows": 3,
        "sha256": sha256(stored).hexdigest(),
        "snapshot_id": "c25hcHNob3Q=",
        "refreshed_at": "2024-03-08T09:41:02+00:00",
        "app_generation": generation,
    }


@pytest.mark.parametrize(("extended", "requests"), [(True, 5), (False, 7)])
def test_a_long_playlist_is_had_with_all_its_pages(
    world: World, extended: bool, requests: int
) -> None:
    names = [f"Song {number}" for number in range(230)]
    world.spotify.extended = extended
    world.spotify.add_chart(PLAYLISTS["norway"], names, REFRESHED, is_own=True)
    assert world.run([WEEK]).success
    made = materializations(world.instance, "songs")[WEEK.isoformat()]
    assert made.metadata["dagster/partition_row_count"].value == 230
    # Its pages, and at the end whether it was refreshed between them; then global, which isn't there.
    assert len(world.spotify.paths("playlists/")) == requests


def test_rows_without_a_song_keep_their_rank_and_replaced_songs_their_id(world: World) -> None:
    rows = raw_samples.rows(WEEK, SONGS)
    rows[0]["track"] = None
    rows[1]["track"] |= {"id": "New" + "0" * 19, "linked_from": {"id": "Old" + "0" * 19}}
    rows.append(raw_samples.row({"type": "episode", "id": "Talk" + "0" * 18, "name": "Talk"}))
    local = {"id": None, "uri": "spotify:local:Ida::Demo:180", "name": "Demo", "type": "track"}
    rows.append(
        raw_samples.row(local | {"artists": [{"id": None, "name": "Ida"}], "is_local": True})
    )
    world.spotify.add_chart(PLAYLISTS["norway"], [], REFRESHED)
    world.spotify.playlists[PLAYLISTS["norway"]].rows = rows
    result = world.run([WEEK])
    assert result.success
    assert [request.query.get("market") for request in world.spotify.asked] == [None] * len(
        world.spotify.asked
    )
    preview = str(materializations(world.instance, "songs")[f"{WEEK}"].metadata["preview"].value)
    assert [line.split(" | ")[1:3] for line in preview.splitlines()[2:]] == [
        ["2", "Midnight Ferry"],
        ["3", "Snø i mai"],
        ["5", "Demo"],
    ]
    content = world.storage.read(table_key("songs", WEEK, "parquet"))
    ids = pq.read_table(io.BytesIO(content)).column("song_id").to_pylist()
    assert any(one.startswith("Old") for one in ids), ids
    assert not any(one.startswith("New") for one in ids), ids


def test_a_chart_that_fails_does_not_cost_the_others_and_is_named_with_the_reason(
    world: World,
) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    result = world.run([WEEK])
    assert result.success
    assert world.archived() == ["norway.playlist.json"]
    (check,) = [e for e in evaluations(world.instance, result.run_id) if "expected" in e.check_name]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "answered 404" in str(check.description)
    assert "global (playlist" in str(check.description)
    assert "global" in why_missing(world.storage, WEEK)


def test_a_chart_that_comes_later_completes_its_week_and_leaves_the_others_alone(
    world: World,
) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    world.run([WEEK])
    before = world.storage.read(f"raw/processed/week={WEEK}/norway.playlist.json")
    world.spotify.add_chart(PLAYLISTS["norway"], ["Another"], REFRESHED)
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    result = world.run([WEEK])
    assert world.archived() == ["global.playlist.json", "norway.playlist.json"]
    assert world.storage.read(f"raw/processed/week={WEEK}/norway.playlist.json") == before
    assert facts(world)["norway.playlist.json"]["source"] == "archive"
    assert why_missing(world.storage, WEEK) == {}
    (check,) = [e for e in evaluations(world.instance, result.run_id) if "expected" in e.check_name]
    assert check.passed


def test_a_chart_that_was_dropped_is_not_asked_for(world: World) -> None:
    drop_csv(world.storage, WEEK)
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    assert world.run([WEEK]).success
    assert world.archived() == ["global.playlist.json", "norway.chart.csv"]
    assert world.spotify.paths(f"playlists/{PLAYLISTS['norway']}") == []
    assert facts(world)["norway.chart.csv"]["source"] == "inbox"


def test_a_chart_that_is_dropped_after_a_refusal_is_no_longer_noted_as_missing(
    world: World,
) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    world.run([WEEK], ("raw_playlist",))
    assert list(why_missing(world.storage, WEEK)) == ["global"]
    drop_csv(world.storage, WEEK, country="global")
    world.run([WEEK], ("raw_playlist",))
    assert why_missing(world.storage, WEEK) == {}


def test_when_spotify_refuses_every_chart_the_run_fails_with_every_reason(world: World) -> None:
    world.spotify.extended = False
    result = world.run([WEEK])
    assert not result.success
    (said,) = failures(result).values()
    assert "norway (playlist" in said
    assert "global (playlist" in said
    assert "since November 2024" in said


def test_without_credentials_the_latest_week_says_that_spotify_is_not_asked(
    world: World, base: Path
) -> None:
    silent = World(world.spotify, load_settings({"SPOTIFY_ASSETS_BASE": str(base)}), world.instance)
    result = silent.run([WEEK])
    assert "Spotify isn't asked, since SPOTIPY_CLIENT_ID" in next(iter(failures(result).values()))
    assert world.spotify.asked == []


def test_real_charts_are_not_mixed_into_the_demo(world: World) -> None:
    mark_demo(world.storage, FIRST_WEEK, WEEK)
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    drop_csv(world.storage, WEEK, country="global")
    assert world.run([WEEK]).success
    assert world.archived() == ["global.chart.csv"]
    assert world.spotify.asked == []


def test_a_damaged_archive_file_does_not_keep_back_a_new_chart(world: World) -> None:
    world.storage.write(f"raw/processed/week={WEEK - ONE_WEEK}/norway.playlist.json", b"{")
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    assert world.run([WEEK]).success
    assert world.archived() == ["norway.playlist.json"]


def test_no_secret_gets_into_files_events_or_logs(world: World, base: Path) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    echo = error(400, f"bad {CLIENT_SECRET} and made-up-token-1")
    world.spotify.faults.append(at(PLAYLISTS["global"], echo, times=FOREVER))
    result = world.run([WEEK])
    events = "\n".join(str(entry) for entry in world.instance.all_logs(result.run_id))
    files = b"".join(file.read_bytes() for file in base.rglob("*") if file.is_file())
    assert "bad *** and ***" in events
    for secret in (CLIENT_SECRET, REFRESH_TOKEN, "made-up-token-1"):
        assert secret not in events
        assert secret.encode() not in files


def test_a_chart_whose_next_page_is_of_another_playlist_is_not_stored(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], [f"Song {n}" for n in range(120)], REFRESHED)
    world.spotify.add_chart("Another0playlist", [f"Other {n}" for n in range(120)], REFRESHED)
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    elsewhere = f"{world.spotify.api_url}playlists/Another0playlist/tracks?offset=100&limit=100"
    world.spotify.faults.append(at(PLAYLISTS["norway"], with_rows(next=elsewhere), times=FOREVER))
    assert world.run([WEEK]).success
    assert world.archived() == ["global.playlist.json"]
    assert "is of another playlist" in why_missing(world.storage, WEEK)["norway"]


@pytest.mark.parametrize("kind", ["one song", "one song again and again"])
def test_what_is_no_chart_is_not_stored(world: World, kind: str) -> None:
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    row = raw_samples.rows(WEEK, ["Fjordlys"])[0]
    others = [row] * 49 if kind == "one song again and again" else [{"track": None}] * 49
    world.spotify.add_chart(PLAYLISTS["norway"], [], REFRESHED)
    world.spotify.playlists[PLAYLISTS["norway"]].rows = [row, *others]
    assert world.run([WEEK]).success
    assert world.archived() == ["global.playlist.json"]
    assert "1 different songs in 50 rows" in why_missing(world.storage, WEEK)["norway"]


@pytest.mark.parametrize("where", ["id", "note"])
def test_an_answer_that_repeats_the_token_is_not_stored(
    world: World, base: Path, where: str
) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED)
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    echo = changed(lambda document: document | {where: "Bearer made-up-token-1"})
    world.spotify.faults.append(at(PLAYLISTS["norway"], echo, times=FOREVER))
    result = world.run([WEEK])
    assert world.archived() == ["global.playlist.json"]
    files = b"".join(file.read_bytes() for file in base.rglob("*") if file.is_file())
    assert b"made-up-token-1" not in files
    events = "\n".join(str(entry) for entry in world.instance.all_logs(result.run_id))
    assert "made-up-token-1" not in events


def test_without_a_token_no_chart_is_asked_for_twice(world: World) -> None:
    invalid = answer({"error": "invalid_client"}, 400)
    world.spotify.faults.append(at("/api/token", invalid, times=FOREVER))
    assert not world.run([WEEK]).success
    assert [asked.path for asked in world.spotify.asked] == ["/api/token"]
    assert why_missing(world.storage, WEEK)["global"] == (
        "global wasn't asked for: Spotify gives no token to this app."
    )


def test_after_five_silent_charts_in_a_row_the_others_are_not_asked_for(
    world: World, base: Path
) -> None:
    charts = base / "charts.toml"
    blocks = [f'[[charts]]\nslug = "c{n}"\nplaylist_id = "Playlist{n}"\n' for n in range(9)]
    charts.write_text("".join(blocks))
    environment = world.spotify.environment | {
        "SPOTIFY_ASSETS_BASE": str(base),
        "SPOTIFY_ASSETS_CHARTS_FILE": str(charts),
    }
    world.spotify.faults.append(at("/v1/", error(503), times=FOREVER))
    many = World(world.spotify, load_settings(environment), world.instance)
    result = many.run([WEEK])
    assert len(set(world.spotify.paths("playlists/"))) == 5
    (said,) = failures(result).values()
    assert "And 4 more charts." in said
    assert "c8 wasn't asked for" in why_missing(world.storage, WEEK)["c8"]
