"""Rows put aside come back as they were, whether they were few or many."""

from __future__ import annotations

from contextlib import closing

import pyarrow as pa
import pytest

from spotify_assets.tables.schemas import SONGS
from spotify_assets.tables.spool import Spool
from spotify_assets_tests.stored_samples import csv_chart, table_of


def songs(rows: int) -> pa.Table:
    return table_of("songs", csv_chart(0, rows))


@pytest.mark.parametrize("limit", [1, 10_000_000], ids=["in a file", "in memory"])
def test_a_spool_gives_all_slices_back_in_order_and_again(limit: int) -> None:
    empty = SONGS.schema.empty_table()
    many = pa.concat_tables([songs(2)] * 2000)
    with closing(Spool(SONGS.schema, limit)) as spool:
        for rows in (songs(2), empty, many, songs(7)):
            spool.append(rows)
        for _ in range(2):
            slices = list(spool)
            assert [len(rows) for rows in slices] == [2, 0, 4000, 7]
            assert slices[2].equals(many)
            assert slices[3].equals(songs(7))


def test_a_spool_that_got_nothing_gives_nothing() -> None:
    with closing(Spool(SONGS.schema)) as spool:
        assert list(spool) == []
