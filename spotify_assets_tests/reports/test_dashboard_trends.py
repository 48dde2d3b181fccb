"""How the chart is changing: what is known from the first week on, and where recordings are from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from spotify_assets.charts import Chart, Charts
from spotify_assets.reports.dashboard.recordings import codes_of, statement
from spotify_assets_tests.chart_frames import chart, friday, reported, song
from spotify_assets_tests.dashboards import draw, opened, records, tables_from

SPOTIFY_SAYS = (reported(1, 2, 9), reported(2, None, 1), reported(1, None, 5), reported(4, 4, 8))


def chart_file(week: int) -> list[dict[str, Any]]:
    """A chart file's rows: one song is new, one back, two were there."""
    return [song(week, rank, f"S{rank}", **said) for rank, said in enumerate(SPOTIFY_SAYS, 1)]


def card(page: Page, title: str) -> str:
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("#trends section", has=heading).inner_text()


def test_a_single_chart_file_tells_what_is_new_as_spotify_reports_it(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, draw(tmp_path, tables_from({"songs": chart_file(0)}))) as page:
        assert "1.0" in card(page, "New songs a week")
        assert "50%" in card(page, "Turnover")
        assert "Known from the second week on" not in page.locator("#trends").inner_text()
        assert "1 new, 1 back" in page.locator("#headlines").inner_text()


def test_a_single_playlist_tells_it_from_the_second_week_on(
    browser: Browser, tmp_path: Path
) -> None:
    drawn = draw(tmp_path, tables_from({"songs": chart(0, "A B C D")}))
    with opened(browser, drawn) as page:
        for title in ("New songs a week", "Turnover"):
            assert "Known from the second week on" in card(page, title)


def test_where_a_chart_s_history_starts_nothing_is_new(browser: Browser, tmp_path: Path) -> None:
    first = [song(0, rank, f"S{rank}", **reported(rank, None, 1)) for rank in (1, 2, 3, 4)]
    drawn = draw(tmp_path, tables_from({"songs": first + chart_file(1)}))
    with opened(browser, drawn, f"week={friday(0)}") as page:
        assert "NEW" not in page.locator("#table").inner_text()
        headlines = page.locator("#headlines").inner_text()
        assert "Moves start next week" in headlines
        assert "changed hands" not in headlines
        assert "Highest new entry" not in headlines
        assert "history starts" in page.locator("#table-note").inner_text()
    with opened(browser, drawn, f"week={friday(1)}") as page:
        assert "1 new, 1 back" in page.locator("#headlines").inner_text()
        assert "1.0" in card(page, "New songs a week")  # not the mean of one and four
        assert "50%" in card(page, "Turnover")
        assert "Spotify's own figures" in page.locator("#table-note").inner_text()


def test_after_a_long_gap_only_what_spotify_reports_is_taken() -> None:
    def trends(rows: list[dict[str, Any]]) -> tuple[Any, Any]:
        found = records(tables_from({"songs": rows}))[0]["charts"][0]["trends"]
        return found["new"], found["turnover"]

    assert trends(chart(0, "A") + chart(4, "B")) == ([None, 1], [None, 1])
    assert trends(chart(0, "A") + chart(5, "B")) == ([None, None], [None, None])
    assert trends(chart(0, "A") + chart_file(50)) == ([None, 1], [None, 0.5])


CODES = ("NOABC2600001", "nodef2600002", "QZABC2600003", None)
COUNTRIES = Charts(
    (
        Chart("norway", "Norway", "no"),
        Chart("usa", "USA", "us"),
        Chart("global", "Global", "global"),
    ),
    "here",
)


def coded(week: int, *slugs: str) -> list[dict[str, Any]]:
    """The same four songs in each chart; of one no code is known."""
    return [
        song(week, rank, f"S{rank}", chart=slug, isrc=code)
        for slug in slugs
        for rank, code in enumerate(CODES, 1)
    ]


def test_the_share_of_a_country_s_recordings_is_of_those_whose_code_is_known(
    browser: Browser, tmp_path: Path
) -> None:
    songs = [row for week in range(5) for row in coded(week, "norway", "usa", "global")]
    drawn = draw(tmp_path, tables_from({"songs": songs}), charts=COUNTRIES)
    for slug, name, share in (("norway", "Norway", "67%"), ("usa", "USA", "33%")):
        with opened(browser, drawn, f"chart={slug}") as page:
            said = card(page, f"Recordings from {name}")
            assert share in said
            assert "Known for 3 of 4 songs this week." in said
            section = page.locator("#trends section", has_text=f"Recordings from {name}")
            assert section.locator("path.theirs").count() == 1  # Global's
    with opened(browser, drawn, "chart=global") as page:
        assert "Recordings from" not in page.locator("#trends").inner_text()


def test_where_no_code_is_known_the_card_says_so(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, draw(tmp_path, tables_from({"songs": chart(0, "A")}))) as page:
        said = card(page, "Recordings from Norway")
        assert "No recording code is known: chart files carry none." in said
        assert "%" not in said


def test_the_chart_compared_with_is_asked_about_each_country() -> None:
    songs = coded(0, "norway", "usa", "global") + coded(1, "norway")
    found, _ = records(tables_from({"songs": songs}), COUNTRIES)
    of = {one["slug"]: one for one in found["charts"]}
    assert of["norway"]["abroad"] == {"week": [0], "share": [0.6667]}
    assert of["usa"]["abroad"] == {"week": [0], "share": [0.3333]}
    assert of["global"]["abroad"] is None
    assert of["norway"]["trends"]["home"] == [0.6667, 0.6667]
    assert of["norway"]["trends"]["home_known"] == [3, 3]
    assert "home" not in of["global"]["trends"]


def test_the_codes_of_a_country_are_its_own_and_those_given_besides() -> None:
    assert codes_of("no") == ("NO",)
    assert codes_of("us") == ("US", "PR", "QM", "QT", "QZ")
    assert codes_of("gb") == ("GB", "GX", "UK")
    assert codes_of("global") == codes_of("") == ()


def test_charts_without_a_country_are_not_asked_for() -> None:
    assert statement(COUNTRIES, ["global"], "global") is None
    assert "'usa'" not in str(statement(COUNTRIES, ["global", "norway"], "global"))


def test_what_rounds_to_no_change_has_no_direction(browser: Browser, tmp_path: Path) -> None:
    songs = [
        song(week, rank, f"S{rank}", duration_ms=200_000 - 2 * week)
        for week in range(57)
        for rank in (1, 2)
    ]
    with opened(browser, draw(tmp_path, tables_from({"songs": songs}))) as page:
        for title in ("Song length", "New songs a week", "Turnover"):
            said = card(page, title)
            assert "unchanged in a year" in said
            assert "▲" not in said
            assert "▼" not in said
