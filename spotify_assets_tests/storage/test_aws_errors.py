"""What AWS's services and its library raise, as errors that say what to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as aws

from spotify_assets.errors import UserError
from spotify_assets.storage.aws_errors import plain_errors

LOCATION = "s3://charts/a.txt"


def answered(code: str, status: int = 400, **headers: str) -> aws.ClientError:
    """Return an answer with this code."""
    details: Any = {
        "Error": {"Code": code, "Message": "What AWS says."},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    return aws.ClientError(details, "GetObject")


ERRORS: list[tuple[Exception, type[Exception], str]] = [
    (aws.NoCredentialsError(), UserError, "There are no AWS credentials, .* Set AWS_PROFILE"),
    (aws.ProfileNotFound(profile="work"), UserError, "AWS_PROFILE names a profile that isn't"),
    *(
        (login, UserError, "could not be fetched .* Set AWS_PROF")
        for login in (
            aws.SSOTokenLoadError(error_msg="secret"),
            aws.TokenRetrievalError(provider="sso", error_msg="secret"),  # an expired session
            aws.LoginError(),
        )
    ),
    (aws.NoRegionError(), UserError, "set AWS_REGION"),
    (
        aws.EndpointConnectionError(endpoint_url="secret"),
        ConnectionAbortedError,
        "Check the network, and",
    ),
    (aws.ParamValidationError(report="secret"), OSError, r"check the AWS_… variables"),
    (answered("NoSuchKey", 404), FileNotFoundError, "has no such object"),
    (answered("NoSuchBucket", 404), UserError, "_BASE names it, which doesn't exist. Create"),
    (
        answered("AuthorizationHeaderMalformed", **{"x-amz-bucket-region": "eu-north-1"}),
        UserError,
        "keeps it in eu-north-1: set AWS_REGION=eu-north-1",
    ),
    (answered("IllegalLocationConstraintException"), UserError, "in another region: set AWS_REGI"),
    (answered("400"), UserError, r"doesn't accept the credentials for it \(400\)"),
    (answered("ExpiredToken"), UserError, r"\(ExpiredToken\): they are wrong or have expired"),
    (answered("KMS.DisabledException"), UserError, "SPOTIFY_ASSETS_S3_ENCRYPTION"),
    (answered("SlowDown", 503), ConnectionAbortedError, r"too busy for it \(SlowDown\)"),
    (answered("Whatever", 500), ConnectionAbortedError, "try again later"),
    (answered("AccessDenied", 403), PermissionError, r"denies GetObject on it\. Allow \w+:"),
    (answered("InvalidObjectState", 403), OSError, "answers InvalidObjectState .*: What AWS says"),
]


@pytest.mark.parametrize(("error", "kind", "says"), ERRORS)
@pytest.mark.parametrize("service", ["S3", "Glue"])
def test_an_error_says_what_to_do(
    service: str, error: Exception, kind: type[Exception], says: str
) -> None:
    """S3 raises what a folder would, and every other service a UserError."""
    location = LOCATION if service == "S3" else ""
    expected = kind if location else UserError
    with pytest.raises(expected, match=says) as raised, plain_errors(service, "it", location):
        raise error
    assert type(raised.value) is expected
    assert service in str(raised.value) or kind is UserError
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    if isinstance(raised.value, OSError):
        assert raised.value.filename == LOCATION


@pytest.mark.parametrize(
    ("service", "operation", "right"),
    [
        ("S3", "ListObjectsV2", "s3:ListBucket on the bucket"),
        ("S3", "GetObject", "s3:ListBucket on the bucket and s3:GetObject"),
        ("Athena", "StartQueryExecution", "athena:StartQueryExecution there"),
    ],
)
def test_what_is_denied_names_the_right_to_add(service: str, operation: str, right: str) -> None:
    denied = aws.ClientError({"Error": {"Code": "AccessDenied"}}, operation)
    with (
        pytest.raises(UserError, match=f"{service} denies {operation} on it. Allow {right}"),
        plain_errors(service, "it"),
    ):
        raise denied


def test_other_errors_pass_through() -> None:
    with pytest.raises(KeyError), plain_errors("S3", "it", LOCATION):
        raise KeyError("a mistake of ours")
