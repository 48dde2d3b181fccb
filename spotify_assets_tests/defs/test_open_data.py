"""The whole way of open data: asked by runs and `update`, stored once, in the tables of every week."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_assets.checks.every import verify
from spotify_assets.checks.making import Base
from spotify_assets.definitions import build_definitions
from spotify_assets.defs.resources import open_data_resource
from spotify_assets.defs.run_tags import FOLLOW_UP
from spotify_assets.layout import CORRECTIONS, OPEN_DATA
from spotify_assets.settings import PREFIX, Settings, load_settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.stale import stale_weeks
from spotify_assets.tables.store import read_week
from spotify_assets.weeks import system_clock
from spotify_assets_tests import dagster_runs
from spotify_assets_tests.commands import cli
from spotify_assets_tests.dagster_runs import (
    WEEKS,
    drop_csv,
    failures,
    materialize,
    table_files,
    warnings_of,
)
from spotify_assets_tests.fakes.open_data_server import CONTACT, FakeOpenData, serving
from spotify_assets_tests.fakes.spotify_faults import FOREVER, at, error
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.raw_samples import spotify_id

LINKED, NAMED, UNKNOWN = "Fjordlys", "Midnight Ferry", "Quiet Street"


@pytest.fixture
def fake() -> Iterator[FakeOpenData]:
    with serving(FakeOpenData()) as fake:
        fake.clock.now = NOW
        fake.add(LINKED, ["Ida Nord"], links=[spotify_id(LINKED)])
        fake.add(NAMED, ["Ida Nord"], isrcs=["NOXXX1000001"])
        fake.wikidata = {mbid: ["folk music"] for mbid in fake.artists}
        yield fake


def base_with_weeks(folder: Path) -> FolderStorage:
    storage = FolderStorage(folder)
    for week in WEEKS[:3]:
        drop_csv(storage, week, names=[LINKED, NAMED, UNKNOWN])
    return storage


def settings_in(folder: Path, fake: FakeOpenData, contact: str = CONTACT) -> Settings:
    return load_settings(environment(fake, contact) | {f"{PREFIX}BASE": str(folder)})


def environment(fake: FakeOpenData, contact: str = CONTACT) -> dict[str, str]:
    return {
        f"{PREFIX}CONTACT": contact,
        f"{PREFIX}MUSICBRAINZ_URL": f"{fake.urls['musicbrainz']}/ws/2/",
        f"{PREFIX}WIKIDATA_URL": f"{fake.urls['wikidata']}/sparql",
        f"{PREFIX}FIRST_WEEK": str(WEEKS[0]),
    }


def run(
    settings: Settings, fake: FakeOpenData, instance: dg.DagsterInstance, *weeks: Any, **more: Any
) -> dg.ExecuteInProcessResult:
    asked = open_data_resource(fake.access(contact=settings.contact))
    return materialize(settings, instance, weeks or WEEKS[:3], open_data=asked, **more)


def of_week(storage: FolderStorage, table: str, column: str, number: int = 0) -> list[Any]:
    return read_week(storage, table, WEEKS[number])[column].to_pylist()


def test_without_the_setting_nothing_leaves_the_machine_and_nothing_is_stored(
    fake: FakeOpenData, instance: dg.DagsterInstance, base: Path
) -> None:
    storage, settings = base_with_weeks(base), settings_in(base, fake, contact="")
    result = run(settings, fake, instance)
    assert result.success, failures(result)
    assert (fake.asked, list(storage.files(OPEN_DATA))) == ([], [])
    assert of_week(storage, "songs", "match") == [None] * 3
    said = dagster_runs.materializations(instance, "details")[str(WEEKS[0])].metadata
    assert "SPOTIFY_ASSETS_CONTACT isn't set" in str(said["requested of open data"].value)


def test_the_schedule_asks_once_and_all_weeks_that_gained_are_made_again(
    fake: FakeOpenData, instance: dg.DagsterInstance, base: Path, tmp_path: Path
) -> None:
    storage = base_with_weeks(base)
    run(settings_in(base, fake, contact=""), fake, instance)
    settings = settings_in(base, fake)
    definitions = build_definitions(settings)
    schedule = definitions.resolve_schedule_def("daily_update")
    resources = definitions.resources or {}

    def due() -> list[str | None]:
        names = ("storage", "charts", "spotify", "catalog", "open_data")
        with dg.build_schedule_context(
            instance,
            scheduled_execution_time=NOW,
            resources={name: resources[name] for name in names},
            repository_def=definitions.get_repository_def(),
        ) as context:
            return [one.partition_key for one in schedule.evaluate_tick(context).run_requests or ()]

    assert due() == [str(WEEKS[2])]
    assert run(settings, fake, instance, WEEKS[2]).success
    assert stale_weeks(storage) == list(WEEKS[:2])
    asked = len(fake.asked)
    assert run(settings, fake, instance, *WEEKS[:2]).success
    assert (len(fake.asked), stale_weeks(storage), due()) == (asked, [], [])
    assert (fake.asked_twice(), fake.too_fast) == ([], 0)
    for number in range(3):
        assert of_week(storage, "songs", "match", number) == ["link", "names", None]
        assert of_week(storage, "songs", "duration_ms", number) == [183_000, 183_000, None]
        assert of_week(storage, "songs", "isrc", number) == [None, "NOXXX1000001", None]
        assert of_week(storage, "artists", "genres", number) == [["folk"]]
        assert of_week(storage, "albums", "album_source", number) == ["musicbrainz"] * 2
    assert verify(Base(storage, settings.charts, settings.thresholds)) == []
    other = tmp_path / "at once"
    base_with_weeks(other)
    assert run(settings_in(other, fake), fake, instance).success
    assert table_files(other) == table_files(base)


def test_no_week_fails_for_a_server_that_does_or_for_a_damaged_file(
    fake: FakeOpenData, instance: dg.DagsterInstance, base: Path
) -> None:
    storage, settings = base_with_weeks(base), settings_in(base, fake)
    fake.drop_connections = True
    result = run(settings, fake, instance)
    assert result.success, failures(result)
    assert any("dropped 3 connections" in said for said in warnings_of(instance, result.run_id))
    fake.drop_connections = False
    storage.write(CORRECTIONS, b"nonsense\n")
    storage.write(f"{OPEN_DATA}no-weeks.0123456789abcdef.jsonl", b"{")
    result = run(settings, fake, instance)
    assert result.success, failures(result)
    said = " ".join(warnings_of(instance, result.run_id))
    assert "Open data wasn't asked: raw/details/corrections.csv, line 1" in said
    assert "Delete the file" in said


def test_update_says_why_it_stopped_asking(fake: FakeOpenData, base: Path) -> None:
    base_with_weeks(base)
    fake.faults.append(at("/ws/2/", error(403), times=FOREVER))
    ended = cli(base, "update", **environment(fake))
    assert ended.exit_code == 0
    assert (
        "Note: stopped looking up songs, artists and albums: MusicBrainz refuses requests of this "
        "program (403). Check that SPOTIFY_ASSETS_CONTACT is a mail address or page of yours at which "
        "it can reach you. 3 songs wait."
    ) in ended.stderr


def test_update_names_corrections_that_cannot_be_read_though_no_week_is_stale(
    fake: FakeOpenData, base: Path
) -> None:
    base_with_weeks(base)
    cli(base, "update", **environment(fake, contact=""))
    FolderStorage(base).write(CORRECTIONS, b"nonsense\n")
    ended = cli(base, "update", **environment(fake))
    assert ended.stdout.startswith("Nothing to do")
    assert f"Note: open data isn't asked: {CORRECTIONS}, line 1: 'nonsense' is no" in ended.stderr


def test_a_run_that_follows_another_asks_nothing(
    fake: FakeOpenData, instance: dg.DagsterInstance, base: Path
) -> None:
    base_with_weeks(base)
    settings = settings_in(base, fake)
    asked = open_data_resource(fake.access(contact=settings.contact))
    definitions = build_definitions(settings, resource_overrides={"open_data": asked})
    job = definitions.resolve_job_def("weekly_charts")
    tags = dagster_runs.tags_of(WEEKS[:3]) | {FOLLOW_UP: "true"}
    assert job.execute_in_process(
        instance=instance, run_config=dagster_runs.QUIET, tags=tags
    ).success
    assert fake.asked == []


@pytest.mark.slow  # at the real pace
def test_update_asks_for_all_weeks_and_makes_all_of_them_again(
    fake: FakeOpenData, base: Path
) -> None:
    storage = base_with_weeks(base)
    fake.clock = system_clock  # type: ignore[assignment]
    assert cli(base, "update", **environment(fake, contact="")).exit_code == 0
    ended = cli(base, "update", **environment(fake))
    assert ended.exit_code == 0
    assert "made 3 weeks in 2 runs" in ended.stdout
    assert [of_week(storage, "songs", "match", n) for n in range(3)] == [
        ["link", "names", None]
    ] * 3
    assert "Nothing to do" in cli(base, "update", **environment(fake)).stdout
    storage.write(CORRECTIONS, f"{spotify_id(NAMED)},none\n".encode())
    assert "made 3 weeks in 1 run" in cli(base, "update", **environment(fake)).stdout
    assert of_week(storage, "songs", "match") == ["link", None, None]
    assert cli(base, "verify").exit_code == 0
