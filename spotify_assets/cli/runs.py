"""Run the weekly job over ranges of weeks, in this process, and tell how it went.

Which weeks are due is decided in `update`; what the assets do is in `defs`.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from spotify_assets.cli.environment import shared_instance
from spotify_assets.cli.progress import Progress, progress_of
from spotify_assets.settings import Settings
from spotify_assets.weeks import describe_weeks, runs_of_weeks, weeks_between

if TYPE_CHECKING:
    import dagster as dg

LAUNCHED_HERE = "spotify_assets/command"
"""The tag of runs that a command launched. It holds the run's own id: a copy that Dagster makes of the
run, to execute it again, has the tag as well, but another id."""
INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
SECONDS_BETWEEN_LOOKS = 0.3


@dataclass
class RunOutcome:
    """How a run over a range of weeks ended.

    `failures` says in sentences which steps failed and why. `checked` counts the checks that ran;
    `failed` and `warned` have, by the check's title, the weeks (None for the whole base) in which it
    failed, each with what it found. `made_nothing` is true where it is too early for the week's charts.
    """

    first: date
    last: date
    success: bool = True
    failures: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)
    failed: dict[str, dict[date | None, str]] = field(default_factory=dict)
    warned: dict[str, dict[date | None, str]] = field(default_factory=dict)
    made_nothing: bool = False

    @property
    def weeks(self) -> list[date]:
        """The weeks of the range."""
        return weeks_between(self.first, self.last)


def run_all(
    settings: Settings, due: Collection[date], assets: Sequence[str] = ()
) -> list[RunOutcome]:
    """Run the job over these weeks, one run for each range without gaps, and return how each ended.

    With `assets`, run only these of the job's, and none of its checks.

    Raises:
        UserError: another command is at work on this base, or Dagster's folder can't be used.
        KeyboardInterrupt: the user stopped it; Dagster is told that the run is canceled.
    """
    from spotify_assets.definitions import WEEKLY_JOB, build_definitions, events_per_week

    definitions = build_definitions(settings)
    job, events = definitions.resolve_job_def(WEEKLY_JOB), events_per_week(definitions)
    outcomes = []
    with shared_instance(settings) as instance:
        for first, last in runs_of_weeks(due):
            weeks = weeks_between(first, last)
            with progress_of(describe_weeks(weeks), len(weeks) * events) as progress:
                outcomes.append(_run(job, instance, RunOutcome(first, last), progress, assets))
    return outcomes


def _run(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    outcome: RunOutcome,
    progress: Progress,
    assets: Sequence[str],
) -> RunOutcome:
    import dagster as dg

    from spotify_assets.defs.run_tags import range_tags, reason_of

    run_id = str(uuid.uuid4())
    try:
        with _watched(instance, run_id, progress):
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                raise_on_error=False,
                asset_selection=[dg.AssetKey(name) for name in assets] or None,
                tags={LAUNCHED_HERE: run_id, **range_tags(outcome.first, outcome.last)},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        if any(_is_interruption(event) for event in result.all_events):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        run = instance.get_run_by_id(run_id)
        # Dagster takes the interruption for a failure, or shows the run as going on for ever.
        if run is not None and run.status != dg.DagsterRunStatus.SUCCESS:
            instance.report_run_canceled(run, message="Interrupted on the command line.")
        raise
    outcome.success = result.success
    outcome.made_nothing = result.success and not any(
        event.is_step_materialization for event in result.all_events
    )
    outcome.failures = [
        f"{event.step_key}: {reason_of(event)}" for event in result.get_step_failure_events()
    ]
    if not outcome.success and not outcome.failures:  # it didn't get as far as a step
        outcome.failures = [reason_of(event) for event in result.all_events if event.is_failure]
    for evaluation in result.get_asset_check_evaluations():
        _note(outcome, evaluation)
    return outcome


def _note(outcome: RunOutcome, evaluation: dg.AssetCheckEvaluation) -> None:
    """Note what a check found; of a range run, week by week rather than the result for all of them."""
    title = f"{evaluation.asset_key.path[-1]}.{evaluation.check_name}"
    outcome.checked.add(title)
    if evaluation.passed:
        return
    into = outcome.warned if evaluation.severity.value == "WARN" else outcome.failed
    found = into.setdefault(title, {})
    week = date.fromisoformat(evaluation.partition) if evaluation.partition else None
    if week is None and found:  # its weeks have been noted singly
        return
    found[week] = evaluation.description or "no reason given"


def _is_interruption(event: dg.DagsterEvent) -> bool:
    """Return whether Dagster has taken an interruption for a failure, of a step or of the run."""
    error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
    return error is not None and error.cls_name in INTERRUPTIONS


@contextmanager
def _watched(
    instance: dg.DagsterInstance, run_id: str, progress: Callable[[int], None]
) -> Iterator[None]:
    """Tell `progress` how many materializations and checks the run has recorded, as it goes."""
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(instance, run_id, progress, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(
    instance: dg.DagsterInstance,
    run_id: str,
    progress: Callable[[int], None],
    ended: threading.Event,
) -> None:
    import dagster as dg

    wanted = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    count, cursor = 0, None
    while True:
        is_over = ended.wait(SECONDS_BETWEEN_LOOKS)
        if is_over or instance.get_run_by_id(run_id) is not None:
            page = instance.get_records_for_run(run_id, cursor=cursor, of_type=wanted)
            count, cursor = count + len(page.records), page.cursor
            progress(count)
        if is_over:
            return
