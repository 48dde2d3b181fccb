"""What AWS's services and its library raise, as errors that say who refuses what, and the remedy.

None contains a key, a token, or an address with a password in it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as aws

from spotify_assets.errors import UserError

MISSING = {"NoSuchKey", "404", "NotFound"}
DENIED = {
    *("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AccountProblem"),
    *("AuthorizationError", "NotAuthorized", "Forbidden", "403"),
}
OTHER_REGION = {
    *("PermanentRedirect", "TemporaryRedirect", "301", "307"),
    *("AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
}
CREDENTIALS = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "InvalidToken"),
    *("InvalidClientTokenId", "UnrecognizedClientException", "IncompleteSignature", "400"),
    *("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestTimeTooSkewed"),
    "XAdminUserNotFound",  # versitygw's
}
BUSY = {
    *("SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "OperationAborted"),
    *("Throttling", "ThrottlingException", "TooManyRequests", "TooManyRequestsException"),
    "ConditionalRequestConflict",
}
FAILED_TO_LOG_IN = (
    *(aws.CredentialRetrievalError, aws.SSOError, aws.TokenRetrievalError, aws.LoginError),
    aws.RefreshWithMFAUnsupportedError,
)
LOG_IN = (
    "Set AWS_PROFILE (after `aws sso login`, if the profile needs it), or AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or run where a role is provided."
)
RIGHTS_TO_LIST = "s3:ListBucket on the bucket, in IAM or the bucket's policy,"
RIGHTS_TO_OBJECTS = (  # without s3:ListBucket, S3 denies reading what doesn't exist, too
    "s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject on its objects "
    "(with a KMS key also kms:GenerateDataKey and kms:Decrypt)"
)


def code_of(error: aws.ClientError) -> str:
    """Return the code of AWS's answer, like `NoSuchKey`; the HTTP status if it has no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def plain_errors(service: str, what: str, location: str = "") -> Iterator[None]:
    """Raise what AWS raises inside as a UserError with a remedy; `what` is what is asked of the service.

    With a `location`, an object on S3, the errors are those of a folder: a missing object is a
    FileNotFoundError, a refusal a PermissionError, trouble with the network or the service a
    ConnectionError, the rest an OSError. Only what a setting has to fix stays a UserError.
    """
    try:
        yield
    except (aws.ClientError, aws.BotoCoreError) as error:
        explain = _answered if isinstance(error, aws.ClientError) else _not_sent
        number, said = explain(error, service, what)
        if location and number:
            raise OSError(number, said.rstrip("."), location) from None
        raise UserError(said) from None  # what the original says may be secret


def _not_sent(error: aws.BotoCoreError, service: str, what: str) -> tuple[int, str]:
    """Return the error number, 0 for a UserError, and a sentence of what AWS's library raises itself."""
    name = type(error).__name__
    if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError):
        said = f"There are no AWS credentials, or not all of them, to reach {what} in {service}."
        return 0, f"{said} {LOG_IN}"
    if isinstance(error, aws.ProfileNotFound):
        return 0, (
            f"AWS_PROFILE names a profile that isn't in the AWS configuration, so {service} can't be "
            f"reached for {what}. `aws configure list-profiles` lists the profiles that exist."
        )
    if isinstance(error, FAILED_TO_LOG_IN):
        return 0, f"AWS's credentials for {what} could not be fetched ({name}). {LOG_IN}"
    if isinstance(error, aws.NoRegionError):
        return 0, f"{service} can't be reached for {what} without a region: set AWS_REGION."
    if isinstance(error, aws.HTTPClientError | aws.ConnectionError | aws.IncompleteReadError):
        return errno.ECONNABORTED, (
            f"{service} can't be reached for {what} ({name}). Check the network, and AWS_ENDPOINT_URL, "
            "which has to be unset for AWS itself. Nothing is lost: try again."
        )
    said = f"AWS's library refuses the request to {service} about {what} ({name})"
    return errno.EIO, f"{said}: check the AWS_… variables."


def _answered(error: aws.ClientError, service: str, what: str) -> tuple[int, str]:
    """Return the same for an answer of the service."""
    code, operation = code_of(error), error.operation_name
    answer: dict[str, Any] = error.response.get("ResponseMetadata", {})
    details: dict[str, Any] = dict(error.response.get("Error", {}))
    region = answer.get("HTTPHeaders", {}).get("x-amz-bucket-region") or details.get("Region")
    if code in MISSING:
        return errno.ENOENT, f"{service} has no such object."
    if code == "NoSuchBucket":
        return 0, (
            f"SPOTIFY_ASSETS_BASE names {what}, which doesn't exist. Create it, or correct the name; "
            "for a store other than AWS's own, set AWS_ENDPOINT_URL."
        )
    if code in OTHER_REGION or (code == "400" and region):
        remedy = f"set AWS_REGION={region}" if region else "set AWS_REGION to its region"
        return 0, f"AWS keeps {what} in {region or 'another region'}: {remedy}."
    if code in CREDENTIALS:
        return 0, (
            f"{service} doesn't accept the credentials for {what} ({code}): they are wrong or have "
            f"expired, or this machine's clock is wrong. {LOG_IN}"
        )
    if code.startswith("KMS."):
        return 0, (
            f"{service} can't use the KMS key for {what} ({code}): correct "
            "SPOTIFY_ASSETS_S3_ENCRYPTION, or the bucket's own encryption."
        )
    if code in DENIED:
        rights = f"{service.lower()}:{operation} there, as deploy/terraform/roles.tf does,"
        if service == "S3":
            rights = RIGHTS_TO_LIST if operation == "ListObjectsV2" else RIGHTS_TO_OBJECTS
        said = (
            f"{service} denies {operation} on {what}. Allow {rights} to the identity that runs this"
        )
        return errno.EACCES, f"{said}."
    if code in BUSY or answer.get("HTTPStatusCode", 0) >= 500:
        said = f"{service} is too busy for {what} ({code}), after several tries."
        return errno.ECONNABORTED, f"{said} Nothing is lost: try again later."
    message = str(details.get("Message", "")).rstrip(".")
    return errno.EIO, f"{service} answers {code} to {operation} on {what}: {message}."
