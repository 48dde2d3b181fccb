"""The dashboard's second level in real Chromium: periods, songs, artists and comparisons."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from math import floor
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from spotify_assets.reports import day_label, source, week_label
from spotify_assets.reports.dashboard.document import document
from spotify_assets.reports.dashboard.records import records_of
from spotify_assets.weeks import ONE_WEEK, week_end
from spotify_assets.words import counted
from spotify_assets_tests.chart_frames import Row, artist, credit, friday, made_up, select, song
from spotify_assets_tests.dashboards import (
    HOSTILE,
    SHIPPED,
    WINDOW,
    Drawn,
    Tables,
    answers,
    draw,
    everybody_can_read,
    opened,
    sample_tables,
    settled,
    tables_from,
    tables_of,
)
from spotify_assets_tests.fixed_clock import NOW
from spotify_assets_tests.real_data import REAL_DATA, needs_real_data

LAST = date(2026, 11, 13)
REAL = pytest.param("real_weeks", marks=needs_real_data)
NAMELESS = "(without a title)"


def oddities() -> Tables:
    """Charts with everything that goes wrong, and albums that aren't singles."""
    rows = made_up(15)
    return tables_from(
        **rows | {"albums": [row | {"album_type": "album"} for row in rows["albums"]]}
    )


def real_weeks() -> Tables:
    """The real global weeks of two years; their files give streams and no albums."""
    files = sorted((REAL_DATA / "charts_weekly" / "global").glob("*.csv"))
    return tables_of((file.name, file.read_bytes()) for file in files)


def hostile() -> Tables:
    """Foreign titles as songs, artists, albums and labels, in two weeks of two charts."""
    songs = [
        song(week, rank, title, artist_names=title, chart=slug, label=title, album_id=title)
        for week in (0, 1)
        for slug in ("norway", "global")
        for rank, title in enumerate(HOSTILE, 1)
    ]
    lines = [
        row for week in (0, 1) for title in HOSTILE for row in credit(week, f"id-{title}", [title])
    ]
    albums = [
        {"week": friday(week), "album_id": title, "name": title, "album_type": "album"}
        for week in (0, 1)
        for title in HOSTILE
    ]
    artists = [artist(week, title) for week in (0, 1) for title in HOSTILE]
    return tables_from(songs=songs, song_artists=lines, artists=artists, albums=albums)


PAGES: dict[str, Callable[[], Tables]] = {
    "demo": lambda: sample_tables(LAST, 30),
    "one week": lambda: sample_tables(LAST, 1),
    **{made.__name__: made for made in (oddities, real_weeks, hostile)},
}
Pages: TypeAlias = Callable[[str], Drawn]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Each of these pages by its name, drawn once."""
    return cache(lambda name: draw(tmp_path_factory.mktemp(name), PAGES[name]()))


def cells(page: Page, label: str) -> list[list[str]]:
    """A table's rows as they are read, without what only phones show."""
    script = """(rows) => rows.map((row) => [...row.cells].map((cell) => {
      const own = cell.querySelector(".full, .title");
      return (own || cell).textContent; }))"""
    found: list[list[str]] = page.locator(f"table[aria-label='{label}'] tbody tr").evaluate_all(
        script
    )
    return found


def go(page: Page, state: str) -> None:
    """To another state of the page that is open."""
    page.evaluate(
        "(to) => { document.documentElement.dataset.drawn = ''; location.hash = to; }", state
    )
    settled(page)


def number(text: str) -> int:
    """A number as it is read; a dash is none."""
    return 0 if text == "–" else int(text.replace(",", "").replace("−", "-"))


# --- The same numbers as the views' -------------------------------------------------------------


