"""What the pages tell one to type exists, and the page on AWS does what it says, on moto.

The README's own commands are run by `.ci/readme_commands.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import boto3
import pytest

from spotify_assets.cli import main
from spotify_assets.settings import PREFIX, Settings, variable_of
from spotify_assets_tests.commands import PROJECT, run
from spotify_assets_tests.fakes.athena import FakeAthena, athena_server
from spotify_assets_tests.fakes.athena_engine import AthenaEngine
from spotify_assets_tests.raw_samples import chart_csv, csv_name
from spotify_assets_tests.s3_server import set_aws
from spotify_assets_tests.terraform_commands import DEPLOY, ON_MOTO, REGION, initialised_copy

PAGES = ("README.md", "docs/aws.md", "docs/one_host.md", "deploy/README.md")
AWS_PAGE = (PROJECT / "docs" / "aws.md").read_text(encoding="utf-8")
TERRAFORM = "\n".join(path.read_text("utf-8") for path in (DEPLOY / "terraform").glob("*.tf"))
BLOCK = re.compile(r"^```(?:sh|shell|hcl)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OTHER_VARIABLES = {"DAGSTER_HOME", "AWS_REGION", "AWS_ENDPOINT_URL"}


def page(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def declared(kind: str) -> set[str]:
    """The names of Terraform's variables, or of its outputs."""
    return set(re.findall(rf'^{kind} "(\w+)"', TERRAFORM, re.MULTILINE))


def blocks(heading: str) -> list[str]:
    """The blocks of commands of a part of the page on AWS."""
    part = AWS_PAGE[AWS_PAGE.index(f"\n## {heading}") + 1 :].partition("\n## ")[0]
    found = BLOCK.findall(part)
    assert found, heading
    return found


def calls() -> list[list[str]]:
    """Every call of `spotify-assets` in any page's blocks: its words."""
    text = "\n".join(block for name in PAGES for block in BLOCK.findall(page(name)))
    found = re.findall(r'(?<=spotify-assets )(?:[^"\n)]|"[^"]*")*', text)
    return [shlex.split(words, comments=True) for words in found]


@pytest.mark.parametrize("words", calls(), ids=lambda words: " ".join(words)[:40])
def test_every_command_and_option_on_a_page_exists(words: list[str]) -> None:
    # Below the group, for a command keeps the help options of the first context that it is given.
    group = main.make_context("spotify-assets", list(words))
    main.commands[words[0]].make_context(words[0], list(words[1:]), parent=group)  # refuses others


@pytest.mark.parametrize("name", PAGES)
def test_every_variable_on_a_page_exists(name: str) -> None:
    named = set(re.findall(r"\b(?:SPOTIFY_ASSETS|SPOTIPY|DAGSTER|AWS)_[A-Z_]+\b", page(name)))
    assert named
    known = {*map(variable_of, Settings.model_fields), *OTHER_VARIABLES}
    beginnings = {name for name in named if name.endswith("_")}  # SPOTIFY_ASSETS_CHECK_…
    assert all(any(one.startswith(name) for one in known) for name in beginnings)
    assert named - beginnings - known == set()


@pytest.mark.parametrize("name", ["docs/aws.md", "deploy/README.md"])
def test_every_variable_and_output_of_terraform_on_a_page_exists(name: str) -> None:
    text = page(name)
    in_blocks = "\n".join(block for block in BLOCK.findall(text) if 'backend "s3"' not in block)
    variables = set(re.findall(r"^(\w+) += ", in_blocks, re.MULTILINE))
    variables |= set(re.findall(r"-var (\w+)=", text))
    variables |= set(re.findall(r"`([a-z]+(?:_[a-z]+)+)(?: = [^`]+)?`", text)) - TOLD_OF
    outputs = {name for name in re.findall(r"\boutput (?:-raw )?([a-z_]+)", text) if "_" in name}
    assert variables
    assert variables - declared("variable") == set()
    assert outputs - declared("output") == set()


