"""Publishing without Dagster: what is copied and withdrawn, and that a lost ledger changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.layout import (
    PUBLISHED,
    TABLES,
    RawName,
    published_key,
    table_key,
    week_of_table_key,
)
from spotify_assets.publishing.ledger import (
    LEDGER,
    Published,
    published,
    read_ledger,
)
from spotify_assets.publishing.publish import publish_weeks, withdraw
from spotify_assets.publishing.stored import look_at
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables.schemas import SONGS
from spotify_assets.tables.schemas import TABLES as DECLARED
from spotify_assets.tables.store import decode, write_week
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.dagster_runs import digests
from spotify_assets_tests.good_data import CHARTS, GOOD_WEEKS, LATEST, good_raw_files
from spotify_assets_tests.raw_samples import chart_csv
from spotify_assets_tests.stored_samples import store_tables

BEFORE = GOOD_WEEKS[-2]
SONG_NAMES = [f"Song {number:02}" for number in range(30)]


def publish(storage: Storage) -> Published:
    decided = publish_weeks(storage, "parquet", lambda _: None)
    withdraw(storage, decided)
    return decided


def copies(storage: Storage) -> dict[str, str]:
    """The published copies and digests of them."""
    found = digests(storage, PUBLISHED)
    return {key: digest for key, digest in found.items() if week_of_table_key(key)}


def made(storage: Storage) -> dict[str, str]:
    """The stored tables and digests of them, under the names of their copies."""
    return {
        key.replace(TABLES, PUBLISHED, 1): digest
        for key, digest in digests(storage, TABLES).items()
    }


def empty_week(storage: Storage, week: date) -> None:
    """Make a week bad: without a song."""
    write_week(storage, SONGS, "parquet", week, SONGS.schema.empty_table())


@pytest.fixture
def good(either: Storage) -> Storage:
    """A storage, a folder or S3, with some good weeks, all published."""
    store_tables(either, good_raw_files(), CHARTS)
    assert publish(either) == Published(list(GOOD_WEEKS), {})
    assert copies(either) == made(either)
    return either


@pytest.fixture
def with_older_state(good: Storage) -> Storage:
    """The same once the latest week became bad: its older state is served."""
    empty_week(good, LATEST)
    decided = publish(good)
    assert (decided.weeks, list(decided.held_back)) == (list(GOOD_WEEKS), [LATEST])
    return good


def test_publishing_again_changes_nothing(good: Storage) -> None:
    before = {file.key: file.version for file in good.files(PUBLISHED)}
    assert publish(good) == Published(list(GOOD_WEEKS), {})
    assert {file.key: file.version for file in good.files(PUBLISHED)} == before


def test_the_same_bytes_written_again_are_audited_and_not_copied(good: Storage) -> None:
    before = {file.key: file.version for file in good.files(f"{PUBLISHED}songs/")}
    stamp = read_ledger(good)[LATEST].audited
    key = table_key("songs", LATEST, "parquet")
    good.write(key, good.read(key))
    publish(good)
    assert {file.key: file.version for file in good.files(f"{PUBLISHED}songs/")} == before
    if isinstance(good, FolderStorage):  # on S3 the same bytes are the same version
        assert read_ledger(good)[LATEST].audited != stamp


def lost(storage: Storage) -> None:
    storage.delete(LEDGER)


def damaged(storage: Storage) -> None:
    storage.write(LEDGER, storage.read(LEDGER)[:-30])


def of_another_shape(storage: Storage) -> None:
    storage.write(LEDGER, b'{"2024-03-01": {"verdict": "good"}}')


def of_another_version(storage: Storage) -> None:
    content = storage.read(LEDGER).decode()
    for decision in read_ledger(storage).values():
        content = content.replace(decision.audited, "0" * 64)
    storage.write(LEDGER, content.encode())


@pytest.mark.parametrize(
    "change", [lost, damaged, of_another_shape, of_another_version], ids=lambda c: c.__name__
)
def test_without_its_ledger_everything_is_audited_again_with_the_same_result(
    with_older_state: Storage, change: Callable[[Storage], None]
) -> None:
    decided, ledger = published(with_older_state), with_older_state.read(LEDGER)
    before = copies(with_older_state)
    change(with_older_state)
    assert publish(with_older_state) == decided
    assert with_older_state.read(LEDGER) == ledger
    assert copies(with_older_state) == before


def test_what_is_mended_takes_the_older_states_place(with_older_state: Storage) -> None:
    old = copies(with_older_state)
    names = {**good_raw_files(), RawName(LATEST, "global", "chart_csv"): chart_csv(SONG_NAMES)}
    latest = {name: content for name, content in names.items() if name.week == LATEST}
    store_tables(with_older_state, latest, CHARTS)
    assert publish(with_older_state) == Published(list(GOOD_WEEKS), {})
    assert copies(with_older_state) == made(with_older_state)
    changed = {key for key, digest in copies(with_older_state).items() if old[key] != digest}
    assert published_key("songs", LATEST, "parquet") in changed
    assert all(str(LATEST) in key for key in changed)


def store_chart(storage: Storage, week: date, names: list[str]) -> None:
    """Derive a week from one chart file."""
    store_tables(storage, {RawName(week, "norway", "chart_csv"): chart_csv(names)}, CHARTS)


def test_a_week_that_comes_as_a_copy_of_the_next_is_held_back_until_either_is_mended(
    either: Storage,
) -> None:
    store_chart(either, LATEST, SONG_NAMES)
    assert publish(either) == Published([LATEST], {})
    store_chart(either, BEFORE, SONG_NAMES)
    decided = publish(either)
    assert decided.weeks == [LATEST]
    (finding,) = decided.held_back[BEFORE]
    assert finding == (
        f"songs.not_a_copy: norway is the same as in {LATEST}, rank for rank, so one of the two is "
        "under a wrong date: drop the good file of that one"
    )
    ledger = either.read(LEDGER)
    assert publish(either) == decided
    assert either.read(LEDGER) == ledger
    store_chart(either, LATEST, SONG_NAMES[1:])
    publish(either)
    assert publish(either) == Published([BEFORE, LATEST], {})


def test_a_bad_week_before_does_nothing_to_a_good_one(either: Storage) -> None:
    """Made again as a copy of the next, it is held back, and both are shown as they were."""
    store_chart(either, BEFORE, SONG_NAMES[::-1])
    store_chart(either, LATEST, SONG_NAMES)
    assert publish(either) == Published([BEFORE, LATEST], {})
    shown = copies(either)
    store_chart(either, BEFORE, SONG_NAMES)
    for _ in range(2):
        decided = publish(either)
        assert (decided.weeks, list(decided.held_back)) == ([BEFORE, LATEST], [BEFORE])
        assert copies(either) == shown


def test_both_files_dropped_at_once_mend_a_copy(either: Storage) -> None:
    store_chart(either, LATEST, SONG_NAMES)
    publish(either)
    store_chart(either, BEFORE, SONG_NAMES)
    publish(either)
    store_chart(either, BEFORE, SONG_NAMES)
    store_chart(either, LATEST, SONG_NAMES[1:])
    publish(either)
    assert publish(either) == Published([BEFORE, LATEST], {})


def test_a_week_is_held_against_eight_that_are_shown(either: Storage) -> None:
    weeks = [LATEST - ONE_WEEK * back for back in range(10, -1, -1)]
    charts = [[f"Song {week}{number:02}" for number in range(30)] for week in "abcdefghijk"]
    for week, names in zip(weeks[:-1], charts, strict=False):
        store_chart(either, week, names)
    assert publish(either) == Published(weeks[:-1], {})
    for back, passes in ((1, False), (8, False), (9, True)):
        store_chart(either, LATEST, charts[10 - back])
        assert (LATEST in publish(either).weeks) == passes


@pytest.mark.parametrize("table", DECLARED)
def test_a_copy_that_is_gone_or_cut_off_is_made_again(good: Storage, table: str) -> None:
    before, key = copies(good), published_key(table, BEFORE, "parquet")
    good.delete(key)
    assert publish(good) == Published(list(GOOD_WEEKS), {})
    assert copies(good) == before
    good.write(key, good.read(key)[:100])
    publish(good)
    assert copies(good) == before


def test_an_older_state_that_lost_a_copy_is_withdrawn_whole(with_older_state: Storage) -> None:
    with_older_state.delete(published_key("albums", LATEST, "parquet"))
    assert publish(with_older_state).weeks == list(GOOD_WEEKS[:-1])
    assert not [key for key in copies(with_older_state) if str(LATEST) in key]


def test_an_older_state_that_was_damaged_is_withdrawn_once_that_is_seen(
    with_older_state: Storage,
) -> None:
    key = published_key("songs", LATEST, "parquet")
    with_older_state.write(key, with_older_state.read(key)[:-20])
    lost(with_older_state)
    assert publish(with_older_state).weeks == list(GOOD_WEEKS[:-1])


def with_other_names(storage: Storage, key: str) -> None:
    """Change a file of songs by hand: as many rows, but with each other's names."""
    rows = pq.read_table(io.BytesIO(storage.read(key)))
    names = rows.column("song_name").to_pylist()
    place = rows.column_names.index("song_name")
    buffer = io.BytesIO()
    pq.write_table(rows.set_column(place, "song_name", pa.array(names[::-1])), buffer)
    storage.write(key, buffer.getvalue())


