"""One Chromium for all pages. It runs an event loop, so it is closed with this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from spotify_assets_tests.dashboards import chromium


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; skips where there is none."""
    with chromium() as browser:
        yield browser
