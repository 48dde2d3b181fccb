"""Table files: what goes in comes out, and the same rows give the same bytes."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.layout import held_back_key
from spotify_assets.storage import FolderStorage, Storage
from spotify_assets.tables.schemas import SONGS, TABLES, Column, Table
from spotify_assets.tables.store import (
    decode,
    encode,
    read_week,
    split_by_week,
    stored_weeks,
    write_week,
)

WEEK = date(2026, 11, 6)
NEXT_WEEK = date(2026, 11, 13)
EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)

ODD_TEXTS = (
    *("", " ", "null", "NULL", "nan", "true", "007", "1e5", '"', ",", "\t", "\n", "\r\n", "\\n"),
    *("æøå", "日本", "🎵👩‍👩‍👧", "e\u0301", "\u2028", "\ufeff", "\x00", "\x1a", "x" * 3_000_000),
)


def table_of(column: Column) -> Table:
    """A table with that column besides a rank."""
    columns = (SONGS.columns[0], Column("rank", pa.int32(), "1 is best"), column)
    return Table("odd", "What is hard to store", columns, ("week", "rank"), ("rank",))


def rows_of(table: Table, values: list[Any]) -> pa.Table:
    """The values in the table's last column."""
    weeks = pa.array([WEEK] * len(values), pa.date32())
    return pa.table([weeks, list(range(len(values))), values], schema=table.schema)


def filled(table: Table, week: date = WEEK) -> pa.Table:
    """Two rows of a table: one with all columns filled, one with null wherever that may be."""
    values: dict[pa.DataType, Any] = {
        pa.string(): "Snø",
        pa.int32(): 7,
        pa.int64(): 2**40,
        pa.bool_(): True,
        pa.date32(): date(2026, 10, 30),
        pa.timestamp("ms"): datetime.fromisoformat("2026-11-13T09:41:02.123"),
        pa.list_(pa.string()): ["pop", "rock, hard"],
    }
    full = {column.name: values[column.dtype] for column in table.columns} | {"week": week}
    sparse = {c.name: None if c.nullable else full[c.name] for c in table.columns}
    return pa.Table.from_pylist([full, sparse], schema=table.schema)


@EVERY_TABLE
def test_every_column_comes_back_filled_null_and_without_rows(table: Table) -> None:
    for rows in (filled(table), table.schema.empty_table()):
        read = decode(encode(rows, table), WEEK)
        assert read.cast(table.schema).equals(rows)
        assert read.schema.types == table.schema.types


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (pa.string(), [*ODD_TEXTS, None]),
        (pa.string(), [None]),
        (pa.string(), [""]),
        (pa.int32(), [0, -1, 2**31 - 1, -(2**31), None]),
        (pa.int64(), [0, 2**63 - 1, -(2**63), None]),
        (pa.bool_(), [True, False, None]),
        (pa.date32(), [date(1, 1, 1), date(1984, 1, 1), date(9999, 12, 31), None]),
        (
            pa.timestamp("ms"),
            [*map(datetime.fromisoformat, ("1971-01-01", "2026-11-13T09:41:02.999")), None],
        ),
        (pa.list_(pa.string()), [[], [""], list(ODD_TEXTS), ["a", None], None]),
    ],
    ids=str,
)
def test_hard_values_come_back_as_they_were(dtype: pa.DataType, values: list[Any]) -> None:
    table = table_of(Column("value", dtype, "anything", nullable=True))
    content = encode(rows_of(table, values), table)
    assert decode(content, WEEK).column("value").to_pylist() == values


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = filled(SONGS)
    in_two = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])
    assert encode(rows, SONGS) == encode(in_two, SONGS)
    reordered = rows.select(list(reversed(rows.column_names)))
    assert encode(rows, SONGS) == encode(reordered, SONGS)


def test_the_week_is_not_inside_the_file_and_may_be_left_out() -> None:
    content = encode(filled(TABLES["albums"]), TABLES["albums"])
    assert content == encode(filled(TABLES["albums"]).drop("week"), TABLES["albums"])
    assert content == encode(filled(TABLES["albums"], NEXT_WEEK), TABLES["albums"])
    assert pq.read_schema(io.BytesIO(content)).names == TABLES["albums"].file_schema.names


