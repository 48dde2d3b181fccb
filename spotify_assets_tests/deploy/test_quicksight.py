"""QuickSight: what is made is made once, and what keeps it from being made is said in a sentence.

moto knows data sources of QuickSight, but neither what a data set holds nor analyses; so one that
remembers all of them stands for it, at the edge of HTTP. boto3 validates every request before it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.quicksight.__main__ import main
from deploy.quicksight.analysis import DATA_SETS
from deploy.quicksight.publish import delete, publish
from deploy.quicksight.resources import Resource, view_types
from spotify_assets.catalog.aws import client_of
from spotify_assets.catalog.glue_tables import GLUE_TYPES
from spotify_assets.errors import UserError
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.aws_world import World, aws_world
from spotify_assets_tests.commands import LONGEST_WAIT, PROJECT, clean_environment, cli
from spotify_assets_tests.dagster_runs import WEEKS, drop_playlist
from spotify_assets_tests.fakes.quicksight import FakeQuickSight, quicksight_server
from spotify_assets_tests.quicksight_requests import IDA, wanted

PAGE = (PROJECT / "deploy" / "quicksight" / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def quicksight() -> FakeQuickSight:
    return FakeQuickSight()


@pytest.fixture
def client(
    quicksight: FakeQuickSight,
    s3_environment: None,  # noqa: ARG001 - it is set up before
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Any]:
    with quicksight_server(quicksight) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_QUICKSIGHT", address)
        with closing(client_of("quicksight")) as client:
            yield client


def published(client: Any, *of: Resource) -> list[str]:
    return [what for _, what in publish(client, of or wanted(), sleep=lambda _: None)]


# making


def test_a_second_run_changes_nothing(client: Any, quicksight: FakeQuickSight) -> None:
    assert published(client) == ["made"] * 7
    assert quicksight.changes == ["CreateDataSource", *["CreateDataSet"] * 5, "CreateAnalysis"]
    assert {h.status for h in quicksight.held.values()} == {"CREATION_SUCCESSFUL"}
    assert {p["Principal"] for h in quicksight.held.values() for p in h.permissions} == {IDA}
    quicksight.requests.clear()
    assert published(client) == ["as it was"] * 7
    assert quicksight.changes == []


def test_what_differs_is_changed_and_then_as_it_is(client: Any, quicksight: FakeQuickSight) -> None:
    published(client)
    quicksight.requests.clear()
    other = wanted(workgroup="another", chart="global")
    assert published(client, *other) == ["changed", *["as it was"] * 5, "changed"]
    assert quicksight.changes == [
        "UpdateDataSource",
        "TagResource",
        "UpdateAnalysis",
        "TagResource",
    ]
    source = quicksight.held["DataSource", "spotify_charts-athena"].asked
    assert source["DataSourceParameters"] == {"AthenaParameters": {"WorkGroup": "another"}}
    assert published(client, *other) == ["as it was"] * 7


def test_another_user_gets_the_rights_besides(client: Any, quicksight: FakeQuickSight) -> None:
    published(client)
    others = wanted(user=IDA.replace("ida", "kari"))
    quicksight.requests.clear()
    assert published(client, *others) == ["changed"] * 7
    assert set(quicksight.changes) == {
        "UpdateDataSourcePermissions", "UpdateDataSetPermissions", "UpdateAnalysisPermissions",
    }  # fmt: skip
    assert published(client, *others) == ["as it was"] * 7
    assert published(client) == ["as it was"] * 7


def test_what_failed_is_said_and_tried_again(client: Any, quicksight: FakeQuickSight) -> None:
    quicksight.failing = {"spotify_charts-athena"}
    with pytest.raises(
        UserError, match=r"can't ask Athena \(ACCESS_DENIED: No access to the bucket"
    ):
        published(client)
    quicksight.failing = {"spotify_charts-charts"}
    with pytest.raises(UserError, match="could not make spotify_charts-charts: ACCESS_DENIED"):
        published(client)
    quicksight.failing = set()
    assert published(client) == [*["as it was"] * 6, "changed"]
    assert published(client) == ["as it was"] * 7


def test_one_that_never_ends_is_given_up(client: Any, quicksight: FakeQuickSight) -> None:
    quicksight.never_ends = True
    with pytest.raises(UserError, match="still at work on spotify_charts-athena after 300 seconds"):
        published(client)
    quicksight.never_ends = False
    assert published(client)[0] == "as it was"


def test_a_deleted_analysis_comes_back_when_it_is_published(
    client: Any, quicksight: FakeQuickSight
) -> None:
    published(client)
    assert [what for _, what in delete(client, wanted())] == ["deleted"] * 7
    assert [of for of, held in quicksight.held.items() if held.status != "DELETED"] == []
    assert quicksight.changes[-7:] == [
        "DeleteAnalysis", *["DeleteDataSet"] * 5, "DeleteDataSource",
    ]  # fmt: skip
    assert [what for _, what in delete(client, wanted())] == ["not there"] * 7
    assert published(client) == [*["made"] * 6, "changed"]
    assert "RestoreAnalysis" in quicksight.changes
    assert published(client) == ["as it was"] * 7


@pytest.mark.usefixtures("s3_environment")
def test_moto_takes_the_data_source() -> None:
    source = wanted()[0]
    with closing(client_of("quicksight")) as moto:
        moto.create_data_source(**source.creation)
        described = moto.describe_data_source(**source.place)["DataSource"]
        assert described["Arn"] == source.arn
        assert described["Name"] == source.holds["Name"]
        assert moto.list_tags_for_resource(ResourceArn=source.arn)["Tags"] == source.tags
        moto.delete_data_source(**source.place)


# the command


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


def run(*options: str, **environment: str) -> Result:
    """Call the command in this process, in an empty folder."""
    here = {"SPOTIFY_ASSETS_BASE": "s3://fjord-charts/charts", "SPOTIFY_ASSETS_CATALOG": "glue"}
    with TemporaryDirectory() as folder, chdir(folder):
        return CliRunner().invoke(
            main, list(options), env=here | environment, catch_exceptions=False
        )


@pytest.mark.usefixtures("client")
def test_one_command_makes_it_all_over_athenas_views(world: World, base: Path) -> None:
    here = world.environment
    early = run("--user-arn", IDA, **here)
    assert early.exit_code == 2
    assert "has no views latest_chart" in early.stderr
    assert "spotify-assets update" in early.stderr
    drop_playlist(world.storage, WEEKS[0])
    update = {**here, "DAGSTER_HOME": str(base / "home")}
    assert cli(here["SPOTIFY_ASSETS_BASE"], "update", **update).exit_code == 0
    made = run("--user-arn", IDA, **here)
    assert made.exit_code == 0, made.stderr
    assert made.stdout.count(": made\n") == 7
    assert f"{world.catalog.database}-charts" in made.stdout.splitlines()[-1]
    assert run("--user-arn", IDA, **here).stdout.count(": as it was\n") == 7
    for view in DATA_SETS:  # the types are those of what Athena made of the views
        columns = world.table(view)["StorageDescriptor"]["Columns"]
        assert {c["Name"] for c in columns} == set(view_types()[view])
        assert {c["Type"] for c in columns} <= {*GLUE_TYPES.values(), "double"}
    gone = run("--user-arn", IDA, "--delete", **here)
    assert gone.stdout.count(": deleted\n") == 7


@pytest.mark.usefixtures("client")
def test_a_dry_run_asks_nothing_and_prints_the_requests(quicksight: FakeQuickSight) -> None:
    dry = subprocess.run(
        [sys.executable, "-W", "error", "-m", "deploy.quicksight", "--user-arn", IDA, "--dry-run"],
        cwd=PROJECT,
        env=clean_environment("s3://fjord-charts/charts") | {"SPOTIFY_ASSETS_CATALOG": "glue"},
        capture_output=True,
        text=True,
        timeout=LONGEST_WAIT,
        check=False,
    )
    assert dry.returncode == 0, dry.stderr
    printed = json.loads(dry.stdout)
    assert [one["operation"] for one in printed] == [
        "create_data_source", *["create_data_set"] * 5, "create_analysis",
    ]  # fmt: skip
    assert printed[-1]["request"] == wanted(workgroup="primary")[-1].creation
    assert quicksight.requests == []


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"edition": None}, "account 123456789012 has no QuickSight subscription"),
        ({"edition": "STANDARD"}, "needs the Enterprise edition"),
        ({"users": {}}, "QuickSight has no user 'ida' in the namespace 'default' of us-east-1"),
        ({"users": {"ida": "READER"}}, "'ida' is a reader (READER)"),
        ({"denied": {"DescribeUser"}}, "QuickSight denies DescribeUser on the user ida"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    quicksight: FakeQuickSight, change: dict[str, Any], said: str
) -> None:
    for name, value in change.items():
        setattr(quicksight, name, value)
    ended = run("--user-arn", IDA)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert quicksight.changes == []


def test_a_right_that_lacks_is_named(client: Any, quicksight: FakeQuickSight) -> None:
    quicksight.denied = {"CreateDataSet"}
    with pytest.raises(
        UserError, match="denies CreateDataSet on spotify_charts-latest_chart: not auth"
    ):
        published(client)


@pytest.mark.parametrize(
    ("arn", "catalog", "said"),
    [
        ("arn:aws:iam::123456789012:user/ida", "glue", "--user-arn holds 'arn:aws:iam::"),
        (IDA, "duckdb", "QuickSight asks Athena only"),
    ],
)
def test_a_wrong_call_is_told_what_it_may_hold(arn: str, catalog: str, said: str) -> None:
    ended = run(
        "--user-arn",
        arn,
        SPOTIFY_ASSETS_BASE="s3://fjord-charts/charts",
        SPOTIFY_ASSETS_CATALOG=catalog,
    )
    assert ended.exit_code == 2
    assert said in ended.stderr


# the page


def test_the_page_names_every_right_that_is_used(client: Any, quicksight: FakeQuickSight) -> None:
    quicksight.held.clear()
    published(client)
    published(client, *wanted(chart="global", user=IDA.replace("ida", "kari")))
    run("--user-arn", IDA)
    assert len(list(delete(client, wanted()))) == 7
    published(client)
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `quicksight` |"))
    listed = set()
    for name in re.findall(r"`(\w+…?\w*)`", row):
        listed |= {name.replace("…", kind) for kind in ("DataSource", "DataSet", "Analysis")}
    assert len(quicksight.calls) > 15
    assert quicksight.calls.keys() - listed == set()
    given = {a.removeprefix("quicksight:") for r in wanted() for a in r.permissions[0]["Actions"]}
    assert {"PassDataSource", "PassDataSet", "RestoreAnalysis"} <= given & listed


def test_the_pages_costs_add_up() -> None:
    author, reader = (
        float(re.findall(rf"^\| {who}.* \| ([\d.]+) \|$", PAGE, re.MULTILINE)[0])
        for who in ("an author, Ent", "a reader")
    )
    assert f"One author and five readers: **{author + 5 * reader:.0f}**" in PAGE
    visuals = len(wanted()[-1].holds["Definition"]["Sheets"][0]["Visuals"])
    cents = visuals * 10 / 1_000_000 * 5 * 100
    assert visuals == 5
    assert f"{cents:.3f} cents, so 1,000 of\nthem are {1000 * cents:.0f} cents" in PAGE
