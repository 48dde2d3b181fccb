"""Weeks that the page doesn't show, or not as they are stored: told apart, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from spotify_assets.defs.dashboard import held_back_in
from spotify_assets.reports.dashboard.records import HeldBack
from spotify_assets_tests.chart_frames import chart, friday
from spotify_assets_tests.dashboards import Drawn, draw, opened, records, tables_from
from spotify_assets_tests.made_weeks import halve, make_weeks

BOTH = frozenset({"norway", "global"})
MISSED, HELD, OF_GLOBAL, OLDER, LAST = 1, 3, 5, 7, 9
"""Weeks of Norway: not collected, held back, only Global held back, shown in an older state."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Ten weeks of Norway with gaps; of Global only the first one."""
    songs = [
        row
        for week in range(LAST + 1)
        if week not in (MISSED, HELD, OF_GLOBAL)
        for row in chart(week, "A B C")
    ]
    held = [
        HeldBack(friday(LAST + 1), ("Norway has 3 rows.",), BOTH),
        HeldBack(friday(OLDER), ("Rank 2 is there twice.", "Rank 3 as well."), BOTH),
        HeldBack(friday(HELD), ("Norway is the chart of the week before.",), BOTH),
        HeldBack(friday(OF_GLOBAL), ("Global has no rows.",), frozenset({"global"})),
    ]
    tables = tables_from({"songs": songs + chart(0, "A", chart="global")})
    return draw(tmp_path_factory.mktemp("gaps"), tables, held_back=held)


def shown(browser: Browser, drawn: Drawn, week: int, *places: str) -> list[str]:
    with opened(browser, drawn, f"chart=norway&week={friday(week)}") as page:
        return [page.locator(place).inner_text() for place in places]


def test_weeks_held_back_are_not_counted_as_not_collected(browser: Browser, drawn: Drawn) -> None:
    foot, road = shown(browser, drawn, LAST, "#foot", "#road")
    gaps = "2 weeks between them were not collected and 1 is held back"
    assert foot.startswith(
        f"7 weeks of Norway on file, 13 Nov 2025 to 15 Jan 2026; {gaps}. Weeks run"
    )
    assert "2 weeks in grey were not collected and 1 is held back." in road


def test_a_week_held_back_says_so_where_its_chart_would_be(browser: Browser, drawn: Drawn) -> None:
    table, road = shown(browser, drawn, HELD, "#table", "#road")
    assert "was collected, but is held back: the audit found something wrong" in table
    assert "This week is held back" in road
    for week in (MISSED, OF_GLOBAL):
        table, road = shown(browser, drawn, week, "#table", "#road")
        assert "was not collected." in table
        assert "This week was not collected" in road


def test_the_week_after_says_what_it_is_compared_with_and_why(
    browser: Browser, drawn: Drawn
) -> None:
    after_held, after_missed = (
        shown(browser, drawn, week + 1, "#table-note")[0] for week in (HELD, OF_GLOBAL)
    )
    assert "The week of 28 Nov – 4 Dec 2025 is held back; moves compare with" in after_held
    assert "The week of 12–18 Dec 2025 was not collected; moves compare with" in after_missed


def test_a_week_of_which_an_older_state_is_shown_is_listed_apart_and_says_so(
    browser: Browser, drawn: Drawn
) -> None:
    note, notice = shown(browser, drawn, OLDER, "#table-note", "#held")
    older = "A newer state of this week is held back: what is shown was published before."
    assert older in note
    assert older not in shown(browser, drawn, LAST, "#table-note")[0]
    not_shown, _, as_before = notice.partition("Shown here as they were before:")
    assert not_shown.startswith("4 weeks held back, for the audit found something wrong.")
    weeks = ("28 Nov – 4 Dec 2025: ", "12–18 Dec 2025: ", "16–22 Jan 2026: Norway has 3 rows.")
    assert all(week in not_shown for week in weeks)
    assert as_before.strip() == "26 Dec 2025 – 1 Jan 2026: Rank 2 is there twice. Rank 3 as well."


