"""The digest: what it says of a week, what it doesn't know, and titles that mean harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from spotify_assets.charts import read_charts, shipped_charts_file
from spotify_assets.raw.missing import note_missing
from spotify_assets.reports.digest import Digest, as_html, as_text, digest_of
from spotify_assets.storage import FolderStorage
from spotify_assets_tests.chart_frames import chart, friday, reported, song
from spotify_assets_tests.dashboards import HOSTILE, engine_with, query_of, result, tables_from

Rows = Iterable[Mapping[str, Any]]
CHARTS = read_charts(shipped_charts_file(), "norway,global,se")
DASHBOARD = "/charts/reports/dashboard.html"


def digest(storage: FolderStorage, week: int, songs: Rows, found: Rows = ()) -> Digest:
    """Return the digest of a week over these rows of songs and check_results."""
    tables = tables_from(songs=songs, check_results=found)
    named = CHARTS.expected(())
    return digest_of(query_of(engine_with(tables)), storage, friday(week), named, DASHBOARD)


def test_it_names_who_leads_climbs_enters_and_comes_back(storage: FolderStorage) -> None:
    songs = [*chart(0, "A B C D E F"), *chart(1, "A B D E F G"), *chart(2, "F A B C D E H")]
    assert as_text(digest(storage, 2, songs)) == (
        "Spotify charts, 21–27 Nov 2025\n"
        "\n"
        "Norway\n"
        "  Number one: “F” by Someone (up from 5, 3+ weeks on the chart)\n"
        "  Biggest climbers:\n"
        "    “F” by Someone: 5 to 1 (up 4)\n"
        "  Highest new entries:\n"
        "    “H” by Someone: in at 7\n"
        "  Comebacks:\n"
        "    “C” by Someone: back at 4, peak 3\n"
        "\n"
        "Missing, 2 charts:\n"
        "  Global: not collected\n"
        "  Sweden: not collected\n"
        "\n"
        f"Dashboard: {DASHBOARD}\n"
    )


def test_the_three_that_climb_most_are_named_and_of_equals_the_higher_first(
    storage: FolderStorage,
) -> None:
    songs = [*chart(0, "A B C D E F G H"), *chart(1, "E F A B G H D C")]
    (part,) = digest(storage, 1, songs).parts
    climbed = [line.split("”")[0].lstrip("“") for line in part.lists["Biggest climbers"]]
    assert climbed == ["E", "F", "G"]
    assert part.lists["Comebacks"] == []
    assert "Comebacks: none" in as_text(digest(storage, 1, songs))


@pytest.mark.parametrize("before", [None, 1])
def test_nothing_moves_where_the_week_before_is_not_there(
    storage: FolderStorage, before: int | None
) -> None:
    """Neither in the first week on file, nor after a gap, in which a song may have come and gone."""
    earlier = [] if before is None else [*chart(0, "A B C"), *chart(before, "A B")]
    text = as_text(digest(storage, 3, [*earlier, *chart(3, "B C D")]))
    assert "What is new is not known: the week before is not there." in text
    assert "new entries" not in text
    assert "up from" not in text


def test_spotify_s_own_figures_count_whether_or_not_the_week_before_is_there(
    storage: FolderStorage,
) -> None:
    told = [song(3, 1, "B", **reported(1, 9, 4)), song(3, 2, "C", **reported(2, None, 1))]
    (part,) = digest(storage, 3, [*chart(0, "A"), *told]).parts
    assert part.lists["Biggest climbers"] == ["“B” by Someone: 9 to 1 (up 8)"]
    assert part.lists["Highest new entries"] == ["“C” by Someone: in at 2"]


def test_a_chart_is_missing_because_it_is_held_back_or_for_what_spotify_said(
    storage: FolderStorage,
) -> None:
    note_missing(storage, friday(1), {"sweden": "Spotify\nanswers 404."})
    failed = result(friday(1), finding="1 row", chart="global")
    warned = result(friday(1), finding="1 row", chart="sweden", severity="WARN")
    found = digest(storage, 1, chart(1, "A"), [failed, warned])
    assert found.missing == ["Global: held back by the checks", "Sweden: Spotify answers 404."]


class Page(HTMLParser):
    """The tags of a page, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_titles_can_break_neither_a_line_nor_the_page(storage: FolderStorage) -> None:
    titles = [
        *HOSTILE,
        "line\r\nNumber one: “me”\u2028more\x1b[31m\x00",
        "*b* [x](https://x.example) # h",
    ]
    rows = chart(1, "A B C D E F")
    songs = [row | {"song_name": title} for row, title in zip(rows, titles, strict=True)]
    songs[5] |= {"artist_names": None}
    found = digest(storage, 1, [*chart(0, "Z"), *songs])
    text, page = as_text(found), Page(as_html(found))
    assert page.tags == {"h2", "h3", "p", "b", "ul", "li"}
    assert f"Dashboard: {DASHBOARD}" in page.texts
    assert all(line == line.rstrip() and line.isprintable() for line in text.splitlines())
    assert sum(line.startswith("  Number one:") for line in text.splitlines()) == 1
    assert "</script><script>" in "".join(page.texts)


def test_of_many_charts_the_later_ones_have_their_number_one_alone_and_long_names_are_cut(
    storage: FolderStorage,
) -> None:
    known = read_charts(shipped_charts_file()).charts
    many = [chart_of.slug for chart_of in known][:60]
    long = {"song_name": "🎵" * 5000, "artist_names": "å" * 5000}
    songs = [
        row | long
        for slug in many
        for row in [*chart(0, "A B C D E F", chart=slug), *chart(1, "G F H E I D C", chart=slug)]
    ]
    query = query_of(engine_with(tables_from(songs=songs)))
    found = digest_of(query, storage, friday(1), known[:60], DASHBOARD)
    assert [bool(part.lists) for part in found.parts] == [True] * 10 + [False] * 50
    assert len(as_text(found).encode()) < 256 * 1024  # which SNS takes
    assert len(as_html(found).encode()) < 256 * 1024
