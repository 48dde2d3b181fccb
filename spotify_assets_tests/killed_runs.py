"""Runs that are killed at work: a process of its own ends itself at a chosen write, as by a power cut.

As a script it is that process; its arguments are those of `kill_a_run`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import parse_week
from spotify_assets_tests.commands import clean_environment
from spotify_assets_tests.dagster_runs import instance_in, materialize


class Deadly(FolderStorage):
    """A folder that kills the process before it writes, for the n-th time, to a key that begins so."""

    def __init__(self, root: Path, prefix: str, writes: int) -> None:
        super().__init__(root)
        self.prefix, self.left = prefix, writes

    def _about_to_write(self, key: str) -> None:
        self.left -= key.startswith(self.prefix)
        if key.startswith(self.prefix) and not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, key: str, content: bytes) -> str:
        self._about_to_write(key)
        return super().write(key, content)

    def write_once(self, key: str, content: bytes) -> str:
        self._about_to_write(key)
        return super().write_once(key, content)


def kill_a_run(base: Path, home: Path, weeks: tuple[str, str], prefix: str, writes: int) -> None:
    """Run the weekly job over the weeks from the first to the last, and have it killed."""
    ended = subprocess.run(
        [sys.executable, "-m", __name__, str(base), str(home), *weeks, prefix, str(writes)],
        env=clean_environment(base),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def _run_until_killed(
    base: str, home: str, first: str, last: str, prefix: str, writes: str
) -> None:
    storage = Deadly(Path(base), prefix, int(writes))
    with instance_in(Path(home)) as instance:
        weeks = sorted({parse_week(first), parse_week(last)})
        settings = load_settings({f"{PREFIX}BASE": base})
        materialize(settings, instance, weeks, storage=storage)


if __name__ == "__main__":
    _run_until_killed(*sys.argv[1:])