@pytest.mark.parametrize("name", ["oddities", REAL])
def test_a_year_is_what_the_views_say(browser: Browser, drawn: Pages, name: str) -> None:
    views = drawn(name)
    expected: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for row in views.rows(
        "SELECT c.chart, c.year, y.first_week, c.measure, c.kind, c.place, c.name, c.value, c.weeks, "
        "c.weeks_at_one, c.peak_rank FROM year_charts AS c JOIN chart_years AS y USING (chart, year)"
    ):
        expected[row[:5]].append(row[5:])
    with opened(browser, views.path) as page:
        for (chart, year, week, measure, kind), rows in expected.items():
            go(page, f"view=period&span=year&all=1&chart={chart}&week={week}&kind={kind}s")
            read = cells(page, f"{year}: {kind}s")
            # An artist's name on the page is that of artists; in the view it is the one credited.
            names = slice(1, 2 if kind == "song" else 1)
            found = [(number(row[0]), *row[names], *map(number, row[2:6])) for row in read]
            assert [row[0] for row in found] == sorted(row[0] for row in rows)
            assert sorted(found) == sorted(
                (row[0], *(title or NAMELESS for title in row[names]), *row[2:]) for row in rows
            )
            assert f"Ranked by {measure}" in page.locator("#second .note").first.inner_text()


@pytest.mark.parametrize("name", ["oddities", REAL])
def test_all_weeks_are_what_song_totals_say(browser: Browser, drawn: Pages, name: str) -> None:
    views = drawn(name)
    expected = defaultdict(list)
    for chart, *row in views.rows(
        "SELECT chart, song_name, sum(h.streams), sum(201 - rank), t.weeks, weeks_at_one, min(rank) "
        "FROM song_totals AS t JOIN (SELECT chart, song, rank, streams FROM chart_history) AS h "
        "USING (chart, song) GROUP BY chart, song, song_name, t.weeks, t.weeks_at_one"
    ):
        expected[chart].append(row)
    with opened(browser, views.path) as page:
        for chart, rows in expected.items():
            go(page, f"view=period&span=all&all=1&chart={chart}")
            read = cells(page, page.locator("#second table").get_attribute("aria-label") or "")
            by = 1 if "by streams" in page.locator("#second .note").first.inner_text() else 2
            found = [(row[1], *map(number, row[2:6])) for row in read]
            assert sorted(found) == sorted((row[0] or NAMELESS, row[by], *row[3:]) for row in rows)


@pytest.mark.parametrize("name", ["oddities", REAL])
def test_a_songs_panel_is_what_song_totals_say(browser: Browser, drawn: Pages, name: str) -> None:
    views = drawn(name)
    rows = select(
        views.views,
        "SELECT t.*, h.weeks_on_chart > 1 OR h.week = h.tracked_since AS may_be_older, "
        "(SELECT count(DISTINCT s.week) FROM chart_songs AS s WHERE s.chart = t.chart "
        "AND s.song = t.song AND s.streams IS NOT NULL) AS streams_weeks "
        "FROM song_totals AS t JOIN chart_history AS h ON h.chart = t.chart AND h.song = t.song "
        "AND h.week = t.debut_week AND h.rank = t.debut_rank ORDER BY t.weeks DESC, t.song LIMIT 40",
    )
    with opened(browser, views.path) as page:
        for row in rows:
            key = row["song_id"] if name == "real_weeks" else row["song_name"] or ""
            go(page, f"view=song&chart={row['chart']}&song={quote(key)}")
            said = page.locator("#second .headline").all_inner_texts()
            assert [[line for line in text.splitlines() if line] for text in said] == figures(
                row
            ), key