TOLD_OF = {"spotify_charts", "weeks_behind"}  # the database, a sensor


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the table of costs below this heading."""
    part = AWS_PAGE[AWS_PAGE.index(f"### {heading}") :].partition("\n#")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("heading", ["The data part", "Dagster on ECS, besides", "NAT, where"])
def test_the_costs_add_up(heading: str) -> None:
    *rows, total = rows_of(heading)
    assert len(rows) >= 3
    for what, units, each, dollars, _ in rows:
        count = float(units.split()[0].replace(",", ""))
        assert count * float(each) == pytest.approx(float(dollars), abs=0.0051), what
    assert sum(float(row[3]) for row in rows) == pytest.approx(float(total[3])), heading


def test_the_sums_that_are_named_are_those_of_the_tables() -> None:
    data, ecs, nat = (
        float(rows_of(heading)[-1][3]) for heading in ("The data", "Dagster on ECS, b", "NAT, w")
    )
    assert f"With the data part **{data + ecs:.2f}**" in AWS_PAGE
    assert f"All three: **{data + ecs + nat:.2f}**" in AWS_PAGE
    assert f"about {data + ecs:.0f} dollars" in AWS_PAGE
    of = {row[0].split(",")[0].split(":")[0]: float(row[3]) for row in rows_of("The data")}
    free = of["alarms"] + of["figures after every run"]
    lists = of["lists of the inbox"] + of["lists of the base"]
    idle = lists + of["figures after every run"]
    assert f"{data - free:.2f} remain" in AWS_PAGE
    assert f"no figures: {data - idle:.2f}, or {data - idle - of['alarms']:.2f}" in AWS_PAGE
    least = data - idle - of["alarms"] - of["Spotify's secret"]
    assert f"requests and queries: **{least:.2f}**" in AWS_PAGE
    assert f"{least * 100:.0f} cents a month with a bucket alone" in page("README.md")


def test_what_is_counted_is_what_terraform_makes() -> None:
    units = {row[0]: row[1] for row in [*rows_of("The data"), *rows_of("Dagster on ECS, b")]}
    processors = sum(map(int, re.findall(r"^ +cpu += (\d+)", TERRAFORM, re.MULTILINE))) / 1024
    memory = sum(map(int, re.findall(r"^ +memory += (\d+)", TERRAFORM, re.MULTILINE))) / 1024
    assert units["three services, 1 processor in all"] == f"{processors * 730:.0f} processor-hours"
    assert units["three services, 3 GB in all"] == f"{memory * 730:,.0f} GB-hours"
    assert "`db.t4g.micro`" in AWS_PAGE
    assert 'default     = "db.t4g.micro"' in TERRAFORM
    assert re.search(r"allocated_storage +=\s20\b", TERRAFORM)
    short = len(re.findall(r"-(?:rows|short)\"", TERRAFORM))
    listed = len(re.findall(r"metric += \"", TERRAFORM))
    assert units["alarms"] == f"{short + listed} alarms"
    assert len(re.findall(r'resource "aws_secretsmanager_secret"', TERRAFORM)) == 1


@pytest.mark.slow
def test_the_pages_own_commands_go_from_nothing_to_an_answer_and_back(
    s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    (clone / "deploy").mkdir(parents=True)
    (clone / ".venv").symlink_to(sys.prefix)
    terraform = initialised_copy(clone / "deploy")
    (terraform.folder / "moto_override.tf").write_text(ON_MOTO, encoding="utf-8")
    set_aws(monkeypatch, s3_endpoint, tmp_path)
    monkeypatch.delenv("AWS_REGION")  # the page leaves it to `.env`
    here = {n: v for n, v in os.environ.items() if not n.startswith("TF_")} | terraform.environment
    unasked = ("TF_CLI_ARGS_apply", "TF_CLI_ARGS_destroy")
    here |= dict.fromkeys(unasked, "-auto-approve -input=false") | {
        "CHECKPOINT_DISABLE": "1",
        "HOME": str(tmp_path / "home"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
    }

    def type_in(commands: str) -> str:
        """Run a block as it stands, but for the lines that need AWS's own command line."""
        ours = "\n".join(line for line in commands.splitlines() if not line.startswith("aws "))
        ended = run(["sh", "-e", "-c", ours], clone, here)
        assert ended.returncode == 0, f"{ours}\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
        return ended.stdout

    for block in blocks("1. Bucket"):
        type_in(block)
    settings = dict(line.split("=", 1) for line in (clone / ".env").read_text().splitlines())
    bucket = settings[f"{PREFIX}BASE"].split("/")[2]
    s3 = boto3.client("s3", region_name=REGION)
    s3.delete_bucket_policy(Bucket=bucket)  # it wants TLS, which moto's server doesn't speak
    key = f"charts/raw/to_be_processed/{csv_name()}"
    s3.put_object(Bucket=bucket, Key=key, Body=chart_csv(["Fjordlys", "Snø i mai"]))
    work_group = {settings[f"{PREFIX}ATHENA_WORKGROUP"]: f"s3://{bucket}/_athena_results/"}
    athena = FakeAthena(AthenaEngine(REGION), work_group)
    with athena_server(athena) as address:
        here["AWS_ENDPOINT_URL_ATHENA"] = address
        said = "".join(type_in(block) for block in blocks("2. The first week"))
        assert "made 1 week in 1 run" in said
        assert said.rstrip().endswith("All well.")
        (query,) = blocks("3. The first query")
        answer = type_in(query)
        rows = [line.split()[:2] for line in answer.splitlines()[1:]]
        assert rows == [["norway", "1"], ["norway", "2"]]
        assert "Fjordlys" in answer
    del here["AWS_ENDPOINT_URL_ATHENA"]
    # moto can't delete a file whose last version is the mark of its deletion.
    for mark in s3.list_object_versions(Bucket=bucket)["DeleteMarkers"]:
        s3.delete_object(Bucket=bucket, Key=mark["Key"], VersionId=mark["VersionId"])
    for block in blocks("Taking it down"):
        type_in(block)
    assert bucket not in {found["Name"] for found in s3.list_buckets()["Buckets"]}
