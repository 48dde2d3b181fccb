"""The views' files: each one portable select, and what is declared of it is what it gives."""

from __future__ import annotations

import re

import pytest

from spotify_assets.sql import VIEWS, view_sql
from spotify_assets_tests.chart_frames import (
    select,
    views_over,
)


def test_every_view_is_declared_with_the_columns_it_gives() -> None:
    connection = views_over({})
    for view in VIEWS:
        cursor = connection.execute(f"SELECT * FROM {view.name}")
        assert [column[0] for column in cursor.description] == list(view.columns), view.name
        assert cursor.fetchall() == []


def test_columns_have_types_that_both_engines_know() -> None:
    connection = views_over({})
    types = {
        row["column_type"] for view in VIEWS for row in select(connection, f"DESCRIBE {view.name}")
    }
    assert types == {
        "BIGINT", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "TIMESTAMP_MS", "VARCHAR",
    }  # fmt: skip


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_a_file_is_one_portable_select_with_a_comment(view: str) -> None:
    sql = view_sql(view)
    assert sql.startswith("-- ")
    code = re.sub(r"--.*", "", sql)
    assert re.match(r"\s*(SELECT|WITH)\b", code)
    forbidden = (
        r"::|;|\bqualify\b|\bgroup by all\b|\bexclude\b|\bapprox_|\bmedian\(|\bformat\(|->|\"|"
        r"\bgreatest\(|\bleast\(|date_diff\('(?!day)|\blist_|\bconcat\("
    )
    assert re.search(forbidden, code, re.IGNORECASE) is None


def test_an_unknown_view_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        view_sql("nothing")
