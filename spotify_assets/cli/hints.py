"""How this command line has to be typed where it was called, and messages that name its commands so.

Every room writes `spotify-assets update`; only here is known whether a shell would find that.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import click

from spotify_assets.cli import main
from spotify_assets.words import visible

COMMAND = "spotify-assets"


def say(message: str, *, err: bool = False) -> None:
    """Print a message, which may quote foreign text, with each command as it has to be typed here."""
    names = "|".join(main.commands)
    called = this_command()
    click.echo(re.sub(rf"\b{COMMAND}(?= ({names})\b)", lambda _: called, visible(message)), err=err)


def print_exactly(text: str) -> None:
    """Print what other programs read, unchanged; on a terminal, control characters become spaces."""
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)  # click would leave out parts


def this_command() -> str:
    """Return how to call this command line from here: by its name if the shell finds it."""
    called = Path(sys.argv[0])
    if called.stem != COMMAND:  # called from Python
        return COMMAND
    if "UV" in os.environ:  # whose PATH has this command for this one call
        in_project = os.environ.get("VIRTUAL_ENV") == sys.prefix  # `uv run`, not uvx
        return _quoted(str(called)) if in_project else f"uvx {_source()}{COMMAND}"
    found = shutil.which(COMMAND)  # with .exe on Windows, where argv may lack it
    is_found = found and Path(found).resolve().with_suffix("") == called.resolve().with_suffix("")
    return COMMAND if is_found else _quoted(str(called))


def _source() -> str:
    """Return the option that names what uvx installed from, or nothing for the package index."""
    origin = json.loads(distribution(COMMAND).read_text("direct_url.json") or "{}")
    if not origin:
        return ""
    version_control = origin.get("vcs_info", {})
    kind = f"{version_control['vcs']}+" if version_control else ""
    revision = version_control.get("requested_revision")
    return f"--from {_quoted(kind + origin['url'] + (f'@{revision}' if revision else ''))} "


def _quoted(word: str) -> str:
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)
