"""The page in real Chromium: what it shows is what the views say, and it needs nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from spotify_assets.charts import Chart, Charts
from spotify_assets.reports.dashboard.document import document
from spotify_assets.reports.dashboard.records import HeldBack
from spotify_assets.reports.dashboard.size import latest_rows
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests import chart_frames, raw_samples
from spotify_assets_tests.dashboards import (
    Drawn,
    draw,
    opened,
    records,
    sample_tables,
    settled,
    table_rows,
    tables_from,
    tables_of,
)
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

LAST = date(2026, 11, 13)
WEEKS = 60
HOSTILE = (
    "</script><script>document.title = 'taken'</script>",
    "<img src=https://example.org/x onerror=\"document.title='taken'\">",
    "\u202eevil & \"quoted\" 'name' \\u003c {{x}} ${x}",
    "<!--<script>",
)
MOVES = {"up": "▲", "down": "▼", "same": "–", "new": "NEW", "re-entry": "BACK", None: "–"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Sixty weeks of the demo's charts."""
    return draw(tmp_path_factory.mktemp("demo"), sample_tables(LAST, WEEKS))


@pytest.fixture(scope="module")
def one_week(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return draw(tmp_path_factory.mktemp("one week"), sample_tables(LAST, 1))


@pytest.fixture(scope="module")
def files_only(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Six weeks of Norway's chart files alone, with nothing looked up; of the fourth there is none."""
    weeks = [LAST - ONE_WEEK * back for back in (6, 5, 4, 2, 1, 0)]
    csv = raw_samples.chart_csv(artists="Ida Nord, Ola Sør")
    tables = tables_of((raw_samples.csv_name(week), csv) for week in weeks)
    return draw(tmp_path_factory.mktemp("files only"), tables)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """The real weekly files: 104 weeks of Global and, years later, one of Norway."""
    files = [
        *REAL_DATA.glob("charts_weekly/global/*.csv"),
        *REAL_DATA.glob("charts_weekly/no/*.csv"),
    ]
    tables = tables_of((path.name, path.read_bytes()) for path in sorted(files))
    return draw(tmp_path_factory.mktemp("real"), tables)


def text_of(page: Page, where: str) -> str:
    return page.locator(where).inner_text()


def shown_by_the_view(drawn: Drawn, chart: str, week: date) -> list[dict[str, str]]:
    """What the table has to show of a week, as `chart_history` says."""
    rows = drawn.rows(
        "SELECT rank, move, rank_change, song_name, artist_names, previous_rank, peak_rank, "
        "weeks_on_chart, on_chart_at_start AND week > tracked_since, streams FROM chart_history "
        f"WHERE chart = '{chart}' AND week = DATE '{week}' ORDER BY rank"
    )
    assert rows
    return [
        {
            "rank": str(rank),
            "move": MOVES[move] + (f" {abs(change)}" if move in ("up", "down") else ""),
            "song": f"{name} | {artists or ''}",
            "last": "–" if last is None else str(last),
            "peak": str(peak),
            "weeks": f"{weeks}{'+' if at_start else ''}",
            "streams": "" if streams is None else f"{streams:,}",
        }
        for rank, move, change, name, artists, last, peak, weeks, at_start, streams in rows
    ]


def without_first_seen(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """For the view a song that was out for long before tracking began is new as well."""
    return [row | {"move": row["move"].replace("first seen", "NEW")} for row in rows]


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    ("chart", "back"), [("norway", 1), ("global", WEEKS // 2), ("norway", WEEKS - 1)]
)
def test_the_table_says_what_the_view_says(
    browser: Browser, demo: Drawn, chart: str, back: int, zone: str
) -> None:
    week = LAST - ONE_WEEK * back
    with opened(browser, demo, f"chart={chart}&week={week}&all=1", timezone_id=zone) as page:
        assert without_first_seen(table_rows(page)) == shown_by_the_view(demo, chart, week)
        last_day = week + timedelta(days=6)
        assert text_of(page, "#week").endswith(f"{last_day.day} {last_day:%b %Y}")
        assert text_of(page, "#week").startswith(f"{week.day}")


def test_at_first_it_shows_the_latest_week_of_the_first_chart(
    browser: Browser, demo: Drawn
) -> None:
    with opened(browser, demo) as page:
        expected = shown_by_the_view(demo, "norway", LAST)
        assert without_first_seen(table_rows(page)) == expected[:20]
        assert text_of(page, "#subtitle") == "Spotify Top Songs Norway · week of 13–19 Nov 2026"
        page.get_by_role("button", name="Show all 50").click()
        settled(page)
        assert without_first_seen(table_rows(page)) == expected


def test_charts_weeks_and_the_address_go_together(browser: Browser, demo: Drawn) -> None:
    with opened(browser, demo) as page:
        page.get_by_role("button", name="Global", exact=True).click()
        settled(page)
        assert without_first_seen(table_rows(page)) == shown_by_the_view(demo, "global", LAST)[:20]
        page.locator("#slider").focus()
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        page.get_by_role("button", name="The collected week before").click()
        settled(page)
        week = LAST - ONE_WEEK * 4
        assert without_first_seen(table_rows(page)) == shown_by_the_view(demo, "global", week)[:20]
        assert f"#chart=global&week={week}" in page.url
        page.reload()
        settled(page)
        assert without_first_seen(table_rows(page)) == shown_by_the_view(demo, "global", week)[:20]
        page.get_by_role("button", name="Latest").click()
        settled(page)
        assert "week=" not in page.url
        assert page.locator("#latest").is_disabled()


def test_a_click_on_an_artist_shows_their_songs(browser: Browser, demo: Drawn) -> None:
    (artist, name, now), *_ = demo.rows(
        "SELECT artist_id, artist_name, songs FROM artist_leaders "
        f"WHERE chart = 'norway' AND week = DATE '{LAST}' ORDER BY songs DESC, artist_id LIMIT 1"
    )
    ((best, places, songs),) = demo.rows(
        "SELECT min(rank), count(*), count(DISTINCT song) FROM chart_history AS h "
        "JOIN song_artists AS a ON a.week = h.week AND a.song_id = h.song_id "
        f"WHERE chart = 'norway' AND a.artist_id = '{artist}'"
    )
    with opened(browser, demo, "chart=norway&all=1") as page:
        page.locator("#table").get_by_role("button", name=name, exact=True).first.click()
        assert text_of(page, "#artist-title") == f"Artist: {name}"
        said = text_of(page, "#artist .note")
        counted = f"{now} song{'' if now == 1 else 's'} on Norway now · {songs} ever"
        assert said.startswith(f"{counted} · best rank {best} · {places} chart-week")
        assert f"artist={artist}" in page.url


def test_a_song_is_followed_by_click_and_by_key(browser: Browser, demo: Drawn) -> None:
    with opened(browser, demo) as page:
        title = page.locator("#table .title").nth(14)
        title.click()
        assert page.locator("#table tr.followed .title").inner_text() == title.inner_text()
        assert page.locator("#road .one.c1 title").text_content().startswith(title.inner_text())  # type: ignore[union-attr]
        title.press("Enter")
        assert page.locator("#table tr.followed").count() == 0


def test_leaders_are_those_of_the_views(browser: Browser, demo: Drawn) -> None:
    week = LAST - ONE_WEEK * 9
    leaders = demo.rows(
        "SELECT artist_name, 100.0 * place_share FROM artist_leaders "
        f"WHERE chart = 'global' AND week = DATE '{week}' ORDER BY songs DESC"
    )
    shares = dict(leaders)
    albums = dict(
        demo.rows(
            "SELECT album_name, max(chart_weeks_to_date) FROM album_leaders "
            f"WHERE chart = 'global' AND album_type <> 'single' AND week <= DATE '{LAST}' GROUP BY ALL"
        )
    )
    with opened(browser, demo, f"chart=global&week={week}&period=1") as page:
        names = page.locator("#artists .label").all_inner_texts()
        values = page.locator("#artists .value").all_inner_texts()
        assert len(names) == 12
        assert [float(value.rstrip("%")) for value in values] == pytest.approx(
            [shares[name] for name in names], abs=0.5
        )
        assert values[0].rstrip("%") in (f"{leaders[0][1]:.0f}", f"{leaders[0][1]:.1f}")
    with opened(browser, demo, "chart=global&period=0") as page:
        counts = page.locator("#albums .value").all_inner_texts()
        assert [int(count) for count in counts] == sorted(albums.values(), reverse=True)[:12]


def test_trends_and_genres_are_means_of_four_weeks_of_the_views(
    browser: Browser, demo: Drawn
) -> None:
    rows = demo.rows(
        "SELECT explicit_share, median_duration_ms FROM chart_weeks WHERE chart = 'norway' ORDER BY week"
    )
    now = [sum(row[column] for row in rows[-4:]) / 4 for column in (0, 1)]
    then = [sum(row[column] for row in rows[-56:-52]) / 4 for column in (0, 1)]
    ((genre, share),) = demo.rows(
        "WITH top AS (SELECT genre FROM genre_weeks WHERE chart = 'norway' AND genre <> 'unknown' "
        "GROUP BY genre ORDER BY sum(songs) DESC LIMIT 1) SELECT genre, sum(share) / 4 FROM genre_weeks "
        f"JOIN top USING (genre) WHERE chart = 'norway' AND week > DATE '{LAST}' - 28 GROUP BY genre"
    )
    with opened(browser, demo) as page:
        cards = dict(
            zip(
                page.locator("#trends h3").all_inner_texts(),
                page.locator("#trends .value-line").all_inner_texts(),
                strict=True,
            )
        )
        change = round(100 * (now[0] - then[0]))
        sign = "−" if now[0] < then[0] else "+"
        assert cards["Explicit"].startswith(f"{now[0]:.0%}")
        assert f"{sign}{abs(change)} pp in a year" in cards["Explicit"]
        assert cards["Song length"].startswith("{}:{:02}".format(*divmod(round(now[1] / 1000), 60)))
        assert f"{genre} {share:.0%}" in text_of(page, "#genres .readout")
    with opened(browser, demo, f"week={LAST - ONE_WEEK * 10}") as page:
        assert "in a year" not in text_of(page, "#trends")
        assert "shows from 56 weeks on" in text_of(page, "#trends-note")


def test_find_filters_the_table_and_names_songs_that_left(browser: Browser, demo: Drawn) -> None:
    ((left, artists),) = demo.rows(
        "SELECT song_name, artist_names FROM chart_history WHERE chart = 'norway' "
        f"GROUP BY ALL HAVING max(week) < DATE '{LAST}' - 70 ORDER BY count(*) DESC LIMIT 1"
    )
    with opened(browser, demo) as page:
        title = table_rows(page)[4]["song"].partition(" | ")[0]
        page.get_by_role("searchbox").fill(title.upper())
        assert title in [row["song"].partition(" | ")[0] for row in table_rows(page)]
        assert len(table_rows(page)) < 20
        page.get_by_role("searchbox").fill(left)
        found = page.locator("#table .found").get_by_role("button", name=left, exact=True).first
        found.click()
        settled(page)
        assert f"{left} | {artists}" in [row["song"] for row in table_rows(page)]


def test_a_single_week_says_what_comes_later(browser: Browser, one_week: Drawn) -> None:
    with opened(browser, one_week, "chart=norway&all=1") as page:
        assert table_rows(page) == shown_by_the_view(one_week, "norway", LAST)
        assert "NEW" not in text_of(page, "#table")
        assert "Moves start next week" in text_of(page, "#headlines")
        assert "at least two weeks" in text_of(page, "#road")
        assert "Runs show from the second week" in text_of(page, "#longest")
        assert "needs 4 weeks; 1 week on file" in text_of(page, "#genres")
        assert page.locator("#trends .empty").count() == 9
        assert page.locator("#slider").is_disabled()


def test_what_chart_files_lack_is_said_and_not_drawn_as_zero(
    browser: Browser, files_only: Drawn
) -> None:
    with opened(browser, files_only) as page:
        assert table_rows(page) == shown_by_the_view(files_only, "norway", LAST)
        assert "No genre is known" in text_of(page, "#genres")
        assert "No albums are known" in text_of(page, "#albums")
        for card in ("Fresh releases", "Catalogue", "Song length", "Explicit"):
            section = page.locator("#trends section", has=page.get_by_role("heading", name=card))
            assert "nown" in section.locator(".empty").inner_text()
            assert section.locator(".big, svg").count() == 0
        assert "Spotify's own figures" in text_of(page, "#table-note")
        assert text_of(page, "#artist-title") == "Artist: Ida Nord"


def test_a_week_that_was_not_collected_is_said_and_passed_over(
    browser: Browser, files_only: Drawn
) -> None:
    missed = LAST - ONE_WEEK * 3
    with opened(browser, files_only, f"week={missed}") as page:
        assert "was not collected" in text_of(page, "#table")
        assert table_rows(page) == []
        page.get_by_role("button", name="The collected week after").click()
        settled(page)
        assert len(table_rows(page)) == 3
        assert "The week of 23–29 Oct 2026 was not collected" in text_of(page, "#table-note")
        assert page.locator("#road .missed").count() == 1
        assert "1 week between them was not collected" in text_of(page, "#foot")


def test_foreign_titles_stay_text(browser: Browser, tmp_path: Path) -> None:
    rows: dict[str, Any] = {
        "songs": [
            chart_frames.song(week, rank, title, artist_names=title, song_url="javascript:alert(1)")
            for week in (0, 1)
            for rank, title in enumerate(HOSTILE, 1)
        ],
        "song_artists": [
            line
            for week in (0, 1)
            for title in HOSTILE
            for line in chart_frames.credit(week, f"id-{title}", [title])
        ],
    }
    charts = Charts((Chart("norway", HOSTILE[0], country="no"),), "here")
    held = [HeldBack(chart_frames.friday(2), HOSTILE)]
    drawn = draw(tmp_path, tables_from(rows), charts=charts, held_back=held)
    with opened(browser, drawn) as page:
        assert [row["song"] for row in table_rows(page)] == [
            f"{title} | {title}" for title in HOSTILE
        ]
        assert page.title() == f"{HOSTILE[0]}, 14–20 Nov 2025 – Chart Tracker"
        assert page.locator("main img, main script").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
        assert HOSTILE[0] in text_of(page, "#held")


def test_scripts_that_are_not_the_pages_own_and_connections_are_refused(
    browser: Browser, one_week: Drawn
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(one_week.path.as_uri())
        refused = (
            "async (act) => { try { await act(); return 'done'; } catch { return 'refused'; } }"
        )
        # Not at once, for what the driver itself evaluates may do more.
        for act in ("fetch('data:,x')", "new Function('return 1')()"):
            later = f"setTimeout(async () => done(await ({refused})(() => {act})))"
            assert page.evaluate(f"() => new Promise((done) => {later})") == "refused", act
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.body.append(s); }"
        )
        assert page.evaluate("() => window.ran") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("which", ["demo", "one_week", "files_only"])
def test_everybody_can_read_it(
    browser: Browser, request: pytest.FixtureRequest, which: str, width: int, scheme: str
) -> None:
    drawn = request.getfixturevalue(which)
    viewport = {"width": width, "height": 844}
    with opened(browser, drawn, viewport=viewport, color_scheme=scheme) as page:
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []
        assert page.locator("html").get_attribute("data-theme") == scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark_are_switched_and_kept_in_the_address(browser: Browser, demo: Drawn) -> None:
    with opened(browser, demo, color_scheme="light") as page:
        page.get_by_role("button", name="Light or dark").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.reload()
        settled(page)
        assert page.locator("html").get_attribute("data-theme") == "dark"


def test_without_weeks_the_page_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    held = [HeldBack(LAST, ("Global has 12 rows.", "It had 50 before."))]
    with opened(browser, draw(tmp_path, None, held_back=held)) as page:
        said = text_of(page, "main")
        assert "There is nothing to show yet" in said
        assert "spotify-assets update" in said
        assert "13–19 Nov 2026: Global has 12 rows. It had 50 before." in said


def test_a_page_that_leaves_out_old_weeks_says_so_and_counts_them_in(
    browser: Browser, demo: Drawn, tmp_path: Path
) -> None:
    whole, _ = records(sample_tables(LAST, WEEKS))
    page_file = tmp_path / "dashboard.html"
    page_file.write_bytes(document(latest_rows(whole, 10)))
    short = Drawn(page_file, demo.views)
    week = LAST - ONE_WEEK * 9
    with opened(browser, short, f"chart=norway&week={week}&all=1") as page:
        expected = shown_by_the_view(demo, "norway", week)
        assert without_first_seen(table_rows(page)) == expected
        assert "this page holds the charts from 11–17 Sep 2026 on" in text_of(page, "#left-out")
        assert page.locator("#before").is_disabled()
    state = "chart=global&period=0"
    with opened(browser, short, state) as page, opened(browser, demo, state) as complete:
        for part in ("#artists", "#albums", "#longest", "#trends", "#genres"):
            assert text_of(page, part) == text_of(complete, part), part


def test_more_than_four_charts_are_a_list(browser: Browser, tmp_path: Path) -> None:
    slugs = [f"chart-{number}" for number in range(6)]
    songs = [row for slug in slugs for row in chart_frames.chart(0, f"A-{slug} B", chart=slug)]
    with opened(browser, draw(tmp_path, tables_from({"songs": songs}))) as page:
        page.get_by_role("combobox", name="Chart").select_option(label="chart-3")
        settled(page)
        assert table_rows(page)[0]["song"].startswith("A-chart-3")
        assert "chart=chart-3" in page.url


@needs_real_data
def test_real_files_show_what_spotify_reports(browser: Browser, real: Drawn) -> None:
    ((norway,),) = real.rows("SELECT max(week) FROM songs WHERE chart = 'norway'")
    with opened(browser, real, "all=1") as page:
        assert table_rows(page) == shown_by_the_view(real, "norway", norway)
        assert len(table_rows(page)) == 200
        assert "No genre is known" in text_of(page, "#genres")
    ((week,),) = real.rows("SELECT max(week) FROM songs WHERE chart = 'global'")
    with opened(
        browser, real, "chart=global&all=1", viewport={"width": 390, "height": 844}
    ) as page:
        assert table_rows(page) == shown_by_the_view(real, "global", week)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert "pp in a year" in text_of(page, "#trends")
    with opened(browser, real, f"chart=global&week={week - ONE_WEEK * 60}") as page:
        assert table_rows(page) == shown_by_the_view(real, "global", week - ONE_WEEK * 60)[:20]
        assert Axe().run(page).response["violations"] == []
