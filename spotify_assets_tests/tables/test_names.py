"""What makes a song or an artist the same over spellings."""

from __future__ import annotations

import pytest

from spotify_assets.tables.names import (
    NAMES_WITH_COMMAS,
    fold,
    name_id,
    song_key,
    split_artists,
    tidy,
)


@pytest.mark.parametrize(
    ("text", "artists"),
    {
        "": (),
        "Ida Nord": ("Ida Nord",),
        "Ida Nord, Kalle": ("Ida Nord", "Kalle"),
        " Ida Nord ,  Kalle, ": ("Ida Nord", "Kalle"),
        "1,000 Lakes": ("1,000 Lakes",),
        "Tyler, The Creator": ("Tyler, The Creator",),
        "Kali, Tyler, The Creator, Bo": ("Kali", "Tyler, The Creator", "Bo"),
        "TYLER, THE CREATOR, Bo": ("TYLER, THE CREATOR", "Bo"),
        "Crosby, Stills, Nash & Young": ("Crosby, Stills, Nash & Young",),
        "Crosby, Stills & Nash, Bo": ("Crosby, Stills & Nash", "Bo"),
        "Hayley Tyler, The Creator": ("Hayley Tyler", "The Creator"),
        "Tyler, The Creators": ("Tyler", "The Creators"),
        "Trio (Ann, Bo, Cy), Kalle": ("Trio (Ann, Bo, Cy)", "Kalle"),
        "Duo 【Ann, Bo [x, y]】, Kalle": ("Duo 【Ann, Bo [x, y]】", "Kalle"),
        "Trio（Ann, Bo）Band, Kalle": ("Trio（Ann, Bo）Band", "Kalle"),
        "Sad :(, Kalle, Bo (x)": ("Sad :(", "Kalle", "Bo (x)"),
        "Odd (a], Kalle": ("Odd (a]", "Kalle"),
        "春、夏、Kalle, 秋，冬": ("春、夏、Kalle", "秋，冬"),
        "Ola Nord, Jr., Kalle": ("Ola Nord, Jr.", "Kalle"),
        "Ola Nord, JR": ("Ola Nord, JR",),
        "Kalle, Ola Nord, III, Bo": ("Kalle", "Ola Nord, III", "Bo"),
        "Nord Sound, Inc.": ("Nord Sound, Inc.",),
        "Kalle, Junior, V": ("Kalle", "Junior", "V"),
    }.items(),
)
def test_artists_of_a_chart_file_are_parted_at_commas(text: str, artists: tuple[str, ...]) -> None:
    assert split_artists(text) == artists


@pytest.mark.parametrize("name", NAMES_WITH_COMMAS)
def test_a_name_with_a_comma_stays_whole_wherever_it_stands(name: str) -> None:
    assert split_artists(f"A, {name}, B, {name}") == ("A", name, "B", name)


@pytest.mark.parametrize(
    ("text", "artists"),
    {
        "Kalle, Sun, Moon, Bo": ("Kalle", "Sun, Moon", "Bo"),
        "SUN, MOON": ("SUN, MOON",),
        "Sun, Moon, Jr.": ("Sun, Moon, Jr.",),
        "Sun, Kalle, Moon": ("Sun", "Kalle", "Moon"),
    }.items(),
)
def test_a_name_known_as_one_artist_stays_whole(text: str, artists: tuple[str, ...]) -> None:
    assert split_artists(text, frozenset({"sun, moon", "sun, moon, jr."})) == artists


def test_differences_of_typesetting_are_tidied_away() -> None:
    assert tidy(" Ｄon’t\u00a0 “stop” ") == 'Don\'t "stop"'
    assert tidy("e\u0301") == tidy("é")


def test_an_artist_without_an_id_is_one_by_the_folded_name() -> None:
    assert name_id("A-HA  ") == name_id("a-ha") == "name:a-ha"
    assert fold("STRASSE") == fold("Straße")


def test_a_song_is_the_same_under_another_id() -> None:
    assert song_key("1", "Don’t Stop", "Ida Nord") == song_key("2", "Don't  Stop", "Ida Nord")


@pytest.mark.parametrize(
    "name", ["Fjordlys - From The Film", "Fjordlys (From “Film”)", "Fjordlys - Music From Film"]
)
def test_the_note_of_a_soundtrack_does_not_make_another_song(name: str) -> None:
    assert song_key("1", name, "Ida Nord") == song_key("1", "Fjordlys", "Ida Nord")


@pytest.mark.parametrize(
    "other",
    [("fjordlys", "Ida Nord"), ("Fjordlys", "Kalle"), ("Fjordlys - Remix", "Ida Nord")],
)
def test_capitals_artists_and_versions_make_another_song(other: tuple[str, str]) -> None:
    assert song_key("1", *other) != song_key("1", "Fjordlys", "Ida Nord")


@pytest.mark.parametrize("blank", [None, ""])
def test_a_song_without_a_name_is_known_by_its_id(blank: str | None) -> None:
    assert song_key("1", blank, "Ida Nord") == "id:1"
