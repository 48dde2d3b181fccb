"""The page on paper: light, fitting, with its colours, and saying which chart and week it is of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from spotify_assets_tests.dashboards import Drawn, draw, opened, sample_tables, settled

LAST = date(2026, 11, 13)
PAPER = 700  # A4 within its margins, in pixels


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return draw(tmp_path_factory.mktemp("printing"), sample_tables(LAST, 6))


@pytest.fixture
def paper(browser: Browser, drawn: Drawn) -> Iterator[Page]:
    """The page as it is laid out on paper, when it was dark and wide on the screen."""
    with opened(browser, drawn, "theme=dark&period=52") as page:
        page.emulate_media(media="print")
        page.locator("html").evaluate(f"(html) => {{ html.style.width = '{PAPER}px'; }}")
        yield page


def style(page: Page, where: str, name: str) -> str:
    script = "(element, name) => getComputedStyle(element).getPropertyValue(name)"
    found: str = page.locator(where).first.evaluate(script, name)
    return found


def test_paper_is_light_and_what_is_drawn_keeps_its_colours(paper: Page) -> None:
    assert style(paper, "html", "color-scheme") == "light"
    assert style(paper, "body", "color") == "rgb(17, 20, 24)"
    assert style(paper, ".card", "background-color") == "rgb(255, 255, 255)"
    for where in ("#genres .legend i", "#artists .fill", "#road svg", "#trends svg"):
        assert style(paper, where, "print-color-adjust") == "exact", where


def test_what_is_drawn_fits_the_paper_and_keeps_its_proportions(paper: Page) -> None:
    script = """(svg) => {
      const [drawn, card] = [svg, svg.closest(".card")].map((each) => each.getBoundingClientRect());
      return [card.right - drawn.right, drawn.width / drawn.height, svg.getAttribute("viewBox")];
    }"""
    for where in ("#road svg", "#genres svg", "#trends svg"):
        room, shape, box = paper.locator(where).first.evaluate(script)
        width, height = (float(part) for part in box.split()[2:])
        assert room > 0, where
        assert shape == pytest.approx(width / height, rel=0.02), where
    assert style(paper, "#table .spark svg", "width") == "66px"
    assert paper.evaluate("document.body.scrollWidth") <= PAPER


def test_cards_are_not_broken_and_what_is_pressed_is_not_printed(paper: Page) -> None:
    for where in (".card", ".headline", "#table tr"):
        assert style(paper, where, "break-inside") == "avoid", where
    assert paper.locator("button:visible, input:visible, select:visible").count() == 0
    assert "Period: 52 weeks." in paper.locator("#artists-note").inner_text()


def test_paper_and_window_say_which_chart_and_week_it_is(browser: Browser, drawn: Drawn) -> None:
    with opened(browser, drawn) as page:
        assert "Period:" not in page.locator("#artists-note").inner_text()
        page.get_by_role("button", name="Global", exact=True).click()
        page.get_by_role("button", name="The collected week before").click()
        settled(page)
        assert page.title() == "Global, 6–12 Nov 2026 – Chart Tracker"
        page.emulate_media(media="print")
        says = "Spotify Top Songs Global · week of 6–12 Nov 2026"
        assert page.locator("#subtitle").inner_text() == says
        assert style(page, "#bar", "position") == "static"


def test_it_prints(browser: Browser, drawn: Drawn, tmp_path: Path) -> None:
    with opened(browser, drawn, "theme=dark") as page:
        made = page.pdf(path=tmp_path / "a.pdf", format="A4", print_background=False)
        assert made.startswith(b"%PDF")
        assert 3 <= made.count(b"/Type /Page\n") <= 6
        assert page.locator("html").get_attribute("data-theme") == "dark"
