"""The dashboard in real Chromium: it shows what the views say, and needs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from spotify_assets.charts import Chart, Charts
from spotify_assets.reports import week_label
from spotify_assets.reports.dashboard.document import document
from spotify_assets.weeks import ONE_WEEK
from spotify_assets_tests.chart_frames import artist, chart, credit, friday, reported, song
from spotify_assets_tests.dashboards import (
    HOSTILE,
    SHIPPED,
    WINDOW,
    Drawn,
    Tables,
    draw,
    everybody_can_read,
    opened,
    records,
    result,
    runs_a_foreign_script,
    sample_tables,
    settled,
    table_rows,
    tables_from,
    tables_of,
)
from spotify_assets_tests.raw_samples import chart_csv, csv_name

LAST = date(2026, 11, 13)
DEMO_WEEKS = 12
MOVES = {"up": "▲", "down": "▼", "same": "–", "new": "NEW", "re-entry": "BACK", None: "–"}
PHONE = {"width": 390, "height": 844}
PAPER = 700  # A4 within its margins, in pixels
PREVIOUS = "Previous week on file"

# Weeks of Norway: not collected, held back, only Global held back, shown from another file.
MISSED, HELD, OF_GLOBAL, OLDER, NEWEST = 1, 3, 5, 7, 9
COUNTRIES = Charts(
    (Chart("norway", "Norway", "no"), Chart("usa", "USA", "us"), Chart("global", "Global", "global")),
    "here",
)  # fmt: skip
CODES = ("NOABC2600001", "nodef2600002", "QZABC2600003", None)

BLANK = ("", "   ", "\u200b\u2060", "\u3164", "\u202e")
TURNED, HEBREW = "\u202eturned", "\u05e9\u05d9\u05e8"
UNBROKEN, WORDS = "L" * 300, "Some words of a title that goes on " * 9
TITLES = (*BLANK, TURNED, HEBREW, UNBROKEN, WORDS, "Plain")
ROW_OF_A_FEW_LINES = 170  # pixels: four lines of title and four of names
TO_FIND = {
    "Bodø by Night": ("Åse Łuk", "Bodo", "BODØ", "ase luk"),
    "Grünerløkka": ("Þór Sigurðsson", "grunerlokka", "thor sigurdsson"),
    "Ærlig talt": ("Œuvre", "Aerlig", "oeuvre"),
    "Große Straße": ("Đorđe Kızıl", "strasse", "Straße", "STRASSE", "dorde kizil"),
    "Lonely Evening": ("Sondre Dahl", "Sondre lonely"),
    "Lonely Morning": ("Ida Nord",),
}


# --- The pages ----------------------------------------------------------------------------------


def charts_of(*weeks: int, names: str = "A", slug: str = "norway") -> list[dict[str, Any]]:
    return [row for week in weeks for row in chart(week, names, chart=slug)]


def files_only() -> Tables:
    """Six weeks of Norway's chart files alone, with nothing looked up; the fourth is missing."""
    weeks = [LAST - ONE_WEEK * back for back in (6, 5, 4, 2, 1, 0)]
    csv = chart_csv(artists="Ida Nord, Ola Sør")
    return tables_of((csv_name(week), csv) for week in weeks)


def gaps() -> Tables:
    """Ten weeks of Norway with gaps; of Global only the first one."""
    weeks = set(range(NEWEST + 1)) - {MISSED, HELD, OF_GLOBAL}
    ids = f"31 ids of albums not in songs: {'a' * 22}, {'b' * 22} and 29 more"
    held = [
        result(friday(HELD), "songs.not_a_copy", "it is the week before", chart="norway"),
        result(friday(OF_GLOBAL), "songs.not_empty", "there are no rows", chart="global"),
        result(friday(OLDER), "songs.key", "rank 2 is there twice", chart="norway"),
        result(friday(NEWEST + 1), "albums.references_resolve", ids),
        result(friday(NEWEST + 1), "songs.duration_likely", "duration_ms is 3 of song 2"),
        result(friday(NEWEST + 2), "songs.key", "bad", chart="norway"),
        result(friday(2), "songs.row_count", "few rows", chart="norway", severity="WARN"),
    ]
    songs = charts_of(*weeks, names="A B C") + charts_of(0, slug="global")
    return tables_from(songs=songs, check_results=held)


