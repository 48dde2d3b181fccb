"""Titles and names as they come: blank ones, ones that turn the text around, very long ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator

from spotify_assets_tests.chart_frames import credit, friday, song
from spotify_assets_tests.dashboards import Drawn, draw, opened, table_rows, tables_from

BLANK = ("", "   ", "\u200b\u2060", "\u3164", "\u202e")
TURNED, HEBREW = "\u202eturned", "\u05e9\u05d9\u05e8"
UNBROKEN, WORDS = "L" * 300, "Some words of a title that goes on " * 9
TITLES = (*BLANK, TURNED, HEBREW, UNBROKEN, WORDS, "Plain")
PARTS = (".title", ".explicit", ".out")
ROW_OF_A_FEW_LINES = 170  # pixels: four lines of title and four of names


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Two weeks with such titles, by artists of the same names."""
    rows: dict[str, Any] = {"songs": [], "song_artists": [], "artists": []}
    for week in (0, 1):
        for rank, title in enumerate(TITLES, 1):
            url = f"https://open.spotify.com/track/{'a' * 20}{rank:02}"
            names = {"artist_names": title or None, "song_url": url, "explicit": True}
            rows["songs"].append(song(week, rank, title, song_id=f"id-{rank}", **names))
            rows["song_artists"] += credit(week, f"id-{rank}", [title])
            artist = {"week": friday(week), "artist_id": title.lower(), "name": title}
            rows["artists"].append(artist)
    return draw(tmp_path_factory.mktemp("titles"), tables_from(rows))


def box(element: Locator) -> dict[str, float]:
    """Where an element is, in pixels."""
    found = element.bounding_box()
    assert found is not None
    return dict(found)  # type: ignore[call-overload,no-any-return]


def test_titles_and_names_of_which_nothing_is_to_be_seen_are_words(
    browser: Browser, drawn: Drawn
) -> None:
    with opened(browser, drawn) as page:
        titles = [row["song"].partition(" | ")[0] for row in table_rows(page)]
        assert titles == ["(without a title)"] * len(BLANK) + list(TITLES[len(BLANK) :])
        assert "Artist: (without a name)" in page.locator("#artist-card").inner_text()
        assert "(without a title)" in page.locator("#headlines").inner_text()
        assert "2 (without a title)" in page.locator("#road").inner_text()


@pytest.mark.parametrize("width", [1366, 390])
def test_a_title_that_turns_the_text_around_turns_nothing_but_itself(
    browser: Browser, drawn: Drawn, width: int
) -> None:
    with opened(browser, drawn, viewport={"width": width, "height": 844}) as page:
        for title in (TURNED, HEBREW):
            row = page.locator("#table tbody tr").nth(TITLES.index(title))
            named, mark, arrow = (box(row.locator(f".name {part}")) for part in PARTS)
            assert named["x"] + named["width"] <= mark["x"] + 1
            assert mark["x"] + mark["width"] <= arrow["x"] + 1
        assert page.locator("svg").get_by_text(TURNED).count() == 0
        assert page.locator("#road .name", has_text="turned").count() == 1


def test_a_sentence_goes_on_after_such_a_name(browser: Browser, tmp_path: Path) -> None:
    songs = [song(week, 1, "Plain", artist_names=TURNED) for week in (0, 1)]
    with opened(browser, draw(tmp_path, tables_from({"songs": songs}))) as page:
        note = page.locator("#headlines p", has_text="wk at the top")
        name = box(note.locator("bdi"))
        begins = note.evaluate(BEGIN_OF_THE_REST)
        assert begins >= name["x"] + name["width"] - 1


BEGIN_OF_THE_REST = """(note) => {
  const rest = document.createRange();
  rest.selectNodeContents(note.lastChild);
  return rest.getBoundingClientRect().left;
}"""


@pytest.mark.parametrize("width", [1366, 390])
def test_a_title_of_300_letters_takes_a_few_lines_and_is_whole_as_a_tooltip(
    browser: Browser, drawn: Drawn, width: int
) -> None:
    with opened(browser, drawn, viewport={"width": width, "height": 844}) as page:
        for title in (UNBROKEN, WORDS):
            row = page.locator("#table tbody tr").nth(TITLES.index(title))
            assert box(row)["height"] < ROW_OF_A_FEW_LINES
            assert row.locator(".title").get_attribute("title") == title
            assert row.locator(".by").first.get_attribute("title") == title
            for part in ("#longest li", "#artists li"):
                for place in page.locator(part).all():
                    assert box(place)["height"] < ROW_OF_A_FEW_LINES
        assert page.locator("#table tbody tr .title").last.get_attribute("title") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_song_that_is_followed_shows_its_whole_title(browser: Browser, drawn: Drawn) -> None:
    with opened(browser, drawn) as page:
        row = page.locator("#table tbody tr").nth(TITLES.index(WORDS))
        before = box(row)["height"]
        row.locator(".title").click()
        assert box(row)["height"] > 2 * before
        row.locator(".title").click()
        assert box(row)["height"] == before
