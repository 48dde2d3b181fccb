"""docs/your_own_assets.md: every block of code in it is run, over a base with two weeks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow.parquet as pq
import pytest

from spotify_assets.cli.environment import prepare_dagster_home
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.run_tags import run_tags
from spotify_assets.layout import table_key
from spotify_assets.settings import load_settings
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests.commands import BIN, PROJECT, clean_environment
from spotify_assets_tests.dagster_runs import QUIET, WEEKS, failures, instance_in
from spotify_assets_tests.dagster_servers import serving

# The page's definitions are made as a user makes them, without our `warnings.catch_warnings`.
pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]

PAGE = (PROJECT / "docs" / "your_own_assets.md").read_text(encoding="utf-8")
YOUR_ASSET, SECOND_LOCATION, MERGED = re.findall(
    r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
)
COMMANDS = "\n".join(
    re.findall(r"^```sh run\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
).splitlines()
WEEK_OF_BOTH = run_tags(WEEKS[:2])


@pytest.fixture
def base(collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a base with two weeks of Norway, which the environment names."""
    copy = tmp_path / "collected"
    shutil.copytree(collected, copy)
    monkeypatch.setenv("SPOTIFY_ASSETS_BASE", str(copy))
    return copy


@pytest.fixture
def my_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a package `my_project` with the page's modules in it."""
    package = tmp_path / "my_project"
    package.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    blocks = {"norwegian_hits": YOUR_ASSET, "definitions": SECOND_LOCATION, "__init__": ""}
    for name, code in blocks.items():
        (package / f"{name}.py").write_text(code, encoding="utf-8")
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == "my_project"]:
        del sys.modules[name]


def run_code(code: str) -> ModuleType:
    module = ModuleType("of_the_page")
    exec(compile(code, "your_own_assets.md", "exec"), module.__dict__)
    return module


def materialize(definitions: dg.Definitions, home: Path, *names: str) -> Any:
    """Materialize assets, with their checks, for both weeks in one run; return its result."""
    job = dg.define_asset_job("of_this_test", selection=dg.AssetSelection.assets(*names))
    with_job = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    with instance_in(home) as instance:
        result = with_job.resolve_job_def("of_this_test").execute_in_process(
            instance=instance, raise_on_error=False, run_config=QUIET, tags=WEEK_OF_BOTH
        )
    assert failures(result) == {}
    return result


def stored(base: Path, name: str) -> int:
    """Return how many rows are stored of both weeks."""
    return sum(pq.read_metadata(base / table_key(name, week)).num_rows for week in WEEKS[:2])


@pytest.mark.usefixtures("my_project")
def test_an_asset_in_this_project_is_stored_week_by_week_and_checked(
    base: Path, tmp_path: Path
) -> None:
    from my_project import norwegian_hits  # type: ignore[import-not-found]

    yours = dg.load_definitions_from_module(norwegian_hits)
    both = dg.Definitions.merge(build_definitions(load_settings()), yours)
    result = materialize(both, tmp_path / "home", *TABLES, "norwegian_hits")
    assert stored(base, "norwegian_hits") == stored(base, "songs") > 0
    evaluations = result.get_asset_check_evaluations()
    (evaluation,) = [e for e in evaluations if e.check_name == "has_ten_songs_a_week"]
    assert set(evaluation.metadata["weeks"].value) == set(map(str, WEEKS[:2]))  # none has ten
    nothing = pd.DataFrame({"week": pd.to_datetime([])})
    assert not norwegian_hits.has_ten_songs_a_week(nothing).passed


@pytest.mark.usefixtures("my_project")
def test_the_same_asset_works_from_a_second_code_location(base: Path, tmp_path: Path) -> None:
    from my_project import definitions

    result = materialize(definitions.defs, tmp_path / "home", "norwegian_hits")
    assert stored(base, "norwegian_hits") == stored(base, "songs")
    assert len(result.get_asset_check_evaluations()) == 1
    assert f"spotify-assets dev -m {definitions.__name__}\n" in PAGE


def test_definitions_merge_with_yours_by_a_prefix_and_an_overridden_resource(
    base: Path, tmp_path: Path
) -> None:
    page = run_code(MERGED)
    assert page.defs.resources["charts__storage"].s3_encryption == "AES256"
    materialize(page.defs, tmp_path / "home", "swedish_hits")
    assert stored(base, "swedish_hits") == 0


def test_two_copies_fit_into_one_code_location_and_each_works_on_its_own_base(
    base: Path, tmp_path: Path
) -> None:
    other = tmp_path / "another base"
    shutil.copytree(base, other)
    (other / table_key("songs", WEEKS[0])).unlink()
    both = dg.Definitions.merge(
        build_definitions(load_settings()),
        build_definitions(
            load_settings({"SPOTIFY_ASSETS_BASE": str(other)}), key_prefix=["a", "copy"]
        ),
    )
    job = both.resolve_job_def(f"a__copy__{WEEKLY_JOB}")
    with instance_in(tmp_path / "home") as instance:
        dg.Definitions.validate_loadable(both)
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(["a", "copy", name]) for name in (*TABLES, "catalog")],
            run_config=QUIET,
            tags=WEEK_OF_BOTH,
        )
        resources = both.resources or {}
        with dg.build_sensor_context(
            instance,
            resources={name: resources[name] for name in ("a__copy__storage", "a__copy__charts")},
            repository_def=both.get_repository_def(),
            sensor_name="a__copy__new_raw_files",
        ) as context:
            sensor = both.resolve_sensor_def("a__copy__new_raw_files")
            assert sensor.evaluate_tick(context).skip_message == "The inbox is empty."
    assert failures(result) == {}
    made = {key.path[0] for key in job.asset_layer.selected_asset_keys}
    assert made == {"a"}
    assert stored(other, "songs") == stored(base, "songs")


@pytest.mark.slow
def test_from_a_clone_dg_scaffolds_lists_checks_and_serves_an_asset_in_the_instance_of_the_cli(
    tmp_path: Path,
) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(
        PROJECT, clone, ignore=shutil.ignore_patterns(".git", ".venv", "data", "*_cache", ".env")
    )
    environment = clean_environment(clone / "data") | {"PYTHONPATH": str(clone)}
    del environment["SPOTIFY_ASSETS_BASE"]

    def run(command: str) -> str:
        words = command.replace(".venv/bin/", f"{BIN}/")
        ended = subprocess.run(
            words, shell=True, cwd=clone, env=environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    served = COMMANDS.index(".venv/bin/spotify-assets dev")
    _, scaffold, *others = COMMANDS[:served]
    run(scaffold)
    (clone / "spotify_assets" / "defs" / "norwegian_hits.py").write_text(YOUR_ASSET)
    said = "".join(run(command) for command in others)
    assert "norwegian_hits" in said
    assert "All definitions loaded successfully" in said
    home = clone / "data" / ".dagster"
    prepare_dagster_home(home)
    key = dg.AssetKey("norwegian_hits")
    with instance_in(home) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(key, partition="2024-03-01"))
    command = [str(BIN / "spotify-assets"), "dev", "--port", "{port}"]
    with serving(command, environment, tmp_path / "said", clone) as server:
        query = """query { assetOrError(assetKey: {path: ["norwegian_hits"]}) { ... on Asset {
          definition { groupName } assetMaterializations { partition } } } }"""
        asset = server.ask(query)["assetOrError"]
        assert asset["assetMaterializations"] == [{"partition": "2024-03-01"}]
        assert asset["definition"], "the asset isn't loaded"
