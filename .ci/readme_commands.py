"""Runs every shell block of a fresh clone's README, in order, as a newcomer with one download would.

Usage: python3 readme_commands.py CLONE. Each block runs in a shell of its own, but exports of one
stay set for the next. Servers are asked for an answer, then ended.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SERVERS = re.compile(r"^(make dev|.*\bdagster dev\b.*|.*\bdg dev\b.*)$", re.MULTILINE)
SKIPPED = ("make test", "make lint types")  # run on their own, before and after
SECONDS_TO_START = 90
DOWNLOAD = (
    "\ufeffrank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams\n"
    '1,"spotify:track:0000000000000000000001","Ida Nord","Fjordlys","Nord Records",1,-1,1,"200"\n'
    '2,"spotify:track:0000000000000000000002","Ida Nord","Snø i mai","Nord Records",1,1,9,"100"\n'
)


def main(clone: Path) -> None:
    """Run all blocks, or end with the first that fails."""
    home = Path(tempfile.mkdtemp(prefix="home-"))
    (home / "Downloads").mkdir()
    (home / "Downloads" / "regional-no-weekly-2026-11-12.csv").write_text(
        DOWNLOAD, encoding="utf-8"
    )
    environment = {name: value for name, value in os.environ.items() if "SPOTIFY" not in name}
    environment |= {"HOME": str(home), "BROWSER": "true %s"}  # for `spotify-assets open`
    environment.pop("DAGSTER_HOME", None)
    for block in re.findall(
        r"^```sh\n(.*?)^```", (clone / "README.md").read_text(), re.MULTILINE | re.DOTALL
    ):
        commands = "\n".join(line for line in block.splitlines() if line not in SKIPPED)
        if not commands.strip():
            continue
        sys.stdout.write(f"-- {commands}\n")
        sys.stdout.flush()
        if SERVERS.search(commands):
            serve(commands, clone, environment)
        else:
            script = f"set -e\n{commands}\nprintf '\\0'; env -0"
            run = subprocess.run(
                ["sh", "-c", script],
                cwd=clone,
                env=environment,
                stdout=subprocess.PIPE,
                check=False,
            )
            said, _, after = run.stdout.decode().partition("\0")
            sys.stdout.write(said)
            if run.returncode != 0:
                sys.exit(f"exit {run.returncode}: {commands}")
            environment = dict(line.split("=", 1) for line in after.split("\0") if "=" in line)


def serve(commands: str, clone: Path, environment: dict[str, str]) -> None:
    """Start a server, wait until its page answers, and end it with all its children."""
    server = subprocess.Popen(
        ["sh", "-c", f"set -e\n{commands}"], cwd=clone, env=environment, start_new_session=True
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            if server.poll() is not None:
                sys.exit(f"ended by itself with {server.returncode}: {commands}")
            try:
                with urllib.request.urlopen(
                    "http://localhost:3000/server_info", timeout=5
                ) as answer:
                    sys.stdout.write(f"answers: {answer.read().decode()}\n")
                return
            except OSError:
                if time.monotonic() > deadline:
                    sys.exit(f"no answer within {SECONDS_TO_START} s: {commands}")
                time.sleep(0.5)
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