def test_only_the_columns_asked_for_are_read() -> None:
    rows = decode(encode(filled(SONGS), SONGS), WEEK, ["week", "rank", "chart"])
    assert set(rows.column_names) == {"week", "rank", "chart"}
    assert rows["week"].to_pylist() == [WEEK, WEEK]


def test_a_table_that_is_not_declared_is_stored_as_it_is(storage: FolderStorage) -> None:
    rows = pa.table({"week": [WEEK] * 2, "anything": [{"a": 1}, None]})
    write_week(storage, "mine", WEEK, rows)
    assert read_week(storage, "mine", WEEK).to_pylist() == rows.to_pylist()
    assert stored_weeks(storage) == {"mine": [WEEK]}


def test_parquet_files_carry_no_metadata_of_pandas_or_arrow() -> None:
    rows = pa.Table.from_pandas(filled(SONGS).to_pandas(), schema=SONGS.schema)
    assert b"pandas" in rows.schema.metadata
    file = pq.ParquetFile(io.BytesIO(encode(rows, SONGS)))
    assert file.metadata.metadata is None
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("songs", "chart"),
        ("song_artists", "song_id"),
        ("albums", "album_id"),
        ("artists", "artist_id"),
        ("check_results", "table_name"),
    ],
)
def test_extremes_are_kept_of_what_rows_are_sorted_by_and_of_nothing_else(
    table: str, column: str
) -> None:
    content = encode(filled(TABLES[table]), TABLES[table])
    group = pq.read_metadata(io.BytesIO(content)).row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    assert [c.path_in_schema for c in columns if c.is_stats_set] == [column]


def test_parquet_files_have_groups_that_a_reader_of_one_chart_can_skip() -> None:
    rows = pa.concat_tables([filled(SONGS)] * 3000)
    file = pq.ParquetFile(io.BytesIO(encode(rows, SONGS)))
    assert file.metadata.num_row_groups == 2


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (filled(TABLES["albums"]).drop("name"), "name"),
        (filled(TABLES["albums"]).set_column(1, "album_id", pa.array([None, "x"])), "album_id"),
        (filled(TABLES["albums"]).set_column(6, "total_tracks", pa.array(["many", "2"])), "many"),
        (
            filled(TABLES["albums"]).set_column(6, "total_tracks", pa.array([2**40, 2])),
            "not in range",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused_with_the_tables_name(rows: pa.Table, says: str) -> None:
    with pytest.raises(ValueError, match=f"rows don't fit the table 'albums': .*{says}"):
        encode(rows, TABLES["albums"])


def test_rows_that_do_not_fit_leave_what_is_stored(storage: FolderStorage) -> None:
    write_week(storage, "albums", WEEK, filled(TABLES["albums"]))
    with pytest.raises(ValueError, match="rows don't fit"):
        write_week(storage, "albums", WEEK, filled(SONGS))
    assert read_week(storage, "albums", WEEK).num_rows == 2


def test_a_week_that_is_not_stored_is_named_with_the_remedy(storage: FolderStorage) -> None:
    with pytest.raises(FileNotFoundError, match=f"materialize albums for {WEEK} first.*checks"):
        read_week(storage, "albums", WEEK)


def test_the_stored_weeks_are_those_under_a_tables_own_key(either: Storage) -> None:
    for week in (NEXT_WEEK, WEEK):
        write_week(either, "albums", week, filled(TABLES["albums"]))
    write_week(either, "check_results", WEEK, filled(TABLES["check_results"]))
    for key in (
        f"transformed_data/songs/week={WEEK}/songs.csv",
        f"transformed_data/songs/week={WEEK}/old/songs.parquet",
        "transformed_data/songs/week=2026-11-31/songs.parquet",
        "transformed_data/README",
        held_back_key("songs", WEEK),
    ):
        either.write(key, b"")
    assert stored_weeks(either) == {"albums": [WEEK, NEXT_WEEK], "check_results": [WEEK]}


def test_a_frame_is_parted_into_its_weeks_in_order() -> None:
    rows = pa.concat_tables([filled(SONGS, NEXT_WEEK), filled(SONGS), filled(SONGS, NEXT_WEEK)])
    parts = list(split_by_week(rows))
    assert [(week, part.num_rows) for week, part in parts] == [(WEEK, 2), (NEXT_WEEK, 4)]
    assert parts[0][1].equals(filled(SONGS))
    assert list(split_by_week(SONGS.schema.empty_table())) == []
