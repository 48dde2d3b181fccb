"""The checks of the catalog: what it shows is what was published, whatever happened to either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from spotify_assets.checks.catalog_rules import (
    column_verdict,
    count_verdicts,
    held_back_verdicts,
    week_verdicts,
    weeks_to_ask,
)
from spotify_assets.checks.stored_weeks import read_table
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.errors import UserError
from spotify_assets.layout import published_key, table_key
from spotify_assets.publishing.ledger import published
from spotify_assets.sql import VIEWS, View
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import TABLES
from spotify_assets.tables.store import write_week
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.check_examples import Example, every_example, require_example
from spotify_assets_tests.good_data import (
    CHARTS,
    GOOD_WEEKS,
    LATEST,
    Base,
    good_base,
    good_raw_files,
)
from spotify_assets_tests.stored_samples import store_tables

Judge = Callable[[Base], Verdict]
COLUMNS = sum(len(table.columns) for table in TABLES.values())
ALL_TABLES = "songs, albums, artists, song_artists"


@pytest.fixture
def good(tmp_path: Path) -> Base:
    return good_base(tmp_path / "good")


def held_back(base: Base, week: date = LATEST) -> Verdict:
    return held_back_verdicts(published(base.storage), [week])[week]


def same_weeks(base: Base, week: date = LATEST) -> Verdict:
    return week_verdicts(base.catalog, published(base.storage), [week])[week]


def row_counts(base: Base, week: date = LATEST) -> Verdict:
    return count_verdicts(base.catalog, base.storage, "parquet", published(base.storage), [week])[
        week
    ]


def column_types(base: Base) -> Verdict:
    return column_verdict(base.catalog)


def as_it_is(_: Base) -> None:
    """Nothing is done to it."""


def by_sql(*statements: str) -> Callable[[Base], None]:
    """The catalog changed by hand."""

    def change(base: Base) -> None:
        with duckdb.connect(str(base.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    return change


def with_an_empty_week(base: Base) -> None:
    write_week(
        base.storage, TABLES["songs"], "parquet", LATEST, TABLES["songs"].schema.empty_table()
    )
    base.publish()


def without_labels(base: Base) -> None:
    path = base.storage.root / table_key("songs", LATEST, "parquet")
    pq.write_table(pq.ParquetFile(path).read().drop_columns("label"), path)
    base.publish()


def after(change: Callable[[Base], None], judge: Judge) -> Callable[[], Verdict]:
    """What the check says of a good base to which this was done."""

    def verdict() -> Verdict:
        with TemporaryDirectory() as folder:
            base = good_base(Path(folder))
            change(base)
            return judge(base)

    return verdict


WITHOUT_LATEST = f"DELETE FROM published_weeks WHERE week = DATE '{LATEST}'"
FEWER_SONGS = (
    "ALTER VIEW songs RENAME TO all_songs",
    "CREATE VIEW songs AS SELECT * FROM all_songs WHERE rank > 1",
)
OTHER_TYPE = (
    "ALTER VIEW albums RENAME TO all_albums",
    "CREATE VIEW albums AS SELECT * EXCLUDE (label, total_tracks), "
    "CAST(total_tracks AS VARCHAR) AS total_tracks, 1 AS mood FROM all_albums",
)

EXAMPLES = {
    "catalog.not_held_back": Example(
        after(as_it_is, held_back),
        after(without_labels, held_back),
        (
            "songs.schema: column label is missing",
            "songs.as_derived: the rows of songs aren't those that were derived: somebody changed the "
            f"file, so materialize songs for {LATEST} again",
        ),
        expected="a week that passes the audit",
        actual="held back; an older state is shown",
    ),
    "catalog.same_weeks": Example(
        after(as_it_is, same_weeks),
        after(by_sql(WITHOUT_LATEST), same_weeks),
        tuple(f"{name} lacks the week" for name in TABLES),
        expected=ALL_TABLES,
        actual="no table",
    ),
    "catalog.row_counts": Example(
        after(as_it_is, row_counts),
        after(by_sql(*FEWER_SONGS), row_counts),
        ("the catalog counts 98 rows of songs, and the file has 100",),
        expected="songs 100, albums 80, artists 66, song_artists 103",
        actual="songs 98, albums 80, artists 66, song_artists 103",
    ),
    "catalog.column_types": Example(
        after(as_it_is, column_types),
        after(by_sql(*OTHER_TYPE), column_types),
        (
            "albums has no column label",
            "albums.mood isn't declared",
            "albums.total_tracks is VARCHAR there and declared as INTEGER",
        ),
        expected=f"{COLUMNS} columns as declared",
        actual="3 differences",
    ),
}


@every_example(EXAMPLES)
def test_each_check_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


def test_a_week_that_was_never_stored_is_said_to_be_none(good: Base) -> None:
    week = LATEST + ONE_WEEK
    assert held_back(good, week).findings == (f"{week} isn't stored in any table",)
    assert same_weeks(good, week).passed
    assert row_counts(good, week).passed


def test_a_week_held_back_from_the_first_is_in_neither(tmp_path: Path) -> None:
    base = good_base(tmp_path / "base")
    for name in TABLES:
        base.storage.delete(published_key(name, LATEST, "parquet"))
    with_an_empty_week(base)
    assert held_back(base).actual == "held back; the week isn't shown"
    assert same_weeks(base).passed
    assert row_counts(base).passed


def test_a_week_that_the_catalog_shows_and_nobody_published_is_asked_for(good: Base) -> None:
    stray = LATEST + ONE_WEEK
    by_sql(f"INSERT INTO published_weeks VALUES (DATE '{stray}', 'somewhere')")(good)
    decided = published(good.storage)
    assert weeks_to_ask(good.catalog, decided, None) == [*GOOD_WEEKS, stray]
    assert weeks_to_ask(good.catalog, decided, [LATEST, stray, stray + ONE_WEEK]) == [LATEST, stray]
    assert weeks_to_ask(good.catalog, decided, [stray + ONE_WEEK]) == [stray + ONE_WEEK]
    assert same_weeks(good, stray).findings == tuple(
        f"{name} shows the week, which isn't published" for name in TABLES
    )


def test_a_published_file_that_is_gone_or_torn_fails_the_count_and_says_so(good: Base) -> None:
    key = published_key("albums", LATEST, "parquet")
    content = good.storage.read(key)
    good.storage.write(key, content[:-20])
    (finding,) = row_counts(good).findings
    assert str(good.database) in finding
    assert "doesn't answer" in finding
    good.storage.delete(key)
    assert "doesn't answer" in row_counts(good).findings[0]
    assert row_counts(good).expected == "songs 100, albums gone, artists 66, song_artists 103"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_that_somebody_dropped_is_named(good: Base, view: View) -> None:
    by_sql(f"DROP VIEW {view.name}")(good)
    assert column_types(good).findings == (f"the view {view.name} is gone",)


def test_a_catalog_that_is_gone_says_what_to_do(good: Base) -> None:
    good.database.unlink()
    with pytest.raises(UserError, match="There is no catalog"):
        same_weeks(good)
    assert "spotify-assets update" in row_counts(good).findings[0]


def test_csv_files_are_counted_as_well(storage: FolderStorage) -> None:
    base = Base(storage, "csv")
    store_tables(storage, good_raw_files(), CHARTS, "csv")
    assert base.publish().weeks == list(GOOD_WEEKS)
    verdict = count_verdicts(base.catalog, storage, "csv", published(storage), [LATEST])[LATEST]
    assert (verdict.passed, verdict.actual) == (
        True,
        "songs 100, albums 80, artists 66, song_artists 103",
    )
    storage.write(published_key("artists", LATEST, "csv"), b"")
    assert not count_verdicts(base.catalog, storage, "csv", published(storage), [LATEST])[
        LATEST
    ].passed


def test_a_week_that_changed_since_is_counted_by_its_published_copy(good: Base) -> None:
    songs = read_table(good.storage, "parquet", LATEST, "songs")
    assert isinstance(songs, pa.Table)
    fewer = songs.filter(pc.less(songs.column("rank"), 10))
    write_week(good.storage, TABLES["songs"], "parquet", LATEST, fewer)
    assert row_counts(good).passed


def test_published_files_that_somebody_changed_fail_though_they_count_as_many_rows(
    good: Base,
) -> None:
    path = good.storage.root / published_key("songs", LATEST, "parquet")
    rows = pq.ParquetFile(path).read()
    names = rows.column("song_name").to_pylist()
    place = rows.column_names.index("song_name")
    pq.write_table(rows.set_column(place, "song_name", pa.array(names[::-1])), path)
    assert row_counts(good).findings == (
        "the published files aren't as they were published: delete those of the week and materialize "
        "catalog to have them again",
    )
    good.publish()
    assert row_counts(good).passed
    assert pq.ParquetFile(path).read().column("song_name").to_pylist() == names