def test_a_copy_that_somebody_changed_is_made_again(good: Storage) -> None:
    before = copies(good)
    with_other_names(good, published_key("songs", LATEST, "parquet"))
    assert LATEST not in look_at(good, "parquet").settled_weeks(GOOD_WEEKS)
    assert publish(good) == Published(list(GOOD_WEEKS), {})
    assert copies(good) == before
    assert look_at(good, "parquet").settled_weeks(GOOD_WEEKS) == set(GOOD_WEEKS)


def test_an_older_state_that_somebody_changed_is_shown_no_more(with_older_state: Storage) -> None:
    with_other_names(with_older_state, published_key("songs", LATEST, "parquet"))
    decided = publish(with_older_state)
    assert (decided.weeks, list(decided.held_back)) == (list(GOOD_WEEKS[:-1]), [LATEST])
    assert not [key for key in copies(with_older_state) if str(LATEST) in key]


def test_a_table_that_somebody_changed_is_held_back_until_it_is_made_again(good: Storage) -> None:
    key = table_key("songs", LATEST, "parquet")
    before, was = copies(good), good.read(key)
    with_other_names(good, key)
    decided = publish(good)
    assert decided.weeks == list(GOOD_WEEKS)
    (finding,) = decided.held_back[LATEST]
    assert finding.startswith("songs.as_derived: the rows of songs aren't those that were derived")
    good.write(key, was)
    assert publish(good) == Published(list(GOOD_WEEKS), {})
    assert copies(good) == before