def behind() -> Tables:
    """Norway lacks two of Global's weeks, the USA one; the first week is held back as a whole."""
    songs = charts_of(0, 1) + charts_of(0, 1, 2, slug="usa") + charts_of(*range(4), slug="global")
    held = result(friday(3), "songs.not_empty", "there are no rows", chart="norway")
    whole_week = result(friday(0), "albums.key", "an id is there twice")
    return tables_from(songs=songs, check_results=[held, whole_week])


def steps() -> Tables:
    """Two charts of two songs over four weeks, and one song that left Norway's."""
    by = {"A": "Ida", "B": "Ola", "Gone": "Ola"}
    songs = [
        song(week, rank, name, chart=slug, artist_names=by[name])
        for slug in ("norway", "global")
        for week in range(4)
        for rank, name in enumerate(("A", "B"), 1)
    ]
    songs.append(song(0, 3, "Gone", artist_names="Ola"))
    lines = [
        row for week in range(4) for name in by for row in credit(week, f"id-{name}", [by[name]])
    ]
    artists = [artist(0, name) for name in ("Ida", "Ola")]
    return tables_from(songs=songs, song_artists=lines, artists=artists)


def titles() -> Tables:
    """Two weeks of titles that are hard on a page, by artists of the same names."""
    rows: dict[str, list[dict[str, Any]]] = {"songs": [], "song_artists": [], "artists": []}
    for week in (0, 1):
        for rank, title in enumerate(TITLES, 1):
            url = f"https://open.spotify.com/track/{'a' * 20}{rank:02}"
            names: dict[str, Any] = {
                "artist_names": title or None,
                "song_url": url,
                "explicit": True,
            }
            rows["songs"].append(song(week, rank, title, song_id=f"id-{rank}", **names))
            rows["song_artists"] += credit(week, f"id-{rank}", [title])
            rows["artists"].append(artist(week, title))
    return tables_from(**rows)


def history_starts() -> Tables:
    """A chart's first week ever, as Spotify reports it, and the one after: one is new, one is back."""
    said = (reported(1, 2, 9), reported(2, None, 1), reported(1, None, 5), reported(4, 4, 8))
    songs = [song(0, rank, f"S{rank}", **reported(rank, None, 1)) for rank in (1, 2, 3, 4)]
    songs += [song(1, rank, f"S{rank}", **figures) for rank, figures in enumerate(said, 1)]
    return tables_from(songs=songs)


def coded() -> Tables:
    """The same four songs in each of three charts; the recording code of one isn't known."""
    return tables_from(
        songs=[
            song(week, rank, f"S{rank}", chart=slug, isrc=code)
            for week in range(5)
            for slug in ("norway", "usa", "global")
            for rank, code in enumerate(CODES, 1)
        ]
    )


def opened_up() -> Tables:
    """Five weeks of a song of which open data says everything."""
    lines = [one for week in range(5) for one in credit(week, "id-A", ["Ida"])]
    facts = {"mbid": "m", "country": "NO", "genres_source": "musicbrainz"}
    artists = [artist(week, "Ida", ["folk"]) | facts for week in range(5)]
    return tables_from(songs=charts_of(*range(5)), song_artists=lines, artists=artists)


def a_year() -> Tables:
    """A year and a month: lengths change by less than is shown, and one of two songs gets explicit."""
    return tables_from(
        songs=[
            song(w, rank, f"S{rank}", duration_ms=200_000 - 2 * w, explicit=w > 52 and rank == 1)
            for w in range(57)
            for rank in (1, 2)
        ]
    )


