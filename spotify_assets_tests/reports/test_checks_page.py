"""The checks' page in real Chromium: it shows what the results say, and needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from spotify_assets.reports.checks_page import checks_page
from spotify_assets.reports.checks_text import CheckResults
from spotify_assets_tests.dashboards import HOSTILE, everybody_can_read, opened
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


@pytest.fixture(scope="module")
def some(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page over results of which some fail, to be read and not to be changed."""
    with page_of(browser, tmp_path_factory.mktemp("some"), SOME) as page:
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


def test_the_grid_of_the_latest_year_has_every_check_and_earlier_ones_what_fails(
    some: Page, browser: Browser, tmp_path: Path
) -> None:
    latest = cells(some, 2026)
    assert list(latest) == list(CHECKS)
    passed = ["✓"] * (sum(week.year == 2026 for week in WEEKS) - 1)
    assert latest["songs.row_count"] == ["▲", *passed]
    assert latest["albums.references_resolve"] == ["✗", *passed]
    assert latest["songs.schema"] == ["✓", *passed]
    assert {title: row.count("▲") for title, row in cells(some, 2025).items()} == {
        "songs.row_count": 1
    }
    judged = results(failed(NEW, "songs.row_count", "bad")).checks["songs.row_count"]
    others = results(weeks=WEEKS[:-1]).checks  # nobody ran them in the latest week
    found = CheckResults({**others, "songs.row_count": judged})
    with page_of(browser, tmp_path, found) as page:
        assert cells(page, 2026)["songs.schema"][:2] == ["·", "✓"]
        assert "2025: 30 weeks, and every check passes." in page.locator("main").inner_text()


def test_what_fails_is_said_with_its_weeks_the_latest_finding_and_links_to_dagster(
    some: Page,
) -> None:
    blocks = some.locator(".check")
    assert blocks.evaluate_all("all => all.map(one => one.id)") == [
        "albums.references_resolve",  # errors first
        "songs.row_count",
    ]
    said = blocks.last.inner_text()
    assert f"has failed since {NEW}" in said
    assert f"2 of 76 weeks: {OLD} and {NEW}" in said
    assert "norway: there are 12 too few" in said
    assert "global: there are 3 too many" in said
    assert "38 too few" not in said  # folded away
    assert "A chart has about as many rows as" in said  # what the check asserts
    links = blocks.last.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert links[:2] == [
        f"{UI}/assets/songs?view=checks&checkDetail=row_count",
        f"{UI}/assets/songs?view=partitions&partition={NEW}",
    ]


def test_of_many_failing_weeks_the_latest_five_are_shown(browser: Browser, tmp_path: Path) -> None:
    found = results(*(failed(week, "songs.schema", f"bad in {week}") for week in WEEKS))
    with page_of(browser, tmp_path, found) as page:
        block = page.locator(".check")
        assert block.locator("details.week").count() == 5
        said = block.inner_text()
        assert f"has failed since {WEEKS[0]}" in said
        assert f"76 of 76 weeks: {WEEKS[0]} to {WEEKS[-1]}" in said
        assert "and 71 earlier weeks" in said
        assert (
            f"norway: 76 weeks, {WEEKS[0]} to {WEEKS[-1]}" in page.locator(".notice").inner_text()
        )
        sign = page.get_by_role("link", name="error, schema, 15–21 Aug 2025")
        assert f"bad in {OLD}" in str(sign.get_attribute("title"))
        sign.click()
        assert page.url.endswith("#songs.schema")


def test_a_sign_in_the_grid_links_to_what_was_found(browser: Browser, tmp_path: Path) -> None:
    with page_of(browser, tmp_path, SOME) as page:
        page.get_by_role("link", name="warning, row_count, 15–21 Aug 2025").click()
        assert page.url.endswith(f"#songs.row_count-{OLD}")
        assert page.locator(f"[id='songs.row_count-{OLD}']").is_visible()


def test_the_top_says_how_much_fails_and_which_charts_are_held_back(
    some: Page, browser: Browser, tmp_path: Path
) -> None:
    figures = some.locator(".headline strong").all_inner_texts()
    assert figures == ["✗ 1 error", "▲ 2 warnings", "76 weeks"]
    notice = some.locator(".notice").inner_text()
    assert f"norway: {NEW}" in notice
    assert "global" not in notice  # only warned of
    with page_of(browser, tmp_path, results()) as page:
        figures = page.locator(".headline strong").all_inner_texts()
        assert figures[:2] == ["✓ 0 errors", "✓ 0 warnings"]
        assert "Nothing: every check passes." in page.locator("main").inner_text()
        assert page.locator(".notice, .days").count() == 0


def test_weeks_in_which_checks_fail_are_counted(some: Page) -> None:
    rows = some.locator(".days tbody tr").evaluate_all(
        "all => all.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    assert rows == [["13–19 Nov 2026", "1", "1"], ["15–21 Aug 2025", "0", "1"]]
    assert "Checks fail in 2 of the latest 76 weeks" in some.locator("main").inner_text()


def test_foreign_texts_stay_text_and_rows_are_folded_away(browser: Browser, tmp_path: Path) -> None:
    hostile = "; ".join(HOSTILE)
    found = results(
        failed(NEW, "songs.schema", hostile, ROW, ROW | {"song_name": HOSTILE[1]}, chart=HOSTILE[0])
    )
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


def test_nothing_runs_and_nothing_is_loaded_on_it(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "checks.html"
    path.write_bytes(checks_page(SOME, NOW, UI))
    assert b"<script" not in path.read_bytes()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.body.append(s);"
            " const t = document.createElement('style'); t.textContent = 'h1 { display: none }';"
            " document.head.append(t); }"
        )
        assert page.evaluate("() => window.ran") is None
        assert page.get_by_role("heading", name="Data checks").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("which", ["many fail", "nothing stored"])
def test_everybody_can_read_it(
    browser: Browser, tmp_path: Path, which: str, width: int, scheme: str
) -> None:
    failures = [failed(week, "songs.row_count", "bad", ROW) for week in WEEKS[-14:]]
    failures.append(failed(NEW, "songs.schema", "bad"))
    found = results(*failures) if which == "many fail" else results(weeks=[])
    viewport = {"width": width, "height": 844}
    with page_of(browser, tmp_path, found, viewport=viewport, color_scheme=scheme) as page:
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )
        everybody_can_read(page)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(15, 19, 24)" if scheme == "dark" else "rgb(245, 246, 248)")
