"""Commands without a terminal: installed ones in a process of their own, ours in this one too.

All run in an empty folder, because `.env` is read from the current one.
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
    return kept | {
        f"{PREFIX}BASE": str(base),
        "VIRTUAL_ENV": sys.prefix,
        "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}",
    }


def run_command(
    *arguments: str,
    base: Path | str,
    home: Path | None = None,
    command: str = "spotify-assets",
    given: str | None = None,
    **settings: str,
) -> Ended:
    """Run an installed command and wait until it ends."""
    with TemporaryDirectory() as folder:
        return subprocess.run(
            [sys.executable, "-W", "always", str(BIN / command), *arguments],
            cwd=folder,
            env=clean_environment(base, home) | settings,
            input=given,
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
