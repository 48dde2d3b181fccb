"""`make demo-aws` as people run it: a process that starts its AWS, runs the demo on it and stops it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from spotify_assets_tests.commands import LONGEST_WAIT, PROJECT
from spotify_assets_tests.dagster_servers import wait_for

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "spotify_assets_tests.fakes.demo_on_aws"]
LINE_OF_ADDRESSES = re.compile(r"S3 and Glue on http://127.0.0.1:(\d+), Athena on .*:(\d+)")


def start(folder: Path, output: IO[str], *options: str, **variables: str) -> subprocess.Popen[str]:
    """Start the command, with everything that it leaves behind below the folder."""
    (folder / "temporary").mkdir()
    return subprocess.Popen(
        [*COMMAND, "--reports", str(folder / "reports"), *options],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(folder / "temporary")} | variables,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        # A test run in the background ignores interruptions, and its children would as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )


def require_all_stopped(said: str, folder: Path) -> None:
    """Fail if something still answers, or is left in the folder for temporary files."""
    found = LINE_OF_ADDRESSES.search(said)
    assert found is not None, said
    for port in found.groups():
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", int(port))) != 0, f"{port} still answers"
    assert list((folder / "temporary").iterdir()) == []


def test_the_demo_ends_in_an_answer_of_athena_and_uses_nothing_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "home" / ".aws"
    own.mkdir(parents=True)
    (own / "config").write_text("[profile mine]\nendpoint_url = http://127.0.0.1:9\n")
    theirs = {
        "HOME": str(own.parent),
        "AWS_PROFILE": "mine",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "SPOTIFY_ASSETS_BASE": str(tmp_path / "base"),
        "SPOTIFY_ASSETS_FIRST_WEEK": "no week",
        "SPOTIPY_CLIENT_ID": "an id without its secret",
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME")
        or str(Path.home() / ".cache"),  # Trino's
    }
    with (tmp_path / "output").open("w+", encoding="utf-8") as output:
        process = start(tmp_path, output, "--weeks=2", **theirs)
        code = process.wait(LONGEST_WAIT)
        output.seek(0)
        said = output.read()
    assert code == 0, said
    assert re.search(r"made 2 weeks in 1 run; \d+ checks: every check passes", said), said
    assert re.search(r"/charts/raw/processed/ +8 files", said)
    assert re.search(r"/charts/transformed_data/ +12 files", said)
    assert "latest_chart" in said[said.index("In Glue's database") :].splitlines()[2]
    answer = said[said.index("$ spotify-assets query") :]
    assert len(re.findall(r"^(?:norway|global) +[1-5] ", answer, re.MULTILINE)) == 10
    assert re.search(r"1 GetQueryResults, 1 StartQueryExecution", answer)
    assert "What stood in for AWS" in answer
    assert "What was real" in answer
    assert not (tmp_path / "base").exists()
    assert "<title>" in (tmp_path / "reports" / "dashboard.html").read_text("utf-8")
    require_all_stopped(said, tmp_path)


def test_ctrl_c_stops_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "output"
    with path.open("w", encoding="utf-8") as output:
        process = start(tmp_path, output, "--duckdb")
        wait_for(lambda: "Making up" in path.read_text() or process.poll(), "the demo to begin")
        process.send_signal(signal.SIGINT)
        code = process.wait(LONGEST_WAIT)
    said = path.read_text()
    assert code == 130, said
    assert said.splitlines()[-1] == "Stopped, and so is all that it started."
    assert "Stopped. Nothing is lost" in said  # said by the command that it ran, and waited for
    assert "Traceback" not in said
    require_all_stopped(said, tmp_path)


def test_a_demo_that_fails_ends_with_its_code_and_stops_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "output"
    with path.open("w", encoding="utf-8") as output:
        code = start(tmp_path, output, "--duckdb", "--weeks=1000").wait(LONGEST_WAIT)
    said = path.read_text()
    assert code == 2, said
    assert "1000 is not in the range" in said
    assert "$ spotify-assets query" not in said
    require_all_stopped(said, tmp_path)
