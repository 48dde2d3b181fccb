"""The checks' page in real Chromium: it shows what the report says, and needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from spotify_assets.checks.every_check import EVERY_CHECK, OF_THE_WHOLE
from spotify_assets.checks.verdicts import Verdict
from spotify_assets.reports.check_report.evaluation import Evaluation
from spotify_assets.reports.check_report.page import document
from spotify_assets.reports.check_report.report import FIRST, Report, report_of
from spotify_assets.reports.check_report.stamps import GROUPS
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.reports.test_dashboard_page import HOSTILE

UI = "https://dagster.example.org"
WEEKS = [date(2025, 6, 6) + ONE_WEEK * number for number in range(76)]  # in 2025 and 2026
OLD, NEW = WEEKS[10], WEEKS[-2]
BAD = Verdict("50 songs", "12 songs", ("there are 38 too few",))


def reported(found: dict[tuple[str, date | None], Verdict], weeks: list[date] = WEEKS) -> Report:
    """The report of weeks in which everything holds but this, first seen three days ago."""
    holds: dict[date | None, Verdict] = dict.fromkeys(weeks, Verdict("so", "so"))
    verdicts = {check.title: dict(holds) for check in EVERY_CHECK}
    for check in OF_THE_WHOLE:
        verdicts[check.title] = {None: Verdict("so", "so")}
    for (title, week), verdict in found.items():
        verdicts[title][week] = verdict
    evaluation = Evaluation(verdicts, {group: dict.fromkeys(weeks, "x") for group in GROUPS}, 0)
    first = report_of(evaluation, FIRST, NOW - timedelta(days=3))
    return report_of(evaluation, first, NOW)


SOME = reported(
    {
        ("songs.row_count", OLD): BAD,
        ("songs.row_count", NEW): BAD,
        ("albums.references_resolve", NEW): BAD,
        ("raw_playlist.no_rejected_files", None): BAD,
    }
)


@contextmanager
def opened(browser: Browser, folder: Path, report: Report, **context: Any) -> Iterator[Page]:
    """The page; in the end it must have asked for nothing and said nothing."""
    path = folder / "checks.html"
    path.write_bytes(document(report, UI))
    viewport = {"width": 1366, "height": 900}
    with browser.new_context(**{"viewport": viewport, **context}) as fresh:
        page = fresh.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        yield page
        assert [url for url in asked if not url.startswith(path.as_uri())] == []
        assert said == []


def cells(page: Page, year: int) -> dict[str, list[str]]:
    """A year's grid as it is read: the signs of each check, by its name, the latest week first."""
    rows = page.get_by_role("region", name=f"Weeks of {year} by checks").locator("tr:has(td + td)")
    found: dict[str, list[str]] = {}
    for row in rows.all():
        asset = row.locator("xpath=../tr/th[@scope='rowgroup']").inner_text()
        name = row.locator("th[scope=row]").inner_text()
        found[f"{asset}.{name}"] = [cell.strip() for cell in row.locator("td").all_inner_texts()]
    return found


def test_the_grid_has_the_signs_of_the_report(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, SOME) as page:
        latest = cells(page, 2026)
        weeks = [week for week in reversed(WEEKS) if week.year == 2026]
        assert set(latest) == {c.title for c in EVERY_CHECK if c not in OF_THE_WHOLE}
        expected = {title: ["✓"] * len(weeks) for title in latest}
        expected["songs.row_count"][weeks.index(NEW)] = "▲"
        expected["albums.references_resolve"][weeks.index(NEW)] = "✗"
        assert latest == expected


def test_of_older_years_only_the_checks_with_findings_are_shown(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, tmp_path, SOME) as page:
        assert {title: row.count("▲") for title, row in cells(page, 2025).items()} == {
            "songs.row_count": 1
        }
    good = reported({("songs.row_count", NEW): BAD})
    with opened(browser, tmp_path, good) as page:
        assert "2025: 30 weeks, and every check holds." in page.locator("main").inner_text()


