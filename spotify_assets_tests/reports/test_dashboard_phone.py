"""The page on a phone: chart and week stay within reach in one line, and nothing is wider than it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from spotify_assets_tests.chart_frames import chart
from spotify_assets_tests.dashboards import draw, opened, settled, tables_from

PHONE = {"width": 390, "height": 844}
ONE_LINE = 60
WEEKS = 5  # the last but one is of two months, which takes the most room


@pytest.mark.parametrize("charts", [2, 4, 6])
def test_chart_and_week_stay_in_one_line_while_the_page_scrolls(
    browser: Browser, tmp_path: Path, charts: int
) -> None:
    slugs = [f"a chart of a long name {number}" for number in range(charts)]
    songs = [
        row
        for slug in slugs
        for week in range(WEEKS)
        for row in chart(week, " ".join("ABCDEFGHIJ"), chart=slug)
    ]
    drawn = draw(tmp_path, tables_from({"songs": songs}))
    with opened(browser, drawn, viewport=PHONE) as page:
        page.locator("#trends").scroll_into_view_if_needed()
        assert page.evaluate("scrollY") > 800
        where = page.locator(".where").bounding_box()
        assert where is not None
        assert where["y"] == 0
        assert where["height"] <= ONE_LINE
        week = page.locator("#week").inner_text()
        page.locator("#before").click()
        settled(page)
        assert page.locator("#week").inner_text() != week
        if charts > 4:
            page.get_by_role("combobox", name="Chart").select_option(label=slugs[1])
        else:
            page.get_by_role("button", name=slugs[1], exact=True).click()
        settled(page)
        assert slugs[1] in page.locator("#subtitle").inner_text()
        assert page.evaluate("scrollY") > 400
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert Axe().run(page).response["violations"] == []