def figures(row: Row) -> list[list[str]]:
    """What a song's panel says of a row of song_totals."""
    weeks, peak_week, debut, last = (
        row[name] for name in ("weeks", "peak_week", "debut_week", "last_week")
    )
    there = [
        f"{row['weeks_on_chart']} with those not on file" if row["weeks_on_chart"] > weeks else "",
        f"{row['weeks_in_top_10']} in the top 10" if row["weeks_in_top_10"] else "",
        f"{row['weeks_at_one']} at number one" if row["weeks_at_one"] else "",
    ]
    known = row["streams_weeks"]
    streams = (
        f"in {counted(weeks, 'week')}"
        if known == weeks
        else f"known for {known} of {counted(weeks, 'week')}"
    )
    peak = "in a week that isn't on file"
    if peak_week:
        peak = f"{counted(row['weeks_at_peak'], 'week')}, first {dated(peak_week)}"
    label, at = ("First on file", "At") if row["may_be_older"] else ("Debut", "In at")
    returns = row["re_entries"]
    said = [
        ["Streams", f"{row['streams']:,}", streams] if known else [],
        ["Weeks on the chart", str(weeks), " · ".join(filter(None, there))],
        ["Peak", str(row["peak_rank"]), peak],
        [label, f"{at} {row['debut_rank']}", dated(debut)],
        ["Now" if row["is_current"] else "Last seen", f"At {row['last_rank']}", dated(last)],
        [
            "Longest run",
            counted(row["longest_run"], "week"),
            f"{returns} re-entr{'y' if returns == 1 else 'ies'}" if returns else "no re-entries",
        ],
    ]
    return [[line for line in lines if line] for lines in said if lines]


def dated(week: date) -> str:
    """The day by which the page calls a week."""
    return day_label(week_end(week))


def test_genres_and_labels_have_their_shares_of_the_whole_period(
    browser: Browser, drawn: Pages
) -> None:
    views = drawn("oddities")
    of_all = "FROM songs WHERE chart = 'norway')"
    with opened(browser, views.path, "view=period&span=all&chart=norway") as page:
        for card, name, streams in (
            ("Genres", "genre", "NULL"),
            ("Labels", "label_family", "sum(streams)"),
        ):
            expected = views.rows(
                f"SELECT {name}, 1.0 * sum(songs) / (SELECT count(*) {of_all}, "
                f"1.0 * {streams} / (SELECT sum(streams) {of_all} "
                f"FROM {name.partition('_')[0]}_weeks WHERE chart = 'norway' GROUP BY {name}"
            )
            said = page.locator(f"section[aria-label={card}] li").all_inner_texts()
            found = {
                one.split("\n")[1].split(" ", 1)[0]: re.findall(r"([\d.]+)%", one) for one in said
            }
            assert set(found) == {genre.split(" ", 1)[0] for genre, *_ in expected}
            for genre, share, played in expected:
                shares = [float(text) for text in found[genre.split(" ", 1)[0]]]
                wanted = [100 * share] if played is None else [100 * played, 100 * share]
                assert shares == pytest.approx(wanted, abs=0.51), genre


def test_two_charts_compare_as_chart_pairs_do(browser: Browser, drawn: Pages) -> None:
    views = drawn("oddities")
    expected = views.rows(
        "SELECT CAST(year AS varchar), weeks, share, songs_first_here, songs_first_there, "
        "songs_same_week, mean_days FROM chart_pairs "
        "WHERE chart = 'norway' AND other_chart = 'global' ORDER BY year"
    )
    assert len(expected) == 2
    with opened(browser, views.path, "view=compare&chart=norway&with=global") as page:
        found = cells(page, "Two charts")
        assert [
            [row[0], *map(number, row[1:2]), row[2], *map(number, row[3:])] for row in found[:-1]
        ] == [
            [year, weeks, f"{share:.0%}", *counts, floor((days or 0) + 0.5)]
            for year, weeks, share, *counts, days in expected
        ]
        assert number(found[-1][3]) == sum(row[3] for row in expected)
        page.get_by_label("Compare with").select_option("Sweden")
        settled(page)
        assert "with=sweden" in page.url
        assert "Sweden" in page.locator("#second table").first.inner_text()


