"""What every command starts from: the settings, the instance, and how the two are shared."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from spotify_assets.cli.runs import prepare_dagster_home
from spotify_assets.demo.marker import demo_range
from spotify_assets.errors import UserError
from spotify_assets.settings import (
    PREFIX,
    Settings,
    dagster_home,
    is_secret,
    load_settings,
    require_possible,
    variable_of,
)
from spotify_assets.storage import Storage, open_storage

if TYPE_CHECKING:
    import dagster as dg

COMMAND = "spotify-assets"
FIRST_WEEK = f"{PREFIX}FIRST_WEEK"
MOST_LETTERS = 400  # of what Dagster says; it tells all that the file may hold


def base_of(settings: Settings) -> Storage:
    """The storage that a command works on.

    Raises:
        SettingsError: the catalog that is set can't read it.
    """
    require_possible(settings)
    return open_storage(settings.base, settings.s3_encryption)


@contextmanager
def shared_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance that `dagster dev` shows as well, for one command at a time.

    Raises:
        UserError: another command is at work on it, or it can't be used.
    """
    from filelock import FileLock, Timeout

    home = prepared_home(settings)
    lock = FileLock(home / "command.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"Another spotify-assets command is at work on {settings.base}. Nothing is lost: run "
            "this again once it has ended."
        ) from None
    try:
        with instance_in(home) as instance:
            yield instance
    finally:
        lock.release()


@contextmanager
def instance_in(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance that Dagster keeps in this folder; meanwhile DAGSTER_HOME names it.

    Raises:
        UserError: its `dagster.yaml` can't be used; says why.
    """
    import dagster as dg
    import yaml

    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        try:
            instance = dg.DagsterInstance.get()
        except (dg.DagsterError, yaml.YAMLError) as error:
            why = shorten(" ".join(str(error).split()), MOST_LETTERS, placeholder=" …")
            raise UserError(
                f"Dagster can't use {home / 'dagster.yaml'}: {why.rstrip('.')}. Mend the file, or "
                "delete it: it is then made anew with what this project needs."
            ) from None
        with instance:
            yield instance
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before


def prepared_home(settings: Settings) -> Path:
    """Dagster's folder, made if need be.

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
            f"DAGSTER_HOME, {home}, can't be written to ({error.strerror}): set it to a folder "
            "of yours."
        ) from None


def exports() -> str:
    """Shell lines that set this command's base, its other settings and its DAGSTER_HOME."""
    settings = load_settings()
    values = {"DAGSTER_HOME": str(prepared_home(settings)), f"{PREFIX}BASE": settings.base}
    # As they were understood, for a relative path means something else in another folder.
    values |= {
        variable_of(field): str(getattr(settings, field))
        for field in Settings.model_fields
        if os.environ.get(variable_of(field), "").strip() and not is_secret(field)
    }
    demo_weeks = None if settings.is_s3 else demo_range(open_storage(settings.base))
    if demo_weeks and FIRST_WEEK not in values:
        # Or the UI shows eight years before the demo as missing.
        values[FIRST_WEEK] = demo_weeks[0].isoformat()
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def this_command() -> str:
    """How this command line is called from here: by its name where the shell finds it."""
    found = shutil.which(COMMAND)
    is_on_path = found is not None and Path(found).resolve() == Path(sys.argv[0]).resolve()
    return COMMAND if is_on_path else shlex.quote(sys.argv[0])


def ui_command() -> str:
    """The command that shows this instance in Dagster's UI."""
    ours = this_command()
    dagster = shlex.quote(str(Path(sys.executable).with_name("dagster")))
    return f'eval "$({ours} env)" && {dagster} dev -w workspace.yaml'
