"""What is noted of a table when it is written, and the rule that holds the stored rows against it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spotify_assets.checks.declared import TABLE_CHECKS
from spotify_assets.checks.stored_weeks import judge, read_weeks
from spotify_assets.checks.verdicts import StoredWeek
from spotify_assets.layout import table_key
from spotify_assets.setting_thresholds import Thresholds
from spotify_assets.settings import TableFormat
from spotify_assets.storage import Storage
from spotify_assets.tables.derive import derive_tables
from spotify_assets.tables.origins import Origin, origin_key, origin_of, rows_digest
from spotify_assets.tables.schemas import SONGS, TABLES
from spotify_assets.tables.store import decode, write_week
from spotify_assets_tests.check_examples import (
    Example,
    every_example,
    of_table,
    require_example,
)
from spotify_assets_tests.good_data import CHARTS, LATEST, good_raw_files
from spotify_assets_tests.stored_samples import store_tables

PATH = f"week={LATEST}/norway.playlist.json"
OF_LATEST = {n: content for n, content in good_raw_files().items() if n.week == LATEST}
GOOD = StoredWeek(LATEST, derive_tables(OF_LATEST.items(), CHARTS).tables)


def noted(*, rows: StoredWeek = GOOD, altered: tuple[str, ...] = ()) -> StoredWeek:
    """The good week with the origins of these rows, made from files that were altered."""
    origins = {name: Origin(rows_digest(t), altered) for name, t in rows.tables.items()}
    return replace(GOOD, origins=origins)


def with_rows(name: str, rows: pa.Table) -> StoredWeek:
    return replace(GOOD, tables={**GOOD.tables, name: rows})


EXAMPLES = {
    title: example
    for name in TABLES
    for title, example in of_table(
        f"{name}.as_derived",
        noted(),
        noted(rows=with_rows(name, GOOD.tables[name].slice(1))),
        f"the rows of {name} aren't those that were derived: somebody changed the file, so materialize "
        f"{name} for {GOOD.week} again",
        expected="rows as derived, from files as received",
        actual="other rows than derived, from files as received",
    ).items()
}


@every_example(EXAMPLES)
def test_each_rule_passes_and_fails_as_it_should(example: Example) -> None:
    require_example(example)


def judged(week: StoredWeek) -> tuple[str, ...]:
    (check,) = (check for check in TABLE_CHECKS if check.title == "songs.as_derived")
    return judge(check, week, Thresholds()).findings


def test_a_table_made_from_a_raw_file_that_was_altered_names_the_file_and_the_remedy() -> None:
    assert judged(noted(altered=(PATH,))) == (
        f"{PATH} was gone from the archive or not as it was received when songs was derived: drop the "
        f"good file again or take it from a backup, then materialize songs for {LATEST} again; if the "
        "chart is to go without it, take its line out of raw/checksums/ first",
    )


def test_where_nothing_was_noted_there_is_nothing_to_compare_with() -> None:
    assert judged(GOOD) == ()


NINE, EIGHT, MIDNIGHT = 9 * 3_600_000, 8 * 3_600_000, 0
ROWS = {
    "text": (pa.string(), ["Å", "", None]),
    "number": (pa.int32(), [1, 0, None]),
    "plays": (pa.int64(), [1, 0, None]),
    "mark": (pa.bool_(), [True, False, None]),
    "day": (pa.date32(), [date(2026, 1, 1), date(1970, 1, 1), None]),
    "moment": (pa.timestamp("ms"), [NINE, MIDNIGHT, None]),
    "genres": (pa.list_(pa.string()), [["a", "b"], [], None]),
}


def column(name: str, values: list[Any] | None = None) -> pa.Table:
    dtype, good = ROWS[name]
    return pa.table({name: pa.array(good if values is None else values, dtype)})


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("text", [["Å", None, None], ["Å", "", ""], ["", "Å", None], ["A", "", None], ["Å", ""]]),
        ("number", [[1, None, None], [1, 0, 0], [0, 1, None], [2, 0, None]]),
        ("plays", [[1, None, None], [1, 0, 0], [2**40, 0, None]]),
        ("mark", [[True, None, None], [True, False, False], [False, True, None]]),
        ("day", [[date(2026, 1, 1), None, None], [date(2026, 1, 2), date(1970, 1, 1), None]]),
        ("moment", [[NINE, None, None], [EIGHT, None, None]]),
        (
            "genres",
            [
                [["a", "b"], None, None],
                [["a", "b"], [], []],
                [["ab"], [], None],
                [["a"], ["b"], None],
                [["b", "a"], [], None],
                [["a", None], [], None],
            ],
        ),
    ],
)
def test_another_value_a_null_or_another_order_is_another_digest(
    name: str, others: list[list[Any]]
) -> None:
    digests = [rows_digest(column(name)), *(rows_digest(column(name, other)) for other in others)]
    assert len(set(digests)) == len(digests)


def test_another_name_type_or_order_of_columns_is_another_digest() -> None:
    rows = pa.table({"a": pa.array([1, 2], pa.int32()), "b": pa.array([1, 2], pa.int32())})
    others = [
        rows.rename_columns(["a", "c"]),
        rows.select(["b", "a"]),
        rows.select(["a"]),
        rows.cast(pa.schema([("a", pa.int32()), ("b", pa.int64())])),
    ]
    digests = [rows_digest(rows), *map(rows_digest, others)]
    assert len(set(digests)) == len(digests)


def test_how_rows_lie_in_memory_does_not_matter() -> None:
    names = list(ROWS)
    whole = pa.table({name: pa.array(ROWS[name][1] * 4, ROWS[name][0]) for name in names})
    in_pieces = pa.concat_tables([whole.slice(0, 5), whole.slice(5)])
    beside_others = pa.concat_tables([whole.slice(0, 3), whole, whole.slice(3)]).slice(3, 12)
    assert rows_digest(in_pieces) == rows_digest(beside_others) == rows_digest(whole)


@pytest.mark.parametrize("table_format", ["parquet", "csv"])
def test_what_comes_back_from_a_file_has_the_digest_that_was_noted(
    either: Storage, table_format: TableFormat
) -> None:
    store_tables(either, good_raw_files(), CHARTS, table_format)
    for name, table in TABLES.items():
        content = either.read(table_key(name, LATEST, table_format))
        origin = origin_of(either, name, LATEST)
        assert origin is not None
        assert rows_digest(decode(content, table, table_format, LATEST)) == origin.rows


def test_a_file_written_anew_with_the_same_rows_is_still_as_derived(storage: Storage) -> None:
    store_tables(storage, good_raw_files(), CHARTS)
    key = table_key("songs", LATEST, "parquet")
    rows = decode(storage.read(key), SONGS, "parquet", LATEST)
    buffer = io.BytesIO()
    pq.write_table(rows.drop_columns("week"), buffer)
    assert buffer.getvalue() != storage.read(key)
    storage.write(key, buffer.getvalue())
    (week,) = read_weeks(storage, "parquet", [LATEST], list(TABLES))
    assert judged(week) == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"rows": 1}', b"\xff"])
def test_a_note_that_is_not_legible_or_gone_is_a_finding(storage: Storage, content: bytes) -> None:
    store_tables(storage, good_raw_files(), CHARTS)
    says = "what was noted as songs was derived is gone or illegible: materialize songs for"
    storage.write(origin_key("songs", LATEST), content)
    (illegible,) = read_weeks(storage, "parquet", [LATEST], list(TABLES))
    storage.delete(origin_key("songs", LATEST))
    (gone,) = read_weeks(storage, "parquet", [LATEST], list(TABLES))
    for week in (illegible, gone):
        (finding,) = judged(week)
        assert finding.startswith(says)


def test_rows_that_do_not_fit_leave_the_note_as_it_was(storage: Storage) -> None:
    derived = derive_tables(sorted(good_raw_files().items()), CHARTS)
    write_week(storage, SONGS, "parquet", LATEST, derived.tables["songs"])
    before = storage.read(origin_key("songs", LATEST))
    with pytest.raises(ValueError, match="songs"):
        write_week(storage, SONGS, "parquet", LATEST, derived.tables["albums"])
    assert storage.read(origin_key("songs", LATEST)) == before
