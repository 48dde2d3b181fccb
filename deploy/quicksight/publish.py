"""Bring QuickSight to what `resources` declares: make, change what differs, give rights, delete.

A resource bears the digest of the request that it was made from, so a second run changes nothing.
What authors change by hand in QuickSight stays until our own request changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from deploy.quicksight.resources import ANALYSIS, DATA_SET, DATA_SOURCE, MARK, Resource
from spotify_assets.catalog.aws import DENIED, plain_errors
from spotify_assets.errors import UserError
from spotify_assets.storage.s3_errors import code_of

MISSING = "ResourceNotFoundException"
DELETED = "DELETED"
FIRST_WAIT = 0.5
LONGEST_WAIT = 5.0
SECONDS_TO_END = 300.0
RECOVERY_DAYS = 30  # in which a deleted analysis can be had back
DESCRIBED = {DATA_SOURCE: "DataSource", DATA_SET: "DataSet", ANALYSIS: "Analysis"}
Said = tuple[Resource, str]


def publish(
    client: Any, resources: Sequence[Resource], sleep: Callable[[float], None] = time.sleep
) -> Iterator[Said]:
    """Have QuickSight hold these; gives each with what was done: made, changed, or as it was.

    Raises:
        UserError: QuickSight refuses one, or fails on it; those before are done.
    """
    for resource in resources:
        with quicksight_errors(resource.id):
            yield resource, _ensure(client, resource, sleep)


def delete(client: Any, resources: Sequence[Resource]) -> Iterator[Said]:
    """Delete these, the last first; gives each with what was done: deleted, or not there.

    An analysis can be had back for 30 days, and comes back by itself when it is published again.

    Raises:
        UserError: QuickSight refuses.
    """
    for resource in reversed(resources):
        with quicksight_errors(resource.id):
            found = _described(client, resource)
            if found is None or found.get("Status") == DELETED:
                yield resource, "not there"
                continue
            days = {"RecoveryWindowInDays": RECOVERY_DAYS} if resource.kind == ANALYSIS else {}
            _call(client, "delete_{}", resource, **days)
            yield resource, "deleted"


@contextmanager
def quicksight_errors(what: str) -> Iterator[None]:
    """Raise what QuickSight answers within as a UserError that says how to mend it."""
    with plain_errors("QuickSight", what):
        try:
            yield
        except ClientError as error:
            code, said = code_of(error), str(error.response["Error"].get("Message", ""))
            if code in DENIED:
                raise UserError(
                    f"QuickSight denies {error.operation_name} on {what}: {said.rstrip('.')}. The "
                    "rights that this needs are in deploy/quicksight/README.md."
                ) from None
            if code == "UnsupportedUserEditionException":
                raise UserError(
                    f"This account's QuickSight is of the Standard edition, and {what} needs the "
                    "Enterprise edition: upgrade it in QuickSight's own console."
                ) from None
            raise


def _ensure(client: Any, resource: Resource, sleep: Callable[[float], None]) -> str:
    found = _described(client, resource)
    if found is None:
        getattr(client, f"create_{resource.kind.noun}")(**resource.creation)
        _settled(client, resource, sleep)
        return "made"
    if found.get("Status") == DELETED:
        _call(client, "restore_{}", resource)
    elif "IN_PROGRESS" in found.get("Status", ""):  # of a run that was stopped
        found = _settle(client, resource, sleep)
    done = "as it was"
    if "SUCCESSFUL" not in found.get("Status", "SUCCESSFUL") or _mark(client, resource) != (
        resource.digest
    ):
        _call(client, "update_{}", resource, **resource.holds)
        _settled(client, resource, sleep)
        client.tag_resource(ResourceArn=resource.arn, Tags=resource.tags)
        done = "changed"
    if _lacks_rights(client, resource):
        _call(client, "update_{}_permissions", resource, GrantPermissions=resource.permissions)
        done = "changed"
    return done


def _call(client: Any, operation: str, resource: Resource, **more: Any) -> dict[str, Any]:
    call = getattr(client, operation.format(resource.kind.noun))
    answer: dict[str, Any] = call(**resource.place, **more)
    return answer


def _described(client: Any, resource: Resource) -> dict[str, Any] | None:
    try:
        answer = _call(client, "describe_{}", resource)
    except ClientError as error:
        if code_of(error) != MISSING:
            raise
        return None
    found: dict[str, Any] = answer[DESCRIBED[resource.kind]]
    return found


def _mark(client: Any, resource: Resource) -> str | None:
    tags = client.list_tags_for_resource(ResourceArn=resource.arn)["Tags"]
    return next((tag["Value"] for tag in tags if tag["Key"] == MARK), None)


def _lacks_rights(client: Any, resource: Resource) -> bool:
    given = _call(client, "describe_{}_permissions", resource)["Permissions"]
    has = {
        action
        for permission in given
        if permission["Principal"] == resource.owner.arn
        for action in permission["Actions"]
    }
    return not has.issuperset(resource.permissions[0]["Actions"])


def _settled(client: Any, resource: Resource, sleep: Callable[[float], None]) -> None:
    """Wait until it is made or changed; UserError where QuickSight fails on it."""
    found = _settle(client, resource, sleep)
    if "FAILED" in found.get("Status", ""):  # data sets have none: they are done at once
        raise UserError(_failed(resource, found))


def _settle(client: Any, resource: Resource, sleep: Callable[[float], None]) -> dict[str, Any]:
    waited, pause = 0.0, FIRST_WAIT
    while True:
        found = _described(client, resource) or {}
        if "IN_PROGRESS" not in found.get("Status", ""):
            return found
        if waited >= SECONDS_TO_END:
            raise UserError(
                f"QuickSight is still at work on {resource.id} after {SECONDS_TO_END:.0f} seconds. "
                "Nothing is lost: run this again, and it goes on from there."
            )
        sleep(pause)
        waited += pause
        pause = min(pause * 1.5, LONGEST_WAIT)


def _failed(resource: Resource, found: dict[str, Any]) -> str:
    if resource.kind == DATA_SOURCE:
        error = found.get("ErrorInfo", {})
        return (
            f"QuickSight can't ask Athena ({error.get('Type')}: {error.get('Message')}). In its "
            "console, under Security & permissions, let it use Athena, the bucket of the charts and, "
            "to write, the bucket of Athena's answers; then run this again."
        )
    said = "; ".join(f"{e.get('Type')}: {e.get('Message')}" for e in found.get("Errors", []))
    return f"QuickSight could not make {resource.id}: {said or 'no reason is given'}."
