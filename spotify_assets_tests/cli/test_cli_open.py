"""`spotify-assets open`: the dashboard in the browser, from a folder or from S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spotify_assets.layout import DASHBOARD
from spotify_assets.storage import FolderStorage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.aws_world import aws_world
from spotify_assets_tests.commands import cli, run_command


@pytest.fixture
def a_browser(tmp_path: Path) -> dict[str, Any]:
    """A browser that notes down what it is to open; `BROWSER` is what Python's webbrowser goes by."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o755)
    return {"BROWSER": f"{program} %s"}


def test_open_shows_the_page_of_a_folder_or_says_where_it_is(
    base: Path, storage: FolderStorage, tmp_path: Path, a_browser: dict[str, Any]
) -> None:
    result = cli(base, "open")
    assert result.exit_code == 2
    assert f"There is no dashboard at {base / DASHBOARD} yet" in result.stderr
    storage.write(DASHBOARD, b"<!doctype html>")
    address = (base / DASHBOARD).as_uri()
    ended = run_command("open", base=base, **a_browser)
    assert (ended.returncode, ended.stdout) == (0, f"Opened {address}\n")
    assert (tmp_path / "opened").read_text().strip() == address
    ended = run_command("open", base=base, BROWSER="/bin/false %s")
    assert ended.returncode == 1
    assert address in ended.stderr


def test_open_shows_a_copy_of_a_page_on_s3(
    s3_storage: S3Storage, tmp_path: Path, a_browser: dict[str, Any]
) -> None:
    with aws_world(s3_storage) as world:
        world.storage.write(DASHBOARD, b"<!doctype html>on S3")
        base = world.storage.location("")
        settings = a_browser | world.environment
        ended = run_command("open", base=base, **settings)
    assert ended.returncode == 0, ended.stderr
    opened = (tmp_path / "opened").read_text().strip().removeprefix("file://")
    assert Path(opened).read_bytes() == b"<!doctype html>on S3"
    assert f"Copied {world.storage.location(DASHBOARD)} to {opened}" in ended.stdout
