"""Statements for Athena, and what a Trino grammar has against them.

The grammar is an npm package of the version that `trino_grammar/package.json` names. It is installed
once, into the user's cache; a test that needs it is skipped where node, npm or the registry is absent.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

HERE = Path(__file__).parent / "catalog" / "trino_grammar"
MANIFEST = HERE / "package.json"
PACKAGE = "dt-sql-parser"
OLDEST_NODE = (20, 6)  # the first with module.register
NO_REGISTRY = re.compile(
    r"code (ENOTFOUND|EAI_AGAIN|ECONN\w+|E\w*TIMEDOUT|ENETUNREACH|EHOSTUNREACH)"
)
ASKED = re.compile(r'spotify-assets query "(?P<sql>[^"]+)"')
BLOCK = re.compile(r"^```sql\n(?P<sql>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """A statement, and where it stands: the file, or what sent it, and its first line there."""

    place: str
    sql: str
    line: int = 1


def view_files(folder: Path) -> list[Statement]:
    """Every `.sql` file below a folder."""
    files = sorted(folder.rglob("*.sql"))
    return [Statement(f.relative_to(folder.parent).as_posix(), f.read_text("utf-8")) for f in files]


def documented(page: Path) -> list[Statement]:
    """Every query of a Markdown page: what `spotify-assets query` is asked, and blocks of SQL."""
    text = page.read_text(encoding="utf-8")
    found = [*ASKED.finditer(text), *BLOCK.finditer(text)]
    return [
        Statement(page.name, match["sql"], text.count("\n", 0, match.start("sql")) + 1)
        for match in sorted(found, key=lambda match: match.start())
    ]


def complaints(statements: Sequence[Statement]) -> list[str]:
    """What is wrong with them, as `file:line:column: why`; node runs once for all of them."""
    ended = subprocess.run(
        [*_node(), str(HERE / "complaints.mjs"), str(installed_grammar())],
        input=json.dumps([statement.sql for statement in statements]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    said = zip(statements, json.loads(ended.stdout), strict=True)
    return [line for statement, found in said for line in _lines(statement, found)]


def installed_grammar() -> Path:
    """The folder that the grammar is installed in; skips the test where that can't be done."""
    _node()
    version = json.loads(MANIFEST.read_text(encoding="utf-8"))["dependencies"][PACKAGE]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spotify-assets"
    folder = cache / f"{PACKAGE}-{version}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(dir=cache))
        try:
            shutil.copy(MANIFEST, aside)
            _install(aside)
            with suppress(OSError):  # another test run was faster
                aside.replace(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return folder


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm isn't installed, which fetches the Trino grammar")
    # No script of a package runs, and nothing is written but the packages.
    options = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
    ended = subprocess.run(
        [npm, "install", *options, "--fetch-retries=1", "--prefix", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ended.returncode and (why := NO_REGISTRY.search(ended.stderr)):
        pytest.skip(f"npm can't reach its registry for the Trino grammar ({why[1]})")
    assert ended.returncode == 0, f"npm could not install {PACKAGE}:\n{ended.stderr}"


def _node() -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node isn't installed, which runs the Trino grammar")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    found = tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])
    if found < OLDEST_NODE:
        pytest.skip(f"node is {said.strip()}, and the Trino grammar is run by v20.6 or newer")
    return [node]


def _lines(statement: Statement, found: Iterable[dict[str, str]]) -> list[str]:
    return [
        f"{statement.place}:{statement.line + int(one['line']) - 1}:{one['column']}: {one['message']}"
        for one in found
    ]