def test_a_week_of_which_a_check_was_not_asked_is_marked_so(
    browser: Browser, tmp_path: Path
) -> None:
    raw = {week: "x" for week in WEEKS if week != WEEKS[-1]}
    report = replace(SOME, stamps={**SOME.stamps, "raw": raw})
    with opened(browser, tmp_path, report) as page:
        assert cells(page, 2026)["raw_playlist.archive_intact"][:2] == ["·", "✓"]


def test_what_fails_is_said_with_since_expected_actual_and_where_to_look(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, tmp_path, SOME) as page:
        failing = page.locator("section", has=page.get_by_role("heading", name="What fails now"))
        order = failing.locator(".check").evaluate_all("all => all.map(one => one.id)")
        assert order[0] == "albums.references_resolve"  # errors first
        assert set(order[1:]) == {"songs.row_count", "raw_playlist.no_rejected_files"}
        said = page.locator("[id='songs.row_count']").inner_text()
        assert "2 weeks, the longest since 17 Nov 2026" in said
        assert "there are 38 too few" in said
        assert "50 songs" in said
        link = page.locator(f"[id='songs.row_count-{NEW}'] a")
        assert link.get_attribute("href") == (f"{UI}/assets/songs?view=partitions&partition={NEW}")
        of_check = page.locator("[id='songs.row_count'] h3 a")
        assert of_check.get_attribute("href") == (
            f"{UI}/assets/songs?view=checks&checkDetail=row_count"
        )


def test_a_sign_in_the_grid_leads_to_what_was_found(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, SOME) as page:
        page.get_by_role("link", name="warning, row_count, 15–21 Aug 2025").click()
        assert page.url.endswith(f"#songs.row_count-{OLD}")
        assert page.locator(f"[id='songs.row_count-{OLD}']").is_visible()


def test_the_figures_at_the_top_are_those_of_the_report(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, SOME) as page:
        assert page.locator(".headline strong").all_inner_texts() == [
            "✗ 1 error",
            "▲ 3 warnings",
            "76 weeks",
        ]
    with opened(browser, tmp_path, reported({})) as page:
        assert page.locator(".headline strong").all_inner_texts()[:2] == [
            "✓ 0 errors",
            "✓ 0 warnings",
        ]
        assert "Nothing: every check holds." in page.locator("main").inner_text()


def test_counts_over_time_are_drawn_and_read_as_a_table(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, SOME) as page:
        assert page.locator(".bars g").count() == 2
        page.get_by_text("As a table").click()
        rows = page.locator(".days tbody tr")
        assert [row.split("\t") for row in rows.all_inner_texts()] == [
            ["20 Nov 2026", "1", "3"],
            ["17 Nov 2026", "1", "3"],
        ]


def test_foreign_texts_stay_text(browser: Browser, tmp_path: Path) -> None:
    verdict = Verdict(HOSTILE[0], HOSTILE[1], HOSTILE)
    found: dict[tuple[str, date | None], Verdict] = {
        ("songs.row_count", NEW): verdict,
        ("catalog.not_held_back", NEW): verdict,
    }
    with opened(browser, tmp_path, reported(found)) as page:
        assert page.title() == "Data checks"
        assert page.locator("main img, main script").count() == 0
        said = page.locator("[id='songs.row_count']").inner_text()
        assert HOSTILE[1] in said
        assert "\u202e" not in page.content()
        assert HOSTILE[0] in page.locator(".notice").inner_text()


def test_nothing_runs_and_nothing_is_loaded_on_it(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "checks.html"
    path.write_bytes(document(SOME, UI))
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
@pytest.mark.parametrize("report", [SOME, reported({}, [])], ids=["some fail", "nothing stored"])
def test_everybody_can_read_it(
    browser: Browser, tmp_path: Path, report: Report, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 844}
    with opened(browser, tmp_path, report, viewport=viewport, color_scheme=scheme) as page:
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(15, 19, 24)" if scheme == "dark" else "rgb(245, 246, 248)")
