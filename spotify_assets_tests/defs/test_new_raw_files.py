"""The sensor on the inbox, in a folder and on S3: put files, evaluate, launch, look at the result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs.inbox_sensor import MOST_RUNS, NEW_RAW_FILES
from spotify_assets.layout import INBOX, REJECTED
from spotify_assets.raw.inbox import READ_AT_ONCE
from spotify_assets.settings import PREFIX, load_settings
from spotify_assets.storage import Storage
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    QUIET,
    WEEKS,
    drop_csv,
    drop_playlist,
    instance_in,
    materializations,
    tags_of,
)

MADE = ("raw_playlist", *CHART_TABLES)


class Inbox:
    """An inbox, the sensor that watches it, and a clock that is an hour ahead: files have settled."""

    def __init__(self, base: str, instance: dg.DagsterInstance) -> None:
        self.ahead = timedelta(hours=1)
        self.instance = instance
        catalog = "glue" if base.startswith("s3://") else "duckdb"
        settings = load_settings({f"{PREFIX}BASE": base, f"{PREFIX}CATALOG": catalog})
        self.definitions = build_definitions(
            settings, clock=lambda: datetime.now(tz=UTC) + self.ahead
        )
        resources = self.definitions.resources or {}
        self.storage: Storage = resources["storage"]
        self.resources = {name: resources[name] for name in ("storage", "inbox_rules")}
        self.cursor: str | None = None

    def tick(self) -> tuple[list[str], str]:
        """The partitions that runs are asked for, or why none is."""
        requests, reason = self.requests()
        return [str(request.partition_key) for request in requests], reason

    def requests(self) -> tuple[list[dg.RunRequest], str]:
        sensor = self.definitions.resolve_sensor_def(NEW_RAW_FILES)
        repository = self.definitions.get_repository_def()
        with dg.build_sensor_context(
            self.instance,
            cursor=self.cursor,
            resources=self.resources,
            repository_def=repository,
            sensor_name=NEW_RAW_FILES,
        ) as context:
            data = sensor.evaluate_tick(context)
        self.cursor = data.cursor
        return list(data.run_requests or []), data.skip_message or ""

    def launch(
        self, weeks: list[str], assets: tuple[str, ...] = ("raw_playlist", *CHART_TABLES)
    ) -> None:
        """A run of each week, as the daemon would launch them."""
        job = self.definitions.resolve_job_def(WEEKLY_JOB)
        for week in weeks:
            result = job.execute_in_process(
                instance=self.instance,
                asset_selection=[dg.AssetKey(name) for name in assets],
                run_config=QUIET,
                tags={"dagster/partition": week},
            )
            assert result.success


@pytest.fixture(params=["folder", "s3"])
def inbox(request: pytest.FixtureRequest, base: Path, tmp_path: Path) -> Iterator[Inbox]:
    where = str(base)
    if request.param == "s3":
        where = request.getfixturevalue("s3_storage").location("")
    with instance_in(tmp_path / "dagster home") as instance:
        yield Inbox(where, instance)


def rows(inbox: Inbox, week: str) -> object:
    made = materializations(inbox.instance, "songs")
    return made[week].metadata["dagster/partition_row_count"].value if week in made else None


def test_a_file_is_asked_for_once_and_its_week_is_made(inbox: Inbox) -> None:
    assert inbox.tick() == ([], "The inbox is empty.")
    drop_csv(inbox.storage, WEEKS[0])
    weeks, _ = inbox.tick()
    assert weeks == ["2024-03-01"]
    assert inbox.tick() == ([], "Runs were asked for already for 1 weeks with files.")
    inbox.launch(weeks)
    assert rows(inbox, "2024-03-01") == 3
    assert inbox.tick() == ([], "The inbox is empty.")


def test_the_same_file_put_again_and_a_changed_one_are_asked_for_again(inbox: Inbox) -> None:
    keys = []
    for names in (["One"], ["One"], ["One", "Two"]):
        drop_csv(inbox.storage, WEEKS[0], names=names)
        ((request,), _) = inbox.requests()
        keys.append(request.run_key)
        inbox.launch([str(request.partition_key)])
        assert rows(inbox, "2024-03-01") == len(names)
    assert len(set(keys)) == 3


def test_a_file_changed_before_its_run_is_asked_for_again(inbox: Inbox) -> None:
    drop_csv(inbox.storage, WEEKS[0], names=["One"])
    first = inbox.requests()[0][0].run_key
    drop_csv(inbox.storage, WEEKS[0], names=["Two", "Three"])
    assert inbox.requests()[0][0].run_key != first


def test_files_that_come_together_are_one_run_a_week(inbox: Inbox) -> None:
    for week in WEEKS[:3]:
        drop_csv(inbox.storage, week)
        drop_csv(inbox.storage, week, country="global")
        drop_playlist(inbox.storage, week)
    weeks, _ = inbox.tick()
    assert weeks == ["2024-03-01", "2024-03-08", "2024-03-15"]
    inbox.launch(weeks)
    assert [rows(inbox, week) for week in weeks] == [6, 6, 6]
    assert list(inbox.storage.files(INBOX)) == []


def test_five_hundred_files_are_asked_for_in_bounded_ticks_and_none_is_forgotten(
    inbox: Inbox,
) -> None:
    first = WEEKS[0] - ONE_WEEK * 249
    every = [first + ONE_WEEK * number for number in range(250)]
    for week in every:
        drop_csv(inbox.storage, week)
        drop_csv(inbox.storage, week, country="global")
    asked: list[str] = []
    for most in (MOST_RUNS, MOST_RUNS, 50, 0):
        weeks, _ = inbox.tick()
        assert len(weeks) == most
        asked += weeks
    assert asked == [week.isoformat() for week in every]
    assert len(inbox.cursor or "") < 50_000
    inbox.launch(asked[:2], ("raw_playlist",))
    assert inbox.tick()[0] == []
    assert len(json.loads(inbox.cursor or "")["asked"]) == 248


def test_files_whose_names_do_not_tell_their_week_are_read_some_at_a_time(inbox: Inbox) -> None:
    for number in range(READ_AT_ONCE + 1):
        inbox.storage.write(f"{INBOX}{number:03}.txt", b"nothing")
    drop_playlist(inbox.storage, WEEKS[0], name="zz.json")
    weeks, reason = inbox.tick()
    assert weeks == []
    assert "Files left for the next look: 2." in reason
    assert "The next run will reject 000.txt: " in reason
    assert inbox.tick()[0] == ["2024-03-01"], "what can't be read keeps no other file waiting"


def test_where_nothing_else_is_due_a_run_is_asked_for_that_rejects(inbox: Inbox) -> None:
    drop_csv(inbox.storage, WEEKS[0])
    inbox.launch(inbox.tick()[0], ("raw_playlist",))
    inbox.storage.write(f"{INBOX}notes.txt", b"not a chart")
    assert inbox.tick()[0] == ["2024-03-01"], "the latest week there is, made again"
    assert inbox.tick()[0] == [], "not before that run has had its time"
    inbox.launch(["2024-03-01"], ("raw_playlist",))
    assert inbox.storage.exists(f"{REJECTED}notes.txt")
    assert inbox.tick() == ([], "The inbox is empty.")


def test_what_no_rule_recognises_is_reported_and_left_to_the_next_run(inbox: Inbox) -> None:
    inbox.storage.write(f"{INBOX}notes.txt", b"not a chart")
    weeks, reason = inbox.tick()
    assert weeks == []
    assert reason.startswith("The next run will reject notes.txt: It is not a chart file")
    assert inbox.storage.exists(f"{INBOX}notes.txt")
    drop_csv(inbox.storage, WEEKS[0])
    inbox.launch(inbox.tick()[0], ("raw_playlist",))
    assert inbox.storage.exists(f"{REJECTED}notes.txt")
    assert inbox.tick() == ([], "The inbox is empty.")


def test_a_file_that_may_still_be_written_waits_for_the_next_tick(inbox: Inbox) -> None:
    drop_csv(inbox.storage, WEEKS[0])
    inbox.ahead = timedelta(0)
    assert inbox.tick() == ([], "Files that may still be written: 1.")
    inbox.ahead = timedelta(hours=1)
    assert inbox.tick()[0] == ["2024-03-01"]


def test_files_that_a_failed_run_left_are_asked_for_again_an_hour_later_but_not_for_ever(
    inbox: Inbox,
) -> None:
    drop_csv(inbox.storage, WEEKS[0])
    keys = {inbox.requests()[0][0].run_key}
    for _ in range(5):
        inbox.ahead += timedelta(minutes=59)
        assert inbox.tick()[0] == []
        inbox.ahead += timedelta(minutes=2)
        keys.add(inbox.requests()[0][0].run_key)
    assert len(keys) == 6
    inbox.ahead += timedelta(hours=2)
    weeks, reason = inbox.tick()
    assert weeks == []
    assert "Look at the runs of 2024-03-01: their files weren't taken in." in reason


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "2024-03-01",
        "[]",
        '{"a": 1}',
        '{"2024-03-01": {}}',
        '{"asked": 1}',
        '{"asked": {"2024-03-01": {"files": "x"}}}',
    ],
)
def test_any_cursor_of_before_is_survived(inbox: Inbox, cursor: str) -> None:
    inbox.cursor = cursor
    drop_csv(inbox.storage, WEEKS[0])
    assert inbox.tick()[0] == ["2024-03-01"]


def test_a_week_that_is_no_partition_fails_no_tick(inbox: Inbox) -> None:
    drop_csv(inbox.storage, WEEKS[0] - ONE_WEEK * 1000)
    drop_csv(inbox.storage, WEEKS[0])
    assert inbox.tick()[0] == ["2024-03-01"]


def test_a_range_run_leaves_nothing_for_the_sensor(inbox: Inbox) -> None:
    for week in WEEKS[:4]:
        drop_csv(inbox.storage, week)
    inbox.definitions.resolve_job_def(WEEKLY_JOB).execute_in_process(
        instance=inbox.instance,
        asset_selection=[dg.AssetKey("raw_playlist")],
        run_config=QUIET,
        tags=tags_of(WEEKS[:4]),
    )
    assert inbox.tick() == ([], "The inbox is empty.")


def test_a_download_that_is_not_finished_is_none_of_the_sensors_business(inbox: Inbox) -> None:
    name = raw_samples.csv_name(WEEKS[0])
    inbox.storage.write(f"{INBOX}{name}.crdownload", b"rank,uri")
    assert inbox.tick() == ([], "The inbox is empty.")


def test_a_file_in_a_hidden_folder_is_left_alone_and_that_is_said(inbox: Inbox) -> None:
    name = raw_samples.csv_name(WEEKS[0])
    for path in (f".stversions/{name}", f"a/.trash/{name}", ".DS_Store", f".sync/{name}.part"):
        inbox.storage.write(INBOX + path, raw_samples.chart_csv())
    weeks, said = inbox.tick()
    assert weeks == []
    assert said.startswith(
        "Files left alone in folders whose name begins with a dot: 2, the first: .stversions/reg"
    )
    inbox.storage.move(f"{INBOX}.stversions/{name}", f"{INBOX}versions/{name}")
    assert inbox.tick()[0] == ["2024-03-01"]
