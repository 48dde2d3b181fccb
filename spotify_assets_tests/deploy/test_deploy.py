"""What `deploy/` promises: its files by themselves, Terraform with mocks, and everything on moto."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dagster_aws.ecs import EcsRunLauncher

from spotify_assets.defs.alerts import (
    FAILED_CHECKS,
    LATEST_WEEK_AGE,
    LATEST_WEEK_ROWS,
    MISSING_CHARTS,
    RUN_FAILURES,
)
from spotify_assets.settings import Settings, variable_of
from spotify_assets_tests.deployed_files import read_yaml, variables_read
from spotify_assets_tests.terraform_commands import (
    DEPLOY,
    ON_MOTO,
    REGION,
    Terraform,
    choose,
    client,
    initialised_copy,
    network,
    terraform_binary,
)

CONTAINERS, OUTPUTS, ALARMS, VARIABLES = (
    (DEPLOY / "terraform" / f"{name}.tf").read_text(encoding="utf-8")
    for name in ("containers", "outputs", "alarms", "variables_ecs")
)
SETTINGS_FILES = ("dagster.yaml", "dagster_on_ecs.yaml", "workspace.yaml")
PLAN_IS_EMPTY, PLAN_HAS_CHANGES = 0, 2


def dockerfile() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


# The files by themselves


def test_dagster_keeps_records_in_postgres_and_never_starts_two_runs_at_once() -> None:
    settings = read_yaml("dagster.yaml")
    assert settings["run_coordinator"]["config"] == {"max_concurrent_runs": 1}
    assert settings["telemetry"] == settings["nux"] == {"enabled": False}
    database = settings["storage"]["postgres"]["postgres_db"]
    assert database["password"] == {"env": "DAGSTER_POSTGRES_PASSWORD"}
    on_ecs = read_yaml("dagster_on_ecs.yaml")
    assert on_ecs["compute_logs"]["class"] == "S3ComputeLogManager"
    assert on_ecs["run_launcher"]["class"] == "EcsRunLauncher"
    assert on_ecs["run_launcher"]["config"]["secrets_tag"] is None
    assert not settings.keys() & on_ecs.keys()  # the image appends one to the other


@pytest.mark.parametrize("name", SETTINGS_FILES)
def test_every_variable_that_is_read_is_set_by_terraform(name: str) -> None:
    read = variables_read(read_yaml(name))
    assert read
    assert {v for v in read if not re.search(rf"^ +{v} += ", CONTAINERS, re.MULTILINE)} == set()


def test_every_variable_that_terraform_sets_is_read_by_something() -> None:
    given = set(re.findall(r"^ +([A-Z][A-Z_]+) += ", CONTAINERS + OUTPUTS, re.MULTILINE))
    secrets = set(re.findall(r'"(SPOTI[A-Z_]+)"', VARIABLES))
    assert secrets
    assert {v for v in given | secrets if v.startswith("SPOTI")} <= set(
        map(variable_of, Settings.model_fields)
    )
    dagster = set().union(*(variables_read(read_yaml(name)) for name in SETTINGS_FILES))
    others = {variable for variable in given if not variable.startswith("SPOTI")}
    assert others <= dagster | {"PGSSLMODE"}  # which Postgres's own client reads
    assert len(given) > len(others) > 5


def test_every_metric_has_an_alarm_and_no_alarm_watches_another() -> None:
    watched = re.findall(r'metric(?:_name)? += "(\w+)"', ALARMS)
    measured = {RUN_FAILURES, FAILED_CHECKS, LATEST_WEEK_ROWS, MISSING_CHARTS, LATEST_WEEK_AGE}
    assert set(watched) == measured


def test_the_image_is_slim_installs_tested_versions_and_runs_as_an_ordinary_user() -> None:
    lines = dockerfile()
    assert [line for line in lines if line.startswith("FROM")] == ["FROM python:3.11-slim"]
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert all("-c /opt/build/constraints.txt" in line for line in installs)
    assert not re.search(r"://|index-url|find-links|PIP_INDEX|trusted-host", "\n".join(lines))
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users[-1:] not in ([], ["root"], ["0"])


def test_every_file_that_the_image_copies_exists_and_is_let_through() -> None:
    let_through = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for line in dockerfile():
        for source in line.split()[1:-1] if line.startswith("COPY") else []:
            assert (DEPLOY.parent / source).exists(), source
            assert f"!{source}" in let_through


# Terraform, with the provider installed and with mocks of AWS


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A copy for the commands that change nothing in it."""
    return initialised_copy(tmp_path_factory.mktemp("module"))


