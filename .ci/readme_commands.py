"""Run the shell blocks of a fresh clone's pages, in order, as a newcomer with one download would.

Usage: python3 readme_commands.py CLONE. In README.md that is every block that begins with ```sh (one
that needs more than a clone begins with ```shell), in docs/*.md every one that begins with ```sh run.
Each page begins in a home of its own, and each block runs in a shell of its own, but exports stay set
for the page's next blocks. Servers are requested for a page, then ended.
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

SERVERS = re.compile(r"^(make dev|.*\bspotify-assets dev\b.*)$", re.MULTILINE)
RUN_BY_CI = ("make test",)  # after the pages
SECONDS_TO_START = 90
DOWNLOAD = (
    "\ufeffrank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams\n"
    '1,"spotify:track:0000000000000000000001","Ida Nord","Fjordlys","Nord Records",1,-1,1,"200"\n'
    '2,"spotify:track:0000000000000000000002","Ida Nord","Snø i mai","Nord Records",1,1,9,"100"\n'
)


def main(clone: Path) -> None:
    """Run all blocks of all pages, or end with the first that fails."""
    run_page(clone, "README.md", "```sh")
    for page in sorted((clone / "docs").glob("*.md")):
        run_page(clone, str(page.relative_to(clone)), "```sh run")


def run_page(clone: Path, page: str, fence: str) -> None:
    """Run the blocks of a page that begin with this line."""
    text = (clone / page).read_text(encoding="utf-8")
    environment = fresh_environment()
    for block in re.findall(rf"^{fence}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines = (line.split("  #")[0].rstrip() for line in block.splitlines())
        commands = "\n".join(line for line in lines if line not in RUN_BY_CI)
        if not commands.strip():
            continue
        sys.stdout.write(f"-- {page}: {commands}\n")
        sys.stdout.flush()
        if SERVERS.search(commands):
            serve(commands, clone, environment)
        else:
            environment = run(commands, clone, environment)


def fresh_environment() -> dict[str, str]:
    """Return an environment without settings, with a home that has one download in it."""
    home = Path(tempfile.mkdtemp(prefix="home-"))
    download = home / "Downloads" / "regional-no-weekly-2026-11-12.csv"
    download.parent.mkdir()
    download.write_text(DOWNLOAD, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if "SPOTIFY" not in name}
    environment.pop("DAGSTER_HOME", None)
    return environment | {"HOME": str(home), "BROWSER": "true %s"}  # for `spotify-assets open`


def run(commands: str, clone: Path, environment: dict[str, str]) -> dict[str, str]:
    """Run a block to its end; return the environment with what it exported."""
    script = f"set -e\n{commands}\nprintf '\\0'; env -0"
    ended = subprocess.run(
        ["sh", "-c", script], cwd=clone, env=environment, stdout=subprocess.PIPE, check=False
    )
    printed, _, after = ended.stdout.decode().partition("\0")
    sys.stdout.write(printed)
    if ended.returncode != 0:
        sys.exit(f"exit {ended.returncode}: {commands}")
    return dict(line.split("=", 1) for line in after.split("\0") if "=" in line)


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
