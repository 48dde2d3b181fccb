"""Terraform, if it and its AWS provider are installed: a copy of `deploy/terraform` to run it in, and
what it needs on an account that moto simulates.

Nothing is downloaded: the provider is taken from where packagers put it. A test that needs what isn't
installed is skipped with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from spotify_assets_tests.commands import PROJECT, Ended

REGION = "eu-north-1"
DEPLOY = PROJECT / "deploy"
PROVIDER = "registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws*"
ROOTS = ("/opt", "/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib")

# What moto doesn't return when it describes its resources.
ON_MOTO = """
provider "aws" {
  s3_use_path_style = true
}
resource "aws_ecs_service" "dagster" {
  lifecycle {
    ignore_changes = [availability_zone_rebalancing]
  }
}
resource "aws_vpc_security_group_ingress_rule" "code" {
  lifecycle {
    ignore_changes = [description]
  }
}
resource "aws_vpc_security_group_ingress_rule" "database" {
  lifecycle {
    ignore_changes = [description]
  }
}
"""


@dataclass(frozen=True)
class Terraform:
    """A copy of the module, and the environment of its commands."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Ended:
        """Run a command to its end, without colours in its output."""
        return subprocess.run(
            [terraform_binary(), *arguments, "-no-color"],
            cwd=self.folder,
            env=_without_outer_settings() | self.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def expect(self, *arguments: str, code: int = 0) -> str:
        """Return the output of a command that has to end with this code."""
        ended = self.run(*arguments)
        assert ended.returncode == code, f"{arguments}:\n{ended.stdout[-6000:]}\n{ended.stderr}"
        return ended.stdout


def terraform_binary() -> str:
    """Return the path of Terraform; skip the test if it isn't installed."""
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("terraform isn't installed")
    return found


@cache
def provider_mirror() -> Path | None:
    """Return the folder that contains the AWS provider in the layout of a mirror, if there is one."""
    roots = [Path.home() / ".terraform.d" / "plugins", *map(Path, ROOTS)]
    if cached := os.environ.get("TF_PLUGIN_CACHE_DIR"):
        roots.insert(0, Path(cached))
    for root in roots:
        for pattern in (PROVIDER, f"*/{PROVIDER}", f"*/*/{PROVIDER}"):
            for binary in root.glob(pattern):
                return binary.parents[5]
    return None


def initialised_copy(folder: Path) -> Terraform:
    """Return a copy of the module that is ready for any command; skip the test if that is impossible."""
    terraform_binary()
    mirror = provider_mirror()
    if mirror is None:
        pytest.skip("the AWS provider for Terraform isn't installed")
    copy = folder / "terraform"
    shutil.copytree(
        DEPLOY / "terraform",
        copy,
        ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars*"),
    )
    settings = folder / "terraform.rc"
    settings.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    terraform = Terraform(copy, {"TF_CLI_CONFIG_FILE": str(settings)})
    started = terraform.run("init", "-backend=false", "-input=false")
    if started.returncode != 0:
        pytest.skip(f"terraform init fails with the AWS provider in {mirror}: {started.stderr}")
    return terraform


def _without_outer_settings() -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("TF_", "AWS_"))}
    return kept | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def client(aws: dict[str, str], service: str) -> Any:
    """Return a client for that account."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def network(aws: dict[str, str]) -> dict[str, object]:
    """Make a network with subnets in two zones; return it as the module's variables."""
    ec2 = client(aws, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")
        for zone, block in (("a", "10.20.1.0/24"), ("b", "10.20.2.0/24"))
    ]
    return {
        "vpc_id": vpc,
        "private_subnet_ids": [subnet["Subnet"]["SubnetId"] for subnet in subnets],
    }


def choose(terraform: Terraform, **variables: object) -> None:
    """Set the module's variables for all further commands."""
    chosen = {"region": REGION, "delete_data_on_destroy": True, "secret_recovery_days": 0}
    path = terraform.folder / "chosen.auto.tfvars.json"
    path.write_text(json.dumps(chosen | variables), encoding="utf-8")
