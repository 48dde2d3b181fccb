"""What Dagster's UI shows of a week's rows: short, and safe whatever a title contains."""

from __future__ import annotations

import pyarrow as pa
import pytest
from markdown_it import MarkdownIt

from spotify_assets.defs.descriptions import SHOWN_INLINE, markdown_table, week_metadata
from spotify_assets.tables.schemas import TABLES

HOSTILE = [
    "| a | b |\n| --- | --- |",
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "``` `code` *bold* _it_ [link](javascript:alert(1)) ![i](http://x/y.png)",
    "\\| backslashes \\\\ and pipes || \\",
    "# heading\r\n- list\n\n<div>",
    "🎵" * 400,
    "Ś̶̢ø" * 500,
    "<" * 300,
    " ",
    "&lt;b&gt; &amp;",
    "\u202eesrever\u0000\u001b[31m",
]


def test_hostile_titles_neither_break_a_table_nor_get_into_the_page() -> None:
    text = markdown_table(("one", "two"), [(title, [title, title]) for title in HOSTILE])
    assert len(text) < SHOWN_INLINE
    shown = len(text.splitlines()) - 2
    assert shown > 4
    # As the UI does it, which renders Markdown with HTML allowed.
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert (page.count("<tr>"), page.count("<td>")) == (shown + 1, 2 * shown)
    for tag in ("<script", "<img", "<div", "<a ", "<code", "<em", "<strong", "<h1", "<li"):
        assert tag not in page
    assert all(c.isprintable() or c == "\n" for c in text)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("text", ["<" * 300, "|" * 24, "W" * 5000])
def test_a_preview_of_the_longest_rows_is_cut_to_what_the_ui_shows(name: str, text: str) -> None:
    table = TABLES[name]
    row = {column.name: text for column in table.columns if column.dtype == pa.string()}
    rows = pa.Table.from_pylist([row] * 10, schema=table.schema)
    shown = week_metadata(table, rows)["preview"].value
    assert 200 < len(shown) < SHOWN_INLINE
    assert len(shown.splitlines()) > 2
