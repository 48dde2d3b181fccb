"""`spotify-assets doctor`: all is well, or what is wrong with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotify_assets.demo.marker import mark_demo
from spotify_assets.layout import CHECKSUMS, INBOX, REJECTED, RawName
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv, drop_playlist
from spotify_assets_tests.places import Place
from spotify_assets_tests.s3_server import denying_lists


def test_doctor_finds_all_well(collected: Path) -> None:
    ended = cli(collected, "doctor", SPOTIFY_ASSETS_FIRST_WEEK=str(WEEKS[0]))
    assert ended.exit_code == 0
    assert ended.stdout.endswith("All well.\n")
    assert "tables       2 weeks, 2024-03-01 to 2024-03-08 (parquet)" in ended.stdout
    assert "MEND" not in ended.stdout
    assert "->" not in ended.stdout


def test_doctor_on_an_empty_base_says_where_to_begin(base: Path) -> None:
    ended = cli(base, "doctor")
    assert ended.exit_code == 0
    assert "there are none yet" in ended.stdout
    assert f"drop chart files below {base}/{INBOX}" in ended.stdout


def test_doctor_tells_of_what_waits(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    drop_playlist(storage, WEEKS[1])
    storage.write(f"{INBOX}unfinished.csv.crdownload", b"rank,")
    storage.write(f"{INBOX}.versions/a/{raw_samples.csv_name(WEEKS[2])}", b"rank,")
    storage.write(f"{INBOX}.versions/.DS_Store", b"?")
    storage.write(f"{REJECTED}x.csv", b"?")
    storage.write(f"{REJECTED}x.csv.reason.txt", b"It is a question.")
    mark_demo(storage, WEEKS[0], WEEKS[1])
    ended = cli(base, "doctor")
    assert ended.exit_code == 0  # notes, nothing to mend
    for says in (
        "note  inbox        files that wait: 2",
        "-> take them in: spotify-assets update",
        "note  inbox        files left alone in folders whose name begins with a dot: 1",
        "-> To have them taken in, drop them outside of it, or rename the folder",
        f"note  rejected     files: 1, the first: {REJECTED}x.csv",
        "spotify-assets update --retry-rejected",
        "note  storage      it holds the demo's made-up charts",
    ):
        assert says in ended.stdout


def test_doctor_finds_raw_files_that_no_tables_were_made_of(
    storage: FolderStorage, base: Path
) -> None:
    storage.write(RawName(WEEKS[0], "norway", "chart_csv").archive_key, raw_samples.chart_csv())
    ended = cli(base, "doctor")
    assert ended.exit_code == 1
    assert "MEND  tables       raw files are newer than the tables, or have none: 2024-03-01" in (
        ended.stdout
    )
    assert cli(base, "update").exit_code == 0
    assert cli(base, "doctor").exit_code == 0


def test_doctor_finds_raw_files_that_are_gone_until_they_are_put_back(
    storage: FolderStorage, base: Path
) -> None:
    for week in WEEKS[:2]:
        drop_csv(storage, week)
    storage.write(f"{CHECKSUMS}week=2024-13-45.sha256", b"of no week")
    assert cli(base, "update").exit_code == 0
    assert cli(base, "doctor").exit_code == 0
    storage.delete(RawName(WEEKS[0], "norway", "chart_csv").archive_key)
    ended = cli(base, "doctor")
    says = "raw files that were received and are gone: 1, the first: "
    assert f"note  archive      {says}week=2024-03-01/norway.chart.csv" in ended.stdout
    drop_csv(storage, WEEKS[0])
    assert cli(base, "update").exit_code == 0
    assert says not in cli(base, "doctor").stdout


@pytest.mark.parametrize(
    ("setting", "value", "says", "remedy"),
    [
        (
            "SPOTIFY_ASSETS_BASE",
            "s3://charts/here",
            "from folders only",
            "set SPOTIFY_ASSETS_CATALOG=glue",
        ),
        ("SPOTIFY_ASSETS_CATALOG", "glue", "from S3 only", "set SPOTIFY_ASSETS_BASE=s3://"),
        (
            "SPOTIFY_ASSETS_FIRST_WEEK",
            "2099-12-25",
            "isn't over",
            "set SPOTIFY_ASSETS_FIRST_WEEK to 2",
        ),
        ("SPOTIFY_ASSETS_BASE", "/proc/charts", "can't be written to", "set SPOTIFY_ASSETS_BASE"),
        ("DAGSTER_HOME", "/proc/dagster", "can't be written to", "set DAGSTER_HOME"),
        ("DAGSTER_HOME", "here", "it may hold an absolute path", "set DAGSTER_HOME"),
    ],
)
def test_doctor_names_what_is_wrong_once_and_its_remedy(
    base: Path, setting: str, value: str, says: str, remedy: str
) -> None:
    home = {"DAGSTER_HOME": str(base / "home")}
    ended = cli(base, "doctor", **(home | {setting: value}))
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    (found,) = [number for number, line in enumerate(lines) if line.startswith("MEND")]
    assert says in lines[found]
    assert f"-> {remedy}" in lines[found + 1]
    assert lines[-1] == "Something has to be mended."


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_where_s3_denies_lists_doctor_names_the_right_to_add_and_looks_at_the_rest(
    place: Place, s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_csv(place.storage, WEEKS[0])
    assert place.cli(tmp_path / "home", "update").exit_code == 0
    with denying_lists(s3_endpoint) as address, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", address)
        ended = place.cli(tmp_path / "home", "doctor")
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    bucket = place.settings.base.split("/")[2]
    for subject in ("inbox", "rejected", "tables"):
        said = f"MEND  {subject:<12} S3 denies ListObjectsV2 in the bucket '{bucket}'"
        remedy = lines[lines.index(said) + 1].strip()
        assert remedy.startswith("-> Give the identity s3:ListBucket on the bucket, in IAM")
    for others in ("ok    storage", "ok    catalog      Athena answers", "ok    DAGSTER_HOME"):
        assert any(line.startswith(others) for line in lines), ended.stdout
    assert lines[-1] == "Something has to be mended."
    assert place.cli(tmp_path / "home", "doctor").exit_code == 0
