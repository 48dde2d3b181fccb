"""Tables through their IO manager: what is put comes back, a file per week, in a folder and on S3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any, get_args

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from spotify_assets.defs.partitions import weekly_partitions

from spotify_assets.defs.io_managers import WeeklyFrames, WeeklyTableIOManager
from spotify_assets.defs.run_tags import RANGE_END, RANGE_START
from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.layout import table_key
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.schemas import TEXT, WEEK, Column, Table
from spotify_assets.tables.store import split_by_week
from spotify_assets_tests.dagster_runs import QUIET, WEEKS

# Single-run backfills are beta; the project relies on them, see definitions.RELIED_ON.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

ENTRIES = Table(
    "entries",
    "What charted.",
    (
        WEEK,
        Column("rank", pa.int32(), "Place"),
        Column("name", TEXT, "Title", nullable=True),
        Column("genres", pa.list_(TEXT), "Genres", nullable=True),
    ),
    key=("week", "rank"),
    order=("rank",),
)
FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)
PARTITIONS = weekly_partitions(WEEKS[0])
Tables = WeeklyTableIOManager


@pytest.fixture(params=FORMATS)
def tables(request: pytest.FixtureRequest, either: Storage) -> Tables:
    return WeeklyTableIOManager(either, request.param, {"entries": ENTRIES})


def frame(*weeks: date, songs: int = 2) -> pa.Table:
    rows = [
        {"week": week, "rank": rank, "name": name, "genres": genres}
        for week in weeks
        for rank, (name, genres) in enumerate(
            [(f"Snø, «{week}»", ["pop", 'norsk "hip hop"']), ("", []), (None, None)][:songs], 1
        )
    ]
    return pa.Table.from_pylist(rows, schema=ENTRIES.schema)


def put(tables: Tables, value: Any, *weeks: date) -> dg.ExecuteInProcessResult:
    """Materialize an asset that gives this value, for the weeks from the first to the last."""

    @dg.asset(partitions_def=PARTITIONS, backfill_policy=dg.BackfillPolicy.single_run())
    def entries() -> Any:
        return value

    return run([entries], tables, *weeks)


def run(assets: list[Any], tables: Tables, *weeks: date) -> dg.ExecuteInProcessResult:
    tags = {RANGE_START: weeks[0].isoformat(), RANGE_END: weeks[-1].isoformat()}
    return dg.materialize(
        assets,
        resources={"io_manager": tables},
        selection=[assets[-1]],
        run_config=QUIET,
        **({"partition_key": weeks[0].isoformat()} if len(weeks) == 1 else {"tags": tags}),
    )


def taken(tables: Tables, annotation: type, *weeks: date) -> Any:
    """What an asset downstream gets, whose input is annotated so."""
    got = []

    def downstream(entries: Any) -> None:
        got.append(entries)

    downstream.__annotations__["entries"] = annotation
    asset = dg.asset(
        partitions_def=PARTITIONS, backfill_policy=dg.BackfillPolicy.single_run(), name="after"
    )(downstream)
    spec = dg.AssetSpec("entries", partitions_def=PARTITIONS)
    run([spec, asset], tables, *weeks)
    return got[0]


def told(rows: pa.Table) -> Any:
    """What must come back: names, types and values. Null or not isn't a CSV file's to say."""
    return [(field.name, field.type) for field in rows.schema], rows.to_pylist()


def key(tables: Tables, week: date) -> str:
    return table_key("entries", week, tables.table_format)


def stored(tables: Tables, week: date) -> bytes:
    return tables.storage.read(key(tables, week))


def as_arrow(rows: pa.Table) -> Any:
    return rows


def as_pandas(rows: pa.Table) -> Any:
    return rows.to_pandas()


def as_one_frame(rows: pa.Table) -> Any:
    return WeeklyFrames([week for week, _ in split_by_week(rows)], [rows])


def as_a_frame_per_week(rows: pa.Table) -> Any:
    parts = list(split_by_week(rows))
    return WeeklyFrames([week for week, _ in parts], (part for _, part in parts))


@pytest.mark.parametrize("given", [as_arrow, as_pandas, as_one_frame, as_a_frame_per_week])
@pytest.mark.parametrize("weeks", [WEEKS[:1], WEEKS[:3]], ids=["one week", "three weeks"])
def test_what_is_put_comes_back_as_it_was(
    tables: Tables, given: Callable[[pa.Table], Any], weeks: tuple[date, ...]
) -> None:
    rows = frame(*weeks, songs=3)
    put(tables, given(rows), *weeks)
    assert told(taken(tables, pa.Table, *weeks)) == told(rows)


@pytest.mark.parametrize("weeks", [WEEKS[:1], WEEKS[:3]], ids=["one week", "three weeks"])
def test_an_input_annotated_as_pandas_is_a_pandas_frame(
    tables: Tables, weeks: tuple[date, ...]
) -> None:
    put(tables, frame(*weeks), *weeks)
    loaded = taken(tables, pd.DataFrame, *weeks)
    assert isinstance(loaded, pd.DataFrame)
    assert list(loaded["week"]) == [week for week in weeks for _ in range(2)]
    assert list(loaded["rank"]) == [1, 2] * len(weeks)


def test_each_week_is_a_file_that_holds_every_column_but_the_week(tables: Tables) -> None:
    put(tables, frame(*WEEKS[:3]), *WEEKS[:3])
    assert [f.key for f in tables.storage.files(TABLE_FILES)] == [key(tables, w) for w in WEEKS[:3]]
    for week in WEEKS[:3]:
        file = BytesIO(stored(tables, week))
        rows = pq.read_table(file) if tables.table_format == "parquet" else pa_csv.read_csv(file)
        assert rows.column_names == ["rank", "name", "genres"]
        assert rows.num_rows == 2


def test_putting_a_week_again_replaces_its_rows_and_leaves_other_weeks_alone(
    tables: Tables,
) -> None:
    put(tables, frame(*WEEKS[:3], songs=3), *WEEKS[:3])
    untouched = stored(tables, WEEKS[0])
    put(tables, frame(WEEKS[1], songs=1), WEEKS[1])
    assert told(taken(tables, pa.Table, WEEKS[1])) == told(frame(WEEKS[1], songs=1))
    assert stored(tables, WEEKS[0]) == untouched


def test_the_same_rows_give_the_same_bytes(tables: Tables) -> None:
    put(tables, frame(*WEEKS[:2]), *WEEKS[:2])
    first = stored(tables, WEEKS[1])
    put(tables, frame(WEEKS[1]).to_pandas(), WEEKS[1])
    assert stored(tables, WEEKS[1]) == first


def test_the_file_of_the_other_format_goes(either: Storage) -> None:
    for table_format in (*FORMATS, *FORMATS):
        tables = WeeklyTableIOManager(either, table_format, {"entries": ENTRIES})
        put(tables, frame(WEEKS[0]), WEEKS[0])
        assert [file.key for file in either.files(TABLE_FILES)] == [key(tables, WEEKS[0])]


def test_a_week_without_rows_gives_a_file_without_rows(tables: Tables) -> None:
    put(tables, frame(WEEKS[0], WEEKS[2]), *WEEKS[:3])
    assert told(taken(tables, pa.Table, WEEKS[1])) == told(ENTRIES.schema.empty_table())
    assert told(taken(tables, pa.Table, *WEEKS[:3])) == told(frame(WEEKS[0], WEEKS[2]))


def test_of_weekly_frames_only_the_weeks_they_name_get_a_file(tables: Tables) -> None:
    put(tables, WeeklyFrames(WEEKS[:2], [frame(WEEKS[0])]), *WEEKS[:3])
    assert [tables.storage.exists(key(tables, week)) for week in WEEKS[:3]] == [True, True, False]
    assert told(taken(tables, pa.Table, *WEEKS[:2])) == told(frame(WEEKS[0]))


def week_as_text(rows: pa.Table) -> pa.Table:
    return rows.set_column(0, "week", rows.column("week").cast(pa.string()))


def without_a_week(rows: pa.Table) -> pa.Table:
    nothing = pa.nulls(rows.num_rows, pa.date32())
    return rows.set_column(0, "week", nothing)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (frame(WEEKS[2]), "entries has rows of 2024-03-15, which this run isn't about"),
        (frame(WEEKS[2]).to_pandas(), "rows of 2024-03-15, which this run isn't about"),
        (WeeklyFrames([WEEKS[2]], []), "given for 2024-03-15, which this run isn't about"),
        (WeeklyFrames(WEEKS[:2], [frame(WEEKS[0])] * 2), "2024-03-01 in more than one frame"),
        (frame(WEEKS[0]).drop_columns("week"), "'?entries'? has no column week"),
        (frame(WEEKS[0]).drop_columns("name"), "don't fit the table 'entries'.*name"),
        (frame(WEEKS[0]).to_pandas().drop(columns="name"), "doesn't fit the table 'entries'.*name"),
        (week_as_text(frame(WEEKS[0])), "must be date32.* it is string"),
        (without_a_week(frame(WEEKS[0])), "with 2 nulls"),
        ([{"rank": 1}], "takes a pandas or Arrow frame, not list"),
        (None, "takes a pandas or Arrow frame, not NoneType"),
    ],
)
def test_what_does_not_fit_is_refused_and_said_why(tables: Tables, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        put(tables, value, *WEEKS[:2])
    assert not tables.storage.exists(key(tables, WEEKS[2]))


def test_a_week_that_was_never_made_is_named(tables: Tables) -> None:
    put(tables, frame(WEEKS[0]), WEEKS[0])
    with pytest.raises(FileNotFoundError, match="materialize entries for 2024-03-08") as raised:
        taken(tables, pa.Table, *WEEKS[:2])
    assert tables.storage.location(key(tables, WEEKS[1])) in str(raised.value)
