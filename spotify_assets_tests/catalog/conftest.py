"""The catalog on AWS, and tests without views, which take long to create there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spotify_assets.catalog import duckdb, glue, interface
from spotify_assets.catalog.views import VIEWS
from spotify_assets.storage.s3 import S3Storage
from spotify_assets_tests.aws_world import World, aws_world


@pytest.fixture
def world(s3_storage: S3Storage) -> Iterator[World]:
    with aws_world(s3_storage) as world:
        yield world


@pytest.fixture
def no_views(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (duckdb, glue, interface):
        monkeypatch.setattr(module, "VIEWS", ())


@pytest.fixture
def few_views(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two views, of which one selects from the other."""
    few = tuple(view for view in VIEWS if view.name in ("artist_genres", "genre_weeks"))
    for module in (glue, interface):
        monkeypatch.setattr(module, "VIEWS", few)
    return [view.name for view in few]
