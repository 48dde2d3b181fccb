"""The wheel on a machine that has Python and nothing else: the README's lines, to the first table."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spotify_assets_tests.commands import PROJECT, Ended, run

PARTS = ("pyproject.toml", "README.md", "LICENSE", "spotify_assets")
KEPT = ("PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")  # how packages are reached
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def interpreters() -> dict[str, str]:
    """Return an interpreter of each version that is on this machine, beside pyenv's stand-ins."""
    folders = [str(Path(sys.executable).resolve().parent), *os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    folders += sorted(str(folder / "bin") for folder in pyenv.glob("*"))
    found = {}
    for folder in (one for one in folders if not one.endswith("shims")):
        for version in VERSIONS:
            if path := shutil.which(f"python{version}", path=folder):
                found.setdefault(version, path)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from a copy: a build leaves files behind in its folder."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "copy"
    copy.mkdir()
    for name in PARTS:
        part = PROJECT / name
        if part.is_dir():
            shutil.copytree(part, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, copy)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(copy)],
        check=True,
    )
    (made,) = folder.glob("*.whl")
    return made


def typed(line: str, folder: Path, path: Path) -> Ended:
    """Type a line in a folder, with no home to speak of, no letters but ASCII, and `path` alone."""
    environment = {n: v for n, v in os.environ.items() if n.upper().startswith(KEPT)}
    environment |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    ended = run(
        ["/bin/sh", "-c", line], folder, environment | {"HOME": str(home), "PATH": str(path)}
    )
    assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
    return ended


@pytest.mark.slow
@pytest.mark.parametrize("version", sorted(interpreters()))
def test_the_readmes_lines_lead_from_the_wheel_to_a_table(
    version: str, wheel: Path, tmp_path: Path
) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```shell\n(python3 -m venv .*?)^```", readme, re.MULTILINE | re.DOTALL)
    *lines, demo, query = block.splitlines()
    path = tmp_path / "path"
    path.mkdir()
    (path / "python3").symlink_to(interpreters()[version])
    shutil.copy(wheel, tmp_path)
    for line in lines:
        typed(line, tmp_path, path)
    is_own = version == f"{sys.version_info.major}.{sys.version_info.minor}"
    said = typed(demo if is_own else f"{demo} --weeks 8", tmp_path, path).stdout
    assert "every check passes" in said
    assert len(typed(query, tmp_path, path).stdout.splitlines()) == 11  # two charts, five each
    # What the demo recommends works where it was printed, too.
    *_, hint_query, hint_dev = re.findall(r"^.*: +(\S*spotify-assets .*)$", said, re.MULTILINE)
    assert len(typed(hint_query, tmp_path, path).stdout.splitlines()) == 21
    assert "Dagster" in typed(f"{hint_dev} --help", tmp_path, path).stdout
