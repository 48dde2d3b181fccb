"""Runs that are killed at work: a process of its own ends itself at a chosen write, as by a power cut.

As a script it is that process; its arguments are those of `kill_a_run`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from spotify_assets.defs.io_managers import RawFileIOManager, WeeklyTableIOManager
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import parse_week
from spotify_assets_tests.commands import clean_environment
from spotify_assets_tests.dagster_runs import instance_in, materialize

Result = TypeVar("Result")


class Deadly(FolderStorage):
    """A folder that kills the process before, or after, so many writes to keys that begin so."""

    def __init__(self, root: Path, prefix: str, writes: int, when: str) -> None:
        super().__init__(root)
        self.prefix, self.left, self.when = prefix, writes, when

    def _put_there(self, key: str, put: Callable[[], Result]) -> Result:
        self.left -= key.startswith(self.prefix)
        is_last = key.startswith(self.prefix) and not self.left
        if is_last and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = put()
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def write(self, key: str, content: bytes) -> None:
        self._put_there(key, lambda: super(Deadly, self).write(key, content))

    def write_once(self, key: str, content: bytes) -> bool:
        return self._put_there(key, lambda: super(Deadly, self).write_once(key, content))


def kill_a_run(
    base: Path, home: Path, weeks: tuple[str, str], prefix: str, writes: int, when: str
) -> None:
    """Run the weekly job over the weeks from the first to the last, and have it killed."""
    arguments = [str(base), str(home), *weeks, prefix, str(writes), when]
    ended = subprocess.run(
        [sys.executable, "-m", __name__, *arguments],
        env=clean_environment(base),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def _run_until_killed(
    base: str, home: str, first: str, last: str, prefix: str, writes: str, when: str
) -> None:
    storage = Deadly(Path(base), prefix, int(writes), when)
    with instance_in(Path(home)) as instance:
        materialize(
            load_settings({f"{PREFIX}BASE": base}),
            instance,
            sorted({parse_week(first), parse_week(last)}),
            storage=storage,
            raw_io_manager=RawFileIOManager(storage),
            table_io_manager=WeeklyTableIOManager(storage, "parquet"),
        )


if __name__ == "__main__":
    _run_until_killed(*sys.argv[1:])
