"""The views' files: each one portable SELECT, whose comment documents the columns that it has."""

from __future__ import annotations

import re

import pytest

from spotify_assets.catalog.views import SELECTS_FROM, VIEWS, read_views
from spotify_assets_tests.chart_frames import select, views_over

PORTABLE_TYPES = {"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "TIMESTAMP_MS", "VARCHAR"}
FORBIDDEN = (
    r"::|;|\bqualify\b|\bgroup by all\b|\bexclude\b|\bapprox_|\bmedian\(|\bformat\(|->|\"|"
    r"\bgreatest\(|\bleast\(|date_diff\('(?!day)|\blist_|\bconcat\("
)


def test_a_file_is_one_portable_select_of_the_documented_columns() -> None:
    connection = views_over({})
    for view in VIEWS:
        described = select(connection, f"DESCRIBE {view.name}")
        assert [row["column_name"] for row in described] == list(view.columns)
        assert {row["column_type"] for row in described} <= PORTABLE_TYPES
        assert all(view.columns.values())
        code = re.sub(r"--.*", "", view.sql)
        assert re.match(r"\s*(SELECT|WITH)\b", code)
        assert re.search(FORBIDDEN, code, re.IGNORECASE) is None, view.name


HEADER = "-- Of songs: one row\n-- per week.\n--\n-- More.\n--\n-- Columns:\n"
FIRST = HEADER + "--   songs.week\n--   n: Number; not null\nSELECT week, 1 AS n FROM songs"
SECOND = "-- Of z.\n-- Columns:\n--   z.*\n--   z.n\n-- note\nSELECT *\nFROM z"


def test_a_comment_is_read_and_views_come_after_those_that_they_select_from() -> None:
    first, second = read_views({"a": SECOND.replace("-- note\n", ""), "z": FIRST})
    assert (first.name, first.meaning) == ("z", "Of songs: one row per week")
    assert first.columns == {
        "week": "Friday on which the chart week begins; the partition key",
        "n": "Number; not null",
    }
    assert (second.name, second.meaning, second.columns) == ("a", "Of z", first.columns)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a": "SELECT 1 AS one"}, "sql/a.sql: begin with a comment that has a line `-- Columns:`"),
        ({"a": SECOND, "z": FIRST}, "sql/a.sql: '-- note' is neither"),
        ({"z": FIRST.replace("songs.week", "songs.nope")}, "'--   songs.nope' names no column"),
        ({"z": FIRST.replace("songs.week", "nope.week")}, "'--   nope.week' names no column"),
    ],
)
def test_a_comment_that_documents_nothing_is_named(files: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_views(files)


STAGES = re.compile(r"\b(?:JOIN|GROUP BY|DISTINCT|OVER)\b")
PART = re.compile(r"^(?:WITH )?(\w+) AS \(\n(.*?)^\)", re.DOTALL | re.MULTILINE)


def test_no_view_comes_near_the_stages_that_athena_allows() -> None:
    """Trino works out every part of a WITH, and every view, again wherever it is named."""
    known: dict[str, int] = {}
    for view in VIEWS:
        sql = re.sub("--.*", "", view.sql)
        parts = dict(PART.findall(sql))

        def stages(text: str, parts: dict[str, str] = parts) -> int:
            named = SELECTS_FROM.findall(text)
            of_named = [stages(parts[n]) if n in parts else known.get(n, 1) for n in named]
            return len(STAGES.findall(text)) + sum(of_named)

        known[view.name] = stages(PART.sub("", sql))
    assert known["latest_chart"] > known["chart_history"] > 10
    assert max(known.values()) < 150 / 2, known
