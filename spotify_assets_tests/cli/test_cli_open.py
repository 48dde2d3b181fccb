"""`spotify-assets open`: the dashboard in the browser, from a folder or from S3."""

from __future__ import annotations

from pathlib import Path

import pytest

from spotify_assets.layout import DASHBOARD
from spotify_assets.storage import FolderStorage
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.aws_world import aws_world
from spotify_assets_tests.commands import cli, run_command


@pytest.fixture
def a_browser(tmp_path: Path) -> dict[str, str]:
    """A browser that notes down what it is to open; `BROWSER` is what Python's webbrowser goes by."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o755)
    return {"BROWSER": f"{program} %s"}


def test_open_shows_the_page_of_a_folder(
    base: Path, storage: FolderStorage, tmp_path: Path, a_browser: dict[str, str]
) -> None:
    storage.write(DASHBOARD, b"<!doctype html>")
    ended = run_command("open", base=base, **a_browser)
    assert ended.returncode == 0, ended.stderr
    address = (base / DASHBOARD).as_uri()
    assert (tmp_path / "opened").read_text().strip() == address
    assert ended.stdout.strip() == f"Opened {address}"


def test_open_says_where_the_page_is_where_no_browser_can_be_started(
    base: Path, storage: FolderStorage
) -> None:
    storage.write(DASHBOARD, b"<!doctype html>")
    ended = run_command("open", base=base, BROWSER="/bin/false %s")
    assert ended.returncode == 1
    assert (base / DASHBOARD).as_uri() in ended.stderr


def test_open_without_a_page_says_what_to_do(base: Path) -> None:
    result = cli(base, "open")
    assert result.exit_code == 2
    assert f"There is no dashboard at {base / DASHBOARD} yet" in result.stderr
    assert "update" in result.stderr


def test_open_shows_a_copy_of_a_page_on_s3(
    s3_storage: S3Storage, tmp_path: Path, a_browser: dict[str, str]
) -> None:
    with aws_world(s3_storage) as world:
        world.storage.write(DASHBOARD, b"<!doctype html>on S3")
        ended = run_command(
            "open", base=world.storage.location(""), **(world.environment | a_browser)
        )  # type: ignore[arg-type]
    assert ended.returncode == 0, ended.stderr
    opened = (tmp_path / "opened").read_text().strip().removeprefix("file://")
    assert Path(opened).read_bytes() == b"<!doctype html>on S3"
    assert f"Copied {world.storage.location(DASHBOARD)} to {opened}" in ended.stdout
