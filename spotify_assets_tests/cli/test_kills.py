"""Updates of two years that are killed at random moments: one more update always ends the same."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from spotify_assets.demo import sample_files
from spotify_assets.layout import HELD_BACK, INBOX, TABLES
from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import latest_closed_week, system_clock
from spotify_assets_tests.commands import BIN, clean_environment, run_command
from spotify_assets_tests.dagster_runs import digests

WEEKS = 104
KILLS = int(os.environ.get("KILLS", "3"))  # 50 after a change to what is written, or in which order


def ended_state(base: Path) -> dict[str, str]:
    """Update a base and return every file that then counts, with a digest of its content."""
    ended = run_command("update", base=base)
    assert ended.returncode == 0, ended.stderr
    found = digests(FolderStorage(base), "")
    return {key: d for key, d in found.items() if key.startswith(("raw/", TABLES, HELD_BACK))}


@pytest.mark.slow
def test_one_more_update_after_a_kill_ends_as_if_there_had_been_none(tmp_path: Path) -> None:
    dropped = FolderStorage(tmp_path / "dropped")
    for sample in sample_files(latest_closed_week(system_clock()), WEEKS):
        dropped.write(INBOX + sample.name, sample.content)
    start = time.monotonic()
    golden = ended_state(shutil.copytree(dropped.root, tmp_path / "golden"))
    longest = time.monotonic() - start
    moments = random.Random(2026)
    for _ in range(KILLS):
        base = shutil.copytree(dropped.root, tmp_path / "killed")
        command, after = [str(BIN / "spotify-assets"), "update"], moments.uniform(0, longest)
        with subprocess.Popen(command, env=clean_environment(base)) as process:
            try:
                process.wait(after)
            except subprocess.TimeoutExpired:
                process.kill()
        assert ended_state(base) == golden, f"killed after {after:.2f} s"
        shutil.rmtree(base)
