"""Tests without views, or with few: on AWS they take long to create."""

from __future__ import annotations

import pytest

from spotify_assets.catalog import duckdb, glue, interface
from spotify_assets.catalog.views import VIEWS


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
