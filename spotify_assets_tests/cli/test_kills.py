"""Updates of two years that are killed at random moments: one more update always ends the same.

How many, and when, is in the environment: `KILLS=50 KILLS_SEED=1 pytest -s` prints where each fell.
Kills at a chosen write are in `checks/test_order`.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from spotify_assets.cli import FAILED
from spotify_assets.demo import sample_files
from spotify_assets.layout import ARCHIVE, HELD_BACK, INBOX, TABLE_FILES
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests.commands import BIN, clean_environment, run_command
from spotify_assets_tests.dagster_runs import digests

WEEKS = 104
BAD = (20, 60)  # samples that are dropped a second time, with a mistake: their charts are held back
KILLS = int(os.environ.get("KILLS", "3"))  # 50 after a change to what is written, or in which order
SEED = int(os.environ.get("KILLS_SEED", "2026"))
SECONDS_BETWEEN_LOOKS = 0.01


def drop_two_years(storage: FolderStorage) -> None:
    """Put the demo's files into the inbox, and bad ones of the same weeks after them."""
    samples = list(sample_files(latest_closed_week(system_clock()), WEEKS))
    playlists = [sample for sample in samples if b'"popularity":' in sample.content]
    for sample in samples:
        storage.write(INBOX + sample.name, sample.content)
    for sample in (playlists[number] for number in BAD):
        content = sample.content.replace(b'"popularity":', b'"popularity":9')
        storage.write(f"{INBOX}later/{sample.name}", content)


def written(base: Path, *prefixes: str, since: int = 0) -> int:
    """Return how many files are there that were written after this moment, in ns."""
    found = 0
    for path in (path for prefix in prefixes for path in (base / prefix).rglob("[!.]*.*")):
        with suppress(FileNotFoundError):
            found += path.stat().st_mtime_ns > since
    return found


def kill_once_written(base: Path, files: int) -> int:
    """Kill an update once it has written so many files; return how many of them are tables."""
    started = time.time_ns()
    command = [str(BIN / "spotify-assets"), "update"]
    with subprocess.Popen(command, env=clean_environment(base), cwd=base) as process:
        while written(base, ARCHIVE, TABLE_FILES, HELD_BACK, since=started) < files:
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(SECONDS_BETWEEN_LOOKS)
                pytest.fail(f"it ended with {code} before it was killed")
        process.kill()
    return written(base, TABLE_FILES, since=started)


def ended_state(base: Path) -> dict[str, str]:
    """Update a base and return every file that then counts, with a digest of its content."""
    ended = run_command("update", base=base)
    assert ended.returncode == FAILED, ended.stderr  # charts are held back
    found = digests(FolderStorage(base), "")
    return {key: d for key, d in found.items() if key.startswith(("raw/", TABLE_FILES, HELD_BACK))}


@pytest.mark.slow
def test_one_more_update_after_a_kill_ends_as_if_there_had_been_none(tmp_path: Path) -> None:
    dropped = tmp_path / "dropped"
    drop_two_years(FolderStorage(dropped))
    golden = shutil.copytree(dropped, tmp_path / "golden")
    expected = ended_state(golden)
    tables = written(golden, TABLE_FILES)
    of_update = {
        "new": written(golden, ARCHIVE, TABLE_FILES, HELD_BACK),
        "again": written(golden, TABLE_FILES, HELD_BACK),
    }
    moments = random.Random(SEED)
    for number in range(KILLS):
        made = "again" if number % 3 == 2 else "new"
        base = shutil.copytree(golden if made == "again" else dropped, tmp_path / "killed")
        if made == "again":  # its raw files are restored: every week is stale
            for path in (base / ARCHIVE).rglob("*.*"):
                path.touch()
        files = moments.randrange(1, of_update[made])
        at_kill = kill_once_written(base, files)
        sys.stdout.write(
            f"kill {number + 1}, made {made}: after {files} of {of_update[made]} files, "
            f"with {at_kill} of {tables} tables stored\n"
        )
        sys.stdout.flush()
        assert ended_state(base) == expected
        shutil.rmtree(base)
