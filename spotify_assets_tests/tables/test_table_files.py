"""Table files: what goes in comes out, in both formats, and the same rows give the same bytes."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.layout import TABLES as TABLE_FILES
from spotify_assets.layout import table_key
from spotify_assets.settings import TableFormat
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.schemas import ALBUMS, ARTISTS, SONGS, TABLES, Column, Table
from spotify_assets.tables.store import (
    concatenate,
    damaged_files,
    decode,
    drop_other_format,
    encode,
    split_by_week,
    write_week,
)

WEEK = date(2026, 11, 6)
NEXT_WEEK = date(2026, 11, 13)
EVERY_FORMAT = pytest.mark.parametrize("table_format", ["parquet", "csv"])
EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)

ODD_TEXTS = (
    *("", " ", "null", "NULL", "NA", "nan", "N/A", "true", "007", "1e5", "-", "2026-11-06"),
    *(
        '"',
        '""',
        "'",
        ",",
        ";",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "a\nb",
        'say "hi", she said',
        "\\",
        "\\n",
    ),
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


@EVERY_FORMAT
@EVERY_TABLE
def test_every_column_comes_back_filled_and_null(table: Table, table_format: TableFormat) -> None:
    content = encode(filled(table), table, table_format)
    read = decode(content, table, table_format, WEEK)
    assert read.cast(table.schema).equals(filled(table))
    assert read.schema.types == table.schema.types


@EVERY_FORMAT
@EVERY_TABLE
def test_a_week_without_rows_keeps_its_columns(table: Table, table_format: TableFormat) -> None:
    content = encode(table.schema.empty_table(), table, table_format)
    read = decode(content, table, table_format, WEEK)
    assert read.num_rows == 0
    assert read.schema.names == table.schema.names
    assert read.schema.types == table.schema.types


@EVERY_FORMAT
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
def test_hard_values_come_back_as_they_were(
    dtype: pa.DataType, values: list[Any], table_format: TableFormat
) -> None:
    table = table_of(Column("value", dtype, "anything", nullable=True))
    content = encode(rows_of(table, values), table, table_format)
    assert decode(content, table, table_format, WEEK).column("value").to_pylist() == values


@EVERY_FORMAT
def test_the_same_rows_give_the_same_bytes(table_format: TableFormat) -> None:
    rows = filled(SONGS)
    in_two = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])
    assert encode(rows, SONGS, table_format) == encode(in_two, SONGS, table_format)
    reordered = rows.select(list(reversed(rows.column_names)))
    assert encode(rows, SONGS, table_format) == encode(reordered, SONGS, table_format)


@EVERY_FORMAT
def test_the_week_is_not_inside_the_file_and_may_be_left_out(table_format: TableFormat) -> None:
    content = encode(filled(ALBUMS), ALBUMS, table_format)
    assert content == encode(filled(ALBUMS).drop("week"), ALBUMS, table_format)
    assert content == encode(filled(ALBUMS, NEXT_WEEK), ALBUMS, table_format)
    if table_format == "parquet":
        assert pq.read_schema(io.BytesIO(content)).names == ALBUMS.file_schema.names
    else:
        assert content.splitlines()[0].decode().replace('"', "") == ",".join(
            ALBUMS.file_schema.names
        )


def test_parquet_files_carry_no_metadata_of_pandas_or_arrow() -> None:
    rows = pa.Table.from_pandas(filled(SONGS).to_pandas(), schema=SONGS.schema)
    assert b"pandas" in rows.schema.metadata
    file = pq.ParquetFile(io.BytesIO(encode(rows, SONGS, "parquet")))
    assert file.metadata.metadata is None
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("songs", "chart"),
        ("song_artists", "song_id"),
        ("albums", "album_id"),
        ("artists", "artist_id"),
    ],
)
def test_extremes_are_kept_of_what_rows_are_sorted_by_and_of_nothing_else(
    table: str, column: str
) -> None:
    content = encode(filled(TABLES[table]), TABLES[table], "parquet")
    group = pq.read_metadata(io.BytesIO(content)).row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    assert [c.path_in_schema for c in columns if c.is_stats_set] == [column]


def test_parquet_files_have_groups_that_a_reader_of_one_chart_can_skip() -> None:
    rows = pa.concat_tables([filled(SONGS)] * 3000)
    file = pq.ParquetFile(io.BytesIO(encode(rows, SONGS, "parquet")))
    assert file.metadata.num_row_groups == 2


@EVERY_FORMAT
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (filled(ALBUMS).drop("name"), "name"),
        (filled(ALBUMS).rename_columns(["x", *ALBUMS.schema.names[1:]]), None),
        (filled(ALBUMS).set_column(1, "album_id", pa.array([None, "x"])), "album_id"),
        (filled(ALBUMS).set_column(6, "total_tracks", pa.array(["many", "2"])), "many"),
        (filled(ALBUMS).set_column(6, "total_tracks", pa.array([2**40, 2])), "not in range"),
    ],
)
def test_rows_that_do_not_fit_are_refused_with_the_tables_name(
    rows: pa.Table, says: str | None, table_format: TableFormat
) -> None:
    if says is None:  # the week's own column isn't stored
        assert encode(rows, ALBUMS, table_format)
        return
    with pytest.raises(ValueError, match=f"rows don't fit the table 'albums': .*{says}"):
        encode(rows, ALBUMS, table_format)


def test_a_week_written_in_one_format_leaves_none_of_the_other(storage: FolderStorage) -> None:
    for week in (WEEK, NEXT_WEEK):
        write_week(storage, SONGS, "csv", week, filled(SONGS))
        write_week(storage, SONGS, "parquet", week, filled(SONGS))
    drop_other_format(storage, SONGS, "parquet", [WEEK])
    left = [table_key("songs", NEXT_WEEK, "csv"), table_key("songs", NEXT_WEEK, "parquet")]
    assert [f.key for f in storage.files(TABLE_FILES)] == [
        table_key("songs", WEEK, "parquet"),
        *left,
    ]
    drop_other_format(storage, SONGS, "parquet", [WEEK, NEXT_WEEK])
    assert [f.key for f in storage.files(TABLE_FILES)][1:] == left[1:]


def test_a_frame_is_parted_into_its_weeks_in_order() -> None:
    rows = pa.concat_tables([filled(SONGS, NEXT_WEEK), filled(SONGS), filled(SONGS, NEXT_WEEK)])
    parts = list(split_by_week(rows))
    assert [(week, part.num_rows) for week, part in parts] == [(WEEK, 2), (NEXT_WEEK, 4)]
    assert parts[0][1].equals(filled(SONGS))
    assert list(split_by_week(SONGS.schema.empty_table())) == []


def test_no_parts_make_a_frame_of_the_declared_columns() -> None:
    assert concatenate([], ARTISTS).schema.equals(ARTISTS.schema)
    assert concatenate([filled(ARTISTS)] * 2, ARTISTS).num_rows == 4


@EVERY_FORMAT
def test_files_that_were_cut_off_are_found_by_their_ends(
    storage: FolderStorage, table_format: TableFormat
) -> None:
    for week in (WEEK, NEXT_WEEK):
        for table in TABLES.values():
            write_week(storage, table, table_format, week, table.schema.empty_table())
    assert damaged_files(storage, table_format) == {}
    keys = {name: table_key(name, WEEK, table_format) for name in TABLES}
    storage.write(keys["albums"], b"")
    storage.write(keys["songs"], storage.read(keys["songs"])[:-1])
    storage.write(keys["artists"], bytes(len(storage.read(keys["artists"]))))
    storage.write(keys["albums"] + ".bak", b"")
    torn = [keys[name] for name in ("albums", "artists", "songs")]
    assert damaged_files(storage, table_format) == dict.fromkeys(torn, WEEK)
