"""Credentials: which are taken, what is said of those that aren't, and that none ever shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Barrier, Thread

import pytest

from spotify_assets.cli.environment import exports
from spotify_assets.errors import SettingsError
from spotify_assets.settings import load_settings
from spotify_assets.sources.spotify.access import SpotifyAccess
from spotify_assets.sources.spotify.client import SpotifyClient
from spotify_assets.sources.spotify.errors import SpotifyError
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import clean_environment, cli, run_command
from spotify_assets_tests.conftest import fixed_clock
from spotify_assets_tests.dagster_runs import drop_csv
from spotify_assets_tests.fakes.spotify_faults import FOREVER, Act, answer, at, error, expired
from spotify_assets_tests.fakes.spotify_server import (
    CLIENT_SECRET,
    REFRESH_TOKEN,
    FakeSpotify,
    serving,
)

WEEK = date(2026, 11, 13)
NORWAY = raw_samples.NORWAY_PLAYLIST


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with serving(FakeSpotify()) as server:
        server.add_chart(NORWAY, ["Fjordlys"], raw_samples.added_at(WEEK))
        yield server


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


def test_update_fetches_what_the_latest_week_lacks(spotify: FakeSpotify, base: Path) -> None:
    week = latest_closed_week(system_clock())
    spotify.add_chart(NORWAY, ["Fjordlys"], raw_samples.added_at(week))
    first = cli(base, "update", **spotify.environment)
    assert first.exit_code == 0
    assert "made 1 week in 1 run; 8 of 9 checks passed on 1 week, 1 warned" in first.stdout
    assert "Warning" in first.stderr
    assert "global" in first.stderr
    spotify.add_chart(raw_samples.GLOBAL_PLAYLIST, ["Ferry"], raw_samples.added_at(week))
    assert "all 9 checks passed on 1 week" in cli(base, "update", **spotify.environment).stdout
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


def log_in(spotify: FakeSpotify, base: Path, answered: str) -> tuple[int, str]:
    """What login ends with and shows, the address pasted with this after its path."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("spotify-assets"), "login"],
        env=clean_environment(base) | spotify.environment,
        cwd=base,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    shown = ""
    while "Paste" not in shown:
        shown += process.stdout.read(1)
    state = re.search(r"state=([\w-]+)", shown)
    assert state
    address = "http://127.0.0.1:8888/callback" + answered.format(state=state[1])
    rest, _ = process.communicate(f"  {address} \n")
    return process.returncode, shown + rest


@pytest.mark.parametrize(
    ("answered", "code", "said"),
    [
        ("?code=made-up-code&state={state}", 0, f"SPOTIFY_ASSETS_REFRESH_TOKEN={REFRESH_TOKEN}"),
        ("?code=used-before&state={state}", 2, "doesn't take that address any more"),
        ("?code=made-up-code&state=other", 2, "of another login"),
        ("?error=access_denied&state={state}", 2, "the user didn't agree"),
        ("", 2, "holds no code"),
    ],
)
def test_login_changes_the_pasted_address_for_a_refresh_token(
    spotify: FakeSpotify, base: Path, answered: str, code: int, said: str
) -> None:
    returncode, shown = log_in(spotify, base, answered)
    assert returncode == code
    assert said in shown
    assert CLIENT_SECRET not in shown


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (answer({"access_token": "x", "expires_in": 60}), "holds no refresh token"),
        (answer(["x"]), "holds no refresh token"),
        (error(400, f"bad {CLIENT_SECRET}"), r"bad \*\*\*"),
        (error(429, Retry_After="60"), "too many requests"),
    ],
    ids=["no refresh token", "a list", "an echo", "429"],
)
def test_login_says_what_is_wrong_with_an_answer_and_prints_no_token(
    spotify: FakeSpotify, base: Path, answered: Act, said: str
) -> None:
    spotify.faults.append(at("/api/token", answered, times=FOREVER))
    code, shown = log_in(spotify, base, "?code=made-up-code&state={state}")
    assert code == 2
    assert re.search(said, shown)
    assert "REFRESH_TOKEN=" not in shown
    assert CLIENT_SECRET not in shown
    assert "scope=playlist-read-private+playlist-read-collaborative" in shown


def test_login_needs_credentials(base: Path) -> None:
    ended = run_command("login", base=base)
    assert ended.returncode == 2
    assert "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET aren't set" in ended.stderr


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


def test_login_without_anything_pasted_changes_nothing(spotify: FakeSpotify, base: Path) -> None:
    ended = run_command("login", base=base, given="", **spotify.environment)
    assert ended.returncode == 2
    assert "Nothing was pasted, so nothing has changed." in ended.stderr
