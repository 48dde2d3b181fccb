"""The sensor on the inbox, in a folder and on S3: put files there, evaluate it, take the files in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import dagster as dg
import pytest

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.definitions import WEEKLY_JOB, build_definitions
from spotify_assets.defs import Shared, weekly_partitions
from spotify_assets.defs.inbox_sensor import NEW_RAW_FILES, build_inbox_sensor
from spotify_assets.defs.resources import ChartsResource
from spotify_assets.defs.run_tags import (
    MOST_RANGES,
    OTHER_WEEKS,
    RANGE_END,
    RANGE_START,
    run_tags,
)
from spotify_assets.layout import INBOX, REJECTED
from spotify_assets.raw import inbox as inbox_module
from spotify_assets.raw.archive import archived_files
from spotify_assets.raw.inbox import InboxRules, Recognised, scan_inbox
from spotify_assets.raw.rejected import reject
from spotify_assets.raw.taking_in import take_all_in
from spotify_assets.settings import FIRST_DOWNLOADABLE_WEEK, Settings
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week
from spotify_assets_tests.dagster_runs import (
    QUIET,
    WEEKS,
    as_resource,
    drop_csv,
    drop_playlist,
)
from spotify_assets_tests.merged_files import zipped
from spotify_assets_tests.raw_samples import chart_csv, csv_name

FIRST, SECOND, THIRD = (week.isoformat() for week in WEEKS[:3])
EMPTY = ([], "The inbox is empty.")


class Inbox:
    """An inbox, the sensor that watches it, and a clock that is an hour ahead: files have settled."""

    def __init__(self, storage: Storage, instance: dg.DagsterInstance) -> None:
        self.storage, self.instance = storage, instance
        self.ahead = timedelta(hours=1)
        charts = read_charts(shipped_charts_file())
        self.rules = InboxRules(
            charts, FIRST_DOWNLOADABLE_WEEK, lambda: datetime.now(tz=UTC) + self.ahead
        )
        shared = Shared(weekly_partitions(WEEKS[0] - ONE_WEEK * 300))
        self.sensor = build_inbox_sensor("job", shared, lambda: self.rules.clock())
        self.charts = ChartsResource(
            charts_file=str(shipped_charts_file()), first_week=str(FIRST_DOWNLOADABLE_WEEK)
        )
        self.cursor: str | None = None

    def requests(self) -> tuple[Sequence[dg.RunRequest], str]:
        """Return the runs that a tick requests, or why it requests none."""
        with dg.build_sensor_context(
            self.instance,
            cursor=self.cursor,
            resources={"storage": as_resource("storage", self.storage), "charts": self.charts},
        ) as context:
            result = self.sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        reason = result.skip_reason.skip_message if result.skip_reason else None
        return result.run_requests or [], reason or ""

    def tick(self) -> tuple[list[str], str]:
        """Return the same, each run in words: a week, or a range of them."""
        requests, reason = self.requests()
        return [weeks_of(request) for request in requests], reason

    def run(self, week: date) -> None:
        """Do to the inbox what a run of the week does."""
        for found in list(scan_inbox(self.storage, self.rules, [week])):
            if isinstance(found, Recognised):
                take_all_in(self.storage, [found])
            else:
                reject(self.storage, found)


def weeks_of(request: dg.RunRequest) -> str:
    """Return the weeks of a request, as ranges: first those that Dagster has no tags for."""
    tags = request.tags
    start, end = tags.get(RANGE_START, request.partition_key), tags.get(RANGE_END)
    return " ".join(filter(None, [tags.get(OTHER_WEEKS), f"{start}..{end}" if end else start]))


@pytest.fixture
def inbox(storage: Storage) -> Iterator[Inbox]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Inbox(storage, instance)


@pytest.fixture
def either_inbox(either: Storage) -> Iterator[Inbox]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Inbox(either, instance)


def test_runs_that_are_requested_make_their_weeks(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    definitions = build_definitions(settings, clock=lambda: datetime.now(UTC) + timedelta(hours=1))
    for week in (WEEKS[0], WEEKS[2], WEEKS[3]):
        drop_csv(storage, week)
    with dg.build_sensor_context(
        instance,
        resources={name: (definitions.resources or {})[name] for name in ("storage", "charts")},
        repository_def=definitions.get_repository_def(),
        sensor_name=NEW_RAW_FILES,
    ) as context:
        tick = definitions.resolve_sensor_def(NEW_RAW_FILES).evaluate_tick(context)
    requests = tick.run_requests or []
    assert [weeks_of(request) for request in requests] == [f"{FIRST} {THIRD}..2024-03-22"]
    for request in requests:
        assert definitions.resolve_job_def(WEEKLY_JOB).execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey("raw_playlist")],
            run_config=QUIET,
            tags=request.tags,
        )
    key, partitions = dg.AssetKey("raw_playlist"), weekly_partitions(WEEKS[0])
    assert instance.get_materialized_partitions(key) == {FIRST, THIRD, "2024-03-22"}
    assert list(storage.files(INBOX)) == []
    job = definitions.resolve_job_def(WEEKLY_JOB)
    tags = run_tags([WEEKS[1], WEEKS[5]])  # of which there are no files
    failed = job.execute_in_process(
        instance=instance, run_config=QUIET, tags=tags, raise_on_error=False
    )
    assert not failed.success
    keys = [week.isoformat() for week in WEEKS[:6]]
    status = instance.get_status_by_partition(key, keys, partitions) or {}
    shown = [one and one.value for one in map(status.get, keys)]
    made, never = "MATERIALIZED", None
    assert shown == [made, never, made, made, never, "FAILED"]


def test_a_package_gets_runs_of_the_weeks_in_it(inbox: Inbox) -> None:
    files = {csv_name(week): chart_csv() for week in (WEEKS[0], WEEKS[2])}
    inbox.storage.write(f"{INBOX}charts.zip", zipped(files))
    assert inbox.tick() == ([f"{FIRST} {THIRD}"], "")
    for week in (WEEKS[0], WEEKS[2]):
        inbox.run(week)
    assert [name.week for name, _ in archived_files(inbox.storage, None)] == [WEEKS[0], WEEKS[2]]
    assert inbox.tick() == EMPTY


def test_a_run_is_requested_once(either_inbox: Inbox) -> None:
    inbox = either_inbox
    assert inbox.tick() == EMPTY
    drop_csv(inbox.storage, WEEKS[0])
    assert inbox.tick()[0] == [FIRST]
    requested = "Runs are already requested for all weeks with files, 2024-03-01 to 2024-03-01."
    assert inbox.tick() == ([], requested)
    inbox.run(WEEKS[0])
    assert inbox.tick() == EMPTY
    assert inbox.cursor == "{}"


def test_the_same_file_again_and_a_changed_one_are_new_runs(inbox: Inbox) -> None:
    keys = []
    for names, is_taken_in in ((["One"], True), (["One"], False), (["One", "Two"], True)):
        drop_csv(inbox.storage, WEEKS[0], names=names)
        ((request,), _) = inbox.requests()
        keys.append(request.run_key)
        if is_taken_in:
            inbox.run(WEEKS[0])
    assert len(set(keys)) == 3


def test_all_weeks_that_wait_are_one_run_and_a_later_file_is_a_run_of_its_own(inbox: Inbox) -> None:
    for week in WEEKS[:3]:
        drop_csv(inbox.storage, week)
        drop_csv(inbox.storage, week, country="global")
        drop_playlist(inbox.storage, week)
    drop_csv(inbox.storage, WEEKS[4])
    assert inbox.tick()[0] == [f"{FIRST}..{THIRD} 2024-03-29"]
    drop_csv(inbox.storage, WEEKS[1], names=["Newer"])
    assert inbox.tick()[0] == [SECOND]
    inbox.run(WEEKS[0])
    assert inbox.tick()[0] == [], "what is left of the range is under way"


def test_250_files_of_weeks_with_gaps_are_requested_in_few_runs_and_none_is_forgotten(
    inbox: Inbox,
) -> None:
    every = [WEEKS[0] - ONE_WEEK * 2 * back for back in range(125)][::-1]
    for week in every:
        for country in ("no", "global"):
            drop_csv(inbox.storage, week, country=country)
    runs, _ = inbox.tick()
    assert [len(weeks.split()) for weeks in runs] == [MOST_RANGES, 45]
    assert " ".join(runs).split() == [week.isoformat() for week in every]
    assert inbox.tick()[0] == []
    assert len(inbox.cursor or "") < 70 * len(every)


def test_files_whose_names_do_not_state_their_week_are_read_some_at_a_time(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "READ_PER_LOOK", 3)
    for number in range(4):
        inbox.storage.write(f"{INBOX}{number}.txt", b"nothing")
    drop_playlist(inbox.storage, WEEKS[0], name="zz.json")
    weeks, _ = inbox.tick()
    assert "Files left for a later look: 2." in inbox.tick()[1]
    inbox.run(date.fromisoformat(weeks[0]))
    assert inbox.tick()[0] == [FIRST], "what can't be read keeps no other file waiting"


def test_a_file_that_cannot_be_read_is_named_and_gets_no_run_that_rejects_it(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(key: str) -> bytes:
        raise PermissionError(13, "Denied", key)

    inbox.storage.write(f"{INBOX}notes.txt", b"not a chart")
    monkeypatch.setattr(inbox.storage, "read", refuse)
    runs, reason = inbox.tick()
    assert runs == []
    assert reason.startswith(f"{INBOX}notes.txt: It can't be read: Denied. It stays in the inbox")


@pytest.mark.parametrize("made", [[], [WEEKS[0], WEEKS[1]]], ids=["new base", "two weeks made"])
def test_files_that_no_run_takes_in_get_a_run_that_rejects_them(
    made: list[date], inbox: Inbox
) -> None:
    for week in made:
        key = dg.AssetKey("raw_playlist")
        materialization = dg.AssetMaterialization(key, partition=week.isoformat())
        inbox.instance.report_runless_asset_event(materialization)
    keys = []
    for _ in range(2):
        inbox.storage.write(f"{INBOX}notes\u202e.txt", b"not a chart")
        ((request,), _) = inbox.requests()
        keys.append(request.run_key)
        latest = latest_closed_week(inbox.rules.clock()).isoformat()
        assert request.partition_key == (SECOND if made else latest)
        nothing, reason = inbox.tick()
        assert nothing == [], "not before that run has had its time"
        assert reason.startswith("The next run will reject notes .txt: It is not a chart file")
        inbox.run(WEEKS[0])
        assert inbox.tick() == EMPTY
    assert len(set(keys)) == 2
    assert len(list(inbox.storage.files(REJECTED))) == 4


def test_a_file_that_may_still_be_being_written_waits_for_the_next_tick(
    either_inbox: Inbox,
) -> None:
    drop_csv(either_inbox.storage, WEEKS[0])
    either_inbox.ahead = timedelta(0)
    assert either_inbox.tick() == ([], "Files that may still be being written: 1.")
    either_inbox.ahead = timedelta(hours=1)
    assert either_inbox.tick()[0] == [FIRST]


@pytest.mark.parametrize("is_chart", [True, False])
def test_files_that_still_wait_get_a_run_every_day(is_chart: bool, inbox: Inbox) -> None:
    inbox.storage.write(INBOX + (csv_name(WEEKS[0]) if is_chart else "x.csv"), chart_csv())
    noon = datetime.combine(datetime.now(UTC) + timedelta(days=1), time(12), UTC)
    inbox.rules = replace(inbox.rules, clock=lambda: noon + inbox.ahead)
    keys = []
    for hours in range(0, 72, 6):
        inbox.ahead = timedelta(hours=hours)
        keys += [request.run_key for request in inbox.requests()[0]]
    assert len(keys) == len(set(keys)) == 4  # the first, and after each midnight


def test_a_lost_cursor_or_one_of_another_version_requests_runs_that_dagster_knows_by_their_keys(
    inbox: Inbox,
) -> None:
    drop_csv(inbox.storage, WEEKS[0])
    inbox.storage.write(f"{INBOX}notes.txt", b"not a chart")  # which that run rejects as well
    keys = set()
    for cursor in (None, FIRST, "[]", '{"a": 1}', '{"2024-03-01": {}}', '{"asked": {}}'):
        inbox.cursor = cursor
        ((request,), _) = inbox.requests()
        keys.add((request.partition_key, request.run_key))
        assert inbox.tick()[0] == []
    ((week, _),) = keys
    assert week == FIRST


def test_a_week_that_is_no_partition_fails_no_tick(inbox: Inbox) -> None:
    drop_csv(inbox.storage, WEEKS[0] - ONE_WEEK * 310)
    drop_csv(inbox.storage, WEEKS[0])
    assert inbox.tick()[0] == [FIRST]


def test_only_the_inbox_is_listed(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    files = FolderStorage.files
    monkeypatch.setattr(
        FolderStorage, "files", lambda *a, **k: listed.append(a[1]) or files(*a, **k)
    )
    drop_csv(inbox.storage, WEEKS[0])
    inbox.storage.write(f"{INBOX}notes.txt", b"not a chart")
    inbox.tick()
    assert listed == [INBOX]


def test_what_is_left_alone_is_none_of_the_sensors_business(inbox: Inbox) -> None:
    name = csv_name(WEEKS[0])
    for path in (f"{name}.crdownload", f".stversions/{name}", f"a/.trash/{name}", ".DS_Store"):
        inbox.storage.write(INBOX + path, chart_csv())
    assert inbox.tick() == EMPTY
    inbox.storage.move(f"{INBOX}.stversions/{name}", f"{INBOX}versions/{name}")
    assert inbox.tick()[0] == [FIRST]
