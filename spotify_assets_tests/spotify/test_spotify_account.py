"""Credentials: which are taken, what is said of those that aren't, and that none ever shows."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Barrier, Thread

import pytest

from spotify_assets.cli.environment import exports
from spotify_assets.errors import SettingsError
from spotify_assets.settings import load_settings
from spotify_assets.spotify.access import SpotifyAccess
from spotify_assets.spotify.client import SpotifyClient
from spotify_assets.spotify.errors import SpotifyError
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import FOREVER, answer, at, error, expired
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
)
from spotify_assets_tests.fixed_clock import fixed_clock

NORWAY = raw_samples.NORWAY_PLAYLIST


def connect(spotify: FakeSpotify, **environment: str) -> SpotifyClient:
    account = load_settings(spotify.environment | environment).spotify
    return SpotifyAccess(account, fixed_clock, sleep=lambda _: None).connect()


def ask(client: SpotifyClient) -> str:
    """The name of the chart's playlist."""
    return str(client.ask(lambda s: s.playlist(NORWAY), "norway").document["name"])


def test_an_app_asks_for_one_token_and_keeps_it(spotify: FakeSpotify) -> None:
    client = connect(spotify)
    client.check_credentials()
    assert [ask(client), ask(client)] == ["Made up", "Made up"]
    assert spotify.tokens_given == 1


def test_a_token_that_is_about_to_expire_is_renewed_before_it_is_used(spotify: FakeSpotify) -> None:
    spotify.expires_in = 30
    client = connect(spotify)
    ask(client)
    ask(client)
    assert spotify.tokens_given == 2
    assert [asked.path for asked in spotify.asked].count("/api/token") == 2


def test_a_refresh_token_stands_for_its_user_without_any_prompt(spotify: FakeSpotify) -> None:
    client = connect(spotify, SPOTIFY_ASSETS_REFRESH_TOKEN=REFRESH_TOKEN)
    ask(client)
    spotify.faults.append(at("/v1/playlists", expired))
    assert ask(client) == "Made up"
    assert spotify.tokens_given == 2


def test_several_threads_renew_a_token_once(spotify: FakeSpotify) -> None:
    client = connect(spotify)
    ask(client)
    spotify.tokens.clear()
    together = Barrier(8)
    names: list[str] = []

    def run() -> None:
        together.wait()
        names.append(ask(client))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["Made up"] * 8
    assert spotify.tokens_given == 2


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (
            {"SPOTIPY_CLIENT_SECRET": "wrong-4711"},
            "Compare SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET",
        ),
        ({"SPOTIFY_ASSETS_REFRESH_TOKEN": "revoked-4711"}, "new one with spotify-assets login"),
    ],
)
def test_credentials_that_are_not_taken_are_named_with_the_remedy(
    spotify: FakeSpotify, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SpotifyError, match=said) as caught:
        ask(connect(spotify, **environment))
    assert "4711" not in str(caught.value)
    assert len(spotify.asked) == 1


def test_no_token_is_kept_on_disk(
    spotify: FakeSpotify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ask(connect(spotify))
    ask(connect(spotify, SPOTIFY_ASSETS_REFRESH_TOKEN=REFRESH_TOKEN))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SPOTIPY_CLIENT_ID": "x"}, r"SPOTIPY_CLIENT_ID: set, but SPOTIPY_CLIENT_SECRET not"),
        ({"SPOTIPY_CLIENT_SECRET": "x"}, r"SPOTIPY_CLIENT_SECRET: set, but SPOTIPY_CLIENT_ID not"),
        (
            {"SPOTIFY_ASSETS_REFRESH_TOKEN": "x"},
            r"SPOTIFY_ASSETS_REFRESH_TOKEN: set, but SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET not",
        ),
        (
            {"SPOTIFY_ASSETS_SPOTIFY_API_URL": "spotify"},
            r"SPOTIFY_API_URL holds 'spotify'.*begins with https://",
        ),
        ({"SPOTIFY_ASSETS_SPOTIFY_TOKEN_URL": "https://u:p@x"}, r"no user name"),
        ({"SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT": "-1"}, r"LONGEST_WAIT holds '-1'.*0 to 3600"),
        ({"SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT": "3601"}, r"0 to 3600"),
        ({"SPOTIFY_ASSETS_SCHEDULE_CRON": "daily"}, r"SCHEDULE_CRON holds 'daily'.*five fields"),
        ({"SPOTIFY_ASSETS_SCHEDULE_TIMEZONE": "Oslo"}, r"no such time zone"),
    ],
)
def test_a_setting_of_spotifys_that_cannot_be_used_is_named(
    environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(environment)


def test_secrets_show_neither_in_settings_nor_in_exports(
    spotify: FakeSpotify, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = spotify.environment | {"SPOTIFY_ASSETS_REFRESH_TOKEN": REFRESH_TOKEN}
    settings = load_settings(environment)
    assert not re.search(f"{CLIENT_SECRET}|{REFRESH_TOKEN}", f"{settings!r} {settings.spotify!r}")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPOTIFY_ASSETS_BASE", str(base))
    assert f"SPOTIFY_API_URL={spotify.api_url}" in exports()
    assert not re.search(f"{CLIENT_SECRET}|{REFRESH_TOKEN}|\\*\\*", exports())


def test_asking_for_nonsense_is_an_error_in_words(spotify: FakeSpotify) -> None:
    with pytest.raises(SpotifyError, match="can't be asked for"):
        connect(spotify).ask(lambda s: s.playlist("spotify:artist:x"), "norway")


def test_a_longest_wait_of_nothing_means_one_try(spotify: FakeSpotify) -> None:
    spotify.faults.append(at("/v1/playlists", error(503), times=FOREVER))
    client = connect(spotify, SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT="0")
    with pytest.raises(SpotifyError):
        ask(client)
    assert len(spotify.paths("playlists")) == 1


def test_all_waits_of_a_run_together_are_bounded(spotify: FakeSpotify) -> None:
    slept: list[float] = []
    account = load_settings(spotify.environment).spotify
    spotify.faults.append(at("/v1/", error(429, Retry_After="60"), times=FOREVER))
    access = SpotifyAccess(account, fixed_clock, slept.append)
    client = access.connect()
    for _ in range(30):
        with pytest.raises(SpotifyError):
            ask(client)
    assert 500 < sum(slept) <= 600
    with pytest.raises(SpotifyError):
        ask(access.connect())  # the next asset's patience begins anew
    assert sum(slept) > 700


def test_a_token_endpoint_that_answers_an_error_in_any_shape_is_understood(
    spotify: FakeSpotify,
) -> None:
    spotify.faults.append(
        at("/api/token", answer({"error": {"message": "odd"}}, 400), times=FOREVER)
    )
    with pytest.raises(SpotifyError, match=r"400 \(odd\) to this app's credentials"):
        ask(connect(spotify))
