"""Reports runs as failed whose process is gone: `python end_lost_runs.py PORT`, of the code location.

On one host every run is a process of the code location, so those that were at work before it was started
are lost. Without this they would count as running for hours, and all others wait for them. As soon as
something listens on the port they are reported, and Dagster runs each once more.
"""

from __future__ import annotations

import socket
import sys
import time
from datetime import UTC, datetime

# A run that is changed later is one that this code location has started.
BEGAN = datetime.now(tz=UTC)


def main(port: str) -> None:
    """Wait for the code location, then report them."""
    from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

    while not listens(int(port)):
        time.sleep(1)
    at_work = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    lost = RunsFilter(statuses=at_work, updated_before=BEGAN)
    with DagsterInstance.get() as instance:
        for record in instance.get_run_records(lost):
            message = "The code location was stopped while this run was at work."
            instance.report_run_failed(record.dagster_run, message)


def listens(port: int) -> bool:
    """Return whether something on this machine accepts connections on the port."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
