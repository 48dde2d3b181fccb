"""`raw_playlist` and `details` in runs against Spotify: what is stored, shown, and said of failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import RawName, table_key
from spotify_assets.raw.missing import note_missing, why_missing
from spotify_assets.settings import PREFIX, OpenData, load_settings
from spotify_assets.to_fetch import weeks_to_fetch
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    drop_csv,
    drop_playlist,
    failures,
    instance_in,
    materializations,
    warnings_of,
)
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
    serving,
)
from spotify_assets_tests.spotify_world import FIRST_WEEK, PLAYLISTS, WEEK, World, settings_of

REFRESHED = raw_samples.added_at(WEEK)
SONGS = ["Fjordlys", "Midnight Ferry", "Snø i mai"]
OLDER = WEEK - ONE_WEEK  # nothing is live
RAW = ("raw_playlist",)
NORWAY = RawName(WEEK, "norway", "playlist")


@pytest.fixture
def world(base: Path, tmp_path: Path) -> Iterator[World]:
    """A Spotify that serves Norway's chart and not the global one."""
    with serving(FakeSpotify()) as spotify, instance_in(tmp_path / "dagster home") as instance:
        spotify.add_chart(PLAYLISTS["norway"], SONGS, REFRESHED, is_own=True)
        yield World(spotify, settings_of(spotify, base), instance)


def without_credentials(world: World) -> World:
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(world.settings.base)})
    return World(world.spotify, settings, world.instance)


def facts(world: World) -> dict[str, dict[str, object]]:
    """What the week's materialization says of each raw file."""
    made = materializations(world.instance, "raw_playlist")[WEEK.isoformat()]
    snapshots = made.metadata["snapshots"].value
    assert isinstance(snapshots, list)
    return {str(fact["file"]).rsplit("/", 1)[1]: fact for fact in snapshots}


def said(world: World, result: dg.ExecuteInProcessResult) -> str:
    """What a run warned of, and why it failed."""
    return " ".join([*warnings_of(world.instance, result.run_id), *failures(result).values()])


# raw_playlist


@pytest.mark.parametrize(("extended", "generation"), [(True, "tracks"), (False, "items")])
def test_a_chart_is_stored_byte_for_byte_with_where_it_is_from(
    world: World, extended: bool, generation: str
) -> None:
    world.spotify.extended = extended
    result = world.run([WEEK], RAW)
    assert result.success
    stored = world.storage.read(NORWAY.archive_key)
    document = json.loads(stored)
    assert [row[generation[:-1]]["name"] for row in document[generation]["items"]] == SONGS
    assert facts(world) == {
        "norway.playlist.json": {
            "file": f"week={WEEK}/norway.playlist.json",
            "source": "spotify",
            "fetched_at": "2024-03-08T12:00:00+00:00",
            "rows": 3,
            "sha256": sha256(stored).hexdigest(),
            "snapshot_id": "c25hcHNob3Q=",
            "refreshed_at": "2024-03-08T09:41:02",
        }
    }
    # The chart that isn't served costs nothing but itself, and is named with the reason.
    assert list(why_missing(world.storage, WEEK)) == ["global"]
    assert "global: Spotify answered 404 (Resource not found) to the request for" in said(
        world, result
    )


def test_a_chart_that_comes_later_completes_its_week_and_leaves_the_others_alone(
    world: World,
) -> None:
    world.run([WEEK], RAW)
    before = world.storage.read(NORWAY.archive_key)
    world.spotify.add_chart(PLAYLISTS["norway"], ["Another"], REFRESHED)
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    world.run([WEEK], RAW)
    assert {"global.playlist.json", "norway.playlist.json"} <= set(world.archived())
    assert world.storage.read(NORWAY.archive_key) == before
    assert facts(world)["norway.playlist.json"]["source"] == "archive"
    assert why_missing(world.storage, WEEK) == {}


def test_a_chart_that_was_dropped_is_not_fetched(world: World) -> None:
    note_missing(world.storage, WEEK, {"norway": "404", "global": "404"})
    drop_csv(world.storage, WEEK, country="global")
    drop_playlist(world.storage, WEEK)
    assert world.run([WEEK], RAW).success
    assert world.spotify.asked == []
    assert {name: fact["source"] for name, fact in facts(world).items()} == {
        "global.chart.csv": "inbox",
        "norway.playlist.json": "inbox",
    }
    assert why_missing(world.storage, WEEK) == {}


