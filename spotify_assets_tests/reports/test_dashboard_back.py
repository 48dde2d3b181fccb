"""Back and Forward: a chart, an artist or a found song is a step, a week and what is typed is none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from spotify_assets_tests.chart_frames import artist, credit, friday, song
from spotify_assets_tests.dashboards import Drawn, draw, opened, settled, tables_from

WEEKS = 4


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Two charts of two songs, and one song that left Norway's."""
    songs = [
        song(week, rank, name, chart=slug, artist_names=by)
        for slug in ("norway", "global")
        for week in range(WEEKS)
        for rank, (name, by) in enumerate((("A", "Ida"), ("B", "Ola")), 1)
    ]
    songs.append(song(0, 3, "Gone", artist_names="Ola"))
    lines = [
        line
        for week in range(WEEKS)
        for name, by in (("A", "Ida"), ("B", "Ola"), ("Gone", "Ola"))
        for line in credit(week, f"id-{name}", [by])
        if name != "Gone" or week == 0
    ]
    artists = [artist(0, name) for name in ("Ida", "Ola")]
    tables = tables_from({"songs": songs, "song_artists": lines, "artists": artists})
    return draw(tmp_path_factory.mktemp("back"), tables)


def is_shown(page: Page, chart: str, week: int, name: str, typed: str = "") -> None:
    """Wait until this chart, week and artist are drawn."""
    expect(page.locator("#subtitle")).to_contain_text(f"Top Songs {chart} ")
    expect(page.locator("#slider")).to_have_value(str(week))
    expect(page.locator("#artist-title")).to_have_text(f"Artist: {name}")
    expect(page.get_by_role("searchbox")).to_have_value(typed)
    expect(page.locator("#charts [aria-pressed=true]")).to_have_text(chart)
    settled(page)


def test_back_leads_through_charts_and_artists_and_forward_again(
    browser: Browser, drawn: Drawn
) -> None:
    with opened(browser, drawn) as page:
        page.get_by_role("button", name="The collected week before").click()
        settled(page)
        page.get_by_role("button", name="Global", exact=True).click()
        is_shown(page, "Global", WEEKS - 2, "Ida")
        page.get_by_role("button", name="The collected week before").click()
        settled(page)
        page.locator("#table").get_by_role("button", name="Ola", exact=True).click()
        is_shown(page, "Global", WEEKS - 3, "Ola")
        page.go_back()
        is_shown(page, "Global", WEEKS - 3, "Ida")
        page.go_back()
        is_shown(page, "Norway", WEEKS - 2, "Ida")
        page.go_forward()
        is_shown(page, "Global", WEEKS - 3, "Ida")


def test_back_leads_from_a_found_song_to_what_was_typed(browser: Browser, drawn: Drawn) -> None:
    with opened(browser, drawn) as page:
        page.get_by_role("searchbox").press_sequentially("gone")
        page.locator("#table .found").get_by_role("button", name="Gone").click()
        is_shown(page, "Norway", 0, "Ida", "gone")
        page.get_by_role("searchbox").fill("")
        page.go_back()
        is_shown(page, "Norway", WEEKS - 1, "Ida", "gone")


def test_weeks_and_typing_and_what_is_chosen_again_are_no_steps(
    browser: Browser, drawn: Drawn
) -> None:
    with opened(browser, drawn, f"chart=norway&week={friday(1)}") as page:
        steps = page.evaluate("history.length")
        page.get_by_role("button", name="Latest").click()
        page.get_by_role("button", name="The collected week before").click()
        page.get_by_role("searchbox").press_sequentially("ida")
        page.get_by_role("searchbox").fill("")
        page.get_by_role("button", name="Norway", exact=True).click()
        settled(page)
        assert page.evaluate("history.length") == steps
        for _ in range(2):
            page.locator("#table").get_by_role("button", name="Ida", exact=True).click()
        assert page.evaluate("history.length") == steps + 1
