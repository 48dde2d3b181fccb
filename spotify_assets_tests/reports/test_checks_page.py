"""The checks' page in real Chromium: it shows what the results say, and needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from spotify_assets.reports.checks_page import checks_page
from spotify_assets.reports.checks_text import CheckResults, results_of
from spotify_assets_tests.dashboards import (
    HOSTILE,
    everybody_can_read,
    opened,
    runs_a_foreign_script,
)
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.reports.checks import CHECKS, NEW, OLD, SOME, WEEKS, failed, results

UI = "https://dagster.example.org"
ROW = {"rank": 0, "song_name": None, "explicit": True, "share": 0.5}


@contextmanager
def page_of(browser: Browser, folder: Path, found: CheckResults, **context: Any) -> Iterator[Page]:
    """The page over these results."""
    path = folder / "checks.html"
    path.write_bytes(checks_page(found, NOW, UI))
    with opened(browser, path, **context) as page:
        yield page


def cells(page: Page, year: int) -> dict[str, list[str]]:
    """A year's grid as it is read: the signs of each check, by its name, the latest week first."""
    rows = page.get_by_role("region", name=f"Weeks of {year} by checks").locator("tr:has(td + td)")
    found: dict[str, list[str]] = {}
    for row in rows.all():
        asset = row.locator("xpath=../tr/th[@scope='rowgroup']").inner_text()
        name = row.locator("th[scope=row]").inner_text()
        found[f"{asset}.{name}"] = [cell.strip() for cell in row.locator("td").all_inner_texts()]
    return found


def test_what_fails_is_counted_listed_and_linked(browser: Browser, tmp_path: Path) -> None:
    with page_of(browser, tmp_path, SOME) as page:
        figures = page.locator(".headline strong").all_inner_texts()
        assert figures == ["✗ 1 error", "▲ 2 warnings", "76 weeks"]
        notice = page.locator(".notice").inner_text()
        assert f"norway: {NEW}" in notice
        assert "global" not in notice  # only warned of
        latest = cells(page, 2026)
        assert list(latest) == list(CHECKS)
        passed = ["✓"] * (sum(week.year == 2026 for week in WEEKS) - 1)
        assert latest["songs.row_count"] == ["▲", *passed]
        assert latest["albums.references_resolve"] == ["✗", *passed]
        assert latest["songs.schema"] == ["✓", *passed]
        earlier = {title: row.count("▲") for title, row in cells(page, 2025).items()}
        assert earlier == {"songs.row_count": 1}  # only what fails
        blocks = page.locator(".check")
        assert blocks.evaluate_all("all => all.map(one => one.id)") == [
            "albums.references_resolve",  # errors first
            "songs.row_count",
        ]
        said = blocks.last.inner_text()
        for text in (
            f"has failed since {NEW}",
            f"2 of 76 weeks: {OLD} and {NEW}",
            "norway: there are 12 too few",
            "global: there are 3 too many",
            "A chart has about as many rows as",  # what the check asserts
        ):
            assert text in said
        assert "38 too few" not in said  # folded away
        link = f"{UI}/assets/songs?view=checks&checkDetail=row_count"
        assert blocks.last.locator("a").get_attribute("href") == link
        page.get_by_role("link", name="warning, row_count, 15–21 Aug 2025").click()
        assert page.url.endswith(f"#songs.row_count-{OLD}")
        assert page.locator(f"[id='songs.row_count-{OLD}']").is_visible()


def test_where_nothing_fails_or_ran_it_says_so(browser: Browser, tmp_path: Path) -> None:
    judged = results().checks["songs.row_count"]
    others = results(weeks=WEEKS[:-1]).checks  # nobody ran them in the latest week
    with page_of(browser, tmp_path, CheckResults({**others, "songs.row_count": judged})) as page:
        assert cells(page, 2026)["songs.schema"][:2] == ["·", "✓"]
        figures = page.locator(".headline strong").all_inner_texts()
        assert figures[:2] == ["✓ 0 errors", "✓ 0 warnings"]
        said = page.locator("main").inner_text()
        assert "Nothing: every check passes." in said
        assert "2025: 30 weeks, and every check passes." in said
        assert page.locator(".notice").count() == 0
    with page_of(browser, tmp_path, results(weeks=[])) as page:
        everybody_can_read(page)


