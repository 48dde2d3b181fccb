"""Every statement that Athena is sent, or a reader is shown, passes a Trino grammar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.athena_scan import OURS, TUTORIALS
from spotify_assets.catalog.views import VIEWS
from spotify_assets.layout import INBOX
from spotify_assets.storage.s3 import S3Storage
from spotify_assets.tables.schemas import TABLES
from spotify_assets_tests import raw_samples
from spotify_assets_tests.aws_world import WEEKS, World, aws_world
from spotify_assets_tests.commands import PROJECT, cli
from spotify_assets_tests.trino_statements import Statement, complaints, documented, view_files

VIEW_FILES = PROJECT / "spotify_assets" / "sql"


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


def test_every_view_and_every_documented_query_is_trino() -> None:
    views = view_files(VIEW_FILES)
    assert {f"sql/{view.name}.sql" for view in VIEWS} == {v.place for v in views}
    pages = [s for page in sorted(PROJECT.glob("*.md")) for s in documented(page)]
    assert pages
    benchmark = [Statement("benchmarks/athena_scan.py", sql) for sql in (OURS, TUTORIALS)]
    assert complaints([*views, *pages, *benchmark]) == []


def test_every_statement_that_athena_is_sent_is_trino(world: World, base: Path) -> None:
    for week in WEEKS[:2]:
        document = raw_samples.playlist(raw_samples.rows(week))
        world.storage.write(f"{INBOX}{week}-norway.json", raw_samples.as_json(document))
    here = {**world.environment, "DAGSTER_HOME": str(base / "home")}
    s3 = here.pop("SPOTIFY_ASSETS_BASE")
    for command in ("update", "doctor", "checks"):
        ended = cli(s3, command, **here)
        assert ended.exit_code == 0, ended.output
    sent = [Statement(f"sent-{n}", sql) for n, sql in enumerate(world.athena.queries, 1)]
    assert [s.sql for s in sent if s.sql.startswith("CREATE ")] == [
        f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}" for view in VIEWS
    ]
    assert len(sent) > len(VIEWS) + len(TABLES)  # by the checks, the dashboard and doctor
    assert complaints(sent) == []


@pytest.mark.parametrize(
    ("sql", "line", "column"),
    [
        ("SELECT week,\n  rank::double\nFROM songs", 2, 7),
        ("SELECT * EXCLUDE (week)\nFROM songs", 1, 10),
        ("SELECT rank\nFROM songs\nQUALIFY row_number() OVER (ORDER BY rank) = 1", 3, 9),
        ("SELECT\n  ['pop'] AS genres", 2, 3),
        ("FROM songs", 1, 1),
        ("SELECT chart, count(*)\nFROM songs\nGROUP BY ALL", 3, 13),
        ("SELECT rank FROM", 1, 17),
    ],
)
def test_what_duckdb_alone_reads_is_named_with_file_and_line(
    tmp_path: Path, sql: str, line: int, column: int
) -> None:
    file = tmp_path / "sql" / "wrong.sql"
    file.parent.mkdir()
    file.write_text(sql, encoding="utf-8")
    said = complaints([Statement("right", "SELECT 1 AS one"), *view_files(file.parent)])
    assert said
    assert said[0].startswith(f"sql/wrong.sql:{line}:{column}: ")


def test_a_wrong_query_in_a_page_is_named_with_its_line(tmp_path: Path) -> None:
    page = tmp_path / "PAGE.md"
    page.write_text(
        '# Page\n\n```sh\nspotify-assets query "\n  SELECT rank::int FROM songs" --csv\n```\n\n'
        "```sql\nSELECT 1 AS one\n```\n",
        encoding="utf-8",
    )
    statements = documented(page)
    assert [s.sql.strip() for s in statements] == ["SELECT rank::int FROM songs", "SELECT 1 AS one"]
    assert [said.split(": ")[0] for said in complaints(statements)] == ["PAGE.md:5:14"]
