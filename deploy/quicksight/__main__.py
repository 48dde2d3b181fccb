"""The command: `python -m deploy.quicksight --user-arn ARN`, from the project's root.

It reads the settings that `spotify-assets` reads. Ends with 0, or with 2 and a sentence.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from dotenv import load_dotenv

from deploy.quicksight.preconditions import require_author, require_subscription, require_views
from deploy.quicksight.publish import delete, publish, quicksight_errors
from deploy.quicksight.resources import Resource, owner_of, resources
from spotify_assets.catalog.aws import aws_catalog, client_of
from spotify_assets.cli import WRONG_CALL
from spotify_assets.errors import UserError
from spotify_assets.settings import Settings, load_settings, require_possible


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--user-arn", required=True, metavar="ARN", help="The QuickSight user that gets it all."
)
@click.option("--dry-run", is_flag=True, help="Print the requests as JSON; AWS is asked nothing.")
@click.option("--delete", "deleting", is_flag=True, help="Delete what this made, and only that.")
def main(user_arn: str, dry_run: bool, deleting: bool) -> None:
    """Make a data source, data sets and an analysis in QuickSight over the views in Athena.

    Again, it changes only what is not as declared. Settings: SPOTIFY_ASSETS_GLUE_DATABASE,
    SPOTIFY_ASSETS_ATHENA_WORKGROUP, and AWS's own, AWS_REGION among them.
    """
    load_dotenv(Path.cwd() / ".env")
    try:
        _run(load_settings(), user_arn, dry_run=dry_run, deleting=deleting)
    except UserError as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_CALL)
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing is lost: run it again and it goes on.", err=True)
        sys.exit(130)


def _run(settings: Settings, user_arn: str, *, dry_run: bool, deleting: bool) -> None:
    owner = owner_of(user_arn)
    if settings.catalog != "glue":
        raise UserError(
            "SPOTIFY_ASSETS_CATALOG is not glue, and QuickSight asks Athena only. For the charts of "
            "one machine, the dashboard is there: spotify-assets open"
        )
    require_possible(settings)
    with quicksight_errors(f"the account {owner.account}"):
        client = client_of("quicksight")
    chart = settings.charts.charts[0].slug
    wanted = resources(
        owner,
        client.meta.region_name,
        settings.glue_database,
        settings.athena_workgroup,
        chart,
    )
    if dry_run:
        click.echo(json.dumps(_requests(wanted, deleting=deleting), indent=1, ensure_ascii=False))
        return
    with quicksight_errors(f"the account {owner.account}"):
        users = client_of("quicksight", owner.region)
    require_subscription(users, owner)
    if not deleting:
        require_author(users, owner)
        require_views(aws_catalog(settings))
    done = delete(client, wanted) if deleting else publish(client, wanted)
    for resource, what in done:
        click.echo(f"{resource.kind.noun.replace('_', ' '):<12}{resource.id}: {what}")
    if not deleting:
        where = f"https://{client.meta.region_name}.quicksight.aws.amazon.com/sn/analyses/"
        click.echo(f"Open it: {where}{wanted[-1].id}")


def _requests(wanted: Sequence[Resource], *, deleting: bool) -> list[dict[str, object]]:
    if deleting:
        return [
            {"operation": f"delete_{r.kind.noun}", "request": r.place} for r in reversed(wanted)
        ]
    return [{"operation": f"create_{r.kind.noun}", "request": r.creation} for r in wanted]


if __name__ == "__main__":
    main()
