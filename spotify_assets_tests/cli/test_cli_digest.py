"""`spotify-assets digest`: the demo's charts read out, calls that name nothing, and sending."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotify_assets.catalog import open_catalog
from spotify_assets.settings import load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.store import stored_weeks
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv
from spotify_assets_tests.fakes.inbox_of_alerts import receiving
from spotify_assets_tests.good_data import GOOD_WEEKS, LATEST, good_base, make_inbox
from spotify_assets_tests.places import Place

URLS = "SPOTIFY_ASSETS_ALERT_URLS"


@pytest.fixture
def good(base: Path) -> Path:
    """Four weeks of the demo's charts, published."""
    storage = good_base(base).storage
    settings = load_settings({"SPOTIFY_ASSETS_BASE": str(base)})
    open_catalog(settings, storage).publish(stored_weeks(storage))
    return base


def test_digest_is_of_the_newest_week_or_of_the_one_that_is_named(good: Path) -> None:
    ended = cli(good, "digest")
    assert (ended.exit_code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == "Spotify charts, 13–19 Nov 2026"
    assert [line for line in lines if line and not line.startswith(" ")][1:3] == [
        "Norway",
        "Global",
    ]
    assert lines[-1] == f"Dashboard: {good}/reports/dashboard.html"
    first = cli(good, "digest", "--week", str(GOOD_WEEKS[0]), "--chart", "no").stdout
    assert "Global" not in first
    assert "the week before is not there" in first
    rows = cli(
        good,
        *("query", "--csv"),
        f"SELECT song_name, rank FROM chart_history WHERE week = '{LATEST}' AND chart = 'global' "
        "AND move = 'new' ORDER BY rank",
    ).stdout.splitlines()[1:]
    entries = lines[lines.index("  Highest new entries:", lines.index("Global")) + 1 :][:3]
    assert [entry.rsplit(" ", 1)[1] for entry in entries[: len(rows)]] == [
        row.rsplit(",", 1)[1] for row in rows[:3]
    ]


def test_a_chart_or_week_that_is_not_there_is_an_error_with_what_is(
    good: Path, tmp_path: Path
) -> None:
    for arguments, says in (
        (
            ("--chart", "norwy"),
            "--chart norwy: no chart has the slug or country norwy; did you mean",
        ),
        (("--week", "2026-11-14"), "--week 2026-11-14: 2026-11-14 is a Saturday; a chart week is"),
        (("--week", "2020-01-03"), f"it is not stored. Stored are {GOOD_WEEKS[0]}, "),
        (("--send",), f"There is nowhere to send it to: set {URLS} or SPOTIFY_ASSETS_ALERT_TOPIC."),
    ):
        ended = cli(good, "digest", *arguments)
        assert (ended.exit_code, ended.stdout) == (2, "")
        assert says in ended.stderr
    ended = cli(tmp_path / "new", "digest")
    assert ended.exit_code == 2
    assert "No week is stored in" in ended.stderr


def test_digest_sends_to_every_address_and_says_which_it_did_not_reach(good: Path) -> None:
    with receiving("?format=html") as received:
        ended = cli(good, "digest", "--send", **{URLS: received.address})
        assert (ended.exit_code, ended.stdout) == (0, "Sent to 1 place.\n")
        ended = cli(good, "digest", "--send", **{URLS: f"{received.address} x://hush"})
    assert (ended.exit_code, ended.stdout) == (1, "Sent to 1 place.\n")
    assert ended.stderr.startswith(
        f"Not sent: {URLS}: address 2 of 2 is none that apprise can send"
    )
    assert "hush" not in ended.output
    assert [message["title"] for message in received.messages] == [
        "Spotify charts of the week to 19 Nov 2026"
    ] * 2
    assert "<h3>Norway</h3><p><b>Number one:</b> “" in received.messages[0]["message"]


def test_update_sends_it_and_says_so_where_it_can_not(base: Path, storage: FolderStorage) -> None:
    drop_csv(storage, latest_closed_week(system_clock()))
    with receiving() as received:
        received.status = 500
        ended = cli(base, "update", **{URLS: received.address})
        assert ended.exit_code == 0
        assert f"Note: the digest: Not sent: {URLS}: address 1 of 1 (JSON) can't be" in ended.stderr
        received.status = 200
        drop_csv(storage, latest_closed_week(system_clock()), country="global")
        ended = cli(base, "update", **{URLS: received.address})
    assert "digest" not in ended.stderr
    assert "\nGlobal\n" in received.messages[0]["message"]


def test_on_s3_athena_answers_what_it_asks(place: Place, tmp_path: Path) -> None:
    for week in WEEKS[:2]:
        drop_csv(place.storage, week)
    make_inbox(place.storage, place.settings, place.catalog)
    ended = place.cli(tmp_path / "home", "digest")
    assert ended.exit_code == 0, ended.stderr
    assert "Number one: “Fjordlys” by Ida Nord" in ended.stdout
    assert f"Dashboard: {place.storage.location('reports/dashboard.html')}" in ended.stdout
