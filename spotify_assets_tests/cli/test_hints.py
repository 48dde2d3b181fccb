"""Commands in messages can be typed where they are printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from spotify_assets.cli import hints
from spotify_assets.cli.hints import say, this_command


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program that was called, in a folder that isn't on PATH."""
    program = tmp_path / "a venv" / "bin" / "spotify-assets"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", os.defpath)
    for name in ("UV", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    return program


def test_a_command_is_named_as_the_shell_finds_it(
    called: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert this_command() == f"'{called}'"
    monkeypatch.setenv("PATH", str(called.parent))
    assert this_command() == "spotify-assets"
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "other" / "spotify-assets")])
    assert this_command() == f"{tmp_path}/other/spotify-assets"


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (
            '{"url": "https://example.org/charts", "vcs_info": {"vcs": "git", "commit_id": "1a"}}',
            "uvx --from git+https://example.org/charts spotify-assets",
        ),
        (
            '{"url": "file:///x", "vcs_info": {"vcs": "git", "requested_revision": "v1"}}',
            "uvx --from git+file:///x@v1 spotify-assets",
        ),
        (
            '{"url": "file:///x/charts.whl", "archive_info": {}}',
            "uvx --from file:///x/charts.whl spotify-assets",
        ),
        (None, "uvx spotify-assets"),
    ],
)
def test_what_uvx_runs_is_not_there_for_the_shell(
    origin: str | None,
    command: str,
    called: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = tmp_path / "spotify_assets-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: spotify-assets\nVersion: 1\n", encoding="utf-8")
    if origin is not None:
        (installed / "direct_url.json").write_text(origin, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", str(called.parent))
    monkeypatch.setenv("UV", "/usr/bin/uv")
    assert this_command() == command
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)  # `uv run`
    assert this_command() == f"'{called}'"


def test_a_message_names_its_commands_so_and_nothing_else(
    called: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(
        "Another spotify-assets command is at work. Later: `spotify-assets update`, spotify-assets open"
    )
    name = f"'{called}'"
    said = f"Another spotify-assets command is at work. Later: `{name} update`, {name} open\n"
    assert capsys.readouterr().out == said


def test_a_shell_of_windows_gets_its_own_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as on_windows:
        on_windows.setattr(os, "name", "nt")
        quoted = [hints._quoted(word) for word in (r"C:\Ida Nord\spotify-assets", r"C:\x")]
    assert quoted == [r'"C:\Ida Nord\spotify-assets"', r"C:\x"]
