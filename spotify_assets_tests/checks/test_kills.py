"""An update over two years that is killed at any moment: one more update, and all is as it should be.

As a script it does the same more often: `python -m spotify_assets_tests.checks.test_kills --times 50`.
Kills at a chosen write are in `test_order`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from spotify_assets.demo import sample_files
from spotify_assets.layout import ARCHIVE, TABLES
from spotify_assets.raw.recognise import recognise
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.stale import stale_weeks
from spotify_assets_tests.checks.small_charts import CHARTS, archive, contents, update
from spotify_assets_tests.fixed_clock import NOW

LAST = date(2026, 11, 13)
WEEKS = 104

Command = Callable[[Path], Sequence[str]]
"""The command that makes what is stale of a base: what is killed."""


def making(base: Path) -> Sequence[str]:
    """Make stale weeks and store them, as the run of an update does."""
    return [sys.executable, "-m", "spotify_assets_tests.checks.test_kills", "--update", str(base)]


def two_years(base: Path) -> None:
    """Archive the demo's raw files, two of them bad ones, as good ones were there before."""
    storage = FolderStorage(base)
    for sample in sample_files(LAST, WEEKS):
        for name in recognise(sample.name, sample.content, CHARTS, FIRST_DOWNLOADABLE_WEEK, NOW):
            archive(storage, name, sample.content)
            number = (LAST - name.week).days // 7
            if number in (20, 60) and name.kind == "playlist":
                archive(storage, name, sample.content.replace(b'"popularity":', b'"popularity":9'))


def kill_after(seconds: float, command: Sequence[str]) -> bool:
    """Start the command and kill it; return whether it was still at work."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(seconds)  # the moment of the kill; nothing is waited for
    process.kill()
    return process.wait() != 0


def kill_again_and_again(folder: Path, times: int, command: Command = making, seed: int = 0) -> int:
    """Kill so many updates, each at a moment of its own; return how many were really killed.

    Every other base was made before, so that all of its files are there already.
    """
    archived, golden = folder / "archived", folder / "golden"
    two_years(archived)
    shutil.copytree(archived, golden)
    began = time.perf_counter()
    subprocess.run(command(golden), check=True)
    whole = time.perf_counter() - began
    expected = contents(FolderStorage(golden))
    assert len([key for key in expected if key.startswith(f"{TABLES}check_results/")]) == WEEKS
    dice = random.Random(seed)
    killed = 0
    for number in range(times):
        base = folder / f"base {number}"
        shutil.copytree(golden if number % 2 else archived, base)
        if number % 2:  # received again
            for path in (base / ARCHIVE).rglob("*.*"):
                path.touch()
        moment = dice.uniform(0.2, 1) * whole
        was_at_work = kill_after(moment, command(base))
        killed += was_at_work
        subprocess.run(command(base), check=True)
        assert contents(FolderStorage(base)) == expected, f"kill {number}, after {moment:.2f} s"
        assert stale_weeks(FolderStorage(base)) == []
        shutil.rmtree(base)
    return killed


@pytest.mark.slow
def test_an_update_that_is_killed_is_made_good_by_the_next(tmp_path: Path) -> None:
    assert kill_again_and_again(tmp_path, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="how many updates are killed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--update", type=Path, help="only make what is stale of this base")
    given = parser.parse_args()
    if given.update:
        storage = FolderStorage(given.update)
        update(storage, stale_weeks(storage))
        return
    with TemporaryDirectory() as folder:
        killed = kill_again_and_again(Path(folder), given.times, seed=given.seed)
    sys.stdout.write(f"{given.times} updates, {killed} killed at work: all ended the same\n")


if __name__ == "__main__":
    main()
