"""Folders in the inbox that this user may not read or empty: the others go on, and these are named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_assets.layout import INBOX, REJECTED
from spotify_assets.raw.archive import archived_files
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import BIN, clean_environment
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv

# Root may do everything: these are its rights over files that aren't its own to use.
AS_A_USER = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"] if not os.geteuid() else []
)


def as_a_user(base: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AS_A_USER, sys.executable, str(BIN / "spotify-assets"), *arguments],
        env=clean_environment(base),
        cwd=base,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def closed(storage: FolderStorage, tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Three folders that can't be emptied, each with files, and a good file beside them."""
    if AS_A_USER and not shutil.which("setpriv"):
        pytest.skip("this is root, which may do everything, and there is no setpriv")
    drop_csv(storage, WEEKS[0])
    inbox = storage.root / INBOX
    folders = {"fixed": inbox / "fixed", "locked": inbox / "locked", "linked": tmp_path / "other"}
    for folder, week in zip(folders.values(), WEEKS[1:4], strict=True):
        folder.mkdir()
        (folder / raw_samples.csv_name(week)).write_bytes(raw_samples.chart_csv())
    (folders["fixed"] / "page.csv").write_bytes(b"<html>")
    (inbox / "linked").symlink_to(folders["linked"])
    folders["fixed"].chmod(0o555)
    folders["locked"].chmod(0)
    yield folders
    for folder in (folders["fixed"], folders["locked"]):
        folder.chmod(0o755)


def test_what_cannot_be_moved_keeps_nothing_else_waiting_and_is_named(
    storage: FolderStorage, closed: dict[str, Path]
) -> None:
    about_it = (
        "folders left alone: 3, the first: fixed, because this user may not take files out of it. To "
        "have the files taken in, give this user the right (chmod u+rwx)"
    )
    ended = as_a_user(storage.root, "update")
    assert ended.returncode == 0, ended.stderr
    assert about_it in ended.stderr
    assert list(storage.files(REJECTED)) == []
    assert {name.week for name, _ in archived_files(storage, None)} == {WEEKS[0]}
    assert "folders left alone: 3, the first: fixed" in as_a_user(storage.root, "doctor").stdout
    for folder in closed.values():
        folder.chmod(0o755)
    (storage.root / INBOX / "linked").unlink()
    closed["linked"].rename(storage.root / INBOX / "linked")
    ended = as_a_user(storage.root, "update")
    assert "left alone" not in ended.stderr
    assert {name.week for name, _ in archived_files(storage, None)} == set(WEEKS[:4])
    assert len(list(storage.files(REJECTED))) == 2, "one file and its reason"
