"""The S3 client: Dagster's S3 resource, with timeouts that end and a connection for each thread.

Endpoint, region, profile and credentials are AWS's own settings, by the variables that all its tools
know: AWS_ENDPOINT_URL, AWS_REGION or AWS_DEFAULT_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID and so on.
What is asked of the client is in `s3`.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from dagster_aws.s3 import S3Resource

from spotify_assets.storage.together import THREADS

SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 60


class BoundedS3Resource(S3Resource):
    """Dagster's S3 resource, whose client waits at most a minute at a time.

    Dagster's own waits as long, but for a connection too, and has ten connections, fewer than the
    threads here: the others would be opened anew for each request.
    """

    def get_client(self) -> Any:
        """A client for these settings; it may be used by several threads."""
        session = boto3.session.Session(
            profile_name=self.profile_name,
            aws_access_key_id=self.aws_access_key_id,
            aws_secret_access_key=self.aws_secret_access_key,
            aws_session_token=self.aws_session_token,
        )
        config = Config(
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=SECONDS_TO_ANSWER,
            retries={"mode": "standard", "total_max_attempts": self.max_attempts},
            max_pool_connections=2 * THREADS,
        )
        if self.use_unsigned_session:
            config = config.merge(Config(signature_version=UNSIGNED))
        return session.client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            use_ssl=self.use_ssl,
            verify=self.verify,
            config=config,
        )


def s3_resource() -> BoundedS3Resource:
    """The resource as AWS's variables have it."""
    # boto3 knows AWS_DEFAULT_REGION only; AWS's other tools, and its containers, AWS_REGION.
    return BoundedS3Resource(region_name=os.environ.get("AWS_REGION", "").strip() or None)