def test_the_terraform_files_are_formatted() -> None:
    ended = subprocess.run(
        [terraform_binary(), "fmt", "-check", "-recursive", "-diff", str(DEPLOY / "terraform")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_terraform_files_are_valid_and_use_nothing_deprecated(module: Terraform) -> None:
    said = json.loads(module.expect("validate", "-json"))
    assert (said["valid"], said["diagnostics"]) == (True, [])


# Everything on moto. RDS alone takes two minutes, in which the provider waits.


@pytest.fixture
def aws(s3_endpoint: str) -> dict[str, str]:
    """An account on this machine, as environment variables."""
    return {
        "AWS_ENDPOINT_URL": s3_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def names_of_buckets(s3: Any) -> dict[str, Any]:
    """Return every bucket and when it was made."""
    return {bucket["Name"]: bucket["CreationDate"] for bucket in s3.list_buckets()["Buckets"]}


@pytest.mark.slow
@pytest.mark.begins_first
def test_the_data_part_comes_first_then_dagster_and_everything_is_destroyed(
    aws: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = initialised_copy(tmp_path)
    terraform = Terraform(copy.folder, copy.environment | aws)
    (terraform.folder / "moto_override.tf").write_text(ON_MOTO, encoding="utf-8")

    s3 = client(aws, "s3")
    of_others = names_of_buckets(s3)  # moto keeps what other tests left in this process
    choose(terraform, run_dagster_on_ecs=False)
    terraform.expect("apply", "-auto-approve", "-input=false")
    terraform.expect("plan", "-detailed-exitcode", "-input=false", code=PLAN_IS_EMPTY)
    assert client(aws, "ecs").list_clusters()["clusterArns"] == []
    before = names_of_buckets(s3)
    (bucket,) = before.keys() - of_others.keys()
    with pytest.raises(s3.exceptions.ClientError, match="Forbidden"):  # it was sent without TLS
        s3.put_object(Bucket=bucket, Key="charts/raw/note.json", Body=b"{}")

    choose(terraform, image_tag="made-up", alert_emails=["ida@example.com"], **network(aws))
    terraform.expect("plan", "-detailed-exitcode", "-input=false", code=PLAN_HAS_CHANGES)
    terraform.expect("apply", "-auto-approve", "-input=false")
    terraform.expect("plan", "-detailed-exitcode", "-input=false", code=PLAN_IS_EMPTY)

    services = client(aws, "ecs").list_services(cluster="spotify-charts")["serviceArns"]
    assert sorted(arn.rsplit("/", 1)[1] for arn in services) == ["code", "daemon", "web"]
    assert names_of_buckets(s3) == before  # the same, not made again
    run_task = terraform.expect("output", "-raw", "run_task_definition")
    for name, value in {**aws, "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_RUN_TASK_DEFINITION", run_task)
    launcher = EcsRunLauncher(**read_yaml("dagster_on_ecs.yaml")["run_launcher"]["config"])
    assert launcher.task_definition == run_task  # it found the container that it starts
    state = (terraform.folder / "terraform.tfstate").read_text(encoding="utf-8")
    assert "aws_secretsmanager_secret" in state
    assert "aws_secretsmanager_secret_version" not in state

    terraform.expect("destroy", "-auto-approve", "-input=false")
    assert names_of_buckets(s3) == of_others
    assert terraform.expect("state", "list") == ""