@pytest.mark.parametrize("again", [True, False])
def test_refetching_replaces_a_playlist_that_differs_and_keeps_it_as_superseded(
    world: World, again: bool
) -> None:
    drop_csv(world.storage, WEEK, country="global")
    world.run([WEEK], RAW)
    before = world.storage.read(NORWAY.archive_key)
    kept = NORWAY.superseded_key(sha256(before).hexdigest())

    def refetch() -> bool:
        config = {"ops": {"raw_playlist": {"config": {"refetch_latest_week": again}}}}
        return world.run([WEEK], RAW, config=config).success

    world.spotify.asked.clear()
    assert refetch()  # the same chart
    assert bool(world.spotify.asked) == again
    assert not world.storage.exists(kept)
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS[::-1], REFRESHED, snapshot_id="corrected")
    assert refetch()
    assert (world.storage.read(NORWAY.archive_key) != before) == again
    assert world.storage.exists(kept) == again
    assert facts(world)["norway.playlist.json"]["source"] == ("spotify" if again else "archive")
    # What was dropped stays, and a chart that is refused keeps what is archived of it.
    world.spotify.playlists.clear()
    assert refetch()
    assert world.storage.exists(NORWAY.archive_key)
    assert world.storage.exists(RawName(WEEK, "global", "chart_csv").archive_key)
    assert why_missing(world.storage, WEEK) == {}


def test_a_damaged_archived_file_is_logged_and_the_step_goes_on(world: World) -> None:
    world.storage.write(NORWAY.archive_key, b"{")
    world.spotify.add_chart(PLAYLISTS["global"], SONGS, REFRESHED)
    result = world.run([WEEK], RAW)
    assert result.success
    assert f"{NORWAY.archive_key} is damaged: " in said(world, result)
    assert "Put a good copy into the inbox" in said(world, result)
    assert list(facts(world)) == ["global.playlist.json"]
    assert world.storage.read(NORWAY.archive_key) == b"{"


def too_early(world: World) -> None:
    for playlist_id in PLAYLISTS.values():
        world.spotify.add_chart(playlist_id, SONGS, raw_samples.added_at(OLDER))


def one_too_early(world: World) -> None:
    world.spotify.add_chart(PLAYLISTS["norway"], SONGS, raw_samples.added_at(OLDER))


def refused(world: World) -> None:
    world.spotify.playlists.clear()


@pytest.mark.parametrize(
    ("spoil", "week", "succeeds", "sentences"),
    [
        (
            too_early,
            WEEK,
            True,
            ["norway, global: Spotify hasn't refreshed it for the week 2024-03"],
        ),
        (one_too_early, WEEK, False, ["norway: Spotify hasn't refreshed it", "answered 404"]),
        (refused, WEEK, False, ["norway, global: Spotify answered 404", "since November 2024"]),
        (refused, OLDER, False, ["Spotify serves the latest closed week's charts only"]),
    ],
    ids=["too early", "one too early, one refused", "refused", "an older week"],
)
def test_a_week_without_any_file_says_why_and_fails_unless_it_is_too_early(
    world: World,
    spoil: Callable[[World], None],
    week: Any,
    succeeds: bool,
    sentences: list[str],
) -> None:
    spoil(world)
    result = world.run([week], RAW)
    assert result.success == succeeds
    assert all(sentence in said(world, result) for sentence in sentences)
    assert materializations(world.instance, "raw_playlist") == {}
    assert not [name for name in world.archived(week) if name.endswith(".playlist.json")]
    assert succeeds or "drop it below raw/to_be_processed/" in said(world, result)
    assert bool(world.spotify.asked) == (week == WEEK)


def test_in_a_range_only_the_latest_closed_week_is_fetched(world: World) -> None:
    first = WEEK - ONE_WEEK * 8
    drop_csv(world.storage, first)
    result = world.run([first, WEEK], RAW)
    assert result.success
    assert "norway.playlist.json" in world.archived(WEEK)
    assert "no raw files for 7 weeks, 2024-01-12 to 2024-02-23, neither" in said(world, result)


def test_without_credentials_or_in_the_demo_spotify_is_not_asked(world: World) -> None:
    silent = without_credentials(world)
    assert "Spotify isn't asked: SPOTIPY_CLIENT_ID" in said(silent, silent.run([WEEK], RAW))
    mark_demo(world.storage, FIRST_WEEK, WEEK)
    drop_csv(world.storage, WEEK, country="global")
    assert world.run([WEEK], (*RAW, "details")).success
    assert world.spotify.asked == []


def test_no_secret_gets_into_files_events_or_logs(world: World, base: Path) -> None:
    echo = error(400, f"bad {CLIENT_SECRET} and made-up-token-1")
    world.spotify.faults.append(at(PLAYLISTS["global"], echo, times=FOREVER))
    result = world.run([WEEK], (*RAW, "details"))
    events = "\n".join(str(entry) for entry in world.instance.all_logs(result.run_id))
    files = b"".join(file.read_bytes() for file in base.rglob("*") if file.is_file())
    assert "bad *** and ***" in events
    for secret in (CLIENT_SECRET, REFRESH_TOKEN, "made-up-token-1"):
        assert secret not in events
        assert secret.encode() not in files


