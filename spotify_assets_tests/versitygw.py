"""A second S3 for tests: versitygw, which keeps objects as files, by other people than moto's.

Unlike moto it requires the right credentials and clock, and lets one of several conditional writes at
the same moment win. It is a program in Go: `python -m spotify_assets_tests.versitygw` makes it, in a
folder outside the project. Tests that need it are skipped where it isn't there.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from spotify_assets_tests.dagster_servers import free_port, wait_for
from spotify_assets_tests.s3_server import aws_environment

SOURCE, VERSION = "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spotify-assets"
PROGRAM = CACHE / f"versitygw-{VERSION}" / "versitygw"
HOW_TO = "python -m spotify_assets_tests.versitygw, which needs Go"


def make_program() -> None:
    """Make the program if it isn't there: a minute or two.

    Raises:
        OSError: there is no Go.
        subprocess.CalledProcessError: Go can't fetch or compile it, and has said why.
    """
    if not PROGRAM.exists():
        go = shutil.which("go")
        if not go:
            raise OSError("there is no Go, which makes versitygw: tests on a second S3 are skipped")
        # GOTOOLCHAIN: rather none than another Go that is downloaded.
        others = {"GOBIN": str(PROGRAM.parent), "GOTOOLCHAIN": "local"}
        subprocess.run([go, "install", f"{SOURCE}@{VERSION}"], env=os.environ | others, check=True)


@contextmanager
def versitygw_server() -> Iterator[str]:
    """Run the program over an empty folder and return its address, or skip the test."""
    if not PROGRAM.exists():
        pytest.skip(f"there is no {PROGRAM}, a second S3; make it: {HOW_TO}")
    with TemporaryDirectory() as folder:
        port = free_port()
        keys = aws_environment({}, "", Path(folder))
        command = [str(PROGRAM), "--port", f"127.0.0.1:{port}", "--quiet"]
        command += [
            "--access",
            keys["AWS_ACCESS_KEY_ID"],
            "--secret",
            keys["AWS_SECRET_ACCESS_KEY"],
        ]
        with subprocess.Popen([*command, "posix", folder], stdout=subprocess.DEVNULL) as process:

            def answers() -> bool:
                assert process.poll() is None, f"{PROGRAM} ended by itself"
                with socket.socket() as tried:
                    return tried.connect_ex(("127.0.0.1", port)) == 0

            try:
                wait_for(answers, "versitygw to listen")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


if __name__ == "__main__":
    try:
        make_program()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
