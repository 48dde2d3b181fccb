"""What must be there before: a QuickSight subscription, its user, and the views in Glue.

Each is looked at first, so that what is missing is said in a sentence and nothing is half made.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from deploy.quicksight.analysis import DATA_SETS
from deploy.quicksight.publish import MISSING, quicksight_errors
from deploy.quicksight.resources import Owner
from spotify_assets.catalog.athena_views import VIEW
from spotify_assets.catalog.aws import AwsCatalog
from spotify_assets.catalog.glue_catalog import described_tables, glue_errors
from spotify_assets.errors import UserError
from spotify_assets.storage.s3_errors import code_of


def require_subscription(client: Any, owner: Owner) -> None:
    """Stop where the account has no QuickSight to put an analysis into.

    Raises:
        UserError: it has none, or only the Standard edition.
    """
    missing = (
        f"The account {owner.account} has no QuickSight subscription: sign up in QuickSight's console "
        "for the Enterprise edition, which costs by the month (deploy/quicksight/README.md)."
    )
    with quicksight_errors(f"the account {owner.account}"):
        try:
            answer = client.describe_account_subscription(AwsAccountId=owner.account)
        except ClientError as error:
            if code_of(error) != MISSING:
                raise
            raise UserError(missing) from None
    account = answer.get("AccountInfo", {})
    if account.get("AccountSubscriptionStatus", "").startswith("UNSUBSCRIBE"):
        raise UserError(missing)
    if account.get("Edition") == "STANDARD":
        raise UserError(
            f"The account {owner.account} has QuickSight's Standard edition, and an analysis from a "
            "definition needs the Enterprise edition: upgrade it in QuickSight's own console."
        )


def require_author(client: Any, owner: Owner) -> None:
    """Stop where the user isn't there, or may only read.

    Raises:
        UserError: so it is.
    """
    with quicksight_errors(f"the user {owner.name}"):
        try:
            answer = client.describe_user(
                UserName=owner.name, AwsAccountId=owner.account, Namespace=owner.namespace
            )
        except ClientError as error:
            if code_of(error) != MISSING:
                raise
            raise UserError(
                f"QuickSight has no user {owner.name!r} in the namespace {owner.namespace!r} of "
                f"{owner.region}. Those it has: aws quicksight list-users --aws-account-id "
                f"{owner.account} --namespace {owner.namespace} --region {owner.region}"
            ) from None
    role = answer["User"].get("Role", "")
    if "READER" in role:
        raise UserError(
            f"The QuickSight user {owner.name!r} is a reader ({role}), and an analysis belongs to an "
            "author: name another user, or change the role in QuickSight's console."
        )


def require_views(catalog: AwsCatalog) -> None:
    """Stop where Glue lacks a view that a data set is over.

    Raises:
        UserError: it does.
    """
    found: dict[str, Any] = {}
    with glue_errors(catalog), suppress(catalog.glue.exceptions.EntityNotFoundException):
        found = described_tables(catalog)
    lacking = [view for view in DATA_SETS if found.get(view, {}).get("TableType") != VIEW]
    if lacking:
        raise UserError(
            f"The Glue database {catalog.database!r} has no views {', '.join(lacking)}: publish the "
            "charts first, by spotify-assets update, with the same settings."
        )
