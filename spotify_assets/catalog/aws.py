"""What Glue and Athena have in common: clients that give up in time, errors to act on.

Endpoint, region, profile and credentials are AWS's own settings, as for S3. boto3 takes a second to
load, so import this where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from spotify_assets.errors import UserError
from spotify_assets.storage.s3_errors import BUSY, CREDENTIALS, LOG_IN, code_of

SECONDS_TO_CONNECT = 10
SECONDS_TO_ANSWER = 60
TRIES = 5
DENIED = {"AccessDenied", "AccessDeniedException", "NotAuthorized"}
CLIENT_UNKNOWN = {*CREDENTIALS, "UnrecognizedClientException", "InvalidSignatureException"}


@contextmanager
def plain_errors(service: str, what: str) -> Iterator[None]:
    """Raise what AWS raises within as a UserError that says what to do.

    The original is not chained to it: its message may hold what nobody else should read.
    """
    try:
        yield
    except aws.ClientError as error:
        raise UserError(_answered(error, service, what)) from None
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError):
        raise UserError(
            f"There are no AWS credentials, or not all of them, to ask {service} for {what}. {LOG_IN}"
        ) from None
    except aws.NoRegionError:
        raise UserError(
            f"No AWS region is set, so {service} can't be reached for {what}: set AWS_REGION."
        ) from None
    except (aws.HTTPClientError, aws.ConnectionError) as error:
        raise UserError(
            f"{service} can't be reached for {what} ({type(error).__name__}). Is the network there, "
            "and is AWS_ENDPOINT_URL right, or unset for AWS itself? Nothing is lost: try again."
        ) from None
    except aws.BotoCoreError as error:
        raise UserError(
            f"AWS's library refuses to ask {service} for {what} ({type(error).__name__}): look at the "
            "AWS_… variables."
        ) from None


def client_of(service: str, region: str = "") -> Any:
    """Return a client that gives up in time; of the region that is set, unless one is named."""
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


def _answered(error: aws.ClientError, service: str, what: str) -> str:
    code = code_of(error)
    said = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in DENIED:
        return (
            f"{service} denies {error.operation_name} on {what}. Give the identity "
            f"{service.lower()}:{error.operation_name} there; the policy in deploy/terraform/roles.tf "
            "has all that is needed."
        )
    if code in CLIENT_UNKNOWN:
        return (
            f"{service} doesn't accept the credentials ({code}): they are wrong or have expired, or "
            f"this machine's clock is. {LOG_IN}"
        )
    if code in BUSY or code == "TooManyRequestsException" or status >= 500:
        return (
            f"{service} is too busy for {what} ({code}), after several tries. Nothing is lost: try "
            "again later."
        )
    return f"{service} answers {code} to {error.operation_name} on {what}: {said}."
