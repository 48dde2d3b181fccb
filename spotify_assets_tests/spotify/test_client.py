"""The client: tokens, what is tried again and how often, and that no secret ever shows."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from spotify_assets.settings import API_URL, load_settings
from spotify_assets.spotify import SpotifyAccess
from spotify_assets.spotify.answers import SpotifyError
from spotify_assets.spotify.client import SpotifyClient
from spotify_assets.web import TimeLimits
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_faults import (
    FOREVER,
    Act,
    at,
    error,
    floods,
)
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
    Handler,
)
from spotify_assets_tests.fixed_clock import fixed_clock

NORWAY = raw_samples.NORWAY_PLAYLIST
PAIR = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
WRONG = {"SPOTIPY_CLIENT_SECRET": "wrong-4711"}
AS_USER = {"SPOTIFY_ASSETS_REFRESH_TOKEN": REFRESH_TOKEN}


def access_to(
    spotify: FakeSpotify,
    sleep: Callable[[float], None] = lambda _: None,
    limits: TimeLimits | None = None,
    **environment: str,
) -> SpotifyAccess:
    account = load_settings(spotify.environment | environment).spotify
    return SpotifyAccess(account, fixed_clock, sleep, limits)


def connect(spotify: FakeSpotify, **environment: str) -> SpotifyClient:
    return access_to(spotify, **environment).client


def get(client: SpotifyClient) -> str:
    """The name of the chart's playlist."""
    return str(client.get(lambda s: s.playlist(NORWAY), "norway").document["name"])


def refusal(client: SpotifyClient) -> str:
    """What is said of a playlist that can't be fetched."""
    with pytest.raises(SpotifyError) as caught:
        get(client)
    return str(caught.value)


def at_once(action: Callable[[], object]) -> None:
    """Run the action in eight threads that start together."""
    together = Barrier(8)

    def run() -> None:
        together.wait()
        action()

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Tokens


def test_a_token_that_is_about_to_expire_is_renewed_before_it_is_used(spotify: FakeSpotify) -> None:
    spotify.expires_in = 30
    client = connect(spotify)
    client.check_credentials()
    spotify.tokens.clear()
    assert get(client) == "Made up"
    assert len(spotify.paths("playlists")) == 1  # the old token was never shown


def test_several_threads_fetch_and_renew_a_token_once(spotify: FakeSpotify) -> None:
    client = connect(spotify)
    at_once(client.check_credentials)
    assert spotify.tokens_given == 1
    spotify.tokens.clear()
    names: list[str] = []
    at_once(lambda: names.append(get(client)))
    assert names == ["Made up"] * 8
    assert spotify.tokens_given == 2


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (WRONG, "Compare SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET"),
        (WRONG | AS_USER, "SPOTIPY_CLIENT_SECRET and SPOTIFY_ASSETS_REFRESH_TOKEN with the app"),
        ({"SPOTIFY_ASSETS_REFRESH_TOKEN": "revoked-4711"}, "new one with spotify-assets login"),
    ],
)
def test_refused_credentials_are_named_with_the_remedy(
    spotify: FakeSpotify, environment: dict[str, str], said: str
) -> None:
    reason = refusal(connect(spotify, **environment))
    assert said in reason
    assert "4711" not in reason
    assert len(spotify.asked) == 1


# What is tried again


@pytest.mark.parametrize(
    ("act", "tries"),
    [
        *((error(status), 1) for status in (400, 403, 404)),
        (error(429, "", "QUOTA_EXCEEDED", Retry_After="1"), 1),
        *((error(status), 4) for status in (408, 429, 500)),
    ],
)
def test_what_may_pass_is_requested_four_times_and_all_else_once(
    spotify: FakeSpotify, act: Act, tries: int
) -> None:
    slept: list[float] = []
    spotify.faults.append(at(NORWAY, act, times=FOREVER))
    refusal(access_to(spotify, slept.append).client)
    assert (len(spotify.paths("playlists")), len(slept)) == (tries, tries - 1)


