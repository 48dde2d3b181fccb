"""A bad week reaches no catalog, by any order of runs, and what was published of it before stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from spotify_assets.layout import INBOX, PUBLISHED, RawName, table_key, week_of_table_key
from spotify_assets.publishing.ledger import Published, published
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import decode, encode
from spotify_assets_tests import raw_samples
from spotify_assets_tests.dagster_runs import (
    CHART_TABLES,
    WEEKS,
    check,
    digests,
    evaluations,
    failures,
    instance_in,
)
from spotify_assets_tests.places import Place, in_a_folder

pytestmark = pytest.mark.begins_first

FIRST, BAD, LAST = WEEKS[:3]
UP_TO_TABLES = ("raw_playlist", "details", *CHART_TABLES)
SHOWN = "SELECT week, rank, song_name, streams FROM songs ORDER BY week, rank"
IN_A_VIEW = "SELECT week, rank, song FROM chart_history ORDER BY week, rank"
Runs = Callable[[Place, Path], None]


def chart_file(week: date, *, rising: bool = False, note: str = "") -> bytes:
    """A chart file with songs of its own; with `rising`, the last song has the most streams."""
    names = [f"{title}{note} {week:%b %d}" for title in raw_samples.SONGS]
    content = raw_samples.chart_csv(names)
    return content.replace(b'"999997"', b'"9999999"') if rising else content


def drop(storage: Storage, week: date, content: bytes) -> None:
    storage.write(INBOX + raw_samples.csv_name(week), content)


def run(place: Place, home: Path, weeks: Sequence[date], assets: Sequence[str] = ()) -> None:
    """A run of its own, as if in a new process."""
    with instance_in(home) as instance:
        assert failures(place.run(instance, weeks, assets)) == {}


def with_rising_streams(place: Place, week: date) -> None:
    """Damage a stored table, as nothing of ours would."""
    key = table_key("songs", week, "parquet")
    rows = decode(place.storage.read(key), TABLES["songs"], "parquet", week)
    worse = [row | {"streams": row["rank"]} for row in rows.to_pylist()]
    songs = type(rows).from_pylist(worse, schema=TABLES["songs"].schema)
    place.storage.write(key, encode(songs, TABLES["songs"], "parquet"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def three_weeks(place: Place, home: Path) -> Place:
    """A place that shows three good weeks."""
    return good(place, home)


@pytest.fixture
def in_folder(base: Path, home: Path) -> Place:
    """The same in a folder only."""
    return good(in_a_folder(base), home)


def good(place: Place, home: Path) -> Place:
    for week in WEEKS[:3]:
        drop(place.storage, week, chart_file(week))
    run(place, home, WEEKS[:3])
    assert place.published() == list(WEEKS[:3])
    return place


def full_run(place: Place, home: Path) -> None:
    run(place, home, [BAD])


def tables_then_catalog(place: Place, home: Path) -> None:
    run(place, home, [BAD], UP_TO_TABLES)
    run(place, home, [BAD], ["catalog"])


def checks_then_catalog(place: Place, home: Path) -> None:
    run(place, home, [BAD], UP_TO_TABLES)
    with instance_in(home) as instance:
        check(place.settings, instance, "songs", [BAD])
    run(place, home, [BAD], ["catalog"])


def catalog_of_another_week(place: Place, home: Path) -> None:
    run(place, home, [BAD], UP_TO_TABLES)
    run(place, home, [LAST], ["catalog"])
    run(place, home, [FIRST], ["catalog"])


def everything_of_another_week(place: Place, home: Path) -> None:
    run(place, home, [BAD], UP_TO_TABLES)
    run(place, home, [LAST])


def without_an_event_log(place: Place, home: Path) -> None:
    run(place, home, [BAD], UP_TO_TABLES)
    shutil.rmtree(home)
    run(place, home, [BAD], ["catalog"])


def a_range_and_again(place: Place, home: Path) -> None:
    run(place, home, WEEKS[:3])
    run(place, home, WEEKS[:3])


ORDERS: list[Runs] = [
    full_run,
    tables_then_catalog,
    checks_then_catalog,
    catalog_of_another_week,
    everything_of_another_week,
    without_an_event_log,
    a_range_and_again,
]


@pytest.mark.parametrize("runs", ORDERS, ids=lambda runs: runs.__name__)
def test_a_bad_week_is_held_back_by_any_order_of_runs_and_its_older_state_stays(
    in_folder: Place, home: Path, runs: Runs
) -> None:
    shown, history = in_folder.rows(SHOWN), in_folder.rows(IN_A_VIEW)
    assert len({row[0] for row in shown}) == 3
    drop(in_folder.storage, BAD, chart_file(BAD, rising=True, note=" (bad)"))
    runs(in_folder, home)
    assert in_folder.rows(SHOWN) == shown
    assert in_folder.rows(IN_A_VIEW) == history
    assert in_folder.published() == list(WEEKS[:3])


@pytest.mark.parametrize(
    "runs", [full_run, catalog_of_another_week], ids=lambda runs: runs.__name__
)
def test_a_new_week_that_is_bad_is_not_shown_by_any_order_of_runs(
    base: Path, home: Path, runs: Runs
) -> None:
    place = in_a_folder(base)
    for week in (FIRST, LAST):
        drop(place.storage, week, chart_file(week))
    run(place, home, WEEKS[:3])  # nothing is there of the bad one yet
    drop(place.storage, BAD, chart_file(BAD, rising=True))
    runs(place, home)
    assert place.published() == [FIRST, LAST]
    assert {row[0] for row in place.rows(SHOWN)} == {FIRST, LAST}
    assert place.rows("SELECT * FROM latest_chart WHERE week <> DATE '2024-03-15'") == []


def test_on_both_places_a_bad_week_waits_until_it_is_mended(three_weeks: Place, home: Path) -> None:
    place, shown = three_weeks, three_weeks.rows(SHOWN)
    copies = digests(place.storage, f"{PUBLISHED}songs/")
    drop(place.storage, BAD, chart_file(BAD, rising=True, note=" (bad)"))
    run(place, home, [BAD])
    assert place.rows(SHOWN) == shown
    answer = place.cli(home, "query", SHOWN, "--csv")
    assert answer.exit_code == 0
    assert "(bad)" not in answer.output
    assert f"Fjordlys {BAD:%b %d}" in answer.output
    drop(place.storage, BAD, chart_file(BAD, note=" (mended)"))
    run(place, home, [BAD])
    assert place.rows("SELECT DISTINCT week FROM songs WHERE song_name LIKE '%(mended)%'") == [
        (BAD,)
    ]
    now = digests(place.storage, f"{PUBLISHED}songs/")
    assert [key for key in copies if now[key] != copies[key]] == [
        f"{PUBLISHED}songs/week={BAD}/songs.parquet"
    ]


def test_on_both_places_a_damaged_table_is_held_back_by_catalog_alone(
    three_weeks: Place, home: Path
) -> None:
    shown = three_weeks.rows(SHOWN)
    with_rising_streams(three_weeks, BAD)
    run(three_weeks, home, [LAST], ["catalog"])
    assert three_weeks.rows(SHOWN) == shown
    three_weeks.storage.delete(table_key("albums", FIRST, "parquet"))
    run(three_weeks, home, [BAD], ["catalog"])
    assert three_weeks.rows(SHOWN) == shown


def test_a_bad_week_in_a_range_holds_back_only_itself_and_the_run_succeeds(
    base: Path, home: Path
) -> None:
    place = in_a_folder(base)
    for week in WEEKS[:4]:
        drop(place.storage, week, chart_file(week, rising=week == BAD))
    with instance_in(home) as instance:
        result = place.run(instance, WEEKS[:4])
        assert result.success
        failed = {
            (e.asset_key.to_user_string(), e.check_name, e.partition)
            for e in evaluations(instance, result.run_id)
            if not e.passed and e.severity == dg.AssetCheckSeverity.ERROR and e.partition
        }
    assert failed == {
        ("songs", "streams_fall_with_rank", str(BAD)),
        ("catalog", "not_held_back", str(BAD)),
    }
    assert place.published() == [week for week in WEEKS[:4] if week != BAD]


def test_on_both_places_tables_made_of_an_altered_archive_wait_for_the_good_file(
    three_weeks: Place, home: Path
) -> None:
    shown = three_weeks.ask(SHOWN)
    key = RawName(BAD, "norway", "chart_csv").archive_key
    good_file = three_weeks.storage.read(key)
    first, second = (f'"{title} {BAD:%b %d}"'.encode() for title in raw_samples.SONGS[:2])
    swapped = good_file.replace(first, b"|").replace(second, first).replace(b"|", second)
    assert swapped != good_file
    three_weeks.storage.write(key, swapped)
    run(three_weeks, home, [BAD])
    assert three_weeks.ask(SHOWN) == shown
    findings = published(three_weeks.storage).held_back[BAD]
    assert {finding.partition(":")[0] for finding in findings} == {
        f"{n}.as_derived" for n in TABLES
    }
    assert f"week={BAD}/norway.chart.csv was gone from the archive or not as it was" in findings[0]
    drop(three_weeks.storage, BAD, good_file)
    run(three_weeks, home, [BAD])
    assert published(three_weeks.storage) == Published(list(WEEKS[:3]), {})
    assert three_weeks.ask(SHOWN) == shown
    assert three_weeks.storage.read(key) == good_file


def test_a_week_that_is_gone_is_shown_no_more(in_folder: Place, home: Path) -> None:
    for name in TABLES:
        in_folder.storage.delete(table_key(name, BAD, "parquet"))
    run(in_folder, home, [LAST], ["catalog"])
    assert in_folder.published() == [FIRST, LAST]
    copies = filter(week_of_table_key, digests(in_folder.storage, PUBLISHED))
    assert not [key for key in copies if str(BAD) in key]
