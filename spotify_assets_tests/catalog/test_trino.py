"""A real Trino reads what DuckDB reads, over what Glue declares, and takes every statement of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.athena_scan import OURS
from spotify_assets.catalog.interface import Answer
from spotify_assets.catalog.views import VIEWS, over_range
from spotify_assets.charts import Charts
from spotify_assets.reports.dashboard.document import dashboard_page
from spotify_assets.reports.dashboard.queries import query_views
from spotify_assets.storage import FolderStorage
from spotify_assets.tables.store import stored_weeks
from spotify_assets_tests.chart_frames import friday, made_up
from spotify_assets_tests.commands import PROJECT
from spotify_assets_tests.compared_engines import (
    all_of,
    difference,
    differences,
    duckdb_over,
    put,
    stages,
    stored,
)
from spotify_assets_tests.docs.test_notebook import statements
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.places import Place, on_s3
from spotify_assets_tests.trino_server import (
    Trino,
    TrinoEngine,
    TrinoMissing,
    installed,
    trino_server,
)
from spotify_assets_tests.trino_statements import documented

pytestmark = pytest.mark.slow

MOST_STAGES = 60  # Athena and Trino refuse more than 150


@pytest.fixture(scope="module")
def trino(
    s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FolderStorage, Place, Trino]]:
    """Charts with all that goes wrong, in a folder and on S3, and the Trino that publishes these."""
    try:
        installed()
    except TrinoMissing as why:
        pytest.skip(f"There is no Trino to compare with: {why}")
    base = FolderStorage(tmp_path_factory.mktemp("base"))
    stored(base, all_of(made_up(seed) for seed in range(6)))
    with (
        on_s3(s3_endpoint, tmp_path_factory.mktemp("aws")) as place,
        trino_server(caching=True) as server,
    ):
        assert place.world
        place.world.athena.engine = TrinoEngine(trino=server)
        put(base, place)
        assert place.publish()["views created"] == [view.name for view in VIEWS]
        yield base, place, server


def test_trino_and_duckdb_agree_on_every_row_and_type_and_on_the_dashboard(
    trino: tuple[FolderStorage, Place, Trino], charts: Charts
) -> None:
    base, place, server = trino
    assert place.world
    weeks = stored_weeks(base)
    with duckdb_over(base) as connection:
        database = place.world.catalog.database
        assert list(differences(server, database, connection)) == []
        for one in documented(PROJECT / "docs" / "questions.md"):
            said = list(difference(server, database, connection, one.sql, is_ordered=True))
            assert said == []
        here = query_views(
            lambda sql: Answer([], connection.sql(sql).fetchall()), charts, weeks, 200
        )
    there = query_views(place.catalog.query, charts, weeks, 200)
    assert dashboard_page(there, charts, NOW) == dashboard_page(here, charts, NOW)


def test_trino_plans_every_statement_in_few_stages_and_knows_its_views_again(
    trino: tuple[FolderStorage, Place, Trino], tmp_path: Path
) -> None:
    _, place, server = trino
    assert place.world
    pages = sorted((*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")))
    pages.remove(PROJECT / "docs" / "adding_a_check.md")  # rules are DuckDB's alone
    shown = [one.sql for page in pages for one in documented(page)]
    assert len(shown) > 20
    ranged = over_range("SELECT name FROM year_charts", friday(0), friday(1))
    views = [f"SELECT * FROM {view.name}" for view in VIEWS]
    for sql in (*views, *shown, *(one.sql for one in statements()), ranged, OURS):
        assert stages(server, place.world.catalog.database, sql) <= MOST_STAGES, sql
    assert place.publish() == {}
    place.cli(tmp_path / "home", "doctor")
    ended = {one.reason for one in place.world.athena.executions.values()}
    assert ended == {""}