def test_two_artists_compare_as_artist_totals_do(browser: Browser, drawn: Pages) -> None:
    views = drawn("oddities")
    expected = views.rows(
        "SELECT songs, chart_places, most_songs, weeks, weeks_at_one, weeks_in_top_10 "
        "FROM artist_totals WHERE chart = 'norway' AND artist_name IN ('Ada', 'Bo') ORDER BY artist_name"
    )
    with opened(browser, views.path, "view=compare&chart=norway") as page:
        for label, name in (("First artist", "ada"), ("Second artist", "Bo")):
            page.get_by_label(label).fill(name)
            page.get_by_label(label).press("Enter")
            settled(page)
        rows = cells(page, "Two artists")[1:7]
        assert [tuple(int(row[column]) for row in rows) for column in (1, 2)] == expected
        page.get_by_label("Second artist").fill("nobody")
        page.get_by_label("Second artist").press("Tab")
        assert (
            page.get_by_label("Second artist").input_value() == "Bo"
        )  # as long as nobody is found
        assert page.locator("#rivals path").count() >= 2


# --- Choosing -----------------------------------------------------------------------------------


def heading(page: Page) -> str:
    """What the second level is about."""
    settled(page)
    return page.locator("#second h2").first.inner_text()


def test_periods_are_chosen_by_keyboard_and_the_address_has_them(
    browser: Browser, drawn: Pages
) -> None:
    with opened(browser, drawn("demo").path, viewport=WINDOW) as page:
        page.locator("#view-period").press("Enter")
        assert heading(page) == "Norway, 2026"
        for _ in range(3):  # the focus has stayed where it was
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert heading(page) == "Norway, 4 weeks to 19 Nov 2026"
        assert page.evaluate("document.activeElement.id") == "span-four"
        page.get_by_role("button", name="Previous period on file").click()
        assert heading(page) == "Norway, 4 weeks to 22 Oct 2026"
        page.locator("#span-quarter").press("Enter")
        assert heading(page) == "Norway, October–December 2026"
        page.locator("#span-own").press(" ")
        page.locator("#from").fill("2026-08-05")
        page.locator("#to").fill("2026-08-20")
        assert heading(page) == "Norway, 31 Jul 2026 to 20 Aug 2026"
        assert "3 of 3 weeks on file" in page.locator("#second .note").first.inner_text()
        page.locator("#kind-artists").press("Enter")
        before = page.locator("#second").inner_text()
        page.reload()
        settled(page)
        assert page.locator("#second").inner_text() == before
        page.locator("#second tbody [role=button]").first.press("Enter")
        assert heading(page).startswith("Artist: ")
        assert page.evaluate("document.activeElement.id") == "second"
        page.locator("#second tbody [role=button]").first.press("Enter")
        assert heading(page).startswith("Song: ")
        page.go_back()
        page.go_back()
        assert heading(page) == "Norway, 31 Jul 2026 to 20 Aug 2026"
        page.locator("#view-").click()
        settled(page)
        assert page.locator("#page").is_visible()
        assert not page.locator("#second").is_visible()


def test_from_the_week_a_song_and_an_artist_lead_to_their_panels(
    browser: Browser, drawn: Pages
) -> None:
    with opened(browser, drawn("demo").path) as page:
        title = page.locator("#table .title").nth(3)
        expected = title.inner_text()
        title.click()
        page.get_by_role("button", name="All about this song").click()
        assert heading(page).startswith(f"Song: {expected}")
        assert page.title().startswith(f"{expected}, ")
        page.locator("#second").get_by_role("button", name="Global", exact=True).click()
        assert heading(page).startswith("Song: ")
        assert "chart=global" in page.url
        page.locator("#view-").click()
        page.get_by_role("button", name="All about this artist").click()
        assert heading(page).startswith("Artist: ")


def test_a_period_is_searched(browser: Browser, drawn: Pages) -> None:
    with opened(browser, drawn("oddities").path, "view=period&span=all&chart=norway") as page:
        page.get_by_role("searchbox").fill("song 14")
        assert [
            row[1]
            for row in cells(page, page.locator("#second table").get_attribute("aria-label") or "")
        ] == ["Song 14"]
        page.get_by_role("searchbox").fill("nothing like it")
        assert "Nothing in this period matches." in page.locator("#second").inner_text()


