"""Runs that a killed command has left behind, which Dagster would show as running for ever.

Only of commands: what `dagster dev` launches on the same instance is Dagster's own to watch.
"""

from __future__ import annotations

from spotify_assets.cli.environment import shared_instance
from spotify_assets.cli.runs import LAUNCHED_HERE
from spotify_assets.settings import Settings, dagster_home


def end_abandoned_runs(settings: Settings) -> int:
    """Tell Dagster of every such run that it is over; gives their number.

    Raises:
        UserError: as `shared_instance`. It lets no other command work meanwhile, so that a run of a
            command which is still said to go on has lost its process.
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
            instance.report_run_canceled(
                run, message="Its spotify-assets command was killed; a later one noticed."
            )
    return len(abandoned)
