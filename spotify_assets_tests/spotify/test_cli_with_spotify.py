"""`update` and `doctor` where Spotify is asked: what they fetch, and what they say of this app."""

from __future__ import annotations

from pathlib import Path

from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import drop_csv
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
)

NORWAY = raw_samples.NORWAY_PLAYLIST


def test_update_fetches_what_the_latest_week_lacks(spotify: FakeSpotify, base: Path) -> None:
    week = latest_closed_week(system_clock())
    spotify.add_chart(NORWAY, ["Fjordlys"], raw_samples.added_at(week))
    first = cli(base, "update", **spotify.environment)
    assert first.exit_code == 0
    assert "made 1 week in 1 run; " in first.stdout
    assert "expected_charts_present" in first.stderr
    assert "Warning" in first.stderr
    assert "global" in first.stderr
    spotify.add_chart(raw_samples.GLOBAL_PLAYLIST, ["Ferry"], raw_samples.added_at(week))
    second = cli(base, "update", **spotify.environment)
    assert "made 1 week in 1 run; " in second.stdout
    assert "expected_charts_present" not in second.stderr
    spotify.asked.clear()
    assert "Nothing to do" in cli(base, "update", **spotify.environment).stdout
    assert spotify.asked == []


def test_update_says_so_when_it_is_too_early(spotify: FakeSpotify, base: Path) -> None:
    for playlist_id in (NORWAY, raw_samples.GLOBAL_PLAYLIST):
        spotify.add_chart(playlist_id, ["Fjordlys"], "2024-03-08T09:00:00Z")
    ended = cli(base, "update", **spotify.environment)
    assert ended.exit_code == 0
    assert "Not yet: Spotify hasn't refreshed norway" in ended.stderr
    assert "made 0 weeks" in ended.stdout


def test_doctor_says_which_charts_this_app_may_read(spotify: FakeSpotify, base: Path) -> None:
    week = latest_closed_week(system_clock())
    spotify.add_chart(NORWAY, ["Fjordlys"], raw_samples.added_at(week))
    ended = cli(base, "doctor", **spotify.environment)
    assert ended.exit_code == 0
    assert "gives a token (the app's own)" in ended.stdout
    assert f"gives norway, of the week {week}" in ended.stdout
    assert "doesn't give global to this app" in ended.stdout
    assert "charts.spotify.com" in ended.stdout
    assert CLIENT_SECRET not in ended.output
    assert "SPOTIPY_CLIENT_SECRET=(set)" in ended.stdout


def test_doctor_says_of_each_chart_what_comes_of_it_and_that_is_no_error(
    spotify: FakeSpotify, base: Path, tmp_path: Path
) -> None:
    charts = tmp_path / "charts.toml"
    declared = {"norway": NORWAY, "global": raw_samples.GLOBAL_PLAYLIST, "sweden": ""}
    charts.write_text(
        "".join(
            f'[[charts]]\nslug = "{slug}"\n'
            + (f'playlist_id = "{playlist_id}"\n' if playlist_id else 'country = "se"\n')
            for slug, playlist_id in declared.items()
        )
    )
    week = latest_closed_week(system_clock())
    spotify.add_chart(NORWAY, ["Fjordlys"], "2024-03-08T09:00:00Z")
    spotify.add_chart(raw_samples.GLOBAL_PLAYLIST, [], raw_samples.added_at(week))
    environment = spotify.environment | {
        "SPOTIFY_ASSETS_CHARTS_FILE": str(charts),
        "SPOTIFY_ASSETS_REFRESH_TOKEN": REFRESH_TOKEN,
    }
    ended = cli(base, "doctor", **environment)
    assert ended.exit_code == 0
    assert "gives a token (a user's)" in ended.stdout
    assert f"gives norway, not refreshed for the week {week} yet" in ended.stdout
    assert "gives no usable global" in ended.stdout
    assert "isn't asked for sweden, which has no playlist_id" in ended.stdout
    assert REFRESH_TOKEN not in ended.output


def test_doctor_says_when_there_is_no_token(spotify: FakeSpotify, base: Path) -> None:
    wrong = spotify.environment | {"SPOTIPY_CLIENT_SECRET": "wrong-4711"}
    ended = cli(base, "doctor", **wrong)
    assert ended.exit_code == 1
    assert "gives no token" in ended.stdout
    assert "4711" not in ended.output


def test_update_says_which_details_wait_and_why_and_doctor_too(
    spotify: FakeSpotify, base: Path
) -> None:
    spotify.faults.append(at("/v1/tracks", error(429, Retry_After="86400"), times=FOREVER))
    week = latest_closed_week(system_clock())
    storage = FolderStorage(base)
    for country in ("no", "global"):
        drop_csv(storage, week, country=country)
    ended = cli(base, "update", **spotify.environment)
    assert ended.exit_code == 0
    said = f"Warning: details of 1 week up to {week} wait for the next update: Spotify answered 429"
    assert said in ended.stderr
    assert "weeks that wait for details: 1" in cli(base, "doctor", **spotify.environment).stdout


def test_charts_that_this_app_may_not_read_do_not_fail_an_update(
    spotify: FakeSpotify, base: Path
) -> None:
    spotify.playlists.clear()
    ended = cli(base, "update", **spotify.environment)
    assert ended.exit_code == 0
    assert "Not had" in ended.stderr
    assert "November 2024" in ended.stderr
    spotify.faults.append(at("/v1/playlists", error(400), times=FOREVER))
    assert cli(base, "update", **spotify.environment).exit_code == 1
