"""Which spellings of titles and artists are folded into one."""

from __future__ import annotations

import pytest

from spotify_assets.titles import fold, identity, names_in, parse_title

SAME = [
    # title, artists; and again
    ("North", "Ada, Bo", "North (feat. Bo)", "Ada"),
    ("North", "Ada, Bo", "North (feat. Bo)", "Ada, Bo"),
    ("North", "Ada, Bo", "North [ft. Bo]", "Bo & Ada, Ada"),
    ("North", "Ada, Bo", "North - with Bo", "Ada"),
    ("North", "Ada, Bo", "North (w/ Bo)", "Ada, Bo"),
    ("North", "Ada, Bo", "North (Ada & Bo)", "Bo, Ada"),
    ("North", "Ada", "North - Bonus Track", "Ada"),
    ("North", "Ada", "North - 2019 Remaster", "Ada"),
    ("North (Remastered 2011)", "Ada", "North - 2011 Remastered Version", "Ada"),
    ("North (And Away)", "Ada", "North - And Away", "Ada"),
    ("Don\u2019t Go, North!", "Ada", "Don't Go North", "Ada"),
    ("Él", "Ada", "El", "Ada"),
    ("North (Kolo Remix)", "Ada", "North - Kolo Remix", "Ada, Kolo"),
    ("North (Remix) [feat. Bo]", "Ada", "North (feat. Bo) - Remix", "Ada, Bo"),
    ("North (with The Old Band)", "Ada, Old Band", "North (with The Old Band)", "Ada"),
]
OTHERS = [
    ("North", "Ada", "North - Remix", "Ada"),
    ("North", "Ada", "North - Live", "Ada"),
    ("North", "Ada", "North (Acoustic)", "Ada"),
    ("North", "Ada", "North - Radio Edit", "Ada"),
    ("North", "Ada", "North (Sped Up)", "Ada"),
    ("North", "Ada", "North (Ada's Version)", "Ada"),
    ("North - Kolo Remix", "Ada", "North - Bela Remix", "Ada"),
    ("North", "Ada", "North, Pt. 2", "Ada"),
    ("North", "Ada", "North (Interlude)", "Ada"),
    ("North", "Ada", "North", "Bo"),
    ("North", "Ada", "North", "Ada, Bo"),
    ("North", "Ada", "North (feat. Bo)", "Ada, Bo"),  # Bo is on it only now
    ("North", "Ada", "NORTH", "Ada"),
]


@pytest.mark.parametrize(("title", "artists", "other_title", "other_artists"), SAME)
def test_these_are_spellings_of_one_song(
    title: str, artists: str, other_title: str, other_artists: str
) -> None:
    assert identity(title, artists) == identity(other_title, other_artists)


@pytest.mark.parametrize(("title", "artists", "other_title", "other_artists"), OTHERS)
def test_these_are_other_recordings(
    title: str, artists: str, other_title: str, other_artists: str
) -> None:
    assert identity(title, artists) != identity(other_title, other_artists)


def test_names_without_letters_say_nothing_of_who_it_is() -> None:
    assert identity("North", "!!!") is None
    assert identity("♥", "Ada") != identity("♦", "Ada")


def test_letters_of_all_scripts_count_and_marks_that_spell() -> None:
    assert fold("Él Niño – ＯＫ!") == "elninook"
    assert fold("が") != fold("か")
    assert fold("कि") != fold("का")
    assert fold("ø") == "ø"
    assert names_in("Sun & Moon, Ada feat. Bo") == ["sun", "moon", "ada", "bo"]
    assert parse_title("North - Kolo Remix").version == {"kolo", "remix"}
