"""`dagster dev` after the demo as a newcomer sees it: in real Chromium, by what the page says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from playwright.sync_api import Locator, Page, expect

from spotify_assets.storage import FolderStorage
from spotify_assets.weeks import ONE_WEEK, latest_closed_week, system_clock
from spotify_assets_tests.commands import BIN, clean_environment, cli
from spotify_assets_tests.dagster_runs import ALL_ASSETS, CHECKS_OF, instance_in
from spotify_assets_tests.dagster_servers import Server, our_warnings, serving, wait_for
from spotify_assets_tests.dashboards import chromium

pytestmark = pytest.mark.slow

WEEKS = 4
MILLISECONDS = 120_000  # for machines that are busy with other things
A_WEEK = (latest_closed_week(system_clock()) - ONE_WEEK).isoformat()  # not at the end of a bar


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's home after a demo of four weeks; the base is beside it."""
    folder = tmp_path_factory.mktemp("after the demo")
    made = cli(folder / "base", "demo", "--weeks", str(WEEKS), DAGSTER_HOME=str(folder / "home"))
    assert made.exit_code == 0, made.output
    return folder / "home"


@pytest.fixture(scope="module")
def dagster_dev(home: Path) -> Iterator[Server]:
    environment = clean_environment(home.parent / "base", home)
    first = FolderStorage(home.parent / "base").files("transformed_data/songs/")
    environment["SPOTIFY_ASSETS_FIRST_WEEK"] = next(first).key.split("week=")[1][:10]
    command = [str(BIN / "dagster"), "dev", "-w", "workspace.yaml", "-p", "{port}"]
    with serving(command, environment, home.parent / "said") as server:
        yield server


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1800, "height": 1000})
        page.set_default_timeout(MILLISECONDS)
        expect.set_options(timeout=MILLISECONDS)
        yield page


def shown(page: Page, text: str, *, exact: bool = True) -> Locator:
    """Return the visible element with a text; Dagster measures texts by hidden copies."""
    return page.get_by_text(text, exact=exact).locator("visible=true").first


def test_the_graph_shows_every_asset_with_its_weeks_and_checks(
    dagster_dev: Server, page: Page
) -> None:
    upstream = "view=lineage&lineageScope=upstream&lineageDepth=6"
    reports = [name for name in ALL_ASSETS if name in ("dashboard", "check_report")]
    for name in reports:
        page.goto(f"{dagster_dev.url}/assets/{name}?{upstream}")
        for other in (name, *(one for one in ALL_ASSETS if one not in reports)):
            expect(shown(page, other)).to_be_visible()
        expect(shown(page, f"{WEEKS} partitions")).to_be_visible()


def test_the_page_of_a_week_shows_its_rows_and_every_check_its_result(
    dagster_dev: Server, page: Page
) -> None:
    page.goto(f"{dagster_dev.url}/assets/songs?view=partitions")
    shown(page, A_WEEK).click()
    expect(shown(page, "dagster/partition_row_count")).to_be_visible()
    expect(shown(page, "artist_names")).to_be_visible()  # the preview
    page.goto(f"{dagster_dev.url}/assets/songs?view=checks&checkDetail=as_declared")
    for name in CHECKS_OF["songs"]:
        expect(shown(page, name)).to_be_visible()
    shown(page, f"Checks ({len(CHECKS_OF['songs'])})").wait_for()
    page.get_by_role("tab", name="Partitions").last.click()
    expect(shown(page, f"Passed ({WEEKS})")).to_be_visible()
    expect(shown(page, "Missing (0)")).to_be_visible()
    shown(page, A_WEEK).click()
    expect(shown(page, "expected")).to_be_visible()
    expect(shown(page, "actual")).to_be_visible()


def test_a_backfill_from_the_dialog_finishes(dagster_dev: Server, page: Page, home: Path) -> None:
    with instance_in(home) as instance:
        before = len(instance.get_runs())
        page.goto(f"{dagster_dev.url}/assets/songs")
        page.get_by_role("button", name="Materialize").first.click()
        page.get_by_role("button", name="All", exact=True).click()
        expect(shown(page, "Backfills all partitions in a single run.")).to_be_visible()
        page.get_by_role("button", name="Launch backfill").click()

        def ended() -> Any:
            runs = instance.get_runs()
            return len(runs) > before and runs[0].is_finished and runs[0]

        run = wait_for(ended, "the backfill's run to end")
        assert run.status == dg.DagsterRunStatus.SUCCESS
        made = instance.fetch_materializations(dg.AssetKey("songs"), limit=WEEKS).records
        assert {record.run_id for record in made} == {run.run_id}
        assert len({record.partition_key for record in made}) == WEEKS


def test_the_console_has_no_warnings_of_ours(dagster_dev: Server) -> None:
    assert our_warnings(dagster_dev.said()) == []
    assert "Traceback" not in dagster_dev.said()