# --- What isn't there, and what isn't ours ------------------------------------------------------


@pytest.fixture
def short(drawn: Pages) -> Path:
    """The demo's page with the rows of the last ten weeks alone."""
    found, engine = answers(PAGES["demo"]())
    leaders = engine.execute(source("dashboard/sql/years.sql")).fetchall()
    path = drawn("demo").path.with_name("short.html")
    path.write_bytes(document(records_of(replace(found, years=leaders), SHIPPED, NOW, kept=10)))
    return path


def test_sums_over_weeks_that_the_page_leaves_out_say_where_they_begin(
    browser: Browser, short: Path
) -> None:
    says = "The charts before 11–17 Sep 2026 aren't on this page, so what is added up here begins there."
    with opened(browser, short) as page:
        for state, is_short in (
            ("view=period&span=all", True),
            (f"view=period&span=quarter&week={LAST - ONE_WEEK * 12}", True),
            ("view=period&span=four", False),
            ("view=compare", True),
        ):
            go(page, state)
            assert (says in page.locator("#second").inner_text()) is is_short, state
        go(page, "view=period&span=all&all=1")
        read = cells(page, page.locator("#second table").get_attribute("aria-label") or "")
        assert max(number(row[3]) for row in read) == 10
        page.locator("#second tbody [role=button]").first.click()
        text = page.locator("#second").inner_text()
        assert "Weeks since 11–17 Sep 2026" in text
        assert "First on this page" in text
        go(page, f"week={LAST - ONE_WEEK * 12}")  # no such week to go to
        assert page.locator("#week").inner_text() == week_label(LAST)


def test_the_leaders_of_a_year_are_those_of_all_its_weeks(
    browser: Browser, drawn: Pages, short: Path
) -> None:
    for kind in ("songs", "artists", "albums"):
        read = []
        for path in (drawn("demo").path, short):
            with opened(browser, path, f"view=period&kind={kind}") as page:
                read.append(cells(page, f"2026: {kind}"))
        assert read[0] == read[1], kind
        assert len(read[0]) > 5


def test_what_nobody_knows_has_no_place(browser: Browser, drawn: Pages) -> None:
    with opened(browser, drawn("oddities").path, "view=period") as page:
        assert page.locator("#second .card h2").all_inner_texts() == ["Who led", "Genres", "Labels"]
    with opened(browser, drawn("hostile").path, "view=period&span=all&kind=albums") as page:
        assert page.locator("#kind-albums").get_attribute("aria-pressed") == "true"
        assert page.locator("#second .card h2").all_inner_texts() == ["Who led", "Labels"]


def test_foreign_titles_stay_text_in_every_view(browser: Browser, drawn: Pages) -> None:
    key = quote(HOSTILE[0])
    views = ("period", "period&kind=artists", "period&kind=albums", f"song&song={key}")
    with opened(browser, drawn("hostile").path) as page:
        for view in (*views, f"artist&artist={key}", f"compare&artist={key}"):
            go(page, f"view={view}")
            assert HOSTILE[0] in page.locator("#second").inner_text(), view
            assert page.locator("main img, main script, a[href^=javascript]").count() == 0
            assert page.title().endswith("Chart Tracker")


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["demo", "one week", "hostile"])
def test_everybody_can_read_every_view(
    browser: Browser, drawn: Pages, name: str, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 844}
    with opened(
        browser, drawn(name).path, "view=period&span=own", viewport=viewport, color_scheme=scheme
    ) as page:
        everybody_can_read(page)
        for kind in ("songs", "artists"):
            page.locator(f"#kind-{kind}").click()
            page.locator("#second tbody [role=button]").first.click()
            everybody_can_read(page)
            page.go_back()
            settled(page)
        page.locator("#view-compare").click()
        everybody_can_read(page)
