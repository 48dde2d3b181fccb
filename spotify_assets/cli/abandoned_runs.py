"""Runs that a killed command left behind, which Dagster would show as running for ever.

Runs that `dagster dev` launched on the same instance don't belong here: Dagster monitors those itself.
"""

from __future__ import annotations

from spotify_assets.cli.environment import shared_instance
from spotify_assets.cli.runs import LAUNCHED_HERE
from spotify_assets.settings import Settings, dagster_home


def end_abandoned_runs(settings: Settings) -> int:
    """Report every such run to Dagster as canceled; return how many there were.

    No other command can work meanwhile, so an unfinished run of a command has lost its process.

    Raises:
        UserError: as `shared_instance`.
    """
    if not (dagster_home(settings) / "dagster.yaml").exists():
        return 0
    import dagster as dg

    status = dg.DagsterRunStatus
    unfinished = dg.RunsFilter(
        statuses=[status.NOT_STARTED, status.STARTING, status.STARTED, status.CANCELING]
    )
    with shared_instance(settings) as instance:
        abandoned = [
            run
            for run in instance.get_runs(unfinished)
            if run.tags.get(LAUNCHED_HERE) == run.run_id
        ]
        for run in abandoned:
            instance.report_run_canceled(run, message="Its spotify-assets command was killed.")
    return len(abandoned)
