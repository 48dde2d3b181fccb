"""Finding songs and artists: letters that a keyboard lacks, and words of title and artist mixed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from spotify_assets_tests.chart_frames import song
from spotify_assets_tests.dashboards import Drawn, draw, opened, table_rows, tables_from

SONGS = {
    "Bodø by Night": "Åse Łuk",
    "Grünerløkka": "Þór Sigurðsson",
    "Ærlig talt": "Œuvre",
    "Große Straße": "Đorđe Kızıl",
    "Lonely Evening": "Sondre Dahl",
    "Lonely Morning": "Ida Nord",
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    songs = [
        song(0, rank, title, artist_names=artist)
        for rank, (title, artist) in enumerate(SONGS.items(), 1)
    ]
    return draw(tmp_path_factory.mktemp("find"), tables_from({"songs": songs}))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Bodo", "Bodø by Night"),
        ("BODØ", "Bodø by Night"),
        ("ase luk", "Bodø by Night"),
        ("grunerlokka", "Grünerløkka"),
        ("thor sigurdsson", "Grünerløkka"),
        ("Aerlig", "Ærlig talt"),
        ("oeuvre", "Ærlig talt"),
        ("strasse", "Große Straße"),
        ("Straße", "Große Straße"),
        ("STRASSE", "Große Straße"),
        ("dorde kizil", "Große Straße"),
        ("Sondre lonely", "Lonely Evening"),
    ],
)
def test_a_song_is_found_by_the_letters_that_a_keyboard_has(
    browser: Browser, drawn: Drawn, typed: str, title: str
) -> None:
    with opened(browser, drawn) as page:
        page.get_by_role("searchbox").fill(typed)
        assert [row["song"].partition(" | ")[0] for row in table_rows(page)] == [title]


def test_a_word_that_stands_nowhere_finds_nothing(browser: Browser, drawn: Drawn) -> None:
    with opened(browser, drawn) as page:
        page.get_by_role("searchbox").fill("lonely nobody")
        assert table_rows(page) == []
        assert "Nothing on this week's chart matches." in page.locator("#table").inner_text()