# details


def rows(world: World, table: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        path = world.storage.location(table_key(table, OLDER))
        return connection.from_parquet(path).to_arrow_table().to_pylist()


def test_a_chart_file_gets_lengths_albums_genres_and_labels_once_spotify_is_asked(
    world: World,
) -> None:
    drop_csv(world.storage, OLDER, names=SONGS[:1])
    silent = without_credentials(world)
    assert silent.run([OLDER]).success
    assert world.spotify.asked == []
    made = materializations(world.instance, "details")[f"{OLDER}"].metadata
    assert "SPOTIPY_CLIENT_ID" in str(made["requested of Spotify"].value)
    assert rows(world, "songs")[0]["duration_ms"] is None
    assert (due(silent)[0], due(world)[0]) == (set(), {OLDER, WEEK})

    assert world.run([OLDER]).success
    (song,) = rows(world, "songs")
    assert (song["duration_ms"], song["isrc"]) == (200_000, "NOXXX2600001")
    assert song["label"] == "Nord Records"  # the chart file's own
    (album,) = rows(world, "albums")
    assert (album["album_id"], album["label"]) == (song["album_id"], "Fjordlys Records")
    (artist,) = rows(world, "artists")
    assert artist["genres"] == ["made-up pop"]
    # Figures of the day of the request aren't stored under an older week.
    assert (song["popularity"], artist["popularity"], artist["followers"]) == (None, None, None)
    assert due(world)[0] == {WEEK}


def test_without_an_answer_the_tables_are_made_and_their_week_still_wants_details(
    world: World,
) -> None:
    drop_csv(world.storage, OLDER, names=SONGS)
    full = error(429, Retry_After="86400")
    world.spotify.faults.append(at("/v1/tracks", full, times=FOREVER))
    result = world.run([OLDER])
    assert failures(result) == {}
    assert "Stopped looking up details: Spotify answered 429" in said(world, result)
    made = materializations(world.instance, "details")[f"{OLDER}"].metadata
    assert "asks to wait 24 hours" in str(made["interrupted"].value)
    assert made["songs that wait"].value == 3
    assert [song["duration_ms"] for song in rows(world, "songs")] == [None] * 3
    assert due(world)[0] == {OLDER, WEEK}


def test_a_wait_that_charts_are_asked_for_is_kept_by_details_too(world: World) -> None:
    drop_csv(world.storage, WEEK, names=SONGS, country="global")
    world.spotify.faults.append(at("/v1/", error(429, Retry_After="3600"), times=FOREVER))
    assert failures(world.run([WEEK])) == {}
    assert len(world.spotify.paths()) == 1


# What is due


def due(world: World) -> tuple[set[date], str]:
    """The weeks that are to be fetched, and why the latest isn't."""
    found = world.resources
    access, rules = found["spotify"].open(), found["charts"].rules(world.clock)
    return weeks_to_fetch(
        world.storage, rules, access, OpenData(), found["catalog"].open(world.storage)
    )


def test_a_week_is_fetched_until_every_chart_is_archived(world: World, tmp_path: Path) -> None:
    assert due(world) == ({WEEK}, "")
    assert "norway, global is missing. Spotify isn't asked" in due(without_credentials(world))[1]
    world.storage.write(NORWAY.archive_key, b"")
    assert due(world) == ({WEEK}, "")
    world.storage.write(RawName(WEEK, "global", "legacy_csv").archive_key, b"")
    assert due(world) == (set(), f"Every chart of {WEEK} is stored.")
    mark_demo(world.storage, FIRST_WEEK, WEEK)
    assert "the demo's made-up charts" in due(world)[1]
    charts = tmp_path / "charts.toml"
    charts.write_text('[[charts]]\nslug = "sweden"\ncountry = "se"\n')
    names = {
        "CHARTS": "",
        "CHARTS_FILE": str(charts),
        "BASE": str(tmp_path),
        "FIRST_WEEK": f"{FIRST_WEEK}",
    }
    settings = load_settings(
        world.spotify.environment | {f"{PREFIX}{name}": value for name, value in names.items()}
    )
    swedish = World(world.spotify, settings, world.instance)
    assert "sweden is missing, and has no playlist_id to fetch" in due(swedish)[1]
    swedish.now = datetime(2024, 1, 11, tzinfo=UTC)
    assert "isn't over" in due(swedish)[1]