def test_a_longest_wait_of_zero_means_one_try(spotify: FakeSpotify) -> None:
    spotify.faults.append(at("/v1/playlists", error(503), times=FOREVER))
    refusal(connect(spotify, SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT="0"))
    assert len(spotify.paths("playlists")) == 1


def test_all_waits_of_a_client_together_are_bounded(spotify: FakeSpotify) -> None:
    slept: list[float] = []
    limit = error(429, Retry_After="60")
    spotify.faults.append(lambda handler: len(spotify.paths()) % 2 == 1 and limit(handler))
    client = access_to(spotify, slept.append).client
    assert [get(client) for _ in range(10)] == ["Made up"] * 10
    assert "too many requests of this app" in refusal(client)
    assert sum(slept) == 600


def test_requests_that_are_limited_together_wait_once(spotify: FakeSpotify) -> None:
    slept: list[float] = []
    all_sent = Barrier(8)

    def limit(handler: Handler) -> bool:
        all_sent.wait()
        return error(429, Retry_After="30")(handler)

    spotify.faults.append(at(NORWAY, limit, times=8))
    client = access_to(spotify, slept.append).client
    at_once(lambda: get(client))
    assert len(spotify.paths("playlists")) == 16
    assert 30 <= sum(slept) <= 31


# Addresses and answers


def test_behind_a_proxy_the_next_page_is_fetched_from_the_proxy_too(spotify: FakeSpotify) -> None:
    spotify.add_chart(NORWAY, [f"Fjord {number}" for number in range(120)], "")
    link = f"{API_URL}playlists/{NORWAY}/tracks?offset=100&limit=100"
    page = connect(spotify).next_page(link, "norway").document
    assert (page["offset"], len(page["items"])) == (100, 20)


def test_an_invalid_playlist_id_is_an_error_in_words(spotify: FakeSpotify) -> None:
    with pytest.raises(SpotifyError, match="can't be requested"):
        connect(spotify).get(lambda s: s.playlist("spotify:artist:x"), "norway")


def test_an_answer_without_end_is_given_up_for_its_size(spotify: FakeSpotify) -> None:
    spotify.faults.append(at(NORWAY, floods, times=FOREVER))
    once = {"SPOTIFY_ASSETS_SPOTIFY_LONGEST_WAIT": "0"}
    said = refusal(access_to(spotify, limits=TimeLimits(whole=20), **once).client)
    assert "more than 32 MB" in said


def test_what_spotify_says_is_shown_short_and_without_control_characters(
    spotify: FakeSpotify,
) -> None:
    spotify.faults.append(at(NORWAY, error(418, "\x1b[31mred\r\n" + "x" * 5000), times=FOREVER))
    said = refusal(connect(spotify))
    assert "418 ([31mred xxx" in said
    assert said.isprintable()
    assert len(said) < 400


# Secrets and settings


@pytest.mark.parametrize("secret", [CLIENT_SECRET, REFRESH_TOKEN, PAIR, "made-up-token-1"])
@pytest.mark.parametrize("before", ["bad", "x" * 190])
def test_a_secret_that_an_answer_echoes_is_not_shown(
    spotify: FakeSpotify, secret: str, before: str
) -> None:
    spotify.faults.append(at(NORWAY, error(400, f"{before} {secret}!"), times=FOREVER))
    said = refusal(connect(spotify, **AS_USER))
    assert f"400 ({before} ***!)" in said
    assert secret[:8] not in said


def test_secrets_do_not_show_in_settings(spotify: FakeSpotify, base: Path) -> None:
    settings = load_settings(spotify.environment | AS_USER | {"SPOTIFY_ASSETS_BASE": str(base)})
    shown = f"{settings!r} {settings.spotify!r}"
    assert spotify.api_url in shown
    assert not re.search(f"{CLIENT_SECRET}|{REFRESH_TOKEN}", shown)
