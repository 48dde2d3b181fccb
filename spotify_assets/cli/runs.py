"""Launching the weekly job from outside Dagster's UI: which weeks, one run for each range of them.

The command line stands on this; what the assets do is not here.
"""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

LAUNCHED_HERE = "spotify_assets/command"
"""The tag of runs that a command launched. It holds the run's own id: a copy that Dagster makes of the
run, to execute it again, has the tag as well, but another id."""
INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
SECONDS_BETWEEN_LOOKS = 0.3

Progress = Callable[[int], None]
"""Is told how many events of a run have been recorded so far."""


@dataclass
class RunOutcome:
    """How a run over a range of weeks ended.

    `failures` says in sentences what failed of the steps, `failed_checks` of the checks, by the
    check's name, and `warnings` what failed of those that only warn; `checks` are the names of all
    that ran, on `checked_weeks`. `made_nothing` is true where it is too early for the week's charts,
    `damaged_weeks` are those whose raw files are why it failed.
    """

    run_id: str
    first: date
    last: date
    success: bool
    failures: list[str] = field(default_factory=list)
    checks: set[str] = field(default_factory=set)
    failed_checks: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    checked_weeks: set[str] = field(default_factory=set)
    failed_weeks: set[str] = field(default_factory=set)
    made_nothing: bool = False
    damaged_weeks: set[date] = field(default_factory=set)

    @property
    def weeks(self) -> str:
        """The weeks in words."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def prepare_dagster_home(home: Path) -> None:
    """Make the folder that Dagster keeps its instance in, with our defaults if it has no settings."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(str(files("spotify_assets") / "dagster.yaml"), home / "dagster.yaml")


def run_weeks(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    first: date,
    last: date,
    progress: Progress | None = None,
    assets: Sequence[str] = (),
) -> RunOutcome:
    """Run the job over a range of weeks, in this process, and wait for its end.

    With `assets`, only these of the job's, and none of its checks.

    Raises:
        KeyboardInterrupt: the user wants no more; Dagster is told that the run is canceled.
    """
    import dagster as dg

    from spotify_assets.defs.run_tags import range_tags, reason_of
    from spotify_assets.defs.sqlite_connections import reused_sqlite_connections

    run_id = str(uuid.uuid4())
    try:
        with (
            reused_sqlite_connections(instance.root_directory),
            _watched(instance, run_id, progress),
        ):
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                raise_on_error=False,
                asset_selection=[dg.AssetKey(name) for name in assets] or None,
                tags={LAUNCHED_HERE: run_id, **range_tags(first, last)},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        if any(_is_interruption(event) for event in result.all_events):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        run = instance.get_run_by_id(run_id)
        # Dagster takes the interruption for a failure, or has the run go on for ever.
        if run is not None and run.status != dg.DagsterRunStatus.SUCCESS:
            instance.report_run_canceled(run, message="Interrupted on the command line.")
        raise
    outcome = RunOutcome(run_id, first, last, result.success)
    outcome.made_nothing = result.success and not any(
        event.is_step_materialization for event in result.all_events
    )
    for evaluation in result.get_asset_check_evaluations():
        week = evaluation.partition or (first.isoformat() if first == last else None)
        if week is not None:
            outcome.checked_weeks.add(week)
            if not evaluation.passed and not _only_warns(evaluation):
                outcome.failed_weeks.add(week)
        if evaluation.partition is None or first == last:  # of a range, the one about all its weeks
            name = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
            outcome.checks.add(name)
            if not evaluation.passed:
                into = outcome.warnings if _only_warns(evaluation) else outcome.failed_checks
                into[name] = evaluation.description or "no reason given"
    for event in result.get_step_failure_events():
        outcome.failures.append(f"{event.step_key}: {reason_of(event)}")
        outcome.damaged_weeks |= _damaged_weeks(event)
    if not outcome.success and not outcome.failures:  # it didn't get as far as a step
        outcome.failures = [reason_of(event) for event in result.all_events if event.is_failure]
    return outcome


def _only_warns(evaluation: dg.AssetCheckEvaluation) -> bool:
    return bool(evaluation.severity.value == "WARN")


def _damaged_weeks(event: dg.DagsterEvent) -> set[date]:
    from spotify_assets.defs.run_tags import DAMAGED_WEEKS

    said = event.step_failure_data.user_failure_data
    weeks = said.metadata.get(DAMAGED_WEEKS) if said is not None else None
    return {date.fromisoformat(week) for week in str(weeks.value).split()} if weeks else set()


def _is_interruption(event: dg.DagsterEvent) -> bool:
    """Whether Dagster has taken an interruption for a failure, of a step or of the run."""
    error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
    return error is not None and error.cls_name in INTERRUPTIONS


@contextmanager
def _watched(
    instance: dg.DagsterInstance, run_id: str, progress: Progress | None
) -> Iterator[None]:
    """Tell `progress` how many materializations and checks the run has recorded, as it goes."""
    if progress is None:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(instance, run_id, progress, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(
    instance: dg.DagsterInstance, run_id: str, progress: Progress, ended: threading.Event
) -> None:
    import dagster as dg

    wanted = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    count, cursor = 0, None
    while True:
        over = ended.wait(SECONDS_BETWEEN_LOOKS)
        if over or instance.get_run_by_id(run_id) is not None:
            page = instance.get_records_for_run(run_id, cursor=cursor, of_type=wanted)
            count, cursor = count + len(page.records), page.cursor
            progress(count)
        if over:
            return
