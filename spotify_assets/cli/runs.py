"""Run the weekly job over weeks, in this process, and say how it went.

Which weeks are due is decided in `update`; what the assets do is in `defs`. Runs that Dagster
launched on the same instance don't belong here: Dagster monitors those itself.
"""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotify_assets.cli.environment import instance_in
from spotify_assets.reports.checks_text import Result
from spotify_assets.settings import Settings
from spotify_assets.storage import Storage
from spotify_assets.weeks import describe_weeks

if TYPE_CHECKING:
    import dagster as dg

LAUNCHED_HERE = "spotify_assets/command"
"""The tag of runs that a command launched. It holds the run's own id: a copy that Dagster makes of the
run, to execute it again, has the tag as well, but another id."""
AT_WORK = "command.running"
"""The file in Dagster's folder that exists while a command runs the job; a kill leaves it there."""
INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")
SECONDS_BETWEEN_LOOKS = 0.3


@dataclass
class RunOutcome:
    """How a run ended.

    `failures` says in sentences which steps failed and why, `found` what each check found, as rows of
    check_results. `made_nothing` is true if it is too early for the week's charts. `fetched` is how many
    charts came from Spotify, `interrupted` why it wasn't asked for all details, and `not_sent` whom the
    digest didn't reach, and why.
    """

    weeks: list[date]
    success: bool = True
    failures: list[str] = field(default_factory=list)
    found: list[Result] = field(default_factory=list)
    made_nothing: bool = False
    fetched: int = 0
    interrupted: str = ""
    not_sent: str = ""

    @property
    def last(self) -> date:
        """The latest of the weeks."""
        return self.weeks[-1]


def run_all(
    settings: Settings,
    home: Path,
    storage: Storage,
    due: Collection[date],
    *,
    unsure: Collection[date] = (),
    assets: Sequence[str] = (),
    is_follow_up: bool = False,
) -> list[RunOutcome]:
    """Run the job over these weeks of a base, in as few runs as possible, and return how each ended.

    Those of `unsure`, which may have no chart, get a run of their own. With `assets`, run only these of
    the job's, and none of its checks. A follow-up makes what the run before it made stale.

    Raises:
        UserError: Dagster's folder can't be used.
        KeyboardInterrupt: the user stopped it; Dagster shows the run as canceled.
    """
    from spotify_assets.definitions import WEEKLY_JOB, build_definitions, events_per_week
    from spotify_assets.defs.run_tags import FOLLOW_UP, weeks_by_run

    definitions = build_definitions(settings)
    job, events = definitions.resolve_job_def(WEEKLY_JOB), events_per_week(definitions)
    with instance_in(home) as instance:
        (home / AT_WORK).touch()
        try:
            runs = weeks_by_run(due, unsure)
            tags = {FOLLOW_UP: "true"} if is_follow_up else {}
            return [_run(job, instance, storage, weeks, events, assets, tags) for weeks in runs]
        finally:
            (home / AT_WORK).unlink(missing_ok=True)


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
    storage: Storage,
    weeks: list[date],
    events_per_week: int,
    assets: Sequence[str],
    more_tags: dict[str, str],
) -> RunOutcome:
    import dagster as dg

    from spotify_assets.defs.details import INTERRUPTED
    from spotify_assets.defs.publishing import NOT_SENT
    from spotify_assets.defs.raw_playlist import FETCHED
    from spotify_assets.defs.resources import use_in_run
    from spotify_assets.defs.run_tags import reason_of, run_tags

    run_id = str(uuid.uuid4())
    use_in_run(run_id, storage)
    try:
        with _progress_of(instance, run_id, weeks, len(weeks) * events_per_week):
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                raise_on_error=False,
                asset_selection=[dg.AssetKey(name) for name in assets] or None,
                tags={LAUNCHED_HERE: run_id, **run_tags(weeks), **more_tags},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
            failed = [event for event in result.all_events if event.is_failure]
            errors = [getattr(event.event_specific_data, "error", None) for event in failed]
            if any(error and error.cls_name in INTERRUPTIONS for error in errors):
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        run = instance.get_run_by_id(run_id)
        # Dagster takes the interruption for a failure, or shows the run as going on for ever.
        if run is not None and run.status != dg.DagsterRunStatus.SUCCESS:
            instance.report_run_canceled(run, message="Interrupted on the command line.")
        raise
    steps = [f"{event.step_key}: {reason_of(event)}" for event in result.get_step_failure_events()]
    found = [_result_of(evaluation) for evaluation in result.get_asset_check_evaluations()]
    by_week = {(one.table, one.check) for one in found if one.week}
    said: dict[str, Any] = {}  # by the assets, each under a name of its own
    for event in result.get_asset_materialization_events():
        said |= {name: one.value for name, one in event.materialization.metadata.items()}
    return RunOutcome(
        weeks,
        result.success,
        # A run that didn't get as far as a step has failed as a whole.
        [] if result.success else steps or [reason_of(event) for event in failed],
        # Of several weeks there is a result about the whole run, beside those about each week.
        [one for one in found if one.week or (one.table, one.check) not in by_week],
        result.success and not any(one.is_step_materialization for one in result.all_events),
        said.get(FETCHED, 0),
        said.get(INTERRUPTED, ""),
        said.get(NOT_SENT, ""),
    )


def _result_of(evaluation: dg.AssetCheckEvaluation) -> Result:
    week = date.fromisoformat(evaluation.partition) if evaluation.partition else None
    table, check, passed = evaluation.asset_key.path[-1], evaluation.check_name, evaluation.passed
    severity, finding = evaluation.severity.value, evaluation.description
    return Result(week, table, check, None, severity, passed, int(not passed), finding, ())


@contextmanager
def _progress_of(
    instance: dg.DagsterInstance, run_id: str, weeks: list[date], total: int
) -> Iterator[None]:
    """Show a run's step and how many materializations and checks it has recorded; all when it has ended.

    That is a bar where it can be drawn, or else a line that it has begun.
    """
    import dagster as dg
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    step_start = dg.DagsterEventType.STEP_START
    counted = {
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    }
    console, what = Console(stderr=True), describe_weeks(weeks)
    stack = ExitStack()
    if console.is_interactive and sys.stderr.isatty():
        # Dagster captures what steps write to the descriptor itself.
        own = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        console = Console(file=stack.enter_context(own))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_interactive
    )
    task = bar.add_task(what, total=total)
    ended = threading.Event()

    def watch() -> None:
        count, cursor = 0, None
        while not ended.wait(SECONDS_BETWEEN_LOOKS):
            if instance.get_run_by_id(run_id) is not None:
                kinds = {*counted, step_start}
                page = instance.get_records_for_run(run_id, cursor=cursor, of_type=kinds)
                cursor = page.cursor
                for event in filter(None, (r.event_log_entry.dagster_event for r in page.records)):
                    count += event.event_type in counted
                    if event.event_type == step_start:  # some take minutes, and record nothing
                        bar.update(task, description=f"{what}: {event.step_key}")
                bar.update(task, completed=min(count, total - 1))

    if bar.disable:
        click.echo(f"{what} …", err=True)
    thread = threading.Thread(target=watch, daemon=True)
    with stack, bar:
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        bar.update(task, completed=total, description=what)
