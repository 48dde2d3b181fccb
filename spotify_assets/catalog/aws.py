"""What Glue and Athena have in common: where the catalog is, clients that end, errors to act on.

Endpoint, region, profile and credentials are AWS's own settings, as for S3. What is asked of Glue is
in `glue_catalog`, of Athena in `athena`. boto3 takes a second to load, so import this where it is
used.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from spotify_assets.settings import Settings
from spotify_assets.storage.aws_errors import DENIED as DENIED
from spotify_assets.storage.aws_errors import plain_errors as plain_errors

SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 60
TRIES = 5


@dataclass(frozen=True)
class AwsCatalog:
    """A Glue database, and the Athena work group that asks it.

    `output` is where Athena puts its answers, `s3://…`; empty for as the work group has it. `sleep`
    is what waits for an answer.
    """

    database: str
    workgroup: str
    output: str = ""
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def glue(self) -> Any:
        """The Glue client, made when it is first needed: definitions load without credentials."""
        with plain_errors("Glue", f"the database {self.database!r}"):
            return client_of("glue")

    @cached_property
    def athena(self) -> Any:
        """The Athena client, likewise."""
        with plain_errors("Athena", f"the work group {self.workgroup!r}"):
            return client_of("athena")


def aws_catalog(settings: Settings) -> AwsCatalog:
    """The catalog that the settings name."""
    return AwsCatalog(settings.glue_database, settings.athena_workgroup, settings.athena_output)


def client_of(service: str, region: str = "") -> Any:
    """A client that gives up in time; of the region that is set, unless one is named."""
    # boto3 knows AWS_DEFAULT_REGION only; AWS's other tools, and its containers, AWS_REGION.
    return boto3.session.Session().client(
        service,
        region_name=region or os.environ.get("AWS_REGION", "").strip() or None,
        config=Config(
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=SECONDS_TO_ANSWER,
            retries={"mode": "standard", "total_max_attempts": TRIES},
        ),
    )
