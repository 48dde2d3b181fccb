"""`update` and `doctor` against Spotify: what they fetch, and what they say of this app."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from spotify_assets.layout import RawName
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import drop_csv
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
)

NORWAY, GLOBAL = raw_samples.NORWAY_PLAYLIST, raw_samples.GLOBAL_PLAYLIST
WEEK = latest_closed_week(system_clock())
REFRESHED, BEFORE = raw_samples.added_at(WEEK), "2024-03-08T09:00:00Z"


def test_update_fetches_what_the_latest_week_lacks(spotify: FakeSpotify, base: Path) -> None:
    spotify.add_chart(NORWAY, ["Fjordlys"], REFRESHED)
    first = cli(base, "update", **spotify.environment)
    assert first.exit_code == 0
    assert "Took in 0 files and 1 chart from Spotify; made 1 week in 1 run; " in first.stdout
    assert "Next: " in first.stdout
    assert "Warning" in first.stderr
    assert "global" in first.stderr
    spotify.add_chart(GLOBAL, ["Ferry"], REFRESHED)
    second = cli(base, "update", **spotify.environment)
    assert "made 1 week in 1 run; " in second.stdout
    assert "expected_charts_present" not in second.stderr
    spotify.asked.clear()
    assert "Nothing to do" in cli(base, "update", **spotify.environment).stdout
    assert spotify.asked == []


def test_update_says_when_it_is_too_early_or_the_app_is_refused(
    spotify: FakeSpotify, base: Path
) -> None:
    spotify.playlists.clear()
    refused = cli(base, "update", **spotify.environment)
    assert refused.exit_code == 0
    assert "November 2024" in refused.stderr
    assert "Next: " not in refused.stdout  # there is nothing to open or query
    spotify.faults.append(at("/v1/playlists", error(400), times=FOREVER))
    assert cli(base, "update", **spotify.environment).exit_code == 1
    spotify.faults.clear()
    for playlist_id in (NORWAY, GLOBAL):
        spotify.add_chart(playlist_id, ["Fjordlys"], BEFORE)
    early = cli(base, "update", **spotify.environment)
    assert "Not yet: global, norway: Spotify hasn't refreshed it" in early.stderr
    # The playlists are dated: they are the week before, which is missing.
    assert (early.exit_code, "made 1 week in 2 runs" in early.stdout) == (0, True)


def test_an_app_that_has_lost_all_its_charts_is_a_failure(spotify: FakeSpotify, base: Path) -> None:
    spotify.playlists.clear()
    before = WEEK - ONE_WEEK
    document = raw_samples.playlist(raw_samples.rows(before))
    key = RawName(before, "norway", "playlist").archive_key
    FolderStorage(base).write(key, raw_samples.as_json(document))
    lost = cli(base, "update", **spotify.environment)
    assert lost.exit_code == 1
    assert f"Failed for {WEEK}: " in lost.stderr
    assert "it has lost its access since" in lost.stderr


def test_the_next_update_looks_up_the_details_that_are_left(
    spotify: FakeSpotify, base: Path
) -> None:
    spotify.faults.append(at("/v1/tracks", error(429, Retry_After="86400"), times=FOREVER))
    for country in ("no", "global"):
        drop_csv(FolderStorage(base), WEEK, country=country)
    limited = cli(base, "update", **spotify.environment)
    assert limited.exit_code == 0
    assert (
        "Note: stopped looking up songs, artists and albums: Spotify answered 429" in limited.stderr
    )
    spotify.faults.clear()
    assert "made 1 week in 1 run; " in cli(base, "update", **spotify.environment).stdout
    assert "Nothing to do" in cli(base, "update", **spotify.environment).stdout


def test_doctor_says_of_each_chart_what_comes_of_it_and_that_is_no_error(
    spotify: FakeSpotify, base: Path, tmp_path: Path
) -> None:
    charts = tmp_path / "charts.toml"
    playlists = {"norway": NORWAY, "global": GLOBAL, "denmark": "Made0up", "finland": "None0such"}
    declared = [f'slug = "{slug}"\nplaylist_id = "{one}"' for slug, one in playlists.items()]
    declared.append('slug = "sweden"\ncountry = "se"')
    charts.write_text("".join(f"[[charts]]\n{lines}\n" for lines in declared))
    spotify.add_chart(NORWAY, ["Fjordlys"], BEFORE)
    spotify.add_chart(GLOBAL, [], REFRESHED)
    spotify.add_chart("Made0up", ["Fjordlys"], REFRESHED)
    more = {
        "SPOTIFY_ASSETS_CHARTS": "",
        "SPOTIFY_ASSETS_CHARTS_FILE": str(charts),
        "SPOTIFY_ASSETS_REFRESH_TOKEN": REFRESH_TOKEN,
    }
    ended = cli(base, "doctor", **(spotify.environment | more))
    assert ended.exit_code == 0
    for line in (
        "issues a token (a user's)",
        f"hasn't refreshed for the week {WEEK} yet: norway",
        "serves nothing usable of: global",
        f"serves the week {WEEK} of: denmark",
        "doesn't serve to this app: finland",
        "isn't asked, because there is no playlist_id, for: sweden",
        "SPOTIPY_CLIENT_SECRET=(set)",
    ):
        assert line in ended.stdout
    assert (
        "charts.spotify.com" not in ended.stdout
    )  # which has no CSV of playlists without a country
    assert CLIENT_SECRET not in ended.output
    assert REFRESH_TOKEN not in ended.output


def test_doctor_says_when_there_is_no_token(spotify: FakeSpotify, base: Path) -> None:
    wrong = spotify.environment | {"SPOTIPY_CLIENT_SECRET": "wrong-4711"}
    ended = cli(base, "doctor", **wrong)
    assert ended.exit_code == 1
    assert "issues no token" in ended.stdout
    assert "4711" not in ended.output


@pytest.mark.parametrize("is_right", [True, False], ids=["served", "refused"])
def test_update_leaves_no_secret_anywhere(
    spotify: FakeSpotify, base: Path, *, is_right: bool
) -> None:
    """In what it prints, and in any file of base and Dagster's home: events, logs, raw files, tables."""
    drop_csv(FolderStorage(base), WEEK - ONE_WEEK)
    secrets = {
        "SPOTIPY_CLIENT_SECRET": CLIENT_SECRET if is_right else "wrong-4711",
        "SPOTIFY_ASSETS_ALERT_URLS": "json://ida:pass-word@127.0.0.1:9/hush-hush",
        "AWS_SECRET_ACCESS_KEY": "made-up-key-of-aws",
        "DAGSTER_POSTGRES_PASSWORD": "made-up-word-of-postgres",
    }
    ended = cli(base, "update", **(spotify.environment | secrets))
    assert "Not sent: SPOTIFY_ASSETS_ALERT_URLS: address 1 of 1" in ended.stderr
    left = [ended.output.encode(), *(f.read_bytes() for f in base.rglob("*") if f.is_file())]
    assert len(left) > 20
    pair = b64encode(f"{CLIENT_ID}:{secrets['SPOTIPY_CLIENT_SECRET']}".encode()).decode()
    words = (*secrets.values(), "pass-word", "hush-hush", "made-up-token-1", pair)
    assert [word for word in words if any(word.encode() in one for one in left)] == []
