"""What every command starts from: the base, Dagster's folder, and how commands and UI share them.

What a single command does with them belongs in its own module; runs of the job are in `runs`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from spotify_assets.errors import UserError
from spotify_assets.settings import Settings, dagster_home, require_possible
from spotify_assets.storage import RunStorage, Storage, open_storage
from spotify_assets.weeks import parse_week

if TYPE_CHECKING:
    import dagster as dg

MOST_LETTERS = 400  # of Dagster's message, which lists everything that the file may contain


def base_of(settings: Settings) -> Storage:
    """Return the storage that a command works on.

    Raises:
        SettingsError: the catalog that is set can't read from it.
    """
    require_possible(settings)
    return RunStorage(open_storage(settings.base, settings.s3_encryption))


def week_of(text: str, option: str) -> date:
    """Return the chart week that is given with an option.

    Raises:
        UserError: it isn't one; repeats the option and says why.
    """
    try:
        return parse_week(text.strip())
    except ValueError as error:
        raise UserError(f"{option}: {error}") from None


@contextmanager
def only_command(settings: Settings) -> Iterator[Path]:
    """Be the only command that works on this base, and yield Dagster's folder.

    Raises:
        UserError: another command is at work, or the folder can't be written to.
    """
    from filelock import FileLock, Timeout

    home = prepared_home(settings)
    try:
        with FileLock(home / "command.lock", timeout=0):
            yield home
    except Timeout:
        raise UserError(
            f"Another spotify-assets command is working on {settings.base}. Nothing is lost: run "
            "this one again when it has ended."
        ) from None


@contextmanager
def instance_in(home: Path) -> Iterator[dg.DagsterInstance]:
    """Open the instance that Dagster keeps in this folder, with DAGSTER_HOME set to it meanwhile.

    Raises:
        UserError: its `dagster.yaml` can't be used; says why.
    """
    import dagster as dg
    import yaml

    before = {name: value for name, value in os.environ.items() if name == "DAGSTER_HOME"}
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        try:
            instance = dg.DagsterInstance.get()
        except (dg.DagsterError, yaml.YAMLError) as error:
            why = shorten(" ".join(str(error).split()), MOST_LETTERS, placeholder=" …")
            raise UserError(
                f"Dagster can't use {home / 'dagster.yaml'} ({why.rstrip('.')}): fix the file, or "
                "delete it to get this project's default."
            ) from None
        with instance:
            yield instance
    finally:
        del os.environ["DAGSTER_HOME"]
        os.environ.update(before)


def prepare_dagster_home(home: Path) -> None:
    """Make the folder that Dagster keeps its instance in, with our defaults if it has no settings."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(str(files("spotify_assets") / "dagster.yaml"), home / "dagster.yaml")


def prepared_home(settings: Settings) -> Path:
    """Return Dagster's folder, and make it if it is missing.

    Raises:
        UserError: it can't be written to.
    """
    home = dagster_home(settings)
    try:
        prepare_dagster_home(home)
        with tempfile.TemporaryFile(dir=home):
            return home
    except OSError as error:
        raise UserError(
            f"DAGSTER_HOME, {home}, can't be written to ({error.strerror}): set DAGSTER_HOME to a "
            "folder of yours."
        ) from None


def query_hint() -> str:
    """Return a first query to try."""
    columns = "chart, rank, move, song_name, artist_names"
    sql = f"SELECT {columns} FROM latest_chart WHERE rank <= 10 ORDER BY chart, rank"  # noqa: S608
    return f'spotify-assets query "{sql}"'