def test_many_weeks_and_reasons_are_told_in_short(browser: Browser, tmp_path: Path) -> None:
    reasons = tuple(f"Reason {number}." for number in range(5))
    held = [HeldBack(friday(week), reasons) for week in range(2, 9)]
    found, _ = records(tables_from({"songs": chart(0, "A")}), held_back=held)
    told = [says for says, _ in found["held"][0][1]]
    assert told == ["Reason 0.", "Reason 1.", "Reason 2.", "2 more findings."]
    drawn = draw(tmp_path, tables_from({"songs": chart(0, "A")}), held_back=held)
    with opened(browser, drawn) as page:
        assert page.locator("#held li:visible").count() == 3
        page.get_by_text("and 4 more weeks").click()
        assert page.locator("#held li:visible").count() == 7


def test_a_week_held_back_of_unknown_charts_counts_for_all() -> None:
    held = [HeldBack(friday(1), ("It can't be read.",))]
    songs = chart(0, "A") + chart(2, "A") + chart(1, "A", chart="global")
    found, _ = records(tables_from({"songs": songs}), held_back=held)
    assert {of["slug"]: of["held"] for of in found["charts"]} == {"norway": [1], "global": []}
    assert found["held"][0][2] == 1  # Global's is shown


def test_the_weeks_held_back_come_with_the_charts_that_were_collected(base: Path) -> None:
    made = make_weeks(base, 4)
    assert held_back_in(made.storage) == []
    week: date = made.weeks[2]
    halve(made, week)
    made.publish()
    (found,) = held_back_in(made.storage)
    assert (found.week, found.charts) == (week, BOTH)
    assert found.reasons


def test_a_chart_that_is_behind_says_which_later_weeks_it_lacks(
    browser: Browser, tmp_path: Path
) -> None:
    songs = chart(0, "A") + chart(1, "A")
    for week in range(4):
        songs += chart(week, "A", chart="global")
    held = [HeldBack(friday(3), ("Norway has no rows.",), frozenset({"norway"}))]
    drawn = draw(tmp_path, tables_from({"songs": songs}), held_back=held)
    lacking = (
        "Of the later weeks that other charts have, 1 week was not collected and 1 is held back."
    )
    with opened(browser, drawn, "chart=norway") as page:
        assert lacking in page.locator("#table-note").inner_text()
        after = "; 1 week after them was not collected and 1 is held back. Weeks run"
        assert after in page.locator("#foot").inner_text()
    assert "later weeks" not in shown(browser, drawn, 0, "#table-note")[0]
    with opened(browser, drawn, "chart=global") as page:
        assert "later weeks" not in page.locator("#table-note").inner_text()
        assert "after them" not in page.locator("#foot").inner_text()


def test_a_chart_one_week_behind_says_which_week_that_is(browser: Browser, tmp_path: Path) -> None:
    songs = chart(0, "A") + chart(0, "A", chart="global") + chart(1, "A", chart="global")
    drawn = draw(tmp_path, tables_from({"songs": songs}))
    with opened(browser, drawn, "chart=norway") as page:
        note = page.locator("#table-note").inner_text()
    assert "The week after it, 14–20 Nov 2025, which other charts have, was not collected." in note


def test_a_finding_is_a_sentence_with_the_code_of_its_check_small_behind(
    browser: Browser, tmp_path: Path
) -> None:
    ids = ", ".join(letter * 22 for letter in "ab")
    held = [
        HeldBack(
            friday(1),
            (
                f"albums.references_resolve: 31 ids of albums not in songs: {ids} and 29 more",
                "songs.as_derived: the rows aren't those that were derived: derive them again",
                "songs.duration_ms_likely: duration_ms is 3 of song 2",
            ),
        )
    ]
    drawn = draw(tmp_path, tables_from({"songs": chart(0, "A")}), held_back=held)
    with opened(browser, drawn) as page:
        assert page.locator("#held li").inner_text().strip() == (
            "14–20 Nov 2025: "
            "31 ids of albums not in songs. (albums.references_resolve) "
            "The rows aren't those that were derived: derive them again. (songs.as_derived) "
            "duration_ms is 3 of song 2. (songs.duration_ms_likely)"
        )
        small, usual = (
            page.locator(where).first.evaluate(
                "(text) => parseFloat(getComputedStyle(text).fontSize)"
            )
            for where in ("#held .code", "#held .reason")
        )
        assert small < usual
        assert Axe().run(page).response["violations"] == []
