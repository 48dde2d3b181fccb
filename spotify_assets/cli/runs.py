"""Run the weekly job over ranges of weeks, in this process, and say how it went.

Which weeks are due is decided in `update`; what the assets do is in `defs`. Runs that `dagster dev`
launched on the same instance don't belong here: Dagster monitors those itself.
"""

from __future__ import annotations

import sys
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotify_assets.cli.environment import instance_in
from spotify_assets.reports.checks_text import Result
from spotify_assets.settings import Settings
from spotify_assets.weeks import describe_weeks, runs_of_weeks, weeks_between

if TYPE_CHECKING:
    import dagster as dg

LAUNCHED_HERE = "spotify_assets/command"
"""The tag of runs that a command launched. It holds the run's own id: a copy that Dagster makes of the
run, to execute it again, has the tag as well, but another id."""
AT_WORK = "command.running"
"""The file in Dagster's folder that exists while a command runs the job; a kill leaves it there."""
INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
SECONDS_BETWEEN_LOOKS = 0.3
PLAIN_STEPS = 4  # how often progress is printed where there is no terminal


@dataclass
class RunOutcome:
    """How a run over a range of weeks ended.

    `failures` says in sentences which steps failed and why, `found` what each check found, as rows of
    check_results. `made_nothing` is true if it is too early for the week's charts.
    """

    first: date
    last: date
    run_id: str = ""
    success: bool = True
    failures: list[str] = field(default_factory=list)
    found: list[Result] = field(default_factory=list)
    made_nothing: bool = False

    @property
    def weeks(self) -> list[date]:
        """The weeks of the range."""
        return weeks_between(self.first, self.last)

    @property
    def has_errors(self) -> bool:
        """Whether a check of severity ERROR failed."""
        return any(one.severity == "ERROR" and not one.passed for one in self.found)


def run_all(
    settings: Settings, home: Path, due: Collection[date], assets: Sequence[str] = ()
) -> list[RunOutcome]:
    """Run the job over these weeks, one run for each range without gaps, and return how each ended.

    With `assets`, run only these of the job's, and none of its checks.

    Raises:
        UserError: Dagster's folder can't be used.
        KeyboardInterrupt: the user stopped it; Dagster shows the run as canceled.
    """
    from spotify_assets.definitions import WEEKLY_JOB, build_definitions, events_per_week

    definitions = build_definitions(settings)
    job, events = definitions.resolve_job_def(WEEKLY_JOB), events_per_week(definitions)
    outcomes = [RunOutcome(first, last) for first, last in runs_of_weeks(due)]
    with instance_in(home) as instance:
        (home / AT_WORK).touch()
        try:
            for outcome in outcomes:
                _run(job, instance, outcome, len(outcome.weeks) * events, assets)
        finally:
            (home / AT_WORK).unlink(missing_ok=True)
    return outcomes


def end_abandoned_runs(home: Path) -> int:
    """Mark the runs of a command that was killed as canceled; return how many there were.

    Call it as the only command at work: an unfinished run of a command has then lost its process, and
    Dagster would show it as running for ever.
    """
    if not (home / AT_WORK).exists():
        return 0
    import dagster as dg

    status = dg.DagsterRunStatus
    unfinished = [status.NOT_STARTED, status.STARTING, status.STARTED, status.CANCELING]
    with instance_in(home) as instance:
        found = instance.get_runs(dg.RunsFilter(statuses=unfinished))
        runs = [run for run in found if run.tags.get(LAUNCHED_HERE) == run.run_id]
        for run in runs:
            instance.report_run_canceled(run, message="Its spotify-assets command was killed.")
    (home / AT_WORK).unlink(missing_ok=True)
    return len(runs)


def _run(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    outcome: RunOutcome,
    events: int,
    assets: Sequence[str],
) -> None:
    """Run the job over the outcome's weeks, and note in it how that went."""
    import dagster as dg

    from spotify_assets.defs.run_tags import range_tags, reason_of

    outcome.run_id = run_id = str(uuid.uuid4())
    try:
        with _progress_of(instance, run_id, describe_weeks(outcome.weeks), events):
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
    events_of_run = result.all_events
    outcome.success = result.success
    outcome.made_nothing = result.success and not any(
        event.is_step_materialization for event in events_of_run
    )
    outcome.failures = [
        f"{event.step_key}: {reason_of(event)}" for event in result.get_step_failure_events()
    ]
    if not outcome.success and not outcome.failures:  # it didn't get as far as a step
        outcome.failures = [reason_of(event) for event in events_of_run if event.is_failure]
    found = [_result_of(evaluation) for evaluation in result.get_asset_check_evaluations()]
    by_week = {(one.table, one.check) for one in found if one.week}
    # Of a range run there is one about the whole run, beside those about each week.
    outcome.found = [one for one in found if one.week or (one.table, one.check) not in by_week]


def _result_of(evaluation: dg.AssetCheckEvaluation) -> Result:
    return Result(
        week=date.fromisoformat(evaluation.partition) if evaluation.partition else None,
        table=evaluation.asset_key.path[-1],
        check=evaluation.check_name,
        chart=None,
        severity=evaluation.severity.value,
        passed=evaluation.passed,
        findings=int(not evaluation.passed),
        finding=evaluation.description,
        examples=(),
    )


def _is_interruption(event: dg.DagsterEvent) -> bool:
    """Return whether Dagster has taken an interruption for a failure, of a step or of the run."""
    error = getattr(event.event_specific_data, "error", None) if event.is_failure else None
    return error is not None and error.cls_name in INTERRUPTIONS


@contextmanager
def _progress_of(
    instance: dg.DagsterInstance, run_id: str, what: str, total: int
) -> Iterator[None]:
    """Show how many of its materializations and checks a run has recorded, as it goes."""
    ended = threading.Event()

    def watch(show: Callable[[int], None]) -> None:
        import dagster as dg

        kinds = dg.DagsterEventType
        wanted = {kinds.ASSET_MATERIALIZATION, kinds.ASSET_CHECK_EVALUATION}
        count, cursor = 0, None
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            if instance.get_run_by_id(run_id) is not None:
                page = instance.get_records_for_run(run_id, cursor=cursor, of_type=wanted)
                count, cursor = count + len(page.records), page.cursor
                show(min(count, total))

    with _bar(what, total) if sys.stderr.isatty() else _lines(what, total) as show:
        thread = threading.Thread(target=watch, args=(show,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.update(task, completed=count)
        bar.update(task, completed=total)


@contextmanager
def _lines(what: str, total: int) -> Iterator[Callable[[int], None]]:
    shown = 0

    def show(count: int) -> None:
        nonlocal shown
        step = count * PLAIN_STEPS // max(total, 1)
        if step > shown:
            shown = step
            click.echo(f"{what}: {step * 100 // PLAIN_STEPS} %", err=True)

    click.echo(f"{what} …", err=True)
    yield show
