"""Commands that are stopped at work, by Ctrl-C or by a kill: what they leave, what the next one does.

Kills at any moment are in `test_faults`.
"""

from __future__ import annotations

import signal
import subprocess
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from spotify_assets.cli.runs import AT_WORK, LAUNCHED_HERE, end_abandoned_runs
from spotify_assets.demo import sample_files
from spotify_assets.layout import INBOX, TABLE_FILES
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.commands import BIN, clean_environment, cli
from spotify_assets_tests.dagster_runs import QUIET, instance_in
from spotify_assets_tests.dagster_servers import wait_for

STATUS = dg.DagsterRunStatus


def stop(base: Path, how: signal.Signals) -> tuple[int, str]:
    """Begin an update of 16 weeks and stop it at its first table file; its exit code and last words."""
    storage = FolderStorage(base)
    for sample in sample_files(date(2024, 6, 28), 16):
        storage.write(INBOX + sample.name, sample.content)
    with subprocess.Popen(
        [str(BIN / "spotify-assets"), "update"],
        env=clean_environment(base),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background ignores interruptions, and its children would as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    ) as process:
        tables = base / TABLE_FILES
        wait_for(lambda: tables.exists() or process.poll() is not None, "the first table file")
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
    return process.returncode, said


def statuses(base: Path) -> list[dg.DagsterRunStatus]:
    with instance_in(base / ".dagster") as instance:
        return [run.status for run in instance.get_runs()]


def test_ctrl_c_leaves_no_half_files_and_a_canceled_run_and_the_next_update_goes_on(
    base: Path,
) -> None:
    code, said = stop(base, signal.SIGINT)
    assert code == 130
    last = "Stopped. Nothing is lost: run the command again to go on."
    assert said.splitlines()[-1] == last
    assert "Traceback" not in said
    assert list((base / "raw").rglob(".*")) == []
    for path in (base / TABLE_FILES).rglob("*.parquet"):
        assert pq.ParquetFile(path).metadata.num_rows
    assert statuses(base) == [STATUS.CANCELED]
    ended = cli(base, "update")
    assert ended.exit_code == 0
    assert "Marked" not in ended.stderr


def test_an_update_ends_the_run_that_a_killed_one_has_left(base: Path) -> None:
    assert stop(base, signal.SIGKILL)[0] == -signal.SIGKILL
    assert statuses(base) == [STATUS.STARTED]
    ended = cli(base, "update")
    assert ended.exit_code == 0
    assert "marked 1 run of a command that was killed as canceled in Dagster." in ended.stderr
    assert statuses(base) == [STATUS.SUCCESS, STATUS.CANCELED]
    assert cli(base, "update").output.startswith("Nothing to do")


@pytest.mark.parametrize("tags", [{}, {LAUNCHED_HERE: "the run that it is a copy of"}])
def test_a_run_that_dagster_launched_is_not_ended(base: Path, tags: dict[str, str]) -> None:
    home, seen = base / ".dagster", []

    @dg.asset
    def at_work() -> None:
        (home / AT_WORK).touch()
        seen.append((end_abandoned_runs(home), [run.status for run in instance.get_runs()]))

    with instance_in(home) as instance:
        job = dg.Definitions([at_work], jobs=[dg.define_asset_job("job")]).resolve_job_def("job")
        job.execute_in_process(instance=instance, tags=tags, run_config=QUIET)
    assert seen == [(0, [STATUS.STARTED])]
