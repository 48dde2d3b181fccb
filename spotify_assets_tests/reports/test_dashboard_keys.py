"""The page by keyboard: the focus stays where it is of use."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from spotify_assets_tests.chart_frames import chart, friday
from spotify_assets_tests.dashboards import Drawn, draw, opened, settled, tables_from

WEEKS = 4
MISSED = 1


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Norway over four weeks, the second of them not collected."""
    songs = [row for week in range(WEEKS) if week != MISSED for row in chart(week, f"A{week} B")]
    return draw(tmp_path_factory.mktemp("keys"), tables_from({"songs": songs}))


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id || document.activeElement.tagName")
    return found


@pytest.mark.parametrize(
    ("button", "start"), [("after", WEEKS - 2), ("latest", 0), ("before", WEEKS - 2)]
)
def test_a_button_that_leads_no_further_keeps_the_focus(
    browser: Browser, drawn: Drawn, button: str, start: int
) -> None:
    end = 0 if button == "before" else WEEKS - 1
    with opened(browser, drawn, f"week={friday(start)}") as page:
        page.locator(f"#{button}").focus()
        for _ in range(2):  # the second one does nothing
            page.keyboard.press("Enter")
            settled(page)
            assert page.locator("#slider").input_value() == str(end)
            assert focused(page) == button
            assert page.locator(f"#{button}").get_attribute("aria-disabled") == "true"
        assert Axe().run(page).response["violations"] == []


def test_what_goes_with_the_table_leaves_the_focus_to_it(browser: Browser, drawn: Drawn) -> None:
    with opened(browser, drawn, f"week={friday(MISSED)}") as page:
        page.get_by_role("button", name="The week after on file").press("Enter")
        settled(page)
        assert focused(page) == "table"
        page.get_by_role("searchbox").fill("A0")
        page.locator("#table .found .title").press("Enter")
        settled(page)
        assert focused(page) == "table"
