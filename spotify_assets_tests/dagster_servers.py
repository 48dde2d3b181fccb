"""Dagster's own commands as processes of tests: started, queried by GraphQL, always ended."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from spotify_assets_tests.commands import PROJECT

LONGEST_WAIT = 300  # seconds, for machines that are busy with other things
PORTS = range(20_000, 32_000)  # below those that systems hand out by themselves
BETWEEN_LOOKS = 0.2

T = TypeVar("T")


def our_warnings(said: str) -> list[str]:
    """Return the lines of an output that warn of what this project's code does.

    What libraries warn of by themselves is left out, as when an old command of Dagster's names its
    newer twin.
    """
    return [
        line
        for line in said.splitlines()
        if (
            re.search(r"\.py:\d+: \w*Warning: ", line)
            and str(PROJECT) in line
            and "site-packages" not in line
        )
        or re.search(r"\bWARNING\b.*spotify", line)
    ]


@dataclass
class Server:
    """A web server of Dagster's, and what it has written so far."""

    url: str
    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        """Return its console output."""
        return self.output.read_text(errors="replace")

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of a GraphQL query's answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=30) as response:
                answer = json.load(response)
        except HTTPError as error:  # of a query that fails, which the answer names
            answer = json.load(error)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def answers(self) -> bool:
        """Return whether it is up."""
        assert self.process.poll() is None, f"it ended:\n{self.said()}"
        try:
            with urlopen(f"{self.url}/server_info", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False


def wait_for(look: Callable[[], T], what: str, seconds: float = LONGEST_WAIT) -> T:
    """Return what `look` returns once that is true; fail and name `what` if it takes too long."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(BETWEEN_LOOKS)
    return found


@contextmanager
def serving(
    command: Sequence[str], environment: dict[str, str], output: Path, folder: Path = PROJECT
) -> Iterator[Server]:
    """Run a command that serves Dagster's UI, in a folder; `{port}` in it becomes a free port.

    It gets a session of its own, all of which is ended afterwards.
    """
    port = free_port()
    words = [word.format(port=port) for word in command]
    process = start(words, environment, output, folder)
    server = Server(f"http://127.0.0.1:{port}", process, output)
    try:
        wait_for(server.answers, f"{words[0]} to serve")
        yield server
    finally:
        _end_session(process)


def start(
    command: Sequence[str],
    environment: dict[str, str],
    output: Path,
    folder: Path,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a folder, in a session of its own, with what it prints appended to a file."""
    with output.open("ab") as file:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            preexec_fn=_reset_signals,
        )


def _reset_signals() -> None:
    # Started from a script in the background, children ignore the signals that end them.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _end_session(process: subprocess.Popen[bytes]) -> None:
    for number, seconds in ((signal.SIGINT, 10.0), (signal.SIGKILL, 10.0)):
        try:
            os.killpg(process.pid, number)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(BETWEEN_LOOKS)
        except ProcessLookupError:
            break
    process.wait(10)


def free_port() -> int:
    """Return a port that nothing listens on."""
    # Not one that the system chooses: it may give it to another test's connection in the meantime.
    for port in random.sample(PORTS, 100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("none of a hundred ports is free")
