"""What every test can use: a base of its own, stand-ins for services, an environment without settings.

Functions that make data or start servers belong in modules beside this one.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spotify_assets.charts import Charts, read_charts, shipped_charts_file
from spotify_assets.layout import CHECKS_PAGE, DASHBOARD, INBOX
from spotify_assets.settings import PREFIX, SPOTIPY_PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import latest_closed_week
from spotify_assets_tests import raw_samples
from spotify_assets_tests.fakes.spotify_server import FakeSpotify, serving
from spotify_assets_tests.fixed_clock import NOW

if TYPE_CHECKING:
    import dagster as dg
    from playwright.sync_api import Browser

    from spotify_assets.storage.s3 import S3Storage
    from spotify_assets_tests.aws_world import World
    from spotify_assets_tests.places import Place

MOST_PROCESSORS = 7  # with more, the longest test alone decides how long all take


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes run tests: several for a folder, only this one for named files.

    One more than there are processors, because the longest test mostly waits.
    """
    if not any(Path(argument.split("::")[0]).is_dir() for argument in config.args):
        return 0
    return min(os.cpu_count() or 1, MOST_PROCESSORS) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    items.sort(
        key=lambda item: not {"slow", "begins_first"} & {m.name for m in item.iter_markers()}
    )


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    """A stand-in for Spotify with one song on Norway's chart, refreshed for the latest week."""
    with serving(FakeSpotify()) as server:
        refreshed = raw_samples.added_at(latest_closed_week(NOW))
        server.add_chart(raw_samples.NORWAY_PLAYLIST, ["Fjordlys"], refreshed)
        yield server


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith((PREFIX, SPOTIPY_PREFIX)) or name == "DAGSTER_HOME":
            monkeypatch.delenv(name)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An empty base folder."""
    folder = tmp_path / "base"
    folder.mkdir()
    return folder


@pytest.fixture
def storage(base: Path) -> FolderStorage:
    """The storage of that folder."""
    return FolderStorage(base)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of a running S3, moto's."""
    from spotify_assets_tests.s3_server import moto_server  # takes a second to load

    with moto_server() as address:
        yield address


@pytest.fixture
def s3_environment(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS's variables, set for that S3."""
    from spotify_assets_tests.s3_server import set_aws

    set_aws(monkeypatch, s3_endpoint, tmp_path)


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """AWS's variables, set for an address where nothing listens."""
    from spotify_assets_tests.s3_server import set_aws

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://ida:pass-word@127.0.0.1:{held.getsockname()[1]}"
        set_aws(monkeypatch, address, tmp_path)
        yield  # the port is held, so that nothing else comes to listen there


@pytest.fixture
def s3_storage(s3_environment: None) -> Iterator[S3Storage]:  # noqa: ARG001 - it comes first
    """A base below a prefix of an empty bucket."""
    from spotify_assets_tests.s3_server import new_bucket

    with new_bucket() as storage:
        yield storage


@pytest.fixture(scope="session")
def versitygw() -> Iterator[str]:
    """The address of a second S3, which isn't moto's; skip where it can't be."""
    from spotify_assets_tests.versitygw import versitygw_server

    with versitygw_server() as address:
        yield address


@pytest.fixture
def second_s3_storage(
    versitygw: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[S3Storage]:
    """A base below a prefix of an empty bucket of the second S3."""
    from spotify_assets_tests.s3_server import new_bucket, set_aws

    set_aws(monkeypatch, versitygw, tmp_path)
    with new_bucket() as storage:
        yield storage


@pytest.fixture(params=["s3_storage", "second_s3_storage"])
def each_s3(request: pytest.FixtureRequest) -> S3Storage:
    """A base on each S3: each test runs on both."""
    storage: S3Storage = request.getfixturevalue(request.param)
    return storage


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    """That base with its catalog: Glue, and an Athena that executes."""
    from spotify_assets_tests.aws_world import aws_world

    with aws_world(s3_storage) as world:
        yield world


@pytest.fixture(params=["storage", "s3_storage", "second_s3_storage"])
def either(request: pytest.FixtureRequest) -> Storage:
    """An empty storage, a folder or S3, of which there are two: each test runs on all."""
    storage: Storage = request.getfixturevalue(request.param)
    return storage


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, base: Path, tmp_path: Path) -> Iterator[Place]:
    """An empty base with its catalog, in a folder or on AWS: each test runs on both."""
    from spotify_assets_tests.places import in_a_folder, on_s3

    if request.param == "folder":
        yield in_a_folder(base)
        return
    with on_s3(request.getfixturevalue("s3_endpoint"), tmp_path) as place:
        yield place


@pytest.fixture
def settings(base: Path) -> Settings:
    """Settings with that base and the defaults otherwise."""
    return load_settings({f"{PREFIX}BASE": str(base)})


@pytest.fixture
def charts() -> Charts:
    """The shipped charts."""
    return read_charts(shipped_charts_file())


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in a folder of its own."""
    from spotify_assets_tests.dagster_runs import instance_in

    with instance_in(tmp_path / "home") as instance:
        yield instance


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with two weeks in it, and empty reports: query it, don't change it."""
    from spotify_assets_tests.dagster_runs import WEEKS, drop_csv
    from spotify_assets_tests.good_data import make_inbox

    base = tmp_path_factory.mktemp("collected")
    storage = FolderStorage(base)
    drop_csv(storage, WEEKS[0])
    track = raw_samples.track("Fjordlys")
    track["artists"][0] |= {"genres": ["norsk pop", "folk"], "popularity": 61}
    row = raw_samples.row(track, added_at=raw_samples.added_at(WEEKS[1]))
    rows = [row, *raw_samples.rows(WEEKS[1], raw_samples.UNUSUAL)]
    storage.write(INBOX + "norway.json", raw_samples.as_json(raw_samples.playlist(rows)))
    make_inbox(storage, load_settings({f"{PREFIX}BASE": str(base)}))
    for report in (DASHBOARD, CHECKS_PAGE):
        storage.write(report, b"<!doctype html>")
    return base


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, or skip. It ends with the module, because it runs an event loop meanwhile."""
    from spotify_assets_tests.dashboards import chromium

    with chromium() as browser:
        yield browser
