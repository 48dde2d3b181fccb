"""The pipeline's policy against what the code calls, both ways: nothing is denied, nothing is spare."""

from __future__ import annotations

import re

import boto3

from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.terraform_commands import DEPLOY

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
    roles = (DEPLOY / "terraform" / "roles.tf").read_text(encoding="utf-8")
    statements = re.findall(r"Effect += \"Allow\"\n +Action += (\[.*?\]|\".*?\")", roles, re.DOTALL)
    allowed = {right for one in statements for right in re.findall(r'"(\w+:\w+)"', one)}
    allowed -= {"sts:AssumeRole"}
    needed = called() | FOR_ATHENA | FOR_A_KEY
    assert {"s3:DeleteObject", "glue:BatchUpdatePartition", "sns:Publish"} <= needed
    assert (needed - allowed, allowed - needed) == (set(), set())
