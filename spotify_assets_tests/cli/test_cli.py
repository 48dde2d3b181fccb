"""`demo`, and what all commands have in common. Other commands have files of their own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from spotify_assets.cli import main
from spotify_assets.layout import ARCHIVE, INBOX
from spotify_assets.settings import PREFIX
from spotify_assets.storage import FolderStorage
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import BIN, clean_environment, cli, run, run_command
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv


def test_a_shorter_demo_stays_as_it_is(base: Path) -> None:
    made = cli(base, "demo", "--weeks", "2")
    assert made.exit_code == 0, made.output
    assert "Making up 2 weeks" in made.stdout
    assert "200 rows in 2 weeks" in made.stdout
    again = cli(base, "demo")
    assert (again.exit_code, "Everything was there already" in again.stdout) == (0, True)
    longer = cli(base, "demo", "--weeks", "3")
    assert longer.exit_code == 2
    assert f"{base} has the demo of 2 weeks already" in longer.stderr


def test_on_a_terminal_a_run_shows_its_steps_while_they_take_place(
    base: Path, tmp_path: Path
) -> None:
    on_a_terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
    environment = clean_environment(base, tmp_path / "home") | {"TERM": "xterm"}
    demo = [*on_a_terminal, str(BIN / "spotify-assets"), "demo", "--weeks", "2"]
    shown = run(demo, tmp_path, environment).stdout
    assert re.search(r"and \S+: (?!digest)\w+ ", shown)  # the last one is shown afterwards


def test_the_demo_refuses_a_base_with_other_files(storage: FolderStorage, base: Path) -> None:
    drop_csv(storage, WEEKS[0])
    ended = cli(base, "demo")
    assert ended.exit_code == 2
    assert "Set SPOTIFY_ASSETS_BASE to an empty folder" in ended.stderr
    assert [file.key for file in storage.files("")] == [INBOX + raw_samples.csv_name(WEEKS[0])]


def test_settings_are_read_from_a_file_called_env_in_the_current_folder(
    collected: Path, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"SPOTIFY_ASSETS_BASE='{collected}'\n")
    environment = clean_environment(collected)
    del environment[f"{PREFIX}BASE"]
    query = ["spotify-assets", "query", "SELECT count(*) AS n FROM songs"]
    ended = run(query, tmp_path, environment)
    assert (ended.stdout, ended.stderr) == ("n\n7\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["update", "--help"], ["--version"]])
def test_help_is_printed_before_anything_large_is_imported(
    arguments: list[str], tmp_path: Path
) -> None:
    program = (
        "import sys\n"
        "from spotify_assets.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        "large = {'dagster', 'pandas', 'pyarrow', 'duckdb', 'rich', 'pydantic'}\n"
        "print(sorted(large & set(sys.modules)))\n"
    )
    ended = run([sys.executable, "-c", program], tmp_path, clean_environment(tmp_path))
    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_explains_itself(command: str) -> None:
    ended = CliRunner().invoke(main, [command, "-h"])
    assert ended.exit_code == 0
    assert len(ended.output.splitlines()) > 4


@pytest.mark.parametrize("arguments", ["demo", "update", "query x", "doctor", "dev"])
def test_wrong_settings_are_a_line_each_and_exit_code_2(base: Path, arguments: str) -> None:
    wrong = {"SPOTIFY_ASSETS_CATALOG": "hive", "SPOTIFY_ASSETS_BAES": "/x"}
    ended = cli(base, *arguments.split(), **wrong)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.splitlines() == [
        "SPOTIFY_ASSETS_BAES is not a setting; did you mean SPOTIFY_ASSETS_BASE?",
        "SPOTIFY_ASSETS_CATALOG holds 'hive'; it must be duckdb or glue",
    ]


@pytest.mark.parametrize("command", ["demo", "dev"])
def test_a_base_that_cannot_be_made_is_one_message_without_a_traceback(command: str) -> None:
    ended = run_command(command, base=Path("/proc/charts"))
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "/proc/charts" in ended.stderr


@pytest.mark.parametrize(
    ("written", "says"),
    [("no_such_setting: 1\n", "no_such_setting"), ("a: [", "line 1, column")],
)
def test_a_dagster_yaml_that_dagster_cannot_use_is_one_message(
    storage: FolderStorage, base: Path, written: str, says: str
) -> None:
    drop_csv(storage, WEEKS[0])
    storage.write(".dagster/dagster.yaml", written.encode())
    ended = cli(base, "update")
    assert ended.exit_code == 2
    assert "Dagster can't use" in ended.stderr
    assert says in ended.stderr
    assert ": fix the file, or delete it" in ended.stderr
    assert len(ended.stderr) < 800
    doctor = cli(base, "doctor").stdout
    assert "FIX   DAGSTER_HOME Dagster can't use" in doctor
    assert "fix the file, or delete it" in doctor
    assert list(storage.files(ARCHIVE)) == []
