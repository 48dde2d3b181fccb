"""`spotify-assets dev`: Dagster's UI, daemon and code location over the base, from any folder."""

from __future__ import annotations

import errno
import os
import runpy
import socket
import sys
import warnings
from collections.abc import Sequence

import dagster as dg

from spotify_assets.cli.environment import base_of, instance_in, prepared_home
from spotify_assets.cli.hints import say
from spotify_assets.demo.marker import demo_range
from spotify_assets.errors import UserError
from spotify_assets.settings import load_settings, variable_of

HERE = ("127.0.0.1", "0.0.0.0", "::")  # noqa: S104
TARGETS = ("-w", "--workspace", "-f", "--python-file", "--empty-workspace")


def dev(host: str, port: int, more: Sequence[str]) -> None:
    """Run Dagster in this process, so that what ends it ends Dagster; it exits by itself.

    `more` are options of `dagster dev`. A workspace or file among them replaces our code location;
    modules are loaded beside it.

    Raises:
        UserError: a setting, Dagster's folder or the port can't be used.
    """
    settings = load_settings()
    storage = base_of(settings)
    home = prepared_home(settings)
    with instance_in(
        home
    ):  # for its message: Dagster's own, of a wrong dagster.yaml, is a traceback
        pass
    shown = "localhost" if host in HERE else f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    _require_free(host, port, address)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ.setdefault(variable_of("ui_url"), address)
    if demo_weeks := demo_range(storage):  # or the UI shows the years before as missing
        os.environ.setdefault(variable_of("first_week"), demo_weeks[0].isoformat())
    is_replaced = any(word.partition("=")[0] in TARGETS for word in more)
    target = [] if is_replaced else ["-m", "spotify_assets.definitions"]
    say(f"Dagster's UI over {settings.base}: {address}\nIts data is in {home}. Ctrl-C ends it.")
    sys.stdout.flush()
    sys.argv = ["dagster", "dev", "--host", host, "--port", str(port), *target, *more]
    # It recommends `dg dev` instead, which only runs in a project's folder.
    warnings.simplefilter("ignore", dg.SupersessionWarning)
    runpy.run_module("dagster", run_name="__main__")


def _require_free(host: str, port: int, address: str) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((host, port), family=family):
            return
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            why = error.strerror or str(error)
            raise UserError(f"Port {port} of {host} can't be opened: {why}.") from None
    raise UserError(
        f"Port {port} is taken, perhaps by a Dagster that runs already: {address}. For "
        f"another port: spotify-assets dev --port {port + 1 if port < 65535 else port - 1}"
    )
