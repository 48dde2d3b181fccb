"""Ends the runs that this container was at work on when it was last stopped: `python end_lost_runs.py`.

On one host every run is a process of the code location, so none can be alive before that starts. Without
this they would count as running for hours, and the others wait for them. Dagster runs each once more.
"""

from __future__ import annotations

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

AT_WORK = (DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING)


def main() -> None:
    """Report each of them as failed."""
    with DagsterInstance.get() as instance:
        for record in instance.get_run_records(RunsFilter(statuses=AT_WORK)):
            instance.report_run_failed(
                record.dagster_run, "The code location was stopped while this run was at work."
            )


if __name__ == "__main__":
    main()