def test_what_is_shown_no_more_stays_until_it_is_withdrawn(with_older_state: Storage) -> None:
    """So that a run that ends between the two leaves a catalog whose files are all there."""
    old = [key for key in copies(with_older_state) if str(LATEST) in key]
    with_other_names(with_older_state, published_key("songs", LATEST, "parquet"))
    decided = publish_weeks(with_older_state, "parquet", lambda _: None)
    assert LATEST not in decided.weeks
    assert sorted(decided.withdrawn) == old
    assert set(old) < copies(with_older_state).keys()
    again = publish(with_older_state)  # as the run after one that ended there
    assert again == decided
    assert not [key for key in copies(with_older_state) if str(LATEST) in key]


def test_a_week_that_is_gone_or_lacks_a_table_is_not_new(good: Storage) -> None:
    before = copies(good)
    good.delete(table_key("albums", LATEST, "parquet"))
    decided = publish(good)
    assert decided.weeks == list(GOOD_WEEKS)
    assert "albums.schema: albums isn't stored" in decided.held_back[LATEST]
    assert copies(good) == before
    for name in DECLARED:
        good.delete(table_key(name, LATEST, "parquet"))
    assert publish(good) == Published(list(GOOD_WEEKS[:-1]), {})
    assert not [key for key in copies(good) if str(LATEST) in key]


def test_several_at_once_leave_whole_copies(storage: FolderStorage) -> None:
    store_tables(storage, good_raw_files(), CHARTS)
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: publish(storage), range(8)))
    assert results == [Published(list(GOOD_WEEKS), {})] * 8
    assert copies(storage) == made(storage)
    assert not [path for path in Path(storage.root).rglob(".*") if path.is_file()]


class Interrupted(FolderStorage):
    """A folder in which something else happens before the first file is put there."""

    meanwhile: Callable[[], object] | None = None

    def write(self, key: str, content: bytes) -> None:
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        super().write(key, content)


def test_a_week_that_another_run_publishes_meanwhile_stays(storage: FolderStorage) -> None:
    earlier = {n: content for n, content in good_raw_files().items() if n.week != LATEST}
    latest = {n: content for n, content in good_raw_files().items() if n.week == LATEST}
    store_tables(storage, earlier, CHARTS)

    def another_run() -> None:
        store_tables(storage, latest, CHARTS)
        assert publish(storage).weeks == list(GOOD_WEEKS)

    interrupted = Interrupted(storage.root)
    interrupted.meanwhile = another_run
    assert publish(interrupted) == Published(list(GOOD_WEEKS), {})
    assert copies(storage) == made(storage)
    ledger = storage.read(LEDGER)
    assert publish(storage) == Published(list(GOOD_WEEKS), {})
    assert storage.read(LEDGER) == ledger


def test_tables_that_change_while_they_are_published_are_right_the_next_time(
    storage: FolderStorage,
) -> None:
    store_tables(storage, good_raw_files(), CHARTS)
    key = table_key("songs", LATEST, "parquet")
    rows = decode(storage.read(key), SONGS, "parquet", LATEST)
    place = rows.column_names.index("label")
    for number in range(5):
        labels = pa.array([f"Label {number}"] * rows.num_rows)
        write_week(storage, SONGS, "parquet", LATEST, rows.set_column(place, "label", labels))
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: publish(storage), range(3)))
    publish(storage)
    assert copies(storage) == made(storage)


def test_a_bad_week_amid_good_ones_leaves_nothing_to_decide_again(either: Storage) -> None:
    store_tables(either, good_raw_files(), CHARTS)
    empty_week(either, BEFORE)
    decided = publish(either)
    assert (list(decided.held_back), LATEST in decided.weeks) == ([BEFORE], True)
    shown = decided.weeks
    assert look_at(either, "parquet").settled_weeks(shown) == set(GOOD_WEEKS)
    ledger = either.read(LEDGER)
    assert publish(either) == decided
    assert either.read(LEDGER) == ledger
