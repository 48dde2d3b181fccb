"""Clients of AWS's services: made in one way, so that they end in time.

Endpoint, region, profile and credentials are AWS's own settings, as for S3. What is asked of Glue is in
`glue`, of Athena in `athena`; what they raise is put into sentences in `storage.aws_errors`. boto3 takes
a second to load, so import this where it is used.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.config import Config

SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 60
TRIES = 5


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
