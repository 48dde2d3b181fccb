from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_assets.cli.runs import run_weeks
from spotify_assets.defs.partitions import weekly_partitions
from spotify_assets_tests.dagster_runs import WEEKS, instance_in

# Single-run backfills are beta; the project relies on them, see definitions.RELIED_ON.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
MESSAGE = "There was no such day."


def job_with(
    *,
    asset: type[BaseException] | None = None,
    resource: type[BaseException] | None = None,
    logger: type[BaseException] | None = None,
) -> dg.JobDefinition:
    """A job of one weekly asset, where the asset, its resource or its logger raises this."""

    def ends(error: type[BaseException] | None) -> None:
        if error is not None:
            raise error(MESSAGE)

    @dg.resource
    def needed(_: Any) -> None:
        ends(resource)

    @dg.logger
    def console(_: Any) -> Any:
        ends(logger)
        return dg.get_dagster_logger()

    @dg.asset(
        partitions_def=weekly_partitions(WEEKS[0]),
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys={"needed"},
    )
    def made() -> dg.MaterializeResult[None]:
        ends(asset)
        return dg.MaterializeResult()

    definitions = dg.Definitions(
        assets=[made],
        resources={"needed": needed},
        loggers={"console": console} if logger else {},
        jobs=[dg.define_asset_job("job")],
    )
    return definitions.resolve_job_def("job")


@pytest.mark.parametrize("where", ["asset", "resource", "logger"])
def test_an_interruption_reaches_the_caller_and_dagster_knows_that_the_run_is_canceled(
    tmp_path: Path, where: str
) -> None:
    with instance_in(tmp_path / "home") as instance:
        with pytest.raises(KeyboardInterrupt):
            run_weeks(job_with(**{where: KeyboardInterrupt}), instance, WEEKS[0], WEEKS[1])
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.CANCELED


@pytest.mark.parametrize("where", ["asset", "resource"])
def test_a_failure_is_told_with_its_reason_wherever_it_was(tmp_path: Path, where: str) -> None:
    with instance_in(tmp_path / "home") as instance:
        outcome = run_weeks(job_with(**{where: ValueError}), instance, WEEKS[0], WEEKS[0])
    assert not outcome.success
    (failure,) = outcome.failures
    assert MESSAGE in failure
    assert "\n" not in failure


def test_progress_counts_what_a_run_has_recorded(tmp_path: Path) -> None:
    counts: list[int] = []
    with instance_in(tmp_path / "home") as instance:
        outcome = run_weeks(job_with(), instance, WEEKS[0], WEEKS[3], counts.append)
    assert outcome.success
    assert outcome.weeks == "2024-03-01 to 2024-03-22"
    assert counts == sorted(counts)
    assert counts[-1] == 4


@pytest.mark.parametrize("weeks", [WEEKS[:1], WEEKS[:2]])
def test_a_single_week_is_a_run_of_that_partition_and_several_are_a_range(
    tmp_path: Path, weeks: tuple[Any, ...]
) -> None:
    with instance_in(tmp_path / "home") as instance:
        run_weeks(job_with(), instance, weeks[0], weeks[-1])
        (run,) = instance.get_runs()
    tags = {name for name in run.tags if name.startswith("dagster/") and "partition" in name}
    assert tags == (
        {"dagster/partition"}
        if len(weeks) == 1
        else {"dagster/asset_partition_range_start", "dagster/asset_partition_range_end"}
    )
