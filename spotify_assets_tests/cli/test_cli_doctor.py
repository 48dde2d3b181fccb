"""`spotify-assets doctor`: all is well, or what is wrong and how to fix it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import DASHBOARD, INBOX, REJECTED, RawName, table_key
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, drop_playlist
from spotify_assets_tests.places import Place
from spotify_assets_tests.s3_server import changing, is_denied_without_list_bucket

ALERT_URLS = "SPOTIFY_ASSETS_ALERT_URLS"


def test_doctor_finds_all_well(collected: Path) -> None:
    ended = cli(collected, "doctor", SPOTIFY_ASSETS_FIRST_WEEK=str(WEEKS[0]))
    assert ended.exit_code == 0
    assert ended.stdout.endswith("All well.\n")
    assert "ok    tables       2024-03-01 and 2024-03-08\n" in ended.stdout
    assert "ok    alerts       are only logged: neither SPOTIFY_ASSETS_ALERT_URLS" in ended.stdout
    assert "->" not in ended.stdout


def test_doctor_says_where_to_begin_and_notes_what_waits(
    storage: FolderStorage, base: Path
) -> None:
    ended = cli(base, "doctor")
    assert ended.exit_code == 0
    assert "there are none yet" in ended.stdout
    assert f"drop chart files below {base}/{INBOX}" in ended.stdout
    drop_csv(storage, WEEKS[0])
    drop_playlist(storage, WEEKS[1])
    storage.write(f"{INBOX}unfinished.csv.crdownload", b"rank,")
    storage.write(f"{REJECTED}x.csv", b"?")
    storage.write(f"{REJECTED}x.csv.reason.txt", b"It is a question.")
    mark_demo(storage, WEEKS[0], WEEKS[1])
    ended = cli(base, "doctor")
    assert ended.exit_code == 0  # notes, nothing to fix
    for says in (
        "note  inbox        files that wait: 2",
        "-> spotify-assets update",
        f"note  rejected     files: 1, the first: {REJECTED}x.csv",
        "spotify-assets update --retry-rejected",
        "note  storage      it holds the demo's made-up charts",
    ):
        assert says in ended.stdout


def test_doctor_finds_a_stale_week_and_a_raw_file_that_is_gone(
    storage: FolderStorage, base: Path
) -> None:
    storage.write(RawName(WEEKS[0], "norway", "chart_csv").archive_key, raw_samples.chart_csv())
    ended = cli(base, "doctor")
    assert ended.exit_code == 1
    says = "tables       stale, incomplete, or older than raw files, details or columns: 2024-03-01"
    assert f"FIX   {says}" in ended.stdout
    drop_csv(storage, WEEKS[1])
    assert cli(base, "update").exit_code == 0
    storage.delete(RawName(WEEKS[1], "norway", "chart_csv").archive_key)
    says = "FIX   archive      raw files that were received and are gone: 1, the first: "
    assert f"{says}week=2024-03-08/norway.chart.csv" in cli(base, "doctor").stdout
    drop_csv(storage, WEEKS[1])
    assert cli(base, "update").exit_code == 0
    assert says not in cli(base, "doctor").stdout


def test_doctor_names_the_chart_that_is_held_back_and_why(
    storage: FolderStorage, base: Path
) -> None:
    drop_csv(storage, WEEKS[0])
    drop_csv(storage, WEEKS[0], country="global", names=["Fjordlys", "Fjordlys"])
    cli(base, "update")
    ended = cli(base, "doctor")
    assert ended.exit_code == 1
    assert "FIX   held back    global, 2024-03-01, by songs.song_once_per_chart: " in ended.stdout
    drop_csv(storage, WEEKS[0], country="global")
    assert cli(base, "update").exit_code == 0
    assert cli(base, "doctor").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            table_key("albums", WEEKS[0]),
            b"",
            "tables       stale, incomplete, or older than raw files, details or columns: 2024-03-01",
        ),
        (
            table_key("songs", WEEKS[0]),
            b"PAR1",
            "catalog      {base}/spotify_charts.duckdb doesn't",
        ),
        (
            DASHBOARD,
            b"",
            "reports      a page, or what it shows, is missing or older than the tables",
        ),
    ],
)
def test_doctor_finds_files_that_are_gone_or_damaged_and_its_remedy_works(
    storage: FolderStorage, base: Path, name: str, content: bytes, says: str
) -> None:
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    storage.delete(name)
    if content:
        storage.write(name, content)
    ended = cli(base, "doctor")
    assert ended.exit_code == 1
    assert f"FIX   {says.format(base=base)}" in ended.stdout
    remedy = ["update", "--weeks", str(WEEKS[0])] if "--weeks" in ended.stdout else ["update"]
    assert cli(base, *remedy).exit_code == 0
    assert cli(base, "doctor").exit_code == 0


@pytest.mark.parametrize(
    ("setting", "value", "says", "remedy"),
    [
        (
            "SPOTIFY_ASSETS_BASE",
            "s3://charts",
            "can't read tables from",
            "SPOTIFY_ASSETS_CATALOG=glue",
        ),
        ("SPOTIFY_ASSETS_CATALOG", "glue", "can't read tables from", "SPOTIFY_ASSETS_BASE=s3://"),
        ("SPOTIFY_ASSETS_FIRST_WEEK", "2099-12-25", "isn't over", "SPOTIFY_ASSETS_FIRST_WEEK to 2"),
        ("SPOTIFY_ASSETS_BASE", "/proc/charts", "can't be written to", "SPOTIFY_ASSETS_BASE"),
        ("DAGSTER_HOME", "/proc/dagster", "can't be written to", "DAGSTER_HOME"),
        ("DAGSTER_HOME", "here", "holds 'here'", "DAGSTER_HOME to an absolute path"),
    ],
)
def test_doctor_names_what_is_wrong_once_with_its_remedy(
    base: Path, setting: str, value: str, says: str, remedy: str
) -> None:
    home = {"DAGSTER_HOME": str(base / "home")}
    ended = cli(base, "doctor", **(home | {setting: value}))
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    (found,) = [number for number, line in enumerate(lines) if line.startswith("FIX")]
    assert says in lines[found]
    assert f"set {remedy}" in " ".join(lines[found : found + 2])
    assert lines[-1] == "Something needs fixing: see FIX above."


def test_doctor_says_how_many_addresses_there_are_and_which_are_wrong(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "json://ida:pass-word@127.0.0.1/hush"
    ended = cli(base, "doctor", **{ALERT_URLS: f"{address} {address}"})
    assert ended.exit_code == 0
    assert f"ok    setting      {ALERT_URLS}=(set)\n" in ended.stdout
    assert f"ok    alerts       go to 2 of 2 addresses in {ALERT_URLS}\n" in ended.stdout
    wrong = cli(base, "doctor", **{ALERT_URLS: f"{address} nosuch://hush"})
    assert wrong.exit_code == 1
    assert f"FIX   alerts       {ALERT_URLS}: address 2 of 2 is none that" in wrong.stdout
    monkeypatch.setitem(sys.modules, "apprise", None)
    without = cli(base, "doctor", "--verbose", **{ALERT_URLS: address})
    assert "isn't installed: pip install apprise (with uv: --with apprise)" in without.stdout
    for said in (ended, wrong, without):
        assert "hush" not in said.output
        assert "pass-word" not in said.output


@pytest.mark.slow
@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_if_s3_denies_lists_doctor_names_the_right_to_add_and_looks_at_the_rest(
    place: Place, s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_csv(place.storage, WEEKS[0])
    assert place.cli(tmp_path / "home", "update").exit_code == 0
    denied = changing(s3_endpoint, is_denied_without_list_bucket)
    with denied as address, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", address)
        ended = place.cli(tmp_path / "home", "doctor")
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    bucket = place.settings.base.split("/")[2]
    for subject in ("inbox", "tables"):
        says = (
            f"FIX   {subject:<12} S3 denies ListObjectsV2 on the bucket '{bucket}'. Allow "
            "s3:ListBucket on the bucket, in IAM"
        )
        assert any(line.startswith(says) for line in lines), ended.stdout
    for others in ("ok    storage", "ok    catalog", "ok    DAGSTER_HOME"):
        assert any(line.startswith(others) for line in lines), ended.stdout
    again = place.cli(tmp_path / "home", "doctor")
    assert again.exit_code == 0, again.stdout
