"""The rows that offend: kept in the report, and shown on its page, a few of the latest weeks."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from spotify_assets.checks.verdicts import Verdict
from spotify_assets.layout import CHECKS_DATA
from spotify_assets.reports.check_report.page import document
from spotify_assets.reports.check_report.report import (
    LONGEST_CELL,
    WEEKS_WITH_ROWS,
    as_json,
    kept_rows,
    read_report,
)
from spotify_assets_tests.commands import cli
from spotify_assets_tests.made_weeks import LATER, make_weeks
from spotify_assets_tests.reports.test_check_report_page import NEW, WEEKS, opened, reported
from spotify_assets_tests.reports.test_dashboard_page import HOSTILE

ROW = {"chart": "norway", "rank": 0, "song_name": None, "explicit": True, "share": 0.5}
BAD = Verdict("a rank of 1 or more", "0", ("a rank is 0",), (ROW, ROW | {"song_name": HOSTILE[1]}))


def test_the_report_has_the_rows_that_a_check_names_and_remembers_them(base: Path) -> None:
    made = make_weeks(base, 4)
    week = made.weeks[1]
    rows = made.rows("songs", week)
    place = rows.schema.get_field_index("duration_ms")
    lengths = pa.array([-5, *rows.column("duration_ms").to_pylist()[1:]], pa.int32())
    made.rewrite("songs", week, rows.set_column(place, rows.schema.field(place), lengths))
    first = made.report()
    (found,) = [one for one in first.failing if one.rows and one.week == week]
    assert [row["duration_ms"] for row in found.rows] == [-5]
    made.storage.write(CHECKS_DATA, as_json(first))
    assert read_report(made.storage) == first
    kept = [one.rows for one in made.report(first, LATER).failing]
    assert kept == [one.rows for one in first.failing]
    said = json.loads(cli(base, "checks", "--week", str(week), "--json").stdout)
    assert [row["duration_ms"] for one in said["checks"] for row in one["rows"]] == [-5]


def test_rows_are_kept_as_json_holds_them() -> None:
    found = {
        "day": date(2026, 11, 13),
        "genres": ["a", "b"],
        "share": float("nan"),
        "title": "x" * 999,
    }
    (row,) = kept_rows(Verdict("", "", ("odd",), (found,)))
    assert row == {
        "day": "2026-11-13",
        "genres": "a, b",
        "share": "nan",
        "title": f"{'x' * (LONGEST_CELL - 1)}…",
    }
    assert kept_rows(Verdict("", "", ("odd",), (row,))) == (row,)
    assert msgspec.json.decode(msgspec.json.encode(row)) == row


def test_only_the_latest_weeks_of_a_check_come_with_their_rows() -> None:
    found = {("songs.row_count", week): BAD for week in WEEKS}
    report = reported(found)  # type: ignore[arg-type]
    with_rows = [one.week for one in report.failing if one.rows]
    assert with_rows == sorted(WEEKS, reverse=True)[:WEEKS_WITH_ROWS]
    page = document(report, "http://ui").decode()
    assert page.count('<table class="rows">') == WEEKS_WITH_ROWS
    assert f"spotify-assets checks --week {WEEKS[0]} --json" in page


def test_the_page_shows_them_folded_away_as_text(browser: Browser, tmp_path: Path) -> None:
    report = reported(
        {("songs.row_count", NEW): BAD, ("raw_playlist.no_rejected_files", None): BAD}
    )
    with opened(browser, tmp_path, report) as page:
        of_week = page.locator(f"[id='songs.row_count-{NEW}']")
        assert of_week.locator("table").is_hidden()
        of_week.get_by_text("2 rows as examples").click()
        lines = of_week.locator("tr").all_inner_texts()
        assert [line.split("\t") for line in lines] == [
            ["chart", "rank", "song_name", "explicit", "share"],
            ["norway", "0", "null", "true", "0.5"],
            ["norway", "0", HOSTILE[1], "true", "0.5"],
        ]
        assert page.locator("main img").count() == 0
        of_whole = page.locator("[id='raw_playlist.no_rejected_files']")
        assert of_whole.get_by_text("2 rows as examples").count() == 1
        assert "rows as examples" not in page.locator("[id='rules-title']").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_everybody_can_read_them(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    found = {("songs.row_count", week): BAD for week in WEEKS[-14:]}
    report = reported(found)  # type: ignore[arg-type]
    viewport = {"width": width, "height": 844}
    with opened(browser, tmp_path, report, viewport=viewport, color_scheme=scheme) as page:
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )
        found_wrong = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found_wrong] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
