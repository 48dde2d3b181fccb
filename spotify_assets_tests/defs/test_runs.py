"""One run over a range of weeks, in a folder and on S3, looked at from all sides.

What few weeks show as well as many is tested here; two years at once are in `test_two_years`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

import dagster as dg
import pytest

from spotify_assets.layout import (
    HELD_BACK,
    IDENTITIES,
    INBOX,
    REJECTED,
    TABLE_FILES,
    RawName,
    table_key,
)
from spotify_assets.settings import Settings
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import CHECK_RESULTS, COLUMNS_KEY, TABLES
from spotify_assets.tables.stale import stale_weeks
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    CHECKS_OF,
    REPORTS,
    WEEKLY_ASSETS,
    WEEKLY_CHECKS,
    WEEKS,
    check,
    digests,
    drop_csv,
    drop_playlist,
    evaluations,
    failures,
    instance_in,
    materializations,
    materialize,
    warnings_of,
)
from spotify_assets_tests.places import PLACES, Place, in_a_folder, on_s3

# The first has everything; the second has a copy of the first's global chart; the third was missed.
FULL, COPIED, MISSED, LAST = RANGE = WEEKS[:4]
MADE = (FULL, COPIED, LAST)
GLOBAL = [f"Song {number:02}" for number in range(30)]


@dataclass(frozen=True)
class Ran:
    """A place, the instance, and the run over its four weeks."""

    place: Place
    instance: dg.DagsterInstance
    run: dg.ExecuteInProcessResult


def drop_four_weeks(place: Place) -> None:
    """Put into the inbox what the weeks are made of."""
    storage = place.storage
    drop_csv(storage, FULL)
    drop_playlist(storage, FULL)
    for week in (FULL, COPIED):
        drop_csv(storage, week, country="global", names=GLOBAL)
    drop_csv(storage, COPIED, names=["Fjordlys", "Another", "Third"])
    drop_csv(storage, LAST, names=["Last"])
    storage.write(INBOX + raw_samples.csv_name(LAST, "global"), b"<html>Log in</html>")


@pytest.fixture(scope="module", params=PLACES)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("four weeks")
    with ExitStack() as stack:
        place = (
            in_a_folder(folder / "base")
            if request.param == "folder"
            else stack.enter_context(on_s3(request.getfixturevalue("s3_endpoint"), folder))
        )
        drop_four_weeks(place)
        instance = stack.enter_context(instance_in(folder / "home"))
        yield Ran(place, instance, place.run(instance, RANGE))


def test_every_week_of_every_asset_is_materialized_with_its_row_count(ran: Ran) -> None:
    assert failures(ran.run) == {}
    for asset, counts in (
        ("songs", {FULL: 33, COPIED: 3, LAST: 1}),
        ("raw_playlist", {FULL: 36, COPIED: 33, MISSED: 0, LAST: 1}),
    ):
        made, label = materializations(ran.instance, asset), "dagster/partition_row_count"
        rows = {week: m.metadata[label].value for week, m in made.items() if label in m.metadata}
        assert rows == {str(week): count for week, count in counts.items()}
    for asset in WEEKLY_ASSETS:
        assert set(materializations(ran.instance, asset)) == set(map(str, RANGE))
    for asset in REPORTS:
        assert set(materializations(ran.instance, asset)) == {None}


def test_a_weeks_materialization_names_its_file_and_previews_its_rows(ran: Ran) -> None:
    made = materializations(ran.instance, "songs")[str(LAST)].metadata
    key = f"{TABLE_FILES}songs/week={LAST}/songs.parquet"
    assert made["file"].value == ran.place.storage.location(key)
    assert str(made["preview"].value).splitlines() == [
        "| chart | rank | song_name | artist_names |",
        "| --- | --- | --- | --- |",
        "| norway | 1 | Last | Ida Nord |",
    ]
    place = materializations(ran.instance, "songs")[str(COPIED)].metadata["as received, held back"]
    assert place.value == ran.place.storage.location(f"{HELD_BACK}week={COPIED}/")


def test_stored_is_what_passed_and_verdicts_of_every_week(ran: Ran) -> None:
    files = [file.key for file in ran.place.storage.files(TABLE_FILES)]
    tables = {
        f"{TABLE_FILES}{name}/week={week}/{name}.parquet"
        for name in (*CHART_TABLES, CHECK_RESULTS.name)
        for week in MADE
    }
    assert set(files) == {*tables, COLUMNS_KEY, IDENTITIES}
    charts = ran.place.rows(
        "SELECT week, chart, count(*) FROM songs GROUP BY week, chart ORDER BY week, chart"
    )
    assert charts == [
        (FULL, "global", 30),
        (FULL, "norway", 3),
        (COPIED, "norway", 3),
        (LAST, "norway", 1),
    ]
    held_back = {file.key.split("/")[1] for file in ran.place.storage.files(HELD_BACK)}
    assert held_back == {f"week={COPIED}"}


def test_a_rejected_file_stops_no_other_and_what_went_wrong_is_warned_of_once(ran: Ran) -> None:
    rejected = REJECTED + raw_samples.csv_name(LAST, "global")
    assert "web page" in ran.place.storage.read(f"{rejected}.reason.txt").decode()
    assert list(ran.place.storage.files(INBOX)) == []
    warned = warnings_of(ran.instance, ran.run.run_id)
    assert sum(f"no raw files for {MISSED}," in said for said in warned) == 1
    assert sum("Rejected raw/rejected/" in said for said in warned) == 1
    assert sum(f"global of {COPIED} is held back" in said for said in warned) == 1
    assert len(warned) == 3


def test_every_check_has_a_result_for_each_week_and_one_for_the_range(ran: Ran) -> None:
    found = evaluations(ran.instance, ran.run.run_id)
    for checked in WEEKLY_CHECKS:
        mine = [
            e
            for e in found
            if (e.asset_key.path[-1], e.check_name) == tuple(checked.title.split("."))
        ]
        weeks = {e.partition for e in mine}
        assert {None, *map(str, MADE)} <= weeks, checked.title
        assert len(mine) == len(weeks)
        made = materializations(ran.instance, checked.asset)
        assert set(made) >= weeks - {None}
        assert all(e.target_materialization_data for e in mine if e.partition), checked.title
        assert {e.severity.value for e in mine} == {checked.severity}


def test_the_check_that_failed_says_in_which_week_what_and_which_rows(ran: Ran) -> None:
    found = [e for e in evaluations(ran.instance, ran.run.run_id) if e.check_name == "not_a_copy"]
    by_week = {e.partition: e for e in found}
    assert [week for week, e in by_week.items() if week and not e.passed] == [str(COPIED)]
    of_week, of_range = by_week[str(COPIED)], by_week[None]
    said = str(of_week.description)
    assert str(FULL) in said
    assert of_week.metadata["actual"].value == said
    assert of_week.metadata["findings"].value == [said]
    assert not of_range.passed
    assert str(of_range.description).startswith(f"1 of 3 weeks fail: {COPIED}; first: {said}")
    assert of_range.metadata["findings"].value == [f"{COPIED}: {said}"]


def test_weeks_made_one_by_one_in_another_order_are_the_same_bytes(
    ran: Ran, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if ran.place.world:
        pytest.skip("the same on both, and slower there")
    storage, before = ran.place.storage, digests(ran.place.storage, TABLE_FILES)
    with instance_in(tmp_path_factory.mktemp("another") / "home") as instance:
        for week in (LAST, COPIED):
            for key in [key for key in before if f"week={week}" in key]:
                storage.delete(key)
            made = ran.place.run(instance, [week], (*CHART_TABLES, CHECK_RESULTS.name))
            assert failures(made) == {}
    assert digests(storage, TABLE_FILES) == before


@pytest.mark.parametrize("weeks", [(), (COPIED,)], ids=["all weeks", "one week"])
def test_checks_alone_check_what_is_stored_or_held_back(ran: Ran, weeks: tuple[date, ...]) -> None:
    if ran.place.world:
        pytest.skip("the same on both")
    result = check(ran.place.settings, ran.instance, "songs", weeks)
    found = result.get_asset_check_evaluations()
    failed = Counter(e.check_name for e in found if not e.passed)
    assert failed["not_a_copy"] == (1 if weeks else 2)  # the week, and all of them


@pytest.mark.parametrize("asset", ["raw_playlist", "catalog"])
def test_checks_of_the_base_and_the_catalog_run_without_weeks_too(ran: Ran, asset: str) -> None:
    if ran.place.world:
        pytest.skip("the same on both")
    result = check(ran.place.settings, ran.instance, asset, ())
    assert failures(result) == {}
    found = {e.check_name for e in result.get_asset_check_evaluations()}
    assert found == CHECKS_OF[asset]


def test_a_raw_file_that_another_run_archives_meanwhile_leaves_its_week_stale(
    settings: Settings, storage: FolderStorage, instance: dg.DagsterInstance
) -> None:
    late = RawName(FULL, "global", "chart_csv").archive_key

    class Busy(FolderStorage):
        def write(self, key: str, content: bytes) -> str:
            if key == table_key("songs", FULL):
                super().write(late, raw_samples.chart_csv(GLOBAL))
            return super().write(key, content)

    for week in (FULL, COPIED):
        drop_csv(storage, week)
    assets, busy = ("raw_playlist", "details", *TABLES), Busy(storage.root)
    ran = materialize(settings, instance, [FULL, COPIED], assets, storage=busy)
    assert ran.success
    assert stale_weeks(storage) == [FULL]
    (said,) = [one for one in warnings_of(instance, ran.run_id) if "came in during the run" in one]
    assert said.startswith(f"{FULL}: ")
