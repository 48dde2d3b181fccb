"""Which recordings are a song, and which rule refuses the others: a table of cases, all made up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from spotify_assets.open_data.answers import Artist, Credit, Group, Recording, Release
from spotify_assets.open_data.look_up import name_query
from spotify_assets.open_data.matching import (
    Song,
    Way,
    judge,
)
from spotify_assets_tests.fakes.open_data_server import made_up_id

WEEK = date(2017, 12, 1)


def song(artists: str, title: str, **more: Any) -> Song:
    return Song("key", title, artists, (WEEK,), **more)


def recording(title: str, *artists: str, aliases: tuple[str, ...] = (), **more: Any) -> Recording:
    """A recording; an artist of another identity is written `Lia#2`."""
    credit = [
        Credit(
            Artist(made_up_id(name), name.split("#")[0], aliases=[{"name": a} for a in aliases]),
            name.split("#")[0],
        )
        for name in artists
    ]
    released = more.pop("released", "2010-05-07")
    mbid = made_up_id(title, *artists, str(more), released)
    return Recording(mbid, title, artist_credit=credit, first_release_date=released, **more)


def verdict(ours: Song, theirs: list[Recording], way: Way) -> str:
    """The refusal, or the title of the match."""
    found = judge(ours, theirs, way)
    return found.refused or next(one.title or "" for one in theirs if one.id == found.recording)


MATCHES = [
    # ours: artists, title; theirs: title, artists
    ("Ada Brook, Nils Fjord", "North (feat. Nils Fjord)", "North", ["Ada Brook", "Nils Fjord"]),
    ("Ada Brook", "North (feat. Nils Fjord)", "North", ["Ada Brook", "Nils Fjord"]),
    ("Ada Brook, Nils Fjord", "North", "North", ["Ada Brook", "Nils Fjord"]),
    ("Ada Brook, Nils Fjord", "NORTH. FEAT. NILS FJORD.", "North", ["Ada Brook", "Nils Fjord"]),
    ("Ada Brook, Nils Fjord", "North", "North (feat. Nils Fjord)", ["Ada Brook"]),
    ("Ada Brook, Nils Fjord", "North (with Nils Fjord)", "North", ["Ada Brook", "Nils Fjord"]),
    ("Ada Brook", "North (with Love)", "North (With Love)", ["Ada Brook"]),
    ("Ada, Bo, Cy", "North (Bo & Cy)", "North", ["Ada", "Bo", "Cy"]),
    ("Ada, Bo, Cy", "North (with Bo, feat. Cy) - Remix", "North (remix)", ["Ada", "Bo", "Cy"]),
    ("Ada, Bo", "North - Remix; feat. Bo", "North (remix)", ["Ada", "Bo"]),
    ("Rex, The Baker", "Dough", "Dough", ["Rex, The Baker"]),
    ("Rex, The Baker, Lia", "Dough", "Dough", ["Rex, The Baker", "Lia"]),
    ("Rex, The Baker", "Dough", "Dough", ["Rex", "The Baker"]),
    ("Rex & The Bakers", "Dough", "Dough", ["Rex and the Bakers"]),
    ("Sun, Moon, Sun & Moon, Lia", "Tides (feat. Lia)", "Tides", ["Sun & Moon", "Lia"]),
    ("Sun & Moon, Lia", "Tides", "Tides", ["Sun & Moon", "Lia"]),
    ("Old Band", "Road - Remastered 2011", "Road", ["Old Band"]),
    ("Old Band", "Road - 2011 Digital Remaster", "Road", ["Old Band"]),
    ("Old Band", "Road (2007 Remastered Version)", "Road", ["Old Band"]),
    ("Old Band", "Road - Edited Version / Remastered 2011", "Road (edit)", ["Old Band"]),
    ("Old Band", "Road - Bonus Track", "Road", ["Old Band"]),
    ("Old Band", "Road - Album Version", "Road", ["Old Band"]),
    ("BoJ, m-line", "Bugs", "Bugs", ["BoJ", "m-line"]),
    ("BoJ, m-line", "Bugs", "bugs", ["BoJ", "m‐line"]),  # another hyphen
    ("A$H & D!A", "Gold", "Gold", ["A$H & D!A"]),
    ("Lia", "Mirror - From \"The Lake\"", "Mirror", ["Lia"]),
    ("Lia", "Mirror (From \"The Lake\" (Original Motion Picture Soundtrack))", "Mirror", ["Lia"]),
    ("Lia", "Mirror - fra Innsjøen", "Mirror", ["Lia"]),
    ("Lia", "Mirror - Radio Edit", "Mirror (radio edit)", ["Lia"]),
    ("Lia", "Mirror - Acoustic Version", "Mirror (acoustic)", ["Lia"]),
    ("Lia", "Mirror - Kolo & Zed Remix", "Mirror (Kolo x Zed remix)", ["Lia"]),
    ("Lia, Bo", "Mirror (w/ Bo) [prod. Kolo]", "Mirror", ["Lia", "Bo"]),
    ("Lia", "Mirror - Sped Up", "Mirror (sped up)", ["Lia"]),
    ("Lia", "Mirror (Ao Vivo)", "Mirror (live)", ["Lia"]),
    ("Lia", "Mirror Remix", "Mirror (remix)", ["Lia"]),
    ("Lia", "(I Can't See) Mirror", "(I Can’t See) Mirror", ["Lia"]),
    ("Lia", "Mirror, Pt. II", "Mirror, Part II", ["Lia"]),
    ("山田", "青空", "青空", ["山田"]),
    ("Ямал", "Белый Снег", "Белый снег", ["Ямал"]),
    ("Lía", "Él Espejo", "El espejo", ["Lia"]),
    ("Lia", 'A"B (C) \\ D:E / F*', 'A"B (C) \\ D:E / F*', ["Lia"]),
    (", ".join(f"Guest {n} of the Long Night" for n in range(12)), "Choir", "Choir",
     [f"Guest {n} of the Long Night" for n in range(12)]),
]  # fmt: skip


@pytest.mark.parametrize(("artists", "title", "their_title", "their_artists"), MATCHES)
def test_it_is_the_song(
    artists: str, title: str, their_title: str, their_artists: list[str]
) -> None:
    theirs = recording(their_title, *their_artists)
    for way in ("names", "link", "isrc"):
        assert verdict(song(artists, title), [theirs], way) == their_title


REFUSED = [
    # rule, ours: artists, title; theirs
    ("edition", "Lia", "Mirror - Remix", recording("Mirror", "Lia")),
    ("edition", "Lia", "Mirror", recording("Mirror (remix)", "Lia")),
    ("edition", "Lia", "Mirror - Kolo Remix", recording("Mirror (Other remix)", "Lia")),
    ("edition", "Lia", "Mirror", recording("Mirror", "Lia", disambiguation="live, Oslo")),
    ("edition", "Lia", "Mirror", recording("Mirror", "Lia", disambiguation="live, 1999: Oslo")),
    ("edition", "Lia", "Mirror", recording("Mirror", "Lia", disambiguation="demo")),
    ("edition", "Lia", "Mirror", recording("Mirror", "Lia", disambiguation="2019 re-recorded")),
    ("edition", "Lia", "Mirror", recording("Mirror", "Lia", disambiguation="re-recording")),
    ("edition", "Lia", "Mirror", recording("Mirror", "Lia", disambiguation="lyric video")),
    ("edition", "Lia", "Mirror", recording("Mirror (sped up)", "Lia")),
    ("edition", "Lia", "Mirror (Lia's Version)", recording("Mirror", "Lia")),
    ("edition", "Lia", "Mirror", recording("Mirror (Lia’s version)", "Lia")),
    ("edition", "Old Band", "Road - 2019 Version", recording("Road", "Old Band")),
    ("edition", "Lia", "Mirror - Instrumental", recording("Mirror", "Lia")),
    ("edition", "Lia", "Snow", recording("Snow (made famous by Lia)", "Party Players")),
    ("edition", "Lia", "Snow", recording("Snow", "Lia", disambiguation="karaoke")),
    ("title", "Lia", "Mirror", recording("Mirrors", "Lia")),
    ("title", "Lia", "Mirror", recording("Mirror, Pt. 2", "Lia")),
    ("title", "Lia", "Mirror (Interlude)", recording("Mirror", "Lia")),
    ("title", "山田", "青空", recording("青海", "山田")),
    ("title", "Ямал", "Снег Идёт", recording("Дождь Идёт", "Ямал")),
    ("artists", "Lia", "Mirror", recording("Mirror", "Mia")),
    ("artists", "Lia", "Mirror", recording("Mirror", "Lia Orchard")),
    ("artists", "Lia Orchard", "Mirror", recording("Mirror", "Lia")),
    ("artists", "Lia", "Mirror", recording("Mirror", "Lia", "Nils Fjord")),
    ("artists", "Nils Fjord, Lia", "Mirror", recording("Mirror", "Lia", "Nils Fjord")),
    ("artists", "Lia, Nils", "Mirror (feat. Nils)", recording("Mirror", "Lia")),
    ("artists", "Lia, Nils", "Mirror (feat. Nils)", recording("Mirror", "Lia", "Bo")),
    ("artists", "Lia", "Snow", recording("Snow", "Party Players")),
    ("kind", "Lia", "Mirror", recording("Mirror", "Lia", video=True)),
    ("kind", "Lia", "Mirror", recording("Mirror", "Lia", releases=[Release("Tapes", "Bootleg")])),
    ("kind", "Lia", "Snow", recording("Snow", "Lia", releases=[Release("Karaoke Party 7")])),
    ("time", "Lia", "Snow", recording("Snow", "Lia", released="2023-02-03")),
    ("time", "Lia", "Snow", recording("Snow", "Lia", released="2018-01")),
    ("time", "Lia", "Snow", recording("Snow", "Lia", released="2017-12-09")),
    ("short", "Lia", "17", recording("17", "Lia")),
    ("short", "Lia", "1999", recording("1999", "Lia")),
    ("short", "Lia", "OK", recording("OK", "Lia")),
    ("short", "Lia", "X", recording("X", "Lia")),
    ("short", "山田", "空", recording("空", "山田")),
    ("short", "Lia", "♥", recording("♥", "Lia")),
]


@pytest.mark.parametrize(("rule", "artists", "title", "theirs"), REFUSED)
def test_it_is_refused_by_name(rule: str, artists: str, title: str, theirs: Recording) -> None:
    assert verdict(song(artists, title), [theirs], "names") == rule


@pytest.mark.parametrize("case", [c for c in REFUSED if c[0] in ("title", "edition", "kind")])
def test_a_link_to_another_title_or_edition_is_contradicted(case: Any) -> None:
    rule, artists, title, theirs = case
    assert verdict(song(artists, title), [theirs], "link") == rule


def test_what_is_too_short_or_new_for_names_matches_by_link_and_isrc() -> None:
    assert verdict(song("Lia", "17"), [recording("17", "Lia")], "link") == "17"
    assert verdict(song("Lia", "♥"), [recording("♥", "Lia")], "isrc") == "♥"
    assert verdict(song("Lia", "♥"), [recording("♦", "Lia")], "link") == "title"
    late = recording("Snow", "Lia", released="2023-02-03")
    assert verdict(song("Lia", "Snow"), [late], "link") == "Snow"


def test_a_link_may_be_less_exact_about_versions_and_guests_but_not_contradict() -> None:
    live = recording("Mirror", "Lia", disambiguation="live, 1999: Oslo")
    assert verdict(song("Lia", "Mirror - Live"), [live], "link") == "Mirror"
    assert verdict(song("Lia", "Mirror - Live"), [live], "names") == "edition"
    assert verdict(song("Lia", "Mirror - Live in Bergen"), [live], "link") == "edition"
    assert verdict(song("Lia", "Mirror - Radio Edit"), [live], "link") == "edition"
    live_edit = recording("Mirror (radio edit)", "Lia", disambiguation="live")
    assert verdict(song("Lia", "Mirror - Radio Edit"), [live_edit], "link") == "edition"
    kolo = recording("Mirror (Kolo remix)", "Lia")
    assert verdict(song("Lia", "Mirror - Remix"), [kolo], "link") == "edition"
    assert verdict(song("Lia, Bo", "Mirror"), [recording("Mirror", "Lia")], "link") == "Mirror"
    duet = recording("Mirror", "Lia", "Bo")
    assert verdict(song("Lia", "Mirror"), [duet], "link") == "artists"
    assert verdict(song("Lia", "Mirror", lead_only=True), [duet], "link") == "Mirror"


def test_an_alias_is_a_name_too() -> None:
    theirs = recording("Mirror", "山田", aliases=("Yamada",))
    assert verdict(song("Yamada", "Mirror"), [theirs], "names") == "Mirror"


def test_homonyms_are_no_match_until_one_of_them_is_ruled_out() -> None:
    two = [recording("Snow", "Lia"), recording("Snow", "Lia#2", released="2012")]
    assert verdict(song("Lia", "Snow"), two, "names") == "several"
    two[1] = recording("Snow", "Lia#2", released="2023-02-03")
    assert verdict(song("Lia", "Snow"), two, "names") == "Snow"
    bakers = [recording("Dough", "Rex, The Baker"), recording("Dough", "Rex", "The Baker")]
    assert verdict(song("Rex, The Baker", "Dough"), bakers, "names") == "several"


def test_of_several_recordings_that_with_the_isrc_counts_else_the_earliest() -> None:
    early, late = (recording("Snow", "Lia", released=day, isrcs=[i]) for day, i in
                   (("2009", "NOABC0900001"), ("2011-03", "NOABC1100001")))  # fmt: skip
    found = judge(song("Lia", "Snow"), [late, early], "names")
    assert (found.recording, found.others) == (early.id, (late.id,))
    found = judge(song("Lia", "Snow", isrcs=("NOABC1100001",)), [early, late], "isrc")
    assert found.recording == late.id


@pytest.mark.parametrize("released", ["2017-12-08", "2017-12", "2017", ""])
def test_a_day_of_grace_and_dates_that_may_be_in_time(released: str) -> None:
    assert (
        verdict(song("Lia", "Snow"), [recording("Snow", "Lia", released=released)], "names")
        == "Snow"
    )


def test_of_several_refusals_the_one_that_came_nearest_is_named() -> None:
    theirs = [recording("Snowy", "Lia"), recording("Snow", "Mia"), recording("Snow (live)", "Lia")]
    assert verdict(song("Lia", "Snow"), theirs, "names") == "artists"
    assert verdict(song("Lia", "Snow"), [], "names") == "unknown"


def test_the_first_release_may_be_known_from_releases_only() -> None:
    group = Group("g", "Snow", "Album")
    theirs = recording(
        "Snow", "Lia", released="", releases=[Release("Snow", "Official", "2023", group)]
    )
    assert verdict(song("Lia", "Snow"), [theirs], "names") == "time"


def test_a_search_escapes_what_lucene_would_take_for_syntax() -> None:
    assert name_query(song("Rex, The Baker", 'Do"ugh: C* - Remix')) == (
        r'recording:"Do\"ugh\: C\*" AND artist:"Rex"'
    )
    assert name_query(song("Lia", "17")) == ""
