"""Updates of two years that are killed at random moments: one more update always ends the same.

    python -m spotify_assets_tests.cli.test_kills --times 50

kills as many; the test kills a few.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_assets.demo import sample_files
from spotify_assets.layout import HELD_BACK, INBOX, TABLES
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests.commands import BIN, clean_environment
from spotify_assets_tests.dagster_runs import digests

WEEKS = 104
TREE = ("raw/", TABLES, HELD_BACK)
Files = dict[str, str]


def kill_updates(folder: Path, times: int, seed: int) -> Iterator[str]:
    """Kill as many updates, each of a base of its own; yield a line about each.

    Raises:
        AssertionError: an update fails, or a base ends otherwise than one that was never killed.
    """
    dropped = FolderStorage(folder / "dropped")
    for sample in sample_files(latest_closed_week(system_clock()), WEEKS):
        dropped.write(INBOX + sample.name, sample.content)
    start = time.monotonic()
    golden = ended_state(shutil.copytree(dropped.root, folder / "golden"))
    longest = time.monotonic() - start
    moments = random.Random(seed)
    for number in range(1, times + 1):
        base = shutil.copytree(dropped.root, folder / "killed")
        after = moments.uniform(0, longest)
        exit_code = kill_after(base, after)
        left = digests(FolderStorage(base), "")
        stored = sum(key.startswith(TABLES) for key in left)
        waiting = sum(key.startswith(INBOX) for key in left)
        assert ended_state(base) == golden, f"kill {number}, after {after:.2f} s: {base}"
        yield (
            f"{number}: after {after:.2f} of {longest:.1f} s, exit {exit_code}, {waiting} files in the "
            f"inbox, {stored} table files; then as if it had never been killed"
        )
        shutil.rmtree(base)


def start_update(base: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(BIN / "spotify-assets"), "update"],
        env=clean_environment(base),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after(base: Path, seconds: float) -> int:
    """Start an update and kill it after so long; return how it ended, for it may have been faster."""
    with start_update(base) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait()


def ended_state(base: Path) -> Files:
    """Update a base and return every file that then counts, and a digest of its content."""
    with start_update(base) as process:
        said, _ = process.communicate()
    assert process.returncode == 0, said
    storage = FolderStorage(base)
    return {key: digest for part in TREE for key, digest in digests(storage, part).items()}


@pytest.mark.slow
def test_one_more_update_after_a_kill_ends_as_if_there_had_been_none(tmp_path: Path) -> None:
    assert len(list(kill_updates(tmp_path, times=3, seed=2026))) == 3


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2)))
    arguments = parser.parse_args()
    sys.stdout.write(f"--seed {arguments.seed}\n")
    with tempfile.TemporaryDirectory(prefix="spotify-assets-kills-") as folder:
        for line in kill_updates(Path(folder), arguments.times, arguments.seed):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
