"""Tables through their IO manager: what is stored comes back, a file per week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.defs import weekly
from spotify_assets.defs.io_managers import WeeklyFrames, WeeklyTableIOManager
from spotify_assets.defs.run_tags import run_tags
from spotify_assets.layout import TABLE_FILES, table_key
from spotify_assets.storage import Storage
from spotify_assets.tables import schemas
from spotify_assets.tables.schemas import TEXT, WEEK, Column, Table
from spotify_assets.weeks import weeks_between
from spotify_assets_tests.dagster_runs import QUIET, WEEKS, as_resource

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


@pytest.fixture(params=[True, False], ids=["declared", "undeclared"])
def declared(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the table is one of the declared ones."""
    if request.param:
        monkeypatch.setitem(schemas.TABLES, "entries", ENTRIES)
    return bool(request.param)


def frame(*weeks: date, songs: int = 2) -> pa.Table:
    rows = [
        {"week": week, "rank": rank, "name": name, "genres": genres}
        for week in weeks
        for rank, (name, genres) in enumerate(
            [(f"Snø, «{week}»", ["pop", 'norsk "hip hop"']), ("", []), (None, None)][:songs], 1
        )
    ]
    return pa.Table.from_pylist(rows, schema=ENTRIES.schema)


def run(assets: list[Any], storage: Storage, *weeks: date) -> None:
    """Materialize the last of the assets for the weeks from the first to the last."""
    manager = WeeklyTableIOManager(storage=as_resource("storage", storage))
    dg.materialize(
        assets,
        resources={"io_manager": manager},
        selection=[assets[-1]],
        run_config=QUIET,
        tags=run_tags(weeks_between(weeks[0], weeks[-1])),
    )


def put(storage: Storage, value: Any, *weeks: date) -> None:
    """Materialize an asset that returns this value."""

    @dg.asset(**weekly(WEEKS[0]))
    def entries() -> Any:
        return value

    run([entries], storage, *weeks)


def taken(storage: Storage, annotation: Any, *weeks: date) -> Any:
    """Return what an asset downstream receives, whose input is annotated so."""
    received = []

    def downstream(entries: Any) -> None:
        received.append(entries)

    downstream.__annotations__["entries"] = annotation
    spec = dg.AssetSpec("entries", partitions_def=weekly(WEEKS[0])["partitions_def"])
    run([spec, dg.asset(**weekly(WEEKS[0]), name="after")(downstream)], storage, *weeks)
    return received[0]


def as_weekly_frames(rows: pa.Table) -> WeeklyFrames:
    return WeeklyFrames(sorted(set(rows.column("week").to_pylist())), rows)


@pytest.mark.parametrize("given", [pa.table, pa.Table.to_pandas, as_weekly_frames])
def test_what_is_stored_comes_back_as_it_was_a_file_per_week(
    storage: Storage, declared: bool, given: Callable[[pa.Table], Any]
) -> None:
    rows = frame(*WEEKS[:2], songs=3)
    put(storage, given(rows), *WEEKS[:2])
    for weeks in (WEEKS[:2], WEEKS[1:2]):
        back = taken(storage, pa.Table, *weeks)
        expected = frame(*weeks, songs=3)
        assert back.to_pylist() == expected.to_pylist()
        if declared:
            assert [(f.name, f.type) for f in back.schema] == [
                (f.name, f.type) for f in ENTRIES.schema
            ]
    keys = [table_key("entries", week) for week in WEEKS[:2]]
    assert [file.key for file in storage.files(TABLE_FILES)] == keys
    for key in keys:
        assert pq.read_table(BytesIO(storage.read(key))).column_names == ["rank", "name", "genres"]


@pytest.mark.parametrize("weeks", [WEEKS[:1], WEEKS[:2]], ids=["one week", "two weeks"])
def test_an_input_annotated_as_pandas_is_a_frame_whose_week_is_a_datetime(
    storage: Storage, weeks: tuple[date, ...]
) -> None:
    put(storage, frame(*weeks), *weeks)
    loaded = taken(storage, pd.DataFrame, *weeks)
    assert isinstance(loaded, pd.DataFrame)
    assert pd.api.types.is_datetime64_any_dtype(loaded["week"])
    assert list(loaded["week"].dt.date) == [week for week in weeks for _ in range(2)]
    put(storage, loaded, *weeks)  # and it can be stored as it is
    assert taken(storage, pa.Table, *weeks).to_pylist() == frame(*weeks).to_pylist()


def test_storing_a_week_again_replaces_its_rows_and_leaves_other_weeks_alone(
    either: Storage,
) -> None:
    put(either, frame(*WEEKS[:2], songs=3), *WEEKS[:2])
    untouched = either.read(table_key("entries", WEEKS[0]))
    put(either, frame(WEEKS[1], songs=1), WEEKS[1])
    assert taken(either, pa.Table, WEEKS[1]).num_rows == 1
    assert either.read(table_key("entries", WEEKS[0])) == untouched


def test_weeks_without_rows_are_stored_and_weeks_that_are_not_named_are_not(
    either: Storage,
    declared: bool,  # noqa: ARG001 - both
) -> None:
    put(either, WeeklyFrames(WEEKS[:2], frame(WEEKS[0])), *WEEKS[:3])
    there = [either.exists(table_key("entries", week)) for week in WEEKS[:3]]
    assert there == [True, True, False]
    assert taken(either, pa.Table, WEEKS[1]).num_rows == 0
    assert taken(either, pa.Table, *WEEKS[:3]).to_pylist() == frame(WEEKS[0]).to_pylist()


def test_a_single_week_that_is_not_stored_is_named_with_the_remedy(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError, match="materialize entries for 2024-03-01 first"):
        taken(storage, pa.Table, WEEKS[0])


def with_weeks(values: pa.Array) -> pa.Table:
    return frame(WEEKS[0]).set_column(0, "week", values)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (frame(WEEKS[2]), "entries has rows of 2024-03-15, which this run isn't about"),
        (frame(WEEKS[2]).to_pandas(), "rows of 2024-03-15, which this run isn't about"),
        (frame(WEEKS[0]).drop_columns("week"), "entries has no column 'week'"),
        (frame(WEEKS[0]).drop_columns("name"), "don't fit the table 'entries'.*name"),
        (frame(WEEKS[0]).to_pandas().drop(columns="name"), "doesn't fit the table 'entries'.*name"),
        (with_weeks(pa.array(["soon", "later"])), "must hold dates.* it is string"),
        (with_weeks(pa.nulls(2, pa.date32())), "with 2 nulls"),
        ([{"rank": 1}], "takes a pandas or Arrow frame, not list"),
        (None, "takes a pandas or Arrow frame, not NoneType"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, value: Any, says: str
) -> None:
    monkeypatch.setitem(schemas.TABLES, "entries", ENTRIES)
    with pytest.raises(ValueError, match=says):
        put(storage, value, *WEEKS[:2])
    assert list(storage.files(TABLE_FILES)) == []
