"""The page about tables, views and checks is as declared, and pages lead to each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spotify_assets.catalog.views import VIEWS
from spotify_assets.checks.declared import EVERY_CHECK
from spotify_assets.docs_page import COMMAND, data_page
from spotify_assets.settings import DEFAULT_THRESHOLDS, variable_of
from spotify_assets.tables.schemas import EVERY_TABLE
from spotify_assets_tests.commands import PROJECT

PAGE = PROJECT / "docs" / "data.md"
PAGES = [page for folder in (".", "docs", "deploy") for page in (PROJECT / folder).glob("*.md")]


def first_cells(heading: str) -> list[str]:
    """Return the first cell of each row below a heading of the page."""
    part = data_page().partition(f"{heading}\n")[2].partition("\n##")[0]
    return re.findall(r"^\| `([^`|]+)` \|", part, re.MULTILINE)


def test_the_page_is_what_is_declared_now() -> None:
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert written == data_page(), f"docs/data.md is out of date. Write it again: {COMMAND}"


def test_every_column_check_and_threshold_is_on_the_page() -> None:
    for table in EVERY_TABLE.values():
        assert first_cells(f"### {table.name}") == [column.name for column in table.columns]
        assert all(column.meaning in data_page() for column in table.columns)
    for view in VIEWS:
        assert first_cells(f"### {view.name}") == list(view.columns)
    for asset in {check.asset for check in EVERY_CHECK}:
        names = [check.name for check in EVERY_CHECK if check.asset == asset]
        assert first_cells(f"### Checks of {asset}") == names
    assert first_cells("## Thresholds") == [variable_of(name) for name in DEFAULT_THRESHOLDS]
    assert {name for check in EVERY_CHECK for name in check.settings} == set(DEFAULT_THRESHOLDS)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_of_a_page_lead_to_files_that_exist_and_to_their_headings(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match("https?:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in anchors, target
