"""`spotify-assets dev`: Dagster's UI over the same base and home, from any folder."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from spotify_assets.demo.marker import mark_demo
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.commands import BIN, clean_environment, cli
from spotify_assets_tests.dagster_runs import WEEKS
from spotify_assets_tests.dagster_servers import serving, wait_for

PARTITIONS = '{assetNodeOrError(assetKey: {path: ["songs"]}) {... on AssetNode {partitionKeys}}}'


def test_a_port_that_is_taken_is_one_message_with_a_free_one(base: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = cli(base, "dev", "--port", str(port))
    assert ended.exit_code == 2
    assert ended.stderr == (
        f"Port {port} is taken, perhaps by a Dagster that runs already: http://localhost:{port}. For "
        f"another port: spotify-assets dev --port {port + 1}\n"
    )


def test_a_host_that_is_not_here_is_one_message(base: Path) -> None:
    ended = cli(base, "dev", "--host", "192.0.2.1", "--port", "20000")  # reserved: nobody has it
    assert ended.exit_code == 2
    assert "Port 20000 of 192.0.2.1 can't be opened: " in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_of_another_host_is_named_with_it_and_the_last_one_has_one_before_it(
    base: Path,
) -> None:
    try:
        taken = socket.create_server(("::1", 65535), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"The last port of ::1 can't be opened: {error}")
    with taken:
        ended = cli(base, "dev", "--host", "::1", "--port", "65535")
    assert ended.exit_code == 2
    assert (
        "already: http://[::1]:65535. For another port: spotify-assets dev --port 65534"
        in ended.stderr
    )


@pytest.mark.slow
def test_the_ui_shows_the_base_in_any_folder_and_ctrl_c_ends_all_of_it(
    storage: FolderStorage, base: Path, tmp_path: Path
) -> None:
    mark_demo(storage, WEEKS[0], WEEKS[1])
    (tmp_path / "mine.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n", "utf-8")
    command = [str(BIN / "spotify-assets"), "dev", "--port", "{port}", "-m", "mine"]
    with serving(command, clean_environment(base), tmp_path / "said", tmp_path) as server:
        weeks = wait_for(lambda: server.ask(PARTITIONS)["assetNodeOrError"], "the assets")
        assert weeks["partitionKeys"][0] == str(WEEKS[0])  # not the years before the demo
        found = server.ask("{workspaceOrError {... on Workspace {locationEntries {name}}}}")
        names = [entry["name"] for entry in found["workspaceOrError"]["locationEntries"]]
        assert sorted(names) == ["mine", "spotify_assets.definitions"]
        assert (base / ".dagster" / "dagster.yaml").exists()
        group = server.process.pid
        os.killpg(group, signal.SIGINT)  # as a terminal does
        assert server.process.wait(60) == 0
        wait_for(lambda: is_gone(group), "Dagster's processes to end", 60)
    assert server.said().startswith(f"Dagster's UI over {base}: ")
    assert "Traceback" not in server.said()
    assert "Warning" not in server.said()


def is_gone(group: int) -> bool:
    """Return whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
