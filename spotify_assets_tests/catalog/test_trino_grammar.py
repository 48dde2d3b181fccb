"""Every view, and every statement that a reader is shown, passes a Trino grammar.

What a run and `doctor` send to Athena is looked at in `defs/test_runs`.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.athena_scan import OURS, TUTORIALS
from spotify_assets.catalog.views import VIEWS
from spotify_assets.reports import source
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.trino_statements import Statement, complaints, documented, view_files

VIEW_FILES = PROJECT / "spotify_assets" / "sql"


def test_every_view_and_every_documented_query_is_trino() -> None:
    views = view_files(VIEW_FILES)
    assert {f"sql/{view.name}.sql" for view in VIEWS} == {v.place for v in views}
    pages = [
        s
        for page in sorted((*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")))
        for s in documented(page)
    ]
    assert pages
    benchmark = [Statement("benchmarks/athena_scan.py", sql) for sql in (OURS, TUTORIALS)]
    large = Statement("years.sql", source("dashboard/sql/years.sql"))  # of large bases alone
    assert complaints([*views, *pages, *benchmark, large]) == []


WRONG = {
    "SELECT week,\n  rank::double\nFROM songs": (2, 7),
    "SELECT * EXCLUDE (week)\nFROM songs": (1, 10),
    "SELECT rank\nFROM songs\nQUALIFY row_number() OVER (ORDER BY rank) = 1": (3, 9),
    "SELECT\n  ['pop'] AS genres": (2, 3),
    "FROM songs": (1, 1),
    "SELECT chart, count(*)\nFROM songs\nGROUP BY ALL": (3, 13),
    "SELECT rank FROM": (1, 17),
}
PAGE = """# Page

```sh
spotify-assets query "
  SELECT rank::int FROM songs" --csv
```

```sql
SELECT 1 AS one
```
"""


def test_what_duckdb_alone_reads_is_named_with_file_and_line(tmp_path: Path) -> None:
    for number, sql in enumerate(WRONG):
        (tmp_path / f"{number}.sql").write_text(sql, encoding="utf-8")
    page = tmp_path / "PAGE.md"
    page.write_text(PAGE, encoding="utf-8")
    asked = documented(page)
    assert [s.sql.strip() for s in asked] == ["SELECT rank::int FROM songs", "SELECT 1 AS one"]
    said = complaints([Statement("right", "SELECT 1 AS one"), *view_files(tmp_path), *asked])
    found = {one.split(": ")[0] for one in said}
    assert found >= {
        f"{tmp_path.name}/{number}.sql:{line}:{column}"
        for number, (line, column) in enumerate(WRONG.values())
    }
    assert {place.partition(".")[0] for place in found if "sql" not in place} == {"PAGE"}
    assert "PAGE.md:5:14" in found
