"""What S3 and its libraries raise, as errors that people can act on.

A missing object is a FileNotFoundError, a refusal a PermissionError, a network or a service in
trouble a ConnectionError: all are OSErrors, as of a folder. What only a setting can mend is a
UserError. None holds a key, a token, or an address with a password in it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as aws

from spotify_assets.errors import UserError

MISSING = {"NoSuchKey", "404", "NotFound"}
DENIED = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem"}
ELSEWHERE = {
    *("PermanentRedirect", "TemporaryRedirect", "301", "307"),
    *("AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
}
CREDENTIALS = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId"),
    *("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestTimeTooSkewed"),
}
BUSY = {
    *("SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "OperationAborted"),
    *("Throttling", "ThrottlingException", "TooManyRequests", "ConditionalRequestConflict"),
}
LOG_IN = (
    "Set AWS_PROFILE (after `aws sso login`, if it is of that kind), or AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or run where a role is given."
)


def code_of(error: aws.ClientError) -> str:
    """The code of S3's answer, like `NoSuchKey`; the HTTP status where it has no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def plain_errors(bucket: str, location: str) -> Iterator[None]:
    """Raise what AWS raises within as an OSError about the location, or as a UserError.

    The original is not chained to it: its message may hold what nobody else should read.
    """
    try:
        yield
    except aws.ClientError as error:
        raise _answered(error, bucket, location) from None
    except (aws.NoCredentialsError, aws.PartialCredentialsError):
        raise UserError(
            f"There are no AWS credentials, or not all of them, to reach the bucket {bucket!r} of "
            f"SPOTIFY_ASSETS_BASE. {LOG_IN}"
        ) from None
    except aws.ProfileNotFound:
        raise UserError(
            f"AWS_PROFILE names a profile that isn't in the AWS configuration; the bucket {bucket!r} "
            "can't be reached without it. `aws configure list-profiles` shows those there are."
        ) from None
    except (aws.CredentialRetrievalError, aws.SSOError, aws.RefreshWithMFAUnsupportedError):
        raise UserError(
            f"AWS's credentials for the bucket {bucket!r} could not be fetched. {LOG_IN}"
        ) from None
    except (aws.HTTPClientError, aws.ConnectionError, aws.IncompleteReadError) as error:
        raise ConnectionError(
            errno.ECONNABORTED,
            f"S3 can't be reached for the bucket {bucket!r} ({type(error).__name__}). Is the network "
            "there, and is AWS_ENDPOINT_URL right, or unset for AWS itself? Nothing is lost: try again",
            location,
        ) from None
    except aws.BotoCoreError as error:
        raise OSError(
            errno.EIO,
            f"AWS's library refuses the request to the bucket {bucket!r} ({type(error).__name__}): "
            "look at the AWS_… variables",
            location,
        ) from None


def _rights(denied: str) -> str:
    """The rights that an operation lacks; without listing, S3 denies to read what isn't there, too."""
    if denied == "ListObjectsV2":
        return "s3:ListBucket on the bucket, in IAM or the bucket's policy"
    return (
        "s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject on what lies "
        "in it; with a KMS key also kms:GenerateDataKey and kms:Decrypt"
    )


def _answered(error: aws.ClientError, bucket: str, location: str) -> OSError | UserError:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in MISSING:
        return FileNotFoundError(errno.ENOENT, "S3 has no such object", location)
    if code == "NoSuchBucket":
        return UserError(
            f"There is no bucket {bucket!r}, which SPOTIFY_ASSETS_BASE names. Create it, or mend the "
            "name; with a store other than AWS's own, set AWS_ENDPOINT_URL."
        )
    if code in ELSEWHERE or (code == "400" and _region(error)):
        there = _region(error)
        return UserError(
            f"The bucket {bucket!r} lies in {there or 'another region'}: set AWS_REGION"
            f"{f'={there}' if there else ' to the one it lies in'}."
        )
    if code in CREDENTIALS or code == "400":
        return UserError(
            f"S3 doesn't accept the credentials for the bucket {bucket!r} ({code}): they are wrong or "
            f"have expired, or this machine's clock is. {LOG_IN}"
        )
    if code.startswith("KMS."):
        return UserError(
            f"S3 can't use the KMS key for the bucket {bucket!r} ({code}): mend "
            "SPOTIFY_ASSETS_S3_ENCRYPTION, or the bucket's own encryption."
        )
    if code in DENIED:
        denied = error.operation_name
        return PermissionError(
            errno.EACCES,
            f"S3 denies {denied} in the bucket {bucket!r}. Give the identity {_rights(denied)}",
            location,
        )
    if code in BUSY or status >= 500:
        return ConnectionError(
            errno.EAGAIN,
            f"S3 is too busy for the bucket {bucket!r} ({code}), after several tries. Nothing is "
            "lost: try again later",
            location,
        )
    said = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    return OSError(errno.EIO, f"S3 answers {code} for the bucket {bucket!r}: {said}", location)


def _region(error: aws.ClientError) -> str:
    """The region that S3 says the bucket lies in."""
    headers: dict[str, Any] = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    told: dict[str, Any] = dict(error.response.get("Error", {}))
    return str(headers.get("x-amz-bucket-region") or told.get("Region") or "")
