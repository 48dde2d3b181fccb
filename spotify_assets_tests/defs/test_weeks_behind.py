"""The sensor that mends: what it asks for once a run has failed, or was killed, at various points."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest
from spotify_assets.defs.weeks_behind import MOST_RUNS, REPORTS, WEEKS_BEHIND
from spotify_assets.publishing.ledger import LEDGER

from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.run_tags import RANGE_END, RANGE_START
from spotify_assets.layout import ARCHIVE, CHECKS_PAGE, DASHBOARD, INBOX, TABLES, RawName
from spotify_assets.raw.file_names import week_in_name
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.commands import run_command
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    QUIET,
    WEEKS,
    drop_csv,
    failures,
    instance_in,
    tags_of,
)
from spotify_assets_tests.killed_runs import kill_a_run
from spotify_assets_tests.places import Place, in_a_folder
from spotify_assets_tests.s3_server import count_requests

NOTHING = ([], "Nothing is behind.")
SONGS_OF_WEEKS = "SELECT week, count(*) FROM songs GROUP BY week ORDER BY week"
ONLY_RAW = ("raw_playlist",)
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
BEGUN = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class Daemon:
    """The sensor as the daemon evaluates it, on a base and an instance; its clock is moved by hand."""

    def __init__(self, place: Place, instance: dg.DagsterInstance) -> None:
        self.place, self.instance = place, instance
        self.now = datetime.now(tz=UTC)
        overrides = {"aws_catalog": place.on_aws} if place.on_aws else {}
        self.definitions = build_definitions(
            place.settings,
            clock=lambda: self.now,
            resource_overrides={**overrides, "storage": place.storage},
        )
        self.cursor: str | None = None

    def tick(self, after: timedelta = QUARTER) -> tuple[list[dg.RunRequest], str]:
        """What runs are asked for, or what is said, that long after the tick before."""
        self.now += after
        resources = self.definitions.resources or {}
        with dg.build_sensor_context(
            self.instance,
            cursor=self.cursor,
            resources={name: resources[name] for name in ("storage", "inbox_rules")},
            repository_def=self.definitions.get_repository_def(),
            sensor_name=WEEKS_BEHIND,
        ) as context:
            data = self.definitions.resolve_sensor_def(WEEKS_BEHIND).evaluate_tick(context)
        self.cursor = data.cursor
        return list(data.run_requests or []), data.skip_message or ""

    def asked(self, after: timedelta = QUARTER) -> list[tuple[str, str]]:
        """The weeks that runs are asked for, each run's first and last."""
        return [weeks_of(request) for request in self.tick(after)[0]]

    def launch(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """The run that was asked for, as the daemon launches it."""
        return self.definitions.resolve_job_def(WEEKLY_JOB).execute_in_process(
            instance=self.instance,
            raise_on_error=False,
            asset_selection=list(request.asset_selection or ()) or None,
            run_config=QUIET,
            tags=dict(request.tags),  # evaluating put the partition there
        )

    def mend(self) -> list[dg.RunRequest]:
        """Two looks, and the runs that are asked for by then."""
        assert self.tick()[0] == [], "not at the first look: a run may be about to begin"
        requests, _ = self.tick()
        for request in requests:
            assert failures(self.launch(request)) == {}
        return requests


def weeks_of(request: dg.RunRequest) -> tuple[str, str]:
    week = str(request.partition_key)
    return request.tags.get(RANGE_START, week), request.tags.get(RANGE_END, week)


@pytest.fixture
def daemon(place: Place, instance: dg.DagsterInstance) -> Daemon:
    """On an empty base, in a folder or on S3."""
    return Daemon(place, instance)


@pytest.fixture
def on_disk(base: Path, instance: dg.DagsterInstance) -> Daemon:
    """On an empty base in a folder."""
    return Daemon(in_a_folder(base), instance)


def archive(storage: Storage, week: date, content: bytes | None = None) -> None:
    """A raw file of which nothing has been made."""
    key = RawName(week, "norway", "chart_csv").archive_key
    storage.write(key, raw_samples.chart_csv() if content is None else content)


def begun(
    daemon: Daemon, *weeks: date, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED
) -> dg.DagsterRun:
    """A run over the weeks from the first to the last that Dagster takes to be in this state."""
    job = daemon.definitions.resolve_job_def(WEEKLY_JOB)
    return daemon.instance.create_run_for_job(job, status=status, tags=tags_of(weeks))


# What is mended


def test_a_week_whose_run_failed_after_it_archived_the_files_is_made(daemon: Daemon) -> None:
    assert daemon.tick() == NOTHING
    drop_csv(daemon.place.storage, WEEKS[0])
    assert failures(daemon.place.run(daemon.instance, WEEKS[:1], ONLY_RAW)) == {}
    assert list(daemon.place.storage.files(INBOX)) == []
    assert daemon.tick() == (
        [],
        "Behind: 2024-03-01: a run is asked for at the next look, if it still is.",
    )
    (request,), _ = daemon.tick()
    assert weeks_of(request) == ("2024-03-01", "2024-03-01")
    assert failures(daemon.launch(request)) == {}
    assert daemon.place.rows(SONGS_OF_WEEKS) == [(WEEKS[0], 3)]
    assert daemon.tick() == NOTHING


def test_tables_without_a_decision_and_tables_older_than_raw_files_are_mended_in_ranges(
    daemon: Daemon,
) -> None:
    storage = daemon.place.storage
    for week in WEEKS[:2]:
        drop_csv(storage, week)
    assert failures(daemon.place.run(daemon.instance, WEEKS[:2])) == {}
    assert daemon.tick() == NOTHING
    up_to_tables = ("raw_playlist", "details", *CHART_TABLES)
    drop_csv(storage, WEEKS[2])  # its run will end before the catalog
    assert failures(daemon.place.run(daemon.instance, WEEKS[2:3], up_to_tables)) == {}
    drop_csv(storage, WEEKS[0], names=["Only one"])  # and this one's before the tables
    assert failures(daemon.place.run(daemon.instance, WEEKS[:1], ONLY_RAW)) == {}
    archive(storage, WEEKS[3])
    asked = [weeks_of(request) for request in daemon.mend()]
    assert asked == [("2024-03-01", "2024-03-01"), ("2024-03-15", "2024-03-22")]
    assert daemon.place.rows(SONGS_OF_WEEKS) == [
        (week, 1 if week == WEEKS[0] else 3) for week in WEEKS[:4]
    ]
    assert daemon.tick() == NOTHING


@pytest.mark.parametrize("lost", [LEDGER, DASHBOARD, CHECKS_PAGE])
def test_a_decision_or_a_report_that_is_not_there_is_made_without_making_weeks(
    daemon: Daemon, lost: str
) -> None:
    storage = daemon.place.storage
    for week in WEEKS[:2]:
        drop_csv(storage, week)
    assert failures(daemon.place.run(daemon.instance, WEEKS[:2])) == {}
    made = [file.modified for file in storage.files(TABLES)]
    storage.delete(lost)
    (request,) = daemon.mend()
    assert weeks_of(request) == ("2024-03-08", "2024-03-08")
    assert [key.to_user_string() for key in request.asset_selection or ()] == [
        "catalog",
        "dashboard",
        "check_report",
    ]
    assert storage.exists(lost)
    assert [file.modified for file in storage.files(TABLES)] == made
    assert daemon.tick() == NOTHING


def test_a_catalog_that_shows_another_thing_than_was_decided_is_published_again(
    daemon: Daemon,
) -> None:
    place = daemon.place
    drop_csv(place.storage, WEEKS[0])
    assert failures(place.run(daemon.instance, WEEKS[:1])) == {}
    assert daemon.tick() == NOTHING
    if place.on_aws:
        place.on_aws.glue.delete_table(DatabaseName=place.on_aws.database, Name="songs")
    else:
        place.settings.database.unlink()
    assert len(daemon.mend()) == 1
    assert place.rows(SONGS_OF_WEEKS) == [(WEEKS[0], 3)]
    assert daemon.tick() == NOTHING


@pytest.mark.parametrize(
    ("prefix", "writes", "when"),
    [
        (f"{ARCHIVE}week={WEEKS[1]}", 1, "after"),
        (TABLES, 1, "before"),
        (TABLES, 7, "after"),
        (LEDGER, 1, "before"),
        (LEDGER, 1, "after"),
        (DASHBOARD, 1, "before"),
        (CHECKS_PAGE, 1, "before"),
    ],
)
def test_what_a_killed_run_leaves_is_mended_once_dagster_knows_that_it_is_gone(
    base: Path, tmp_path: Path, prefix: str, writes: int, when: str
) -> None:
    place, home = in_a_folder(base), tmp_path / "home"
    for week in WEEKS[:3]:
        drop_csv(place.storage, week)
    kill_a_run(base, home, (str(WEEKS[0]), str(WEEKS[2])), prefix, writes, when)
    with instance_in(home) as instance:
        daemon = Daemon(place, instance)
        (lost,) = instance.get_runs()
        assert lost.status == dg.DagsterRunStatus.STARTED
        for _ in range(3):
            requests, said = daemon.tick()
            assert requests == []
            assert f"run {lost.run_id[:8]} is queued or under way" in said
        instance.report_run_failed(lost, "Its process is gone.")
        requests, _ = daemon.tick()
        for request in requests:
            assert failures(daemon.launch(request)) == {}
        waiting = {week_in_name(file.key) for file in place.storage.files(INBOX)}
        made = [(week, 3) for week in WEEKS[:3] if week not in waiting]
        assert made
        assert place.rows(SONGS_OF_WEEKS) == made
        assert place.storage.exists(DASHBOARD)
        assert place.storage.exists(CHECKS_PAGE)
        assert daemon.tick() == NOTHING


# What isn't asked for, or not so often


@pytest.mark.parametrize("status", BEGUN)
def test_a_week_is_not_asked_for_while_a_run_over_it_is_queued_or_under_way(
    on_disk: Daemon, status: dg.DagsterRunStatus
) -> None:
    for week in (WEEKS[1], WEEKS[4]):
        archive(on_disk.place.storage, week)
    run = begun(on_disk, *WEEKS[:3], status=status)
    assert on_disk.asked() == []
    assert on_disk.asked() == [("2024-03-29", "2024-03-29")], "the run isn't about this one"
    assert on_disk.tick()[1].startswith(
        f"Behind: 2024-03-08: run {run.run_id[:8]} is queued or under way. 2024-03-29: still is"
    )
    on_disk.instance.report_run_failed(run)
    assert on_disk.asked() == [("2024-03-08", "2024-03-08")]


def test_a_run_that_waits_in_dagsters_queue_is_not_asked_for_again(
    on_disk: Daemon, base: Path, tmp_path: Path
) -> None:
    archive(on_disk.place.storage, WEEKS[0])
    assert on_disk.asked() == []
    (request,), _ = on_disk.tick()
    launch = ("job", "launch", "-m", "spotify_assets.definitions", "-j", WEEKLY_JOB)
    tags = json.dumps(dict(request.tags))
    ended = run_command(
        *launch, "--tags", tags, base=base, home=tmp_path / "home", command="dagster"
    )
    assert ended.returncode == 0, ended.stderr
    (run,) = on_disk.instance.get_runs()
    assert run.status == dg.DagsterRunStatus.QUEUED
    assert on_disk.tick(timedelta(days=3)) == (
        [],
        f"Behind: 2024-03-01: run {run.run_id[:8]} is queued or under way.",
    )


def test_nothing_is_published_beside_a_run_that_will_publish(on_disk: Daemon) -> None:
    drop_csv(on_disk.place.storage, WEEKS[0])
    assert failures(on_disk.place.run(on_disk.instance, WEEKS[:1])) == {}
    on_disk.place.storage.delete(DASHBOARD)
    run = begun(on_disk, WEEKS[3])
    for _ in range(2):
        assert on_disk.tick()[0] == []
    assert on_disk.tick()[1] == f"Behind: {REPORTS}: run {run.run_id[:8]} is queued or under way."
    on_disk.instance.report_run_canceled(run)
    assert len(on_disk.tick()[0]) == 1


def test_a_week_that_always_fails_is_asked_for_ever_less_often_and_holds_no_other(
    on_disk: Daemon,
) -> None:
    storage = on_disk.place.storage
    for week in WEEKS[:3]:
        archive(storage, week, b"no chart at all" if week == WEEKS[1] else None)
    moments = []
    for number in range(4 * 24 * 4):  # four days
        requests, said = on_disk.tick()
        if not requests:
            continue
        moments.append(number * QUARTER)
        asked = [weeks_of(request) for request in requests]
        if len(moments) == 1:
            assert asked == [("2024-03-01", "2024-03-15")], "all at once"
            assert not on_disk.launch(requests[0]).success
        elif len(moments) == 2:
            assert asked == [(str(week), str(week)) for week in WEEKS[:3]], "each by itself"
            assert [on_disk.launch(request).success for request in requests] == [True, False, True]
        else:
            assert asked == [("2024-03-08", "2024-03-08")]
    waits = [(b - a) / HOUR for a, b in pairwise(moments)]
    assert waits == [1, 2, 4, 8, 16, 24, 24]
    _, said = on_disk.tick()
    assert said.startswith(
        "Behind: 2024-03-08: still is after 8 runs; look at why they failed. The next is asked for "
        f"after {on_disk.now:%Y-%m-}"
    )
    assert on_disk.place.rows(SONGS_OF_WEEKS) == [(WEEKS[0], 3), (WEEKS[2], 3)]
    archive(storage, WEEKS[1])  # a good one in its place: that is asked for soon
    assert [weeks_of(request) for request in on_disk.mend()] == [("2024-03-08", "2024-03-08")]
    assert on_disk.tick() == NOTHING


def test_reports_that_always_fail_are_asked_for_ever_less_often(on_disk: Daemon) -> None:
    drop_csv(on_disk.place.storage, WEEKS[0])
    assert failures(on_disk.place.run(on_disk.instance, WEEKS[:1])) == {}
    on_disk.place.storage.delete(DASHBOARD)
    asked = sum(len(on_disk.tick()[0]) for _ in range(4 * 24))
    assert asked == 5
    assert on_disk.tick()[1].startswith(f"Behind: {REPORTS}: still is after 5 runs")


def test_many_weeks_that_fail_are_asked_for_some_at_a_tick(on_disk: Daemon) -> None:
    scattered = [WEEKS[0] + 2 * ONE_WEEK * number for number in range(MOST_RUNS + 3)]
    for week in scattered:
        archive(on_disk.place.storage, week)
    assert on_disk.asked() == []
    asked = on_disk.asked() + on_disk.asked()
    assert asked == [(str(week), str(week)) for week in scattered]
    assert len(on_disk.tick()[1]) < 2000


def test_a_week_that_is_no_partition_fails_no_tick(on_disk: Daemon) -> None:
    archive(on_disk.place.storage, date(1999, 12, 31))
    assert on_disk.tick() == NOTHING
    archive(on_disk.place.storage, WEEKS[0])
    assert on_disk.asked() == []
    assert on_disk.asked() == [("2024-03-01", "2024-03-01")]


@pytest.mark.parametrize(
    "cursor", ["", "[]", "2024", '{"2024-03-01": {}}', '{"2024-03-01": {"of": 1, "at": "x"}}']
)
def test_any_cursor_of_before_is_survived(on_disk: Daemon, cursor: str) -> None:
    on_disk.cursor = cursor
    archive(on_disk.place.storage, WEEKS[0])
    assert on_disk.asked() == []
    assert on_disk.asked() == [("2024-03-01", "2024-03-01")]
    assert set(json.loads(on_disk.cursor)) == {"2024-03-01"}


# What it costs


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_tick_on_s3_is_five_requests_however_many_files_there_are(daemon: Daemon) -> None:
    storage = daemon.place.storage
    for week in WEEKS:
        drop_csv(storage, week)
    assert failures(daemon.place.run(daemon.instance, WEEKS)) == {}
    requests = count_requests(storage)  # type: ignore[arg-type]
    assert daemon.tick() == NOTHING
    assert requests == {"ListObjectsV2": 4, "GetObject": 1}


def test_dagster_ends_a_run_whose_process_was_lost_on_this_machine(
    instance: dg.DagsterInstance,
) -> None:
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds == 12 * 60 * 60