PAGES: dict[str, Callable[[], Tables]] = {
    "demo": lambda: sample_tables(LAST, DEMO_WEEKS),
    "one week": lambda: sample_tables(LAST, 1),
    "new base": dict,
    "only held back": lambda: tables_from(
        check_results=[result(LAST, "songs.row_count", "Global has 12 rows.", chart="global")]
    ),
    "one playlist": lambda: tables_from(songs=chart(0, "A B C D")),
    "to find": lambda: tables_from(
        songs=[
            song(0, rank, title, artist_names=by)
            for rank, (title, (by, *_)) in enumerate(TO_FIND.items(), 1)
        ]
    ),
    **{made.__name__: made for made in (files_only, gaps, behind, steps, titles)},
    **{made.__name__: made for made in (history_starts, coded, a_year, opened_up)},
}
Pages: TypeAlias = Callable[[str], Drawn]
Said: TypeAlias = Callable[[str], dict[str, str]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Each of these pages by its name, drawn once."""

    @cache
    def page(name: str) -> Drawn:
        folder = tmp_path_factory.mktemp(name)
        return draw(folder, PAGES[name](), COUNTRIES if name == "coded" else SHIPPED)

    return page


@pytest.fixture(scope="module")
def said(browser: Browser, drawn: Pages) -> Said:
    """What a page says, by the ids of its elements; each page and state is opened once."""
    script = "all => Object.fromEntries(all.map(one => [one.id, one.innerText]))"

    @cache
    def texts(address: str) -> dict[str, str]:
        name, _, state = address.partition("#")
        with opened(browser, drawn(name).path, state) as page:
            found: dict[str, str] = page.locator("[id]").evaluate_all(script)
            return found

    return texts


# --- What the page says -------------------------------------------------------------------------

OLD_STATE = "A file for this week is held back, so another is shown instead."
SAYS: dict[str, dict[str, str | tuple[str, ...]]] = {
    "new base": {"notices": ("There is nothing to show yet", "spotify-assets update")},
    "only held back": {"held": "13–19 Nov 2026, Global: Global has 12 rows."},
    "one week": {
        "headlines": "Moves start next week",
        "road": "at least two weeks",
        "longest": "Runs appear from the second week",
        "genres": "needs 4 weeks; 1 week is on file",
    },
    "files_only": {
        "unknown": (
            "Not known for Norway: albums, genres, release dates, song lengths, recording codes, "
            "artists' countries and explicit marks. Set SPOTIFY_ASSETS_CONTACT to",
            "Explicit marks come from Spotify, with SPOTIPY_CLIENT_ID",
        ),
        "table-note": "Spotify's own figures",
        "artist-title": "Artist: Ida Nord",
        "foot": "1 week in between was not collected",
    },
    f"files_only#week={LAST - ONE_WEEK * 3}": {"table": "was not collected"},
    "demo": {"trends-note": "appears after 56 weeks"},
    "gaps": {
        "foot": "7 weeks of Norway on file, 13 Nov 2025 to 15 Jan 2026; 2 weeks in between were not "
        "collected and 1 is held back. Weeks run",
        "road": "2 weeks (in grey) were not collected and 1 is held back.",
    },
    f"gaps#week={friday(HELD)}": {
        "table": "was collected but is held back because checks",
        "road": "This week is held back",
    },
    f"gaps#week={friday(MISSED)}": {"table": "was not collected."},
    f"gaps#week={friday(OF_GLOBAL)}": {"road": "This week was not collected"},
    f"gaps#week={friday(HELD + 1)}": {
        "table-note": "The week of 28 Nov – 4 Dec 2025 is held back; moves are relative to the week of"
    },
    f"gaps#week={friday(OLDER)}": {"table-note": OLD_STATE},
    f"behind#chart=norway&week={friday(0)}": {"table-note": OLD_STATE},
    f"behind#chart=global&week={friday(0)}": {"table-note": OLD_STATE},
    "behind#chart=norway": {
        "table-note": "Of the later weeks that other charts have, "
        "1 week was not collected and 1 is held back.",
        "foot": "; 1 week after that was not collected and 1 is held back. Weeks run",
    },
    "behind#chart=usa": {
        "table-note": "The next week, 28 Nov – 4 Dec 2025, which other charts have, was not collected."
    },
    "one playlist": {
        "trends": "Known from the second week on",
        "unknown": "recording codes",
    },
    f"history_starts#week={friday(0)}": {
        "headlines": "Moves start next week",
        "table-note": "history starts",
    },
    "history_starts": {
        "headlines": "1 new, 1 back",
        "trend-new": "1.0",  # not the mean of 1 and 4
        "trend-turnover": "50%",
    },
    "coded#chart=norway": {"trend-home": "Recordings from Norway"},
    "coded#chart=usa": {"trend-home": ("33%", "Known for 3 of 4 songs this week.")},
    "opened_up": {
        "genres-note": "Where Spotify doesn't say, it is MusicBrainz's.",
        "trend-local": ("Artists from Norway", "100%"),
        "foot": ("MusicBrainz (CC0)", "for non-commercial use only (CC BY-NC-SA 3.0)"),
    },
    "steps#artist=Ola": {
        "artist": "1 song on Norway now · 2 ever · best rank 2 · 5 chart-weeks",
    },
    "a_year": {
        "trend-length": "unchanged in a year",
        "trend-turnover": "unchanged in a year",
        "trend-explicit": "50%▲ +50 pp in a year",
    },
    "titles": {
        "artist-card": "Artist: (without a name)",
        "headlines": "(without a title)",
        "road": "2 (without a title)",
    },
}  # fmt: skip
SAYS_NOT: dict[str, dict[str, str | tuple[str, ...]]] = {
    "one week#all=1": {"table": "NEW"},
    "demo": {"trends": "in a year", "artists-note": "Period:"},
    "gaps": {"table-note": (OLD_STATE, "later weeks"), "notices": "few rows"},
    "behind#chart=global": {"table-note": "later weeks", "foot": "after that"},
    "history_starts": {"trends": "Known from the second week on"},
    f"history_starts#week={friday(0)}": {
        "table": "NEW",
        "headlines": ("changed hands", "Highest new entry"),
    },
    "coded#chart=global": {"trends": "Recordings from"},
    "a_year": {"trend-length": "▼"},
    "files_only": {  # what isn't known isn't zero
        "trends": ("Fresh releases", "Catalogue", "Song length", "Explicit", "Recordings from"),
        "page": ("What people listen to", "Leading albums"),
    },
}


@pytest.mark.parametrize("address", SAYS | SAYS_NOT)
def test_the_page_says(said: Said, address: str) -> None:
    found = said(address)
    for expected, is_there in ((SAYS, True), (SAYS_NOT, False)):
        for place, texts in expected.get(address, {}).items():
            for text in [texts] if isinstance(texts, str) else texts:
                assert (text in found[place]) is is_there, (place, text, found[place])


def test_what_is_held_back_is_listed_with_its_reasons_and_their_checks(said: Said) -> None:
    assert [line for line in said("gaps")["held"].split("\n") if line.strip()] == [
        "Charts from 5 weeks are held back because checks found errors in them.",
        "Not on this page:",
        "28 Nov – 4 Dec 2025, Norway: It is the week before. (songs.not_a_copy)",
        "12–18 Dec 2025, Global: There are no rows. (songs.not_empty)",
        "16–22 Jan 2026: 31 ids of albums not in songs. (albums.references_resolve) "
        "duration_ms is 3 of song 2. (songs.duration_likely)",
        "and 1 more",
        "Shown here from another file:",
        "26 Dec 2025 – 1 Jan 2026, Norway: Rank 2 is there twice. (songs.key)",
    ]


# --- The figures are the views' -----------------------------------------------------------------


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


def without_first_seen(page: Page) -> list[dict[str, str]]:
    """The table as it is read; for the view a song that was out for long before is new as well."""
    return [row | {"move": row["move"].replace("first seen", "NEW")} for row in table_rows(page)]


@pytest.mark.parametrize(
    ("name", "chart", "back", "zone"),
    [
        ("demo", "norway", DEMO_WEEKS - 1, "Pacific/Kiritimati"),
        ("demo", "global", 1, "Pacific/Pago_Pago"),
        ("one week", "norway", 0, "America/New_York"),
        ("files_only", "norway", 0, "UTC"),
    ],
)
def test_the_table_says_what_the_view_says(
    browser: Browser, drawn: Pages, name: str, chart: str, back: int, zone: str
) -> None:
    week = LAST - ONE_WEEK * back
    state = f"chart={chart}&week={week}&all=1"
    with opened(browser, drawn(name).path, state, timezone_id=zone) as page:
        assert without_first_seen(page) == shown_by_the_view(drawn(name), chart, week)
        assert page.locator("#week").inner_text() == week_label(week)


def test_leaders_are_those_of_the_views(browser: Browser, drawn: Pages) -> None:
    demo = drawn("demo")
    leaders = demo.rows(
        "SELECT artist_name, 100.0 * place_share FROM artist_leaders "
        f"WHERE chart = 'global' AND week = DATE '{LAST}'"
    )
    shares: dict[str, float] = dict(leaders)
    albums = demo.rows(
        "SELECT max(chart_weeks_to_date) AS weeks FROM album_leaders WHERE chart = 'global' "
        "AND album_type <> 'single' GROUP BY album_name ORDER BY weeks DESC LIMIT 12"
    )
    with opened(browser, demo.path, "chart=global&period=1") as page:
        assert page.locator("#trend-new path.theirs").count() == 1  # the other chart's
        names = page.locator("#artists .label").all_inner_texts()
        values = [float(v.rstrip("%")) for v in page.locator("#artists .value").all_inner_texts()]
        assert len(names) == 12
        assert values == pytest.approx([shares[name] for name in names], abs=0.5)
        assert values[0] == pytest.approx(max(shares.values()), abs=0.5)
        press(page, "All")
        assert page.locator("#albums .value").all_inner_texts() == [str(n) for (n,) in albums]


def test_trends_and_genres_are_means_of_four_weeks_of_the_views(said: Said, drawn: Pages) -> None:
    demo = drawn("demo")
    ((explicit, length),) = demo.rows(
        "SELECT avg(explicit_share), avg(median_duration_ms) FROM chart_weeks "
        f"WHERE chart = 'norway' AND week > DATE '{LAST}' - 28"
    )
    ((genre, share),) = demo.rows(
        "WITH top AS (SELECT genre FROM genre_weeks WHERE chart = 'norway' AND genre <> 'unknown' "
        "GROUP BY genre ORDER BY sum(songs) DESC LIMIT 1) SELECT genre, sum(share) / 4 FROM genre_weeks "
        f"JOIN top USING (genre) WHERE chart = 'norway' AND week > DATE '{LAST}' - 28 GROUP BY genre"
    )
    found = said("demo")
    assert f"\n{explicit:.0%}\n" in found["trend-explicit"]
    assert "\n{}:{:02}\n".format(*divmod(round(length / 1000), 60)) in found["trend-length"]
    assert f"{genre} {share:.0%}" in found["genres"]


def test_a_page_that_leaves_out_old_weeks_says_so_and_counts_them_in(
    browser: Browser, drawn: Pages, said: Said, tmp_path: Path
) -> None:
    whole = said("demo#chart=global&period=0")
    demo, short = drawn("demo"), tmp_path / "dashboard.html"
    short.write_bytes(document(records(PAGES["demo"](), kept=10)))
    week = LAST - ONE_WEEK * 9
    with opened(browser, short, f"chart=norway&week={week}&all=1") as page:
        assert without_first_seen(page) == shown_by_the_view(demo, "norway", week)
        note = page.locator("#left-out").inner_text()
        assert "this page shows charts only from 11–17 Sep 2026 on" in note
        assert page.locator("#before").is_disabled()
    with opened(browser, short, "chart=global&period=0") as page:
        for part in ("artists", "albums", "longest", "trends", "genres"):
            assert page.locator(f"#{part}").inner_text() == whole[part], part


# --- Choosing, following, finding ---------------------------------------------------------------


def press(page: Page, name: str) -> None:
    """Click a button by its name, and wait until all is drawn."""
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def test_charts_weeks_songs_and_the_address_go_together(browser: Browser, drawn: Pages) -> None:
    demo = drawn("demo")
    with opened(browser, demo.path) as page:
        expected = shown_by_the_view(demo, "norway", LAST)
        assert without_first_seen(page) == expected[:20]
        subtitle = page.locator("#subtitle").inner_text()
        assert subtitle == "Spotify Top Songs Norway · week of 13–19 Nov 2026"
        press(page, "Show all 50")
        assert without_first_seen(page) == expected
        title = page.locator("#table .title").nth(14)
        title.click()
        assert page.locator("#table tr.followed .title").inner_text() == title.inner_text()
        line = str(page.locator("#road .one.c1 title").text_content())
        assert line.startswith(title.inner_text())
        title.press("Enter")
        assert page.locator("#table tr.followed").count() == 0
        press(page, "Global")
        assert without_first_seen(page) == shown_by_the_view(demo, "global", LAST)[:20]
        page.locator("#slider").focus()
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        press(page, PREVIOUS)
        week = LAST - ONE_WEEK * 4
        assert without_first_seen(page) == shown_by_the_view(demo, "global", week)[:20]
        assert f"#chart=global&week={week}" in page.url
        page.reload()
        settled(page)
        assert without_first_seen(page) == shown_by_the_view(demo, "global", week)[:20]
        press(page, "Latest")
        assert "week=" not in page.url
        assert page.locator("#latest").is_disabled()


def test_a_missed_week_is_passed_over(browser: Browser, drawn: Pages) -> None:
    with opened(browser, drawn("files_only").path, f"week={LAST - ONE_WEEK * 3}") as page:
        assert table_rows(page) == []
        page.get_by_role("button", name="Next week on file: ").press("Enter")
        settled(page)
        assert page.evaluate("document.activeElement.id") == "table"
        assert len(table_rows(page)) == 3
        note = page.locator("#table-note").inner_text()
        assert "The week of 23–29 Oct 2026 was not collected" in note
        assert page.locator("#road .missed").count() == 1
        press(page, PREVIOUS)
        assert f"week={LAST - ONE_WEEK * 4}" in page.url


def test_a_song_is_found_by_the_letters_that_a_keyboard_has(browser: Browser, drawn: Pages) -> None:
    with opened(browser, drawn("to find").path) as page:
        for title, (_, *words) in TO_FIND.items():
            for word in words:
                page.get_by_role("searchbox").fill(word)
                found = [row["song"].partition(" | ")[0] for row in table_rows(page)]
                assert found == [title], word
        page.get_by_role("searchbox").fill("lonely nobody")
        assert table_rows(page) == []
        assert "Nothing on this week's chart matches." in page.locator("#table").inner_text()


def is_shown(page: Page, chart: str, week: int, name: str, typed: str = "") -> None:
    """Wait until this chart, week and artist are drawn."""
    expect(page.locator("#subtitle")).to_contain_text(f"Top Songs {chart} ")
    expect(page.locator("#slider")).to_have_value(str(week))
    expect(page.locator("#artist-title")).to_have_text(f"Artist: {name}")
    expect(page.get_by_role("searchbox")).to_have_value(typed)
    settled(page)


def test_back_leads_through_charts_artists_and_found_songs(browser: Browser, drawn: Pages) -> None:
    with opened(browser, drawn("steps").path, viewport=WINDOW) as page:  # its history is its own
        steps = page.evaluate("history.length")
        press(page, PREVIOUS)
        press(page, "Global")
        is_shown(page, "Global", 2, "Ida")
        press(page, PREVIOUS)
        for _ in range(2):  # what is chosen again is no step, and neither are weeks and typing
            page.locator("#table").get_by_role("button", name="Ola", exact=True).click()
        is_shown(page, "Global", 1, "Ola")
        assert page.evaluate("history.length") == steps + 2
        page.go_back()
        is_shown(page, "Global", 1, "Ida")
        page.go_back()
        is_shown(page, "Norway", 2, "Ida")
        page.get_by_role("searchbox").press_sequentially("gone")
        page.locator("#table .found").get_by_role("button", name="Gone").press("Enter")
        is_shown(page, "Norway", 0, "Ida", "gone")
        assert page.evaluate("document.activeElement.id") == "table"  # what was pressed is no more
        assert page.evaluate("history.length") == steps + 1
        page.get_by_role("searchbox").fill("")
        page.go_back()
        is_shown(page, "Norway", 2, "Ida", "gone")


def test_a_button_that_leads_no_further_keeps_the_focus(browser: Browser, drawn: Pages) -> None:
    for button, start, end in (("after", 8, NEWEST), ("latest", 0, NEWEST), ("before", 2, 0)):
        with opened(browser, drawn("gaps").path, f"week={friday(start)}") as page:
            page.locator(f"#{button}").focus()
            for _ in range(2):  # the second one does nothing
                page.keyboard.press("Enter")
                settled(page)
                assert page.locator("#slider").input_value() == str(end)
                assert page.evaluate("document.activeElement.id") == button
                assert page.locator(f"#{button}").get_attribute("aria-disabled") == "true"


# --- Foreign titles -----------------------------------------------------------------------------


def box(element: Locator) -> Any:
    """Where an element is, in pixels."""
    return element.bounding_box()


def test_foreign_titles_stay_text(browser: Browser, tmp_path: Path) -> None:
    songs = [
        song(week, rank, title, artist_names=title, song_url="javascript:alert(1)")
        for week in (0, 1)
        for rank, title in enumerate(HOSTILE, 1)
    ]
    lines = [
        row for week in (0, 1) for title in HOSTILE for row in credit(week, f"id-{title}", [title])
    ]
    held = [result(friday(2), "songs.key", title, chart="norway") for title in HOSTILE]
    charts = Charts((Chart("norway", HOSTILE[0], country="no"),), "here")
    tables = tables_from(songs=songs, song_artists=lines, check_results=held)
    with opened(browser, draw(tmp_path, tables, charts).path) as page:
        assert [row["song"] for row in table_rows(page)] == [f"{t} | {t}" for t in HOSTILE]
        assert page.title() == f"{HOSTILE[0]}, 14–20 Nov 2025 – Chart Tracker"
        assert page.locator("main img, main script, a[href^=javascript]").count() == 0
        assert page.locator("#held").inner_text().count(HOSTILE[0]) == 2  # the chart and a finding


@pytest.mark.parametrize("width", [1366, 390])
def test_hard_titles_turn_nothing_but_themselves_and_take_a_few_lines(
    browser: Browser, drawn: Pages, width: int
) -> None:
    viewport = {"width": width, "height": 844}
    with opened(browser, drawn("titles").path, viewport=viewport) as page:
        found = [row["song"].partition(" | ")[0] for row in table_rows(page)]
        assert found == ["(without a title)"] * len(BLANK) + list(TITLES[len(BLANK) :])
        rows = page.locator("#table tbody tr")
        for title in (TURNED, HEBREW):
            row = rows.nth(TITLES.index(title))
            parts = [box(row.locator(f".name {part}")) for part in (".title", ".explicit", ".out")]
            for left, right in pairwise(parts):
                assert left["x"] + left["width"] <= right["x"] + 1
        assert page.locator("svg").get_by_text(TURNED).count() == 0
        assert page.locator("#road .name", has_text="turned").count() == 1
        for title in (UNBROKEN, WORDS):
            row = rows.nth(TITLES.index(title))
            height = box(row)["height"]
            assert height < ROW_OF_A_FEW_LINES
            assert row.locator(".title").get_attribute("title") == title
            assert row.locator(".by").first.get_attribute("title") == title
            row.locator(".title").click()  # who follows a song reads its whole title
            assert box(row)["height"] > 1.3 * height
            row.locator(".title").click()
            assert box(row)["height"] == height
        for place in page.locator("#longest li, #artists li").all():
            assert box(place)["height"] < ROW_OF_A_FEW_LINES
        assert page.evaluate("document.documentElement.scrollWidth") <= width


# --- Safe, readable, on a phone, on paper -------------------------------------------------------


def test_foreign_scripts_and_connections_are_refused(browser: Browser, drawn: Pages) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(drawn("one week").path.as_uri())
        refused = (
            "async (act) => { try { await act(); return 'done'; } catch { return 'refused'; } }"
        )
        # Not at once, because what the driver itself evaluates may do more.
        for act in ("fetch('data:,x')", "new Function('return 1')()"):
            later = f"setTimeout(async () => done(await ({refused})(() => {act})))"
            assert page.evaluate(f"() => new Promise((done) => {later})") == "refused", act
        assert not runs_a_foreign_script(page)


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["demo", "one week", "gaps"])
def test_everybody_can_read_it(
    browser: Browser, drawn: Pages, name: str, width: int, scheme: str
) -> None:
    viewport = {"width": width, "height": 844}
    with opened(browser, drawn(name).path, viewport=viewport, color_scheme=scheme) as page:
        everybody_can_read(page)
        assert page.locator("html").get_attribute("data-theme") == scheme
        if name == "one week":
            press(page, "Light or dark")
            page.reload()  # what is switched to is kept in the address
            settled(page)
            assert page.locator("html").get_attribute("data-theme") != scheme


@pytest.mark.parametrize("charts", [4, 6])
def test_on_a_phone_chart_and_week_stay_in_one_line_while_the_page_scrolls(
    browser: Browser, tmp_path: Path, charts: int
) -> None:
    slugs = [f"a chart of a long name {number}" for number in range(charts)]
    # The last week but one is of two months, which takes the most room.
    songs = [
        row for s in slugs for row in charts_of(*range(5), names=" ".join("ABCDEFGHIJ"), slug=s)
    ]
    with opened(browser, draw(tmp_path, tables_from(songs=songs)).path, viewport=PHONE) as page:
        page.locator("#trends").scroll_into_view_if_needed()
        assert page.evaluate("scrollY") > 800
        where = box(page.locator(".where"))
        assert where["y"] == 0
        assert where["height"] <= 60
        week = page.locator("#week").inner_text()
        press(page, PREVIOUS)
        assert page.locator("#week").inner_text() != week
        if charts > 4:
            page.get_by_role("combobox", name="Chart").select_option(label=slugs[1])
            settled(page)
        else:
            press(page, slugs[1])
        assert slugs[1] in page.locator("#subtitle").inner_text()
        assert page.evaluate("scrollY") > 400
        everybody_can_read(page)


def test_paper_is_light_and_what_is_drawn_fits_it(
    browser: Browser, drawn: Pages, tmp_path: Path
) -> None:
    state = f"chart=global&week={LAST - ONE_WEEK}&theme=dark&period=52"
    with opened(browser, drawn("demo").path, state, color_scheme="dark") as page:
        made = page.pdf(path=tmp_path / "a.pdf", format="A4", print_background=False)
        assert 3 <= made.count(b"/Type /Page\n") <= 6
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.emulate_media(media="print")
        page.locator("html").evaluate(f"(html) => {{ html.style.width = '{PAPER}px'; }}")
        assert page.title() == "Global, 6–12 Nov 2026 – Chart Tracker"
        assert "Period: 52 weeks." in page.locator("#artists-note").inner_text()
        assert page.locator("button:visible, input:visible, select:visible").count() == 0
        for where, name, value in (
            ("#bar", "position", "static"),
            ("body", "color", "rgb(17, 20, 24)"),
            (".card", "background-color", "rgb(255, 255, 255)"),
            (".card", "break-inside", "avoid"),
            ("#genres .legend i", "print-color-adjust", "exact"),
            ("#trends svg", "print-color-adjust", "exact"),
        ):
            expect(page.locator(where).first).to_have_css(name, value)
        assert page.evaluate("document.body.scrollWidth") <= PAPER
