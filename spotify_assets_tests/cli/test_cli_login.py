"""`spotify-assets login`: a pasted address in, a refresh token out, and nothing else shown."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from spotify_assets_tests.commands import BIN, clean_environment, cli
from spotify_assets_tests.fakes.spotify_faults import FOREVER, Act, answer, at, error
from spotify_assets_tests.fakes.spotify_server import CLIENT_SECRET, REFRESH_TOKEN, FakeSpotify

AGREED = "?code=made-up-code&state={state}"


def log_in(spotify: FakeSpotify, base: Path, answered: str) -> tuple[int, str]:
    """What login ends with and shows, the address pasted with this after its path."""
    with subprocess.Popen(
        [BIN / "spotify-assets", "login"],
        env=clean_environment(base) | spotify.environment,
        cwd=base,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        shown = ""
        while "Paste" not in shown:
            shown += process.stdout.read(1)  # type: ignore[union-attr]
        (state,) = re.findall(r"state=([\w-]+)", shown)
        address = "http://127.0.0.1:8888/callback" + answered.format(state=state)
        rest, _ = process.communicate(f"  {address} \n")
    return process.returncode, shown + rest


@pytest.mark.parametrize(
    ("answered", "code", "said"),
    [
        (AGREED, 0, f"SPOTIFY_ASSETS_REFRESH_TOKEN={REFRESH_TOKEN}"),
        ("?code=used-before&state={state}", 2, "doesn't accept that address any more"),
        ("?code=made-up-code&state=other", 2, "of another login"),
        ("?error=access_denied&state={state}", 2, "the user didn't agree"),
        ("", 2, "has no code"),
    ],
)
def test_login_changes_the_pasted_address_for_a_refresh_token(
    spotify: FakeSpotify, base: Path, answered: str, code: int, said: str
) -> None:
    returncode, shown = log_in(spotify, base, answered)
    assert returncode == code
    assert said in shown
    assert "scope=playlist-read-private+playlist-read-collaborative" in shown
    assert CLIENT_SECRET not in shown


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (answer({"access_token": "x", "expires_in": 60}), "has no refresh token"),
        (answer(["x"]), "has no refresh token"),
        (error(400, f"bad {CLIENT_SECRET}"), r"bad \*\*\*"),
        (error(429, Retry_After="60"), "too many requests"),
    ],
    ids=["no refresh token", "a list", "an echo", "429"],
)
def test_login_says_what_is_wrong_with_an_answer_and_prints_no_token(
    spotify: FakeSpotify, base: Path, answered: Act, said: str
) -> None:
    spotify.faults.append(at("/api/token", answered, times=FOREVER))
    code, shown = log_in(spotify, base, AGREED)
    assert code == 2
    assert re.search(said, shown)
    assert "REFRESH_TOKEN=" not in shown
    assert CLIENT_SECRET not in shown


def test_login_needs_credentials_and_an_address(spotify: FakeSpotify, base: Path) -> None:
    ended = cli(base, "login")
    assert ended.exit_code == 2
    assert "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set" in ended.stderr
    ended = cli(base, "login", given="", **spotify.environment)
    assert ended.exit_code == 2
    assert "Nothing was pasted, so nothing has changed." in ended.stderr