def test_what_is_found_of_the_whole_base_is_said_once_and_stands_above_the_weeks(
    browser: Browser, tmp_path: Path
) -> None:
    rows = [
        (None, "raw_playlist", "no_holes", None, "WARN", False, 1, "2 weeks are missing", None),
        (None, "raw_playlist", "no_rejects", None, "WARN", True, 0, None, None),
    ]
    found = CheckResults({**results_of(rows).checks, **results().checks})
    with page_of(browser, tmp_path, found) as page:
        assert "2 weeks are missing" in page.locator(".check").inner_text()
        assert list(cells(page, 2026)) == list(CHECKS)
        page.get_by_role("link", name="▲ raw_playlist.no_holes").click()
        assert page.url.endswith("#raw_playlist.no_holes")
        assert "✓ raw_playlist.no_rejects" in page.locator("main").inner_text()


def test_of_many_failing_weeks_the_latest_five_are_shown(browser: Browser, tmp_path: Path) -> None:
    found = results(*(failed(week, "songs.schema", f"bad in {week}") for week in WEEKS))
    with page_of(browser, tmp_path, found) as page:
        assert page.locator(".check details.week").count() == 5
        assert "and 71 earlier weeks" in page.locator(".check").inner_text()
        held_back = f"norway: 76 weeks, {WEEKS[0]} to {WEEKS[-1]}"
        assert held_back in page.locator(".notice").inner_text()
        sign = page.get_by_role("link", name="error, schema, 15–21 Aug 2025")
        assert f"bad in {OLD}" in str(sign.get_attribute("title"))
        sign.click()
        assert page.url.endswith("#songs.schema")


def test_foreign_texts_stay_text_and_rows_are_folded_away(browser: Browser, tmp_path: Path) -> None:
    rows = (ROW, ROW | {"song_name": HOSTILE[1]})
    found = results(failed(NEW, "songs.schema", "; ".join(HOSTILE), *rows, chart=HOSTILE[0]))
    with page_of(browser, tmp_path, found) as page:
        assert page.title() == "Data checks"
        assert page.locator("main img, main script").count() == 0
        assert HOSTILE[1] in page.locator(".check").inner_text()
        assert HOSTILE[0] in page.locator(".notice").inner_text()
        assert "\u202e" not in page.content()
        table = page.locator(".check table")
        assert table.is_hidden()
        page.get_by_text("2 rows as examples").click()
        assert [line.split("\t") for line in table.locator("tr").all_inner_texts()] == [
            ["rank", "song_name", "explicit", "share"],
            ["0", "null", "true", "0.5"],
            ["0", HOSTILE[1], "true", "0.5"],
        ]


def test_no_script_runs_on_it(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "checks.html"
    path.write_bytes(checks_page(SOME, NOW, UI))
    assert b"<script" not in path.read_bytes()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert not runs_a_foreign_script(page)


@pytest.mark.parametrize(
    ("width", "scheme", "ground"),
    [(1366, "light", "rgb(245, 246, 248)"), (390, "dark", "rgb(15, 19, 24)")],
)
def test_everybody_can_read_it(
    browser: Browser, tmp_path: Path, width: int, scheme: str, ground: str
) -> None:
    failures = [failed(week, "songs.row_count", "bad", ROW) for week in WEEKS[-14:]]
    found = results(*failures, failed(NEW, "songs.schema", "bad"))
    viewport = {"width": width, "height": 844}
    with page_of(browser, tmp_path, found, viewport=viewport, color_scheme=scheme) as page:
        page.locator("details").evaluate_all("all => all.forEach((d) => { d.open = true; })")
        everybody_can_read(page)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
