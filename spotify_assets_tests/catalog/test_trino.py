"""A real Trino reads what DuckDB reads: every row of every table and view, over Glue's declarations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_assets.catalog.views import VIEWS
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.chart_frames import made_up
from spotify_assets_tests.compared_engines import (
    all_of,
    differences,
    duckdb_over,
    put,
    stages,
    stored,
)
from spotify_assets_tests.places import Place, on_s3
from spotify_assets_tests.trino_server import (
    Trino,
    TrinoEngine,
    TrinoMissing,
    installed,
    trino_server,
)

pytestmark = pytest.mark.slow

MOST_STAGES = 60  # Athena and Trino refuse more than 150


@pytest.fixture(scope="module")
def trino(
    s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, Trino]]:
    """An empty base on S3, and the Trino that answers what is asked of its Athena."""
    try:
        installed()
    except TrinoMissing as why:
        pytest.skip(f"There is no Trino to compare with: {why}")
    with on_s3(s3_endpoint, tmp_path_factory.mktemp("aws")) as place, trino_server() as server:
        assert place.world
        place.world.athena.engine = TrinoEngine(trino=server)
        yield place, server


def test_trino_and_duckdb_agree_on_every_row_and_type_and_no_plan_is_too_large(
    trino: tuple[Place, Trino], tmp_path: Path
) -> None:
    place, server = trino
    base = FolderStorage(tmp_path)
    stored(base, all_of(made_up(seed) for seed in range(6)))
    put(base, place)
    assert place.publish()["views created"] == [view.name for view in VIEWS]
    assert place.world
    database = place.world.catalog.database
    with duckdb_over(base) as connection:
        assert list(differences(server, database, connection)) == []
    plans = {view.name: stages(server, database, f"SELECT * FROM {view.name}") for view in VIEWS}
    assert max(plans.values()) <= MOST_STAGES, plans
    # Views are read back as they were created, and the second time nothing is to be done.
    assert place.publish() == {}
