"""Commands without a terminal: installed ones in a process of their own, ours in this one too.

All run in an empty folder unless told another, because `.env` is read from the current one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner, Result

from spotify_assets.cli import main
from spotify_assets.cli.environment import prepare_dagster_home
from spotify_assets.settings import PREFIX, SPOTIPY_PREFIX

PROJECT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
LONGEST_WAIT = 600  # seconds, for busy machines
Ended = subprocess.CompletedProcess[str]


def clean_environment(base: Path | str, home: Path | None = None) -> dict[str, str]:
    """Return this process's environment with no settings but the base, and Dagster's home if given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((PREFIX, SPOTIPY_PREFIX, "DAGSTER", "PYTHONWARNINGS", "COLUMNS"))
    }
    if home is not None:
        prepare_dagster_home(home)
        kept["DAGSTER_HOME"] = str(home)
    path = f"{BIN}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {f"{PREFIX}BASE": str(base), "VIRTUAL_ENV": sys.prefix, "PATH": path}


def run_command(
    *arguments: str,
    base: Path | str,
    home: Path | None = None,
    command: str = "spotify-assets",
    **settings: str,
) -> Ended:
    """Run an installed command in a process of its own and wait until it ends."""
    with TemporaryDirectory() as folder:
        return run(
            [sys.executable, "-W", "always", str(BIN / command), *arguments],
            Path(folder),
            clean_environment(base, home) | settings,
        )


def run(command: list[str], folder: Path, environment: dict[str, str]) -> Ended:
    """Run any command in a folder and wait until it ends."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT,
        check=False,
    )


def cli(base: Path | str, *arguments: str, given: str | None = None, **settings: str) -> Result:
    """Call `spotify-assets` in this process, with a base and these settings."""
    environment = {f"{PREFIX}BASE": str(base), "DAGSTER_HOME": None, **settings}
    with TemporaryDirectory() as folder, chdir(folder):
        return CliRunner().invoke(
            main, list(arguments), input=given, env=environment, catch_exceptions=False
        )
