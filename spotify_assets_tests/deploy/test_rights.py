"""The pipeline's policy against what the code calls, both ways: nothing is denied, nothing is spare."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest

from spotify_assets.layout import (
    INBOX,
    KINDS,
    MUSICBRAINZ_GENRES,
    OPEN_DATA,
    Kind,
    RawName,
    sums_key,
)
from spotify_assets.raw.inbox import InboxRules, scan_inbox
from spotify_assets.raw.rejected import Rejected, reject, retry_rejected_files
from spotify_assets.settings import load_settings
from spotify_assets.weeks import system_clock
from spotify_assets_tests.aws_world import World
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.dagster_runs import WEEKS, drop_csv
from spotify_assets_tests.good_data import make_inbox
from spotify_assets_tests.terraform_commands import DEPLOY

ROLES = (DEPLOY / "terraform" / "roles.tf").read_text(encoding="utf-8")
CALLED_IN = {
    "s3": "storage/s3.py",
    "glue": "catalog/glue.py",
    "athena": "catalog/athena.py",
    "sns": "defs/delivery.py",
    "cloudwatch": "defs/delivery.py",
}
RIGHTS_OF = {  # where the right is called otherwise than the operation, as AWS documents it
    "s3:HeadObject": {"s3:GetObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "s3:CopyObject": {
        "s3:GetObject",
        "s3:PutObject",
    },  # and the rights to tags, which it leaves behind
    "glue:CreateDatabase": set(),  # Terraform has made it
}
FOR_ATHENA = {  # what it calls with the rights of whoever queries
    *("s3:GetBucketLocation", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"),
    *("s3:AbortMultipartUpload", "glue:GetPartition", "glue:BatchGetPartition"),
    "athena:GetWorkGroup",
}
FOR_A_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}  # called by S3


def called() -> set[str]:
    """Return the rights to every operation of AWS that the package's code names."""
    rights: set[str] = set()
    for service, module in CALLED_IN.items():
        source = (PROJECT / "spotify_assets" / module).read_text(encoding="utf-8")
        operations = boto3.client(service, region_name="eu-north-1").meta.method_to_api_mapping
        for name in set(re.findall(r"\w+", source)) & operations.keys():
            right = f"{service}:{operations[name]}"
            rights |= RIGHTS_OF.get(right, {right})
    return rights


def test_the_pipeline_may_call_what_its_code_and_athena_call_and_nothing_else() -> None:
    statements = re.findall(r"Effect += \"Allow\"\n +Action += (\[.*?\]|\".*?\")", ROLES, re.DOTALL)
    allowed = {right for one in statements for right in re.findall(r'"(\w+:\w+)"', one)}
    allowed -= {"sts:AssumeRole"}
    needed = called() | FOR_ATHENA | FOR_A_KEY
    assert {"s3:DeleteObject", "glue:BatchUpdatePartition", "sns:Publish"} <= needed
    assert (needed - allowed, allowed - needed) == (set(), set())


def patterns_of(name: str) -> list[str]:
    """Return the key patterns of a list in roles.tf."""
    (listed,) = re.findall(rf"^  {name} += \[(.*?)\]", ROLES, re.MULTILINE | re.DOTALL)
    return re.findall(r'"([^"]+)"', listed)


@pytest.mark.parametrize("kind", KINDS)
def test_no_raw_file_can_be_deleted_from_the_archive(kind: Kind) -> None:
    name = RawName(date(2024, 3, 1), "norway", kind, 100 if kind == "playlist" else 0)
    for key in (name.archive_key, name.superseded_key("0" * 64), sums_key(name.week)):
        assert any(fnmatchcase(key, pattern) for pattern in patterns_of("archive")), key
        assert not any(fnmatchcase(key, pattern) for pattern in patterns_of("deletable")), key


@pytest.mark.parametrize("folder", [OPEN_DATA, MUSICBRAINZ_GENRES])
def test_a_file_of_answers_can_be_replaced_by_a_longer_one(folder: str) -> None:
    key = f"{folder}no-weeks.0123456789abcdef.jsonl"
    assert any(fnmatchcase(key, pattern) for pattern in patterns_of("deletable"))


def test_no_key_that_a_run_writes_or_deletes_is_denied(world: World) -> None:
    asked: set[tuple[str, str]] = set()

    def note(params: dict[str, str], model: Any, **_: object) -> None:
        key = params.get("Key", "").removeprefix(f"{world.storage.prefix}/")
        asked.add((model.name, key))

    world.storage.client.meta.events.register("before-parameter-build.s3", note)
    settings = load_settings(world.environment)
    for artist in ("Ida Nord", "Ida Sør"):  # the second file replaces the first
        drop_csv(world.storage, WEEKS[0], artists=artist)
        make_inbox(world.storage, settings, world.catalog)
    world.storage.write(f"{INBOX}note.csv", b"?")
    rules = InboxRules(settings.charts, settings.first_week, system_clock)
    (refused,) = scan_inbox(world.storage, rules)
    assert isinstance(refused, Rejected)
    reject(world.storage, refused)
    assert retry_rejected_files(world.storage) == 1
    for operations, name in (
        ({"PutObject", "CopyObject"}, "written"),
        ({"DeleteObject"}, "deletable"),
    ):
        keys = {key for operation, key in asked if operation in operations}
        assert keys
        patterns = patterns_of(name)
        assert {k for k in keys if not any(fnmatchcase(k, one) for one in patterns)} == set()
